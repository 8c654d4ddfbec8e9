"""Hours and moments as people type them, and back: "Mon-Fri 9-17, Sat 10-14", "2h", "tomorrow 14:00", "Friday". Pure.

Settings files are stricter (`bot/settings/kinds.py`): there an operator writes once, here somebody types on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.reports.timing import moment_of
from bot.settings.values import Hours, Shift

_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)

#: A day that is named without a time begins then, where nobody said when they do.
MORNING = time(9)

#: Nobody means a moment later than that.
FARTHEST = timedelta(days=366)


class NotUnderstood(Exception):
    """What was typed is no such thing; `word` is where reading stopped."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


# ---------------------------------------------------------------------------------------------------- hours


def hours_said(words: str) -> Hours:
    """Shifts as typed: days, then one or several spans of time, and so on. Raises NotUnderstood. Nothing at all, "off"
    and "none" are no shifts."""
    typed = re.sub(r"\s*[-–—]\s*|\s+(?:to|till|until)\s+", "-", words.strip().lower())
    tokens = [token for token in re.split(r"[,;\s]+", typed) if token not in {"", "and", "&", "from"}]
    if not tokens or tokens in (["off"], ["none"], ["never"]):
        return Hours()
    shifts: list[Shift] = []
    days: frozenset[int] = frozenset()
    spoken_for = False  # these days have a span already: the next day begins anew
    for token in tokens:
        named = _days(token)
        if named is not None:
            days, spoken_for = (named if spoken_for else days | named), False
            continue
        span = _span(token)
        if span is None or not days:
            raise NotUnderstood(token)
        shifts.append(Shift(days, *span))
        spoken_for = True
    if not spoken_for:
        raise NotUnderstood(tokens[-1])
    return Hours(tuple(shifts))


def hours_shown(hours: Hours) -> str:
    """As one would type them: "Mon-Fri 09:00-17:00, Sat 10:00-14:00"."""
    return ", ".join(f"{_days_shown(one.days)} {one.start:%H:%M}-{_end_shown(one.end)}" for one in hours.shifts)


def hours_kept(hours: Hours) -> list[object]:
    """As the store keeps them."""
    return [[sorted(one.days), f"{one.start:%H:%M}", f"{one.end:%H:%M}"] for one in hours.shifts]


def hours_from(kept: Iterable[object]) -> Hours:
    """Out of the store. What is no shift is left out."""
    shifts = []
    for one in kept:
        match one:
            case [list(days), str(start), str(end)] if all(isinstance(day, int) for day in days):
                shifts.append(Shift(frozenset(days), time.fromisoformat(start), time.fromisoformat(end)))
    return Hours(tuple(shifts))


def _days(token: str) -> frozenset[int] | None:
    if token in {"daily", "always", "everyday"}:
        return frozenset(range(7))
    if token in {"weekdays", "workdays"}:
        return frozenset(range(5))
    first, _, last = token.partition("-")
    begin, end = _day(first), _day(last or first)
    if begin is None or end is None:
        return None
    return frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def _day(word: str) -> int | None:
    """ "mon", "monday", "mo" and what lies between."""
    word = word.rstrip(".")
    found = [nth for nth, name in enumerate(_LONG) if len(word) >= 2 and name.startswith(word)]
    return found[0] if len(found) == 1 else None


def _span(token: str) -> tuple[time, time] | None:
    first, dash, last = token.partition("-")
    start, end = _clock(first), _clock(last)
    if not dash or start is None or end is None or last == first:
        return None
    return start, end


_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?(am|pm)?(?:uhr)?")


def _clock(word: str) -> time | None:
    """ "9", "9:30", "09.30", "5pm", "noon"; 24 ends a day."""
    word = {"noon": "12", "midnight": "0"}.get(word, word)
    found = _CLOCK.fullmatch(word)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    if hour == 24 and minute == 0:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _days_shown(days: frozenset[int]) -> str:
    """ "Mon-Fri", "Mon, Wed, Fri": runs of three and more with a dash."""
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    named = [[f"{_NAMES[run[0]]}-{_NAMES[run[-1]]}"] if len(run) > 2 else [_NAMES[day] for day in run] for run in runs]
    return ", ".join(name for run in named for name in run)


def _end_shown(end: time) -> str:
    return "24:00" if end == time() else f"{end:%H:%M}"


# -------------------------------------------------------------------------------------------------- moments

_UNITS: Mapping[str, timedelta] = {
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "w": timedelta(weeks=1),
    "week": timedelta(weeks=1),
}
_LENGTH = re.compile(r"(\d{1,4})\s*([a-z]+)")


def moment_said(
    words: str, now: datetime, zone: ZoneInfo, *, begins: Callable[[date], time] = lambda _day: MORNING
) -> datetime | None:
    """The moment that somebody means who types this now, by their own clock; None: no moment, or none that is to come.
    A day without a time is that day as it `begins`; a weekday is the next one after today."""
    typed = re.sub(r"^(?:(?:until|till|til|for|in|on|at|by)\s+)+", "", words.strip().lower())
    found = _in_a_while(typed, now, zone) or _by_the_calendar(typed, now, zone, begins)
    return found if found is not None and now < found <= now + FARTHEST else None


def _in_a_while(typed: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """ "2h", "90 min", "1h 30m"; days are days of the calendar: the same time by the clock."""
    total, days, rest = timedelta(), timedelta(), typed
    while rest:
        found = _LENGTH.match(rest)
        unit = found and (_UNITS.get(found[2]) or _UNITS.get(found[2].removesuffix("s")))
        if not found or not unit:
            return None
        if unit >= _DAY:
            days += int(found[1]) * unit
        else:
            total += int(found[1]) * unit
        rest = rest[found.end() :].lstrip(" ,")
    if not days:
        return now + total if total else None
    local = now.astimezone(zone)
    if days > FARTHEST:
        return None
    there = moment_of(zone, local.date() + days, local.time().replace(microsecond=0))
    return there + total


def _by_the_calendar(typed: str, now: datetime, zone: ZoneInfo, begins: Callable[[date], time]) -> datetime | None:
    today = now.astimezone(zone).date()
    day: date | None = None
    at: time | None = None
    for word in typed.replace(",", " ").split():
        if word in {"at", "the", "next", "on", "o'clock", "uhr"}:
            continue
        named, clock = _named_day(word, today), _clock(word)
        if named is not None and day is None:
            day = named
        elif clock is not None and at is None:
            at = clock
        else:
            return None
    if day is None and at is None:
        return None
    if day is None and at is not None:
        here = moment_of(zone, today, at)
        return here if here > now else moment_of(zone, today + _DAY, at)
    assert day is not None
    return moment_of(zone, day, at if at is not None else begins(day))


def _named_day(word: str, today: date) -> date | None:
    if word == "today":
        return today
    if word in {"tomorrow", "tmrw"}:
        return today + _DAY
    weekday = _day(word)
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(word) if len(word) == 10 else None
    except ValueError:
        return None


def begins_with(hours: Hours) -> Callable[[date], time]:
    """When somebody's day begins: with their first shift on it, else in the morning."""

    def begins(day: date) -> time:
        return min((one.start for one in hours.shifts if day.weekday() in one.days), default=MORNING)

    return begins


def at_midnight(_day: date) -> time:
    """A day as a whole begins."""
    return time()


def typed(at: datetime, zone: ZoneInfo) -> str:
    """A moment as it can be typed again."""
    local = at.astimezone(UTC).astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}"
