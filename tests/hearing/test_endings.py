"""Access that ends is told some days ahead, once a step, in every channel of the account."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.hearing.endings import tell_ahead, tell_of_ends
from models.chat import Card
from models.cipher import Cipher
from models.journal import Event
from models.keeping import Keeping
from models.places import Channel, Route
from models.store import Store
from models.wakes import Topic
from tests.conftest import Clock
from tests.hearing.conftest import Team
from tests.hearing.looking import rows

KEY = "A" * 43 + "="


@pytest.fixture
def keeping(team: Team) -> Keeping:
    return Keeping(team.store, "acme", Cipher.of(KEY))


async def days_told(store: Store) -> list[object]:
    return [event.data["days"] for event in await rows(store, Event) if event.kind == "account_ending"]


async def until_nothing_is_due(store: Store) -> None:
    while await tell_of_ends(store):
        pass


async def test_seven_three_and_one_days_ahead_each_once(team: Team, keeping: Keeping, clock: Clock) -> None:
    await keeping.keep("x", ends=clock() + timedelta(days=60))
    for day in range(61):
        await until_nothing_is_due(team.store)
        assert len(await days_told(team.store)) == (day >= 53) + (day >= 57) + (day >= 59), day
        clock.forward(timedelta(days=1))
    assert await days_told(team.store) == [7, 3, 1]


async def test_every_channel_of_the_account_is_told(team: Team, keeping: Keeping, clock: Clock) -> None:
    async with team.store.work() as work:
        second = Channel(name="second", surface="slack", chat_id="C2")
        third = Channel(name="third", surface="slack", chat_id="C3")
        work.add_all([second, third])
        await work.flush()
        work.add(Route(account_id=team.account, channel_id=second.id))
    await keeping.keep("x", ends=clock() + timedelta(days=7, seconds=1))
    clock.forward(timedelta(seconds=2))
    await tell_of_ends(team.store)
    told = [card.channel_id for card in await rows(team.store, Card) if card.kind == "channel_notice"]
    assert sorted(told) == sorted([team.channel, second.id])


async def test_whoever_was_away_tells_once_and_what_was_connected_anew_is_not_told(
    team: Team, keeping: Keeping, clock: Clock
) -> None:
    await keeping.keep("x", ends=clock() + timedelta(days=60))
    clock.forward(timedelta(days=57, hours=12))
    await until_nothing_is_due(team.store)
    assert await days_told(team.store) == [3]  # two days and a half, rounded up
    await keeping.keep("y", ends=clock() + timedelta(days=60))
    clock.forward(timedelta(days=2))
    await until_nothing_is_due(team.store)
    assert await days_told(team.store) == [3]
    clock.forward(timedelta(days=70))  # it is over: the listener says that
    await until_nothing_is_due(team.store)
    assert await days_told(team.store) == [3]


async def test_the_loop_tells_when_the_time_comes_and_ends_when_asked(
    team: Team, keeping: Keeping, clock: Clock
) -> None:
    stop = asyncio.Event()
    await keeping.keep("x", ends=clock() + timedelta(days=8))
    loop = asyncio.create_task(tell_ahead(team.store, stop))
    async with asyncio.timeout(60):
        await asyncio.sleep(0.05)
        clock.forward(timedelta(days=1, seconds=1))
        while not await days_told(team.store):
            team.store.wakes.rouse([Topic.TIME])
            await asyncio.sleep(0.01)
        stop.set()
        team.store.wakes.rouse([Topic.TIME])
        await loop
    assert await days_told(team.store) == [7]
