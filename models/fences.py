"""The moment in which a reply leaves, and who waits for it: on whichever machine.

A look for a stop is as old as it is: between it and the first byte, somebody may press stop and be told that nothing
leaves any more. So whoever looks is inside the fence until the bytes are out, together with all others who leave; and
who pressed stop waits until everybody who was inside by then is through. What a stop is stands in `holds`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

#: The number of PostgreSQL's advisory lock, which everybody who leaves has, and who stopped them asks for alone. Not an
#: account's row: a machine that froze inside must not keep the stop itself from being committed.
LOCK = 0x74776F776179  # "twoway"

#: A lock that was not given in time (postgresql.org/docs/current/errcodes-appendix.html).
_NOT_IN_TIME = "55P03"


class Fence:
    """`alone`: everybody who leaves is in this process, as with SQLite."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], *, alone: bool) -> None:
        self._sessions = sessions
        self._alone = alone
        self._inside: set[asyncio.Future[None]] = set()

    @asynccontextmanager
    async def leaving(self) -> AsyncIterator[AsyncSession]:
        """For the few milliseconds from a look to the bytes that it lets go. The session is to look with."""
        here: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inside.add(here)
        try:
            async with self._sessions() as session:
                if not self._alone:
                    await session.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))
                yield session  # the lock goes with its transaction
        finally:
            self._inside.discard(here)
            here.set_result(None)

    async def empty(self, *, limit: timedelta) -> bool:
        """Waits until everybody who looked before is through. Call it when the stop is committed: who looks later sees
        it. False: somebody was not through within `limit`; a machine that froze, as a rule."""
        if self._alone:
            inside = set(self._inside)
            late = (await asyncio.wait(inside, timeout=limit.total_seconds()))[1] if inside else set()
            return not late
        async with self._sessions() as session:
            try:
                await session.execute(text(f"SET LOCAL lock_timeout = {limit // timedelta(milliseconds=1)}"))
                await session.execute(select(func.pg_advisory_xact_lock(LOCK)))
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == _NOT_IN_TIME:
                    return False
                raise
        return True
