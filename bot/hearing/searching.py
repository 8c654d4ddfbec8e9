"""Asks what nobody told us: the saved searches of our accounts, each when it is due. What is found goes through
`receive` as everything that is heard, so that a post which a mention brings too stands here once.

Which searches there are is `models.searches`'; what a platform finds, and how often it may be asked, is its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.contract import Audience, Batch, Cursor, Heard, Platform, PlatformError, Posted, Throttled
from bot.hearing.changes import Surfaced
from bot.hearing.receive import Router, take_in
from models import worklist
from models.permits import Policy
from models.searches import SavedSearch
from models.store import Store
from models.wakes import Topic

log = logging.getLogger("twoway.hearing")

ASK_LIMIT = timedelta(seconds=60)
LOOK_BACK = timedelta(hours=1)  # a search begins so long before it was set: listening looks back as little
AGAIN = timedelta(seconds=30)  # after a failure, twice as long after each
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_REST = timedelta(minutes=1)  # between two looks when nothing is due: another machine may have put one off
SHORTEST_REST = timedelta(seconds=0.1)
EVERYBODY = frozenset({Audience.PUBLIC, Audience.UNLISTED})


@dataclass(frozen=True, slots=True)
class Search:
    """One that is wanted here: whose, and how often."""

    account: int
    name: str  # the account's
    words: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class _Taken:
    id: int
    fence: int
    since: datetime
    ask: str | None
    reached: str | None
    tries: int


class Searcher:
    """One a process, for all saved searches (by their rows) whose platforms it is given. Any number of machines."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, Platform],
        searches: Mapping[int, Search],
        *,
        policies: Mapping[int, Policy],
        surfaced: Surfaced | None = None,
        router: Router | None = None,
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._searches = searches
        self._policies = policies
        self._surfaced = surfaced
        self._router = router

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: one that is due after the other. A failure is logged and tried again."""
        with self._store.wakes.listening(Topic.HEAR) as roused:
            while not stop.is_set():
                try:
                    rest = timedelta() if await self.once() else await self._rest()
                except Exception:
                    log.exception("searching failed")
                    rest = AGAIN
                if rest and not stop.is_set():
                    await roused.wait(rest.total_seconds())

    async def once(self) -> bool:
        """Asks one search that is due. False: none was."""
        taken = await self._take()
        if taken is None:
            return False
        async with worklist.kept(self._store, SavedSearch, {taken.id: taken.fence}):
            await self._ask(taken)
        return True

    async def _ask(self, taken: _Taken) -> None:
        search = self._searches[taken.id]
        platform = self._platforms[search.name]
        try:
            async with asyncio.timeout(ASK_LIMIT.total_seconds()):
                batch = await platform.search(search.words, Cursor(taken.ask) if taken.ask else None)
        except (PlatformError, TimeoutError) as error:
            log.warning("a search was not answered", extra={"search": taken.id, "error": type(error).__name__})
            await self._put_off(taken, error)
            return
        except Exception as error:
            log.exception("a search failed", extra={"search": taken.id})
            await self._put_off(taken, error)
            return
        heard = [item for item in batch.heard if _is_news(item, taken.since)]
        received = await take_in(
            self._store,
            search.account,
            heard,
            cursor=None,
            policies=self._policies,
            platform=platform,
            surfaced=self._surfaced,
            router=self._router,
            search=taken.id,
        )
        await self._reached(taken, search, batch)
        log.info("searched", extra={"search": taken.id, "found": len(heard), "new": received.posts})

    async def _rest(self) -> timedelta:
        """Until the next one is due."""
        async with self._store.reading() as session:
            due = await worklist.next_due(session, SavedSearch, SavedSearch.id.in_(self._searches))
        rest = LONGEST_REST if due is None else due - self._store.clock()
        return min(max(rest, SHORTEST_REST), LONGEST_REST)

    async def _take(self) -> _Taken | None:
        """The next one, ours for a while. Where reading is free it is asked from the look before the last: what a
        platform finds late is found then, and what is found twice is heard once."""
        if not self._searches:
            return None
        async with self._store.work() as work:
            due = await worklist.take(work, SavedSearch, SavedSearch.id.in_(self._searches), limit=1)
            for row in due:
                can = self._platforms[self._searches[row.id].name].can
                ask = row.before if can.cost is None else row.cursor
                return _Taken(row.id, row.fence, row.since, ask, row.cursor, row.tries)
        return None

    async def _reached(self, taken: _Taken, search: Search, batch: Batch) -> None:
        """After what was found is stored: a crash in between asks again."""
        async with self._store.work() as work:
            row = await worklist.still_mine(work, SavedSearch, taken.id, taken.fence)
            if row is not None and row.due_at is not None:
                row.before, row.cursor, row.asked_at = taken.reached, batch.cursor, work.now
                worklist.finish(row, due_at=work.now + search.every)
                row.tries = 0

    async def _put_off(self, taken: _Taken, error: Exception) -> None:
        async with self._store.work() as work:
            row = await worklist.still_mine(work, SavedSearch, taken.id, taken.fence)
            if row is not None and row.due_at is not None:
                at = work.now + min(AGAIN * 2 ** min(taken.tries - 1, 10), LONGEST_PAUSE)
                worklist.finish(row, due_at=max(at, error.until) if isinstance(error, Throttled) else at)


def _is_news(item: Heard, since: datetime) -> bool:
    """A search may bring what is old, and what only we may see: neither is heard by it."""
    return isinstance(item, Posted) and item.post.visibility in EVERYBODY and item.post.at >= since - LOOK_BACK
