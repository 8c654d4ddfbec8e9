"""What feedback boards have in common: topics with posts under them, votes, and replies that stand in a topic.

`Board` is a whole platform but for its API, which each board brings as its `Calls`. Hearing is in `boards_listen`,
settings are in `boards_settings`, words as Markdown and the marker of a reply in `boards_words`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Protocol

from adapters.boards_listen import Listener
from adapters.boards_settings import BoardSettings
from adapters.boards_versions import Versions
from adapters.boards_words import lost_in, mark_of, same_shown
from adapters.capabilities import Capabilities
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Clock
from adapters.payload import read_time
from adapters.polling import Rhythm
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

SKEW = timedelta(minutes=10)  # how far the board's clock and ours may be apart
TOPIC = "topic"  # in a post's and a receipt's `extra`: what the API calls the thread
UNDER = "under"  # in a post's `extra`: the post under which a reply to it stands there, where that is another


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post of a board as it stands there."""

    post: PublicPost  # its votes, where they are counted, are in its `extra`
    topic: str
    gone: bool = False  # its author, or a moderator, took it away
    unseen: str = ""  # why nobody can see it just now
    held: bool = False  # it waits for a moderator
    closed: str = ""  # why nothing can be written under it any more: a sentence
    mark: str = ""  # what stands in it invisibly, where a reply of ours has such a marker

    @property
    def shown(self) -> bool:
        return not (self.gone or self.unseen or self.held)


def in_order(head: Entry, listed: Sequence[Entry]) -> Sequence[Entry]:
    """The oldest first; they were listed the other way round, which decides where two have the same moment."""
    return sorted((head, *reversed(listed)), key=lambda one: one.post.at)


Standing = Entry | Gone | Unavailable


class Calls(Protocol):
    """One board's API. Errors while reading are those of reading; writing raises by certainty."""

    async def open(self) -> Author: ...

    async def close(self) -> None: ...

    def notes(self) -> tuple[str, ...]: ...

    async def newest(self, floor: datetime) -> Sequence[Entry]:
        """What was written, or changed where lists are by change, since `floor`; oldest first. May give more."""

    async def counted(self) -> Mapping[PostRef, int]:
        """Votes that `newest` does not tell. Asked now and then."""

    async def some(self, refs: Sequence[PostRef]) -> Mapping[PostRef, Standing]:
        """Each as it is now; every ref that was asked for is in the answer."""

    async def under(self, topic: str, *, since: datetime | None) -> tuple[Sequence[Entry], bool]:
        """What stands in a topic, oldest first, and whether that is all of it (since then, if a time is given). Nothing
        at all: the topic cannot be seen."""

    async def found(self, words: str) -> Sequence[Entry]:
        """What has these words in it."""

    def source(self, words: str, key: str) -> str:
        """What is sent so that exactly these words are shown. Pure."""

    async def write(self, reply: Reply, key: str) -> Entry: ...

    async def change(self, receipt: Receipt, words: str, key: str) -> Entry: ...

    async def remove(self, receipt: Receipt) -> None: ...


class Board:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str]
    settings: ClassVar[type]
    declares: ClassVar[Capabilities]

    def __init__(
        self, calls: Calls, settings: BoardSettings, clock: Clock, *, versions: Versions | None = None
    ) -> None:
        self._calls = calls
        self._versions = versions  # of a board that keeps no date of edits
        self._common = settings
        self._clock = clock

    @property
    def can(self) -> Capabilities:
        given = self._common
        return replace(
            self.declares,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        return await self._calls.open()

    async def close(self) -> None:
        await self._calls.close()

    def notes(self) -> tuple[str, ...]:
        return self._calls.notes()

    def limits(self) -> Limits:
        return Limits(length=self._common.longest, unit=Unit.CODE_POINTS)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._common
        rhythm = Rhythm(given.poll, given.overlap, given.sweep_every, given.sweep_back, given.look_back)
        listener = Listener(self._calls, rhythm=rhythm, clock=self._clock, versions=self._versions)
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # who has webhooks has a door of their own

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        entry = (await self._calls.some([ref]))[ref]
        if not isinstance(entry, Entry) or not entry.shown:
            return ()
        entries, complete = await self._calls.under(entry.topic, since=None)
        if not complete:
            log.warning("a topic has more posts than are read")
        return [one.post for one in entries if one.shown]

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        wanted = list(dict.fromkeys(refs))
        found = await self._calls.some(wanted) if wanted else {}
        return {ref: as_it_is(ref, found.get(ref, Gone(ref))) for ref in wanted}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        floor = _read_since(since)
        found = [one for one in await self._calls.found(words) if one.shown and not one.post.ours]
        # Some clocks there have whole seconds: what is as old as the newest may be another one.
        fresh = sorted((one.post for one in found if one.post.at >= floor), key=lambda post: post.at)
        newest = max((post.at for post in fresh), default=floor)
        return Batch(tuple(Posted(post) for post in fresh), Cursor(newest.isoformat()))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: whoever follows the topic is told by the board."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        """In characters of what is sent, where signs that would mark up take one more."""
        size = len(self._calls.source(text.plain, ""))
        return Fit(size, self._common.longest, Unit.CODE_POINTS, lost_in(text))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text)
        if not fit.fits:
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} characters, {fit.limit} are allowed.")
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        try:
            parent = (await self._calls.some([reply.parent]))[reply.parent]
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        if not isinstance(parent, Entry) or not parent.shown:
            return Refusal(Reason.GONE, "The post is deleted, hidden, or not for this account to see.")
        return Refusal(Reason.CLOSED, parent.closed) if parent.closed else Ready()

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One call."""
        _topic_of(reply)
        return receipt_for(await self._calls.write(reply, key))

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            return await self._find(reply, key)
        except (AuthFailed, Unreachable, Throttled, Malformed, Refused) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        entry = (await self._calls.some([receipt.ref]))[receipt.ref]
        if isinstance(entry, Gone) or (isinstance(entry, Entry) and entry.gone):
            return Visibility.REJECTED
        if isinstance(entry, Unavailable) or entry.unseen:
            return Visibility.HIDDEN
        return Visibility.PENDING if entry.held else Visibility.VISIBLE

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        entry = await self._calls.change(receipt, text.plain, key)
        if entry.post.ref != receipt.ref or not same_shown(entry.post.text.plain, text.plain):
            raise Lost("accepted, but the post shows other words")
        return replace(receipt_for(entry), at=receipt.at)

    async def retract(self, receipt: Receipt) -> None:
        try:
            await self._calls.remove(receipt)
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    # Inside

    async def _find(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        """Among ours in the topic: the one with our marker, else the one with these words where it answers the same
        post; other words of ours from that time are a person's to judge."""
        first = min(reply.attempts, default=None)
        since = None if first is None else first - SKEW
        entries, complete = await self._calls.under(_topic_of(reply), since=since)
        if not entries:
            return CannotTell("the topic cannot be seen any more, and our reply may stand in it")
        ours = [one for one in entries if one.post.ours and not one.gone and one.post.ref not in reply.known]
        marked = [one for one in ours if one.mark and one.mark == mark_of(key)]
        under = reply.extra.get(UNDER)
        place = PostRef(under) if isinstance(under, str) and under else reply.parent
        near = [one for one in ours if one.post.parent in (None, place)]
        same = [one for one in near if same_shown(one.post.text.plain, reply.text.plain)]
        for one in (*marked, *same):
            return receipt_for(one)
        strange = [one for one in ours if since is not None and one.post.at >= since]
        if strange:
            return CannotTell(f"our account answered there at that time with other words: {strange[0].post.url}")
        return Absent() if complete else CannotTell("too many posts stand there to read them all")


def as_it_is(ref: PostRef, entry: Standing) -> PublicPost | Gone | Unavailable:
    """A standing as the contract has it."""
    if not isinstance(entry, Entry):
        return entry
    if entry.gone:
        return Gone(ref)
    if entry.unseen or entry.held:
        return Unavailable(ref, entry.unseen or "it waits for a moderator")
    return entry.post


def receipt_for(entry: Entry) -> Receipt:
    post = entry.post
    waits = Visibility.PENDING if entry.held else None
    return Receipt(ref=post.ref, url=post.url, at=post.at, text=post.text.plain, visibility=waits, extra=post.extra)


def _topic_of(reply: Reply) -> str:
    topic = reply.extra.get(TOPIC)
    if not isinstance(topic, str) or not topic:
        raise Refused(Reason.INVALID, "In which topic that post stands is not known.")
    return topic


def _read_since(since: Cursor | None) -> datetime:
    return read_time(since, "search cursor") if since else datetime(1970, 1, 1, tzinfo=UTC)
