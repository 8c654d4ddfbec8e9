"""X (API v2): who we are there, answering and retracting.

Settings and capabilities are in `x_settings`, calls and what they cost in `x_calls`, what X says is read in `x_read`,
hearing is in `x_listen` and `x_hooks`, what goes out is made in `x_reply` and looked for in `x_find`, how X counts is
in `x_text`. Where from: docs.x.com and its openapi.json 2.167, 2026-08.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities, Notices
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Clock, good_body, utc_now
from adapters.keeping import Forgetful, Keeper
from adapters.oauth import Access, Grant, Proof
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
from adapters.settings import SettingError
from adapters.text import Text
from adapters.x_calls import Calls, Kind
from adapters.x_find import SEARCHED, find, same_elsewhere
from adapters.x_hooks import Hooks
from adapters.x_listen import Listener
from adapters.x_posts import Posts
from adapters.x_read import Us, read_deleted, read_me
from adapters.x_refs import id_at, is_id
from adapters.x_reply import body_of, fit, price_of, ready, receipt_for, refusal_of_place, refusal_of_words
from adapters.x_settings import CAPABILITIES, PRICE_DELETE, PRICE_USER, Settings
from adapters.x_watch import Watch

log = logging.getLogger(__name__)

SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access")
_USER = [("user.fields", "affiliation,name,profile_image_url,public_metrics,username")]
_EDGE = timedelta(minutes=10)


class X:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "x"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        keeper = keeper or Forgetful()
        self._settings = settings
        self._clock = clock
        keys = settings.keys
        grant = None if keys is not None or not settings.client_id else self.grant(settings)
        access = Access(grant, keeper, clock=clock, given="" if keys is not None else settings.token)
        self._calls = Calls(settings.server, keys=keys, access=access, keeper=keeper, clock=clock)
        self._posts = Posts(
            self._calls,
            price=settings.cost.read,
            gone_after=settings.gone_after,
            spelling=settings.spelling,
            clock=clock,
        )
        self._watch = Watch(self._calls, webhook=settings.webhook_id, most=settings.watch)
        self._hooks = Hooks(
            self._posts, self._calls, self._watch, secret=settings.consumer_secret, price=settings.cost.read
        )
        self._me: Author | None = None
        self._notes: tuple[str, ...] = ()

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How the account is connected in the browser; None where it signs by OAuth 1.0a."""
        if settings.keys is not None:
            return None
        if not settings.client_id:
            raise SettingError("client_id", "is missing: it is in X's developer console, under the app's keys.")
        return Grant(
            authorise=settings.authorise,
            token=f"{settings.server.rstrip('/')}/2/oauth2/token",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=SCOPES,
            proof=Proof.BASIC if settings.client_secret else Proof.BODY,
        )

    @property
    def can(self) -> Capabilities:
        given = self._settings
        return replace(
            CAPABILITIES,
            sees_deletions=Notices.PUSH if given.webhook_id else Notices.POLL,
            cost=given.cost,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        if self._me is None:  # it costs something, and does not change
            answer = await self._calls.ask(Kind.ME, "/2/users/me", _USER)
            self._me = read_me(good_body(answer, "users/me"))
            await self._calls.pay(PRICE_USER)
            notes = []
            if not self._me.bot:
                notes.append("The account has no label as automated; X asks for one, with a person behind it.")
            if not self._settings.consumer_secret:
                notes.append("Without consumer_secret X's webhooks are not believed: mentions come by asking alone.")
            self._notes = tuple(notes)
        return self._me

    async def close(self) -> None:
        await self._calls.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._settings.most, unit=Unit.WEIGHTED)

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
            look_back=given.look_back,
        )
        listener = Listener(posts=self._posts, watch=self._watch, us=await self._us(), rhythm=rhythm, clock=self._clock)
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        if request.method == "GET":
            return self._hooks.challenge(request)
        if request.method != "POST":
            return HookAnswer(status=405, allow="GET, POST")
        self._hooks.check(request)
        try:
            return HookAnswer(status=200, heard=await self._hooks.heard(request, us=await self._us()))
        except AuthFailed as error:  # ours at X, not theirs here
            raise Unreachable(f"the account is not usable now: {error.sentence}") from error

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        """What search finds of the conversation (a week of it), and its beginning."""
        us = await self._us()
        asked = await self._posts.one(ref, us=us)
        if not isinstance(asked, PublicPost):
            return ()
        root = asked.root or asked.ref
        found = {asked.ref: asked}
        if root != asked.ref and isinstance(first := await self._posts.one(root, us=us), PublicPost):
            found[first.ref] = first
        floor = max(int(id_at(self._clock() - SEARCHED + _EDGE)), int(root.id) - 1)
        async for page in self._posts.pages(
            Kind.SEARCH,
            "/2/tweets/search/recent",
            [("query", f"conversation_id:{root.id}"), ("since_id", str(floor))],
            us=us,
        ):
            found |= {post.ref: post for post in page.posts}
        return tuple(sorted((replace(one, root=root) for one in found.values()), key=lambda one: int(one.ref.id)))

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        return await self._posts.now(refs, us=await self._us()) if refs else {}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        us = await self._us()
        floor = max(int(id_at(self._clock() - SEARCHED + _EDGE)), int(since) if since and is_id(since) else 1)
        query = f"({words}) -is:retweet -from:{us.handle}"  # OR binds less than what follows; ours cost a read too
        found: dict[PostRef, PublicPost] = {}
        async for page in self._posts.pages(
            Kind.SEARCH, "/2/tweets/search/recent", [("query", query), ("since_id", str(floor))], us=us
        ):
            found |= {post.ref: post for post in page.posts}
        ordered = sorted(found.values(), key=lambda one: int(one.ref.id))
        newest = max((int(one.ref.id) for one in ordered), default=floor)
        return Batch(tuple(map(Posted, ordered)), Cursor(str(newest)))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: X mentions the author of what we answer by itself."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        return fit(text, self._settings.most)

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        if (refusal := refusal_of_words(reply.text, self.fit(reply.text))) is not None:
            return refusal
        try:
            us = await self._us()
            place = refusal_of_place(await self._posts.one(reply.parent, us=us))
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        if place is not None:
            return place
        said = ready(reply.text, self._settings.cost, self._settings.link_cost)
        try:
            twin = await same_elsewhere(self._posts, reply, us=us, now=self._clock())
        except (AuthFailed, Unreachable, Throttled, Malformed):  # a hint only: nothing waits for it
            twin = None
        if twin is None:
            return said
        note = f"The account has posted these very words lately ({twin.url}); X may refuse them: change some."
        return replace(said, notes=(*said.notes, note))

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One POST. There are no keys: a second one with the same words is refused, and that says nothing."""
        given = self._settings
        answer = await self._calls.write(
            Kind.POST,
            "POST",
            "/2/tweets",
            price=price_of(reply.text, given.cost, given.link_cost),
            limit=given.call_limit,
            body=body_of(reply),
        )
        return receipt_for(answer.body, "i" if self._me is None else self._me.handle, self._clock())

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            return await find(self._posts, reply, us=await self._us(), now=self._clock())
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        found = await self._posts.one(receipt.ref, us=await self._us())
        return Visibility.VISIBLE if isinstance(found, PublicPost) else Visibility.REJECTED

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, "X lets nobody edit a reply: take it back, and answer again.")

    async def retract(self, receipt: Receipt) -> None:
        if not is_id(receipt.ref.id):
            raise Refused(Reason.INVALID, "That is no reply of this account.")
        try:
            answer = await self._calls.write(
                Kind.DELETE,
                "DELETE",
                f"/2/tweets/{receipt.ref.id}",
                price=PRICE_DELETE,
                limit=self._settings.call_limit,
            )
        except Refused as refused:
            if refused.reason is Reason.GONE:
                return
            raise
        if not read_deleted(answer.body):
            raise Lost("X took the call and does not say that the reply is deleted")

    # Inside

    async def _us(self) -> Us:
        me = await self.open()
        return Us(me.ref, me.handle, self._settings.summoned_only)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `X` against the contract."""
    return X(settings)
