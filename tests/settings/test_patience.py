"""A start while the database is away waits for it, with a sentence; what no waiting helps is said at once."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot.patience import answered, remedy, settled
from models.migrate import Version, version
from models.store import Store
from models.trouble import DatabaseTrouble
from tests.settings.example import ENV
from tests.settings.test_command_line import twoway, write

ON_A_SERVER = pytest.mark.parametrize(
    "new_database", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))], indirect=True
)

#: Nobody listens there, as while a server restarts.
REFUSED = "postgresql://twoway:hush@127.0.0.1:1/twoway"


@ON_A_SERVER
def test_a_server_that_is_away_is_waited_for_and_the_log_says_so(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    addresses, pauses = iter([REFUSED, REFUSED, database]), []
    with caplog.at_level(logging.WARNING):
        assert answered(lambda: version(next(addresses)), sleep=pauses.append) is Version.CURRENT
    assert pauses == [0.2, 0.4]
    assert [one.message for one in caplog.records] == ["the database does not answer; trying again"] * 2
    assert "hush" not in caplog.text


@ON_A_SERVER
async def test_a_server_that_restarts_in_the_middle_of_the_start_is_asked_again(database: str) -> None:
    """What a restart does to whoever is connected: the connection ends, in the middle of a transaction."""
    store, tries = Store(database), []

    async def attempt() -> int:
        tries.append("tried")
        async with store.work() as work:
            if len(tries) == 1:
                await work.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            return int(await work.session.scalar(text("SELECT 142")) or 0)

    try:
        assert await settled(attempt, asyncio.Event()) == 142
        assert len(tries) == 2
    finally:
        await store.close()


async def test_who_is_told_to_stop_while_waiting_stops() -> None:
    stop = asyncio.Event()

    async def attempt() -> Version:
        stop.set()
        return version(REFUSED)

    assert await settled(attempt, stop) is None


@ON_A_SERVER
def test_what_no_waiting_helps_is_said_with_what_would(database: str) -> None:
    url = make_url(database)
    for wrong, what in (
        (url.set(username="nobody_here"), "Make that role"),
        (url.set(database="nowhere"), "Make that database"),
    ):
        with pytest.raises(DatabaseTrouble) as error:
            answered(lambda wrong=wrong: version(wrong.render_as_string(hide_password=False)))  # type: ignore[misc]  # mypy wants a type of a lambda's default
        assert (remedy(error.value) or "").startswith(what)


def test_waiting_helps_who_was_refused_or_came_while_it_starts() -> None:
    for words in (
        "connection failed: connection refused",
        'connection failed: FATAL:  the database system is starting up, database "twoway"',
        "FATAL:  terminating connection due to administrator command",
        "FATAL:  sorry, too many clients already",
    ):
        assert remedy(RuntimeError(words)) is None, words
    assert remedy(RuntimeError('FATAL:  password authentication failed for user "twoway"')) is not None


@ON_A_SERVER
def test_a_run_on_a_database_that_is_not_there_is_one_sentence_and_exit_2(tmp_path: Path, database: str) -> None:
    write(tmp_path)
    nowhere = make_url(database).set(database="nowhere").render_as_string(hide_password=False)
    done = twoway(tmp_path, "run", **{**ENV, "TWOWAY_DATABASE": nowhere})
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Make that database, or name another one in service.database." in done.stderr
