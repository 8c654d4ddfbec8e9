"""Instagram: who we are there, what is pushed to us, answering and retracting.

It speaks to a professional account by way of the Facebook Page that it is linked to: mentions are told of nowhere
else. Settings and capabilities are in `instagram_settings`; what Meta says is read in `instagram_read`, asked for in
`instagram_ask`; what goes out is made in `instagram_reply`. Where from: developers.facebook.com, 2026:
instagram-platform, graph-api, messenger-platform; calls and answers recorded by others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.graph import Graph, NotPermitted, NotThere
from adapters.graph_chats import Box, Chats
from adapters.graph_connect import App
from adapters.graph_hooks import Call, Event, Verb, body_of, read_call
from adapters.graph_refs import Kind, parse
from adapters.graph_replies import Way, losses, way_of
from adapters.graph_rounds import rounds
from adapters.http import WAIT_WITHOUT_HEADER, Clock, utc_now
from adapters.instagram_ask import HIDDEN, Asking
from adapters.instagram_read import (
    ACCOUNT_FIELDS,
    NOBODY,
    WEB,
    Commented,
    at_link,
    read_change,
    read_me,
)
from adapters.instagram_reply import Replies, going, receipt_for
from adapters.instagram_settings import CAPABILITIES, SCOPES, Settings
from adapters.keeping import Keeper
from adapters.oauth import Access, Grant
from adapters.payload import read_object
from adapters.polling import Rhythm
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

HOOK_LIMIT = timedelta(seconds=5)  # asking for what a call leaves out; then Meta calls again
INBOX = f"{WEB}/direct/inbox/"


class Instagram:
    """See `adapters.contract.Platform`; nothing here promises more or less.

    A reply whose `visibility` is `DIRECT` goes to the author alone: to a comment as the one private reply, to a message
    as a message. Every other one is a comment, which everybody sees.
    """

    name: ClassVar[str] = "instagram"
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
        self._asking = Asking(
            self._graph,
            self._chats,
            me=self._self,
            posts_back=settings.posts_back,
            messages=settings.messages,
            clock=clock,
        )
        self._replies = Replies(self._asking, self._chats, settings)
        self._of_page: str | None = None  # the Page's token, where we were given somebody else's
        self._me: Author | None = None
        self._notes: tuple[str, ...] = ()

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How the account is connected in the browser; None: a token is set."""
        if settings.token:
            return None
        app = App(settings.app_id, settings.app_secret, settings.server, settings.version)
        return app.grant(SCOPES, page=settings.page)

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
        given = self._settings
        fields = f"id,access_token,{ACCOUNT_FIELDS}" if given.page else f"id,{ACCOUNT_FIELDS}"
        node = read_object(await self._graph.get(f"/{given.page or 'me'}", [("fields", fields)]), "page")
        if given.page and isinstance(own := node.get("access_token"), str) and own:
            self._of_page = own
        if node.get("instagram_business_account") is None:
            raise AuthFailed(
                "No professional Instagram account is linked to this Page, or the token may not see it: link it in the "
                "Page's settings, and connect the account anew."
            )
        me = read_me(node)
        self._notes = ()
        if not given.app_secret or not given.verify_token:
            self._notes = (
                "Webhooks need the app's secret and a verify token: without them mentions are not heard at all.",
            )
        self._chats.box = Box(me.ref, INBOX, "instagram", NOBODY)
        self._me = me
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
        while self._me is None:
            try:
                await self.open()
            except (Unreachable, Throttled, Malformed) as error:
                log.warning("cannot open the account yet: %s", error)
                await asyncio.sleep(given.poll.total_seconds())
        heard = rounds(
            since,
            everything=self._asking.everything,
            marked=lambda post: post,  # nobody tells of edits
            recall=lambda ref, mark: None,
            slowness=lambda: self._graph.slowness,
            rhythm=Rhythm(given.poll, given.overlap, given.sweep_every, given.sweep_back, given.look_back),
            hidden=HIDDEN,
            clock=self._clock,
        )
        async for batch in heard:
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        """Meta's check of our address, and its calls. `AuthFailed`: not signed with our app's secret."""
        given = self._settings
        body = body_of(request, app_secret=given.app_secret, verify_token=given.verify_token)
        if isinstance(body, HookAnswer):
            return body
        try:
            async with asyncio.timeout(HOOK_LIMIT.total_seconds()):
                await self._opened()
                call = self.read(body)
                if call.passed:
                    log.info("passed over: %s", ", ".join(sorted(set(call.passed))))
                told = [await self._tell(event) for event in call.events]
                return HookAnswer(status=200, heard=tuple(one for one in told if one is not None))
        except AuthFailed as error:  # ours at Meta, not theirs here: they call again when the account works
            raise Unreachable(f"the account is not usable now: {error.sentence}") from error
        except TimeoutError as error:
            raise Unreachable("Instagram did not say in time what a call leaves out") from error

    def read(self, body: object) -> Call:
        """A webhook's body, without asking anybody. Pure; once the account is open."""
        me = self._self()
        return read_call(
            body,
            kind="instagram",
            me=me.ref,
            change=lambda change, at: read_change(change, at, me=me),
            message=self._chats.told,
        )

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        await self._opened()
        return await self._asking.thread(ref)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        if not refs:
            return {}
        await self._opened()
        return await self._asking.fetch(refs)

    async def search(self, words: str, since: Cursor | None) -> Batch:
        raise Unreachable("Instagram has no search")

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: the author of what we answer is notified by the answer itself."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        return Fit(len(text.plain), self._settings.most, Unit.CODE_POINTS, losses(text))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        parent = parse(reply.parent)
        if parent is None:
            return Refusal(Reason.GONE, "That is nothing on Instagram that we know of.")
        length, most, unit = len(reply.text.plain), self._settings.most, "characters; a comment"
        if way_of(reply, parent) is not Way.COMMENT:
            length = len(reply.text.plain.encode("utf-8", "surrogatepass"))
            most, unit = self._settings.most_private, "bytes; a private message"
        if length > most:
            return Refusal(Reason.TOO_LONG, f"The reply has {length} {unit} has at most {most}.")
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        try:
            await self._opened()
            return await self._replies.may(reply, parent)
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One call. Instagram keeps no key of ours: what was sent twice stands there twice."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.call_limit.total_seconds()
        parent = parse(reply.parent)
        if parent is None:
            raise Refused(Reason.GONE, "That is nothing on Instagram that we know of.")
        try:
            async with asyncio.timeout_at(loop.time() + self._settings.call_limit.total_seconds() / 2):
                me = await self._opened()
                may_be_late = self._settings.human_agent and way_of(reply, parent) is Way.MESSAGE
                late = may_be_late and await self._replies.late(parent)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            raise self._away(error) from error
        sent = going(reply, parent, me=me, late=late)
        at = self._clock()
        body = await self._write("POST", sent.path, sent.body, limit=timedelta(seconds=max(0.001, end - loop.time())))
        url = INBOX if sent.way is not Way.COMMENT else me.url
        try:
            return receipt_for(body, sent, url=url, at=at, words=reply.text.plain)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        parent = parse(reply.parent)
        if parent is None:
            return Absent()
        try:
            await self._opened()
            return await self._replies.find(reply, parent)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        await self._opened()
        ref = parse(receipt.ref)
        if ref is None or ref.kind not in (Kind.COMMENT, Kind.MESSAGE):
            return Visibility.REJECTED
        fields = "id,hidden" if ref.kind is Kind.COMMENT else "id"
        try:
            node = read_object(await self._graph.get(ref.path, [("fields", fields)]), "reply")
        except NotThere:
            return Visibility.REJECTED
        return Visibility.HIDDEN if node.get("hidden") is True else Visibility.VISIBLE

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, "Instagram lets nobody change a comment: answer again, or take it back.")

    async def retract(self, receipt: Receipt) -> None:
        ref = parse(receipt.ref)
        if ref is None or ref.kind not in (Kind.COMMENT, Kind.MESSAGE):
            raise Refused(Reason.INVALID, "That is no reply of this account.")
        if ref.kind is Kind.MESSAGE:
            raise Refused(Reason.UNSUPPORTED, "A message on Instagram cannot be taken back by us.")
        try:
            await self._write("DELETE", ref.path, None, limit=self._settings.call_limit)
        except Refused as error:
            if error.reason is not Reason.GONE:  # away already
                raise

    # Inside

    def _self(self) -> Author:
        assert self._me is not None, "open first"
        return self._me

    async def _opened(self) -> Author:
        return self._me or await self.open()

    async def _token(self) -> str:
        return self._of_page or (await self._access.current()).access

    async def _tell(self, event: Event) -> Heard | None:
        """What an event says, whole: asked for where the call leaves something out. None: it is gone already."""
        if event.verb is Verb.REMOVED:
            return Removed(event.ref.post)
        post = event.post
        if isinstance(event, Commented) and post is not None:
            post = at_link(post, await self._asking.link(event.media))
        if event.ask or post is None:
            found = (await self._asking.fetch([event.ref.post]))[event.ref.post]
            post = found if isinstance(found, PublicPost) else post
        if post is None:
            log.info("told of a mention that is gone, or not for us")
            return None
        return Edited(replace(post, edited_at=max(event.at, post.at))) if event.verb is Verb.EDITED else Posted(post)

    async def _write(
        self, method: str, path: str, body: Mapping[str, object] | None, *, limit: timedelta
    ) -> Mapping[str, object]:
        try:
            return await self._graph.write(method, path, body, limit=limit)
        except (AuthFailed, NotPermitted) as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:  # of the token: the call itself tells by certainty
            raise self._away(error) from error

    def _away(self, error: Exception) -> Throttled:
        detail = f"Instagram cannot be reached ({type(error).__name__})."
        return Throttled(self._clock() + WAIT_WITHOUT_HEADER, detail)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Instagram` against the contract."""
    return Instagram(settings)
