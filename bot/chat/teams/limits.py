"""How much a message holds, how fast a thread may be written to, when to come again: Teams' own limits. No network.

Pacing of cards is the board's; here is what Teams counts besides: sends in each thread, requests of the whole app.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.chat.contract import ChatThrottled

# learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages, 2026-11: about 100 KB, in UTF-16,
# with all that the service adds. A card below 76 KB makes a message below 80.
MAX_BYTES = 76_000

# learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit, 2026-11. Per bot and thread, then per app and
# tenant: how many within how many seconds.
THREAD = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
APP = ((30, 1.0),)

WAIT_AT_MOST = 2.0  # seconds that a call waits for its turn; who must wait longer comes again
MOST_THREADS = 2_000

FIRST_WAIT, MOST_WAIT = timedelta(seconds=2), timedelta(minutes=1)  # after a refusal that names no time


def size(value: object) -> int:
    """How many bytes it takes on its way, by whichever of the two ways of counting is more."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return max(len(text.encode("utf-16-le", "surrogatepass")), len(text.encode("utf-8", "surrogatepass")))


class Windows:
    """So many within so many seconds, for several windows at once."""

    def __init__(self, allowed: tuple[tuple[int, float], ...]) -> None:
        self._allowed = allowed
        self._done: deque[float] = deque(maxlen=max(count for count, _ in allowed))

    def wait(self, now: float) -> float:
        """Seconds until one more is allowed; 0 when it is now."""
        waits = [0.0]
        for count, within in self._allowed:
            if len(self._done) >= count:
                waits.append(self._done[-count] + within - now)
        return max(waits)

    def take(self, now: float) -> None:
        self._done.append(now)

    def idle(self, now: float) -> bool:
        return not self._done or self._done[-1] < now - self._allowed[-1][1]


class Pace:
    """Waits a moment for the turn of a call; raises `ChatThrottled` where the moment would be long."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._app = Windows(APP)
        self._threads: dict[str, Windows] = {}

    async def turn(self, thread: str | None = None) -> None:
        """Before every call; with the thread that it writes to, if it does."""
        loop = asyncio.get_running_loop()
        windows = [self._app, *([self._thread(thread, loop.time())] if thread is not None else [])]
        while (wait := max(one.wait(loop.time()) for one in windows)) > 0:
            if wait > WAIT_AT_MOST:
                raise ChatThrottled("paced", self._now() + timedelta(seconds=wait))
            await asyncio.sleep(wait)
        for one in windows:
            one.take(loop.time())

    def _thread(self, thread: str, now: float) -> Windows:
        if thread not in self._threads:
            if len(self._threads) >= MOST_THREADS:
                self._threads = {name: kept for name, kept in self._threads.items() if not kept.idle(now)}
            self._threads[thread] = Windows(THREAD)
        return self._threads[thread]


class Backoff:
    """How long to leave a conversation alone that was refused for now: what the service asks for, else twice as long
    each time in a row. Never less than that, and up to a quarter more, so that not all come again at once."""

    def __init__(self) -> None:
        self._refused: OrderedDict[str, int] = OrderedDict()

    def refused(self, conversation: str, asked: timedelta | None = None) -> timedelta:
        """How long to wait. `asked` is the service's own word."""
        before = self._refused.pop(conversation, 0)
        self._refused[conversation] = before + 1
        while len(self._refused) > MOST_THREADS:
            self._refused.popitem(last=False)
        usual = min(FIRST_WAIT * 2 ** min(before, 10), MOST_WAIT)
        return (usual if asked is None else asked) * random.uniform(1.0, 1.25)

    def answered(self, conversation: str) -> None:
        """The next refusal is a first one."""
        self._refused.pop(conversation, None)
