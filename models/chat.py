"""What chat shows and what chat said: messages of ours with wanted and shown versions, and the inbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due


class CardKind(StrEnum):
    """What a message of ours is about: `ref` is the conversation, the draft message, the post, the event, the day,
    the storm (its card, its digest) or the answer to one."""

    CONVERSATION = "conversation"
    DRAFT = "draft"
    POST = "post"
    NOTICE = "notice"
    CHANNEL_NOTICE = "channel_notice"
    SUMMARY = "summary"
    STORM = "storm"
    STORM_ANSWER = "storm_answer"
    STORM_DIGEST = "storm_digest"


class Card(Due, Base):
    """A message of ours. The board makes `shown` equal `wanted`; a crash leaves a difference, which it closes."""

    __tablename__ = "card"
    __table_args__ = (
        UniqueConstraint("kind", "ref", "channel_id"),
        Index("ix_card_due", "channel_id", "due_at"),
        Index("ix_card_message", "chat_id", "ts"),
        # By both: by the channel alone SQLite, which knows no numbers, would look through all its cards for each.
        Index("ix_card_conversation", "conversation_id", "channel_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    ref: Mapped[int]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    urgency: Mapped[int] = mapped_column(default=0)
    wanted: Mapped[int] = mapped_column(default=1)
    shown: Mapped[int] = mapped_column(default=0)
    chat_id: Mapped[str | None] = mapped_column(String(128))
    ts: Mapped[str | None] = mapped_column(String(128))
    thread: Mapped[str | None] = mapped_column(String(128))
    link: Mapped[str | None]
    picture: Mapped[str] = mapped_column(String(64), default="")  # the hash of what is shown: equal is not sent again
    given_up: Mapped[str] = mapped_column(default="")


class Happening(Due, Base):
    """Something that came in from a chat surface, under its key. `payload` leaves when it has been handled."""

    __tablename__ = "happening"
    __table_args__ = (UniqueConstraint("surface", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    surface: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(256))
    kind: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, object]] = mapped_column(default=dict)
    at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(64), default="")
