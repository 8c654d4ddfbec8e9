"""Something changed: a counter that can be waited for. It says that, not what."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Changes:
    """Counts changes and wakes whoever waits for the next one."""

    def __init__(self) -> None:
        self.version = 0
        self._next = asyncio.Event()

    def tell(self) -> None:
        self.version += 1
        woken, self._next = self._next, asyncio.Event()
        woken.set()

    async def after(self, version: int) -> int:
        """The version, once it is higher than `version`."""
        while self.version <= version:
            await self._next.wait()
        return self.version

    async def until(self, ask: Callable[[], T], *, timeout: float) -> T:
        """What `ask` answers, once it is true. TimeoutError when it is not within `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while True:
                version = self.version
                if answer := ask():
                    return answer
                await self.after(version)


class Changing(Protocol):
    """Whoever has `changes`, as an attribute or as a property."""

    @property
    def changes(self) -> Changes: ...


C = TypeVar("C", bound=Changing)


class Watched:
    """A stand-in whose changes a test waits for."""

    async def wait_for(self: C, predicate: Callable[[C], T], *, timeout: float = 30) -> T:
        """What `predicate` answers once true; asked after each change. TimeoutError after `timeout` s."""
        return await self.changes.until(lambda: predicate(self), timeout=timeout)
