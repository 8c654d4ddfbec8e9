"""Hearing what is said to us on a server of the Mastodon kind: a stream, and polling under it.

The stream is fast and may lose anything; polling is slow and loses nothing. So the stream never moves the
polling cursor, polling goes on while the stream is open, and what both bring is told once (mostly: a batch may
repeat, it must not skip). Streams cannot be resumed: docs.joinmastodon.org/methods/streaming, 2026-07.
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
from itertools import islice

import aiohttp

from adapters.errors import AuthFailed, Malformed, Throttled, Unreachable
from adapters.http import Http, good_body
from adapters.mastodon_read import Notification, fingerprint, read_notification, read_status
from adapters.payload import read_id, read_list, read_object, read_time
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PostRef, PublicPost, Removed, Unavailable
from adapters.streams import News, failures_after, next_of, pause_after

log = logging.getLogger(__name__)

# What is worth hearing: `mention` covers replies and private mentions. entities/Notification, 2026-07.
KINDS: tuple[str, ...] = ("mention", "quote", "status", "quoted_update")
PAGE = 40  # servers differ in their maximum (80, 40, 30): nothing below counts on getting so many
OVERLAP = 20  # notifications read again at every poll, for what arrives below the newest seen
SEEN = 500  # posts remembered across a restart, so that they are not told twice
REMEMBERED = 20_000  # and while we run: in a storm a poll reads again what the stream brought since the one before
MOST_PAGES = 200  # in one poll; the next one goes on from there
STREAM_QUEUE = 1000
TOGETHER = 200  # of them at most are told in one batch
LONGEST_EVENT = 2**20


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, from the account's settings."""

    poll: timedelta  # without a stream
    poll_beside_stream: timedelta
    stream_idle: timedelta  # a stream without even a heartbeat for so long is dead
    look_back: timedelta  # at the very first start


class State:
    """What stands in the cursor: where polling is, and what was told. Bounded, JSON inside."""

    def __init__(self, *, start: datetime, window: Iterable[str] = (), seen: Iterable[tuple[str, str]] = ()) -> None:
        self.start = start  # older notifications are not news to us
        self.window = list(window)[-OVERLAP:]  # the last notifications that polling saw, oldest first
        self.seen: OrderedDict[str, str] = OrderedDict(seen)  # status id -> fingerprint

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
        window = [read_id(item, "cursor window") for item in read_list(entry.get("window"), "cursor window")]
        return cls(start=read_time(entry.get("start"), "cursor start"), window=window, seen=seen[-SEEN:])

    def cursor(self) -> Cursor:
        latest = list(islice(reversed(self.seen.items()), SEEN))[::-1]
        entry = {"start": self.start.isoformat(), "window": self.window, "seen": latest}
        return Cursor(json.dumps(entry, separators=(",", ":")))

    def polled(self, ids: Iterable[str]) -> None:
        self.window = list(dict.fromkeys([*self.window, *ids]))[-OVERLAP:]

    def news(self, post: PublicPost) -> Heard | None:
        """What there is to tell about a post; None if it was told before, just so."""
        key, now = post.ref.id, fingerprint(post)
        before = self.seen.pop(key, None)
        self.seen[key] = now
        while len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)
        if before == now:
            return None
        return Posted(post) if before is None else Edited(post)


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(
        self,
        *,
        http: Http,
        me: str,
        domain: str,
        rhythm: Rhythm,
        stream_url: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._me = me
        self._domain = domain
        self._rhythm = rhythm
        self._stream_url = stream_url
        self._clock = clock
        self._kinds = KINDS

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        state = State(start=self._clock() - self._rhythm.look_back) if since is None else State.read(since)
        queue: asyncio.Queue[News | Heard] = asyncio.Queue(STREAM_QUEUE)
        pump = asyncio.create_task(self._pump(queue)) if self._stream_url else None
        try:
            async for batch in self._listen(state, queue, pump):
                yield batch
        finally:
            if pump is not None:
                pump.cancel()
                with contextlib.suppress(asyncio.CancelledError, AuthFailed):
                    await pump

    async def _listen(
        self, state: State, queue: asyncio.Queue[News | Heard], pump: asyncio.Task[None] | None
    ) -> AsyncIterator[Batch]:
        streaming = False
        failures = 0
        while True:
            pause = self._rhythm.poll_beside_stream if streaming else self._rhythm.poll
            again = False
            try:
                async for batch in self._poll(state):
                    yield batch
                    # A poll may read for a minute: what the stream brings meanwhile does not wait for its end.
                    came, mark = self._come(state, queue)
                    if came is not None:
                        yield came
                    if mark is not None:
                        streaming, again = mark is News.CONNECTED, True
                failures = 0
                if again:
                    continue
            except Throttled as error:
                pause = max(timedelta(seconds=1), error.until - self._clock())
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = min(pause, pause_after(failures))
                log.warning("poll failed, again in %.1f s: %s", pause.total_seconds(), error)
            # Between two polls: whatever the stream brings.
            loop = asyncio.get_running_loop()
            until = loop.time() + pause.total_seconds()
            while (left := until - loop.time()) > 0:
                news = await next_of(queue, left)
                if news is None:
                    if pump is not None and pump.done():
                        pump.result()  # only `AuthFailed` ends it
                    break
                if isinstance(news, News):
                    streaming = news is News.CONNECTED
                    if failures == 0:
                        break  # poll at once: on connecting for the gap before, on losing for the gap after
                    continue
                came, mark = self._come(state, queue, news)
                if came is not None:
                    yield came
                if mark is not None:
                    streaming = mark is News.CONNECTED
                    if failures == 0:
                        break

    def _come(
        self, state: State, queue: asyncio.Queue[News | Heard], *first: Heard
    ) -> tuple[Batch | None, News | None]:
        """What the stream has brought by now, as one batch, and what became of the stream where that comes next: in a
        storm a transaction for each would be too slow."""
        came, mark = [*first], None
        while mark is None and len(came) < TOGETHER and not queue.empty():
            more = queue.get_nowait()
            if isinstance(more, News):
                mark = more
            else:
                came.append(more)
        heard = [one for one in (self._once(state, one) for one in came) if one is not None]
        return Batch(tuple(heard), state.cursor()) if heard else None, mark

    def _once(self, state: State, heard: Heard) -> Heard | None:
        match heard:
            case Posted(post):
                return state.news(post)
            case Edited(post):
                # Edits of whatever is in our home feed arrive: tell those of posts that concern us.
                return state.news(post) if post.ref.id in state.seen or post.ours else None
            case _:
                return heard

    # Polling

    async def _poll(self, state: State) -> AsyncIterator[Batch]:
        """One batch a page, oldest first, until there is no newer page."""
        if not state.window:
            async for batch in self._poll_first(state):
                yield batch
            return
        after = state.window[0]
        for _ in range(MOST_PAGES):
            page = await self._page(("min_id", after))
            if not page:
                return
            newest = page[-1].id
            heard = self._take(state, page)
            moved = newest != state.window[-1]
            state.polled(item.id for item in page)
            if heard or moved:
                yield Batch(heard, state.cursor())
            if newest == after:
                return  # a server that does not know `min_id` shows the newest page for ever
            after = newest

    async def _poll_first(self, state: State) -> AsyncIterator[Batch]:
        """Without a place to begin at: back from the newest to `start`, then told oldest first."""
        pages: list[Notification] = []
        before: tuple[str, str] | None = None
        for _ in range(MOST_PAGES):
            page = await self._page(*([before] if before else []))
            fresh = [item for item in page if item.at >= state.start and item.id not in {p.id for p in pages}]
            pages = fresh + pages
            if not page or len(fresh) < len(page):
                break
            before = ("max_id", page[0].id)
        heard = self._take(state, pages)
        state.polled(item.id for item in pages)
        if pages:
            yield Batch(heard, state.cursor())

    async def _page(self, *params: tuple[str, str]) -> list[Notification]:
        """A page of notifications, oldest first, filtered ones included."""
        asked = [("types[]", kind) for kind in self._kinds]
        asked += [("limit", str(PAGE)), ("include_filtered", "true"), *params]
        answer = await self._http.get("/api/v1/notifications", asked)
        if answer.status in (400, 422) and self._kinds != KINDS[:1]:
            self._kinds = KINDS[:1]  # a server that refuses kinds it does not know: every one knows `mention`
            return await self._page(*params)
        items = read_list(good_body(answer, "notifications"), "notifications")
        return [self._read(item) for item in reversed(items)]

    def _read(self, item: object) -> Notification:
        """One unreadable notification must not dam up those behind it: it is told as such, if it has ids."""
        try:
            return read_notification(item, me=self._me, domain=self._domain)
        except Malformed as error:
            entry = read_object(item, "notification")
            key = read_id(entry.get("id"), "notification id")
            log.error("notification %s cannot be read: %s", key, error)
            status = entry.get("status")
            ref = status.get("id") if isinstance(status, dict) else None
            return Notification(
                id=key,
                kind=KINDS[0],
                at=self._clock(),
                post=None,
                broken=PostRef(ref) if isinstance(ref, str) and ref else None,
            )

    def _take(self, state: State, page: Iterable[Notification]) -> tuple[Heard, ...]:
        told: list[Heard] = []
        for item in page:
            if item.broken is not None and item.broken.id not in state.seen:
                state.seen[item.broken.id] = "broken"
                told.append(Unavailable(item.broken, "we cannot read what the server sends for this post"))
            elif item.kind in KINDS and item.post is not None and (heard := state.news(item.post)):
                told.append(heard)
        return tuple(told)

    # Streaming

    async def _pump(self, queue: asyncio.Queue[News | Heard]) -> None:
        """Keeps a stream open and puts what it brings into the queue; while that is full, the server has to wait."""
        assert self._stream_url is not None
        failures = 0
        opened = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with self._http.stream(self._stream_url, idle=self._rhythm.stream_idle) as response:
                    opened = loop.time()
                    await queue.put(News.CONNECTED)
                    async for event, data in events(response.content):
                        heard = read_event(event, data, me=self._me, domain=self._domain)
                        if heard is not None:
                            await queue.put(heard)
                await queue.put(News.LOST)
            except Throttled as error:
                await asyncio.sleep(max(1.0, (error.until - self._clock()).total_seconds()))
                continue
            except (Unreachable, Malformed) as error:
                log.info("no stream, polling: %s", error)
                if opened:
                    await queue.put(News.LOST)
            failures = failures_after(failures, held=loop.time() - opened if opened else 0.0)
            opened = 0.0
            await asyncio.sleep(pause_after(failures).total_seconds())


async def events(content: aiohttp.StreamReader) -> AsyncIterator[tuple[str, str]]:
    """Server-sent events: name and data. Comments (`:thump`) are heartbeats and vanish.

    Where from: html.spec.whatwg.org, section 9.2.6. `Malformed` for an event longer than `LONGEST_EVENT`.
    """
    name, rest, size = "", b"", 0
    data: list[str] = []
    async for chunk in content.iter_any():
        rest += chunk
        *lines, rest = rest.replace(b"\r\n", b"\n").split(b"\n")
        size += len(chunk)
        for raw in lines:
            line = raw.decode("utf-8", "replace")
            if not line:
                if data:
                    yield name, "\n".join(data)
                name, data, size = "", [], len(rest)
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
        if size > LONGEST_EVENT:
            raise Malformed("stream", "events of a reasonable length")


def read_event(event: str, data: str, *, me: str | None, domain: str) -> Heard | None:
    """What an event of the user's stream says to us; None for what does not concern us. `Malformed` if broken.

    A `delete` carries a bare status id. An `update` is anything in our home feed: only our own posts count,
    since mentions come as notifications as well.
    """
    if event == "delete":
        return Removed(PostRef(read_id(data.strip().strip('"'), "delete event")))
    if event not in ("update", "status.update", "notification"):
        return None
    try:
        payload: object = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed(f"{event} event", "JSON") from None
    if event == "notification":
        notification = read_notification(payload, me=me, domain=domain)
        if notification.kind not in KINDS or notification.post is None:
            return None
        return Posted(notification.post)
    post = read_status(payload, me=me, domain=domain)
    if event == "status.update":
        return Edited(post)
    return Posted(post) if post.ours else None
