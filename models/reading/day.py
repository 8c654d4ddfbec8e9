"""What a channel's day was, out of the journal: who asked, who was answered, what is left, what went wrong.

The day's events are read once, by the index on their time. Of conversations that are older than the day, what happened
to them before is read too, and nothing else of the history; memory holds the day's conversations. A conversation counts
in the channel in which it lives. How long somebody waited by the team's clock is not counted here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.conversation import Conversation
from models.journal import Event
from models.places import Account, Route
from models.reading.day_events import WAITS, answered_in, counted, earlier, pages
from models.reading.queue import WAITING
from models.reading.rounds import ENDS, LANE, MATTERS, POSTS, Ended, Happened, How, Thread
from models.reading.values import whole
from models.telling import EventKind

#: So far after a day it can still be told who waited since before it, from what happened since. A look at an older day
#: leaves them out, instead of reading all the history in between.
LEFTOVERS_FOR = timedelta(days=8)

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

#: Everything that a day is made of.
_KINDS = tuple(sorted({*MATTERS, *_PEOPLE, *_WRONG}))
_ORDERED = EventKind.ORDERED.value


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
    asked_at: list[int] = field(default_factory=list)  # of each of `asked`, minutes since `start`
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
    praise: set[int] = field(default_factory=set)  # of all of these, in the lane of praise when the day ended


async def day_of_channel(session: AsyncSession, channel: int, start: datetime, end: datetime, *, now: datetime) -> Day:
    """Everything in start..end; `end` is not in it."""
    day = Day(start, end)
    threads: dict[int, Thread] = {}
    marks: dict[int, bool] = {}
    async for events in pages(session, channel, start, end, _KINDS):
        threads |= await _as_they_stood(session, channel, _older(events, threads), start)
        for event in events:
            if event.kind in LANE:
                # Nothing that its customer would notice: who waits, waits as before.
                marks[event.number] = LANE[event.kind]
                continue
            thread = threads.get(event.number)
            if thread is None:
                thread = threads[event.number] = Thread()
            _count(day, event, thread)
            ended = thread.take(event)
            if ended is not None:
                day.ended.append(ended)
    day.waiting = sorted(_waiting(threads), key=_longest)
    if now - end <= LEFTOVERS_FOR:
        day.before = await _untouched(session, channel, day, threads.keys())
    day.praise |= {number for number, thread in threads.items() if marks.get(number, thread.praise)}
    await _service(session, channel, day)
    return day


@dataclass(frozen=True, slots=True)
class Usual:
    """What a day is compared with: how many posts came, how many answers went out."""

    posts: int
    answers: int


async def usual_between(session: AsyncSession, channel: int, start: datetime, end: datetime) -> Usual:
    """The same numbers as the day itself has. Of it nothing else is read than who waited, and was answered."""
    posts, answers, threads = await counted(session, channel, start, end, POSTS), 0, dict[int, Thread]()
    numbers = await answered_in(session, channel, start, end)
    async for event in earlier(session, channel, numbers, end, WAITS):
        ended = threads.setdefault(event.number, Thread()).take(event)
        if ended is not None and event.at >= start and ended.how in {How.ANSWERED, How.BY_HAND}:
            answers += 1
    return Usual(posts, answers)


def _longest(one: Waiting) -> tuple[datetime, int]:
    return one.since, one.number


def _older(events: Sequence[Happened], known: Collection[int]) -> set[int]:
    """Conversations that are met here for the first time, and began before."""
    begun = {event.number for event in events if event.first}
    return {one.number for one in events if one.kind not in LANE and one.number not in known} - begun


def _count(day: Day, event: Happened, thread: Thread) -> None:
    kind, number, account = event.kind, event.number, event.account
    if kind in POSTS:
        day.asked.append(number)
        day.by_account.setdefault(account, []).append(number)
        minute = int((event.at - day.start).total_seconds() // 60)
        day.by_hour[minute // 60] = day.by_hour.get(minute // 60, 0) + 1
        day.asked_at.append(minute)
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


async def _as_they_stood(
    session: AsyncSession, channel: int, numbers: Collection[int], moment: datetime
) -> dict[int, Thread]:
    """These conversations just before a moment."""
    threads: dict[int, Thread] = {}
    async for event in earlier(session, channel, numbers, moment, MATTERS):
        threads.setdefault(event.number, Thread()).take(event)
    return threads


async def _untouched(session: AsyncSession, channel: int, day: Day, touched: Collection[int]) -> list[Waiting]:
    """Who waited all day and nothing happened: who still waits since then, and who was answered since."""
    still = select(Conversation.id).where(
        Conversation.channel_id == channel,
        Conversation.state.in_((*WAITING, "sending")),
        Conversation.waiting_since < day.start,
    )
    first = aliased(Event)
    began = select(first.at).where(first.chain == Event.chain, first.seq == 1).scalar_subquery()
    since = select(Event.chain).where(Event.at >= day.end, Event.kind.in_(tuple(ENDS)), began < day.start)
    numbers = {*(await session.scalars(still)).all(), *(await session.scalars(since)).all()} - set(touched)
    stood = await _as_they_stood(session, channel, sorted(numbers), day.end)
    waits = {number: thread for number, thread in stood.items() if thread.asked is not None}
    day.praise |= {number for number, thread in waits.items() if thread.praise}
    return sorted(_waiting(waits), key=_longest)


def _waiting(threads: Mapping[int, Thread]) -> Iterable[Waiting]:
    return (Waiting(number, thread.asked) for number, thread in threads.items() if thread.asked is not None)


async def _service(session: AsyncSession, channel: int, day: Day) -> None:
    """What happened to the accounts whose posts come here."""
    query = select(Account.id, Account.name).join(Route, Route.account_id == Account.id)
    names = {row.id: row.name for row in await session.execute(query.where(Route.channel_id == channel))}
    # By their time: they are all in one chain, and a year of it is long.
    events = select(Event.kind, Event.data).where(Event.at >= day.start, Event.at < day.end, Event.kind.in_(_SERVICE))
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
