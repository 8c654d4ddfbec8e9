"""Bluesky (the AT Protocol): who we are there, answering and retracting.

Settings and capabilities are in `bluesky_settings`, signing in is in `bluesky_session`, what servers say is read in
`bluesky_read`, hearing is in `bluesky_listen`, what goes out is made in `bluesky_reply`, our own reply is looked for
in `bluesky_find`. Where from: the lexicons and packages of bluesky-social/atproto (2026-08), docs.bsky.app, and a
whole local network as it was seen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from adapters.bluesky_calls import Calls, Occupied
from adapters.bluesky_facets import mentioned
from adapters.bluesky_find import find, own_record, receipt_of
from adapters.bluesky_jetstream import Watch
from adapters.bluesky_listen import Listener, Rhythm
from adapters.bluesky_posts import Posts
from adapters.bluesky_read import (
    error_name,
    read_blob,
    read_hidden,
    read_page,
    read_posts,
    read_quiet,
    read_thread,
    with_root,
)
from adapters.bluesky_refs import POSTS, Uri, post_of, reply_key, stamp
from adapters.bluesky_reply import Replies, losses, receipt_for, refusal_of
from adapters.bluesky_session import Session, Sessions
from adapters.bluesky_settings import CAPABILITIES, Settings
from adapters.capabilities import Capabilities, Notices
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Clock, good_body, utc_now
from adapters.keeping import Keeper
from adapters.measure import graphemes
from adapters.payload import JSON, read_object
from adapters.pictures import JPEG, PNG, Picture, TakenPictures, why_not
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
from adapters.text import Text

log = logging.getLogger(__name__)

MOST_GRAPHEMES = 300  # lexicons/app/bsky/feed/post.json
MOST_BYTES = 3000  # the same
#: lexicons/app/bsky/embed/images.json, 2026-08: four, 2,000,000 bytes each; before that 1,000,000, and a server may be
#: older than the lexicon. Ours are made to fit below both. It names no bound for their words.
PICTURES = TakenPictures(count=4, size=1_000_000, kinds=frozenset({JPEG, PNG}))
SEARCH_PAGES = 5  # of a hundred, since the last look
DEPTH = 1000  # lexicons/app/bsky/feed/getPostThread.json
# A reply that the AppView does not show after so long is not late but hidden.
SHOWN_WITHIN = timedelta(minutes=10)


class Bluesky:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "bluesky"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._calls = Calls(Sessions(settings, clock=clock, keeper=keeper), clock=clock)
        self._posts = Posts(self._calls, clock=clock)
        self._replies = Replies(self._calls, self._posts, clock=clock)
        self._watch = Watch()
        self._me: Author | None = None
        self._notes: tuple[str, ...] = ()

    @property
    def can(self) -> Capabilities:
        given = self._settings
        told = Notices.PUSH if given.streaming else Notices.POLL
        return replace(
            CAPABILITIES,
            sees_edits=told,
            sees_deletions=told,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        session = await self._calls.session()
        profiles = await self._posts.profiles([session.did])
        me = profiles.get(session.did) or Author(ref=session.did, handle=session.handle, name=session.handle)
        notes = []
        if not me.bot:
            notes.append("The account is not labelled as a bot; Bluesky asks automated accounts for that.")
        notes += await self._ask_preferences()
        self._watch.me(session.did)
        self._me, self._notes = me, tuple(notes)
        return me

    async def close(self) -> None:
        await self._calls.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=MOST_GRAPHEMES, unit=Unit.GRAPHEMES, pictures=PICTURES)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._settings
        while (me := self._me) is None:
            try:
                me = await self.open()
            except (Unreachable, Throttled, Malformed) as error:
                log.warning("cannot open the account yet: %s", error)
                await asyncio.sleep(given.poll.total_seconds())
        listener = Listener(
            calls=self._calls,
            posts=self._posts,
            watch=self._watch,
            me=me.ref,
            rhythm=Rhythm(
                poll=given.poll,
                overlap=given.overlap,
                sweep_every=given.sweep_every,
                sweep_back=given.sweep_back,
                stream_idle=given.stream_idle,
                look_back=given.look_back,
            ),
            stream_url=given.jetstream if given.streaming else None,
            clock=self._clock,
        )
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us: Bluesky has no webhooks

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        found = await self._thread_of(ref)
        asked = next((post for post in found if post.ref == ref), None)
        if asked is None:
            return ()
        root = asked.root or asked.ref
        if root != ref:  # from the root downwards everything is there; from a post only what is above and below it
            found = tuple({post.ref: post for post in (*await self._thread_of(root), *found)}.values())
        ordered = sorted(found, key=lambda post: post.at)
        return with_root(tuple(self._posts.marked(post) for post in ordered), root)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        if not refs:
            return {}
        session = await self._calls.session()
        self._watch.add(ref.id for ref in refs)
        found = await self._posts.get([ref.id for ref in refs], me=session.did)
        return {ref: found.get(ref.id) or await self._missing(ref, session) for ref in dict.fromkeys(refs)}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        asked = [("q", words), ("sort", "latest"), ("limit", "100")]
        if since:
            asked.append(("since", since))
        session = await self._calls.session()
        found: dict[PostRef, PublicPost] = {}
        more: list[tuple[str, str]] = []
        for _ in range(SEARCH_PAGES if since else 1):
            body = good_body(await self._calls.ask("app.bsky.feed.searchPosts", [*asked, *more]), "search")
            found |= {post.ref: post for post in read_posts(body, me=session.did)}
            further = read_object(body, "search").get("cursor")
            if not isinstance(further, str) or not further:
                break
            more = [("cursor", further)]
        posts = sorted(found.values(), key=lambda post: post.at)
        newest = max((stamp(post.at) for post in posts), default=since or "")
        return Batch(tuple(Posted(self._posts.marked(post)) for post in posts), Cursor(newest))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: the author of what we answer is notified by the answer itself."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        """In graphemes; in bytes where those are what does not fit (some thousand-part emoji)."""
        length, size = graphemes(text.plain), len(text.plain.encode("utf-8", "surrogatepass"))
        if size > MOST_BYTES and length <= MOST_GRAPHEMES:
            return Fit(size, MOST_BYTES, Unit.BYTES, losses(text))
        return Fit(length, MOST_GRAPHEMES, Unit.GRAPHEMES, losses(text))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text)
        if not fit.fits:
            unit = "characters" if fit.unit is Unit.GRAPHEMES else "bytes"
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} {unit}, Bluesky allows {fit.limit}.")
        if not reply.text:
            return Refusal(Reason.INVALID, "The reply is empty.")
        if sentence := why_not(reply.pictures, PICTURES, where="Bluesky"):
            return Refusal(Reason.INVALID, sentence)
        try:
            place = await self._replies.place(reply.parent)
            if (refusal := refusal_of(place)) is not None:
                return refusal
            unknown = [handle for handle in mentioned(reply.text.plain) if await self._replies.resolve(handle) is None]
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        notes = [f"Nobody is @{handle}: it goes out as plain words." for handle in unknown]
        if place.post is not None and place.post.extra.get("signed_in_only") is True:
            notes.append(
                "The author shows their posts to people with an account only; the answer is seen by everybody."
            )
        return Ready(notes=tuple(notes))

    async def upload(self, picture: Picture) -> JSON:
        answer = await self._calls.upload(picture.data, picture.kind, limit=self._settings.call_limit)
        return read_blob(answer.body)

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One `putRecord` under a record key that follows from `key`; the server takes it once, whatever comes."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.call_limit.total_seconds()
        try:
            async with asyncio.timeout_at(loop.time() + self._settings.call_limit.total_seconds() / 2):
                session = await self._calls.session()
                uri = Uri(session.did, POSTS, reply_key(key, reply.parent))
                record = await self._replies.record(reply)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            detail = f"Bluesky cannot be reached ({type(error).__name__})."
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, detail) from error
        # Without `swapRecord: null` other words under this key would silently be overwritten.
        body = {"repo": uri.owner, "collection": uri.collection, "rkey": uri.key, "record": record, "swapRecord": None}
        try:
            answer = await self._calls.write(
                "com.atproto.repo.putRecord", body, limit=timedelta(seconds=max(0.001, end - loop.time()))
            )
        except Occupied:
            return await self._standing(reply, uri, session, end)
        return receipt_for(answer.body, uri, session, record)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            session = await self._calls.session()
            return await find(self._calls, reply, key, me=session.did, handle=session.handle)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        """Our own server says whether it is there, the AppView whether it is shown."""
        uri = post_of(receipt.ref)
        own = None if uri is None else await own_record(self._calls, uri)
        if own is None:
            return Visibility.REJECTED
        asked = [("uris", receipt.ref.id)]
        body = good_body(await self._calls.ask("app.bsky.feed.getPosts", asked), "getPosts")
        shown = read_posts(body, me=None)
        if not shown:
            late = self._clock() - own.at < SHOWN_WITHIN
            return Visibility.PENDING if late else Visibility.HIDDEN
        root = shown[0].root
        if root is None or (above := post_of(root)) is None:
            return Visibility.VISIBLE
        body = good_body(await self._calls.ask("app.bsky.feed.getPosts", [("uris", str(above))]), "getPosts")
        hidden = any(receipt.ref.id in read_hidden(view) for view in read_page(body, "posts")[0])
        return Visibility.HIDDEN if hidden else Visibility.VISIBLE

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, "Bluesky shows no sign of an edit: answer again instead.")

    async def retract(self, receipt: Receipt) -> None:
        uri = post_of(receipt.ref)
        try:
            session = await self._calls.session()
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"Bluesky cannot be reached: {error}") from error
        if uri is None or uri.owner != session.did:
            raise Refused(Reason.INVALID, "That is no reply of this account.")
        body = {"repo": uri.owner, "collection": uri.collection, "rkey": uri.key}
        await self._calls.write("com.atproto.repo.deleteRecord", body, limit=self._settings.call_limit)

    # Inside

    async def _ask_preferences(self) -> list[str]:
        """Whether the account's own settings keep from us what we should hear."""
        answer = await self._calls.ask("app.bsky.notification.getPreferences")
        quiet = read_quiet(answer.body) if answer.good else ()
        if not quiet:
            return []
        return [
            f"The account's notification settings leave out some people ({', '.join(quiet)}): they are not heard. "
            "Set them to everyone under Settings, Notifications."
        ]

    async def _missing(self, ref: PostRef, session: Session) -> Gone | Unavailable:
        """The AppView does not show it. Whether one of ours is deleted, our own server says."""
        uri = post_of(ref)
        if uri is not None and uri.owner == session.did and await own_record(self._calls, uri) is None:
            return Gone(ref)
        return Unavailable(ref, "deleted, or not visible to us any more")

    async def _thread_of(self, ref: PostRef) -> Sequence[PublicPost]:
        uri = post_of(ref)
        if uri is None:
            return ()
        session = await self._calls.session()
        asked = [("uri", str(uri)), ("depth", str(DEPTH)), ("parentHeight", str(DEPTH))]
        answer = await self._calls.ask("app.bsky.feed.getPostThread", asked)
        if error_name(answer.body) == "NotFound":
            return ()
        return read_thread(good_body(answer, "thread"), me=session.did)

    async def _standing(self, reply: Reply, uri: Uri, session: Session, end: float) -> Receipt:
        """What stands under our key already: this very reply is as good as posted; anything else is for a look."""
        try:
            async with asyncio.timeout_at(end):
                own = await own_record(self._calls, uri)
        except (AuthFailed, Unreachable, Throttled, Malformed, TimeoutError) as error:
            raise Lost("a reply stands under this key already, and cannot be read") from error
        described = [one.alt for one in reply.pictures]
        others = own is not None and [alt for _, alt in own.pictures] != described
        if own is None or own.words != reply.text.plain or own.parent != reply.parent.id or others:
            raise Lost("another reply stands under this key: was it used before?")
        return receipt_of(own, session.handle)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Bluesky` against the contract."""
    return Bluesky(settings)
