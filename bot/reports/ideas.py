"""The summary's part about ideas: which were asked for in these days, and by how many people in all."""

from __future__ import annotations

from collections.abc import Sequence

from bot.reports.daily import Numbers
from bot.reports.timing import Target, day_of
from models.reading.asked_for import AskedFor, asked_for
from models.store import Session

#: So many are named.
NAMED = 5


async def ideas_of(session: Session, channel: int, target: Target, counted: Numbers) -> Sequence[AskedFor]:
    """Those that were asked for most in these days, by the channel's own clock."""
    zone = target.calendar.zone
    start, end = day_of(zone, counted.first)[0], day_of(zone, counted.last)[1]
    return (await asked_for(session, channel, start, end))[:NAMED]
