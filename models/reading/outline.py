"""Conversations and events as flat rows, page by page, for export: ids, names and moments, never anybody's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation
from models.journal import Event
from models.people import Rep
from models.places import Account, Channel

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Outline:
    """One conversation as a row."""

    number: int
    channel: str
    account: str
    platform: str
    state: str
    language: str | None
    urgency: int
    opened_at: datetime
    waiting_since: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the journal as a row. `conversation` is 0 for what concerns none."""

    id: int
    conversation: int
    seq: int
    at: datetime
    kind: str
    rep: str | None
    data: Mapping[str, object]
    digest: str


async def outlines(session: AsyncSession, numbers: Sequence[int]) -> Sequence[Outline]:
    """These conversations, by their numbers."""
    query = (
        select(Conversation, Channel.name, Account.name, Account.platform)
        .join(Channel, Channel.id == Conversation.channel_id)
        .join(Account, Account.id == Conversation.account_id)
        .where(Conversation.id.in_(numbers))
        .order_by(Conversation.id)
    )
    return [
        Outline(
            number=row.id,
            channel=channel,
            account=account,
            platform=platform,
            state=row.state,
            language=row.language,
            urgency=row.urgency,
            opened_at=row.opened_at,
            waiting_since=row.waiting_since,
            answered_at=row.answered_at,
            closed_at=row.closed_at,
        )
        for row, channel, account, platform in (await session.execute(query)).all()
    ]


async def count_entries(session: AsyncSession, *, since: datetime | None) -> int:
    """How many events there are."""
    query = select(func.count(Event.id))
    return await session.scalar(query if since is None else query.where(Event.at >= since)) or 0


async def entries(session: AsyncSession, *, after: int, since: datetime | None) -> Sequence[Entry]:
    """The next events above the id `after`, in the order in which they were written."""
    query = select(Event, Rep.name).outerjoin(Rep, Rep.id == Event.rep_id).where(Event.id > after)
    if since is not None:
        query = query.where(Event.at >= since)
    rows = (await session.execute(query.order_by(Event.id).limit(_PAGE))).all()
    return [Entry(row.id, row.chain, row.seq, row.at, row.kind, rep, dict(row.data), row.digest) for row, rep in rows]


async def span_of_journal(session: AsyncSession) -> tuple[datetime, datetime] | None:
    """When the journal begins and ends. None: it is empty."""
    first = await session.scalar(select(Event.at).order_by(Event.at).limit(1))
    last = await session.scalar(select(Event.at).order_by(Event.at.desc()).limit(1))
    return None if first is None or last is None else (first, last)
