"""A channel's day as numbers, each with the conversations behind it: counted from what the journal says, by the team's
own clock and calendar. What it looks like is decided in `bot/chat/cards/summary.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from adapters.registry import title
from bot.reports.timing import Ledger, Target, day_of
from models.reading.day import Day, Usual, Waiting, day_of_channel, usual_between
from models.reading.people import reps
from models.reading.places import accounts_of
from models.reading.rounds import Ended, How
from models.store import Session

_NONE = timedelta()
_DAY = timedelta(days=1)
WEEK = timedelta(days=7)

#: So many of those who wait longest are named.
LONGEST = 3


class Figure(StrEnum):
    """What is counted, by the word that people ask for it with."""

    POSTS = "posts"
    ANSWERED = "answered"
    LATE = "late"
    WAITING = "waiting"
    OVERDUE = "overdue"
    BEFORE = "before"
    CLOSED = "closed"
    DELETED = "deleted"
    BY_HAND = "by-hand"
    REFUSED = "refused"
    UNSURE = "unsure"
    HIDDEN = "hidden"
    STOPPED = "stopped"
    OWN_YES = "own-yes"


class Part(StrEnum):
    """What the time to an answer is made of."""

    QUEUE = "in queue"
    CLAIMED = "claimed"
    DRAFTING = "drafting"
    APPROVAL = "waiting for approval"
    PLATFORM = "on its way"


@dataclass(frozen=True, slots=True)
class Spread:
    """Of several lengths of time: the middle one, and the one that nine of ten do not exceed."""

    median: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: when it came, in minutes since the days began, how long it took in working time, and whether that
    was too long."""

    minute: int
    took: timedelta
    late: bool


@dataclass(frozen=True, slots=True)
class Helped:
    """What somebody did: how many conversations they wrote for, approved, helped with."""

    name: str
    wrote: int
    approved: int
    helped: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """One or several local days of a channel. `counts` leaves out what there was none of. `open`: the last of them
    is not over yet. `usual` are the same days of the week before. `came` is what a chart shows: posts by what they
    are, where a reader said so, else by platform, in minutes since the days began."""

    first: date
    last: date
    open: bool
    counts: Mapping[Figure, tuple[int, ...]]
    by_account: Mapping[str, int]
    by_hour: Mapping[int, int]  # posts, by whole hours since midnight
    wall: Spread | None = None  # to the answer, by the clock on the wall
    business: Spread | None = None  # by the team's hours; None where that is the same
    parts: Mapping[Part, Spread] = field(default_factory=dict)  # by the clock on the wall
    business_parts: Mapping[Part, Spread] = field(default_factory=dict)  # none where that is the same
    within: timedelta = timedelta()
    thanks: timedelta | None = None  # what who praises us may expect, where somebody does and it is not the same
    praise: frozenset[int] = frozenset()  # conversations in its lane, of all that are counted here
    longest: tuple[Waiting, ...] = ()
    writers: int = 0
    approvers: int = 0
    helpers: int = 0
    people: tuple[Helped, ...] = ()
    troubles: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    recovered: int = 0
    usual: Usual | None = None
    came: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    asked_at: tuple[tuple[int, int], ...] = ()  # each post's conversation, and its minute since the days began

    def of(self, figure: Figure) -> int:
        return len(self.counts.get(figure, ()))

    @property
    def quiet(self) -> bool:
        """Nothing worth a second line."""
        return not (set(self.counts) - {Figure.BEFORE, Figure.OVERDUE}) and not self.troubles and not self.endings


async def numbers(
    session: Session, channel: int, target: Target, first: date, last: date, *, names: bool, now: datetime
) -> Numbers:
    """The days from `first` to `last`, both whole, as far as they are over. The same journal gives the same numbers."""
    zone = target.calendar.zone
    start, end = day_of(zone, first)[0], day_of(zone, last)[1]
    day = await day_of_channel(session, channel, start, end, now=now)
    length = (last - first) + _DAY
    before = max(length, WEEK)
    usual = await usual_between(session, channel, day_of(zone, first - before)[0], day_of(zone, last - before)[1])
    accounts = await accounts_of(session, day.by_account)
    people: tuple[Helped, ...] = ()
    if names:
        known = await reps(session, {*day.writers, *day.approvers, *day.helpers})
        people = _people(day, {id: rep.name for id, rep in known.items()})
    return count(day, target, first, last, now=now, usual=usual, accounts=accounts, people=people)


def count(
    day: Day,
    target: Target,
    first: date,
    last: date,
    *,
    now: datetime,
    usual: Usual | None = None,
    accounts: Mapping[int, tuple[str, str]] | None = None,
    people: tuple[Helped, ...] = (),
) -> Numbers:
    """The numbers of a day. `accounts`: name and platform of each. Pure."""
    thanks = target.of_praise

    def due(number: int) -> Target:
        return thanks if number in day.praise else target

    calendar = target.calendar
    answered = [one for one in day.ended if one.how in {How.ANSWERED, How.BY_HAND}]
    ledger = Ledger(calendar, min((one.asked for one in answered), default=day.start), day.end)
    business = [ledger.worked(one.asked, one.at) for one in answered]
    late = [took > due(one.number).within for one, took in zip(answered, business, strict=True)]
    waits = sorted([*day.waiting, *(day.before or ())], key=lambda one: (one.since, one.number))
    counts: dict[Figure, Iterable[int]] = {
        Figure.POSTS: day.asked,
        Figure.ANSWERED: [one.number for one in answered],
        Figure.LATE: [one.number for one, missed in zip(answered, late, strict=True) if missed],
        Figure.WAITING: [one.number for one in day.waiting],
        Figure.BEFORE: [one.number for one in day.before or ()],
        Figure.OVERDUE: [one.number for one in waits if due(one.number).missed(one.since, min(now, day.end))],
        Figure.CLOSED: [one.number for one in day.ended if one.how is How.CLOSED],
        Figure.DELETED: [one.number for one in day.ended if one.how is How.GONE],
        Figure.BY_HAND: [one.number for one in answered if one.how is How.BY_HAND],
        Figure.REFUSED: day.refused,
        Figure.UNSURE: day.unsure,
        Figure.HIDDEN: day.hidden,
        Figure.STOPPED: day.stopped,
        Figure.OWN_YES: day.own_yes,
    }
    return Numbers(
        first=first,
        last=last,
        open=now < day.end,
        counts={figure: tuple(found) for figure, found in counts.items() if found},
        by_account={_account(accounts, id): len(posts) for id, posts in sorted(day.by_account.items())},
        by_hour=dict(sorted(day.by_hour.items())),
        wall=spread([one.at - one.asked for one in answered]),
        business=None if calendar.always else spread(business),
        parts=parts(answered),
        business_parts={} if calendar.always else parts(answered, ledger),
        within=target.within,
        thanks=thanks.within if day.praise and thanks.within != target.within else None,
        praise=frozenset(day.praise),
        longest=tuple(waits[:LONGEST]),
        writers=len(day.writers),
        approvers=len(day.approvers),
        helpers=len(day.helpers),
        people=people,
        troubles=tuple(day.troubles),
        endings=tuple(day.endings),
        recovered=day.recovered,
        usual=usual,
        came=_by_platform(day, accounts),
        asked_at=tuple(zip(day.asked, day.asked_at, strict=False)),
        answers=tuple(
            Answer(int((one.at - day.start).total_seconds() // 60), took, missed)
            for one, took, missed in zip(answered, business, late, strict=True)
            if day.start <= one.at < day.end
        ),
    )


def _account(accounts: Mapping[int, tuple[str, str]] | None, id: int) -> str:
    """ "Mastodon (acme)"."""
    name, platform = (accounts or {}).get(id, ("?", "?"))
    return f"{title(platform)} ({name})"


def _by_platform(day: Day, accounts: Mapping[int, tuple[str, str]] | None) -> Mapping[str, Mapping[int, int]]:
    """In the order of our accounts."""
    found: dict[str, dict[int, int]] = {}
    for id, minutes in sorted(day.by_minute.items()):
        here = found.setdefault(title((accounts or {}).get(id, ("?", "?"))[1]), {})
        for minute, count in minutes.items():
            here[minute] = here.get(minute, 0) + count
    return found


def spread(lengths: Sequence[timedelta]) -> Spread | None:
    """None of none. The ninetieth percentile by nearest rank: one that really happened."""
    if not lengths:
        return None
    ordered = sorted(lengths)
    rank = -(-len(ordered) * 9 // 10)  # rounded up
    return Spread(median(ordered), ordered[rank - 1])


def median(lengths: Sequence[timedelta]) -> timedelta:
    """The middle one, or what lies between the two in the middle. Of at least one."""
    ordered, half = sorted(lengths), len(lengths) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def parts(answered: Sequence[Ended], ledger: Ledger | None = None) -> Mapping[Part, Spread]:
    """Each part's length, over the answers that went all the way through us; with a ledger, in working time."""
    moments = [
        (one.asked, one.claimed, one.drafted, one.rewritten, one.approved, one.at)
        for one in answered
        if one.claimed is not None
        and one.drafted is not None
        and one.rewritten is not None
        and one.approved is not None
    ]
    columns = list(zip(*moments, strict=True))
    if ledger is None:
        lengths = [_apart(*pair) for pair in pairwise(columns)]
    else:
        lengths = [_apart(*pair) for pair in pairwise([list(map(ledger.until, column)) for column in columns])]
    each = zip(Part, map(spread, lengths), strict=False)
    return {part: found for part, found in each if found is not None}


T = TypeVar("T", datetime, timedelta)


def _apart(earlier: Sequence[T], later: Sequence[T]) -> list[timedelta]:
    """From each moment to its next. By two machines' clocks something may end before it began: it took no time."""
    return [max(end - start, _NONE) for start, end in zip(earlier, later, strict=True)]


def _people(day: Day, names: Mapping[int, str]) -> tuple[Helped, ...]:
    ids = {**dict.fromkeys(day.writers), **dict.fromkeys(day.approvers), **dict.fromkeys(day.helpers)}
    found = [
        Helped(
            names.get(id, "somebody"),
            len(day.writers.get(id, ())),
            len(day.approvers.get(id, ())),
            len(day.helpers.get(id, ())),
        )
        for id in ids
    ]
    return tuple(sorted(found, key=lambda one: (-one.wrote - one.approved, one.name)))
