"""Reddit: who we are there, answering, correcting and taking back.

Settings and capabilities are in `reddit_settings`, calls in `reddit_calls`; what Reddit says is read in `reddit_read`,
`reddit_lists` and `reddit_said`; posts are asked for in `reddit_posts`, hearing is in `reddit_listen`, our own reply
is looked for in `reddit_find`, Markdown is written in `reddit_markdown`. Where from: reddit.com/dev/api, the Data API
wiki of support.reddithelp.com (2026), and answers as they were recorded (2020 to 2025).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Clock, good_body, utc_now
from adapters.keeping import Keeper
from adapters.oauth import Grant
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
from adapters.reddit_calls import Calls, grant_for
from adapters.reddit_find import find, receipt_of
from adapters.reddit_listen import Listener
from adapters.reddit_lists import Place, read_page
from adapters.reddit_markdown import losses, to_reddit
from adapters.reddit_posts import Posts, order
from adapters.reddit_read import COMMENT, Thing, read_me, read_suspended
from adapters.reddit_settings import CAPABILITIES, Settings
from adapters.text import Text, same_words

log = logging.getLogger(__name__)

MOST_CHARACTERS = 10_000  # of Markdown: reddit's own VMarkdown validator, and reddit.com/dev/api


class Reddit:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "reddit"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._calls = Calls(settings, keeper, clock=clock)
        self._posts = Posts(self._calls)
        self._me: Author | None = None
        self._notes: tuple[str, ...] = ()

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How somebody connects the account in the browser; None where its refresh token is set."""
        return None if settings.token else grant_for(settings)

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
        answer = await self._calls.ask("/api/v1/me")
        if answer.status == 403:
            raise AuthFailed("Reddit does not let this app see who the account is: connect it again.")
        body = good_body(answer, "me")
        if read_suspended(body):
            raise AuthFailed("Reddit has suspended this account: ask at reddit.com/appeals.")
        me = read_me(body)
        notes = []
        if me.handle.lower() != self._settings.username.lower():
            notes.append(f"The token is u/{me.handle}'s, the settings name u/{self._settings.username}.")
        self._posts.me, self._posts.handle = me.ref, me.handle
        self._me, self._notes = me, tuple(notes)
        return me

    async def close(self) -> None:
        await self._calls.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=MOST_CHARACTERS, unit=Unit.CODE_POINTS)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._settings
        while self._me is None:
            try:
                await self.open()
            except (Unreachable, Throttled, Malformed) as error:
                log.warning("cannot open the account yet: %s", error)
                await asyncio.sleep(given.poll.total_seconds())
        listener = Listener(
            posts=self._posts,
            places=given.places,
            rhythm=Rhythm(
                poll=given.poll,
                overlap=given.overlap,
                sweep_every=given.sweep_every,
                sweep_back=given.sweep_back,
                look_back=given.look_back,
            ),
            clock=self._clock,
        )
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us: Reddit has no webhooks

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        await self._opened()
        return await self._posts.thread(ref)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        if not refs:
            return {}
        await self._opened()
        things, _ = await self._posts.info(ref.id for ref in refs)
        posts = await self._posts.whole(things.values())
        return {ref: _as_it_is(ref, things.get(ref.id), posts) for ref in dict.fromkeys(refs)}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        """Posts only: Reddit does not search comments for others."""
        await self._opened()
        asked = [("q", words), ("sort", "new"), ("type", "link"), ("limit", "100")]
        body = good_body(await self._calls.ask("/search", asked), "search")
        things = [thing for thing in read_page(body, me=self._posts.me).things if not thing.gone]
        newest = max((f"{thing.post.at.timestamp():015.3f}" for thing in things), default=since or "")
        fresh = [thing for thing in things if not since or f"{thing.post.at.timestamp():015.3f}" >= since]
        posts = (await self._posts.whole(fresh)).values()
        return Batch(tuple(Posted(post) for post in sorted(posts, key=order)), Cursor(newest))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: the author of what we answer is told by the answer itself."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        """In characters of the Markdown that goes out, signs that keep words plain included."""
        return Fit(len(to_reddit(text.plain)), MOST_CHARACTERS, Unit.CODE_POINTS, losses(text))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text)
        if not fit.fits:
            said = f"The reply has {fit.length} characters as Reddit counts them, {fit.limit} are allowed."
            return Refusal(Reason.TOO_LONG, said)
        if not to_reddit(reply.text.plain):
            return Refusal(Reason.INVALID, "The reply is empty.")
        try:
            await self._opened()
            names = [reply.parent.id, *(str(name) for name in [reply.extra.get("link")] if name)]
            things, _ = await self._posts.info(names)
            parent = things.get(reply.parent.id)
            if parent is None or parent.gone or parent.unseen:
                return Refusal(Reason.GONE, "The post is deleted or removed, or not visible to us any more.")
            around, places = await self._posts.info(
                name for name in (parent.link, parent.place) if name and name not in things
            )
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        place = places.get(parent.place or "")
        if (refusal := _refusal_of(parent, (things | around).get(parent.link), place)) is not None:
            return refusal
        notes = []
        if place is not None and place.quarantined:
            notes.append(f"r/{place.name} is in quarantine.")
        return Ready(notes=tuple(notes))

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One form, sent once. Reddit knows no keys: a second one would be a second reply."""
        form = {"thing_id": reply.parent.id, "text": to_reddit(reply.text.plain)}
        said = await self._calls.write("/api/comment", form, me=self._posts.me, limit=self._settings.call_limit)
        if said.thing is None or said.thing.post.parent != reply.parent:
            raise Lost("accepted, but the answer shows no reply of ours")
        return receipt_of(said.thing)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            await self._opened()
            return await find(self._posts, reply)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        """As we see it ourselves and, where the app may ask without an account, as others do: filters hide silently."""
        own = (await self.fetch([receipt.ref]))[receipt.ref]
        if not isinstance(own, PublicPost):
            return Visibility.REJECTED
        answer = await self._calls.ask_as_nobody("/api/info", [("id", receipt.ref.id)])
        if answer is None or not answer.good:
            return Visibility.VISIBLE
        shown = [thing for thing in read_page(answer.body, me=None).things if not thing.gone]
        same = any(same_words(thing.post.text.plain, own.text.plain) for thing in shown)
        return Visibility.VISIBLE if same else Visibility.HIDDEN

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        form = {"thing_id": receipt.ref.id, "text": to_reddit(text.plain)}
        said = await self._calls.write("/api/editusertext", form, me=self._posts.me, limit=self._settings.call_limit)
        if said.thing is None or said.thing.post.ref != receipt.ref:
            raise Lost("accepted, but the answer does not show our reply")
        if not same_words(said.thing.source, form["text"]):
            raise Lost("accepted, but the reply shows other words")
        return replace(receipt_of(said.thing), at=receipt.at)

    async def retract(self, receipt: Receipt) -> None:
        """Reddit answers the same whatever stood there."""
        if not receipt.ref.id.startswith(COMMENT):
            raise Refused(Reason.INVALID, "That is no comment.")
        await self._calls.write("/api/del", {"id": receipt.ref.id}, me=self._posts.me, limit=self._settings.call_limit)

    # Inside

    async def _opened(self) -> Author:
        return self._me or await self.open()


def _as_it_is(ref: PostRef, thing: Thing | None, posts: Mapping[str, PublicPost]) -> PublicPost | Gone | Unavailable:
    if thing is None:
        return Unavailable(ref, "Reddit does not show it to us")
    if thing.gone:
        return Gone(ref)
    if thing.unseen:
        return Unavailable(ref, "its author has blocked our account")
    return posts[ref.id]


def _refusal_of(parent: Thing, link: Thing | None, place: Place | None) -> Refusal | None:
    """Why nobody, or not we, may answer there."""
    if link is None:
        return Refusal(Reason.GONE, "The thread is not visible to us any more.")
    if parent.archived or link.archived:
        return Refusal(Reason.CLOSED, "This thread is archived: nobody can answer in it any more.")
    if parent.locked or link.locked:
        return Refusal(Reason.NOT_ALLOWED, "Moderators have locked this thread: nobody can answer in it any more.")
    if place is not None and place.banned:
        return Refusal(Reason.NOT_ALLOWED, f"Our account is banned from r/{place.name}.")
    if place is not None and place.closed:
        return Refusal(
            Reason.NOT_ALLOWED, f"Only people whom its moderators have let in may comment in r/{place.name}."
        )
    return None


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Reddit` against the contract."""
    return Reddit(settings)
