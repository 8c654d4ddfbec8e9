"""What a card says beside the conversation itself: who knows its customer, and how it ended with them before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.duty import Offer
from models.people import Rep
from models.reading.known import who_worked_on
from models.reading.mood import Mood, moods
from models.reading.people import EarlierConversation
from models.reading.values import RepFacts, rep_facts

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

    offered: Offered | None = None
    before: tuple[Before, ...] = ()


async def beside(session: AsyncSession, number: int, earlier: Sequence[EarlierConversation]) -> Beside:
    """Asks nothing where the customer is new."""
    latest = earlier[:TOLD]
    if not latest:
        return Beside()
    offer = select(Offer.until, Rep).join(Rep, Rep.id == Offer.rep_id).where(Offer.conversation_id == number)
    found = (await session.execute(offer)).one_or_none()
    numbers = [one.number for one in latest]
    by, felt = await who_worked_on(session, numbers), await moods(session, numbers)
    return Beside(
        offered=None if found is None else Offered(rep_facts(found[1]), found[0]),
        before=tuple(Before(one, by.get(one.number), felt.get(one.number)) for one in latest),
    )
