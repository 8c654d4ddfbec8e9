"""Hearing what was said on a Page and no webhook brought: asking for posts, their comments, mentions and messages.

Lists come newest first and give no place to go on from. So each round reads back over an overlap, now and then much
further, and what was told is remembered. A batch may repeat, it must not skip.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.facebook_ask import HIDDEN, Asking, mark_of
from adapters.facebook_read import (
    COMMENT_FIELDS,
    MESSAGE_FIELDS,
    POST_FIELDS,
    REVIEW_FIELDS,
    Standing,
    read_message,
    read_moment,
    read_post,
    read_review,
    verdict_of,
)
from adapters.facebook_refs import Kind, parse, read_ref
from adapters.graph import Graph, NotOffered, NotPermitted, NotThere, read_page
from adapters.http import Clock
from adapters.payload import read_id, read_list, read_object, read_time
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PublicPost, Unavailable
from adapters.streams import pause_after

log = logging.getLogger(__name__)

SEEN = 500  # posts that the cursor remembers; the process itself remembers more
SEEN_HERE = 20_000
BATCH = 50
PAGE = 25  # posts or chats with what is in them, in one answer


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how far, from the account's settings."""

    poll: timedelta
    overlap: timedelta
    sweep_every: timedelta
    sweep_back: timedelta
    posts_back: timedelta
    look_back: timedelta  # at the very first start
    messages: bool


class State:
    """What stands in the cursor: how far was read, and what was told. Bounded, JSON inside."""

    def __init__(self, *, start: datetime, until: datetime, seen: Iterable[tuple[str, str]] = ()) -> None:
        self.start = start  # what came before is no news to us
        self.until = until  # when the last whole round began
        self.seen: OrderedDict[str, str] = OrderedDict(seen)  # reference -> mark of the version

    @classmethod
    def read(cls, cursor: Cursor) -> State:
        """The state in a cursor of ours; `Malformed` for anything else."""
        try:
            value: object = json.loads(cursor)
        except (ValueError, RecursionError):
            raise Malformed("cursor", "JSON") from None
        entry = read_object(value, "cursor")
        seen: list[tuple[str, str]] = []
        for pair in read_list(entry.get("seen"), "cursor seen"):
            both = read_list(pair, "cursor seen")
            if len(both) != 2:
                raise Malformed("cursor seen", "pairs")
            seen.append((read_id(both[0], "cursor seen"), read_id(both[1], "cursor seen")))
        return cls(
            start=read_time(entry.get("start"), "cursor start"),
            until=read_time(entry.get("until"), "cursor until"),
            seen=seen[-SEEN:],
        )

    def cursor(self) -> Cursor:
        seen = list(self.seen.items())[-SEEN:]
        entry = {"start": self.start.isoformat(), "until": self.until.isoformat(), "seen": seen}
        return Cursor(json.dumps(entry, separators=(",", ":")))

    def told(self, ref: str, mark: str) -> str | None:
        """Remember that this version was told; what was told of it before."""
        before = self.seen.pop(ref, None)
        self.seen[ref] = mark
        while len(self.seen) > SEEN_HERE:
            self.seen.popitem(last=False)
        return before

    def news(self, post: PublicPost, *, hidden: bool) -> tuple[Heard, ...]:
        """What there is to tell about a post; nothing if it was told before, just so, or is older than our start."""
        mark = mark_of(post, hidden=hidden)
        before = self.told(post.ref.id, mark)
        if before == mark or (before is None and post.at < self.start):
            return ()
        told: tuple[Heard, ...] = ()
        if before is None or before.removesuffix("h") == mark.removesuffix("h"):
            told = (Posted(post),)
        else:
            told = (Edited(post),)
        # What is hidden is told all the same: the Page's filter hides more than it should.
        return (*told, Unavailable(post.ref, HIDDEN)) if hidden and not post.ours else told


class Listener:
    """One Page's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, *, graph: Graph, asking: Asking, me: str, rhythm: Rhythm, clock: Clock) -> None:
        self._graph = graph
        self._asking = asking
        self._me = me
        self._rhythm = rhythm
        self._clock = clock
        self._closed: set[str] = set()  # what Facebook does not let us ask for

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        start = self._clock() - self._rhythm.look_back
        state = State(start=start, until=start) if since is None else State.read(since)
        for ref, mark in state.seen.items():
            self._asking.recall(ref, mark)
        loop = asyncio.get_running_loop()
        failures = 0
        swept = loop.time() - self._rhythm.sweep_every.total_seconds()
        while True:
            pause = self._rhythm.poll * self._graph.slowness
            try:
                sweeping = loop.time() - swept >= self._rhythm.sweep_every.total_seconds()
                async for batch in self._round(state, deep=sweeping):
                    yield batch
                swept = loop.time() if sweeping else swept
                failures = 0
            except Throttled as error:
                pause = max(timedelta(seconds=1), error.until - self._clock())
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = min(pause, pause_after(failures))
                log.warning("a round failed, again in %.1f s: %s", pause.total_seconds(), error)
            await asyncio.sleep(pause.total_seconds())

    async def _round(self, state: State, *, deep: bool) -> AsyncIterator[Batch]:
        """What is new, oldest first, in batches."""
        began = self._clock()
        back = began - self._rhythm.sweep_back if deep else state.until - self._rhythm.overlap
        floor = max(state.start, min(back, state.until - self._rhythm.overlap))
        found: dict[str, tuple[PublicPost, bool]] = {}
        async for post, hidden in self._everything(floor, deep=deep):
            found.setdefault(post.ref.id, (post, hidden))
        # Lists have the newest first, and times are seconds: what came in one second stays in the list's order.
        ordered = list(found.values())
        ordered.reverse()
        ordered.sort(key=lambda one: one[0].at)
        for at in range(0, len(ordered), BATCH):
            told: list[Heard] = []
            for post, hidden in ordered[at : at + BATCH]:
                told += state.news(self._asking.marked(post), hidden=hidden)
            if at + BATCH >= len(ordered):
                state.until = began
            if told:
                yield Batch(tuple(told), state.cursor())
        state.until = began

    async def _everything(self, floor: datetime, *, deep: bool) -> AsyncIterator[tuple[PublicPost, bool]]:
        async for one in self._feed(floor, deep=deep):
            yield one
        sources = {"tagged": self._tagged, "ratings": self._ratings}
        if self._rhythm.messages:
            sources["conversations"] = self._chats
        for name, source in sources.items():
            if name in self._closed:
                continue
            try:
                async for post in source(floor):
                    yield post, False
            except (NotPermitted, NotOffered, NotThere) as error:
                self._closed.add(name)
                log.warning("Facebook does not let us ask for %s: %s", name, error)

    async def _feed(self, floor: datetime, *, deep: bool) -> AsyncIterator[tuple[PublicPost, bool]]:
        """Visitors' posts, and the comments under all posts. A post says when somebody was last there."""
        inside = f"comments.filter(stream).order(reverse_chronological).limit({PAGE}){{{COMMENT_FIELDS}}}"
        asked = [("fields", f"{POST_FIELDS},{inside}"), ("limit", str(PAGE))]
        oldest = self._clock() - self._rhythm.posts_back
        async for items in self._graph.pages(f"/{self._me}/feed", asked):
            reached = False
            for item in items:
                standing = self._post(item)
                if standing is None:
                    continue
                post = standing.post
                reached = reached or post.at < oldest
                if post.at >= floor and not post.ours:
                    yield post, standing.hidden
                if standing.moved >= floor:
                    async for one in self._comments(post, item, floor):
                        yield one
            if reached or not deep:
                return

    async def _comments(
        self, post: PublicPost, item: object, floor: datetime
    ) -> AsyncIterator[tuple[PublicPost, bool]]:
        under = parse(post.ref)
        assert under is not None
        theirs = None if post.ours else under
        listed = read_object(item, "post").get("comments")
        if listed is None:
            return
        items, following = read_page(listed)
        for comment in self._asking.readable(items):
            if comment.at < floor:
                return
            yield comment.placed(theirs), comment.hidden
        if following is None:
            return
        asked = [
            ("filter", "stream"),
            ("order", "reverse_chronological"),
            ("fields", COMMENT_FIELDS),
            ("limit", "100"),
        ]
        async for more in self._graph.pages(f"{under.path}/comments", asked):
            for comment in self._asking.readable(more):
                if comment.at < floor:
                    return
                yield comment.placed(theirs), comment.hidden

    def _post(self, item: object) -> Standing | None:
        """One post that cannot be read must not dam up those behind it."""
        try:
            standing = read_post(item, me=self._me)
        except Malformed as error:
            log.error("a post cannot be read: %s", error)
            return None
        ref = parse(standing.post.ref)
        assert ref is not None
        self._asking.whose(ref, ours=standing.post.ours)
        return standing

    async def _tagged(self, floor: datetime) -> AsyncIterator[PublicPost]:
        """Posts elsewhere that name the Page."""
        async for items in self._graph.pages(f"/{self._me}/tagged", [("fields", POST_FIELDS), ("limit", "50")]):
            for item in items:
                standing = self._post(item)
                if standing is None or standing.post.ours:
                    continue
                if standing.post.at < floor:
                    return
                yield standing.post

    async def _ratings(self, floor: datetime) -> AsyncIterator[PublicPost]:
        """Reviews, in versions of the API that still list them; in others webhooks alone tell of them."""
        async for items in self._graph.pages(f"/{self._me}/ratings", [("fields", REVIEW_FIELDS), ("limit", "50")]):
            for item in items:
                try:
                    post = read_review(item, me=self._me)
                except Malformed as error:
                    log.error("a review cannot be read: %s", error)
                    continue
                if post.at < floor:
                    return
                ref = parse(post.ref)
                assert ref is not None
                self._asking.verdict(ref, verdict_of(read_object(item, "review")))
                yield post

    async def _chats(self, floor: datetime) -> AsyncIterator[PublicPost]:
        """Messages, in the chats that moved since."""
        asked = [
            ("platform", "messenger"),
            ("fields", f"id,updated_time,messages.limit({PAGE}){{{MESSAGE_FIELDS}}}"),
            ("limit", str(PAGE)),
        ]
        async for items in self._graph.pages(f"/{self._me}/conversations", asked):
            for item in items:
                entry = read_object(item, "conversation")
                if read_moment(entry.get("updated_time"), "conversation updated_time") < floor:
                    return
                async for post in self._chat(entry, floor):
                    yield post

    async def _chat(self, conversation: Mapping[str, object], floor: datetime) -> AsyncIterator[PublicPost]:
        items, following = read_page(conversation.get("messages"))
        for item in items:
            try:
                post = read_message(item, me=self._me)
            except Malformed as error:
                log.error("a message cannot be read: %s", error)
                continue
            if post.at < floor:
                return
            yield post
        if following is None:
            return
        async for post in self._asking.messages(read_ref(Kind.CHAT, conversation.get("id"), "conversation id")):
            if post.at < floor:
                return
            yield post
