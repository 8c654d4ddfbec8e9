"""Which channels there are, and where something happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation
from models.journal import Event
from models.places import Channel


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
