"""What a move of a conversation to another channel does to our messages: a card there, and the way to it from here.

The desk decides whether it may be moved (`bot/desk/moving.py`); who shows what where is the cards' own.
"""

from __future__ import annotations

from sqlalchemy import select

from models.chat import Card, CardKind
from models.journal import Event
from models.lifecycle import Step
from models.steps import Dossier, take
from models.telling import EventKind


async def carry(
    dossier: Dossier, *, to: int, rep: int | None, claim_ended: int | None, route: int | None = None
) -> None:
    """From now on the conversation lives in channel `to`. Its history is retold there; the old card and the old
    thread say where it went; a waiting draft is shown anew there, without approvals. Whoever calls has
    asked whether it may be moved now.

    The event is `{"channel": to, "from_channel": …}`, with `of` where somebody's claim ended by it, and `since` where
    a thread of this conversation stands there already: the event by which it left. Nobody moved it where the reader met
    a route: `route` is its number.
    """
    work, conversation = dossier.work, dossier.conversation
    left, number = conversation.channel_id, conversation.id
    data: dict[str, object] = {"channel": to, "from_channel": left}
    if claim_ended is not None:
        data["of"] = claim_ended
    if route is not None:
        data["route"] = route
    query = select(Card).where(Card.kind == CardKind.CONVERSATION.value, Card.ref == number, Card.channel_id == to)
    root = await work.session.scalar(query)
    if root is None:
        work.add(_card(dossier, CardKind.CONVERSATION, number, to))
    elif root.ts is not None and (since := await _left_by(dossier, to)) is not None:
        data["since"] = since
    conversation.channel_id = to
    await take(dossier, Step.MOVE, EventKind.MOVED, rep=rep, data=data)
    moved = await _latest(dossier)
    work.add(_card(dossier, CardKind.NOTICE, moved.id, left))
    if root is not None and root.ts is not None:
        # The card stands where it always stood, perhaps far up: the channel is told that it lives again.
        work.add(_card(dossier, CardKind.CHANNEL_NOTICE, moved.id, to))


def _card(dossier: Dossier, kind: CardKind, ref: int, channel: int) -> Card:
    conversation = dossier.conversation
    return Card(
        kind=kind,
        ref=ref,
        channel_id=channel,
        conversation_id=conversation.id,
        urgency=conversation.urgency,
        due_at=dossier.work.now,
    )


async def _moves(dossier: Dossier) -> list[Event]:
    """The latest first."""
    query = select(Event).where(Event.chain == dossier.conversation.id, Event.kind == EventKind.MOVED.value)
    return list((await dossier.work.session.scalars(query.order_by(Event.seq.desc()))).all())


async def _latest(dossier: Dossier) -> Event:
    return (await _moves(dossier))[0]


async def _left_by(dossier: Dossier, channel: int) -> int | None:
    """The event by which it last left this channel."""
    return next((event.id for event in await _moves(dossier) if event.data.get("from_channel") == channel), None)
