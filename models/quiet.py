"""Customers who asked to be left alone: nothing is prepared for them that they did not ask for now.

A row an account, so that it stays right when accounts are joined and parted. Answering what they write themselves is
not touched by it. Who says so is left to the desk.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.people import Identity
from models.store import Session, Work


class Quiet(Base):
    """An account whose owner wants to be left alone, since when, on whose word."""

    __tablename__ = "quiet"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), unique=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    since: Mapped[datetime]


async def quiet_since(session: Session, customer: int) -> Quiet | None:
    """The first word of it, on any of their accounts."""
    query = select(Quiet).join(Identity, Identity.id == Quiet.identity_id).where(Identity.customer_id == customer)
    return await session.scalar(query.order_by(Quiet.since, Quiet.id).limit(1))


async def quiet_among(session: Session, customers: Collection[int]) -> frozenset[int]:
    """Who of these customers wants to be left alone."""
    query = select(Identity.customer_id).join(Quiet, Quiet.identity_id == Identity.id)
    return frozenset((await session.scalars(query.where(Identity.customer_id.in_(customers)))).all())


async def end_quiet(work: Work, customer: int) -> None:
    """They may be written to again."""
    theirs = select(Identity.id).where(Identity.customer_id == customer)
    await work.session.execute(
        delete(Quiet).where(Quiet.identity_id.in_(theirs)).execution_options(synchronize_session=False)
    )
