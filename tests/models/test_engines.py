"""SQLite's cursors: one trip for a statement, and the same answers as ever."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.engines import AT_ONCE, OneTripConnection, sqlite_engines
from models.migrate import upgrade


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
async def test_every_row_comes_once_whole_or_streamed(tmp_path: Path, count: int) -> None:
    writer, reader = sqlite_engines(f"sqlite+aiosqlite:///{tmp_path}/some.db")
    wanted = list(range(count))
    async with writer.begin() as connection:
        await connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
        if wanted:
            await connection.execute(text("INSERT INTO t VALUES (:n)"), [{"n": n} for n in wanted])
    question = text("SELECT n FROM t ORDER BY n")
    async with reader.connect() as connection:
        assert list((await connection.scalars(question)).all()) == wanted
        streamed = await connection.stream(question, execution_options={"yield_per": 7})
        assert [row.n async for row in streamed] == wanted
        left = await connection.stream(question)
        assert (await left.first()) == ((0,) if wanted else None), "and the rest is let go"
        assert (await connection.scalar(text("SELECT count(*) FROM t"))) == count
    await writer.dispose()
    await reader.dispose()


async def test_a_statement_that_fails_leaves_the_connection_usable(tmp_path: Path) -> None:
    writer, reader = sqlite_engines(f"sqlite+aiosqlite:///{tmp_path}/some.db")
    async with writer.begin() as connection:
        await connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO t VALUES (1)"))

    async def twice() -> None:
        async with writer.begin() as connection:
            await connection.execute(text("INSERT INTO t VALUES (2)"))
            await connection.execute(text("INSERT INTO t VALUES (1)"))

    with pytest.raises(IntegrityError):
        await twice()
    async with writer.begin() as connection:
        assert (await connection.scalar(text("SELECT count(*) FROM t"))) == 1, "rolled back, and free for the next"
    await writer.dispose()
    await reader.dispose()


def modes(folder: Path) -> dict[str, int]:
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}


@pytest.mark.parametrize("migrated", [True, False])
async def test_its_files_are_their_owners_alone(tmp_path: Path, migrated: bool) -> None:
    """Whoever was faster: a migration, or a program that opens it."""
    if migrated:
        upgrade(f"sqlite:///{tmp_path}/some.db")
        assert modes(tmp_path) == {"some.db": 0o600}
    writer, reader = sqlite_engines(f"sqlite+aiosqlite:///{tmp_path}/some.db")
    async with writer.begin() as connection:
        await connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    assert modes(tmp_path) == {"some.db": 0o600, "some.db-wal": 0o600, "some.db-shm": 0o600}
    await writer.dispose()
    await reader.dispose()


async def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    path.touch()
    path.chmod(0o640)
    upgrade(f"sqlite:///{path}")
    writer, reader = sqlite_engines(f"sqlite+aiosqlite:///{path}")
    async with writer.begin() as connection:
        await connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    assert modes(tmp_path) == {"some.db": 0o640, "some.db-wal": 0o640, "some.db-shm": 0o640}
    await writer.dispose()
    await reader.dispose()


async def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        sqlite_engines("sqlite+aiosqlite:///:memory:")


async def test_a_connection_that_was_stopped_in_the_middle_can_be_closed(tmp_path: Path) -> None:
    """As when whoever used it is cancelled twice: aiosqlite itself waits for its thread, which has ended."""
    connection = await OneTripConnection.to(str(tmp_path / "a.db"))
    connection.stop()
    async with asyncio.timeout(60):
        with contextlib.suppress(ValueError):  # it is closed already
            await connection.close()
