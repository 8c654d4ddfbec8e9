"""What is shown of a move: where a conversation lives now, and everything that happened before it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, CardKind
from models.conversation import Conversation
from models.journal import Event
from models.people import Identity, Rep
from models.places import Channel
from models.reading.history import EventFacts, History, history
from models.reading.places import root_of
from models.reading.values import CustomerFacts, RepFacts, customer_facts, rep_facts, whole
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class MovedAway:
    """Where a conversation lives now, as its card says it where it lived before. `link` is its card there."""

    number: int
    customer: CustomerFacts
    channel: str
    link: str | None
    at: datetime | None
    rep: RepFacts | None


@dataclass(frozen=True, slots=True)
class Retold:
    """A conversation that came: `event` is its move, `told` what happened before it, all of it or (`back`) since it
    left here. `came_from` is the channel, `link` its card there."""

    history: History
    event: EventFacts
    told: tuple[EventFacts, ...]
    came_from: str
    link: str | None
    back: bool


async def moved_away(session: AsyncSession, number: int) -> MovedAway | None:
    """What points to conversation `number`. None: there is none."""
    query = (
        select(Conversation, Identity, Channel.name, Card.link)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Channel, Channel.id == Conversation.channel_id)
        .outerjoin(Card, root_of(Conversation))
        .where(Conversation.id == number)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    _, identity, channel, link = found
    last = (
        select(Event.at, Rep)
        .outerjoin(Rep, Rep.id == Event.rep_id)
        .where(Event.chain == number, Event.kind == EventKind.MOVED.value)
        .order_by(Event.seq.desc())
        .limit(1)
    )
    move = (await session.execute(last)).one_or_none()
    at, rep = (None, None) if move is None else move
    return MovedAway(number, customer_facts(identity), channel, link, at, None if rep is None else rep_facts(rep))


async def retold(session: AsyncSession, number: int, event_id: int) -> Retold | None:
    """What is told where conversation `number` came to by this event. None: there is no such event."""
    whole_of = await history(session, number)
    if whole_of is None:
        return None
    event = next((one for one in whole_of.events if one.id == event_id), None)
    if event is None:
        return None
    came_from = whole(event.data.get("from_channel")) or 0
    left_by = whole(event.data.get("since"))
    since = next((one.seq for one in whole_of.events if one.id == left_by), 0)
    link = select(Card.link).where(
        Card.kind == CardKind.CONVERSATION.value, Card.ref == number, Card.channel_id == came_from
    )
    return Retold(
        history=whole_of,
        event=event,
        told=tuple(one for one in whole_of.events if since < one.seq < event.seq),
        came_from=whole_of.channels.get(came_from, ""),
        link=await session.scalar(link),
        back=left_by is not None,
    )
