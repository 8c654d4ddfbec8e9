"""What the operator's commands ask of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.erasing import Erased, erase_customer
from models.letting_go import let_go
from models.permits import Policy
from models.reading import queue as waiting
from models.reading.history import History, history
from models.reading.people import find_customers
from models.reading.places import channels_by_name
from models.reading.values import CustomerFacts
from models.restoring import Restored, restored
from models.seals import seal_of
from models.store import Store


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conversation that waits. `line` is the first line of the customer's last words, null when none are left."""

    number: int
    state: str
    urgency: int
    language: str | None
    handle: str
    name: str
    account: str
    platform: str
    line: str | None
    waiting_since: datetime
    claimed_by: str | None
    claimed_until: datetime | None
    snoozed_until: datetime | None
    link: str | None


@dataclass(frozen=True, slots=True)
class ChannelQueue:
    """One channel: how many wait in all, and the first of them. `timezone` is the channel's own."""

    channel: str
    timezone: str
    waiting: int
    conversations: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Queues:
    """What `twoway queue` found, at the moment `at`."""

    at: datetime
    channels: tuple[ChannelQueue, ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What `twoway erase` did, `null` when it did nothing because more than one customer is called that, and the
    accounts that it found."""

    erased: Erased | None
    found: tuple[CustomerFacts, ...]


async def queues(store: Store, names: Sequence[str], zones: Mapping[str, str], *, limit: int) -> Queues:
    """Who waits in these channels. One that the bot has not been in yet is empty."""
    now = store.clock()
    found: list[ChannelQueue] = []
    async with store.reading() as session:
        ids = await channels_by_name(session)
        for name in names:
            rows: tuple[waiting.QueueRow, ...] = ()
            count = 0
            if name in ids:
                rows = await waiting.queue(session, ids[name], now=now, limit=limit, snoozed=True)
                count = await waiting.count_waiting(session, ids[name], snoozed=True)
            found.append(ChannelQueue(name, zones[name], count, tuple(_waiting(row) for row in rows)))
    return Queues(now, tuple(found))


def _waiting(row: waiting.QueueRow) -> Waiting:
    return Waiting(
        number=row.number,
        state=row.state,
        urgency=row.urgency,
        language=row.language,
        handle=row.who.handle,
        name=row.who.name,
        account=row.account.name,
        platform=row.account.platform,
        line=row.line,
        waiting_since=row.waiting_since,
        claimed_by=row.claim.rep.name if row.claim else None,
        claimed_until=row.claim.until if row.claim else None,
        snoozed_until=row.snoozed_until,
        link=row.link,
    )


async def whole(store: Store, number: int) -> History | None:
    """Everything about one conversation."""
    async with store.reading() as session:
        return await history(session, number)


async def customers(store: Store, words: str) -> tuple[CustomerFacts, ...]:
    """Whoever is called that."""
    async with store.reading() as session:
        return await find_customers(session, words)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The seal of one day: the hash over every chain as it stood then."""

    day: str
    digest: str


async def last_seal(store: Store) -> Sealed | None:
    """What is worth keeping elsewhere."""
    async with store.reading() as session:
        found = await seal_of(session)
    return None if found is None else Sealed(found.day, found.digest)


class Standing(StrEnum):
    """What became of a seal that somebody kept elsewhere."""

    AS_KEPT = "as kept"
    CHANGED = "changed"  # that day has another seal
    MISSING = "missing"  # that day has none, though the journal tells of one
    UNKNOWN = "unknown"  # that day has none, and the journal tells of none


async def seal_on(store: Store, day: str) -> Sealed | None:
    """The seal of that day as it stands."""
    async with store.reading() as session:
        found = await seal_of(session, day)
    return None if found is None else Sealed(found.day, found.digest)


def standing(kept: Sealed, now: Sealed | None, told: Collection[str]) -> Standing:
    """What became of it. `now`: that day's seal as it stands; `told`: the days of whose seals the journal tells."""
    if now is None:
        return Standing.MISSING if kept.day in told else Standing.UNKNOWN
    return Standing.AS_KEPT if now.digest == kept.digest else Standing.CHANGED


async def put_back(database: str, policies: Mapping[str, Policy]) -> Restored:
    """A backup was put back: see `models.restoring`."""
    store = Store(database, owner="command line")
    try:
        async with store.reading() as session:
            ids = await channels_by_name(session)
        return await restored(store, {id: policies[name] for name, id in ids.items() if name in policies})
    finally:
        await store.close()


async def erase(store: Store, customer: int, policies: Mapping[str, Policy]) -> Erased:
    """Erase them, by each channel's own policy."""
    async with store.reading() as session:
        ids = await channels_by_name(session)
    by_id = {id: policies[name] for name, id in ids.items() if name in policies}
    erased = await erase_customer(store, customer, policies=by_id)
    await let_go(store)
    return erased
