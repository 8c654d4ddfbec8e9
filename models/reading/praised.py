"""Praise of some days in a channel: who praised, and what may be quoted with a name. Reads the days' events only.

A quote is the post as it is now: edited since the permission, or deleted, it is only pointed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation, Post
from models.journal import Event
from models.people import Identity
from models.praise import Praise, Quote
from models.reading.values import CustomerFacts, customer_facts
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class Praised:
    """One conversation that was called praise in these days, and still is. `words` and `who` only with permission."""

    number: int
    at: datetime
    words: str | None = None
    who: CustomerFacts | None = None


async def praised(session: AsyncSession, channel: int, start: datetime, end: datetime) -> tuple[Praised, ...]:
    """The earliest first."""
    said = select(Event.chain).where(
        Event.at >= start, Event.at < end, Event.kind == EventKind.PRAISE.value, Event.chain > 0
    )
    query = (
        select(Praise, Post, Identity)
        .join(Conversation, Conversation.id == Praise.conversation_id)
        .outerjoin(Post, Post.id == Praise.post_id)
        .outerjoin(Identity, Identity.id == Post.identity_id)
        .where(Praise.conversation_id.in_(said), Praise.given.is_(True), Conversation.channel_id == channel)
        .order_by(Praise.at, Praise.id)
    )
    return tuple(_praised(row, post, who) for row, post, who in await session.execute(query))


def _praised(row: Praise, post: Post | None, who: Identity | None) -> Praised:
    shown = (
        row.quote == Quote.YES
        and post is not None
        and post.gone_at is None
        and post.hidden_at is None
        and post.digest == row.post_digest
    )
    if not shown or post is None or who is None:
        return Praised(row.conversation_id, row.at)
    return Praised(row.conversation_id, row.at, post.words, customer_facts(who))
