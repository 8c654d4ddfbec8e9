"""Killed at every crash point: one reply, and where nobody knows, the channel says so."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.publishing.crash import CrashPoint
from sandbox.square.faults import Where
from sandbox.square.world import Status
from tests.kills.city import ON_SQLITE, START_LIMIT, City, replies_to
from tests.plugins.runs import runs
from tests.stories.town import town

WORDS = "Sorry, Lea! It is in Hamburg; a courier brings it today."
SAID = f"@lea {WORDS}"

#: How many calls have arrived at the platform when the process dies there.
CALLS = {CrashPoint.AFTER_INTENT: 0} | dict.fromkeys(
    (CrashPoint.AFTER_ATTEMPT, CrashPoint.AFTER_ACCEPT, CrashPoint.BEFORE_VERDICT, CrashPoint.AFTER_VERDICT), 1
)


async def dies_at(point: CrashPoint, city: City) -> Status:
    """A reply is approved, and the process dies at this point; the customer's post."""
    await city.start(TWOWAY_CRASH_AT=point.value)
    post = await city.asks("lea", "@acme where is my bike?")
    await city.answers(post, WORDS)
    assert await city.machine.died() == -signal.SIGKILL, city.machine.last_words()
    assert len(city.square.publish_calls) == CALLS[point]
    return post


async def one_reply_after(point: CrashPoint, folder: Path, database: str) -> None:
    try:
        async with town(folder, database, "http", City) as city:
            post = await dies_at(point, city)
            await city.machine.start()
            await city.state(post, "answered")
            assert [one.now.text for one in replies_to(city.square, post)] == [SAID]
            reply = city.public()[0]
            assert len(city.public()) == 1
            await city.card("Answered", "our reply", limit=START_LIMIT)
            assert reply.id in str(city.card_now().blocks), "the card links to the reply"
            assert await city.journal_is_whole()
    except BaseException as error:
        error.add_note(f"killed {point.value}")
        raise


def points(kind: str) -> list[CrashPoint]:
    """All of them in the long run; else every second one on SQLite, and those between on PostgreSQL."""
    every = list(CrashPoint)
    return every if runs(2, usually=1) == 2 else every[kind == "postgresql" :: 2]


@pytest.mark.torture
@pytest.mark.timeout(300)
async def test_killed_at_every_crash_point_there_is_one_reply(
    tmp_path: Path, new_database: Callable[[], str], request: pytest.FixtureRequest
) -> None:
    """All at the same time, in a town each: what takes long is waiting for leases and bounds."""
    async with asyncio.TaskGroup() as tasks:
        for point in points(request.node.callspec.params["new_database"]):
            folder = tmp_path / point.value
            folder.mkdir()
            tasks.create_task(one_reply_after(point, folder, new_database()))


async def asks_people_after(point: CrashPoint, folder: Path, database: str) -> None:
    async with town(folder, database, "socket", City) as city:
        post = await dies_at(point, city)
        calls = len(city.square.publish_calls)
        city.square.fault("fail_before", where=Where.READ, times=100_000)
        city.square.fault("no_stream")
        await city.machine.start()

        # Nobody can look: nothing is sent, and the thread asks people.
        await city.state(post, "unsure")
        await city.in_thread("Nobody knows whether our reply arrived", limit=START_LIMIT)
        await city.card("nobody knows whether it arrived", limit=START_LIMIT)
        assert len(city.square.publish_calls) == calls

        city.square.clear_faults()
        await city.state(post, "answered")
        assert [one.now.text for one in replies_to(city.square, post)] == [SAID]
        await city.card("Answered", "our reply", limit=START_LIMIT)


@ON_SQLITE
async def test_an_outcome_that_nobody_can_know_is_said_in_the_channel_until_it_is_known(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    async with asyncio.TaskGroup() as tasks:
        for point in (CrashPoint.AFTER_INTENT, CrashPoint.AFTER_ACCEPT):
            folder = tmp_path / point.value
            folder.mkdir()
            tasks.create_task(asks_people_after(point, folder, new_database()))
