"""Which channels there are, and where something happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, CardKind
from models.conversation import Conversation
from models.journal import Event
from models.lifecycle import State
from models.places import Channel


def root_of(conversation: type[Conversation], card: type[Card] = Card) -> ColumnElement[bool]:
    """To join a conversation with its card: the one in the channel that it lives in. Where it lived before there
    stands another one, which points to it."""
    return (
        (card.kind == CardKind.CONVERSATION.value)
        & (card.ref == conversation.id)
        & (card.channel_id == conversation.channel_id)
    )


async def channel_names(session: AsyncSession, ids: Collection[int]) -> Mapping[int, str]:
    """What these channels are called in the settings."""
    if not ids:
        return {}
    query = select(Channel.id, Channel.name).where(Channel.id.in_(ids))
    return {row.id: row.name for row in await session.execute(query)}


async def channels_with_orders(session: AsyncSession, account: int) -> frozenset[int]:
    """Where approved replies of an account wait, also in channels that its posts do not come to by themselves."""
    query = select(Conversation.channel_id).where(
        Conversation.account_id == account, Conversation.state == State.APPROVED.value
    )
    return frozenset((await session.scalars(query.distinct())).all())


async def channels_by_name(session: AsyncSession) -> Mapping[str, int]:
    """Every channel that the bot knows, by its name in the settings."""
    return {row.name: row.id for row in await session.execute(select(Channel.name, Channel.id))}


async def conversations(
    session: AsyncSession, *, since: datetime | None = None, after: int = 0, limit: int = 500
) -> Sequence[int]:
    """The next conversations above number `after`; with `since`, those in which something happened since then."""
    query = select(Conversation.id).where(Conversation.id > after)
    if since is not None:
        query = query.where(select(Event.id).where(Event.chain == Conversation.id, Event.at >= since).exists())
    return (await session.scalars(query.order_by(Conversation.id).limit(limit))).all()


async def count_conversations(session: AsyncSession, *, since: datetime | None = None) -> int:
    """How many there are; with `since`, in how many something happened since then."""
    query = select(func.count(Conversation.id))
    if since is not None:
        query = select(func.count(func.distinct(Event.chain))).where(Event.at >= since, Event.chain > 0)
    return await session.scalar(query) or 0
