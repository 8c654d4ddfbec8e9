"""Hearing on Threads by asking: mentions, our own replies, and, now and then, what stands under our own posts.

Webhooks are faster and may be lost; this is slow and loses nothing. Each list is read back over an overlap every time,
and what was told is remembered.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import partial

from adapters.polling import Rhythm, polling
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PostRef, Unavailable
from adapters.remembering import Told
from adapters.threads_ask import MENTIONS, POSTS, REPLIES, Ask, order
from adapters.threads_read import Thread, fingerprint

log = logging.getLogger(__name__)

TOLD_AT_ONCE = 25  # posts in a batch
MOST_SWEPT = 100  # posts of ours whose answers are read in one sweep
BROKEN = "broken"


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(
        self, *, ask: Ask, rhythm: Rhythm, clock: Callable[[], datetime], slowness: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._rhythm = rhythm
        self._clock = clock
        self._slowness = slowness

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        state = Told(start=self._clock() - self._rhythm.look_back) if since is None else Told.read(since)
        for id, told in state.seen.items():
            if told != BROKEN:
                self._ask.recall(id, told)
        once = partial(self._poll, state)
        async for batch in polling(once, rhythm=self._rhythm, clock=self._clock, log=log, slowness=self._slowness):
            yield batch

    async def _poll(self, state: Told, *, sweeping: bool) -> AsyncIterator[Batch]:
        """What is new, oldest first, in batches."""
        back = self._rhythm.sweep_back if sweeping else self._rhythm.overlap
        found: dict[str, Thread] = {}
        newest: dict[str, datetime] = {}
        broken: list[str] = []
        for path in (MENTIONS, REPLIES):
            before = state.until.get(path, state.start)
            floor = max(state.start, before - back)
            threads = await self._ask.listed(path, since=floor, broken=broken)
            newest[path] = max([before, *(thread.post.at for thread in threads)])
            found |= {thread.id: thread for thread in threads}
        if sweeping:
            found |= {thread.id: thread for thread in await self._beneath_ours() if thread.id not in found}
        for id in broken:
            if id not in state.seen:
                state.tell(id, BROKEN)
                yield Batch((Unavailable(PostRef(id), "we cannot read what Threads sends for this"),), state.cursor())
        news = sorted((one for one in found.values() if _is_news(state, one)), key=lambda one: order(one.post))
        for at in range(0, len(news), TOLD_AT_ONCE):
            heard = await self._tell(state, news[at : at + TOLD_AT_ONCE])
            if heard:
                yield Batch(heard, state.cursor())
        if any(state.until.get(path) != moment for path, moment in newest.items()):
            # Only now: a cursor from within the batches begins every list again where it was.
            state.until |= newest
            yield Batch((), state.cursor())

    async def _beneath_ours(self) -> list[Thread]:
        """Answers to our own posts and replies: the lists have only those that mention us."""
        since = self._clock() - self._rhythm.sweep_back
        own = [*await self._ask.listed(POSTS, since=since), *await self._ask.listed(REPLIES, since=since)]
        answered = sorted((one for one in own if one.answered), key=lambda one: one.post.at, reverse=True)
        found: list[Thread] = []
        for one in answered[:MOST_SWEPT]:
            found += await self._ask.conversation(one.id)
        return found

    async def _tell(self, state: Told, some: Sequence[Thread]) -> tuple[Heard, ...]:
        posts = await self._ask.whole(some)
        told: list[Heard] = []
        for thread in some:
            before = state.tell(thread.id, fingerprint(thread))
            post = posts[thread.id]
            told.append(Posted(post) if before in (None, BROKEN) else Edited(post))
        return tuple(told)


def _is_news(state: Told, thread: Thread) -> bool:
    """Whether there is anything to tell; what was written before we began is none, unless it was told."""
    before = state.seen.get(thread.id)
    if before is None:
        return thread.post.at >= state.start
    return before != fingerprint(thread)
