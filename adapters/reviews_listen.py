"""Hearing reviews: the newest of a list, over an overlap, and now and then far back; what changed is told as an edit.

What is new is known by what was told, which the cursor keeps: in some shops a changed review moves to the top of its
list, in others it stays where it was and only another look shows it. Answers given elsewhere are heard as well.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from adapters.errors import Malformed
from adapters.http import Clock
from adapters.polling import Rhythm, polling
from adapters.posts import Author, Batch, Cursor, Edited, Heard, Posted, PublicPost, Removed
from adapters.remembering import Told
from adapters.reviews_values import Page, Review, answer_post, answer_to, as_post, mark

log = logging.getLogger(__name__)

TOLD_AT_ONCE = 25
MOST_PAGES = 20  # of one look
GONE = "gone"
LIST = "reviews"
KEPT = 20_000


class Listed(Protocol):
    """Where reviews are asked for, page by page; "" begins at the newest."""

    async def page(self, more: str) -> Page: ...


@dataclass(slots=True)
class _Known:
    mark: str
    at: datetime  # when it was seen first, or written
    edited_at: datetime | None


class Memory:
    """What this process knows of reviews besides what their shop says: when each was first seen, when it changed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def post(self, review: Review) -> PublicPost:
        """The review as a post, with the time at which it was seen to change."""
        now, before = review.fingerprint, self._known.pop(review.id, None)
        if before is None:
            changed = review.changed if review.changed is not None and review.changed > review.at else None
            before = _Known(now, review.at, changed)
        elif before.mark != now:
            before = _Known(now, before.at, max(review.changed or self._clock(), before.at))
        self._known[review.id] = before
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return as_post(review, at=before.at, edited_at=before.edited_at)


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, shop: Listed, memory: Memory, *, me: Callable[[], Author], rhythm: Rhythm, clock: Clock) -> None:
        self._shop = shop
        self._memory = memory
        self._me = me
        self._rhythm = rhythm
        self._clock = clock

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        state = Told(start=self._clock() - self._rhythm.look_back) if since is None else Told.read(since)
        async for batch in polling(partial(self._poll, state), rhythm=self._rhythm, clock=self._clock, log=log):
            yield batch

    async def _poll(self, state: Told, *, sweeping: bool) -> AsyncIterator[Batch]:
        back = self._rhythm.sweep_back if sweeping else self._rhythm.overlap
        until = state.until.get(LIST, state.start)
        found = await self._newest(until - back)
        told: list[Heard] = []
        for review in oldest_first(found):
            if told and len(told) >= TOLD_AT_ONCE:
                yield Batch(tuple(told), state.cursor())
                told = []
            told += self.news(state, review)
        if told:
            yield Batch(tuple(told), state.cursor())
        newest = max([until, *(one.listed for one in found)])
        if newest != state.until.get(LIST):
            # Only now: a cursor from within the batches begins the list again where it was.
            state.until[LIST] = newest
            yield Batch((), state.cursor())

    async def _newest(self, floor: datetime) -> Sequence[Review]:
        """As they are listed, the newest first, each once."""
        found: dict[str, Review] = {}
        more = ""
        for _ in range(MOST_PAGES):
            page = await self._shop.page(more)
            if page.left:
                log.info("%d of a list are no reviews that we can read", page.left)
                if not page.reviews and not page.more:
                    raise Malformed("reviews", "one that can be read")
            for review in page.reviews:
                found.setdefault(review.id, review)
            more = page.more
            if not more or (page.reviews and page.reviews[-1].listed < floor):
                return list(found.values())
        log.warning("more reviews since than are read: what came before is not heard")
        return list(found.values())

    def news(self, state: Told, review: Review) -> list[Heard]:
        """What there is to tell of a review, and of what stands under it; nothing of what was before we began."""
        post = self._memory.post(review)
        before, now = state.seen.get(review.id), review.fingerprint
        if before is None and review.listed < state.start:
            state.tell(review.id, now)  # from here on a change of it is news
            return []
        told: list[Heard] = []
        if before is None:
            told.append(Posted(post))
        elif before != now:
            # In another life of the process it was told with other words.
            changed = post.edited_at or max(review.changed or self._clock(), post.at)
            told.append(Edited(replace(post, edited_at=changed)))
        state.tell(review.id, now)
        return told + self._under(state, review)

    def _under(self, state: Told, review: Review) -> list[Heard]:
        place, answer = answer_to(review.id), review.answer
        before = state.seen.get(place.id)
        if answer is None:
            if before in (None, GONE):
                return []
            state.tell(place.id, GONE)
            return [Removed(place)]
        if before == (now := mark(answer.words)):
            return []
        state.tell(place.id, now)
        if before in (None, GONE):
            return [Posted(answer_post(review, answer, me=self._me()))]
        return [Edited(answer_post(review, answer, me=self._me(), edited_at=answer.at))]


def oldest_first(listed: Iterable[Review]) -> list[Review]:
    """A list turned round: those of one second stay as they stood."""
    turned = list(listed)[::-1]
    return sorted(turned, key=lambda one: one.listed)
