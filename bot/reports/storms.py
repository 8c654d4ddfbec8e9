"""The summary's part about storms: what many said at once in these days."""

from __future__ import annotations

from collections.abc import Sequence

from bot.reports.daily import Numbers
from bot.reports.timing import Target, day_of
from models.reading.storms_of_days import Stormed, stormed
from models.store import Session

#: So many are named.
NAMED = 5


async def storms_of_days(session: Session, channel: int, target: Target, counted: Numbers) -> Sequence[Stormed]:
    """The largest of these days, by the channel's own clock."""
    zone = target.calendar.zone
    start, end = day_of(zone, counted.first)[0], day_of(zone, counted.last)[1]
    return (await stormed(session, channel, start, end))[:NAMED]
