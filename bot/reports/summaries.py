"""When each channel's summary comes: at its own time of each local day, none twice, none missing, and looked over
afterwards for what came late. Each day is a row, unique by channel and date; what it says is `daily`'s."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.reports.timing import day_of, moment_of
from models.chat import Card, CardKind
from models.days import Summary, expect, last_expected
from models.store import Store, Work
from models.wakes import Topic
from models.worklist import finish, next_due, take

log = logging.getLogger("twoway.summaries")

#: The longest pause between two looks; a summary comes so much late at most.
LOOK_EVERY = 5.0

#: A posted summary is looked over so often until its day is over, and so long after that: machines that froze write
#: late, and what a day left behind is told by what happens next.
OVER = timedelta(hours=1)
AFTERWARDS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))

#: After a longer time off, the days before that are not told one by one.
FARTHEST = timedelta(days=31)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Daily:
    """When a channel wants its summary, by its own clock; None: never."""

    zone: ZoneInfo
    at: time | None

    def due(self, day: date) -> datetime | None:
        """The moment of that day: where clocks leave the time out, their change; where it comes twice, the first."""
        return None if self.at is None else moment_of(self.zone, day, self.at)


async def keep_summaries(store: Store, dailies: Mapping[int, Daily], stop: asyncio.Event) -> None:
    """Until `stop` is set. `dailies` by channel."""
    settled = False
    with store.wakes.listening(Topic.TIME) as roused:
        while not stop.is_set():
            try:
                if not settled:
                    await settle(store, dailies)
                    settled = True
                pause = 0.0 if await post_due(store, dailies) else await _until_next(store)
            except Exception as error:
                log.exception("summaries stumbled", extra={"error": type(error).__name__})
                pause = LOOK_EVERY
            if pause > 0:
                await roused.wait(pause)


async def _until_next(store: Store) -> float:
    async with store.reading() as session:
        due = await next_due(session, Summary)
    if due is None:
        return LOOK_EVERY
    return min(max((due - store.clock()).total_seconds(), 0.01), LOOK_EVERY)


async def settle(store: Store, dailies: Mapping[int, Daily]) -> None:
    """What the settings want from now on: the next day has its row, at the time that is set now. Run at every start."""
    async with store.work() as work:
        for channel, daily in sorted(dailies.items()):
            await _settle_one(work, channel, daily)


async def _settle_one(work: Work, channel: int, daily: Daily) -> None:
    row = await last_expected(work, channel)
    waiting = row is not None and row.posted_at is None
    if daily.at is None:
        if row is not None and waiting:
            finish(row)
        return
    if row is not None and waiting:
        if row.due_at is not None and row.due_at <= work.now:
            return  # about to be posted, perhaps because somebody wants it now
        day = date.fromisoformat(row.day)
        due = daily.due(day)
        switched_off = row.due_at is None
        if due is not None and (not switched_off or due > work.now):
            row.due_at = due
            return
    today = work.now.astimezone(daily.zone).date()
    first = today if (daily.due(today) or work.now) > work.now else today + _DAY
    if row is not None:
        first = max(first, date.fromisoformat(row.day) + _DAY)
    due = daily.due(first)
    if due is not None:
        await expect(work, channel, first, due)


async def post_due(store: Store, dailies: Mapping[int, Daily]) -> int:
    """Post what is due and look over what was posted; how many rows were looked at. Row, card and the next day's row
    are one transaction."""
    async with store.work() as work:
        rows = await take(work, Summary, limit=20)
        for row in rows:
            daily = dailies.get(row.channel_id)
            if daily is None:
                finish(row)
                continue
            day = date.fromisoformat(row.day)
            if row.posted_at is None:
                await _post(work, row, day, daily)
            else:
                work.want(CardKind.SUMMARY, row.id)
            finish(row, due_at=next_look(daily.zone, day, work.now))
    return len(rows)


async def _post(work: Work, row: Summary, day: date, daily: Daily) -> None:
    row.posted_at = work.now
    work.add(Card(kind=CardKind.SUMMARY, ref=row.id, channel_id=row.channel_id, due_at=work.now))
    work.wake(Topic.SHOW)
    following = max(day + _DAY, work.now.astimezone(daily.zone).date() - FARTHEST)
    due = daily.due(following)
    if due is not None:
        await expect(work, row.channel_id, following, due)


def next_look(zone: ZoneInfo, day: date, now: datetime) -> datetime | None:
    """When a posted summary is looked over next; None: never again."""
    end = day_of(zone, day)[1]
    if now < end:
        return min(now + OVER, end + AFTERWARDS[0])
    return next((end + after for after in AFTERWARDS if end + after > now), None)
