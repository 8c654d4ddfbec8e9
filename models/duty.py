"""When people work, as they say it themselves; and returning customers offered to who knows them. Rows only.

When a shift ends and who gets what then is decided in `bot/chat/shifts.py`, by the rules of `bot/reports/shifts.py`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.store import Work


class Duty(Due, Base):
    """One rep's own settings. `hours` is a list of shifts: days of the week (0 is Monday), from when, to when; none:
    nothing was said. Due at the next end of a shift, or when they went away; `ended_at` is the last end whose claims
    were handed over."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"), unique=True)
    zone: Mapped[str] = mapped_column(String(64))
    hours: Mapped[list[object]] = mapped_column(default=list)
    away_since: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    pings: Mapped[bool] = mapped_column(default=True)
    ended_at: Mapped[datetime | None]


class Offer(Due, Base):
    """A returning customer's conversation, looked at once: `rep_id` knows them and was on shift until `until`; nobody
    did where it is None. Due while that rep is to be told, privately and once."""

    __tablename__ = "offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), unique=True)
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))
    until: Mapped[datetime | None]


async def duty_of(work: Work, rep: int, *, zone: str) -> Duty:
    """The rep's own settings, locked; made, in this zone, if they never said anything."""
    query = select(Duty).where(Duty.rep_id == rep).with_for_update()
    found = await work.session.scalar(query)
    if found is None:
        row = {"rep_id": rep, "zone": zone, "hours": [], "pings": True}
        await work.session.execute(work.insert(Duty).values(**row).on_conflict_do_nothing(index_elements=["rep_id"]))
        found = (await work.session.scalars(query)).one()
    return found


async def looked_at(work: Work, number: int) -> Offer | None:
    """The row that says that this conversation was looked at; None: another machine did it before."""
    row = {"conversation_id": number}
    made = (
        work.insert(Offer).values(**row).on_conflict_do_nothing(index_elements=["conversation_id"]).returning(Offer.id)
    )
    id = await work.session.scalar(made)
    return None if id is None else await work.session.get_one(Offer, id)
