"""Hearing what is said under our channel's videos: by asking, since YouTube calls nobody about comments.

The newest threads come first, but an answer to an old thread does not bring it up: so the numbers of answers are
compared, older threads are looked at by themselves, ever more rarely while they are quiet, and now and then all is
read much further back. What was told is remembered. A batch may repeat, it must not skip.

The day's quota decides how often. When it runs short listening slows down, at the reserve for replies it stops, says
so, and goes on when the next day begins.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.http import Clock
from adapters.payload import read_id, read_int, read_list, read_object, read_str_or_none, read_time
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PostRef, PublicPost, Unavailable
from adapters.streams import pause_after
from adapters.youtube_posts import IDS, MOST_PAGES, UNSEEN, Comments
from adapters.youtube_quota import For, Ledger, Spare, clock_time
from adapters.youtube_read import Thread, version_of

log = logging.getLogger(__name__)

TELL = 25  # posts in one batch
SEEN = 600  # posts that the cursor remembers; the process itself remembers more
WATCHED = 300  # threads that it remembers; a sweep finds what is new in the others
REMEMBERED = 20_000
HEARTBEAT = timedelta(minutes=4)  # a batch without news: the line is alive, and how far we are is stored
# A thread is looked at again after so small a part of the time for which nobody has said anything there. With 100
# threads a day, watched for 60 days, 50 in a call, that is some 600 units a day.
QUIET_FOR = 50
RARELY = timedelta(hours=6)  # but at least so often
FORGOTTEN = timedelta(days=60)
BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how far, from the account's settings."""

    poll: timedelta
    overlap: timedelta
    sweep_every: timedelta
    sweep_back: timedelta
    watch_every: timedelta
    held_every: timedelta | None  # None: what YouTube holds is not asked for
    look_back: timedelta  # at the very first start


@dataclass(slots=True)
class Watched:
    """A thread that was told of: how many answers it had, when somebody spoke there, when we looked."""

    total: int
    video: str | None
    spoken: datetime
    looked: datetime

    def due_at(self, often: timedelta) -> datetime:
        return self.looked + min(RARELY, max(often, (self.looked - self.spoken) / QUIET_FOR))


class State:
    """What stands in the cursor: how far was read, what was told, which threads are watched. Bounded, JSON inside."""

    def __init__(self, *, start: datetime, until: datetime) -> None:
        self.start = start  # what was said before is no news to us
        self.until = until  # the newest thread that was told
        self.seen: OrderedDict[str, str] = OrderedDict()  # comment -> what it said, as a hash
        self.threads: OrderedDict[str, Watched] = OrderedDict()

    @classmethod
    def read(cls, cursor: Cursor) -> State:
        """The state in a cursor of ours; `Malformed` for anything else."""
        try:
            value: object = json.loads(cursor)
        except (ValueError, RecursionError):
            raise Malformed("cursor", "JSON") from None
        entry = read_object(value, "cursor")
        state = cls(start=read_time(entry.get("start"), "start"), until=read_time(entry.get("until"), "until"))
        for id, version in _rows(entry.get("seen"), 2):
            state.seen[read_id(id, "cursor seen")] = read_id(version, "cursor seen")
        for id, total, video, spoken, looked in _rows(entry.get("threads"), 5):
            state.threads[read_id(id, "cursor thread")] = Watched(
                total=read_int(total, "cursor total"),
                video=read_str_or_none(video, "cursor video"),
                spoken=_moment(spoken),
                looked=_moment(looked),
            )
        return state

    def cursor(self) -> Cursor:
        kept = sorted(self.threads.items(), key=lambda pair: pair[1].spoken)[-WATCHED:]
        entry = {
            "start": self.start.isoformat(),
            "until": self.until.isoformat(),
            "seen": list(self.seen.items())[-SEEN:],
            "threads": [
                [id, one.total, one.video, int(one.spoken.timestamp()), int(one.looked.timestamp())] for id, one in kept
            ],
        }
        return Cursor(json.dumps(entry, separators=(",", ":")))

    def is_news(self, post: PublicPost) -> bool:
        return self.seen.get(post.ref.id) != version_of(post)

    def told(self, id: str, version: str) -> str | None:
        """Remember that this version was told; what was told of it before."""
        before = self.seen.pop(id, None)
        self.seen[id] = version
        while len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)
        return before

    def news(self, post: PublicPost) -> Heard | None:
        """What there is to tell about a post; None if it was told before, just so, or came before we began."""
        version = version_of(post)
        before = self.told(post.ref.id, version)
        if before == version or (before is None and post.at < self.start):
            return None
        return Posted(post) if before in (None, BROKEN) else Edited(post)

    def looked(self, thread: Thread, spoken: datetime, now: datetime) -> None:
        before = self.threads.pop(thread.id, None)
        spoken = spoken if before is None else max(spoken, before.spoken)
        self.threads[thread.id] = Watched(thread.total, thread.video, spoken, now)
        while len(self.threads) > REMEMBERED:
            self.threads.popitem(last=False)


class Listener:
    """One channel's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, *, comments: Comments, ledger: Ledger, rhythm: Rhythm, clock: Clock) -> None:
        self._comments = comments
        self._ledger = ledger
        self._rhythm = rhythm
        self._clock = clock
        self._swept = self._watched = self._held = datetime.min.replace(tzinfo=UTC)
        self._slow = self._stopped = False
        self._told_at = 0.0

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        start = (self._clock() - self._rhythm.look_back).replace(microsecond=0)  # YouTube's times have whole seconds
        state = State(start=start, until=start) if since is None else State.read(since)
        for id, one in state.threads.items():
            self._comments.remember(id, one.video)
        loop = asyncio.get_running_loop()
        self._told_at = loop.time()
        failures, usual = 0, 1.0
        while True:
            before = self._ledger.listened
            try:
                async for batch in self._round(state):
                    self._told_at = loop.time()
                    yield batch
                failures = 0
                usual += 0.2 * (self._ledger.listened - before - usual)
                pause = await self._ledger.pause(self._rhythm.poll, usual)
                self._say_how_slow(pause)
            except Throttled as error:
                pause = max(min(timedelta(seconds=1), self._rhythm.poll), error.until - self._clock())
                self._say_that_it_waits(error)
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = pause_after(failures)
                log.warning("asking failed, again in %.1f s: %s", pause.total_seconds(), error)
            async for batch in self._wait(state, self._clock() + pause):
                yield batch

    async def _wait(self, state: State, until: datetime) -> AsyncIterator[Batch]:
        """Until then by the clock, with a sign of life now and then."""
        loop = asyncio.get_running_loop()
        step = self._rhythm.poll.total_seconds()
        while (left := (until - self._clock()).total_seconds()) > 0:
            await asyncio.sleep(min(left, step))
            if loop.time() - self._told_at >= HEARTBEAT.total_seconds():
                self._told_at = loop.time()
                yield Batch((), state.cursor())

    # One round

    async def _round(self, state: State) -> AsyncIterator[Batch]:
        """What is new: first what the newest threads show, then answers that have to be asked for."""
        now, rhythm = self._clock(), self._rhythm
        sweeping = now - self._swept >= rhythm.sweep_every
        threads, broken = await self._list(
            state.until - (rhythm.sweep_back if sweeping else rhythm.overlap), "published"
        )
        if unread := tuple(PostRef(id) for id in broken if state.told(id, BROKEN) is None):
            why = "we cannot read what YouTube sends for this comment"
            yield Batch(tuple(Unavailable(ref, why) for ref in unread), state.cursor())
        async for batch in self._tell(state, threads, now):
            yield batch
        self._swept = now if sweeping else self._swept
        if rhythm.held_every is not None and now - self._held >= rhythm.held_every:
            for status in UNSEEN:
                held, _ = await self._list(now - rhythm.sweep_back, status)
                async for batch in self._tell(state, held, now, held=True):
                    yield batch
            self._held = now
        if now - self._watched >= rhythm.watch_every:
            if due := self._due(state, now):
                older = await self._comments.threads(due, For.LISTENING)
                for id in due - older.keys():  # gone: whoever asks for its comments hears so
                    state.threads[id].looked = now
                async for batch in self._tell(state, list(older.values()), now, held=True):
                    yield batch
            self._watched = now

    async def _list(self, floor: datetime, status: str) -> tuple[list[Thread], list[str]]:
        """The threads down to `floor`, newest first, whole pages; and what of them cannot be read."""
        found: dict[str, Thread] = {}
        broken: list[str] = []
        token: str | None = None
        for _ in range(MOST_PAGES):
            asked = [("allThreadsRelatedToChannelId", self._comments.me), ("order", "time")]
            asked += [("moderationStatus", status)] if status != "published" else []
            items, token = await self._comments.page(asked + ([("pageToken", token)] if token else []), For.LISTENING)
            threads, unread = self._comments.read_threads(items)
            found |= {thread.id: thread for thread in threads if thread.id not in found}
            broken += unread
            if token is None or (threads and threads[-1].top.at < floor):
                break
        return list(found.values()), broken

    async def _tell(
        self, state: State, threads: Sequence[Thread], now: datetime, *, held: bool = False
    ) -> AsyncIterator[Batch]:
        """Oldest first. A thread counts as looked at when its news were told. `held`: `until` stays where it is."""
        asking = [thread for thread in threads if _has_more(state, thread)]
        later = {thread.id for thread in asking}
        posts = [
            post
            for thread in reversed(threads)
            for post in (thread.top, *(() if thread.id in later else reversed(thread.shown)))
        ]
        async for batch in self._batches(state, posts):
            yield batch
        for thread in threads:
            if thread.id not in later:
                state.looked(thread, _spoken(thread, ()), now)
            if not held and thread.public:
                state.until = max(state.until, min(now, thread.top.at))  # nobody comments tomorrow
        for thread in asking:
            answers = await self._comments.replies(thread.id, For.LISTENING) or ()
            async for batch in self._batches(state, list(reversed(answers))):
                yield batch
            state.looked(thread, _spoken(thread, answers), now)

    async def _batches(self, state: State, posts: Sequence[PublicPost]) -> AsyncIterator[Batch]:
        fresh = sorted((post for post in posts if state.is_news(post)), key=lambda post: post.at)
        for at in range(0, len(fresh), TELL):
            some = fresh[at : at + TELL]
            worth = [post for post in some if post.at >= state.start or post.ref.id in state.seen]
            dressed = {post.ref: post for post in await self._comments.dressed(worth, For.LISTENING)}
            told = [state.news(dressed.get(post.ref, post)) for post in some]
            if heard := tuple(one for one in told if one is not None):
                yield Batch(heard, state.cursor())

    def _due(self, state: State, now: datetime) -> set[str]:
        """Older threads whose time has come, filled up to a call's worth with those that come next."""
        for id in [id for id, one in state.threads.items() if now - one.spoken > FORGOTTEN]:
            del state.threads[id]
        often = self._rhythm.watch_every
        waiting = [(one.due_at(often), id) for id, one in state.threads.items() if one.looked < now]
        due = sum(at <= now for at, _ in waiting)
        return {id for _, id in sorted(waiting)[: -(-due // IDS) * IDS]} if due else set()

    # What people should know

    def _say_how_slow(self, pause: timedelta) -> None:
        if self._stopped:
            log.info("listening goes on")
        self._stopped = False
        slow = pause >= 2 * self._rhythm.poll
        if slow and not self._slow:
            log.warning("the quota runs short: asking every %.0f s until the day ends", pause.total_seconds())
        self._slow = slow

    def _say_that_it_waits(self, error: Throttled) -> None:
        stopped = isinstance(error, Spare) or error.until - self._clock() > timedelta(hours=1)
        if stopped and not self._stopped:
            log.warning("listening stops until %s: %s", clock_time(error.until), error.sentence)
        elif not stopped:
            log.warning("asked to wait until %s", clock_time(error.until))
        self._stopped = stopped


def _has_more(state: State, thread: Thread) -> bool:
    """Whether answers have to be asked for: some are not shown, and something is new since we looked."""
    before = state.threads.get(thread.id)
    if thread.whole:
        return False
    return before is None or before.total != thread.total or any(state.is_news(post) for post in thread.shown)


def _spoken(thread: Thread, answers: Iterable[PublicPost]) -> datetime:
    return max(post.at for post in (thread.top, *thread.shown, *answers))


def _rows(value: object, width: int) -> Iterable[Sequence[object]]:
    for item in read_list(value, "cursor rows"):
        row = read_list(item, "cursor row")
        if len(row) != width:
            raise Malformed("cursor row", f"{width} entries")
        yield row


def _moment(value: object) -> datetime:
    try:
        return datetime.fromtimestamp(read_int(value, "cursor moment"), UTC)
    except (ValueError, OverflowError, OSError):
        raise Malformed("cursor moment", "seconds since 1970") from None
