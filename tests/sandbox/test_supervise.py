"""The supervisor: starts a child, starts it again, kills it, and leaves nothing behind."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from sandbox.ports import free_port
from sandbox.supervise import State, Supervisor

FAKE = Path(__file__).with_name("fake_bot.py")


@asynccontextmanager
async def supervised(folder: Path, **environment: str) -> AsyncIterator[tuple[Supervisor, str]]:
    port = free_port()
    config = folder / "twoway.toml"
    config.write_text(f'[service]\nlisten = "127.0.0.1:{port}"\n', encoding="utf-8")
    supervisor = Supervisor(
        command=[sys.executable, str(FAKE), "run"],
        prepare=[sys.executable, str(FAKE), "db", "upgrade"],
        ready_url=f"http://127.0.0.1:{port}/readyz",
        environment=os.environ | {"TWOWAY_CONFIG": str(config)} | environment,
        pauses=[0.05, 0.1],
    )
    try:
        yield supervisor, f"http://127.0.0.1:{port}"
    finally:
        await supervisor.stop()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_runs_once_it_answers_and_ends_with_us(tmp_path: Path) -> None:
    async with supervised(tmp_path) as (supervisor, _):
        await supervisor.start()
        assert await supervisor.ready(timeout=60)
        assert supervisor.state is State.RUNNING
        assert supervisor.log[0] == "the database is up to date"
        pid = supervisor.pid
    assert pid is not None
    assert not alive(pid)
    assert supervisor.state is State.DOWN


async def test_it_starts_again_when_the_child_dies_by_itself(tmp_path: Path) -> None:
    async with supervised(tmp_path) as (supervisor, address), aiohttp.ClientSession() as http:
        await supervisor.start()
        assert await supervisor.ready(timeout=60)
        with pytest.raises(aiohttp.ClientError):
            await http.get(f"{address}/die")
        await supervisor.changes.until(lambda: supervisor.starts == 2, timeout=60)
        assert await supervisor.ready(timeout=60)
        assert any("ended with 7" in line for line in supervisor.log)


async def test_killed_hard_it_stays_down_until_start(tmp_path: Path) -> None:
    async with supervised(tmp_path) as (supervisor, _):
        await supervisor.start()
        assert await supervisor.ready(timeout=60)
        await supervisor.kill()
        assert (supervisor.state, supervisor.exit_code, supervisor.pid) == (State.DOWN, -9, None)
        assert supervisor.given_up
        await supervisor.start()
        assert await supervisor.ready(timeout=60)
        assert supervisor.starts == 2
        assert list(supervisor.log).count("the database is up to date") == 1


async def test_a_restart_ends_the_old_child_first(tmp_path: Path) -> None:
    async with supervised(tmp_path) as (supervisor, _):
        await supervisor.start()
        assert await supervisor.ready(timeout=60)
        before = supervisor.pid
        await supervisor.restart()
        assert await supervisor.ready(timeout=60)
        assert before is not None
        assert supervisor.pid != before
        assert not alive(before)


async def test_a_database_that_cannot_be_prepared_is_no_start(tmp_path: Path) -> None:
    async with supervised(tmp_path, FAKE_PREPARE="2") as (supervisor, _):
        await supervisor.start()
        assert not await supervisor.ready(timeout=60)
        assert (supervisor.starts, supervisor.exit_code) == (0, 2)


async def test_wrong_settings_are_not_tried_again(tmp_path: Path) -> None:
    async with supervised(tmp_path, FAKE_EXIT="2") as (supervisor, _):
        await supervisor.start()
        assert not await supervisor.ready(timeout=60)
        assert (supervisor.starts, supervisor.state) == (1, State.DOWN)
        assert "something is wrong" in supervisor.log


async def test_a_child_that_dies_at_once_is_tried_again_and_again(tmp_path: Path) -> None:
    async with supervised(tmp_path, FAKE_EXIT="1") as (supervisor, _):
        await supervisor.start()
        await supervisor.changes.until(lambda: supervisor.starts >= 3, timeout=60)
        assert not supervisor.given_up
