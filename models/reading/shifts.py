"""When reps work, as they said it; what they have when they go home; and what the journal says of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Claim, Conversation, Note
from models.duty import Duty
from models.journal import Event
from models.people import Rep
from models.reading.values import RepFacts, rep_facts
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """What somebody said of when they work. `hours` as the store keeps them; `holds` counts their claims."""

    rep: RepFacts
    zone: str
    hours: tuple[object, ...]
    away_since: datetime | None
    away_until: datetime | None
    pings: bool
    holds: int = 0


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """A claim that stands: whose conversation, where it lives, its language."""

    number: int
    channel: int
    language: str | None


async def duties(session: AsyncSession, surface: str) -> tuple[DutyFacts, ...]:
    """Everybody on this chat who said anything, by name."""
    holds = (
        select(func.count(Claim.id))
        .where(Claim.rep_id == Duty.rep_id, Claim.ended_at.is_(None))
        .correlate(Duty)
        .scalar_subquery()
    )
    query = select(Duty, Rep, holds).join(Rep, Rep.id == Duty.rep_id).where(Rep.surface == surface)
    return tuple(_facts(duty, rep, count) for duty, rep, count in await session.execute(query.order_by(Rep.name)))


async def duty_facts(session: AsyncSession, rep: int) -> DutyFacts | None:
    """What this rep said; None: nothing."""
    query = select(Duty, Rep).join(Rep, Rep.id == Duty.rep_id).where(Duty.rep_id == rep)
    found = (await session.execute(query)).one_or_none()
    return None if found is None else _facts(found[0], found[1])


def _facts(duty: Duty, rep: Rep, holds: int = 0) -> DutyFacts:
    return DutyFacts(rep_facts(rep), duty.zone, tuple(duty.hours), duty.away_since, duty.away_until, duty.pings, holds)


async def held_since_before(session: AsyncSession, rep: int, moment: datetime) -> Sequence[HeldFacts]:
    """What they have claimed before that moment and have still."""
    query = (
        select(Conversation.id, Conversation.channel_id, Conversation.language)
        .join(Claim, Claim.conversation_id == Conversation.id)
        .where(Claim.rep_id == rep, Claim.ended_at.is_(None), Claim.since < moment)
        .order_by(Conversation.id)
    )
    return [HeldFacts(*row) for row in await session.execute(query)]


async def kept_beyond(session: AsyncSession, number: int, *, rep: int, since: datetime, day: date) -> bool:
    """Whether its holder said, since they have it, that they keep it beyond the end of this working day."""
    query = select(Event.data).where(
        Event.chain == number, Event.kind == EventKind.KEPT.value, Event.rep_id == rep, Event.at >= since
    )
    return any(data.get("day") == day.isoformat() for data in await session.scalars(query))


async def last_note(session: AsyncSession, number: int, *, rep: int) -> int | None:
    """The last note that they wrote on it."""
    query = select(Note.id).where(Note.conversation_id == number, Note.rep_id == rep)
    return await session.scalar(query.order_by(Note.id.desc()).limit(1))


#: Work on a conversation, or news of it, after which its last change of hands is an old story.
_MOVES_ON = tuple(
    kind.value
    for kind in (
        EventKind.SHIFT_ENDED,
        EventKind.CLAIMED,
        EventKind.RELEASED,
        EventKind.HANDED_OVER,
        EventKind.CLAIM_ENDED,
        EventKind.KEPT,
        EventKind.DRAFTED,
        EventKind.NOTED,
        EventKind.CLOSED,
        EventKind.SNOOZED,
    )
)


async def lost_by_shift(session: AsyncSession, number: int, *, rep: int) -> bool:
    """Whether the end of this rep's shift is the last thing that happened to it, as far as people work on it."""
    query = select(Event.kind, Event.data).where(Event.chain == number, Event.kind.in_(_MOVES_ON))
    found = (await session.execute(query.order_by(Event.seq.desc()).limit(1))).one_or_none()
    return found is not None and found.kind == EventKind.SHIFT_ENDED.value and found.data.get("of") == rep
