"""The loop that forgets what is old: it does, it goes on after a failure, and it ends when asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.ops.forgetting import keep_forgetting
from models.retention import forget_old
from models.wakes import Topic
from tests.audit.test_erasing import everything


async def test_the_loop_forgets_what_is_old_and_ends_when_asked(world, clock) -> None:
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("my number is 555-0199")
    await world.answered(number, ana, bea)
    clock.forward(timedelta(days=31))
    stop = asyncio.Event()
    loop = asyncio.create_task(keep_forgetting(world.store, {world.channel: timedelta(days=30)}, stop))
    async with asyncio.timeout(60):
        while "555-0199" in await everything(world.store):
            await asyncio.sleep(0.02)
        stop.set()
        world.store.wakes.rouse([Topic.TIME])
        await loop
    assert await forget_old(world.store, {world.channel: timedelta(days=30)}) == 0
