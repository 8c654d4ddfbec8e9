"""Routes bring posts to the channel of those whom they concern; the rest comes where it always came."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from models.journal import Event
from tests.stories.test_moving import TwoChannels
from tests.stories.town import ANA, town

ROUTES = """
[[routes]]
to = "vip"
words = ["journalist|reporter"]

[[routes]]
to = "vip"
reach = 5000
"""


@pytest.fixture
async def routed(tmp_path: Path, new_database: Callable[[], str]) -> AsyncIterator[TwoChannels]:
    async with town(tmp_path, new_database(), "socket", TwoChannels) as made:
        made.more_settings = ROUTES
        await made.start()
        yield made


async def test_what_was_read_in_it_takes_a_post_to_its_people(tmp_path: Path, new_database: Callable[[], str]) -> None:
    async with town(tmp_path, new_database(), "socket", TwoChannels) as here:
        here.more_settings = '[[routes]]\nto = "vip"\nurgency = 2\n'
        here.reader = "rules"
        await here.start()
        vip = here.other()
        await here.asks("tom", "@acme where is my bike?")
        await here.square.post("lea", "@acme my brakes failed and there is smoke coming out")
        await vip.card("my brakes failed", number=2)
        await here.card("where is my bike?", number=1)
        assert vip.card_now(1) is None
        await vip.command(ANA, "claim 2")
        await vip.card("Ana has it", number=2)


async def test_a_post_comes_to_the_first_route_that_it_meets_and_else_where_it_always_came(routed: TwoChannels) -> None:
    here, vip = routed, routed.other()
    await here.square.post("lea", "@acme I am a journalist, whom may I ask?")
    await vip.card("I am a journalist", number=1)
    await here.square.post("tom", "@acme where is my bike?")
    await here.card("where is my bike?", number=2)
    await here.square.post("star", "@acme nice shop", followers=9000)
    await vip.card("9,000 followers", number=3)
    assert (here.card_now(1), vip.card_now(2), here.card_now(3)) == (None, None, None)
    await vip.command(ANA, "claim 1")
    await vip.card("Ana has it", number=1)
    assert here.app is not None
    async with here.app.store.reading() as session:
        first = await session.scalars(select(Event).where(Event.seq == 1, Event.chain > 0).order_by(Event.chain))
        assert [event.data.get("route") for event in first] == [1, None, 2]
