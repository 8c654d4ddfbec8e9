"""Who is roused when work appears: within the process by events, between processes by PostgreSQL's LISTEN/NOTIFY.

A wake says only "look again": a lost one costs the time until the next look, never work.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator
from enum import StrEnum

log = logging.getLogger("twoway.wakes")

CHANNEL = "twoway"


class Topic(StrEnum):
    """What kind of work there is."""

    INBOX = "inbox"
    SHOW = "show"
    DELIVER = "deliver"
    CHECK = "check"
    HEAR = "hear"
    TIME = "time"
    READ = "read"
    ERASED = "erased"
    ATTACH = "attach"


class Wakes:
    """Wait for a topic; rouse a topic. With an address, other processes hear it too."""

    def __init__(self, url: str | None) -> None:
        self._url = None if url is None else url.replace("postgresql+psycopg://", "postgresql://")
        self._waiting: dict[Topic, set[asyncio.Event]] = {topic: set() for topic in Topic}
        self._out: asyncio.Queue[Topic] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def rouse(self, topics: Iterable[Topic]) -> None:
        """After a commit. Never fails: others look again by themselves before long."""
        for topic in topics:
            self._here(topic)
            if self._url is not None:
                self._out.put_nowait(topic)
                if self._task is None:
                    self._task = asyncio.get_running_loop().create_task(self._connected(), name="wakes")

    async def wait(self, topic: Topic, *, limit: float) -> bool:
        """Until the topic is roused, at most `limit` seconds. Whether it was."""
        with self.listening(topic) as roused:
            return await roused.wait(limit)

    @contextlib.contextmanager
    def listening(self, topic: Topic) -> Iterator[Roused]:
        """Hear every wake from here on, also one that comes between a look and the wait."""
        if self._url is not None and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._connected(), name="wakes")
        roused = asyncio.Event()
        self._waiting[topic].add(roused)
        try:
            yield Roused(roused)
        finally:
            self._waiting[topic].discard(roused)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _here(self, topic: Topic) -> None:
        for roused in self._waiting[topic]:
            roused.set()

    async def _connected(self) -> None:
        """One connection listens and tells; while it is away, everybody falls back to looking by themselves."""
        import psycopg  # where there is no such server, nobody needs the nine megabytes of it

        assert self._url is not None
        pause = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause = 0.1
                    teller = asyncio.create_task(self._tell())
                    try:
                        async for note in connection.notifies():
                            with contextlib.suppress(ValueError):
                                self._here(Topic(note.payload))
                    finally:
                        teller.cancel()
                        await asyncio.gather(teller, return_exceptions=True)
            except (psycopg.Error, OSError) as error:
                log.warning("wakes away", extra={"error": type(error).__name__})
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _tell(self) -> None:
        import psycopg

        assert self._url is not None
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            while True:
                topic = await self._out.get()
                while not self._out.empty():
                    more = self._out.get_nowait()
                    if more is not topic:
                        await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, more.value))
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, topic.value))


class Roused:
    """One listener's ear."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, limit: float) -> bool:
        """Until roused, at most `limit` seconds; then ready for the next."""
        try:
            async with asyncio.timeout(max(limit, 0)):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True
