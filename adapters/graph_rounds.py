"""Hearing by asking the Graph API, in rounds: how far was read, what was told, and what is new since.

Lists there come newest first and give no place to go on from. So each round reads back over an overlap, now and then
much further, and what was told is remembered. A batch may repeat, it must not skip. What is asked for is left to the
platforms.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.http import Clock
from adapters.payload import read_id, read_list, read_object, read_time
from adapters.polling import Rhythm
from adapters.posts import Batch, Cursor, Edited, Heard, Posted, PublicPost, Unavailable
from adapters.streams import pause_after

log = logging.getLogger(__name__)

BATCH = 50
SEEN = 500  # posts that the cursor remembers; the process itself remembers more
SEEN_HERE = 20_000


def mark_of(post: PublicPost, *, hidden: bool = False) -> str:
    """What tells one version of a post from another."""
    seen = [post.text.plain, *(f"{one.kind.value} {one.url} {one.description}" for one in post.media)]
    return sha256("\x00".join(seen).encode("utf-8", "surrogatepass")).hexdigest()[:20] + ("h" if hidden else "")


class State:
    """What stands in the cursor: how far was read, and what was told. Bounded, JSON inside."""

    def __init__(self, *, start: datetime, until: datetime, seen: Iterable[tuple[str, str]] = ()) -> None:
        self.start = start  # what came before is no news to us
        self.until = until  # when the last whole round began
        self.seen: OrderedDict[str, str] = OrderedDict(seen)  # reference -> mark of the version

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
        return cls(
            start=read_time(entry.get("start"), "cursor start"),
            until=read_time(entry.get("until"), "cursor until"),
            seen=seen[-SEEN:],
        )

    def cursor(self) -> Cursor:
        seen = list(self.seen.items())[-SEEN:]
        entry = {"start": self.start.isoformat(), "until": self.until.isoformat(), "seen": seen}
        return Cursor(json.dumps(entry, separators=(",", ":")))

    def told(self, ref: str, mark: str) -> str | None:
        """Remember that this version was told; what was told of it before."""
        before = self.seen.pop(ref, None)
        self.seen[ref] = mark
        while len(self.seen) > SEEN_HERE:
            self.seen.popitem(last=False)
        return before

    def news(self, post: PublicPost, *, hidden: str = "") -> tuple[Heard, ...]:
        """What there is to tell about a post; nothing if it was told before, just so, or is older than our start.
        `hidden`: why others cannot see it."""
        mark = mark_of(post, hidden=bool(hidden))
        before = self.told(post.ref.id, mark)
        if before == mark or (before is None and post.at < self.start):
            return ()
        same = before is None or before.removesuffix("h") == mark.removesuffix("h")
        told: tuple[Heard, ...] = (Posted(post) if same else Edited(post),)
        # What is hidden is told all the same: filters hide more than they should.
        return (*told, Unavailable(post.ref, hidden)) if hidden and not post.ours else told


class Everything(Protocol):
    """What there is since `floor`, newest first within each of its sources; whether others cannot see it. `deep`:
    now and then, also what takes many questions."""

    def __call__(self, floor: datetime, *, deep: bool) -> AsyncIterator[tuple[PublicPost, bool]]: ...


async def rounds(
    since: Cursor | None,
    *,
    everything: Everything,
    marked: Callable[[PublicPost], PublicPost],
    recall: Callable[[str, str], None],
    slowness: Callable[[], float],
    rhythm: Rhythm,
    hidden: str,
    clock: Clock,
) -> AsyncIterator[Batch]:
    """Forever; it ends only with `AuthFailed`. `marked` says of a post that it was edited, `recall` takes what an
    earlier life has seen; `hidden` is why others cannot see what is hidden."""
    start = clock() - rhythm.look_back
    state = State(start=start, until=start) if since is None else State.read(since)
    for ref, mark in state.seen.items():
        recall(ref, mark)
    loop = asyncio.get_running_loop()
    failures = 0
    swept = loop.time() - rhythm.sweep_every.total_seconds()
    while True:
        pause = rhythm.poll * slowness()
        try:
            deep = loop.time() - swept >= rhythm.sweep_every.total_seconds()
            began = clock()
            back = state.until - rhythm.overlap
            floor = max(state.start, min(back, began - rhythm.sweep_back) if deep else back)
            found: dict[str, tuple[PublicPost, bool]] = {}
            async for post, unseen in everything(floor, deep=deep):
                found.setdefault(post.ref.id, (post, unseen))
            # Times are seconds: what came in one stays in the list's order, which has the newest first.
            ordered = list(found.values())
            ordered.reverse()
            ordered.sort(key=lambda one: one[0].at)
            for at in range(0, len(ordered), BATCH):
                told: list[Heard] = []
                for post, unseen in ordered[at : at + BATCH]:
                    told += state.news(marked(post), hidden=hidden if unseen else "")
                if at + BATCH >= len(ordered):
                    state.until = began
                if told:
                    yield Batch(tuple(told), state.cursor())
            state.until = began
            swept = loop.time() if deep else swept
            failures = 0
        except Throttled as error:
            pause = max(timedelta(seconds=1), error.until - clock())
        except (Unreachable, Malformed) as error:
            failures += 1
            pause = min(pause, pause_after(failures))
            log.warning("a round failed, again in %.1f s: %s", pause.total_seconds(), error)
        await asyncio.sleep(pause.total_seconds())
