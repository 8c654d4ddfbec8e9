"""Posts as X shows them now: lists and lookups, paid for, with their versions remembered.

A lookup names the version that it was asked for; where the history has a newer one, that is asked for as well.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from adapters.errors import Malformed
from adapters.http import Answer, Clock, Params, good_body
from adapters.posts import Gone, PostRef, PublicPost, Unavailable
from adapters.x_calls import Calls, Kind
from adapters.x_read import Page, Problem, Us, read_page, version_of
from adapters.x_refs import Versions, is_id
from adapters.x_settings import Spelling

log = logging.getLogger(__name__)

LOOKUP = 100  # openapi.json: ids of GET /2/tweets
PAGE = 100  # openapi.json: max_results
MOST_PAGES = 50
REMEMBERED = 5_000
NOT_FOUND = "X cannot find it: deleted, or its author is suspended or protected"

_FIELDS = "attachments,conversation_id,created_at,display_text_range,edit_controls,entities,lang,reply_settings"
_OF_OTHERS = (
    ("user.fields", "affiliation,name,profile_image_url,protected,public_metrics,username,verified_type"),
    ("media.fields", "alt_text,media_key,preview_image_url,type,url,variants"),
)
_MORE = {
    Spelling.TWEET: (
        (
            "tweet.fields",
            f"{_FIELDS},author_id,edit_history_tweet_ids,in_reply_to_user_id,note_tweet,referenced_tweets",
        ),
        ("expansions", "author_id,attachments.media_keys,referenced_tweets.id,referenced_tweets.id.author_id"),
    ),
    Spelling.POST: (
        ("post.fields", f"{_FIELDS},note_post"),
        ("expansions", "author_id,attachments.media_keys,referenced_posts,edit_history_post_ids,in_reply_to_user_id"),
    ),
}


class Posts:
    """One account's view of posts. Errors are those of reading."""

    def __init__(
        self, calls: Calls, *, price: Decimal, gone_after: timedelta, spelling: Spelling, clock: Clock
    ) -> None:
        self.versions = Versions()
        self._calls = calls
        self._price = price
        self._gone_after = gone_after
        self._fields: Params = (*_MORE[spelling], *_OF_OTHERS)
        self._clock = clock
        self._missing: OrderedDict[str, datetime] = OrderedDict()
        self._paid: set[str] = set()
        self._paid_on = date.min

    async def now(self, refs: Iterable[PostRef], *, us: Us) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        """Each post in its newest version; every ref is in the answer."""
        wanted = list(dict.fromkeys(refs))
        newest = {ref: self.versions.of(ref.id)[-1] for ref in wanted}
        seen, problems = await self._lookup(newest.values(), us=us)
        newer = {
            ref: self.versions.of(ref.id)[-1]
            for ref, id in newest.items()
            if id in seen and self.versions.of(ref.id)[-1] != id
        }
        if newer:
            more, _ = await self._lookup(newer.values(), us=us)
            seen |= more
            newest |= {ref: id for ref, id in newer.items() if id in more}
        return {
            ref: self._there(ref, seen[id]) if id in seen else self._missed(ref, problems.get(id))
            for ref, id in newest.items()
        }

    async def one(self, ref: PostRef, *, us: Us) -> PublicPost | Gone | Unavailable:
        return (await self.now([ref], us=us))[ref]

    async def pages(
        self, kind: Kind, path: str, params: Params, *, us: Us, price: Decimal | None = None, most: int = MOST_PAGES
    ) -> AsyncIterator[Page]:
        """A list, newest first, page by page to its end or to `most`."""
        token: str | None = None
        name = "next_token" if kind is Kind.SEARCH else "pagination_token"
        for _ in range(most):
            asked = [*params, ("max_results", str(PAGE)), *self._fields, *([(name, token)] if token else [])]
            page = await self._read(await self._calls.ask(kind, path, asked), kind, us, price)
            yield page
            if (token := page.next) is None:
                return
        log.warning("a list is longer than we read", extra={"kind": kind.value})

    def named(self, post: PublicPost) -> PublicPost:
        """The post with root and parent by the names that we know them by."""
        return replace(
            post,
            root=None if post.root is None else self.versions.ref(post.root),
            parent=None if post.parent is None else self.versions.ref(post.parent),
        )

    # Inside

    async def _lookup(self, ids: Iterable[str], *, us: Us) -> tuple[dict[str, PublicPost], dict[str, Problem]]:
        """By the id of the version that was asked for."""
        wanted = [id for id in dict.fromkeys(ids) if is_id(id)]
        found: dict[str, PublicPost] = {}
        problems: dict[str, Problem] = {}
        for start in range(0, len(wanted), LOOKUP):
            some = wanted[start : start + LOOKUP]
            answer = await self._calls.ask(Kind.LOOKUP, "/2/tweets", [("ids", ",".join(some)), *self._fields])
            page = await self._read(answer, Kind.LOOKUP, us, None)
            found |= {version_of(post): post for post in page.posts}
            problems |= {one.about: one for one in page.problems if one.about is not None}
        return found, problems

    async def _read(self, answer: Answer, kind: Kind, us: Us, price: Decimal | None) -> Page:
        body = good_body(answer, kind.value)
        page = read_page(body, us=us)
        if not page.count and any(not one.about for one in page.problems):
            raise Malformed(kind.value, "posts; X names a problem without a post")
        await self._calls.pay(self._price if price is None else price, self._new_today(page))
        for id in (*page.broken, *[""] * page.unnamed):
            log.error("a post cannot be read", extra={"post": id})
        for history in page.histories:
            self.versions.learn(history)
        return replace(page, posts=tuple(self.named(post) for post in page.posts))

    def _new_today(self, page: Page) -> int:
        """How many of these posts are to be paid: X charges one once in a day, by UTC."""
        today = self._clock().astimezone(UTC).date()
        if today != self._paid_on:
            self._paid, self._paid_on = set(), today
        ids = {version_of(post) for post in page.posts} | set(page.broken)
        new = ids - self._paid
        self._paid |= new
        return len(new)

    def _there(self, ref: PostRef, post: PublicPost) -> PublicPost:
        self._missing.pop(ref.id, None)
        return post if post.ref == ref else replace(post, ref=ref)

    def _missed(self, ref: PostRef, problem: Problem | None) -> Gone | Unavailable:
        """X says "not found" for what was deleted, and for a moment also for what is new: deleted when it says so
        again, later."""
        if problem is None or not problem.not_found or "suspended" in problem.detail.lower():
            return Unavailable(ref, NOT_FOUND if problem is None else problem.title)
        first = self._missing.setdefault(ref.id, self._clock())
        while len(self._missing) > REMEMBERED:
            self._missing.popitem(last=False)
        return Gone(ref) if self._clock() - first >= self._gone_after else Unavailable(ref, NOT_FOUND)
