"""What calls to YouTube cost, and what is left of the day: data, the day's edges, and the ledger over a `Keeper`.

A day ends at midnight in California. A write is written down before it is made, a question when it was answered (what
never reached YouTube costs nothing, and an outage must not eat the reserve): a restart forgets nothing of it.
Listening leaves a reserve for replies; replies may use it up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from adapters.errors import Throttled
from adapters.http import Clock
from adapters.keeping import Forgetful, Keeper, Spent
from adapters.noting import budget_is

log = logging.getLogger(__name__)

COSTS_FROM = "developers.google.com/youtube/v3/determine_quota_cost, 2026"
PACIFIC = "America/Los_Angeles"  # "Daily quotas reset at midnight Pacific Time": the same page
#: So long after midnight a "quota exceeded" may mean the day before, where our clock is ahead of theirs.
AROUND_MIDNIGHT = timedelta(minutes=15)
ASK_AGAIN = timedelta(minutes=5)


class Method(Enum):
    """A method of the API by its documented name."""

    CHANNELS = "channels.list"
    VIDEOS = "videos.list"
    THREADS = "commentThreads.list"
    COMMENTS = "comments.list"
    SEARCH = "search.list"
    INSERT = "comments.insert"
    UPDATE = "comments.update"
    DELETE = "comments.delete"


COSTS: Mapping[Method, int] = {
    Method.CHANNELS: 1,
    Method.VIDEOS: 1,
    Method.THREADS: 1,
    Method.COMMENTS: 1,
    Method.SEARCH: 0,  # a hundred calls a day of their own, beside the units: the same page
    Method.INSERT: 50,
    Method.UPDATE: 50,
    Method.DELETE: 50,
}
REPLY = COSTS[Method.INSERT]


class For(Enum):
    """What a call is made for: listening leaves the reserve alone."""

    LISTENING = "listening"
    ANSWERING = "answering"


class Spare(Throttled):
    """Our own ledger says no: the call was not made."""


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """When the quota's day that holds `now` began, and when it ends; it has 23 or 25 hours when the clocks change."""
    zone = ZoneInfo(PACIFIC)
    date = now.astimezone(zone).date()
    begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (date, date + timedelta(days=1)))
    return begins, ends


class Ledger:
    """One account's units of today."""

    def __init__(self, keeper: Keeper | None, *, quota: int, reserve: int, clock: Clock) -> None:
        self._keeper = keeper or Forgetful()
        self._quota = quota
        self._reserve = reserve
        self._clock = clock
        self._lock = asyncio.Lock()
        self.listened = 0  # units of this process, for whoever wants to know what a round costs

    async def allow(self, method: Method, use: For) -> None:
        """`Spare`, until the day ends, where a call may not be made."""
        now = self._clock()
        left = await self._left(now)
        if left - COSTS[method] < self._floor(use):
            raise Spare(day_of(now)[1], self._sentence(left, use))

    async def spend(self, method: Method, use: For) -> None:
        """Write down a call that was made."""
        await self._keeper.spend(Spent(calls=1, units=COSTS[method]), at=self._clock())
        self.listened += COSTS[method] if use is For.LISTENING else 0

    async def take(self, method: Method, use: For) -> None:
        """Write down a call that is about to be made. `Spare` where it may not be made: two at once, in this process
        or on two machines, do not both take the last units."""
        now, units = self._clock(), COSTS[method]
        begins, ends = day_of(now)
        taken = await self._keeper.take(
            Spent(calls=1, units=units), at=now, since=begins, most=self._quota - self._floor(use)
        )
        if not taken:
            raise Spare(ends, self._sentence(await self._left(now), use))
        self.listened += units if use is For.LISTENING else 0

    async def left(self, use: For) -> int:
        """Units that may still be spent today for that; never below 0."""
        left = await self._left(self._clock())
        return max(0, left - self._floor(use))

    async def used_up(self) -> Throttled:
        """YouTube says that the quota is used up, by whomever: until when nobody asks again.

        The ledger is filled up, so that a restart does not ask either.
        """
        async with self._lock:
            now = self._clock()
            begins, ends = day_of(now)
            if now - begins < AROUND_MIDNIGHT:
                return Throttled(now + ASK_AGAIN, "YouTube says that yesterday's quota is used up.")
            left = await self._left(now)
            log.warning("YouTube says that the quota is used up; %d units were left by our own count", left)
            await self._keeper.spend(Spent(units=left), at=now)
            return Throttled(ends, f"YouTube's quota for today is used up; the next begins at {clock_time(ends)}.")

    async def pause(self, poll: timedelta, units: float) -> timedelta:
        """How long to wait until the next round of listening, if one costs so many units: so that they last the day."""
        now = self._clock()
        left = await self.left(For.LISTENING)
        if left <= 0:
            return poll  # the next call says so, and until when
        return max(poll, min(SLOWEST, (day_of(now)[1] - now) * max(units, 1.0) / left))

    def _floor(self, use: For) -> int:
        return self._reserve if use is For.LISTENING else 0

    async def _left(self, now: datetime) -> int:
        begins, ends = day_of(now)
        spent = await self._keeper.spent(begins)
        left = max(0, self._quota - spent.units)
        budget_is("YouTube", left, self._quota, ends)
        return left

    def _sentence(self, left: int, use: For) -> str:
        ends = clock_time(day_of(self._clock())[1])
        if use is For.LISTENING:
            return f"Listening has used its share of YouTube's quota, {left} units are kept for replies until {ends}."
        return f"YouTube's quota for today is used up; the next begins at {ends}."


#: Listening slows down to this, and then stops at the reserve.
SLOWEST = timedelta(minutes=15)


def clock_time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M} UTC"
