"""The journal's proof: `verify` walks every chain and names the first bad event of each. (`seal` is in seals.py.)

Nothing here changes what it finds. Memory holds a batch of conversations, never the journal.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.attachments import fingerprint, pictures_of
from models.conversation import Conversation, Post, PostVersion
from models.journal import Event, Seal, digest_of, revision_digest
from models.reading.values import whole, wholes
from models.reply import Delivery, Revision
from models.seals import BATCH, TooLate, seal, sealing
from models.store import Store
from models.telling import EventKind

__all__ = ["Fault", "Report", "TooLate", "Wrong", "revision_digest", "seal", "verify"]


class Wrong(StrEnum):
    """What can be wrong with a chain, a revision, an order or a seal."""

    GAP = "gap"  # an event is missing, or stands twice
    CHANGED = "changed"  # its hash is not the hash of what it says
    UNCHAINED = "unchained"  # it does not follow the event before it
    CUT = "cut"  # the conversation knows of another end
    STRAY = "stray"  # a chain of no conversation
    REVISION = "revision"  # a draft's words are not those that its hash names
    ORDER = "order"  # an order is not what was approved
    UNORDERED = "unordered"  # a delivery that the journal never ordered
    SEAL = "seal"  # a day's seal does not fit


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong with a chain (0: the service's own; None: the seals). `event` is the event's id, `seq`
    its place; `what` says what was expected and what was found, in ids and hashes."""

    wrong: Wrong
    chain: int | None
    seq: int | None
    event: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the walk saw. `unproven` counts revisions whose hash covers something that was erased since: the journal
    still names their hash, but nobody can compute it again."""

    chains: int
    events: int
    seals: int
    unproven: int
    faults: tuple[Fault, ...]

    @property
    def whole(self) -> bool:
        return not self.faults


Progress = Callable[[int, int], None]


async def verify(store: Store, *, progress: Progress | None = None) -> Report:
    """Walk every chain and every seal, as they stood at one moment. `progress` hears of events done and in all."""
    async with store.reading() as session:
        if not store.embedded:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        walk = _Walk(session, progress)
        await walk.all()
        return Report(walk.chains, walk.events, walk.seals, walk.unproven, tuple(walk.faults))


# ------------------------------------------------------------------------------------------------ one chain


class _Found(NamedTuple):
    """An event as it stands in the database: read by us, since a damaged one may be no moment and no JSON."""

    id: int
    chain: int
    seq: int
    at: str
    kind: str
    rep: int | None
    data: str
    before: str
    digest: str


_COLUMNS = (
    Event.id,
    Event.chain,
    Event.seq,
    cast(Event.at, Text),
    Event.kind,
    Event.rep_id,
    cast(Event.data, Text),
    Event.before,
    Event.digest,
)


def _read(found: _Found) -> tuple[datetime, dict[str, object]] | None:
    """When it was and what it says; None when it is damaged beyond reading."""
    try:
        at, data = datetime.fromisoformat(found.at), json.loads(found.data)
    except (ValueError, TypeError):
        return None
    if not isinstance(data, dict):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), data


@dataclass(slots=True)
class _Chain:
    """Where the walk is in a chain."""

    id: int
    seq: int = 0
    digest: str = ""
    fault: Fault | None = None
    approved: dict[int, set[int]] = field(default_factory=dict)  # draft message -> reps whose yes stands
    last: int = 0  # the id of the event before
    drafted: dict[int, tuple[_Found, str]] = field(default_factory=dict)  # revision -> where it was, its hash
    orders: dict[int, tuple[_Found, int, int]] = field(default_factory=dict)  # delivery -> where, message, revision
    erased_posts: set[int] = field(default_factory=set)
    erased_revisions: set[int] = field(default_factory=set)

    def note(self, wrong: Wrong, seq: int | None, event: int | None, what: str) -> None:
        """Only the first fault of a chain is told: what follows it usually follows from it."""
        if self.fault is None:
            self.fault = Fault(wrong, self.id, seq, event, what)

    def follow(self, event: _Found) -> None:
        """One more event. Checks its place, its hash and the one before; keeps what later checks need."""
        if self.fault is not None:
            return
        said = _read(event)
        if event.seq != self.seq + 1:
            self.note(Wrong.GAP, event.seq, event.id, f"expected number {self.seq + 1}, found {event.seq}")
        elif event.before != self.digest:
            self.note(Wrong.UNCHAINED, event.seq, event.id, "does not name the hash of the event before it")
        elif said is None or event.digest != _computed(event, *said):
            self.note(Wrong.CHANGED, event.seq, event.id, "says something else than its hash")
        elif event.id <= self.last:
            self.note(Wrong.CHANGED, event.seq, event.id, "has an id from before the event before it")
        else:
            self._remember(event, said[1])
        self.seq, self.digest, self.last = event.seq, event.digest, event.id

    def _remember(self, event: _Found, data: Mapping[str, object]) -> None:
        message, revision = whole(data.get("message")), whole(data.get("revision"))
        match event.kind:
            case EventKind.DRAFTED if revision is not None:
                self.drafted[revision] = (event, str(data.get("digest")))
            case EventKind.APPROVED if message is not None and event.rep is not None:
                self.approved.setdefault(message, set()).add(event.rep)
            case EventKind.UNAPPROVED if message is not None and event.rep is not None:
                self.approved.setdefault(message, set()).discard(event.rep)
            case EventKind.ASKED_AGAIN if message is not None:
                self.approved.setdefault(message, set()).difference_update(wholes(data.get("of")))
            case EventKind.ORDERED:
                self._order(event, data, message, revision)
            case EventKind.ERASED | EventKind.POST_REMOVED | EventKind.POST_GONE:
                self.erased_posts.update(wholes([data.get("post"), *wholes(data.get("posts"))]))
                self.erased_revisions.update(wholes(data.get("revisions")))
            case _:
                pass

    def _order(self, event: _Found, data: Mapping[str, object], message: int | None, revision: int | None) -> None:
        delivery = whole(data.get("delivery"))
        by = set(wholes(data.get("approved_by")))
        if delivery is None or message is None or revision is None:
            self.note(Wrong.ORDER, event.seq, event.id, "an order that does not name what it orders")
        elif revision not in self.drafted or self.drafted[revision][1] != data.get("digest"):
            self.note(Wrong.ORDER, event.seq, event.id, f"draft {revision} was written with another hash")
        elif not by or not by <= self.approved.get(message, set()):
            missing = sorted(by - self.approved.get(message, set()))
            self.note(Wrong.ORDER, event.seq, event.id, f"no standing approval by reps {missing or 'at all'}")
        else:
            self.orders[delivery] = (event, message, revision)


def _computed(event: _Found, at: datetime, data: Mapping[str, object]) -> str:
    return digest_of(
        before=event.before, chain=event.chain, seq=event.seq, at=at, kind=event.kind, rep=event.rep, data=data
    )


# ------------------------------------------------------------------------------------------------ the walk


@dataclass(frozen=True, slots=True)
class _Written:
    """A revision with what its hash covers."""

    id: int
    number: int
    kind: str
    final: str
    digest: str
    parent: int
    parent_ref: str
    visibility: str
    warning: str
    spans: list[object]


class _Walk:
    def __init__(self, session: AsyncSession, progress: Progress | None) -> None:
        self.session = session
        self.progress = progress
        self.chains = self.events = self.seals = self.unproven = self.in_all = 0
        self.faults: list[Fault] = []

    async def all(self) -> None:
        self.in_all = await self.session.scalar(select(func.count(Event.id))) or 0
        await self._service()
        last = 0
        while True:
            query = (
                select(Conversation.id, Conversation.head, Conversation.length, Conversation.account_id)
                .where(Conversation.id > last)
                .order_by(Conversation.id)
                .limit(BATCH)
            )
            batch = (await self.session.execute(query)).all()
            upto = batch[-1].id if batch else None
            chains = await self._chains(last, upto, {row.id for row in batch})
            if upto is None:
                break
            written, deliveries = await self._written(last, upto), await self._deliveries(last, upto)
            for row in batch:
                chain = chains.get(row.id, _Chain(row.id))
                self._end(chain, row.head, row.length)
                await self._words(chain, row.account_id, written.get(row.id, {}))
                self._orders(chain, written.get(row.id, {}), deliveries.get(row.id, []))
                self._done(chain)
            last = upto
        await self._seals()
        self._tell()

    async def _service(self) -> None:
        """Chain 0 has no row that knows its end: only the seals do."""
        chain = _Chain(0)
        async for event in self._stream(Event.chain == 0):
            chain.follow(event)
        self._done(chain)

    async def _chains(self, after: int, upto: int | None, known: set[int]) -> dict[int, _Chain]:
        """The chains of a batch, followed to their ends. Those of no conversation are faults at once."""
        chains: dict[int, _Chain] = {}
        where = [Event.chain > after] if upto is None else [Event.chain > after, Event.chain <= upto]
        async for event in self._stream(*where):
            chain = chains.setdefault(event.chain, _Chain(event.chain))
            if event.chain not in known and chain.fault is None:
                chain.note(Wrong.STRAY, event.seq, event.id, "belongs to no conversation")
            chain.follow(event)
        for id in [id for id in chains if id not in known]:
            self._done(chains.pop(id))
        if upto is None:
            below = await self.session.scalar(select(Event.id).where(Event.chain < 0).limit(1))
            if below is not None:
                self.faults.append(Fault(Wrong.STRAY, None, None, below, "belongs to no conversation"))
        return chains

    async def _stream(self, *where: ColumnElement[bool]) -> AsyncIterator[_Found]:
        query = select(*_COLUMNS).where(*where).order_by(Event.chain, Event.seq, Event.id)
        found = await self.session.stream(query.execution_options(yield_per=BATCH))
        async for rows in found.partitions(BATCH):
            for row in rows:
                yield _Found(*row)
            self.events += len(rows)
            self._tell()

    async def _written(self, after: int, upto: int) -> dict[int, dict[int, _Written]]:
        query = (
            select(
                Revision.conversation_id,
                Revision.id,
                Revision.number,
                Revision.kind,
                Revision.final,
                Revision.digest,
                Post.id,
                Post.ref,
                Post.visibility,
                Post.warning,
                Revision.spans,
            )
            .join(Post, Post.id == Revision.parent_id)
            .where(Revision.conversation_id > after, Revision.conversation_id <= upto)
        )
        found: dict[int, dict[int, _Written]] = {}
        for conversation, *columns in await self.session.execute(query):
            one = _Written(*columns)
            found.setdefault(conversation, {})[one.number] = one
        return found

    async def _deliveries(self, after: int, upto: int) -> dict[int, list[tuple[int, int, int]]]:
        query = select(Delivery.conversation_id, Delivery.id, Delivery.revision_id, Delivery.message_id).where(
            Delivery.conversation_id > after, Delivery.conversation_id <= upto
        )
        found: dict[int, list[tuple[int, int, int]]] = {}
        for conversation, id, revision, message in await self.session.execute(query):
            found.setdefault(conversation, []).append((id, revision, message))
        return found

    def _end(self, chain: _Chain, head: str, length: int) -> None:
        if chain.seq != length:
            chain.note(Wrong.CUT, chain.seq, None, f"the conversation knows of {length} events, found {chain.seq}")
        elif chain.digest != head:
            chain.note(Wrong.CUT, chain.seq, None, "the conversation knows another last event")

    async def _words(self, chain: _Chain, account: int, written: Mapping[int, _Written]) -> None:
        """Every revision says what its hash names, and the journal knows that hash."""
        if chain.fault is not None:
            return
        for number, (event, digest) in chain.drafted.items():
            one = written.get(number)
            if one is None:
                chain.note(Wrong.REVISION, event.seq, event.id, f"draft {number} is missing")
            elif one.digest != digest:
                chain.note(Wrong.REVISION, event.seq, event.id, f"draft {number} has another hash than was journaled")
            elif not await self._says(one, account):
                if number in chain.erased_revisions or one.parent in chain.erased_posts:
                    self.unproven += 1
                else:
                    chain.note(Wrong.REVISION, event.seq, event.id, f"draft {number} says something else than its hash")

    async def _says(self, one: _Written, account: int) -> bool:
        def fits(visibility: str, warning: str) -> bool:
            return one.digest == revision_digest(
                kind=one.kind,
                account=account,
                parent=one.parent_ref,
                visibility=visibility,
                warning=warning,
                final=one.final,
                pictures=fingerprint(pictures_of(one.spans)),
            )

        if fits(one.visibility, one.warning):
            return True
        # An edit may have changed who sees the post, and the warning over it, after the draft was written.
        query = select(PostVersion.warning).where(PostVersion.post_id == one.parent)
        warnings = {one.warning, "", *(await self.session.scalars(query))}
        return any(fits(*pair) for pair in product(_VISIBILITIES | {one.visibility}, warnings))

    def _orders(
        self, chain: _Chain, written: Mapping[int, _Written], deliveries: Sequence[tuple[int, int, int]]
    ) -> None:
        """Every order has its delivery, with the revision and the message that were approved; no other exists."""
        if chain.fault is not None:
            return
        rows = {id: (revision, message) for id, revision, message in deliveries}
        for delivery, (event, message, number) in chain.orders.items():
            row, one = rows.get(delivery), written.get(number)
            if row is None:
                chain.note(Wrong.ORDER, event.seq, event.id, f"delivery {delivery} is missing")
            elif one is None or row != (one.id, message):
                chain.note(Wrong.ORDER, event.seq, event.id, f"delivery {delivery} is of another draft")
        for id in rows:
            if id not in chain.orders:
                chain.note(Wrong.UNORDERED, None, None, f"delivery {id} was never ordered")

    def _done(self, chain: _Chain) -> None:
        self.chains += bool(chain.seq) or chain.fault is not None
        if chain.fault is not None:
            self.faults.append(chain.fault)

    async def _seals(self) -> None:
        before, since = "", 0
        for day in (await self.session.scalars(select(Seal).order_by(Seal.day))).all():
            self.seals += 1
            digest = await sealing(self.session, day.day, before=before, after=since, upto=day.last_event)
            if (day.before, day.digest) != (before, digest) or day.last_event < since:
                what = f"the seal of {day.day} is not the seal of what stands"
                self.faults.append(Fault(Wrong.SEAL, None, None, day.last_event, what))
                return
            before, since = day.digest, day.last_event

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.events, self.in_all)


#: How visible a post can be (the contract's words).
_VISIBILITIES = frozenset({"public", "unlisted", "followers", "direct"})
