"""Asking again and again, for platforms whose lists are all there is: soon after news, and now and then far back.

What is asked and what of it is news is each adapter's own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.http import Clock
from adapters.posts import Batch
from adapters.streams import pause_after


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how far, from the account's settings."""

    poll: timedelta
    overlap: timedelta
    sweep_every: timedelta
    sweep_back: timedelta
    look_back: timedelta  # at the very first start


class Poll(Protocol):
    """What is new, oldest first, in batches. `sweeping`: this time far back."""

    def __call__(self, *, sweeping: bool) -> AsyncIterator[Batch]: ...


async def polling(
    poll: Poll, *, rhythm: Rhythm, clock: Clock, log: logging.Logger, slowness: Callable[[], float] = lambda: 1.0
) -> AsyncIterator[Batch]:
    """Forever; it ends only with `AuthFailed`. `slowness`: how many times slower than the rhythm to go just now."""
    loop = asyncio.get_running_loop()
    every = rhythm.sweep_every.total_seconds()
    failures, swept = 0, loop.time() - every
    while True:
        pause = rhythm.poll * slowness()
        try:
            sweeping = loop.time() - swept >= every * slowness()
            async for batch in poll(sweeping=sweeping):
                yield batch
            swept = loop.time() if sweeping else swept
            failures = 0
        except Throttled as error:
            pause = max(timedelta(seconds=1), error.until - clock())
        except (Unreachable, Malformed) as error:
            failures += 1
            pause = min(pause, pause_after(failures))
            log.warning("poll failed, again in %.1f s: %s", pause.total_seconds(), error)
        await asyncio.sleep(pause.total_seconds())
