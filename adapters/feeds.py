"""Feeds and webmentions: blogs and forums that speak of us. Heard only; people answer there, and settle with the link.

Settings and capabilities are in `feeds_settings`, feeds are read in `feeds_read` and followed in `feeds_listen`,
webmentions are in `feeds_mentions`; whatever is fetched, is fetched by `fetching`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import Reason, Refused, Throttled, Unreachable
from adapters.feeds_listen import Listener, Source, Sources, first_problems
from adapters.feeds_mentions import Mentions, read_ref
from adapters.feeds_read import ANSWER_THERE, Words
from adapters.feeds_settings import CAPABILITIES, Settings, listed
from adapters.fetching import Fetcher, networks
from adapters.http import Clock, utc_now
from adapters.keeping import Keeper
from adapters.markup import is_web_address
from adapters.posts import (
    Absent,
    AsHeard,
    Author,
    Batch,
    CannotTell,
    Cursor,
    Fit,
    Gone,
    Hook,
    HookAnswer,
    Limits,
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

WEBMENTION = "webmention"
FRESH = timedelta(minutes=1)  # at most so long a feed that was read is believed when a post is asked for
SIGN_OF_LIFE = timedelta(minutes=5)


class Feeds:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "feeds"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # there is nothing to keep
        self._settings = settings
        self._clock = clock
        self._fetcher = Fetcher(allow=networks(settings.inside), clock=clock)
        self._named = listed(settings.feeds)
        self._sources = Sources(
            self._fetcher, clock, settings.poll, {one: Source(named=one, address=one) for one in self._named}
        )
        sites = listed(settings.sites)
        self._mentions: Mentions | None = None
        if sites:
            self._mentions = Mentions(self._fetcher, sites=sites, a_minute=settings.mentions, clock=clock)
        self._notes: tuple[str, ...] = ()

    @property
    def can(self) -> Capabilities:
        return CAPABILITIES

    async def open(self) -> Author:
        """Reads each feed once; one that cannot be read is a note, and keeps no other from being heard."""
        if self._named and not any(one.feed for one in self._sources.all.values()):
            await asyncio.gather(*(self._sources.look(one) for one in self._sources.all.values()))
        self._notes = first_problems(self._sources.all)
        return Author(ref="us", handle=self._settings.called, name=self._settings.called)

    async def close(self) -> None:
        return None

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=10_000, unit=Unit.CODE_POINTS)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        if not self._named:
            while True:  # webmentions alone: they come by `hook`
                yield Batch((), since or Cursor("mentioned"))
                await asyncio.sleep(SIGN_OF_LIFE.total_seconds())
        since = None if since == "mentioned" else since
        listener = Listener(
            self._sources,
            Words(listed(self._settings.words)),
            named=self._named,
            look_back=self._settings.look_back,
        )
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        if self._mentions is None or request.path != WEBMENTION:
            return HookAnswer(status=404, body=b"unknown path")
        if request.method != "POST":
            return HookAnswer(status=405, body=b"POST only")
        return await self._mentions.told(request.body)

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        return ()  # a feed has no threads

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable | AsHeard]:
        wanted = list(dict.fromkeys(refs))
        if any(read_ref(ref) is None for ref in wanted):
            await asyncio.gather(*(self._sources.look(one) for one in self._sources.all.values() if self._stale(one)))
        known = self._sources.known()
        found: dict[PostRef, PublicPost | Gone | Unavailable | AsHeard] = {}
        for ref in wanted:
            found[ref] = known[ref.id].post if ref.id in known else await self._outside(ref)
        return found

    async def search(self, words: str, since: Cursor | None) -> Batch:
        return Batch((), since or Cursor(""))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        return Fit(len(text.plain), self.limits().length, Unit.CODE_POINTS)

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        return Refusal(Reason.UNSUPPORTED, ANSWER_THERE)

    async def publish(self, reply: Reply, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, ANSWER_THERE)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        return CannotTell("nothing is posted there by us")

    async def look(self, receipt: Receipt) -> Visibility:
        raise Unreachable("nothing is posted there by us")

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, ANSWER_THERE)

    async def retract(self, receipt: Receipt) -> None:
        raise Refused(Reason.UNSUPPORTED, ANSWER_THERE)

    # Inside

    def _stale(self, source: Source) -> bool:
        now = self._clock()
        if source.gone or (source.failures and source.due is not None and source.due > now):
            return False
        return source.asked is None or now - source.asked >= min(FRESH, self._settings.poll / 10)

    async def _outside(self, ref: PostRef) -> PublicPost | Gone | Unavailable | AsHeard:
        """What is in no feed any more: its page says whether it is gone. One that cannot be asked stays as heard."""
        mention = read_ref(ref)
        try:
            if mention is not None:
                return await self._mentions.now(mention) if self._mentions else AsHeard(ref)
            page = self._sources.pages.get(ref.id) or ref.id
            if not is_web_address(page):
                return AsHeard(ref)
            answer = await self._fetcher.get(page)
        except (Unreachable, Throttled) as error:
            log.info("a page cannot be asked: %s", error)
            return AsHeard(ref)
        return Gone(ref) if answer.status in (404, 410) else AsHeard(ref)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Feeds` against the contract."""
    return Feeds(settings)
