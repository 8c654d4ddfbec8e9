"""Threads: who we are there, answering, hiding and taking back.

Settings and capabilities are in `threads_settings`, connecting in `threads_connect`; what Threads says is read in
`threads_read` and asked for in `threads_ask`; hearing is in `threads_listen`, publishing in `threads_publish` and
`threads_containers`, the Graph API in `graph`. Where from: developers.facebook.com/documentation/threads (2025-12 to
2026-07), the Postman collection of fbsamples/threads_api (2026-01), and what others have met.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.graph import Graph, NotOffered, NotPermitted, NotThere
from adapters.http import WAIT_WITHOUT_HEADER, Clock, utc_now
from adapters.keeping import Forgetful, Keeper
from adapters.measure import threads_length
from adapters.oauth import Access, Grant
from adapters.polling import Rhythm
from adapters.posts import (
    Absent,
    Author,
    Batch,
    CannotTell,
    Cursor,
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
from adapters.text import Mark, Text
from adapters.threads_ask import MENTIONS, Ask, conversation_of, order
from adapters.threads_connect import grant_for
from adapters.threads_containers import Containers
from adapters.threads_listen import Listener
from adapters.threads_publish import Publisher, receipt_of
from adapters.threads_quota import Room
from adapters.threads_read import Event, Thread, read_call
from adapters.threads_settings import CAPABILITIES, Settings
from adapters.webhooks import hub_challenge, signed

log = logging.getLogger(__name__)

MOST_CHARACTERS = 500  # documentation/threads/posts, 2026-04
MOST_LINKS = 5  # documentation/threads/create-posts, since 2025-12-22: more is an error
LOOKED_THROUGH = timedelta(days=7)  # so far back mentions are read for a post that is not shown by its id
HOOK_LIMIT = timedelta(seconds=6)
AT_ONCE = 4

_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
}


class Threads:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "threads"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._keeper = keeper or Forgetful()
        grant = grant_for(settings) if settings.app_id and settings.app_secret else None
        self._access = Access(grant, self._keeper, clock=clock, given=settings.token)
        self._graph = Graph(settings.server, version=settings.version, token=self._token, clock=clock)
        self._ask = Ask(self._graph, clock=clock)
        containers = Containers(self._keeper, clock=clock)
        self._publisher = Publisher(self._graph, self._ask, containers, settings, clock=clock)
        self._room = Room(self._ask, self._keeper, limit=settings.call_limit, clock=clock)
        self._notes: tuple[str, ...] = ()

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How somebody connects the account in the browser; None where its token is set."""
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
        try:
            me = await self._ask.who_we_are()
        except (NotPermitted, NotThere) as error:
            raise AuthFailed("The app may not see who this account is: connect it again.") from error
        notes = []
        if not (self._settings.app_secret and self._settings.verify_token):
            notes.append("Without app_secret and verify_token there are no webhooks: set sweep_every short.")
        self._ask.me, self._notes = me, tuple(notes)
        return me

    async def close(self) -> None:
        await self._access.close()
        await self._graph.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=MOST_CHARACTERS, unit=Unit.WEIGHTED)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._settings
        while self._ask.me is None:
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
        listener = Listener(ask=self._ask, rhythm=rhythm, clock=self._clock, slowness=lambda: self._graph.slowness)
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        """Meta's check of our address, and its calls. `AuthFailed`: not signed with our app's secret."""
        if request.method == "GET":
            challenge = hub_challenge(request.query, self._settings.verify_token)
            if challenge is None:
                return HookAnswer(status=403, body=b"not our verify token")
            return HookAnswer(status=200, body=challenge.encode())
        if request.method != "POST":
            return HookAnswer(status=405, allow="GET, POST")
        given = request.headers.get("x-hub-signature-256")
        if not signed(self._settings.app_secret.encode(), request.body, given, prefix="sha256="):
            raise AuthFailed("The call is not signed with the app's secret.")
        try:
            body: object = json.loads(request.body)
        except (ValueError, RecursionError):
            raise Malformed("call", "JSON") from None
        try:
            async with asyncio.timeout(HOOK_LIMIT.total_seconds()):
                me = await self._opened()
                events, passed = read_call(body, me=me.ref)
                if passed:
                    log.info("passed over: %s", ", ".join(sorted(set(passed))))
                return HookAnswer(status=200, heard=await self._heard(events, me))
        except AuthFailed as error:  # ours at Meta, not theirs here: they call again when the account works
            raise Unreachable(f"the account is not usable now: {error.sentence}") from error
        except TimeoutError as error:
            raise Unreachable("Threads did not say in time what a call leaves out") from error

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        await self._opened()
        asked = await self._one(ref)
        if asked is None:
            return ()
        found = await self._ask.thread(asked)
        top = asked.root or min(found.values(), key=lambda one: order(one.post)).id
        under_ours = await self._ask.is_ours(top)
        return conversation_of(await self._ask.whole(found.values()), ref, top=top, under_ours=under_ours)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        if not refs:
            return {}
        await self._opened()
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(ref: PostRef) -> tuple[PostRef, Thread | None]:
            async with gate:
                return ref, await self._shown(ref)

        threads = dict(await asyncio.gather(*(ask(ref) for ref in dict.fromkeys(refs))))
        missing = [ref for ref, thread in threads.items() if thread is None]
        if missing:
            threads |= await self._among_mentions(missing)
        posts = await self._ask.whole(thread for thread in threads.values() if thread is not None)
        why = "deleted, or not visible to us any more"
        return {ref: posts[ref.id] if threads[ref] is not None else Unavailable(ref, why) for ref in threads}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        await self._opened()
        after = datetime.fromisoformat(since) if since else None
        asked = [("q", words), ("search_type", "RECENT")]
        found: dict[str, Thread] = {}
        async for threads, _ in self._ask.pages("/keyword_search", since=after, params=asked):
            found |= {thread.id: thread for thread in threads}
            if after is None:
                break  # the newest; all there ever was is nobody's news
        posts = sorted((await self._ask.whole(found.values())).values(), key=order)
        newest = max((post.at for post in posts), default=after)
        return Batch(tuple(Posted(post) for post in posts), Cursor(newest.isoformat() if newest else ""))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: the author of what we answer is told by the answer itself."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        """In characters, but emoji in the bytes that they take."""
        marks = text.marks()
        lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
        if any(s.mark is Mark.LINK and s.target and s.words not in ("", s.target) for s in text.spans):
            lost.append("labels of links stand beside their addresses")
        return Fit(threads_length(text.plain), MOST_CHARACTERS, Unit.WEIGHTED, tuple(lost))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text)
        if not fit.fits:
            said = f"The reply has {fit.length} characters as Threads counts them, {fit.limit} are allowed."
            return Refusal(Reason.TOO_LONG, said)
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        if (links := count_links(reply.text.plain)) > MOST_LINKS:
            return Refusal(Reason.INVALID, f"The reply has {links} links, Threads takes {MOST_LINKS}.")
        try:
            me = await self._opened()
            parent = await self._one(reply.parent)
            if parent is None:
                return Refusal(Reason.GONE, "The post is deleted, or not visible to us any more.")
            notes = _notes_of(parent, me)
            quota = (await self._ask.quotas()).replies
        except NotPermitted:
            quota = None
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        if quota is not None and quota.left == 0:
            notes.append(f"All {quota.total} replies of 24 hours are used up: the reply will wait.")
        elif quota is not None and quota.left <= quota.total // 10:
            notes.append(f"Threads takes {quota.left} more replies from this account in these 24 hours.")
        return Ready(notes=tuple(notes))

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """Two calls, each sent once: what can be repeated is made and kept first, and is published at most once."""
        end = asyncio.get_running_loop().time() + self._settings.call_limit.total_seconds()
        await self._room.for_a_reply()
        media = await self._publisher.publish(reply, key, end=end)
        bare = Receipt(ref=PostRef(media), url=None, at=self._clock(), text=None)
        try:
            async with asyncio.timeout_at(end):
                thread = await self._ask.one(media)
        except (AuthFailed, Unreachable, Throttled, Malformed, TimeoutError) as error:
            log.info("it stands there; its address is not known yet: %s", type(error).__name__)
            return bare
        return bare if thread is None else receipt_of(thread)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            await self._opened()
            return await self._publisher.find(reply, key)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        thread = await self._ask.one(receipt.ref.id)
        if thread is None:
            return Visibility.REJECTED
        return Visibility.HIDDEN if thread.hidden else Visibility.VISIBLE

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, "Threads has no edits for programs: answer again, or take the reply back.")

    async def retract(self, receipt: Receipt) -> None:
        """Deletes it. Only so many a day: `Throttled` when they are used up."""
        await self._room.for_a_deletion()
        try:
            await self._change("DELETE", f"/{receipt.ref.id}")
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise
            return
        await self._room.deleted()

    async def hide(self, ref: PostRef, *, hidden: bool = True) -> None:
        """Hides an answer right under a post of ours, with all beneath it, from all but its author; or shows it."""
        await self._change("POST", f"/{ref.id}/manage_reply", {"hide": hidden})

    # Inside

    async def _change(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        """One call that changes what stands there. `Refused`, `Throttled` and `Lost` by certainty."""
        try:
            await self._graph.write(method, path, body, limit=self._settings.call_limit)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:  # no token: nothing was sent
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"We have no token: {error}") from error

    async def _token(self) -> str:
        return (await self._access.current()).access

    async def _opened(self) -> Author:
        return self._ask.me or await self.open()

    async def _shown(self, ref: PostRef) -> Thread | None:
        return await self._ask.one(ref.id) if re.fullmatch(r"[\w-]{1,100}", ref.id) else None

    async def _one(self, ref: PostRef) -> Thread | None:
        return await self._shown(ref) or (await self._among_mentions([ref]))[ref]

    async def _among_mentions(self, refs: Sequence[PostRef]) -> dict[PostRef, Thread | None]:
        """Posts that are not shown by their ids, where they stand in the list of those who mention us."""
        found: dict[PostRef, Thread | None] = dict.fromkeys(refs)
        try:
            for thread in await self._ask.listed(MENTIONS, since=self._clock() - LOOKED_THROUGH):
                if thread.post.ref in found:
                    found[thread.post.ref] = thread
        except (NotPermitted, NotOffered, NotThere):
            pass
        return found

    async def _heard(self, events: Sequence[Event], me: Author) -> tuple[Heard, ...]:
        threads = [event.thread for event in events if event.thread is not None and await self._for_us(event, me)]
        posts = await self._ask.whole(threads)
        heard: list[Heard] = [Posted(posts[thread.id]) for thread in threads]
        return (*heard, *(Removed(PostRef(event.gone)) for event in events if event.gone is not None))

    async def _for_us(self, event: Event, me: Author) -> bool:
        """An app has one address for all its accounts. What cannot be told is taken: nothing gets lost."""
        thread = event.thread
        if thread is None or (event.kind == "publish" and (not thread.post.ours or thread.post.parent is None)):
            return False
        named = re.search(rf"(?<![\w.@/])@{re.escape(me.handle)}(?![\w])", thread.post.text.plain, re.I)
        if thread.post.ours or named is not None or thread.root_author == me.ref:
            return True
        if event.kind == "mentions":
            return not thread.post.text.plain
        if thread.root_author is None or thread.post.parent is None:
            return thread.root_author is None
        above = await self._ask.one(thread.post.parent.id)
        return above is None or above.post.ours


def count_links(words: str) -> int:
    """How many different addresses Threads finds in these words; those without a protocol count as well."""
    found = re.findall(r"(?:https?://|www\.)[^\s<>\"]+", words, re.I)
    return len({address.rstrip(".,;:!?)'") for address in found})


def _notes_of(parent: Thread, me: Author) -> list[str]:
    """What a person should know before drafting: whom the author lets answer."""
    if parent.audience in ("", "EVERYONE") or parent.post.ours:
        return []
    if parent.audience == "MENTIONED_ONLY" and f"@{me.ref}" in parent.post.text.plain.lower():
        return []
    return ["The author lets only some people answer; Threads may refuse the reply."]


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Threads` against the contract."""
    return Threads(settings)
