"""A channel's day as numbers, each with the conversations behind it: counted from what the journal says, by the team's
own clock and calendar. What it looks like is decided in `bot/chat/cards/summary.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from bot.reports.timing import Target, day_of, worked
from models.praise import praise_among
from models.reading.day import Day, Waiting, day_of_channel, posts_between
from models.reading.people import reps
from models.reading.places import account_names
from models.reading.rounds import Ended, How
from models.store import Session

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
class Helped:
    """What somebody did: how many conversations they wrote for, approved, helped with."""

    name: str
    wrote: int
    approved: int
    helped: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """One or several local days of a channel. `counts` leaves out what there was none of. `open`: the last of them
    is not over yet. `usual` is how many posts the same days of the week before had."""

    first: date
    last: date
    open: bool
    counts: Mapping[Figure, tuple[int, ...]]
    by_account: Mapping[str, int]
    by_hour: Mapping[int, int]  # posts, by whole hours since midnight
    wall: Spread | None = None  # to the answer, by the clock on the wall
    business: Spread | None = None  # by the team's hours; None where that is the same
    parts: Mapping[Part, timedelta] = field(default_factory=dict)  # medians
    within: timedelta = timedelta()
    longest: tuple[Waiting, ...] = ()
    writers: int = 0
    approvers: int = 0
    people: tuple[Helped, ...] = ()
    troubles: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    recovered: int = 0
    usual: int | None = None

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
    usual = await posts_between(session, channel, day_of(zone, first - before)[0], day_of(zone, last - before)[1])
    accounts = await account_names(session, day.by_account)
    people: tuple[Helped, ...] = ()
    if names:
        known = await reps(session, {*day.writers, *day.approvers, *day.helpers})
        people = _people(day, {id: rep.name for id, rep in known.items()})
    ended, waiting = (one.number for one in day.ended), (one.number for one in (*day.waiting, *(day.before or ())))
    return count(
        day,
        target,
        first,
        last,
        now=now,
        usual=usual,
        accounts=accounts,
        people=people,
        praise=await praise_among(session, {*ended, *waiting}),
    )


def count(
    day: Day,
    target: Target,
    first: date,
    last: date,
    *,
    now: datetime,
    usual: int | None = None,
    accounts: Mapping[int, str] | None = None,
    people: tuple[Helped, ...] = (),
    praise: Collection[int] = (),
) -> Numbers:
    """The numbers of a day. `praise` are conversations with a target of their own. Pure."""

    def due(number: int) -> Target:
        return target.of_praise if number in praise else target

    calendar = target.calendar
    answered = [one for one in day.ended if one.how in {How.ANSWERED, How.BY_HAND}]
    business = [worked(calendar, one.asked, one.at) for one in answered]
    waits = sorted([*day.waiting, *(day.before or ())], key=lambda one: (one.since, one.number))
    counts: dict[Figure, Iterable[int]] = {
        Figure.POSTS: day.asked,
        Figure.ANSWERED: [one.number for one in answered],
        Figure.LATE: [
            one.number for one, took in zip(answered, business, strict=True) if took > due(one.number).within
        ],
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
        by_account={(accounts or {}).get(id, "?"): len(posts) for id, posts in sorted(day.by_account.items())},
        by_hour=dict(sorted(day.by_hour.items())),
        wall=spread([one.at - one.asked for one in answered]),
        business=None if calendar.always else spread(business),
        parts=parts(answered),
        within=target.within,
        longest=tuple(waits[:LONGEST]),
        writers=len(day.writers),
        approvers=len(day.approvers),
        people=people,
        troubles=tuple(day.troubles),
        endings=tuple(day.endings),
        recovered=day.recovered,
        usual=usual,
    )


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


def parts(answered: Sequence[Ended]) -> Mapping[Part, timedelta]:
    """The median of each part, over the answers that went all the way through us."""
    lengths: dict[Part, list[timedelta]] = {part: [] for part in Part}
    for one in answered:
        if one.claimed is None or one.drafted is None or one.rewritten is None or one.approved is None:
            continue
        moments = (one.asked, one.claimed, one.drafted, one.rewritten, one.approved, one.at)
        for part, (earlier, later) in zip(Part, pairwise(moments), strict=True):
            lengths[part].append(max(later - earlier, timedelta()))
    return {part: median(found) for part, found in lengths.items() if found}


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
