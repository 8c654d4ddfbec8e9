"""How long a customer waited by the team's own clock: business hours, holidays, changes of the clock. Pure.

Everything is counted in real seconds between moments in UTC; the channel's zone only says when a shift begins and
ends. What is asked, answered and warned about is decided elsewhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.settings.values import Holidays, Hours

#: So far ahead working time is looked for: whoever closes for longer has no target that could be missed.
FARTHEST = timedelta(days=730)

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a team is at work. A shift belongs to the day on which it begins: none begins on a holiday, and one that
    began the evening before ends as always."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    hours: Hours = field(default_factory=Hours)
    holidays: Holidays = field(default_factory=Holidays)

    @property
    def always(self) -> bool:
        """Whether business hours and the wall clock are the same."""
        return not self.hours.shifts and not self.holidays


@dataclass(frozen=True, slots=True)
class Target:
    """What a customer may expect here: an answer `within` so much working time; who praises us, `thanks` within so much
    (None: within the same)."""

    within: timedelta
    calendar: Calendar = field(default_factory=Calendar)
    thanks: timedelta | None = None

    @property
    def of_praise(self) -> Target:
        """What who praises us may expect."""
        return self if self.thanks is None else replace(self, within=self.thanks)

    def deadline(self, asked: datetime) -> datetime | None:
        """The last moment at which an answer is in time. None: nobody works here within two years."""
        return after(self.calendar, asked, self.within)

    def missed(self, asked: datetime, answered: datetime) -> bool:
        """Whether that answer came too late. One that comes exactly then is in time."""
        return worked(self.calendar, asked, answered) > self.within


def worked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The working time between two moments; none when `end` is not later."""
    if end <= start:
        return timedelta()
    if calendar.always:
        return end - start
    total = timedelta()
    for opens, closes in open_between(calendar, start, end):
        total += min(closes, end) - opens
    return total


class Ledger:
    """The working time of a stretch, looked up instead of added up: a day asks for a hundred thousand lengths."""

    def __init__(self, calendar: Calendar, start: datetime, end: datetime) -> None:
        self._always = calendar.always
        self._opens: list[datetime] = []
        self._closes: list[datetime] = []
        self._before: list[timedelta] = []
        total = timedelta()
        for opens, closes in () if self._always else open_between(calendar, start, end):
            self._opens.append(opens)
            self._closes.append(closes)
            self._before.append(total)
            total += closes - opens

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """As `worked`, for moments within the stretch."""
        if end <= start:
            return timedelta()
        return end - start if self._always else self.until(end) - self.until(start)

    def until(self, moment: datetime) -> timedelta:
        """The working time from the stretch's beginning to a moment within it; not where work never ends."""
        at = bisect_right(self._opens, moment) - 1
        if at < 0:
            return timedelta()
        return self._before[at] + min(moment, self._closes[at]) - self._opens[at]


def after(calendar: Calendar, start: datetime, length: timedelta) -> datetime | None:
    """The first moment at which `length` of working time has passed since `start`. None: not within two years."""
    start = start.astimezone(UTC)
    if calendar.always or length <= timedelta():
        return start + length
    left = length
    for opens, closes in open_between(calendar, start, start + FARTHEST):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    return None


def moment_of(zone: ZoneInfo, day: date, at: time) -> datetime:
    """The moment at which clocks in `zone` first show this. A time that the change of the clock leaves out is the
    moment of the change."""
    local = datetime.combine(day, at)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)  # PEP 495: in a gap, before the change
    while moment - early > _SECOND:
        middle = early + (moment - early) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            early = middle
        else:
            moment = middle
    return moment.replace(microsecond=0)


def day_of(zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """A local day as moments: 23 hours long where clocks go forward, 25 where they go back."""
    return moment_of(zone, day, time()), moment_of(zone, day + _DAY, time())


def open_between(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every stretch of working time that overlaps with start..end, in order; where shifts overlap, it counts once."""
    day = start.astimezone(calendar.zone).date() - _DAY  # a shift of the evening before may still run
    last = end.astimezone(calendar.zone).date()
    until = start
    while day <= last:
        for opens, closes in shifts_on(calendar, day):
            if closes > until and opens < end:
                yield max(opens, until), closes
                until = closes
        day += _DAY


@lru_cache(maxsize=2_000)  # a day's numbers ask for the same few days thousands of times
def shifts_on(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The shifts that begin on this day, the earliest first."""
    if day in calendar.holidays:
        return ()
    if not calendar.hours.shifts:
        return (day_of(calendar.zone, day),)
    return tuple(
        sorted(
            (
                moment_of(calendar.zone, day, shift.start),
                _last(calendar.zone, day if shift.start < shift.end else day + _DAY, shift.end),
            )
            for shift in calendar.hours.shifts
            if day.weekday() in shift.days
        )
    )


def _last(zone: ZoneInfo, day: date, at: time) -> datetime:
    """As `moment_of`, but where clocks show a time twice, the second: a shift lasts until its hour is really over."""
    local = datetime.combine(day, at)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return second if second.astimezone(zone).replace(tzinfo=None) == local else moment_of(zone, day, at)
