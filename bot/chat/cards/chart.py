"""A summary's chart: what is on it, and the sentence that says the same. Drawn by `bot.reports.drawing`. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.cards.parts import about
from bot.chat.contract import Picture
from bot.reports.daily import Answer, Numbers, median
from bot.reports.timing import day_of

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

#: A busy hour is shown by minutes: (what came within so much, by so much).
_FINE = ((10, 1), (40, 5), (120, 10), (240, 30))
#: A chart of fewer bars looks like a mistake.
_LEAST = 6
#: So many platforms or kinds have a colour; the rest shares one.
_COLOURS = 6
REST = "others"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar's place: from which moment to which, what stands below it and what it is called in a sentence."""

    start: datetime
    end: datetime
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """Everything on the picture. `series` are posts, `in_time` and `late` answers, a number for each bar; `notes`
    stand above the bars of answers."""

    posts_title: str
    answers_title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    in_time: tuple[int, ...]
    late: tuple[int, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OneDay:
    """A day of several: how many posts came, how many answers, how many of them in time, and the middle one."""

    name: str
    posts: int
    answers: int
    in_time: int
    median: timedelta | None


def chart(numbers: Numbers, zone: ZoneInfo) -> Picture | None:
    """None where there is nothing to look at."""
    if not numbers.came and not numbers.answers:
        return None
    bars = _bars(numbers, zone)
    drawn = _drawn(numbers, bars, zone)
    alt = _said(numbers, bars, drawn, zone)
    text = json.dumps({**asdict(drawn), "alt": alt}, ensure_ascii=False, separators=(",", ":"))
    return Picture(url="", alt=alt, drawing=text)


def alt_of(drawing: str) -> str:
    """What a drawing says in words; "" where it is none of ours."""
    try:
        said: object = json.loads(drawing)
    except ValueError:
        return ""
    return str(said.get("alt", "")) if isinstance(said, dict) else ""


def trend(numbers: Numbers, zone: ZoneInfo) -> tuple[OneDay, ...]:
    """Each of several days by itself; nothing of a single one."""
    if numbers.first == numbers.last:
        return ()
    bars = _bars(numbers, zone)
    begin = bars[0].start
    posts = [0] * len(bars)
    for minutes in numbers.came.values():
        for minute, count in minutes.items():
            posts[_at(bars, begin + minute * _MINUTE)] += count
    return tuple(
        OneDay(
            bar.name,
            came,
            len(some),
            sum(not one.late for one in some),
            median([one.took for one in some]) if some else None,
        )
        for bar, came, some in zip(bars, posts, _came_in(numbers.answers, bars, begin), strict=True)
    )


# ------------------------------------------------------------------------------------------------------- the bars


def _bars(numbers: Numbers, zone: ZoneInfo) -> tuple[Bar, ...]:
    if numbers.first != numbers.last:
        days = [numbers.first + nth * _DAY for nth in range((numbers.last - numbers.first).days + 1)]
        return tuple(Bar(*day_of(zone, day), f"{day:%a}\n{day.day}", f"{day:%a} {day.day}") for day in days)
    start, end = day_of(zone, numbers.first)
    minutes = [minute for some in numbers.came.values() for minute in some] + [one.minute for one in numbers.answers]
    first, last = min(minutes), max(minutes)
    step = next((step for within, step in _FINE if last - first < within), 60)
    lowest, highest = first // step, last // step
    day_long = int((end - start) / _MINUTE)
    while highest - lowest + 1 < _LEAST:
        lowest, highest = max(lowest - 1, 0), min(highest + 1, day_long // step - 1)
    return tuple(_bar(start + nth * step * _MINUTE, step, zone) for nth in range(lowest, highest + 1))


def _bar(start: datetime, step: int, zone: ZoneInfo) -> Bar:
    local, until = start.astimezone(zone), (start + step * _MINUTE).astimezone(zone)
    label = f"{local.hour}" if step == 60 and not local.minute else f"{local:%H:%M}"
    return Bar(start, start + step * _MINUTE, label, f"{local:%H:%M} to {until:%H:%M}")


def _at(bars: Sequence[Bar], moment: datetime) -> int:
    return next((nth for nth, bar in enumerate(bars) if moment < bar.end), len(bars) - 1)


def _came_in(answers: Sequence[Answer], bars: Sequence[Bar], begin: datetime) -> list[list[Answer]]:
    """The answers of each bar."""
    found: list[list[Answer]] = [[] for _ in bars]
    for one in answers:
        found[_at(bars, begin + one.minute * _MINUTE)].append(one)
    return found


# ---------------------------------------------------------------------------------------------------- what is on it


def _drawn(numbers: Numbers, bars: Sequence[Bar], zone: ZoneInfo) -> Drawn:
    begin = day_of(zone, numbers.first)[0]
    answered = _came_in(numbers.answers, bars, begin)
    in_time = tuple(sum(not one.late for one in some) for some in answered)
    late = tuple(sum(one.late for one in some) for some in answered)
    several = numbers.first != numbers.last
    good = sum(in_time)
    came = sum(sum(some.values()) for some in numbers.came.values())
    return Drawn(
        posts_title=f"{_many(came, 'post')} {_span(numbers.first, numbers.last)}",
        answers_title=_answers(numbers, good),
        labels=tuple(bar.label for bar in bars),
        series=_series(numbers.came, bars, begin),
        in_time=in_time,
        late=late,
        notes=tuple(about(median([one.took for one in some])) if some else "" for some in answered) if several else (),
    )


def _answers(numbers: Numbers, in_time: int) -> str:
    """Where praise has a target of its own, answers are in time by two: then none is named."""
    if not numbers.answers:
        return "No answers yet" if numbers.open else "No answers"
    said = f"{in_time} of {_many(len(numbers.answers), 'answer')}"
    return f"{said} in time" if numbers.thanks is not None else f"{said} within {about(numbers.within)}"


def _series(
    came: Mapping[str, Mapping[int, int]], bars: Sequence[Bar], begin: datetime
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The first few by themselves, the rest together."""
    totals = {name: sum(minutes.values()) for name, minutes in came.items()}
    biggest = sorted(totals, key=lambda name: -totals[name])[: _COLOURS if len(totals) <= _COLOURS else _COLOURS - 1]
    found = {name: [0] * len(bars) for name in came if name in biggest}
    for name, minutes in came.items():
        row = found.setdefault(name if name in biggest else REST, [0] * len(bars))
        for minute, count in minutes.items():
            row[_at(bars, begin + minute * _MINUTE)] += count
    return tuple((name, tuple(row)) for name, row in found.items())


def _span(first: date, last: date) -> str:
    if first == last:
        return f"on {first:%A} {first.day} {first:%B}"
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"from {begins} to {last.day} {last:%B}"


# ------------------------------------------------------------------------------------------------- the same in words


def _said(numbers: Numbers, bars: Sequence[Bar], drawn: Drawn, zone: ZoneInfo) -> str:
    """The text alternative: every number that the picture is looked at for."""
    said = drawn.posts_title
    if drawn.series:
        each = ", ".join(f"{name} {sum(row)}" for name, row in drawn.series)
        said += f" ({each})"
    days = trend(numbers, zone)
    if days:
        said += ": " + "; ".join(map(_of_day, days))
        return f"{said}. {drawn.answers_title}."
    posts = [sum(row[nth] for _, row in drawn.series) for nth in range(len(bars))]
    if any(posts):
        most = max(posts)
        said += f", most from {bars[posts.index(most)].name} ({most})"
    return f"{said}. {drawn.answers_title}."


def _of_day(day: OneDay) -> str:
    if not day.answers:
        return f"{day.name} {_many(day.posts, 'post')}"
    return f"{day.name} {_many(day.posts, 'post')}, {day.in_time} of {_many(day.answers, 'answer')} in time"


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
