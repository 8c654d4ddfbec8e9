"""Hearing what is said to us on Bluesky: asking for notifications, and a Jetstream beside it.

The list of notifications is sorted by the time that posts claim, and gives no place to go on from: a post that is
dated back lands far below the newest. So each time it is read back over an overlap, now and then much further, and
what was told is remembered. The stream brings edits and deletions of what we heard, and our own posts; it never
moves the place of asking. A batch may repeat, it must not skip.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.bluesky_calls import Calls
from adapters.bluesky_jetstream import Change, Event, Watch, subscribe
from adapters.bluesky_posts import BATCH, Posts
from adapters.bluesky_read import Notification, came_at, cid_of, read_notification, read_page, read_place_in_list
from adapters.bluesky_refs import parse, stamp
from adapters.errors import Malformed, Throttled, Unreachable
from adapters.http import good_body
from adapters.payload import read_id, read_int, read_list, read_object, read_time
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PostRef, PublicPost, Removed, Unavailable
from adapters.streams import News, failures_after, next_of, pause_after

log = logging.getLogger(__name__)

REASONS: tuple[str, ...] = ("mention", "reply", "quote")  # lexicons/app/bsky/notification/listNotifications.json
PAGE = 100  # the same
MOST_PAGES = 2000  # a guard against a list without an end
SEEN = 500  # posts that the cursor remembers; the process itself remembers more
SEEN_HERE = 20_000
STREAM_QUEUE = 1000
SOON = timedelta(seconds=1)  # so long after an event the AppView mostly has it too; a choice of ours
TRIES = 10  # so often the AppView is asked for what the stream says is there
GONE = "gone"
BROKEN = "broken "  # before the hash of a version that cannot be read


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how far, from the account's settings."""

    poll: timedelta
    overlap: timedelta
    sweep_every: timedelta
    sweep_back: timedelta
    stream_idle: timedelta
    look_back: timedelta  # at the very first start


class State:
    """What stands in the cursor: how far was read, and what was told. Bounded, JSON inside."""

    def __init__(
        self, *, start: datetime, until: datetime, seen: Iterable[tuple[str, str]] = (), stream: int | None = None
    ) -> None:
        self.start = start  # what came before is no news to us
        self.until = until  # the newest place in the list that was told
        self.stream = stream  # the time of the stream's last event
        self.seen: OrderedDict[str, str] = OrderedDict(seen)  # address -> content hash

    @classmethod
    def read(cls, cursor: Cursor) -> State:
        """The state in a cursor of ours; `Malformed` for anything else."""
        try:
            value: object = json.loads(cursor)
        except (ValueError, RecursionError):
            raise Malformed("cursor", "JSON") from None
        entry = read_object(value, "cursor")
        seen: list[tuple[str, str]] = []
        for pair in read_list(entry.get("seen"), "cursor seen"):
            both = read_list(pair, "cursor seen")
            if len(both) != 2:
                raise Malformed("cursor seen", "pairs")
            seen.append((read_id(both[0], "cursor seen"), read_id(both[1], "cursor seen")))
        stream = entry.get("stream")
        return cls(
            start=read_time(entry.get("start"), "cursor start"),
            until=read_time(entry.get("until"), "cursor until"),
            seen=seen[-SEEN:],
            stream=None if stream is None else read_int(stream, "cursor stream"),
        )

    def cursor(self) -> Cursor:
        entry = {
            "start": self.start.isoformat(),
            "until": self.until.isoformat(),
            "stream": self.stream,
            "seen": list(self.seen.items())[-SEEN:],
        }
        return Cursor(json.dumps(entry, separators=(",", ":")))

    def told(self, uri: str, cid: str) -> str | None:
        """Remember that this version was told; what was told of it before."""
        before = self.seen.pop(uri, None)
        self.seen[uri] = before if before == GONE else cid
        while len(self.seen) > SEEN_HERE:
            self.seen.popitem(last=False)
        return before

    def forget(self, uri: str) -> None:
        """It was deleted: a list that lags behind does not bring it back."""
        self.told(uri, GONE)
        self.seen[uri] = GONE

    def news(self, post: PublicPost) -> Heard | None:
        """What there is to tell about a post; None if it was told before, just so, or was deleted since."""
        now = cid_of(post)
        before = self.told(post.ref.id, now)
        if before in (now, GONE):
            return None
        return Posted(post) if before is None or before.startswith(BROKEN) else Edited(post)


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(
        self,
        *,
        calls: Calls,
        posts: Posts,
        watch: Watch,
        me: str,
        rhythm: Rhythm,
        stream_url: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._calls = calls
        self._posts = posts
        self._watch = watch
        self._me = me
        self._rhythm = rhythm
        self._stream_url = stream_url
        self._clock = clock
        self._pending: dict[str, tuple[str | None, int]] = {}  # address -> hash that the stream named, tries

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        start = self._clock() - self._rhythm.look_back
        state = State(start=start, until=start) if since is None else State.read(since)
        for uri, cid in state.seen.items():
            self._posts.recall(uri, cid)
        self._watch.add(state.seen)
        queue: asyncio.Queue[News | Event] = asyncio.Queue(STREAM_QUEUE)
        pump = asyncio.create_task(self._pump(state, queue)) if self._stream_url else None
        try:
            async for batch in self._listen(state, queue, pump):
                yield batch
        finally:
            if pump is not None:
                pump.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await pump

    async def _listen(
        self, state: State, queue: asyncio.Queue[News | Event], pump: asyncio.Task[None] | None
    ) -> AsyncIterator[Batch]:
        loop = asyncio.get_running_loop()
        failures = 0
        swept = loop.time() - self._rhythm.sweep_every.total_seconds()
        while True:
            pause = self._rhythm.poll
            try:
                sweeping = loop.time() - swept >= self._rhythm.sweep_every.total_seconds()
                async for batch in self._poll(state, self._rhythm.sweep_back if sweeping else self._rhythm.overlap):
                    yield batch
                swept = loop.time() if sweeping else swept
                if (batch_or_none := await self._look_again(state)) is not None:
                    yield batch_or_none
                if self._pending:
                    pause = min(pause, SOON * (1 + min(tries for _, tries in self._pending.values())))
                failures = 0
            except Throttled as error:
                pause = max(timedelta(seconds=1), error.until - self._clock())
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = min(pause, pause_after(failures))
                log.warning("poll failed, again in %.1f s: %s", pause.total_seconds(), error)
            # Between two polls: whatever the stream brings.
            until = loop.time() + pause.total_seconds()
            while (left := until - loop.time()) > 0:
                news = await next_of(queue, left)
                if news is None:
                    if pump is not None and pump.done():
                        pump.result()
                    break
                if isinstance(news, News):
                    if failures == 0:
                        break  # poll at once, for the gap before or after
                    continue
                heard, soon = self._take(state, news)
                if heard:
                    yield Batch(heard, state.cursor())
                if soon and failures == 0:
                    until = min(until, loop.time() + SOON.total_seconds())

    # Asking

    async def _poll(self, state: State, back: timedelta) -> AsyncIterator[Batch]:
        """What is new, oldest first, in batches; read back until `back` before the newest that was told."""
        found = await self._list(state.until - back)
        fresh = [one for one in found if state.seen.get(one.uri) not in (one.cid, BROKEN + one.cid, GONE)]
        for at in range(0, len(fresh), BATCH):
            some = fresh[at : at + BATCH]
            heard = await self._read(state, some)
            state.until = max(state.until, some[-1].at)
            self._watch.add(one.uri for one in some)
            if heard:
                yield Batch(heard, state.cursor())
        if found:
            state.until = max(state.until, found[-1].at)

    async def _list(self, floor: datetime) -> list[Notification]:
        """The notifications down to `floor`, oldest first. Pages may be short, and even empty, before the end."""
        found: list[Notification] = []
        cursor: str | None = None
        stepped: str | None = None
        for _ in range(MOST_PAGES):
            asked = [("reasons", reason) for reason in REASONS] + [("limit", str(PAGE))]
            answer = await self._calls.ask(
                "app.bsky.notification.listNotifications", asked + ([("cursor", cursor)] if cursor else [])
            )
            items, cursor = read_page(good_body(answer, "notifications"), "notifications")
            page = [one for item in items if (one := self._readable(item, floor)) is not None]
            found += page
            reached = read_place_in_list(cursor) if cursor else None
            if cursor is None or (page and page[-1].at < floor) or (reached is not None and reached < floor):
                break
            if reached is not None and cursor != stepped:
                # The place is a time, and what has just that time would be left out: begin one step before it. Where
                # that brings the same place again, a whole page has one time, and the server's own place has to do.
                stepped, cursor = cursor, stamp(reached + timedelta(milliseconds=1))
        found.reverse()  # the list has the newest first; those of one moment stay in its order
        return list({one.uri: one for one in sorted(found, key=lambda one: one.at)}.values())

    def _readable(self, item: object, floor: datetime) -> Notification | None:
        """One unreadable notification must not dam up those behind it: it is told as such, if it has an address."""
        try:
            one = read_notification(item, me=self._me)
        except Malformed as error:
            entry = read_object(item, "notification")
            uri = parse(str(entry.get("uri")))
            log.error("notification %s cannot be read: %s", uri, error)
            if uri is None:
                return None
            return Notification(str(uri), "", REASONS[0], floor, None)
        return one if one.reason in REASONS else None

    async def _read(self, state: State, some: list[Notification]) -> tuple[Heard, ...]:
        """The posts of these notifications, whole; as the notification has it where the AppView shows none.

        What came before we began to listen is no news.
        """
        whole = await self._posts.get([one.uri for one in some], me=self._me, followers=True)
        told: list[Heard] = []
        for one in some:
            post = whole.get(one.uri) or (None if one.post is None else self._posts.marked(one.post))
            if post is None:
                state.told(one.uri, BROKEN + one.cid)
                told.append(Unavailable(PostRef(one.uri), "we cannot read what the server sends for this post"))
            elif one.uri not in state.seen and came_at(post) < state.start:
                state.told(one.uri, cid_of(post))
            elif (heard := state.news(post)) is not None:
                told.append(heard)
        return tuple(told)

    # Streaming

    def _take(self, state: State, event: Event) -> tuple[tuple[Heard, ...], bool]:
        """What an event says by itself, and whether to ask at once for what it only points at."""
        state.stream = max(state.stream or 0, event.at)
        if event.uri is None:
            uris = self._watch.of(event.did)
            if event.change is Change.LEFT:
                return tuple(Removed(PostRef(uri)) for uri in uris), False
            return tuple(Unavailable(PostRef(uri), f"the account is {event.why}") for uri in uris), False
        ours = event.did == self._me
        if event.change is Change.DELETED:
            if not ours and event.uri not in self._watch:
                return (), False
            state.forget(event.uri)
            self._pending.pop(event.uri, None)
            return (Removed(PostRef(event.uri)),), False
        if event.change is Change.CREATED and not ours:
            return (), True  # somebody who wrote to us writes again: perhaps to us
        if not ours and event.uri not in self._watch:
            return (), False
        self._pending[event.uri] = (event.cid, 0)
        return (), True

    async def _look_again(self, state: State) -> Batch | None:
        """Ask for what the stream pointed at, until the AppView has it too."""
        if not self._pending:
            return None
        shown = await self._posts.get(list(self._pending), me=self._me, followers=True)
        told: list[Heard] = []
        for uri, (cid, tries) in list(self._pending.items()):
            post = shown.get(uri)
            if post is None or (cid is not None and cid_of(post) != cid):
                self._pending[uri] = (cid, tries + 1)
                if tries + 1 >= TRIES:
                    del self._pending[uri]
                continue
            del self._pending[uri]
            if (heard := state.news(post)) is not None:
                told.append(heard)
        return Batch(tuple(told), state.cursor()) if told else None

    async def _pump(self, state: State, queue: asyncio.Queue[News | Event]) -> None:
        """Keeps a stream open and puts what it brings into the queue; while that is full, the server has to wait."""
        assert self._stream_url is not None
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            opened = 0.0
            stream = subscribe(self._stream_url, watch=self._watch, since=state.stream, idle=self._rhythm.stream_idle)
            try:
                async with contextlib.aclosing(stream) as events:
                    async for event in events:
                        if event is None:
                            opened = loop.time()
                        await queue.put(News.CONNECTED if event is None else event)
            except Unreachable as error:
                log.info("no Jetstream, asking alone: %s", error)
                if opened:
                    await queue.put(News.LOST)
            failures = failures_after(failures, held=loop.time() - opened if opened else 0.0)
            await asyncio.sleep(pause_after(failures).total_seconds())
