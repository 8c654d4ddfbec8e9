"""What a card says beside the conversation itself: whether it is put aside, who knows its customer, what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.duty import Offer
from models.people import Rep
from models.reading.known import who_worked_on
from models.reading.mood import Mood, moods
from models.reading.people import EarlierConversation
from models.reading.values import RepFacts, rep_facts
from models.snoozes import Snooze

#: So many earlier conversations a card tells of; the customer's profile has them all.
TOLD = 2


@dataclass(frozen=True, slots=True)
class Offered:
    """A colleague who knows the customer, on shift until then; None: we see no end."""

    rep: RepFacts
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier conversation, who of us had it, and how the customer felt."""

    was: EarlierConversation
    by: RepFacts | None
    mood: Mood | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """`before` has the newest first."""

    snoozed_until: datetime | None = None
    snoozed_by: RepFacts | None = None
    offered: Offered | None = None
    before: tuple[Before, ...] = field(default_factory=tuple)


async def beside(session: AsyncSession, number: int, earlier: Sequence[EarlierConversation]) -> Beside:
    """Two questions, and two more where the customer was here before."""
    asleep = select(Snooze.until, Rep).join(Rep, Rep.id == Snooze.rep_id).where(Snooze.conversation_id == number)
    snoozed = (await session.execute(asleep)).one_or_none()
    latest = earlier[:TOLD]
    offered, by, felt = None, {}, {}
    if latest:
        known = select(Offer.until, Rep).join(Rep, Rep.id == Offer.rep_id).where(Offer.conversation_id == number)
        found = (await session.execute(known)).one_or_none()
        offered = None if found is None else Offered(rep_facts(found[1]), found[0])
        numbers = [one.number for one in latest]
        by, felt = dict(await who_worked_on(session, numbers)), dict(await moods(session, numbers))
    return Beside(
        snoozed_until=None if snoozed is None else snoozed[0],
        snoozed_by=None if snoozed is None else rep_facts(snoozed[1]),
        offered=offered,
        before=tuple(Before(one, by.get(one.number), felt.get(one.number)) for one in latest),
    )
