"""Hearing on a board: what is new over an overlap, what was edited since it was told, and how votes change.

What was told is remembered with a fingerprint of its words and its votes; now and then we look far back.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from adapters.boards_versions import Versions, fingerprint
from adapters.http import Clock
from adapters.polling import Rhythm, polling
from adapters.posts import VOTES, Batch, Cursor, Edited, Heard, Posted, PostRef, Removed, Unavailable, Voted
from adapters.remembering import Told

if TYPE_CHECKING:
    from adapters.boards import Entry

log = logging.getLogger(__name__)

TOLD_AT_ONCE = 25
LIST = "posts"
GONE, UNSEEN = "gone", "unseen"
#: What a vote is remembered under, beside the post itself.
COUNTED = "votes of "


class Lists(Protocol):
    """What hearing needs of a board's API."""

    async def newest(self, floor: datetime) -> Sequence[Entry]: ...

    async def counted(self) -> Mapping[PostRef, int]: ...


def mark(entry: Entry) -> str:
    """What is remembered of a post as it stands."""
    if entry.gone:
        return GONE
    if not entry.shown:
        return UNSEEN
    return fingerprint(entry.post.text.plain)


class Listener:
    """One account's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, lists: Lists, *, rhythm: Rhythm, clock: Clock, versions: Versions | None = None) -> None:
        self._lists = lists
        self._rhythm = rhythm
        self._clock = clock
        self._versions = versions

    async def run(self, since: Cursor | None) -> AsyncIterator[Batch]:
        state = Told(start=self._clock() - self._rhythm.look_back) if since is None else Told.read(since)
        if self._versions is not None:
            self._versions.remember(_said_before(state))
        once = partial(self._poll, state)
        async for batch in polling(once, rhythm=self._rhythm, clock=self._clock, log=log):
            yield batch

    async def _poll(self, state: Told, *, sweeping: bool) -> AsyncIterator[Batch]:
        """What is new, oldest first, in batches; then the votes."""
        back = self._rhythm.sweep_back if sweeping else self._rhythm.overlap
        until = state.until.get(LIST, state.start)
        entries = await self._lists.newest(max(state.start, until - back))
        news = sorted((one for one in entries if _is_news(state, one)), key=lambda one: one.post.at)
        for at in range(0, len(news), TOLD_AT_ONCE):
            heard = tuple(told for one in news[at : at + TOLD_AT_ONCE] if (told := _tell(state, one)) is not None)
            if heard:
                yield Batch(heard, state.cursor())
        votes = {one.post.ref: count for one in entries if isinstance(count := one.post.extra.get(VOTES), int)}
        votes |= await self._lists.counted() if sweeping else {}
        counted = tuple(Voted(ref, count) for ref, count in votes.items() if _is_count(state, ref, count))
        newest = max([until, *(_changed(one) for one in entries)])
        if counted or newest != state.until.get(LIST):
            # Only now: a cursor from within the batches begins the list again where it was.
            state.until[LIST] = newest
            yield Batch(counted, state.cursor())


def _said_before(state: Told) -> dict[str, str]:
    """Of what was told, what said something: its fingerprint."""
    told = state.seen.items()
    return {ref: said for ref, said in told if said not in (GONE, UNSEEN) and not ref.startswith(COUNTED)}


def _changed(entry: Entry) -> datetime:
    return max(entry.post.at, entry.post.edited_at or entry.post.at)


def _is_news(state: Told, entry: Entry) -> bool:
    """Whether there is anything to tell, or to remember; what was written before we began is neither."""
    before, now = state.seen.get(entry.post.ref.id), mark(entry)
    if before is None:
        return entry.post.at >= state.start and now != GONE
    return before != now


def _tell(state: Told, entry: Entry) -> Heard | None:
    ref, now = entry.post.ref, mark(entry)
    before = state.tell(ref.id, now)
    known = before not in (None, GONE, UNSEEN)
    if now == GONE:
        return Removed(ref) if before not in (None, GONE) else None
    if now == UNSEEN:
        return Unavailable(ref, entry.unseen or "it waits for a moderator") if known else None
    votes = entry.post.extra.get(VOTES)
    if isinstance(votes, int):
        state.tell(COUNTED + ref.id, str(votes))
    return Edited(entry.post) if known else Posted(entry.post)


def _is_count(state: Told, ref: PostRef, votes: int) -> bool:
    """Whether it is another number than was told. What is not known to us is nobody's news."""
    name = COUNTED + ref.id
    if ref.id not in state.seen and name not in state.seen:
        return False
    return state.tell(name, str(votes)) != str(votes)
