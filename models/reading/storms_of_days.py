"""Which storms there were in some days of a channel, out of the days' events: for the summary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.reading.day_events import of_kinds
from models.reading.values import whole
from models.telling import EventKind

_JOINED, _LEFT = EventKind.STORM_JOINED.value, EventKind.STORM_LEFT.value


@dataclass(frozen=True, slots=True)
class Stormed:
    """A storm, and the conversations that came into it in these days, since when and until when."""

    storm: int
    numbers: tuple[int, ...]
    first: datetime
    last: datetime


async def stormed(session: AsyncSession, channel: int, start: datetime, end: datetime) -> tuple[Stormed, ...]:
    """The largest first. Who was taken out again in these days is not counted."""
    found: dict[int, dict[int, datetime]] = {}
    for event in await of_kinds(session, channel, start, end, (_JOINED, _LEFT)):
        storm = whole(event.data.get("storm"))
        if storm is None:
            continue
        members = found.setdefault(storm, {})
        if event.kind == _JOINED:
            members.setdefault(event.number, event.at)
        else:
            members.pop(event.number, None)
    storms = [
        Stormed(storm, tuple(members), min(members.values()), max(members.values()))
        for storm, members in found.items()
        if members
    ]
    return tuple(sorted(storms, key=lambda one: (-len(one.numbers), one.storm)))
