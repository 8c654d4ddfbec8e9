"""Comments on a WordPress site: who we are there, answering, correcting and taking back.

Settings and capabilities are in `wordpress_settings`, what WordPress says is read in `wordpress_read`, comments are
asked for in `wordpress_posts`, hearing is in `wordpress_listen`. Where from: WP-API/docs (2025-06), and sites of 6.1
and 6.6 as they were seen.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Answer, Clock, Http, utc_now
from adapters.keeping import Keeper
from adapters.polling import Rhythm
from adapters.posts import (
    Absent,
    Author,
    Batch,
    CannotTell,
    Cursor,
    Fit,
    Gone,
    Hook,
    HookAnswer,
    Limits,
    Posted,
    PostRef,
    PublicPost,
    Ready,
    Receipt,
    Refusal,
    Reply,
    Unavailable,
    Unit,
    Visibility,
)
from adapters.text import Mark, Text
from adapters.wordpress_listen import Listener
from adapters.wordpress_posts import API, Missing, Posts
from adapters.wordpress_read import SHOWN, Comment, Me, Status, judge, read_comment, same_shown, to_wordpress
from adapters.wordpress_settings import CAPABILITIES, Settings

log = logging.getLogger(__name__)

SKEW = timedelta(minutes=10)  # how far the site's clock and ours may be apart
BUSY = timedelta(seconds=2)  # another reply is on its way


class WordPress:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "wordpress"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its password comes from the settings and does not end
        self._settings = settings
        self._clock = clock
        pair = f"{settings.username}:{settings.password}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii"), "User-Agent": "Twoway"}
        self._http = Http(settings.server, headers=headers, clock=clock)
        self._posts = Posts(self._http, clock)
        self._notes: tuple[str, ...] = ()
        # Of two comments at once WordPress has let in both, though the second was a duplicate.
        self._one_at_a_time = asyncio.Lock()

    @property
    def can(self) -> Capabilities:
        given = self._settings
        return replace(
            CAPABILITIES,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        me = await self._posts.open()
        notes = []
        if not me.moderates:
            notes.append(
                "This account may not moderate comments: those that wait for approval are not followed, and our own "
                "words are compared as WordPress shows them. The role Editor may."
            )
        if not self._settings.server.startswith("https://") and "127.0.0.1" not in self._settings.server:
            notes.append("The address begins with http://: the password goes over the line in the clear.")
        self._notes = tuple(notes)
        return me.author

    async def close(self) -> None:
        await self._http.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._settings.longest, unit=Unit.BYTES)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._settings
        rhythm = Rhythm(given.poll, given.overlap, given.sweep_every, given.sweep_back, given.look_back)
        async for batch in Listener(self._posts, rhythm=rhythm, clock=self._clock).run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us: WordPress has no webhooks without a plugin

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        return await self._posts.thread(ref)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        return await self._posts.fetch(list(dict.fromkeys(refs))) if refs else {}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        found, _ = await self._posts.all([("search", words), ("orderby", "date_gmt"), ("order", "desc")])
        known = int(since) if since else 0
        fresh = [one for one in found if one.id > known and one.status is Status.APPROVED]
        posts = await self._posts.whole(sorted(fresh, key=lambda one: one.id))
        newest = max((one.id for one in fresh), default=known)
        return Batch(tuple(Posted(post) for post in posts.values()), Cursor(str(newest)))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: whether the author is told of answers is the site's affair."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        """In bytes of what is stored, where < > and & take more."""
        lost = [mark.value for mark in sorted(text.marks() - {Mark.LINK}, key=lambda one: one.value)]
        size = len(to_wordpress(text.plain).encode("utf-8"))
        return Fit(size, self._settings.longest, Unit.BYTES, tuple(f"{one} becomes plain words" for one in lost))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text)
        if not fit.fits:
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} bytes, {fit.limit} are allowed.")
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        try:
            # The site itself checks no parent: a reply to what is not there would stand alone.
            parent = await self._posts.one(int(reply.parent.id))
            if isinstance(parent, Missing) or parent.status in (Status.SPAM, Status.TRASH):
                return Refusal(Reason.GONE, "The comment is deleted, in the trash, or among the spam.")
            if parent.status is Status.HELD:
                return Refusal(Reason.GONE, "The comment waits for approval again: nobody sees it.")
            return await self._page_takes_comments(parent.page)
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One comment, never two at once. WordPress knows no keys; the same words again it calls a duplicate."""
        async with self._alone():
            return await self._publish(reply)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            return await self._find(reply)
        except (AuthFailed, Unreachable, Throttled, Malformed, Refused) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        comment = await self._posts.one(int(receipt.ref.id))
        if comment is Missing.UNSEEN:
            return Visibility.PENDING
        return Visibility.REJECTED if isinstance(comment, Missing) else SHOWN[comment.status]

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        body = {"content": to_wordpress(text.plain)}
        comment = self._ours(await self._write("POST", f"{API}/comments/{int(receipt.ref.id)}", body))
        if comment.post.ref != receipt.ref or not same_shown(comment.post.text.plain, text.plain):
            raise Lost("accepted, but the comment shows other words")
        return replace(_receipt(comment), at=receipt.at)

    async def retract(self, receipt: Receipt) -> None:
        """Into the trash, where the site's people find it for a month."""
        try:
            await self._write("DELETE", f"{API}/comments/{int(receipt.ref.id)}", None)
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    # Inside

    async def _page_takes_comments(self, page: int) -> Ready | Refusal:
        answer = await self._http.get(f"{API}/posts/{page}")
        if answer.status == 404:  # a page, or a kind of post of a plugin's
            answer = await self._http.get(f"{API}/pages/{page}")
        status = answer.body.get("comment_status") if answer.good and isinstance(answer.body, dict) else None
        if status == "closed":
            return Refusal(Reason.CLOSED, "Comments are closed under this post.")
        notes = () if status == "open" else ("Whether this post still takes comments cannot be told.",)
        return Ready(notes=notes)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout((self._settings.call_limit / 4).total_seconds()):
                await self._one_at_a_time.acquire()
        except TimeoutError:
            raise Throttled(self._clock() + BUSY, "Another reply is on its way to this site.") from None
        try:
            yield
        finally:
            self._one_at_a_time.release()

    async def _publish(self, reply: Reply) -> Receipt:
        body = {"post": _page_of(reply), "parent": int(reply.parent.id), "content": to_wordpress(reply.text.plain)}
        comment = self._ours(await self._write("POST", f"{API}/comments", body))
        if comment.post.parent != reply.parent:
            raise Lost("accepted, but the answer shows no reply of ours")
        return _receipt(comment)

    async def _write(self, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        limit = self._settings.call_limit * 3 / 4
        return await self._http.write_once(method, path, body=body, limit=limit, judge=judge)

    def _ours(self, answer: Answer) -> Comment:
        try:
            return read_comment(answer.body, me=self._posts.me.id if self._posts.me else 0)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def _find(self, reply: Reply) -> Receipt | Absent | CannotTell:
        """Among all comments under the parent: ours with these words; other words from that time are a person's."""
        me = self._posts.me or await self._posts.open()
        asked = [("post", str(_page_of(reply))), ("parent", reply.parent.id)]
        under, complete = await self._posts.all(asked)
        ours = [one for one in under if one.post.author.ref == me.author.ref and one.post.ref not in reply.known]
        if not ours and await self._posts.one(int(reply.parent.id)) is Missing.GONE:
            ours, complete = await self._moved_up(reply, me)
        for one in ours:
            if same_shown(one.post.text.plain, reply.text.plain):
                return _receipt(one)
        first = min(reply.attempts, default=None)
        strange = [one for one in ours if first is not None and one.post.at >= first - SKEW]
        if strange:
            return CannotTell(f"our account answered there at that time with other words: {strange[0].post.url}")
        if not me.moderates:
            return CannotTell("this account does not see comments that wait for approval, and ours may be one")
        return Absent() if complete else CannotTell("too many comments stand there to read them all")

    async def _moved_up(self, reply: Reply, me: Me) -> tuple[list[Comment], bool]:
        """Where a comment is deleted for good, what stood below it now stands where it stood: ours since we tried."""
        top = reply.root == reply.parent
        since = min(reply.attempts, default=self._clock()) - SKEW
        under, complete = await self._posts.all([("post", str(_page_of(reply)))])
        found = [
            one
            for one in under
            if one.post.author.ref == me.author.ref
            and one.post.ref not in reply.known
            and one.post.at >= since
            and (one.post.parent is None) is top
        ]
        return found, complete


def _page_of(reply: Reply) -> int:
    """The post under which the comment stands that we answer."""
    page = reply.extra.get("page")
    if not isinstance(page, str) or not page.isdecimal():
        raise Refused(Reason.INVALID, "Under which post that comment stands is not known.")
    return int(page)


def _receipt(comment: Comment) -> Receipt:
    post = comment.post
    return Receipt(
        ref=post.ref,
        url=post.url,
        at=post.at,
        text=post.text.plain,
        visibility=post.shown,
        extra={"page": str(comment.page)},
    )


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `WordPress` against the contract."""
    return WordPress(settings)
