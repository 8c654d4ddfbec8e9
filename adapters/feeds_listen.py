"""Reading feeds: each at its own pace, only what has changed, from where it lives now. What was told is the cursor.

What leaves a feed only makes room for newer things; whether a post is gone is asked of its page, in `feeds`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.feeds_read import Feed, Item, Words, parse, read_feed
from adapters.fetching import Fetcher
from adapters.http import Clock
from adapters.payload import read_object, read_str
from adapters.posts import Batch, Cursor, Edited, Heard, Posted
from adapters.remembering import Told
from adapters.streams import pause_after

log = logging.getLogger(__name__)

ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"
PARSE_LIMIT = timedelta(seconds=20)
TOLD_AT_ONCE = 25
TRIED_SOON = 3  # failures; then a feed is asked for no more often than one that answers
AT_ONCE = 8  # feeds that are asked for at the same time
PAGES = 5000  # of items, that are remembered after they left their feed
# An item that appears with an older date was published late; one that is older still was forgotten by us.
LATE = timedelta(days=7)


@dataclass(slots=True)
class Source:
    """One feed: where it lives, what of it we have, and when it is asked for again."""

    named: str  # as the settings say
    address: str
    etag: str = ""
    modified: str = ""
    feed: Feed | None = None
    due: datetime | None = None
    asked: datetime | None = None
    failures: int = 0
    gone: bool = False
    problem: str = ""


@dataclass(slots=True)
class Sources:
    """All feeds of an account. Asking costs little where nothing has changed."""

    fetcher: Fetcher
    clock: Clock
    every: timedelta
    all: dict[str, Source] = field(default_factory=dict)
    pages: OrderedDict[str, str] = field(default_factory=OrderedDict)  # an item's id -> its page
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def known(self) -> dict[str, Item]:
        """Every item that was seen in a feed lately, by its id."""
        return {item.post.ref.id: item for one in self.all.values() if one.feed for item in one.feed.items}

    async def ask(self, source: Source) -> None:
        """Reads the feed as it is now into `source`. Raises as fetching does, and `Malformed`."""
        known = {"If-None-Match": source.etag, "If-Modified-Since": source.modified}
        page = await self.fetcher.get(
            source.address, accept=ACCEPT, headers={name: value for name, value in known.items() if value}
        )
        if page.moved is not None and page.status < 400:
            log.info("a feed has moved for good")
            source.address = page.moved
        if page.status == 410:
            source.gone = True
            raise Unreachable("the feed has ended (410)")
        if page.status == 304:
            return
        if page.status != 200:
            raise Unreachable(f"the feed answered {page.status}")
        async with asyncio.timeout(PARSE_LIMIT.total_seconds()):
            parsed = await asyncio.to_thread(parse, page.body, page.headers, page.address)
        feed = read_feed(parsed, address=page.address, now=self.clock())
        source.etag, source.modified = page.headers.get("etag", ""), page.headers.get("last-modified", "")
        source.feed = feed
        for item in feed.items:
            if item.post.url is not None:
                self.pages[item.post.ref.id] = item.post.url
                self.pages.move_to_end(item.post.ref.id)
        while len(self.pages) > PAGES:
            self.pages.popitem(last=False)

    async def look(self, source: Source) -> None:
        """`ask`, with what it means for when to ask again. Never raises: one feed keeps no other from being read."""
        now = self.clock()
        try:
            async with self.gate:
                await self.ask(source)
        except Throttled as error:
            source.due, source.problem = max(error.until, now + self.every), "asks us to wait"
            return
        except (Unreachable, Malformed, TimeoutError) as error:
            source.failures += 1
            soon = min(self.every, pause_after(source.failures)) if source.failures <= TRIED_SOON else self.every
            source.due = now + soon
            source.problem = str(error) or "took too long to read"
            log.warning("a feed cannot be read: %s", source.problem)
            return
        source.failures, source.problem = 0, ""
        pause = source.feed.pause if source.feed else timedelta(0)
        source.asked, source.due = now, now + max(self.every, pause)


@dataclass(slots=True)
class State:
    """What was told, and which feeds have moved."""

    told: Told
    moved: dict[str, str]

    @classmethod
    def read(cls, cursor: Cursor) -> State:
        try:
            value: object = json.loads(cursor)
        except (ValueError, RecursionError):
            raise Malformed("cursor", "JSON") from None
        entry = read_object(value, "cursor")
        moved = read_object(entry.get("moved"), "cursor moved")
        told = Told.read(Cursor(read_str(entry.get("told"), "cursor told")))
        return cls(told, {key: read_str(one, "cursor moved") for key, one in moved.items()})

    def cursor(self) -> Cursor:
        return Cursor(json.dumps({"told": self.told.cursor(), "moved": self.moved}, separators=(",", ":")))


class Listener:
    """Reads all feeds of an account, for ever."""

    def __init__(self, sources: Sources, words: Words, *, named: Sequence[str], look_back: timedelta) -> None:
        self._sources = sources
        self._words = words
        self._named = named
        self._look_back = look_back

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        clock = self._sources.clock
        state = State(Told(start=clock()), {}) if since is None else State.read(since)
        for name in self._named:
            source = self._sources.all[name]
            source.address = state.moved.get(name, source.address)
        yield Batch((), state.cursor())
        done: dict[str, Feed] = {}
        while True:
            for name in self._named:
                source = self._sources.all[name]
                if not source.gone and (source.due is None or source.due <= clock()):
                    await self._sources.look(source)
                if source.address != name:
                    state.moved[name] = source.address
                if source.feed is not None and source.feed is not done.get(name):  # whoever asked for it
                    feed = done[name] = source.feed
                    for heard in self._news(state.told, name, feed):
                        yield Batch(heard, state.cursor())
            await asyncio.sleep(self._pause(clock()))

    def _pause(self, now: datetime) -> float:
        """Until the next feed is due, and no longer than usual: somebody else may have asked for one meanwhile."""
        dues = [one.due for one in self._sources.all.values() if one.due is not None and not one.gone]
        wait = min(dues, default=now + self._sources.every) - now
        return max(0.01, min(wait, self._sources.every).total_seconds())

    def _news(self, told: Told, name: str, feed: Feed) -> Iterator[tuple[Heard, ...]]:
        """What is news in a feed, the oldest first, in batches; what was told is remembered with each."""
        first = name not in told.until
        newest = told.until.get(name, told.start - self._look_back)
        floor = newest if first else newest - LATE
        news: list[Heard] = []
        upwards = feed.items[::-1]  # feeds put the newest first; where two have one date, that order counts
        for item in sorted(upwards, key=lambda item: item.post.at):
            if (heard := self._one(told, item, floor=floor, first=first)) is not None:
                news.append(heard)
            if len(news) >= TOLD_AT_ONCE:
                yield tuple(news)
                news = []
        # Only now: a cursor from within begins this feed again where it was.
        told.until[name] = max([newest, *(item.post.at for item in feed.items)])
        yield tuple(news)

    def _one(self, told: Told, item: Item, *, floor: datetime, first: bool) -> Heard | None:
        id, now = item.post.ref.id, item.fingerprint
        before = told.seen.get(id)
        wanted = self._words.heard_in(item.post)
        if before == now or (before is None and (not wanted or item.post.at < floor or (first and not item.dated))):
            if before is None and not item.dated and wanted:
                told.tell(id, now)  # it cannot be told by its date: remembered, so that it is no news tomorrow
            return None
        told.tell(id, now)
        return Posted(item.post) if before is None else Edited(item.post)


def first_problems(sources: Mapping[str, Source]) -> tuple[str, ...]:
    """What an operator should know of each feed that cannot be read."""
    return tuple(f"{name} cannot be read: {one.problem}." for name, one in sources.items() if one.problem)
