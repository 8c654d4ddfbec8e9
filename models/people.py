"""Who speaks: customers with their accounts on platforms, and the reps of the team."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Customer(Base):
    """A person outside. Has one or more identities, joined only by a rep, never by guess."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class Identity(Base):
    """One account of a customer, as one of our accounts sees it: their ids are opaque and local to it."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("account_id", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ref: Mapped[str] = mapped_column(String(512))
    handle: Mapped[str] = mapped_column(String(512))
    name: Mapped[str]
    avatar: Mapped[str | None]
    url: Mapped[str | None]
    followers: Mapped[int | None]
    bot: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]


class Rep(Base):
    """Somebody of the team, as a chat surface knows them. A user id means nothing without its team."""

    __tablename__ = "rep"
    __table_args__ = (UniqueConstraint("surface", "team", "user"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    surface: Mapped[str] = mapped_column(String(32))
    team: Mapped[str] = mapped_column(String(64))
    user: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    signoff: Mapped[str] = mapped_column(default="")
    languages: Mapped[list[object]] = mapped_column(default=list)
