"""Four machines on one PostgreSQL, and a day on which everything goes wrong at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from models.migrate import upgrade
from tests.kills.chaos import Figures, seed, settled
from tests.kills.city import START_LIMIT
from tests.kills.cluster import ROOMS, ZONE, BadDay, Cluster
from tests.plugins.runs import runs, tell
from tests.servers import Server, serving
from tests.stories.town import town

#: How long it goes on, in seconds.
LONG, SHORT = 600, 90

#: Whoever dies, somebody else has all its work within so many seconds: a lease, and a look. Here the other suites take
#: the processor away now and then, so it is asked of most of them, and of all that they do not take six times as long.
TAKEN_OVER_WITHIN = 10.0


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL that writes what it has promised: one that crashes here must find it again."""
    with serving(tmp_path_factory.mktemp("runtime")) as own:
        upgrade(own.address)
        yield own


@pytest.fixture
async def cluster(tmp_path: Path, server: Server) -> AsyncIterator[Cluster]:
    async with town(tmp_path, server.address, "socket", Cluster) as made:
        yield made


@pytest.mark.slow
@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.needs("postgres")
async def test_four_machines_lose_nothing_and_say_nothing_twice(cluster: Cluster, server: Server) -> None:
    figures = Figures(seed())
    print(f"\nTWOWAY_SEED={figures.seed}")
    seconds = runs(LONG, usually=SHORT)
    cluster.summaries_within(seconds)
    await cluster.start(machines=4)
    day = BadDay(cluster, server, random.Random(figures.seed), figures)
    work = asyncio.create_task(day.chaos.customers_and_team(least=10))
    await day.play(seconds)
    await day.chaos.ends()
    await settled(day.chaos, work)
    await day.chaos.judge()
    tell(day.troubles)
    assert figures.unsure == 0, "here a look can always tell"
    await no_post_is_lost(cluster)
    await every_summary_came_once(cluster)
    took = sorted(day.troubles.taken_over) or [0.0]
    assert took[len(took) // 2] <= TAKEN_OVER_WITHIN, took
    assert took[-1] <= 6 * TAKEN_OVER_WITHIN, took


async def no_post_is_lost(city: Cluster) -> None:
    """Whatever stands on the square and names us has a conversation with a card."""
    for post in city.square.statuses():
        if post.author is not city.square.account and "@acme" in post.now.text:
            await city.state(post)


async def every_summary_came_once(city: Cluster) -> None:
    """One a room, on its local date."""
    await asyncio.sleep(max(0.0, (city.summaries_at[-1] - datetime.now(ZONE)).total_seconds()))
    async with asyncio.timeout(START_LIMIT):
        while len(city.summaries()) <= len(ROOMS):
            await asyncio.sleep(0.2)
    wanted = {
        (room, f"{at:%Y-%m-%d}")
        for room, at in zip(("care", *(one[2:].lower() for one in ROOMS)), city.summaries_at, strict=True)
    }
    assert [(room, day) for room, day, _ in city.summaries()] == sorted(wanted)
    assert {count for *_, count in city.summaries()} == {1}
