"""Closing a day: one seal over the heads of every chain that grew since the seal before it; and which seals fit.

Events get their ids when they are inserted, never beforehand: that is what makes the highest id a line between what
is sealed and what is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.journal import Event, Seal
from models.store import Store, Work
from models.telling import EventKind

#: Heads fetched at once.
BATCH = 500


async def sealing(session: AsyncSession, day: str, *, before: str, after: int, upto: int) -> str:
    """The hash of a day: over the seal before it and the head of every chain that grew since, each as it stood."""
    made = hashlib.sha256(json.dumps([before, day, upto], separators=(",", ":")).encode())
    grew = (
        select(Event.chain, func.max(Event.seq).label("seq"))
        .where(Event.id > after, Event.id <= upto)
        .group_by(Event.chain)
        .subquery()
    )
    query = (
        select(Event.chain, Event.seq, Event.digest)
        .join(grew, (grew.c.chain == Event.chain) & (grew.c.seq == Event.seq))
        .order_by(Event.chain)
    )
    found = await session.stream(query.execution_options(yield_per=BATCH))
    async for chain, seq, digest in found:
        made.update(json.dumps([chain, seq, digest], separators=(",", ":")).encode())
    return made.hexdigest()


class TooLate(Exception):
    """A later day is sealed already: this one can no longer be."""


async def seal(store: Store, day: date) -> Seal:
    """Seal all that was written since the last seal, under `day` (UTC). A second time, also from another machine,
    changes nothing and returns the seal that stands. Raises TooLate when a later day is sealed already."""
    key = day.isoformat()
    while True:
        async with store.reading() as session:
            standing = await session.get(Seal, key)
        if standing is not None:
            return standing
        try:
            async with store.work() as work:
                return await _seal(work, key, work.now)
        except IntegrityError:
            continue  # another machine sealed it meanwhile, or wrote to the service's chain: look again


async def _seal(work: Work, day: str, now: datetime) -> Seal:
    session = work.session
    if not work.store.embedded:
        # Whoever has an id already commits before us, and nobody gets a lower one afterwards: the highest id is then
        # a true line between sealed and unsealed. Writers wait for as long as one day's heads take to read.
        await session.execute(text("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE"))
    standing = await session.get(Seal, day)
    if standing is not None:
        return standing
    last = await session.scalar(select(Seal).order_by(Seal.day.desc()).limit(1))
    if last is not None and last.day > day:
        raise TooLate(f"{day} cannot be sealed: {last.day} is")
    before, since = ("", 0) if last is None else (last.digest, last.last_event)
    upto = await session.scalar(select(func.max(Event.id))) or 0
    digest = await sealing(session, day, before=before, after=since, upto=upto)
    made = Seal(day=day, at=now, last_event=upto, before=before, digest=digest)
    work.add(made)
    await work.write_down_service(EventKind.SEALED, data={"day": day, "digest": digest, "last_event": upto})
    return made


@dataclass(frozen=True, slots=True)
class Told:
    """A seal as the service's journal tells of it: where, its hash, and the last event under it."""

    seq: int
    event: int
    digest: str
    last_event: int


@dataclass(frozen=True, slots=True)
class Misfit:
    """A day whose seal does not fit. `seq` is the place of `event` in the service's chain, where it stands there."""

    what: str
    event: int | None
    seq: int | None = None


async def misfits(
    session: AsyncSession, told: Mapping[str, Told], *, tells_all: bool = True
) -> tuple[int, list[Misfit]]:
    """How many days are sealed, and what is wrong with them: the first seal that does not fit what stands, and every
    day that the journal tells of (`told`, by day) whose seal is missing. Nothing takes a seal away: neither retention
    nor erasing, and a backup has the journal and its seals together. `tells_all`: the journal was read to its end."""
    rows = {row.day: row for row in await session.scalars(select(Seal))}
    wrong: list[Misfit] = []
    before, since, fits = "", 0, True
    for day in sorted({*rows, *told}):
        row, said = rows.get(day), told.get(day)
        if row is None and said is not None:
            wrong.append(Misfit(f"the seal of {day} is missing: the journal tells of it", said.event, said.seq))
            before, since = said.digest, said.last_event
        if row is None or not fits:
            continue  # what follows a seal that does not fit cannot fit either
        digest = await sealing(session, day, before=before, after=since, upto=row.last_event)
        if (row.before, row.digest) != (before, digest) or row.last_event < since:
            wrong.append(Misfit(f"the seal of {day} is not the seal of what stands", row.last_event))
            fits = False
        elif said is not None and said.digest != digest:
            wrong.append(Misfit(f"the seal of {day} is another than the journal tells of", said.event, said.seq))
        elif said is None and tells_all:
            wrong.append(Misfit(f"the journal does not tell of the seal of {day}", None))
        before, since = digest, row.last_event
    return len(rows), wrong


async def seal_of(session: AsyncSession, day: str | None = None) -> Seal | None:
    """The seal of a day, or the last one."""
    query = select(Seal).order_by(Seal.day.desc()).limit(1)
    return await session.scalar(query if day is None else query.where(Seal.day == day))
