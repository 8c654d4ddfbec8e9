"""Where people speak: our accounts on platforms, the team's channels, and what is held back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due


class Account(Due, Base):
    """One of our accounts on a platform. Whoever holds its lease listens; `cursor` is the adapter's own."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    platform: Mapped[str] = mapped_column(String(32))
    me: Mapped[dict[str, object]] = mapped_column(default=dict)
    cursor: Mapped[str | None]
    heard_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    problem_since: Mapped[datetime | None]


class Channel(Due, Base):
    """A channel of the team. Whoever holds its lease posts there."""

    __tablename__ = "channel"
    __table_args__ = (UniqueConstraint("surface", "team", "chat_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    surface: Mapped[str] = mapped_column(String(32))
    team: Mapped[str] = mapped_column(String(64), default="")
    chat_id: Mapped[str] = mapped_column(String(128))
    problem: Mapped[str | None]


class Route(Base):
    """Which channel an account's posts come to. The first row of an account is its default."""

    __tablename__ = "route"
    __table_args__ = (UniqueConstraint("account_id", "channel_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))


class Hold(Base):
    """A stop: nothing that it covers goes out until somebody resumes. `scope` is "all", "account:ID" or
    "conversation:ID"; at most one stands for a scope."""

    __tablename__ = "hold"
    __table_args__ = (
        Index(
            "uq_hold_standing",
            "scope",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))
