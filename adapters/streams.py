"""What every adapter with a stream beside its asking needs: news about the stream, pauses that double, a bounded wait.

Leaves the stream itself, and what to ask for when it was away, to the adapters.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from enum import Enum
from typing import TypeVar

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
STEADY = timedelta(seconds=30)

Item = TypeVar("Item")


class News(Enum):
    CONNECTED = "connected"  # the stream is open: what came before it has to be asked for
    LOST = "lost"


def failures_after(failures: int, *, held: float) -> int:
    """How many failures in a row there are when a stream ends that held for so many seconds (0: it never opened).
    One that held for a while is opened again soon; one that keeps breaking, ever more slowly."""
    return 1 if held > STEADY.total_seconds() else failures + 1


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    doubled: int = 2 ** min(failures - 1, 20)
    return min(LONGEST_PAUSE, FIRST_PAUSE * doubled)


async def next_of(queue: asyncio.Queue[Item], seconds: float) -> Item | None:
    """The next item, or None when none came in time."""
    try:
        # Not `wait_for`: in Python 3.11 it can lose a cancellation (python/cpython#86296).
        async with asyncio.timeout(seconds):
            return await queue.get()
    except TimeoutError:
        return None
