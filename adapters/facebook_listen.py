"""Hearing what was said on a Page and no webhook brought: asking for posts, their comments, mentions and messages.

Lists come newest first and give no place to go on from. So each round reads back over an overlap, now and then much
further, and what was told is remembered. A batch may repeat, it must not skip.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.errors import Malformed
from adapters.facebook_ask import HIDDEN, Asking
from adapters.facebook_read import (
    COMMENT_FIELDS,
    POST_FIELDS,
    REVIEW_FIELDS,
    Standing,
    read_post,
    read_review,
    verdict_of,
)
from adapters.graph import Graph, NotOffered, NotPermitted, NotThere, read_page
from adapters.graph_chats import Chats
from adapters.graph_refs import parse
from adapters.graph_rounds import rounds
from adapters.http import Clock
from adapters.payload import read_object
from adapters.polling import Rhythm
from adapters.posts import Batch, Cursor, PublicPost

log = logging.getLogger(__name__)

PAGE = 25  # posts or chats with what is in them, in one answer


@dataclass(frozen=True, slots=True)
class Reach:
    """How often and how far, from the account's settings."""

    rounds: Rhythm
    posts_back: timedelta
    messages: bool


class Listener:
    """One Page's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, *, graph: Graph, asking: Asking, chats: Chats, me: str, rhythm: Reach, clock: Clock) -> None:
        self._graph = graph
        self._chats = chats
        self._asking = asking
        self._me = me
        self._rhythm = rhythm
        self._clock = clock
        self._closed: set[str] = set()  # what Facebook does not let us ask for

    def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        return rounds(
            since,
            everything=self._everything,
            marked=self._asking.marked,
            recall=self._asking.recall,
            slowness=lambda: self._graph.slowness,
            rhythm=self._rhythm.rounds,
            hidden=HIDDEN,
            clock=self._clock,
        )

    async def _everything(self, floor: datetime, *, deep: bool) -> AsyncIterator[tuple[PublicPost, bool]]:
        async for one in self._feed(floor, deep=deep):
            yield one
        sources = {"tagged": self._tagged, "ratings": self._ratings}
        if self._rhythm.messages:
            sources["conversations"] = self._chats.since
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
