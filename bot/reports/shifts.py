"""When somebody is at work, as they said themselves: on shift until when, next when, where a working day ends. Pure.

Moments are in UTC; the person's own zone only says when a shift begins and ends. Overlapping shifts count once; one
that follows another without a gap goes on. A working day ends with its last shift, on which a break is no end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.reports.timing import Calendar, open_between, shifts_on
from bot.settings.values import Hours

#: So far ahead a shift is looked for, and one that ends later has no end for us. Every weekday is in it twice.
FAR = timedelta(days=15)

_DAY = timedelta(days=1)
_NEVER_ENDS = FAR - _DAY


@dataclass(frozen=True, slots=True)
class Working:
    """What somebody said of when they are there. Without shifts: nothing. Away from `away_since`, to `away_until`."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    hours: Hours = field(default_factory=Hours)
    away_since: datetime | None = None
    away_until: datetime | None = None

    @property
    def told(self) -> bool:
        """Whether they said hours at all."""
        return bool(self.hours.shifts)

    def away(self, at: datetime) -> bool:
        return self.away_since is not None and self.away_until is not None and self.away_since <= at < self.away_until


@dataclass(frozen=True, slots=True)
class Stretch:
    """At work from one moment to another. `end` None: without an end that we can see."""

    begin: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class DayEnd:
    """Where somebody's working day ended or will: `day` is its local date, whenever by the clock that was."""

    day: date
    at: datetime


def on_shift(person: Working, now: datetime) -> Stretch | None:
    """The stretch of work that they are in. None: they are not there, or never said when they are."""
    first = next(_stretches(person, now, now + FAR), None)
    return first if first is not None and first.begin <= now else None


def next_shift(person: Working, now: datetime) -> datetime | None:
    """When they come next. None: nothing that we can see."""
    return next((one.begin for one in _stretches(person, now, now + FAR) if one.begin > now), None)


def next_end(person: Working, now: datetime) -> DayEnd | None:
    """The next end of a working day after `now`; while they are away there is none."""
    day = now.astimezone(person.zone).date() - _DAY
    return next((end for end in _ends(person, day, now + FAR) if end.at > now), None)


def last_end(person: Working, now: datetime) -> DayEnd | None:
    """The latest end that has passed by `now`: of a working day, or since they are away now, when they left."""
    if person.away(now) and person.away_since is not None:
        return DayEnd(person.away_since.astimezone(person.zone).date(), person.away_since)
    day = (now - FAR).astimezone(person.zone).date()
    return max((end for end in _ends(person, day, now) if end.at <= now), key=lambda end: end.at, default=None)


def _ends(person: Working, day: date, until: datetime) -> Iterator[DayEnd]:
    """The ends of the working days from `day` on, as far as they are at work until then and not after."""
    if not person.told:
        return
    calendar = Calendar(person.zone, person.hours)
    last = until.astimezone(person.zone).date() + _DAY
    while day <= last:
        shifts = shifts_on(calendar, day)
        if shifts:
            end = max(closes for _, closes in shifts)
            if not person.away(end) and on_shift(replace(person, away_since=None, away_until=None), end) is None:
                yield DayEnd(day, end)
        day += _DAY


def _stretches(person: Working, start: datetime, end: datetime) -> Iterator[Stretch]:
    """What of start..end they are at work, in order: what touches is one, what they are away is cut out."""
    if not person.told:
        return
    held: tuple[datetime, datetime] | None = None
    for opens, closes in open_between(Calendar(person.zone, person.hours), start, end):
        if held is not None and opens <= held[1]:
            held = held[0], max(held[1], closes)
            continue
        if held is not None:
            yield from _there(person, held, start)
        held = opens, closes
    if held is not None:
        yield from _there(person, held, start)


def _there(person: Working, one: tuple[datetime, datetime], start: datetime) -> Iterator[Stretch]:
    """A stretch without the time away."""
    opens, closes = one
    pieces = [(opens, closes)]
    if person.away_since is not None and person.away_until is not None:
        before = (opens, min(closes, person.away_since))
        after = (max(opens, person.away_until), closes)
        pieces = [piece for piece in (before, after) if piece[0] < piece[1]]
    for begin, end in pieces:
        yield Stretch(begin, None if end - start > _NEVER_ENDS else end)
