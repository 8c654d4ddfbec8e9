"""The journal's rows: append-only, hash-chained within a conversation, sealed once a day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Event(Base):
    """What happened: references and hashes, never anybody's words. `chain` is the conversation's id, 0 for what
    concerns no conversation."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("chain", "seq"), Index("ix_event_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]
    seq: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))
    data: Mapped[dict[str, object]] = mapped_column(default=dict)
    before: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Seal(Base):
    """One day's heads under one hash, chained to the day before."""

    __tablename__ = "seal"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime]
    last_event: Mapped[int]
    before: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
