"""Facebook Pages: who we are there, what is pushed to us, answering, correcting and retracting.

Settings and capabilities are in `facebook_settings`; what Meta says is read in `facebook_read` and `facebook_hooks`,
asked for in `facebook_ask` and `facebook_listen`; what goes out is made in `facebook_reply`. Where from:
developers.facebook.com, 2026: pages-api, graph-api, messenger-platform; calls and answers recorded by others.
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
from adapters.facebook_ask import HIDDEN, Asking
from adapters.facebook_hooks import Commented, read_call
from adapters.facebook_listen import Listener, Reach
from adapters.facebook_read import INBOX, NOBODY, read_me
from adapters.facebook_reply import Replies, going, receipt_for
from adapters.facebook_settings import CAPABILITIES, SCOPES, Settings
from adapters.graph import Graph, NotPermitted, NotThere
from adapters.graph_chats import Box, Chats
from adapters.graph_connect import App
from adapters.graph_hooks import Event, Verb, body_of
from adapters.graph_refs import Kind, Ref, parse
from adapters.graph_replies import Way, losses, way_of
from adapters.graph_rounds import Rhythm
from adapters.http import WAIT_WITHOUT_HEADER, Clock, utc_now
from adapters.keeping import Keeper
from adapters.oauth import Access, Grant
from adapters.payload import read_object
from adapters.posts import (
    Absent,
    Author,
    Batch,
    CannotTell,
    Cursor,
    Edited,
    Fit,
    Gone,
    Heard,
    Hook,
    HookAnswer,
    Limits,
    Posted,
    PostRef,
    PublicPost,
    Ready,
    Receipt,
    Refusal,
    Removed,
    Reply,
    Unavailable,
    Unit,
    Visibility,
)
from adapters.text import Text

log = logging.getLogger(__name__)

HOOK_LIMIT = timedelta(seconds=5)  # asking for what a call leaves out; then Facebook calls again
AT_ONCE = 5


class Facebook:
    """See `adapters.contract.Platform`; nothing here promises more or less.

    A reply whose `visibility` is `DIRECT` goes to the author alone: to a comment as the one private reply, to a message
    as a message. Every other one is a comment, which everybody sees.
    """

    name: ClassVar[str] = "facebook"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        # A token from the environment wants no grant, and no app's id with it.
        self._access = Access(None, keeper, clock=clock, given=settings.token)
        self._graph = Graph(
            settings.server,
            version=settings.version,
            token=self._token,
            app_secret=settings.app_secret,
            clock=clock,
        )
        self._chats = Chats(self._graph, home="/me", clock=clock)
        self._asking = Asking(self._graph, self._chats, me=self._id, clock=clock)
        self._replies = Replies(self._graph, self._asking, self._chats, settings, clock=clock)
        self._of_page: str | None = None  # the Page's token, where we were given somebody else's
        self._me: Author | None = None
        self._notes: tuple[str, ...] = ()

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How the Page is connected in the browser; None: a token is set."""
        if settings.token:
            return None
        app = App(settings.app_id, settings.app_secret, settings.server, settings.version)
        return app.grant(SCOPES, page=settings.page)

    @property
    def can(self) -> Capabilities:
        given = self._settings
        told = Notices.PUSH if given.app_secret else Notices.POLL
        return replace(
            CAPABILITIES,
            sees_edits=told,
            sees_deletions=told,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        given = self._settings
        asked = [("fields", "id,name,username,picture{url},followers_count,link")]
        if given.page:
            asked = [("fields", "id,name,username,picture{url},followers_count,link,access_token")]
        node = read_object(await self._graph.get(f"/{given.page or 'me'}", asked), "page")
        if given.page and isinstance(own := node.get("access_token"), str) and own:
            self._of_page = own
        me = read_me(node)
        notes = []
        if not given.app_secret or not given.verify_token:
            notes.append(
                "Webhooks need the app's secret and a verify token: without them edits, deletions, reviews and "
                "mentions in comments are heard late or not at all."
            )
        elif not await self._subscribed(me):
            notes.append(
                "The app is not subscribed to the Page's feed: subscribe the Page to the app (docs/reference/platforms/"
                "facebook.md says how), or hear by asking alone."
            )
        self._chats.box = Box(me.ref, f"{INBOX}?asset_id={me.ref}", "messenger", NOBODY)
        self._me, self._notes = me, tuple(notes)
        return me

    async def close(self) -> None:
        await self._access.close()
        await self._graph.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._settings.most, unit=Unit.CODE_POINTS)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._settings
        while (me := self._me) is None:
            try:
                me = await self.open()
            except (Unreachable, Throttled, Malformed) as error:
                log.warning("cannot open the account yet: %s", error)
                await asyncio.sleep(given.poll.total_seconds())
        listener = Listener(
            graph=self._graph,
            asking=self._asking,
            chats=self._chats,
            me=me.ref,
            rhythm=Reach(
                Rhythm(given.poll, given.overlap, given.sweep_every, given.sweep_back, given.look_back),
                posts_back=given.posts_back,
                messages=given.messages,
            ),
            clock=self._clock,
        )
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        """Facebook's check of our address, and its calls. `AuthFailed`: not signed with our app's secret."""
        given = self._settings
        body = body_of(request, app_secret=given.app_secret, verify_token=given.verify_token)
        if isinstance(body, HookAnswer):
            return body
        try:
            async with asyncio.timeout(HOOK_LIMIT.total_seconds()):
                await self._opened()
                call = read_call(body, chats=self._chats)
                if call.passed:
                    log.info("passed over: %s", ", ".join(sorted(set(call.passed))))
                return HookAnswer(status=200, heard=await self._heard(call.events))
        except AuthFailed as error:  # ours at Meta, not theirs here: they call again when the account works
            raise Unreachable(f"the account is not usable now: {error.sentence}") from error
        except TimeoutError as error:
            raise Unreachable("Facebook did not say in time what a call leaves out") from error

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        await self._opened()
        return await self._asking.thread(ref)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        if not refs:
            return {}
        await self._opened()
        return await self._asking.fetch(refs)

    async def search(self, words: str, since: Cursor | None) -> Batch:
        raise Unreachable("Facebook has no search")

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: the author of what we answer is notified by the answer itself."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        return Fit(len(text.plain), self._settings.most, Unit.CODE_POINTS, losses(text))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        parent = parse(reply.parent)
        if parent is None:
            return Refusal(Reason.GONE, "That is nothing on Facebook that we know of.")
        length = len(reply.text.plain)
        private = way_of(reply, parent) is not Way.COMMENT
        most = self._settings.most_private if private else self._settings.most
        if length > most:
            what = "a private message" if private else "a comment"
            return Refusal(Reason.TOO_LONG, f"The reply has {length} characters; {what} has at most {most}.")
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        try:
            me = await self._opened()
            return await self._replies.may(reply, parent, me=me.ref)
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One call. Facebook keeps no key of ours: what was sent twice stands there twice."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.call_limit.total_seconds()
        parent = parse(reply.parent)
        if parent is None:
            raise Refused(Reason.GONE, "That is nothing on Facebook that we know of.")
        try:
            async with asyncio.timeout_at(loop.time() + self._settings.call_limit.total_seconds() / 2):
                me = await self._opened()
                may_be_late = self._settings.human_agent and way_of(reply, parent) is Way.MESSAGE
                late = may_be_late and await self._replies.late(parent)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except NotThere as error:
            raise Refused(Reason.GONE, "What we answer is not there any more.") from error
        except (Unreachable, Malformed, TimeoutError) as error:
            raise self._away(error) from error
        sent = going(reply, parent, me=me.ref, late=late)
        at = self._clock()
        body = await self._write("POST", sent.path, sent.body, limit=timedelta(seconds=max(0.001, end - loop.time())))
        try:
            return receipt_for(body, sent, me=me.ref, at=at, words=reply.text.plain)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        parent = parse(reply.parent)
        if parent is None:
            return Absent()
        try:
            me = await self._opened()
            return await self._replies.find(reply, parent, me=me.ref)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        await self._opened()
        ref = parse(receipt.ref)
        if ref is None or ref.kind not in (Kind.COMMENT, Kind.MESSAGE):
            return Visibility.REJECTED
        try:
            node = read_object(await self._graph.get(ref.path, [("fields", _LOOK[ref.kind])]), "reply")
        except NotThere:
            return Visibility.REJECTED
        return Visibility.HIDDEN if node.get("is_hidden") is True else Visibility.VISIBLE

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        ref = self._comment_of(receipt, "corrected")
        at = self._clock()
        await self._write("POST", ref.path, {"message": text.plain}, limit=self._settings.call_limit)
        return replace(receipt, at=at, text=text.plain)

    async def retract(self, receipt: Receipt) -> None:
        ref = self._comment_of(receipt, "taken back")
        try:
            await self._write("DELETE", ref.path, None, limit=self._settings.call_limit)
        except Refused as error:
            if error.reason is not Reason.GONE:  # away already
                raise

    # Inside

    def _id(self) -> str:
        assert self._me is not None, "open first"
        return self._me.ref

    async def _opened(self) -> Author:
        return self._me or await self.open()

    async def _token(self) -> str:
        return self._of_page or (await self._access.current()).access

    async def _subscribed(self, me: Author) -> bool:
        """Whether Facebook calls us for what is said on the Page; True where it does not let us ask."""
        try:
            found = read_object(await self._graph.get(f"/{me.ref}/subscribed_apps"), "subscribed_apps")
        except (NotThere, NotPermitted):
            return True
        apps = found.get("data")
        fields = (
            [app.get("subscribed_fields") for app in apps if isinstance(app, dict)] if isinstance(apps, list) else []
        )
        return any(isinstance(one, list) and "feed" in one for one in fields)

    async def _heard(self, events: Sequence[Event]) -> tuple[Heard, ...]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(event: Event) -> Heard:
            async with gate:
                return await self._tell(event)

        return tuple(await asyncio.gather(*(one(event) for event in events)))

    async def _tell(self, event: Event) -> Heard:
        """What an event says, whole: asked for where the call leaves something out."""
        if event.verb is Verb.REMOVED:
            return Removed(event.ref.post)
        if event.verb is Verb.HIDDEN:
            return Unavailable(event.ref.post, HIDDEN)
        post = await self._whole(event)
        if event.verb is Verb.EDITED:
            return Edited(self._asking.told(post, edited_at=event.at))
        return Posted(self._asking.told(post))

    async def _whole(self, event: Event) -> PublicPost:
        post = event.post
        if isinstance(event, Commented) and (comment := event.comment) is not None:
            asked = False
            if event.ask:
                try:
                    comment, asked = await self._asking.comment(event.ref), True
                except (NotThere, NotPermitted):
                    log.info("told of a comment that we cannot ask for")
            placed = await self._asking.placed(comment, event.under)
            return self._asking.marked(placed) if asked else placed
        assert post is not None
        if event.ref.kind is Kind.REVIEW:
            self._asking.verdict(event.ref, post.media[0].description or "" if post.media else "")
        if event.ask:
            found = (await self._asking.fetch([event.ref.post]))[event.ref.post]
            post = found if isinstance(found, PublicPost) else post
        return post

    def _comment_of(self, receipt: Receipt, done: str) -> Ref:
        ref = parse(receipt.ref)
        if ref is None or ref.kind not in (Kind.COMMENT, Kind.MESSAGE):
            raise Refused(Reason.INVALID, "That is no reply of this Page.")
        if ref.kind is Kind.MESSAGE:
            raise Refused(Reason.UNSUPPORTED, f"A message in Messenger cannot be {done}.")
        return ref

    async def _write(
        self, method: str, path: str, body: Mapping[str, object] | None, *, limit: timedelta
    ) -> Mapping[str, object]:
        try:
            return await self._graph.write(method, path, body, limit=limit)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:  # of the token: the call itself tells by certainty
            raise self._away(error) from error

    def _away(self, error: Exception) -> Throttled:
        detail = f"Facebook cannot be reached ({type(error).__name__})."
        return Throttled(self._clock() + WAIT_WITHOUT_HEADER, detail)


_LOOK: Mapping[Kind, str] = {Kind.COMMENT: "id,is_hidden", Kind.MESSAGE: "id"}


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Facebook` against the contract."""
    return Facebook(settings)
