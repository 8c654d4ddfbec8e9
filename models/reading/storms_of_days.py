"""Which storms there were in some days of a channel, out of the days' events: for the summary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation
from models.journal import Event
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
    query = (
        select(Event.chain, Event.at, Event.kind, Event.data)
        .join(Conversation, Conversation.id == Event.chain)
        .where(Event.at >= start, Event.at < end, Event.kind.in_((_JOINED, _LEFT)), Conversation.channel_id == channel)
        .order_by(Event.at, Event.id)
    )
    found: dict[int, dict[int, datetime]] = {}
    for number, at, kind, data in await session.execute(query):
        storm = whole(data.get("storm"))
        if storm is None:
            continue
        members = found.setdefault(storm, {})
        if kind == _JOINED:
            members.setdefault(number, at)
        else:
            members.pop(number, None)
    storms = [
        Stormed(storm, tuple(members), min(members.values()), max(members.values()))
        for storm, members in found.items()
        if members
    ]
    return tuple(sorted(storms, key=lambda one: (-len(one.numbers), one.storm)))
