"""Each channel's daily summary as a row, keyed by its local date: none twice, none missing.

When it comes is decided in `bot/reports/summaries.py`, what it says in `bot/reports/daily.py`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.store import Work
from models.wakes import Topic


class Summary(Due, Base):
    """One local day of one channel. Until `posted_at` it is due to be posted, then to be looked over for late events;
    not due at all where the channel has summaries switched off."""

    __tablename__ = "summary"
    __table_args__ = (UniqueConstraint("channel_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    day: Mapped[str] = mapped_column(String(10))  # the local date, as in 2026-11-22
    posted_at: Mapped[datetime | None]


async def expect(work: Work, channel: int, day: date, due_at: datetime) -> None:
    """There is to be a summary of this day; one that is known stays as it is."""
    row = {"channel_id": channel, "day": day.isoformat(), "due_at": due_at}
    statement = work.insert(Summary).values(**row)
    await work.session.execute(statement.on_conflict_do_nothing(index_elements=["channel_id", "day"]))


async def bring_forward(work: Work, channel: int, day: date) -> bool:
    """The day's summary is due now, whenever it was to come; whether it stands already, and is looked over instead."""
    await expect(work, channel, day, work.now)
    query = select(Summary).where(Summary.channel_id == channel, Summary.day == day.isoformat()).with_for_update()
    row = await work.session.scalar(query)
    if row is None:
        return False
    row.due_at = work.now
    work.wake(Topic.TIME)
    return row.posted_at is not None


async def last_expected(work: Work, channel: int) -> Summary | None:
    """The latest day that there is a row for, locked."""
    query = select(Summary).where(Summary.channel_id == channel).order_by(Summary.day.desc()).limit(1)
    return await work.session.scalar(query.with_for_update())


async def day_of_row(session: AsyncSession, id: int) -> date | None:
    """The local date that a summary is about. None: there is no such row."""
    day = await session.scalar(select(Summary.day).where(Summary.id == id))
    return None if day is None else date.fromisoformat(day)
