"""What a language model suggested for an answer when somebody asked for it: nobody's words until somebody takes them.

Kept so that a draft that is still word for word such a suggestion is known; gone when the words that it was made from
go. What may be asked, and what is made of the answer, is decided in `bot/triage/suggesting.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.store import Work


class Suggestion(Base):
    """One answer of a model; `rep_id` asked for it, about that post in that version of it."""

    __tablename__ = "suggestion"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    version: Mapped[int]
    model: Mapped[str] = mapped_column(String(64))
    words: Mapped[str]
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    at: Mapped[datetime]


async def suggestions_of(session: AsyncSession, conversation: int) -> Sequence[Suggestion]:
    """All that were made for a conversation, the newest first."""
    query = select(Suggestion).where(Suggestion.conversation_id == conversation).order_by(Suggestion.id.desc())
    return (await session.scalars(query)).all()


async def suggestion_numbered(session: AsyncSession, conversation: int, id: int) -> Suggestion | None:
    query = select(Suggestion).where(Suggestion.id == id, Suggestion.conversation_id == conversation)
    return await session.scalar(query)


async def forget_suggestions(work: Work, conversation: int) -> None:
    """A post of the conversation is gone: so is what was made of it."""
    statement = delete(Suggestion).where(Suggestion.conversation_id == conversation)
    await work.session.execute(statement.execution_options(synchronize_session=False))
