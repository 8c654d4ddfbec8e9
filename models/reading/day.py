"""What a channel's day was, out of the journal: who asked, who was answered, what is left, what went wrong.

The day's events are read once, by the index on their time. Of conversations that are older than the day, what happened
to them before is read too, and nothing else of the history; memory holds the day's conversations. A conversation counts
in the channel in which it lives. How long somebody waited by the team's clock is not counted here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeAlias, TypeVar

from sqlalchemy import Row, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation, Post
from models.journal import Event
from models.places import Account, Route
from models.reading.queue import WAITING
from models.reading.rounds import ENDS, MATTERS, POSTS, Ended, Happened, Thread
from models.reading.values import whole, wholes
from models.telling import EventKind

#: So far after a day it can still be told who waited since before it, from what happened since. A look at an older day
#: leaves them out, instead of reading all the history in between.
LEFTOVERS_FOR = timedelta(days=8)

#: Rows with one trip, and ids with one question.
_PAGE = 4_000
_CHUNK = 500

_PEOPLE: Mapping[str, str] = {
    EventKind.DRAFTED.value: "writers",
    EventKind.NOTED.value: "helpers",
    EventKind.OBJECTED.value: "helpers",
    EventKind.HANDED_OVER.value: "helpers",
}
_WRONG: Mapping[str, str] = {
    EventKind.REFUSED.value: "refused",
    EventKind.UNFIT.value: "refused",
    EventKind.UNSURE.value: "unsure",
    EventKind.HIDDEN.value: "hidden",
    EventKind.VOIDED.value: "stopped",
}
_SERVICE = (EventKind.ACCOUNT_TROUBLE.value, EventKind.ACCOUNT_ENDING.value, EventKind.RECOVERED.value)

#: What went out, for comparing: a wait is not followed for it.
_ANSWERS = (EventKind.SENT.value, EventKind.SETTLED_SENT.value, EventKind.ANSWERED_BY_HAND.value)

#: Everything that a day is made of.
_KINDS = tuple(sorted({*MATTERS, *_PEOPLE, *_WRONG}))
_ORDERED = EventKind.ORDERED.value
#: Only these have more in their data than counts by itself. The database picks out the rest: reading all of the JSON
#: here is half of the work.
_DETAILED = (_ORDERED, EventKind.ANSWERED_ELSEWHERE.value, EventKind.ANSWERED_BY_HAND.value)
_LEADS = tuple(sorted({*ENDS, EventKind.CUSTOMER_EDITED.value, EventKind.REOPENED.value}))
_COLUMNS = (
    Event.id,
    Event.chain,
    Event.at,
    Event.kind,
    Event.rep_id,
    case((Event.kind.in_((*sorted(POSTS), EventKind.ANSWERED_ELSEWHERE.value)), Event.data["post"].as_string())),
    case((Event.kind.in_(_LEADS), Event.data["to"].as_string())),
    case((Event.kind.in_(_DETAILED), Event.data)),
)


#: Event, conversation, when, kind, rep, the post that it names, the state that it led to, all of its data.
_Row: TypeAlias = Row[int, int, datetime, str, int | None, str | None, str | None, dict[str, object] | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer who waits at the end of the day, since when."""

    number: int
    since: datetime


@dataclass(slots=True)
class Day:
    """A stretch of time in one channel. Lists hold conversations, the same one as often as it happened; people are
    reps with the conversations that they worked on."""

    start: datetime
    end: datetime
    asked: list[int] = field(default_factory=list)  # one for each post
    by_account: dict[int, list[int]] = field(default_factory=dict)
    by_hour: dict[int, int] = field(default_factory=dict)  # posts, by whole hours since `start`
    by_minute: dict[int, dict[int, int]] = field(default_factory=dict)  # the same by account and minutes since `start`
    kinds: dict[str, dict[int, int]] = field(default_factory=dict)  # by what they are, where a reader said; minutes
    ended: list[Ended] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)  # something happened to them in this day; longest first
    before: list[Waiting] | None = None  # nothing did; None: too long ago to tell
    refused: list[int] = field(default_factory=list)
    unsure: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)  # an approved reply was stopped by news
    own_yes: list[int] = field(default_factory=list)  # approved by nobody but its last writer
    writers: dict[int, dict[int, None]] = field(default_factory=dict)
    approvers: dict[int, dict[int, None]] = field(default_factory=dict)
    helpers: dict[int, dict[int, None]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)  # names of accounts that could not be heard
    endings: list[str] = field(default_factory=list)  # names of accounts whose access ends
    recovered: int = 0  # posts that a sweep found


async def day_of_channel(session: AsyncSession, channel: int, start: datetime, end: datetime, *, now: datetime) -> Day:
    """Everything in start..end; `end` is not in it."""
    day = Day(start, end)
    threads = await _older(session, channel, start, end)
    async for event, account in _events(session, channel, start, end):
        thread = threads.get(event.number)
        if thread is None:
            thread = threads[event.number] = Thread()
        _count(day, event, account, thread)
        ended = thread.take(event)
        if ended is not None:
            day.ended.append(ended)
    waits = (Waiting(number, thread.asked) for number, thread in threads.items() if thread.asked is not None)
    day.waiting = sorted(waits, key=_longest)
    if now - end <= LEFTOVERS_FOR:
        day.before = await _untouched(session, channel, day, threads.keys())
    await _service(session, channel, day)
    return day


@dataclass(frozen=True, slots=True)
class Usual:
    """What a day is compared with: how many posts came, how many answers went out."""

    posts: int
    answers: int


async def usual_between(session: AsyncSession, channel: int, start: datetime, end: datetime) -> Usual:
    """One cheap question: of an earlier day nothing else is read."""
    kinds = (*POSTS, *_ANSWERS)
    query = select(Event.chain, Event.kind, func.count()).where(
        Event.at >= start, Event.at < end, Event.chain > 0, Event.kind.in_(kinds)
    )
    counts = (await session.execute(query.group_by(Event.chain, Event.kind))).all()
    here = await _living_in(session, channel, {row[0] for row in counts})
    posts = sum(row[2] for row in counts if row[0] in here and row[1] in POSTS)
    return Usual(posts, sum(row[2] for row in counts if row[0] in here and row[1] not in POSTS))


def _longest(one: Waiting) -> tuple[datetime, int]:
    return one.since, one.number


def _count(day: Day, event: Happened, account: int, thread: Thread) -> None:
    kind, number = event.kind, event.number
    if kind in POSTS:
        day.asked.append(number)
        day.by_account.setdefault(account, []).append(number)
        minute = int((event.at - day.start).total_seconds() // 60)
        day.by_hour[minute // 60] = day.by_hour.get(minute // 60, 0) + 1
        minutes = day.by_minute.setdefault(account, {})
        minutes[minute] = minutes.get(minute, 0) + 1
        return
    wrong, people = _WRONG.get(kind), _PEOPLE.get(kind)
    if wrong is not None:
        getattr(day, wrong).append(number)
    if people is not None and event.rep is not None:
        getattr(day, people).setdefault(event.rep, {})[number] = None
    if kind == _ORDERED:
        for rep in event.approved_by:
            day.approvers.setdefault(rep, {})[number] = None
        if event.approved_by and set(event.approved_by) == {thread.writer}:
            day.own_yes.append(number)


# ---------------------------------------------------------------------------------------------------- reading


async def _events(
    session: AsyncSession, channel: int, start: datetime, end: datetime
) -> AsyncIterator[tuple[Happened, int]]:
    """The channel's events in their order, each with the account; page by page, so that no page waits for the next."""
    query = select(*_COLUMNS).where(Event.at < end, Event.chain > 0, Event.kind.in_(_KINDS))
    query = query.order_by(Event.at, Event.id).limit(_PAGE)
    at, last = start, 0
    while True:
        after = and_(Event.at >= at, or_(Event.at > at, Event.id > last))
        rows: Sequence[_Row] = (await session.execute(query.where(after))).all()
        here = await _living_in(session, channel, {row[1] for row in rows})
        kept = [row for row in rows if row[1] in here]
        said = await _said_at(session, kept)
        for row in kept:
            yield _happened(row, said), here[row[1]]
        if len(rows) < _PAGE:
            return
        at, last = rows[-1][2], rows[-1][0]


def _happened(row: _Row, said: Mapping[int, datetime]) -> Happened:
    _id, number, at, kind, rep, post, to, data = row
    event = Happened(number, at, kind, rep, said.get(int(post)) if post else None, to or "")
    if data is not None:
        event.automatic = data.get("automatic") is True
        event.approved_by = tuple(wholes(data.get("approved_by")))
    return event


async def _said_at(session: AsyncSession, rows: Iterable[_Row]) -> Mapping[int, datetime]:
    """When the posts that events name were written, by post."""
    times: dict[int, datetime] = {}
    for ids in _chunks({int(row[5]) for row in rows if row[5]}):
        query = select(Post.id, Post.at).where(Post.id.in_(ids))
        times |= {row.id: row.at for row in await session.execute(query)}
    return times


async def _living_in(session: AsyncSession, channel: int, numbers: Collection[int]) -> dict[int, int]:
    """Those of these conversations that live in the channel, each with its account."""
    found: dict[int, int] = {}
    for ids in _chunks(numbers):
        query = select(Conversation.id, Conversation.account_id).where(
            Conversation.id.in_(ids), Conversation.channel_id == channel
        )
        found |= {row.id: row.account_id for row in await session.execute(query)}
    return found


async def _older(session: AsyncSession, channel: int, start: datetime, end: datetime) -> dict[int, Thread]:
    """The day's conversations that began before it, as they stood at its beginning."""
    query = select(Event.chain).where(Event.at >= start, Event.at < end, Event.chain > 0, Event.kind.in_(_KINDS))
    numbers = (await session.scalars(query.group_by(Event.chain).having(func.min(Event.seq) > 1))).all()
    return await _as_they_stood(session, await _living_in(session, channel, numbers), start)


async def _as_they_stood(session: AsyncSession, numbers: Iterable[int], moment: datetime) -> dict[int, Thread]:
    """These conversations just before a moment."""
    threads: dict[int, Thread] = {}
    for ids in _chunks(numbers):
        query = select(*_COLUMNS).where(Event.chain.in_(ids), Event.at < moment, Event.kind.in_(MATTERS))
        rows: Sequence[_Row] = (await session.execute(query.order_by(Event.chain, Event.seq))).all()
        said = await _said_at(session, rows)
        for row in rows:
            threads.setdefault(row[1], Thread()).take(_happened(row, said))
    return threads


async def _untouched(session: AsyncSession, channel: int, day: Day, touched: Collection[int]) -> list[Waiting]:
    """Who waited all day and nothing happened: who still waits since then, and who was answered since."""
    still = select(Conversation.id).where(
        Conversation.channel_id == channel,
        Conversation.state.in_((*WAITING, "sending")),
        Conversation.waiting_since < day.start,
    )
    since = select(Event.chain).where(Event.at >= day.end, Event.kind.in_(tuple(ENDS)), Event.chain > 0).distinct()
    numbers = {*(await session.scalars(still)).all(), *(await session.scalars(since)).all()} - set(touched)
    stood = await _as_they_stood(session, await _living_in(session, channel, numbers), day.end)
    waits = (Waiting(number, thread.asked) for number, thread in stood.items() if thread.asked is not None)
    return sorted(waits, key=_longest)


async def _service(session: AsyncSession, channel: int, day: Day) -> None:
    """What happened to the accounts whose posts come here."""
    query = select(Account.id, Account.name).join(Route, Route.account_id == Account.id)
    names = {row.id: row.name for row in await session.execute(query.where(Route.channel_id == channel))}
    events = select(Event.kind, Event.data).where(
        Event.at >= day.start, Event.at < day.end, Event.chain == 0, Event.kind.in_(_SERVICE)
    )
    for kind, data in await session.execute(events.order_by(Event.at, Event.id)):
        name = names.get(whole(data.get("account")) or 0)
        if name is None:
            continue
        if kind == EventKind.RECOVERED.value:
            day.recovered += whole(data.get("count")) or 0
        else:
            known = day.troubles if kind == EventKind.ACCOUNT_TROUBLE.value else day.endings
            if name not in known:
                known.append(name)


T = TypeVar("T")


def _chunks(numbers: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(numbers)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
