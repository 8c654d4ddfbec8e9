"""Conversations, events, each day's numbers, ideas and praise as tables: CSV for spreadsheets, JSON lines for programs.

Nothing in them is a customer's words. What reps called an idea is: no cell is a formula, whoever wrote it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import TextIO

from bot.ops.plain import line, plain
from bot.reports.daily import Figure, Numbers, numbers
from bot.reports.timing import Target
from models.reading import outline
from models.reading.listed import Listing
from models.reading.outline import Entry, Outline
from models.reading.places import channels_by_name, count_conversations
from models.reading.places import conversations as numbers_of_conversations
from models.store import Store

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DayLine:
    """One local day of one channel: how many of each, and the time to the answer by the clock on the wall and in
    working time, the median and what nine of ten did not exceed. `behind` are the conversations of each number."""

    channel: str
    day: str
    figures: Mapping[str, int]
    behind: Mapping[str, tuple[int, ...]]
    wall_median: timedelta | None
    wall_most: timedelta | None
    working_median: timedelta | None
    working_most: timedelta | None
    parts: Mapping[str, timedelta]
    parts_most: Mapping[str, timedelta]


async def conversations(store: Store, table: TextIO, since: datetime | None, progress: Progress) -> None:
    """A row each."""
    columns = [one.name for one in fields(Outline)]
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(columns)
    async with store.reading() as session:
        in_all = await count_conversations(session, since=since)
    done = last = 0
    while True:
        async with store.reading() as session:
            page = await numbers_of_conversations(session, since=since, after=last)
            found = await outline.outlines(session, page)
        rows.writerows([_cell(getattr(one, column)) for column in columns] for one in found)
        done += len(page)
        progress(done, in_all)
        if not page:
            return
        last = page[-1]


async def events(store: Store, lines: TextIO, table: TextIO, since: datetime | None, progress: Progress) -> int:
    """A line and a row each, as they were written; how many."""
    columns = [one.name for one in fields(Entry)]
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(columns)
    async with store.reading() as session:
        in_all = await outline.count_entries(session, since=since)
    done = last = 0
    while True:
        async with store.reading() as session:
            page = await outline.entries(session, after=last, since=since)
        for one in page:
            print(line(one), file=lines)
            rows.writerow([_cell(getattr(one, column)) for column in columns])
        done += len(page)
        progress(done, in_all)
        if not page:
            return done
        last = page[-1].id


async def listed(store: Store, lines: TextIO, table: TextIO, listing: Listing, progress: Progress) -> None:
    """A line and a row each: all of them, whenever they were written."""
    columns = [one.name for one in fields(listing.row)]
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(columns)
    async with store.reading() as session:
        in_all = await listing.count(session)
    done = last = 0
    while True:
        async with store.reading() as session:
            page = await listing.page(session, last)
        for one in page:
            print(line(one), file=lines)
            rows.writerow([_cell(getattr(one, column)) for column in columns])
        done += len(page)
        progress(done, in_all)
        if not page:
            return
        last = page[-1].id


async def days(
    store: Store,
    lines: TextIO,
    table: TextIO,
    since: datetime | None,
    progress: Progress,
    targets: Mapping[str, Target],
) -> int:
    """A line and a row for each channel and local day since the journal begins, today included; how many."""
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["channel", "day", *(one.value for one in Figure), *_LENGTHS])
    async with store.reading() as session:
        journal = await outline.span_of_journal(session)
        ids = await channels_by_name(session)
    if journal is None:
        return 0
    begins = since or journal[0]
    now = max(store.clock(), journal[1])  # the clock of whoever wrote last may be ahead of ours
    wanted = [
        (name, target, day)
        for name, target in targets.items()
        if name in ids
        for day in _between(begins.astimezone(target.calendar.zone), now.astimezone(target.calendar.zone))
    ]
    for nth, (name, target, day) in enumerate(wanted, 1):
        async with store.reading() as session:
            found = await numbers(session, ids[name], target, day, day, names=False, now=now)
        told = _told(name, day, found)
        print(line(told), file=lines)
        lengths = [getattr(told, length) for length in _LENGTHS]
        rows.writerow([name, told.day, *told.figures.values(), *map(_cell, lengths)])
        progress(nth, len(wanted))
    return len(wanted)


_LENGTHS = ("wall_median", "wall_most", "working_median", "working_most")


def _told(name: str, day: date, found: Numbers) -> DayLine:
    working = found.business or found.wall
    return DayLine(
        channel=name,
        day=day.isoformat(),
        figures={one.value: found.of(one) for one in Figure},
        behind={one.value: found.counts[one] for one in Figure if one in found.counts},
        wall_median=None if found.wall is None else found.wall.median,
        wall_most=None if found.wall is None else found.wall.most,
        working_median=None if working is None else working.median,
        working_most=None if working is None else working.most,
        parts={part.value: length.median for part, length in found.parts.items()},
        parts_most={part.value: length.most for part, length in found.parts.items()},
    )


def _between(first: datetime, last: datetime) -> Iterator[date]:
    day = first.date()
    while day <= last.date():
        yield day
        day += timedelta(days=1)


#: With these a spreadsheet begins to reckon (owasp.org, "CSV Injection").
_RECKONS = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: object) -> object:
    """Empty for nothing; a moment in UTC; a length of time in seconds; what has parts as JSON. Words that a spreadsheet
    would take for a formula have an apostrophe before them."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_RECKONS):
        return f"'{value}"
    if isinstance(value, datetime | timedelta):
        return plain(value)
    return line(value) if isinstance(value, Mapping) else value
