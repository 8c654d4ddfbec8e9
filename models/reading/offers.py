"""What the private word about a returning customer says: who is back, whom they know, where to find it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card
from models.conversation import Claim, Conversation
from models.duty import Offer
from models.journal import Event
from models.lifecycle import State
from models.people import Identity, Rep
from models.reading.places import root_of
from models.reading.values import CustomerFacts, RepFacts, customer_facts, rep_facts, whole
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """A conversation offered to `rep`, who is on shift until then (None: we see no end) and knows its customer from
    conversation `earlier`. `stands`: nobody has it yet."""

    number: int
    channel: int
    customer: CustomerFacts
    rep: RepFacts
    until: datetime | None
    earlier: int | None
    stands: bool
    link: str | None


async def offer_facts(session: AsyncSession, number: int) -> OfferFacts | None:
    """The offer of this conversation; None: there is none."""
    query = (
        select(Offer, Conversation, Identity, Rep, Claim.id, Card.link)
        .join(Conversation, Conversation.id == Offer.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Rep, Rep.id == Offer.rep_id)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(Card, root_of(Conversation))
        .where(Offer.conversation_id == number)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    offer, conversation, identity, rep, claim, link = found
    said = select(Event.data).where(Event.chain == number, Event.kind == EventKind.OFFERED.value)
    data = await session.scalar(said.order_by(Event.seq.desc()).limit(1))
    return OfferFacts(
        number=number,
        channel=conversation.channel_id,
        customer=customer_facts(identity),
        rep=rep_facts(rep),
        until=offer.until,
        earlier=whole((data or {}).get("earlier")),
        stands=claim is None and conversation.state == State.OPEN.value,
        link=link,
    )
