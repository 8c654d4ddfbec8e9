"""How much Threads still takes from this account today: replies and deletions are counted apart, over a moving day."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from adapters.errors import AuthFailed, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.graph import NotPermitted
from adapters.http import WAIT_WITHOUT_HEADER, Clock
from adapters.keeping import Keeper, Spent
from adapters.threads_ask import Ask

log = logging.getLogger(__name__)

MOST_DELETIONS = 100  # documentation/threads/posts/delete-posts, 2026: a day and account, where the quota is not told
DAY = timedelta(days=1)
FULL_WAIT = timedelta(minutes=15)  # how long until a full quota is looked at again


class Room:
    """Raises `Throttled` where there is none, before anything is sent."""

    def __init__(self, ask: Ask, keeper: Keeper, *, limit: timedelta, clock: Clock) -> None:
        self._ask = ask
        self._keeper = keeper
        self._limit = limit
        self._clock = clock

    async def for_a_reply(self) -> None:
        """Only advice: what cannot be asked in time is left to the call itself."""
        try:
            async with asyncio.timeout(self._limit.total_seconds() / 4):
                quota = (await self._ask.quotas()).replies
        except NotPermitted:
            return
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            log.info("the quota is not known now: %s", type(error).__name__)
            return
        if quota is not None and quota.left == 0:
            raise Throttled(self._clock() + FULL_WAIT, f"All {quota.total} replies of 24 hours are used up.")

    async def for_a_deletion(self) -> None:
        """By Threads' own count; by ours where it does not tell."""
        try:
            quota = (await self._ask.quotas()).deletions
            used = (await self._keeper.spent(self._clock() - DAY)).units
        except NotPermitted:
            return
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"Threads cannot be reached: {error}") from error
        left = MOST_DELETIONS - used if quota is None else quota.left
        if left <= 0:
            raise Throttled(self._clock() + FULL_WAIT, "Threads deletes no more for this account in these 24 hours.")

    async def deleted(self) -> None:
        """One deletion more: a unit of the ledger."""
        await self._keeper.spend(Spent(calls=1, units=1), at=self._clock())
