"""Conversations that just began, of customers who wrote before: those that nobody looked at yet for who knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.conversation import Conversation
from models.duty import Duty, Offer
from models.lifecycle import State
from models.people import Identity

#: No more at once; who gets so many asks again.
MANY = 100


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A conversation that began, and where it lives."""

    number: int
    channel: int


async def nobody_told_hours(session: AsyncSession) -> bool:
    """Then nobody is on shift, and nobody is looked for."""
    return await session.scalar(select(Duty.id).limit(1)) is None


async def newest(session: AsyncSession) -> int:
    """The highest number of a conversation. 0: there is none."""
    return await session.scalar(select(func.max(Conversation.id))) or 0


async def returning(session: AsyncSession, *, after: int) -> Sequence[Newcomer]:
    """Open conversations above that number whose customer has an earlier one."""
    theirs, other = aliased(Identity), aliased(Conversation)
    before = (
        select(other.id)
        .join(theirs, theirs.id == other.identity_id)
        .where(theirs.customer_id == Identity.customer_id, other.id < Conversation.id)
        .correlate(Conversation, Identity)
        .exists()
    )
    seen = exists().where(Offer.conversation_id == Conversation.id)
    query = (
        select(Conversation.id, Conversation.channel_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Conversation.id > after, Conversation.state == State.OPEN.value, ~seen, before)
        .order_by(Conversation.id)
        .limit(MANY)
    )
    return [Newcomer(number, channel) for number, channel in await session.execute(query)]
