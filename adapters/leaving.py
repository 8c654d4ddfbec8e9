"""The last word before a reply leaves: asked when the line to the server is open, and nothing was written on it yet.

Whoever orders a write says what is to be asked; `http` and the way mails take ask it. Looking up names, opening a
line, TLS, a token that had to be renewed: all that may take seconds, and lies before the question. Between the answer
and the bytes lie a few turns of the event loop, during which whoever was asked is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar
from datetime import datetime

from adapters.errors import Throttled

log = logging.getLogger("twoway.leaving")

#: Whether it may go. Entered before the bytes leave, left when they have.
LastWord = Callable[[], AbstractAsyncContextManager[bool]]

#: After so many turns of the loop what was let go is in the system's hands. aiohttp (3.14) needs two: our waking, and a
#: task that writes the body.
TURNS = 8

_asked: ContextVar[LastWord | None] = ContextVar("last_word", default=None)


@contextmanager
def asking(word: LastWord) -> Iterator[None]:
    """Every write in this block asks `word` first, each by itself."""
    token = _asked.set(word)
    try:
        yield
    finally:
        _asked.reset(token)


class Leaving:
    """One write. Close it when the write has ended, whichever way."""

    def __init__(self) -> None:
        self._kept: asyncio.Task[None] | None = None

    async def ask(self, now: Callable[[], datetime]) -> None:
        """Returns when the bytes may be written, which then has to happen without waiting for anything. Raises
        `Throttled` when they may not: nothing was posted, we know."""
        word = _asked.get()
        if word is None:
            return
        said: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._kept = asyncio.create_task(_keep(word, said), name="leaving")
        if not await said:
            raise Throttled(now(), "Somebody holds replies back.")

    async def close(self) -> None:
        if self._kept is not None:
            await asyncio.wait({self._kept})


async def _keep(word: LastWord, said: asyncio.Future[bool]) -> None:
    try:
        async with word() as goes:
            if not said.done():
                said.set_result(goes)
            for _ in range(TURNS if goes else 0):
                await asyncio.sleep(0)
    except Exception as error:
        if said.done():  # the answer counts; whoever was asked has stumbled over being let go
            log.warning("leaving stumbled", extra={"error": type(error).__name__})
        else:
            said.set_exception(error)
