"""Hearing what is said to us on X by asking: mentions, and our own posts, which colleagues may write by hand.

Both lists go forward by id. Ids name the moment of writing, and a post may enter a list a little later than one with
a greater id; so each time the last minutes are read again, now and then a day, and what was told is remembered. An
edit is a post with a new id and an old history. A batch may repeat, it must not skip.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.http import Clock
from adapters.payload import read_list, read_object, read_time
from adapters.polling import Rhythm
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PostRef, PublicPost, Unavailable
from adapters.streams import pause_after
from adapters.x_calls import Kind
from adapters.x_posts import Posts
from adapters.x_read import Us, version_of
from adapters.x_refs import id_at, read_post_id, time_of
from adapters.x_settings import PRICE_OWN
from adapters.x_watch import Watch

log = logging.getLogger(__name__)

BATCH = 50  # posts in one batch
SEEN = 500  # posts that the cursor remembers; the process itself remembers more
SEEN_HERE = 20_000
HISTORIES = 200  # edited posts whose versions the cursor remembers
BROKEN = "broken"


class State:
    """What stands in the cursor: how far was read, and what was told. Bounded, JSON inside."""

    def __init__(
        self,
        *,
        start: datetime,
        until: datetime,
        seen: Iterable[tuple[str, str]] = (),
        histories: Iterable[tuple[str, ...]] = (),
    ) -> None:
        self.start = start  # what came before is no news to us
        self.until = until  # the moment of the newest that was told
        self.seen: OrderedDict[str, str] = OrderedDict(seen)  # first version -> the version that was told
        self.histories = tuple(histories)

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
            version = BROKEN if both[1] == BROKEN else read_post_id(both[1], "cursor seen")
            seen.append((read_post_id(both[0], "cursor seen"), version))
        histories = [
            tuple(read_post_id(one, "cursor history") for one in read_list(history, "cursor history"))
            for history in read_list(entry.get("histories", []), "cursor histories")
        ]
        return cls(
            start=read_time(entry.get("start"), "cursor start"),
            until=read_time(entry.get("until"), "cursor until"),
            seen=seen[-SEEN:],
            histories=histories[-HISTORIES:],
        )

    def cursor(self) -> Cursor:
        entry = {
            "start": self.start.isoformat(),
            "until": self.until.isoformat(),
            "seen": list(self.seen.items())[-SEEN:],
            "histories": [list(one) for one in self.histories[-HISTORIES:]],
        }
        return Cursor(json.dumps(entry, separators=(",", ":")))

    def told(self, first: str, version: str) -> str | None:
        """Remember that this version was told; what was told of the post before."""
        before = self.seen.pop(first, None)
        newer = before is None or before == BROKEN or (version != BROKEN and int(version) >= int(before))
        self.seen[first] = version if newer or before is None else before
        while len(self.seen) > SEEN_HERE:
            self.seen.popitem(last=False)
        return before

    def news(self, post: PublicPost) -> Heard | None:
        """What there is to tell; None if it was told before, or is older than what was."""
        version = version_of(post)
        before = self.told(post.ref.id, version)
        if before is not None and before != BROKEN and int(version) <= int(before):
            return None
        return Posted(post) if before is None or before == BROKEN else Edited(post)


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, *, posts: Posts, watch: Watch, us: Us, rhythm: Rhythm, clock: Clock) -> None:
        self._posts = posts
        self._watch = watch
        self._us = us
        self._rhythm = rhythm
        self._clock = clock

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        start = self._clock() - self._rhythm.look_back
        state = State(start=start, until=start) if since is None else State.read(since)
        for history in state.histories:
            self._posts.versions.learn(history)
        loop = asyncio.get_running_loop()
        failures = 0
        swept = loop.time() - self._rhythm.sweep_every.total_seconds()
        while True:
            pause = self._rhythm.poll
            await self._watch.ask(self._us)
            try:
                sweeping = loop.time() - swept >= self._rhythm.sweep_every.total_seconds()
                async for batch in self._poll(state, self._rhythm.sweep_back if sweeping else self._rhythm.overlap):
                    yield batch
                swept = loop.time() if sweeping else swept
                failures = 0
            except Throttled as error:
                pause = max(timedelta(seconds=1), error.until - self._clock())
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = min(pause, pause_after(failures))
                log.warning("poll failed, again in %.1f s: %s", pause.total_seconds(), error)
            await asyncio.sleep(pause.total_seconds())

    async def _poll(self, state: State, back: timedelta) -> AsyncIterator[Batch]:
        """What is new, oldest first, in batches; read back until `back` before the newest that was told."""
        floor = id_at(max(state.start, state.until - back))
        found: dict[str, PublicPost | None] = {}
        for kind, path in ((Kind.MENTIONS, "mentions"), (Kind.TIMELINE, "tweets")):
            asked = [("since_id", floor)]
            async for page in self._posts.pages(
                kind, f"/2/users/{self._us.id}/{path}", asked, us=self._us, price=PRICE_OWN
            ):
                found |= {version_of(post): post for post in page.posts}
                found |= dict.fromkeys(page.broken)
        state.histories = tuple(self._posts.versions.known())[-HISTORIES:]
        ordered = sorted(found, key=int)
        for at in range(0, len(ordered), BATCH):
            some = ordered[at : at + BATCH]
            heard = tuple(one for id in some if (one := self._told(state, id, found[id])) is not None)
            last = time_of(some[-1])
            state.until = max(state.until, min(last, self._clock())) if last is not None else state.until
            self._watch.note(one.post.author.ref for one in heard if isinstance(one, Posted) and not one.post.ours)
            if heard:
                yield Batch(heard, state.cursor())

    def _told(self, state: State, id: str, post: PublicPost | None) -> Heard | None:
        if post is None:
            known = state.told(self._posts.versions.first(id), BROKEN) is not None
            return None if known else Unavailable(PostRef(id), "we cannot read what X sends for this post")
        if post.at < state.start and post.ref.id not in state.seen:
            state.told(post.ref.id, version_of(post))
            return None
        return state.news(post)
