"""At the start: a database that is away is waited for; one that will never let us in is told at once.

Once the bot runs, every loop has its own way through an outage; this is for what comes before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from models.trouble import DatabaseAway, DatabaseTrouble, first_line

log = logging.getLogger("twoway.run")

#: Seconds between two tries: soon at first, since a restart takes one or two, then never longer than this.
FIRST, LONGEST = 0.2, 5.0

#: What PostgreSQL says to whom no waiting helps, and what does (its messages in English; in another language we wait,
#: and the log says what the server says).
HOPELESS = {
    "password authentication failed": "Put the right password into TWOWAY_DATABASE.",
    "no password supplied": "Put the address with its password into TWOWAY_DATABASE.",
    "no pg_hba.conf entry": "Let this machine in, in the server's pg_hba.conf.",
    'role "': "Make that role, or name another one in service.database.",
    'database "': "Make that database, or name another one in service.database.",
}

T = TypeVar("T")


def remedy(error: Exception) -> str | None:
    """What a person has to do before it can work. None: it may work in a moment."""
    words = str(error)
    if "FATAL:" not in words or "is starting up" in words or "is shutting down" in words:
        return None
    for said, what in HOPELESS.items():
        if said in words and (said[-1] != '"' or "does not exist" in words):
            return what
    return None


def answered(attempt: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep) -> T:
    """What comes of it once the database answers. Blocks. Raises what no waiting helps."""
    pause = FIRST
    while True:
        try:
            return attempt()
        except DatabaseAway as error:
            if remedy(error) is not None:
                raise
            _told(error, pause)
        sleep(pause)
        pause = min(pause * 2, LONGEST)


async def settled(attempt: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T | None:
    """The same without blocking. None: `stop` was set first."""
    pause = FIRST
    while not stop.is_set():
        try:
            return await attempt()
        except DatabaseAway as error:
            if remedy(error) is not None:
                raise
            _told(error, pause)
        try:
            async with asyncio.timeout(pause):
                await stop.wait()
        except TimeoutError:
            pause = min(pause * 2, LONGEST)
    return None


def _told(error: DatabaseTrouble, pause: float) -> None:
    log.warning("the database does not answer; trying again", extra={"said": first_line(error), "seconds": pause})
