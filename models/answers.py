"""Answers that a team keeps to begin others with, each under a name in its channel: a row, and how it is found.

They are the team's own words, without mention and sign-off. Nothing goes out of here: what is begun with one becomes a
draft like every other. Who may keep and drop them is left to the desk.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.conversation import Post
from models.reply import Delivery, DraftKind, Revision
from models.store import Session

#: A name is for a list and a command; longer ones are answers.
LONGEST_NAME = 40

#: More than this nobody looks through. Each is read whenever somebody drafts.
MOST = 200


class SavedAnswer(Base):
    """One kept answer. `key` is its name as it is compared; `conversation_id` is where it was said first,
    `uses` how often somebody began with it."""

    __tablename__ = "saved_answer"
    __table_args__ = (UniqueConstraint("channel_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    key: Mapped[str]
    name: Mapped[str] = mapped_column(String(64))
    words: Mapped[str]
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    at: Mapped[datetime]
    uses: Mapped[int] = mapped_column(default=0)


def tidy(name: str) -> str:
    """A name on one line; "" where nothing is left of it."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def key_of(name: str) -> str:
    """Names that people would call the same are the same."""
    return unicodedata.normalize("NFKC", tidy(name)).casefold()


async def answers_of(session: Session, channel: int) -> Sequence[SavedAnswer]:
    """All of a channel's, the most used first."""
    query = select(SavedAnswer).where(SavedAnswer.channel_id == channel)
    return (await session.scalars(query.order_by(SavedAnswer.uses.desc(), SavedAnswer.key))).all()


async def answer_called(session: Session, channel: int, name: str) -> SavedAnswer | None:
    """The one of that name."""
    query = select(SavedAnswer).where(SavedAnswer.channel_id == channel, SavedAnswer.key == key_of(name))
    return await session.scalar(query)


async def count_answers(session: Session, channel: int) -> int:
    """How many a channel has."""
    query = select(func.count()).select_from(SavedAnswer).where(SavedAnswer.channel_id == channel)
    return await session.scalar(query) or 0


async def last_said(session: Session, conversation: int) -> str | None:
    """What the team wrote for the last reply that stands in public there. None without one; what was for its author's
    eyes alone is none."""
    query = (
        select(Revision.typed)
        .join(Delivery, Delivery.revision_id == Revision.id)
        .join(Post, Post.delivery_id == Delivery.id)
        .where(
            Post.conversation_id == conversation,
            Post.ours.is_(True),
            Post.gone_at.is_(None),
            Revision.kind.in_((DraftKind.REPLY.value, DraftKind.CORRECTION.value)),
        )
    )
    return await session.scalar(query.order_by(Revision.number.desc()).limit(1))
