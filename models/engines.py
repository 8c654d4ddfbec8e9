"""How the two databases are opened: pools, transactions, what a commit means. Only `store` asks for them.

SQLite speaks to us through a thread of aiosqlite's. Its cursors go there four times a statement (make a cursor,
execute, fetch, close), and each way waits for its turn on the event loop; ours go once. docs/decisions/10 has figures.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Parameters = Sequence[object]

#: What a connection remembers of the file, in KiB (sqlite.org/pragma.html#pragma_cache_size). The usual 2 MB each
#: would be 18; the system remembers the file once for all.
CACHE = "cache_size=-512"

#: So many statements each of the connections that read keeps ready. The driver's usual 128 would be 5 MB for all.
REMEMBERED = 16

#: So many rows come with one trip.
AT_ONCE = 500


def make_file(path: Path) -> None:
    """An SQLite file for its owner alone, with its folder; what SQLite puts beside it is made with the same mode. One
    that is there stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def sqlite_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """One that writes, with a single connection, and one that reads."""
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("database: SQLite needs a file, as in sqlite:///twoway.db")
    make_file(Path(path))

    write, read = partial(OneTripConnection.to, path), partial(OneTripConnection.to, path, statements=REMEMBERED)
    writer = create_async_engine(url, async_creator=write, pool_size=1, max_overflow=0, pool_timeout=60)
    reader = create_async_engine(url, async_creator=read, pool_size=4, max_overflow=4)
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        _begin_with(engine, begin)
    return writer, reader


def server_engines(url: str, *, idle: timedelta) -> tuple[AsyncEngine, AsyncEngine]:
    """One for both. Whoever freezes in the middle of a transaction loses it after `idle`."""
    engine = create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=False, pool_timeout=30)

    def connected(connection: object, _record: object) -> None:
        # Whoever froze in the middle of a transaction would keep its rows locked for as long as the machine sleeps.
        cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's own name
        cursor.execute(f"SET idle_in_transaction_session_timeout = {idle // timedelta(milliseconds=1)}")
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]  # a SET that is rolled back was none

    event.listen(engine.sync_engine, "connect", connected)
    return engine, engine


def _begin_with(engine: AsyncEngine, statement: str) -> None:
    """Transactions are ours, not the driver's."""

    def begun(connection: object) -> None:
        connection.exec_driver_sql(statement)  # type: ignore[attr-defined]

    event.listen(engine.sync_engine, "begin", begun)


PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON", CACHE)


class OneTripConnection(aiosqlite.Connection):
    """aiosqlite's connection, whose cursors run a whole statement in one trip to its thread."""

    @classmethod
    async def to(cls, path: str, *, statements: int = 128) -> OneTripConnection:
        """Open; a commit is on the disk when it returns (synchronous=FULL), and what it deletes is overwritten there:
        words that left are in no free page (secure_delete; Debian's SQLite does so by itself, others do not)."""

        def connector() -> sqlite3.Connection:
            # Statements are only run on aiosqlite's thread; a connection that was left is tidied up on any.
            connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, cached_statements=statements
            )
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            return connection

        made = cls(connector, iter_chunk_size=64)
        # As SQLAlchemy does with its own: a pool that nobody closed must not keep the process alive.
        made._thread.daemon = True
        await made
        return made

    _stopping = False

    def stop(self) -> asyncio.Future[object] | None:
        """Once: a thread that has ended answers nobody, and a close that was cut off would wait for it for ever."""
        if self._stopping:
            return None
        self._stopping = True
        return super().stop()

    def cursor(self) -> OneTripCursor:  # type: ignore[override]  # what SQLAlchemy uses of aiosqlite's
        return OneTripCursor(self)


class OneTripCursor:
    """What SQLAlchemy uses of a cursor. The first trip brings up to `AT_ONCE` rows; a result that is longer stays open
    and brings as many with each trip after it, so that one that is streamed never lies in memory whole."""

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._rows: list[object] = []
        self._open: sqlite3.Cursor | None = None
        self.description: object = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> OneTripCursor:
        return self

    async def execute(self, sql: str, parameters: Parameters = ()) -> OneTripCursor:
        return await self._run(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Parameters]) -> OneTripCursor:
        return await self._run(lambda cursor: cursor.executemany(sql, parameters))

    async def fetchone(self) -> object | None:
        some = await self.fetchmany(1)
        return some[0] if some else None

    async def fetchmany(self, size: int | None = None) -> list[object]:
        wanted = size or self.arraysize
        while self._open is not None and len(self._rows) < wanted:
            await self._trip(self._fetch)
        some, self._rows = self._rows[:wanted], self._rows[wanted:]
        return some

    async def fetchall(self) -> list[object]:
        while self._open is not None:
            await self._trip(self._fetch)
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Makes a trip only where something is left open."""
        cursor, self._open, self._rows = self._open, None, []
        if cursor is not None:
            await self._trip(cursor.close)

    async def _run(self, statement: Callable[[sqlite3.Cursor], object]) -> OneTripCursor:
        await self.close()

        def trip() -> None:
            self._open = self._connection._conn.cursor()
            try:
                statement(self._open)
                self.description = self._open.description
                self.rowcount, self.lastrowid = self._open.rowcount, self._open.lastrowid
                self._fetch()
            except BaseException:
                self._done()
                raise

        await self._trip(trip)
        return self

    def _fetch(self) -> None:
        """On the thread."""
        assert self._open is not None
        some = self._open.fetchmany(AT_ONCE) if self.description else []
        self._rows += some
        if len(some) < AT_ONCE:
            self._done()

    def _done(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    async def _trip(self, what: Callable[[], object]) -> None:
        await self._connection._execute(what)  # type: ignore[no-untyped-call]
