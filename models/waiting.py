"""Customers who wait, watched against the channel's target: one row a wait, due at the next thing to be said of it.

What is said and when is decided in `bot/reports/warnings.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.conversation import Conversation
from models.lifecycle import State
from models.store import Work
from models.wakes import Topic

#: Where a customer may be waiting; with `waiting_since` they do.
_WAITING = tuple(state.value for state in (State.OPEN, State.DRAFTED, State.APPROVED, State.SENDING, State.UNSURE))


class Watch(Due, Base):
    """One wait of one conversation: `since` is its `waiting_since`, so that a new wait is a new row. `stage` is what
    is to be said at `due_at`."""

    __tablename__ = "watch"
    __table_args__ = (UniqueConstraint("conversation_id", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    since: Mapped[datetime]
    stage: Mapped[str] = mapped_column(String(16))


@dataclass(frozen=True, slots=True)
class Waits:
    """A customer waits, and nobody watches yet."""

    number: int
    channel: int
    since: datetime


async def unwatched(session: AsyncSession, channels: Collection[int], *, limit: int) -> Sequence[Waits]:
    """Waits that have no row. Reads only what waits (`ix_conversation_queue`)."""
    watched = exists().where(Watch.conversation_id == Conversation.id, Watch.since == Conversation.waiting_since)
    query = (
        select(Conversation.id, Conversation.channel_id, Conversation.waiting_since)
        .where(
            Conversation.channel_id.in_(channels),
            Conversation.state.in_(_WAITING),
            Conversation.waiting_since.is_not(None),
            ~watched,
        )
        .limit(limit)
    )
    return [Waits(number, channel, since) for number, channel, since in await session.execute(query) if since]


async def watch(work: Work, waits: Waits, *, stage: str, due_at: datetime) -> None:
    """A row for this wait; one that another machine made stays as it is."""
    row = {"conversation_id": waits.number, "since": waits.since, "stage": stage, "due_at": due_at}
    statement = work.insert(Watch).values(**row)
    await work.session.execute(statement.on_conflict_do_nothing(index_elements=["conversation_id", "since"]))


async def look_again(work: Work, conversation: int) -> None:
    """What may be expected here has changed: the next thing to be said is reckoned anew."""
    waits = update(Watch).where(Watch.conversation_id == conversation, Watch.due_at.is_not(None))
    await work.session.execute(waits.values(due_at=work.now).execution_options(synchronize_session="fetch"))
    work.wake(Topic.TIME)


def still_waits(conversation: Conversation, since: datetime) -> bool:
    """Whether it is this very wait that lasts."""
    return conversation.waiting_since == since and conversation.state in _WAITING
