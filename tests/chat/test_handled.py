"""A happening is handled once: the guard itself, without anything around it."""

from __future__ import annotations

from bot.chat.handling import handled
from models.arrivals import write_arrivals
from models.chat import Happening
from models.store import Store

ARRIVAL = {"surface": "slack", "key": "Ev1", "kind": "Signed", "payload": {"sign": "x"}}


async def test_what_is_handled_is_not_handled_again_and_its_payload_is_gone(store: Store) -> None:
    async with store.work() as work:
        await write_arrivals(work, [ARRIVAL])
    async with store.work() as work:
        assert await handled(work, 1, 0, "signed")
    async with store.work() as work:
        assert not await handled(work, 1, 0, "signed")
        row = await work.session.get(Happening, 1)
        assert row is not None
        assert (row.payload, row.outcome) == ({}, "signed")


async def test_who_lost_the_row_to_somebody_else_handles_nothing(store: Store) -> None:
    async with store.work() as work:
        await write_arrivals(work, [ARRIVAL])
        await work.flush()
        row = await work.session.get(Happening, 1)
        assert row is not None
        row.fence = 2
    async with store.work() as work:
        assert not await handled(work, 1, 1, "signed")
        assert await handled(work, 1, 2, "signed")


async def test_a_redelivery_changes_nothing(store: Store) -> None:
    for _ in range(2):
        async with store.work() as work:
            await write_arrivals(work, [ARRIVAL])
    async with store.reading() as session:
        assert await session.get(Happening, 2) is None
        first = await session.get(Happening, 1)
        assert first is not None
