"""Hearing on a WordPress site: its newest comments, over an overlap; held ones are followed until somebody approves.

A comment that is approved late keeps its old date and number, and one that was edited has no date for it. So what was
told is remembered with a hash, what is held is asked for by name, and now and then we look far back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PublicPost, Removed
from adapters.remembering import Told
from adapters.streams import pause_after
from adapters.wordpress_posts import MOST_PAGES, Posts
from adapters.wordpress_read import Comment, Status

log = logging.getLogger(__name__)

TOLD_AT_ONCE = 25
GONE, HELD = "gone", "held"
LIST = "comments"
MOST_HELD = 300  # that are followed by name


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how far, from the account's settings."""

    poll: timedelta
    overlap: timedelta
    sweep_every: timedelta
    sweep_back: timedelta
    look_back: timedelta  # at the very first start


def mark(comment: Comment) -> str:
    """What is remembered of a comment as it stands."""
    match comment.status:
        case Status.APPROVED:
            return comment.fingerprint
        case Status.HELD:
            return HELD
        case _:
            return GONE


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, posts: Posts, *, rhythm: Rhythm, clock: Callable[[], datetime]) -> None:
        self._posts = posts
        self._rhythm = rhythm
        self._clock = clock

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        state = Told(start=self._clock() - self._rhythm.look_back) if since is None else Told.read(since)
        loop = asyncio.get_running_loop()
        every = self._rhythm.sweep_every.total_seconds()
        failures, swept = 0, loop.time() - every
        while True:
            pause = self._rhythm.poll
            try:
                sweeping = loop.time() - swept >= every
                async for batch in self._poll(state, sweeping=sweeping):
                    yield batch
                swept = loop.time() if sweeping else swept
                failures = 0
            except Throttled as error:
                pause = max(timedelta(seconds=1), error.until - self._clock())
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = min(pause, pause_after(failures))
                log.warning("poll failed, again in %.1f s: %s", pause.total_seconds(), error)
            await asyncio.sleep(pause.total_seconds())

    async def _poll(self, state: Told, *, sweeping: bool) -> AsyncIterator[Batch]:
        """What is new, oldest first, in batches."""
        back = self._rhythm.sweep_back if sweeping else self._rhythm.overlap
        until = state.until.get(LIST, state.start)
        found = await self._newest(max(state.start, until - back))
        found |= await self._held(state, found)
        news = [one for one in found.values() if self._is_news(state, one)]
        news.sort(key=lambda one: (one.post.at, one.id))
        for at in range(0, len(news), TOLD_AT_ONCE):
            some = news[at : at + TOLD_AT_ONCE]
            posts = await self._posts.whole([one for one in some if one.status is Status.APPROVED])
            heard = tuple(
                one for one in (self._tell(state, comment, posts.get(comment.post.ref)) for comment in some) if one
            )
            if heard:
                yield Batch(heard, state.cursor())
        newest = max([until, *(one.post.at for one in found.values())])
        if newest != state.until.get(LIST):
            # Only now: a cursor from within the batches begins the list again where it was.
            state.until[LIST] = newest
            yield Batch((), state.cursor())

    async def _newest(self, floor: datetime) -> dict[int, Comment]:
        found: dict[int, Comment] = {}
        for number in range(1, MOST_PAGES + 1):
            comments, more = await self._posts.page(number, [("orderby", "date_gmt"), ("order", "desc")])
            found |= {one.id: one for one in comments}
            if not more or (comments and comments[-1].post.at < floor):
                return found
        log.warning("more comments since than are read: what came before is not heard")
        return found

    async def _held(self, state: Told, found: dict[int, Comment]) -> dict[int, Comment]:
        """What waits for approval and is not among the newest."""
        wait = [int(name) for name, what in state.seen.items() if what == HELD and int(name) not in found]
        wait = wait[-MOST_HELD:]
        return await self._posts.some(wait) if wait else {}

    def _is_news(self, state: Told, comment: Comment) -> bool:
        """Whether there is anything to tell, or to remember; what was written before we began is neither."""
        before, now = state.seen.get(str(comment.id)), mark(comment)
        if before is None:
            return comment.post.at >= state.start and now != GONE
        return before != now

    def _tell(self, state: Told, comment: Comment, post: PublicPost | None) -> Heard | None:
        before = state.tell(str(comment.id), mark(comment))
        known = before not in (None, HELD, GONE)
        if post is None:  # not approved, or not any more
            return Removed(comment.post.ref) if known else None
        return Edited(post) if known else Posted(post)
