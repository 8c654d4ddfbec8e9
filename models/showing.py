"""Cards as rows: which is the next to show in a channel, and what a message of ours stands for."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.chat import Card, CardKind
from models.conversation import Conversation
from models.journal import Event
from models.store import Store, Work
from models.telling import EventKind
from models.worklist import next_due, take


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message of ours is about."""

    card: int
    kind: CardKind
    ref: int
    conversation: int | None
    ts: str
    thread: str | None


@functools.cache
def ready_to_show(channel: int) -> tuple[ColumnElement[bool], ...]:
    """A card differs from what is shown, and everything that must stand before it stands: in a thread its first
    message, and every older message that was never posted."""
    earlier = aliased(Card)
    must_come_first = and_(
        earlier.conversation_id == Card.conversation_id,
        earlier.channel_id == Card.channel_id,  # where it lived before keeps nobody waiting
        earlier.ts.is_(None),
        earlier.wanted > earlier.shown,  # what turned out to need no message keeps nobody waiting
        earlier.given_up == "",
        earlier.kind != CardKind.CHANNEL_NOTICE.value,
        or_(earlier.kind == CardKind.CONVERSATION.value, earlier.id < Card.id),
        earlier.id != Card.id,
    )
    in_turn = or_(
        Card.kind.in_((CardKind.CONVERSATION.value, CardKind.CHANNEL_NOTICE.value)),
        Card.ts.is_not(None),
        ~exists().where(must_come_first),
    )
    return Card.channel_id == channel, Card.wanted > Card.shown, Card.given_up == "", in_turn


async def take_next(work: Work, channel: int, *, new: bool | None) -> Card | None:
    """The most urgent card of a channel to show now, leased. `new` only ones never posted, or only posted ones."""
    # What is said to all first, a stop among it; then drafts: people wait to approve them. Then by urgency; the oldest.
    order = (Card.kind != CardKind.CHANNEL_NOTICE.value, Card.kind != CardKind.DRAFT.value, Card.urgency.desc())
    rows = await take(work, Card, *ready_to_show(channel), *_of(new), limit=1, order=order)
    return rows[0] if rows else None


def _of(new: bool | None) -> tuple[ColumnElement[bool], ...]:
    if new is None:
        return ()
    return (Card.ts.is_(None) if new else Card.ts.is_not(None),)


async def when_next(store: Store, channel: int, *, new: bool | None) -> float:
    """Seconds until something in this channel falls due, 0 when something is; at most 5. `new` as for `take_next`."""
    async with store.reading() as session:
        due = await next_due(session, Card, *ready_to_show(channel), *_of(new))
    if due is None:
        return 5.0
    return min(max((due - store.clock()).total_seconds(), 0.0), 5.0)


def forget(card: Card) -> None:
    """Its message is no more: it is wanted as if it had never been posted."""
    card.ts = card.chat_id = card.thread = card.link = None
    card.picture = ""
    card.shown = min(card.shown, card.wanted - 1)


def _root(conversation: int, channel: int) -> tuple[ColumnElement[bool], ...]:
    return Card.kind == CardKind.CONVERSATION.value, Card.ref == conversation, Card.channel_id == channel


async def forget_root(work: Work, conversation: int, channel: int) -> None:
    """The thread of this conversation in a channel is no more: its first message is to be posted anew."""
    query = select(Card).where(*_root(conversation, channel))
    root = await work.session.scalar(query.with_for_update())
    if root is not None and root.ts is not None:
        forget(root)
        root.due_at = work.now


async def thread_of(session: AsyncSession, conversation: int, channel: int) -> str | None:
    """The first message of a conversation's thread in a channel, once it is posted."""
    return await session.scalar(select(Card.ts).where(*_root(conversation, channel)))


async def belongs(session: AsyncSession, *, kind: CardKind, ref: int, conversation: int, channel: int) -> bool:
    """Whether a card that was never posted is still to be. Where a conversation has left, only that it did is worth
    saying, and only in a thread that stands."""
    if await channel_of(session, conversation) == channel:
        return True
    if kind is not CardKind.NOTICE or await thread_of(session, conversation, channel) is None:
        return False
    return await session.scalar(select(Event.kind).where(Event.id == ref)) == EventKind.MOVED.value


async def show_the_way(work: Work, conversation: int) -> None:
    """What points to a conversation's card from where it lived before is shown anew: the card's address is known."""
    lives_in = select(Conversation.channel_id).where(Conversation.id == conversation).scalar_subquery()
    moves = select(Event.id).where(Event.chain == conversation, Event.kind == EventKind.MOVED.value)
    points = or_(
        Card.kind.in_((CardKind.CONVERSATION.value, CardKind.DRAFT.value)),
        and_(Card.kind == CardKind.NOTICE.value, Card.ref.in_(moves)),
    )
    left = select(Card.kind, Card.ref).where(
        Card.conversation_id == conversation, Card.channel_id != lives_in, Card.ts.is_not(None), points
    )
    for kind, ref in (await work.session.execute(left)).all():
        work.want(CardKind(kind), ref)


async def message_known(session: AsyncSession, chat: str, ts: str) -> Shown | None:
    """What the message `ts` in channel `chat` stands for; None when no card was stored under it."""
    query = select(Card).where(Card.chat_id == chat, Card.ts == ts)
    card = await session.scalar(query)
    if card is None or card.ts is None:
        return None
    return Shown(card.id, CardKind(card.kind), card.ref, card.conversation_id, card.ts, card.thread)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands in chat."""

    channel: int
    chat: str
    ts: str
    thread: str | None


async def message_of_card(session: AsyncSession, kind: CardKind, ref: int) -> Place | None:
    """Where the card about this was posted; None while it was not."""
    card = await session.scalar(select(Card).where(Card.kind == kind.value, Card.ref == ref))
    if card is None or card.ts is None or card.chat_id is None:
        return None
    return Place(card.channel_id, card.chat_id, card.ts, card.thread)


async def has_left(session: AsyncSession, *, chat: str, thread: str, conversation: int) -> bool:
    """Whether this is a thread of the conversation's, in a channel that it lives in no more."""
    query = (
        select(Card.id)
        .join(Conversation, Conversation.id == Card.conversation_id)
        .where(
            Card.conversation_id == conversation,
            Card.chat_id == chat,
            or_(Card.ts == thread, Card.thread == thread),
            Card.channel_id != Conversation.channel_id,
        )
    )
    return await session.scalar(query.limit(1)) is not None


async def conversation_in_thread(session: AsyncSession, chat: str, thread: str) -> int | None:
    """The conversation whose thread this is."""
    query = select(Card.conversation_id).where(
        Card.chat_id == chat, or_(Card.ts == thread, Card.thread == thread), Card.conversation_id.is_not(None)
    )
    return await session.scalar(query.limit(1))


async def being_posted(session: AsyncSession, channel: int, now: datetime) -> bool:
    """Whether somebody is posting a conversation's first message there: it may stand before its row says where."""
    query = select(Card.id).where(
        Card.channel_id == channel,
        Card.kind == CardKind.CONVERSATION.value,
        Card.ts.is_(None),
        Card.lease_until > now,
    )
    return await session.scalar(query.limit(1)) is not None


async def card_link(session: AsyncSession, kind: CardKind, ref: int) -> str | None:
    """The permanent address of a card, once known; of a conversation's, in the channel that it lives in."""
    query = select(Card.link).where(Card.kind == kind.value, Card.ref == ref)
    if kind is CardKind.CONVERSATION:
        query = query.join(Conversation, Conversation.id == Card.ref).where(Card.channel_id == Conversation.channel_id)
    return await session.scalar(query)


async def channel_of(session: AsyncSession, conversation: int) -> int | None:
    """The row of the channel that a conversation lives in."""
    return await session.scalar(select(Conversation.channel_id).where(Conversation.id == conversation))
