"""Who was told that nothing leaves any more was told the truth: by the order of things, on one machine and on two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from adapters.contract import PostRef, Receipt, Reply
from adapters.leaving import Leaving
from adapters.mastodon import Mastodon
from adapters.mastodon_settings import Settings
from bot.desk.holding import hold_all
from bot.desk.outcomes import OnHold
from models import holds
from models.reply import Attempt, AttemptOutcome, Delivery, DeliveryState
from models.store import Store
from tests.conftest import Clock
from tests.publishing.conftest import House

LONG = timedelta(seconds=60)
REPLIES, SOME = 6, 2


def now() -> datetime:
    return datetime.now(UTC)


class Slow(Mastodon):
    """A platform to which lines open slowly: the first few at once, others when `others` is set. `order` is what
    happened, as it happened."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.order: list[str] = []
        self.calls = 0
        self.called, self.others = asyncio.Event(), asyncio.Event()

    async def publish(self, reply: Reply, key: str) -> Receipt:
        self.calls += 1
        if self.calls == REPLIES:
            self.called.set()
        if self.calls > SOME:
            await self.others.wait()
        leaving = Leaving()
        try:
            await leaving.ask(now)
            self.order.append("left")
        finally:
            await leaving.close()
        return Receipt(ref=PostRef(f"reply-{key}"), url=None, at=now(), text=reply.text.plain)


@asynccontextmanager
async def all_on_their_way(house: House) -> AsyncIterator[Slow]:
    """Every reply has its intent and its call; most wait for a line. On PostgreSQL two machines carry them."""
    settings = Settings(
        server=house.square.base_url, token=house.square.token, streaming=False, call_limit=LONG, late_bound=LONG
    )
    platform = Slow(settings)
    await platform.open()
    house = replace(house, platform=platform)
    for _ in range(REPLIES):
        number, _ = await house.hear()
        await house.order(number)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(platform.close)
        for nth in range(1 if house.store.embedded else 2):
            store = Store(house.store.url, clock=house.clock, owner=f"machine {nth}")
            stack.push_async_callback(store.close)
            await stack.enter_async_context(replace(house, store=store).publishing())
        async with asyncio.timeout(60):
            await platform.called.wait()
        yield platform
        async with asyncio.timeout(60):
            while await sending(house):
                await asyncio.sleep(0.02)


async def sending(house: House) -> int:
    """Replies whose outcome is not written yet."""
    async with house.store.reading() as session:
        query = select(func.count()).where(Delivery.state == DeliveryState.SENDING.value)
        return await session.scalar(query) or 0


async def stop(house: House, platform: Slow) -> None:
    """As the command does it, up to what it answers."""
    async with house.store.work() as work:
        assert isinstance(await hold_all(work, house.actor(house.bea), holds.ALL), OnHold)
    assert await house.store.fence.empty(limit=LONG)
    platform.order.append("told")


async def test_what_was_called_but_has_no_line_yet_stays_when_somebody_presses_stop(house: House) -> None:
    async with all_on_their_way(house) as platform:
        await stop(house, platform)
        platform.others.set()
    assert platform.order == [*["left"] * SOME, "told"]
    async with house.store.reading() as session:
        outcomes = (await session.scalars(select(Attempt.outcome))).all()
    assert sorted(outcomes) == sorted([AttemptOutcome.NO.value] * (REPLIES - SOME) + [AttemptOutcome.SENT.value] * SOME)


async def test_of_all_that_race_with_a_stop_none_leaves_after_it_was_answered(house: House) -> None:
    async with all_on_their_way(house) as platform:
        pressing = asyncio.create_task(stop(house, platform))
        platform.others.set()
        await pressing
    assert platform.order[-1] == "told"


async def test_who_stops_waits_for_what_looked_before_on_any_machine(store: Store, database: str, clock: Clock) -> None:
    there = store if store.embedded else Store(database, clock=clock, owner="two")
    inside, go = asyncio.Event(), asyncio.Event()

    async def leaves() -> None:
        async with store.fence.leaving():
            inside.set()
            await go.wait()

    leaving = asyncio.create_task(leaves())
    await inside.wait()
    assert not await there.fence.empty(limit=timedelta(milliseconds=50)), "told while something was leaving"
    stopping = asyncio.create_task(there.fence.empty(limit=LONG))
    await asyncio.wait({stopping}, timeout=0.1)
    assert not stopping.done()
    go.set()
    assert await stopping
    await leaving
    await there.close()
