"""What is old is forgotten, a little at a time, on whichever machine gets to it first; what was erased leaves the
index of words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from models.letting_go import let_go
from models.retention import forget_old
from models.store import Store
from models.wakes import Topic

log = logging.getLogger("twoway.forgetting")

#: Nobody waits for it: what is two years old may be two years and an hour old.
LOOK_EVERY = 3600.0
#: So many conversations, then a pause: their cards are shown anew, beside those that people wait for.
AT_ONCE, PAUSE = 20, 30.0


async def keep_forgetting(store: Store, ages: Mapping[int, timedelta], stop: asyncio.Event) -> None:
    """Until `stop` is set. `ages`: how long each channel, by its id, keeps words."""
    with store.wakes.listening(Topic.TIME) as roused:
        due = 0.0
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            if loop.time() >= due:
                try:
                    done = await forget_old(store, ages, limit=AT_ONCE)
                except Exception as error:
                    log.exception("forgetting stumbled", extra={"error": type(error).__name__})
                    done = 0
                if done:
                    log.info("forgotten by age", extra={"conversations": done})
                due = loop.time() + (PAUSE if done == AT_ONCE else LOOK_EVERY)
            await roused.wait(max(0.01, due - loop.time()))


async def keep_letting_go(store: Store, stop: asyncio.Event) -> None:
    """Until `stop`: at the start, where a kill may have come before it, and after every erasing. It goes through the
    whole index each time, so it rests nine times as long as it took: many erasings are one."""
    loop, due = asyncio.get_running_loop(), 0.0
    with store.wakes.listening(Topic.ERASED) as roused:
        while not stop.is_set():
            if (rest := due - loop.time()) > 0:
                await roused.wait(rest)
                continue
            began = loop.time()
            try:
                await let_go(store)
            except Exception as error:
                log.exception("erased words are still in the index", extra={"error": type(error).__name__})
            due = loop.time() + min(9 * (loop.time() - began), LOOK_EVERY)
            await roused.wait(LOOK_EVERY)
