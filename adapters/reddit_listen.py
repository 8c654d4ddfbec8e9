"""Hearing on Reddit: the inbox (mentions, answers), our own comments, and subreddits that are named. Only by asking.

A listing has the newest first, ends after a thousand, and what a moderator lets through late stands far below the
newest. So each is read back over an overlap every time, far back now and then, and what was told is remembered.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import partial

from adapters.errors import Unreachable
from adapters.polling import Rhythm, polling
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PostRef, PublicPost, Removed, Unavailable
from adapters.reddit_posts import Posts, order
from adapters.reddit_read import Thing, fingerprint
from adapters.remembering import Told

log = logging.getLogger(__name__)

MOST_PAGES = 11  # a listing ends after a thousand
TOLD_AT_ONCE = 25  # posts in a batch
GONE = "gone"
BROKEN = "broken"
INBOX = "/message/inbox"


def is_news(state: Told, thing: Thing) -> bool:
    """Whether there is anything to tell; what was written before we began is none, unless it was told."""
    before = state.seen.get(thing.name)
    if before is None:
        return thing.post.at >= state.start and not thing.gone and not thing.unseen
    return before != GONE and before != fingerprint(thing)


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, *, posts: Posts, places: Sequence[str], rhythm: Rhythm, clock: Callable[[], datetime]) -> None:
        self._posts = posts
        self._rhythm = rhythm
        self._clock = clock
        own = f"/user/{posts.handle}/comments"
        self._listings = [INBOX, own, *(f"/r/{name}/{kind}" for name in places for kind in ("new", "comments"))]
        self._own_posts = f"/user/{posts.handle}/submitted"
        self._answers: dict[str, int] = {}  # a post of ours -> how many comments were under it

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        state = Told(start=self._clock() - self._rhythm.look_back) if since is None else Told.read(since)
        once = partial(self._poll, state)
        async for batch in polling(once, rhythm=self._rhythm, clock=self._clock, log=log):
            yield batch

    async def _poll(self, state: Told, *, sweeping: bool) -> AsyncIterator[Batch]:
        """What is new, oldest first, in batches."""
        back = self._rhythm.sweep_back if sweeping else self._rhythm.overlap
        found: dict[str, Thing] = {}
        newest: dict[str, datetime] = {}
        broken: list[str] = []
        for listing in self._listings:
            floor = max(state.start, state.until.get(listing, state.start) - back)
            try:
                things = await self._read(listing, floor, broken)
            except Unreachable as error:
                if listing.startswith("/r/"):  # private, closed: the others are heard all the same
                    log.warning("%s cannot be read: %s", listing, error)
                    continue
                raise
            newest[listing] = max([state.until.get(listing, state.start), *(thing.post.at for thing in things)])
            for thing in things:
                if thing.whole or thing.name not in found:
                    found[thing.name] = thing
        if sweeping:
            found |= {thing.name: thing for thing in await self._beneath_our_posts() if thing.name not in found}
        for name in broken:
            if name not in state.seen:
                state.tell(name, BROKEN)
                yield Batch((Unavailable(PostRef(name), "we cannot read what Reddit sends for this"),), state.cursor())
        news = [thing for thing in found.values() if is_news(state, thing)]
        news.sort(key=lambda thing: order(thing.post))
        for at in range(0, len(news), TOLD_AT_ONCE):
            heard = await self._tell(state, news[at : at + TOLD_AT_ONCE])
            if heard:
                yield Batch(heard, state.cursor())
        if any(state.until.get(listing) != moment for listing, moment in newest.items()):
            # Only now: a cursor from within the batches begins every listing again where it was.
            state.until |= newest
            yield Batch((), state.cursor())

    async def _read(self, listing: str, floor: datetime, broken: list[str]) -> list[Thing]:
        """A listing down to `floor`, the newest first."""
        found: dict[str, Thing] = {}
        after: str | None = None
        for _ in range(MOST_PAGES):
            asked = [("sort", "new")] if listing.startswith("/user/") else []
            page = await self._posts.page(listing, [*asked, *([("after", after)] if after else [])])
            fresh = [thing for thing in page.things if thing.name not in found]
            found |= {thing.name: thing for thing in fresh}
            broken += page.broken
            after = page.after
            if after is None or (page.oldest is not None and page.oldest < floor) or not (fresh or page.broken):
                return list(found.values())
        log.warning("%s is longer than Reddit shows: what came before is not heard", listing)
        return list(found.values())

    async def _beneath_our_posts(self) -> list[Thing]:
        """Comments under our own posts: the inbox has those only where a post's answers are sent there."""
        found: list[Thing] = []
        floor = self._clock() - self._rhythm.sweep_back
        for thing in (await self._posts.page(self._own_posts, [("sort", "new")])).things:
            if thing.gone or thing.post.at < floor or self._answers.get(thing.name, 0) == thing.answers:
                continue
            found += [one for one in await self._posts.tree(thing.name) if one.name != thing.name]
            self._answers[thing.name] = thing.answers
        return found

    async def _tell(self, state: Told, some: Sequence[Thing]) -> tuple[Heard, ...]:
        """These as they are now, whole; as the listing has them where Reddit shows nothing by name."""
        fetched, _ = await self._posts.info([thing.name for thing in some if not thing.whole])
        things = [fetched.get(thing.name, thing) for thing in some]
        posts = await self._posts.whole(thing for thing in things if not thing.gone)
        told = (self._one(state, thing, posts.get(thing.name)) for thing in things)
        return tuple(heard for heard in told if heard is not None)

    def _one(self, state: Told, thing: Thing, post: PublicPost | None) -> Heard | None:
        if post is None or thing.unseen:
            before = state.tell(thing.name, GONE)
            return Removed(thing.post.ref) if before not in (None, GONE, BROKEN) else None
        now = fingerprint(thing)
        before = state.tell(thing.name, now)
        if before == now:
            return None
        return Posted(post) if before in (None, BROKEN) else Edited(post)
