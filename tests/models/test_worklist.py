"""Work that takes longer than a lease stays with whoever is at it, and with nobody who died; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from models.drawings import Drawing
from models.store import LEASE, Store
from models.worklist import kept, take
from tests.conftest import Clock

BEAT = timedelta(milliseconds=10)


@pytest.fixture
async def there(database: str, clock: Clock, store: Store) -> AsyncIterator[Store]:
    """Another process on the same database."""
    opened = Store(database, clock=clock, owner="there")
    yield opened
    await opened.close()


async def taken(store: Store) -> dict[int, int]:
    async with store.work() as work:
        return {row.id: row.fence for row in await take(work, Drawing, limit=5)}


async def lease_is_longer(store: Store, row: int) -> None:
    """Until it lasts for a whole lease from now."""
    async with asyncio.timeout(60):
        while True:
            async with store.reading() as session:
                until = (await session.get_one(Drawing, row)).lease_until
            if until == store.clock() + LEASE:
                return
            await asyncio.sleep(0.01)


async def test_rows_are_kept_while_the_work_goes_on_and_no_longer(store: Store, there: Store, clock: Clock) -> None:
    now = clock()
    async with store.work() as work:
        for name in "ab":
            work.add(Drawing(digest=name, name=name, drawn="{}", at=now, until=now, due_at=now))
    ours = await taken(store)
    assert list(ours) == [1, 2]
    async with kept(store, Drawing, ours, beat=BEAT):
        for _ in range(3):
            clock.forward(LEASE * 0.9)
            for row in ours:
                await lease_is_longer(store, row)
        assert await taken(there) == {}
    clock.forward(LEASE + timedelta(seconds=1))
    theirs = await taken(there)
    assert theirs == {row: fence + 1 for row, fence in ours.items()}
    clock.forward(LEASE / 2)
    async with kept(store, Drawing, ours, beat=BEAT), kept(there, Drawing, {1: theirs[1]}, beat=BEAT):
        await lease_is_longer(there, 1)
    async with there.reading() as session:
        left = (await session.get_one(Drawing, 2)).lease_until
    assert left == clock() + LEASE / 2, "what is somebody else's by now is not kept"
