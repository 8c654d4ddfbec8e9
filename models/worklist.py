"""Rows that are due, taken with a lease and a fence: the only place that knows how.

On PostgreSQL several processes take side by side (`FOR UPDATE SKIP LOCKED`); on SQLite the one writer takes alone.
A lease that ended may be taken by somebody else, who gets a higher fence: the former holder can then write nothing
that asks for its fence.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from models import tables
from models.base import Due
from models.store import LEASE, Store, Work

Row = TypeVar("Row", bound=Due)


def _work() -> list[type[Due]]:
    """Every table whose rows are work, always in the same order."""
    found = (mapper.class_ for mapper in tables.Base.registry.mappers)
    return sorted((table for table in found if issubclass(table, Due)), key=lambda table: table.__name__)


async def take(
    work: Work,
    table: type[Row],
    *where: ColumnElement[bool],
    limit: int = 1,
    lease: timedelta = LEASE,
    order: Sequence[ColumnElement[bool] | ColumnElement[int]] = (),
) -> list[Row]:
    """Up to `limit` due rows, now ours until `lease` has passed. Each has `fence` one higher than before."""
    query = select(table).where(table.due_at <= work.now, _free(work, table), *where)
    query = query.order_by(*order, table.due_at, table.id).limit(limit).with_for_update(skip_locked=True)
    rows = list((await work.session.scalars(query)).all())
    for row in rows:
        row.lease_owner = work.store.owner
        row.lease_until = work.now + lease
        row.fence += 1
        row.tries += 1
    return rows


async def hold(work: Work, table: type[Row], row_id: int, *, lease: timedelta = LEASE) -> Row | None:
    """Take one named row, due or not: a listener's account, a sender's channel. None: somebody else has it."""
    query = select(table).where(table.id == row_id).with_for_update(skip_locked=True)
    row = await work.session.scalar(query)
    if row is None:
        return None
    mine = row.lease_owner == work.store.owner
    if not mine and row.lease_until is not None and row.lease_until > _dead_line(work):
        return None
    if not mine or row.lease_until is None or row.lease_until <= work.now:
        row.fence += 1
    row.lease_owner = work.store.owner
    row.lease_until = work.now + lease
    return row


async def renew(work: Work, table: type[Row], row_id: int, fence: int, *, lease: timedelta = LEASE) -> bool:
    """Keep a row for another lease. False: it is somebody else's by now; write nothing."""
    row = await still_mine(work, table, row_id, fence)
    if row is None:
        return False
    row.lease_until = work.now + lease
    return True


async def still_mine(work: Work, table: type[Row], row_id: int, fence: int) -> Row | None:
    """The row, locked, if nobody took it since: whoever got it later has a higher fence."""
    query = select(table).where(table.id == row_id, table.fence == fence).with_for_update()
    return await work.session.scalar(query)


@contextlib.asynccontextmanager
async def kept(
    store: Store, table: type[Due], fences: Mapping[int, int], *, beat: timedelta = LEASE / 3
) -> AsyncIterator[None]:
    """Keep rows (id: fence) for as long as the work at them takes: who dies at it is replaced when one lease ends."""

    async def renewing() -> None:
        while True:
            await asyncio.sleep(beat.total_seconds())
            with contextlib.suppress(OSError, DBAPIError):  # the database is away: again, until the lease is over
                await _renew_all(store, table, fences)

    task = asyncio.create_task(renewing(), name=f"keep-{table.__name__}")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _renew_all(store: Store, table: type[Due], fences: Mapping[int, int]) -> None:
    """Those that somebody writes at this moment are left for the next time: nobody waits, so nobody waits for each
    other."""
    async with store.work() as work:
        ours = select(table).where(tuple_(table.id, table.fence).in_(list(fences.items())))
        for row in await work.session.scalars(ours.with_for_update(skip_locked=True)):
            if row.lease_owner == store.owner:
                row.lease_until = work.now + LEASE


def finish(row: Due, *, due_at: datetime | None = None) -> None:
    """Give the row back: done (no due time) or due again later. `tries` starts anew only when it is done."""
    row.lease_owner = None
    row.lease_until = None
    row.due_at = due_at
    if due_at is None:
        row.tries = 0


async def next_due(session: AsyncSession, table: type[Row], *where: ColumnElement[bool]) -> datetime | None:
    """When the next row falls due (or its lease ends), None when nothing waits."""
    due = select(func.min(table.due_at)).where(table.lease_until.is_(None), table.due_at.is_not(None), *where)
    leased = select(func.min(table.lease_until)).where(
        table.lease_until.is_not(None), table.due_at.is_not(None), *where
    )
    moments = (await session.execute(select(due.scalar_subquery(), leased.scalar_subquery()))).one()
    known = [moment for moment in moments if moment is not None]
    return min(known) if known else None


async def adopt(store: Store) -> None:
    """At the start of the one process of an embedded database: what a dead predecessor held is free at once."""
    if not store.embedded:
        return
    async with store.work() as work:
        for table in _work():
            await work.session.execute(
                update(table).where(table.lease_owner.is_not(None)).values(lease_owner=None, lease_until=None)
            )


async def leave(store: Store) -> None:
    """At an orderly end: what this process still holds is free at once, and nobody waits until its leases end."""
    async with store.work() as work:
        for table in _work():
            await work.session.execute(
                update(table).where(table.lease_owner == store.owner).values(lease_owner=None, lease_until=None)
            )


def _dead_line(work: Work) -> datetime:
    """Leases that ended before this moment may be taken from others: never, for one lease after an outage."""
    grace = work.store.nobody_dead_until
    if grace is not None and work.now < grace:
        return datetime.min.replace(tzinfo=work.now.tzinfo)
    return work.now


def _free(work: Work, table: type[Row]) -> ColumnElement[bool]:
    mine_ended = and_(table.lease_owner == work.store.owner, table.lease_until <= work.now)
    return or_(table.lease_until.is_(None), table.lease_until <= _dead_line(work), mine_ended)
