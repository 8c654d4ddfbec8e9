"""YouTube (Data API v3): comments under our channel's videos, answering, correcting and taking back.

Settings and capabilities are in `youtube_settings`, the day's quota in `youtube_quota`, calls in `youtube_calls`, what
YouTube says is read in `youtube_read`, comments are asked for in `youtube_posts`, hearing is in `youtube_listen`, our
own reply is looked for in `youtube_find`, whether we may answer in `youtube_place`. Where from: the youtube.v3
discovery document (2026-11) and developers.google.com/youtube/v3, 2026.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, good_body, utc_now
from adapters.keeping import Keeper
from adapters.oauth import Access, Grant, Tokens
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
from adapters.settings import SettingError
from adapters.text import Mark, Text
from adapters.youtube_calls import Calls
from adapters.youtube_find import find, look, receipt_of
from adapters.youtube_listen import Listener, Rhythm
from adapters.youtube_place import notes_on, refusal_at
from adapters.youtube_posts import Comments
from adapters.youtube_quota import REPLY, For, Ledger, Method, clock_time, day_of
from adapters.youtube_read import is_handle, read_channel, read_comment, read_page, thread_of
from adapters.youtube_settings import CAPABILITIES, Settings
from adapters.youtube_videos import ANSWER_THERE, Videos, is_video

log = logging.getLogger(__name__)

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"  # comments.insert, update, delete, list
OPEN_FOR = timedelta(hours=6)  # who we are is not asked again before, if nothing went wrong
THREADS = 1000  # whole threads that are remembered


class YouTube:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "youtube"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How a channel is connected: developers.google.com/identity/protocols/oauth2/web-server, 2026."""
        if settings.token:
            return None
        for key in ("client_id", "client_secret"):
            if not getattr(settings, key):
                raise SettingError(key, "is missing: make an OAuth client for web in the Google Cloud console.")
        return Grant(
            authorise=f"{settings.accounts_server.rstrip('/')}/o/oauth2/v2/auth",
            token=f"{settings.token_server.rstrip('/')}/token",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=(SCOPE,),
            # Without these two Google gives a refresh token at the very first consent only, or none.
            extra={"access_type": "offline", "prompt": "consent"},
        )

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._ledger = Ledger(keeper, quota=settings.quota, reserve=settings.reserve, clock=clock)
        connected = bool(settings.client_id and settings.client_secret)
        grant = self.grant(settings) if connected else None
        access = Access(grant, keeper, clock=clock, given=settings.token)
        self._calls = Calls(settings.server, access, self._ledger, clock=clock)
        self._comments = Comments(self._calls, clock=clock)
        self._videos = Videos(self._calls)
        self._me: Author | None = None
        self._opened: datetime | None = None
        self._notes: tuple[str, ...] = ()
        self._threads: OrderedDict[str, tuple[Sequence[PublicPost], datetime]] = OrderedDict()

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
        """Costs a unit, so one that went well holds for a while."""
        now = self._clock()
        if self._me is not None and self._opened is not None and now - self._opened < OPEN_FOR:
            return self._me
        asked = [("part", "snippet,statistics"), ("mine", "true")]
        answer = await self._calls.ask(Method.CHANNELS, asked, For.ANSWERING)
        items, _ = read_page(good_body(answer, "channels"), "channels")
        if not items:
            raise AuthFailed("This Google account has no YouTube channel: connect as the channel's owner or manager.")
        self._me, self._opened = read_channel(items[0]), now
        self._comments.me = self._me.ref
        self._notes = await self._ask_quota()
        return self._me

    async def close(self) -> None:
        await self._calls.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._settings.longest, unit=Unit.CODE_POINTS)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._settings
        while self._me is None:
            try:
                await self.open()
            except (Unreachable, Throttled, Malformed) as error:
                log.warning("cannot open the account yet: %s", error)
                await asyncio.sleep(given.poll.total_seconds())
        rhythm = Rhythm(
            poll=given.poll,
            overlap=given.overlap,
            sweep_every=given.sweep_every,
            sweep_back=given.sweep_back,
            watch_every=given.watch_every,
            held_every=given.held_every if given.held else None,
            look_back=given.look_back,
        )
        listener = Listener(comments=self._comments, ledger=self._ledger, rhythm=rhythm, clock=self._clock)
        try:
            async for batch in listener.run(since):
                yield batch
        except AuthFailed:
            self._opened = None  # the next `open` asks, and does not say that all is well
            raise

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us: WebSub tells of new videos, not of comments

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        """Read anew at most every `thread_every`, unless the post that is asked about is not in it."""
        if is_video(ref):
            return [post for post in (await self.fetch([ref])).values() if isinstance(post, PublicPost)]
        id, now = thread_of(ref), self._clock()
        known = self._threads.get(id)
        if known is None or now - known[1] > self._settings.thread_every or ref not in {one.ref for one in known[0]}:
            await self._channel()
            found = (await self._comments.threads([id], For.LISTENING)).get(id)
            posts = () if found is None else await self._comments.whole(found, For.LISTENING)
            known = (await self._comments.dressed(posts, For.LISTENING), now)
            self._threads[id] = known
            while len(self._threads) > THREADS:
                self._threads.popitem(last=False)
        return known[0] if ref in {one.ref for one in known[0]} else ()

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        """One by itself is about to be answered: that may use the reserve. Many are a look around."""
        if not refs:
            return {}
        await self._channel()
        use = For.ANSWERING if len(refs) == 1 else For.LISTENING
        said = [ref.id for ref in refs if not is_video(ref)]
        found = await self._comments.comments(said, use) if said else {}
        missing = [id for id in said if id not in found]
        gone = await self._comments.missing(missing, use) if missing else {}
        videos = await self._videos.now(dict.fromkeys(filter(is_video, refs)), use)
        return {ref: videos.get(ref) or found.get(ref.id) or gone[ref.id] for ref in dict.fromkeys(refs)}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        """In our channel's comments, first of a thread or not (the threads' first comments are given), and among
        others' videos: what they are called, and what is written below them."""
        me = await self._channel()
        after = None if since is None else datetime.fromisoformat(since)
        asked = [("allThreadsRelatedToChannelId", self._comments.me), ("searchTerms", words), ("order", "time")]
        threads, _ = self._comments.read_threads((await self._comments.page(asked, For.LISTENING))[0])
        posts = [one.top for one in threads if after is None or one.top.at >= after]
        videos = await self._videos.search(words, after, me=me.ref)
        newest = max((post.at for post in (*posts, *videos)), default=after or self._clock())
        dressed = await self._comments.dressed(posts, For.LISTENING)
        found = sorted((*dressed, *videos), key=lambda post: post.at)
        return Batch(tuple(map(Posted, found)), Cursor(newest.isoformat()))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """An answer to an answer stands under the same comment, so it names whom it answers."""
        handle = parent.author.handle
        if parent.ours or parent.parent is None or not is_handle(handle):
            return words
        return words if _mentions(words.plain, handle) else Text.of(f"@{handle} ") + words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        return Fit(len(text.plain), self._settings.longest, Unit.CODE_POINTS, _lost(text))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text)
        if not fit.fits:
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} characters, YouTube takes {fit.limit}.")
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        if is_video(reply.parent):
            return Refusal(Reason.NOT_ALLOWED, ANSWER_THERE)
        try:
            await self._channel()
            refusal = await refusal_at(self._comments, self._calls, reply.parent)
            if refusal is not None:
                return refusal
            left = await self._ledger.left(For.ANSWERING)
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        return Ready(notes=notes_on(reply.text.plain, left=left, resets=day_of(self._clock())[1]))

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One `comments.insert`. YouTube knows no keys: whoever tries again looks first."""
        if is_video(reply.parent):
            raise Refused(Reason.NOT_ALLOWED, ANSWER_THERE)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.call_limit.total_seconds()
        tokens = await self._ready(Method.INSERT, channel=True)
        thread = thread_of(reply.root or reply.parent)
        answer = await self._calls.write(
            "POST",
            "comments",
            tokens,
            params=[("part", "snippet")],
            body={"snippet": {"parentId": thread, "textOriginal": reply.text.plain}},
            limit=timedelta(seconds=max(0.001, end - loop.time())),
        )
        return self._receipt(answer, video=reply.extra.get("video"))

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            await self._channel()
            return await find(self._comments, reply)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        await self._channel()
        return await look(self._comments, receipt)

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        """`comments.update`, of a comment that is ours."""
        if not await self._stands(receipt):
            raise Refused(Reason.GONE, "The reply is not there any more.")
        tokens = await self._ready(Method.UPDATE)
        answer = await self._calls.write(
            "PUT",
            "comments",
            tokens,
            params=[("part", "snippet")],
            body={"id": receipt.ref.id, "snippet": {"textOriginal": text.plain}},
            limit=self._settings.call_limit,
        )
        return replace(self._receipt(answer, expected=receipt.ref), url=receipt.url)

    async def retract(self, receipt: Receipt) -> None:
        """`comments.delete`, of a comment that is ours: as owner of the channel we might delete a customer's."""
        if not await self._stands(receipt):
            return
        tokens = await self._ready(Method.DELETE)
        try:
            await self._calls.write(
                "DELETE", "comments", tokens, params=[("id", receipt.ref.id)], limit=self._settings.call_limit
            )
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    # Inside

    async def _channel(self) -> Author:
        return self._me or await self.open()

    async def _ready(self, method: Method, *, channel: bool = False) -> Tokens:
        """Everything before a write that can still be repeated; nothing was posted, whatever goes wrong here."""
        try:
            async with asyncio.timeout(self._settings.call_limit.total_seconds() / 2):
                if channel:
                    await self._channel()
                return await self._calls.ready(method)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            detail = f"YouTube cannot be reached ({type(error).__name__})."
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, detail) from error

    async def _stands(self, receipt: Receipt) -> bool:
        """Whether a reply is there. `Refused` where the comment is not ours."""
        try:
            me = await self._channel()
            found = (await self._comments.comments([receipt.ref.id], For.ANSWERING)).get(receipt.ref.id)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"YouTube cannot be reached: {error}") from error
        if found is not None and found.author.ref != me.ref:
            raise Refused(Reason.INVALID, "That is no reply of this channel.")
        return found is not None

    def _receipt(self, answer: Answer, *, video: object = None, expected: PostRef | None = None) -> Receipt:
        """From the answer to a call that was accepted."""
        try:
            place = video if isinstance(video, str) else None
            post = self._comments.placed(read_comment(answer.body, me=self._comments.me, video=place))
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error
        if expected is not None and post.ref != expected:
            raise Lost("accepted, but the answer names another comment")
        return receipt_of(post)

    async def _ask_quota(self) -> tuple[str, ...]:
        """What an operator should know about today's quota."""
        given = self._settings
        notes = []
        if given.reserve < REPLY:
            notes.append("The reserve is less than a reply costs: listening may use up what replies need.")
        if await self._ledger.left(For.LISTENING) == 0:
            ends = clock_time(day_of(self._clock())[1])
            notes.append(f"Listening has used its share of today's quota: it hears again at {ends}.")
        return tuple(notes)


def _mentions(words: str, handle: str) -> bool:
    """Whether the handle is mentioned, and not only the beginning of a longer one (a dot may end a sentence)."""
    return re.search(rf"(?<![\w@])@{re.escape(handle)}(?![\w-]|[.·]\w)", words, re.I) is not None


# What a reply loses because a comment has only addresses and #tags.
_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
}


def _lost(text: Text) -> tuple[str, ...]:
    marks = text.marks()
    lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
    if any(s.mark is Mark.LINK and s.target and s.words not in ("", s.target) for s in text.spans):
        lost.append("labels of links stand beside their addresses")
    return tuple(lost)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `YouTube` against the contract."""
    return YouTube(settings)
