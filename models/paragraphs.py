"""What a language model said of a day: each sentence with the conversations that it cites, so that it leaves with them.

What is asked and what counts as a citation is decided in `bot/reports/paragraph.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.chat import CardKind
from models.conversation import Post
from models.days import Summary
from models.people import Identity
from models.store import Work


class Paragraph(Due, Base):
    """One summary's paragraph: due until it is written, and once more when its day is over."""

    __tablename__ = "paragraph"

    id: Mapped[int] = mapped_column(primary_key=True)
    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id"), unique=True)
    written_at: Mapped[datetime | None]


class Sentence(Base):
    """One sentence and one conversation that it cites: as many rows as it cites, all with the same `nth`."""

    __tablename__ = "sentence"
    __table_args__ = (UniqueConstraint("summary_id", "nth", "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id"))
    nth: Mapped[int]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    words: Mapped[str] = mapped_column(String(600))


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence and the conversations that it is about, at least one."""

    words: str
    numbers: tuple[int, ...]


async def unwritten(session: AsyncSession, channels: Collection[int], since: datetime) -> Sequence[int]:
    """Summaries that were posted since then and of which nobody asked for a paragraph."""
    asked = exists().where(Paragraph.summary_id == Summary.id)
    query = select(Summary.id).where(Summary.channel_id.in_(channels), Summary.posted_at >= since, ~asked)
    return (await session.scalars(query)).all()


async def expect(work: Work, summary: int) -> None:
    """There is to be a paragraph; one that is known stays as it is."""
    statement = work.insert(Paragraph).values(summary_id=summary, due_at=work.now)
    await work.session.execute(statement.on_conflict_do_nothing(index_elements=["summary_id"]))


async def write(work: Work, summary: int, sentences: Sequence[Cited]) -> None:
    """In place of what was said before."""
    await work.session.execute(delete(Sentence).where(Sentence.summary_id == summary))
    work.add_all(
        [
            Sentence(summary_id=summary, nth=nth, conversation_id=number, words=one.words)
            for nth, one in enumerate(sentences)
            for number in one.numbers
        ]
    )


async def paragraph_of(session: AsyncSession, summary: int) -> Sequence[Cited]:
    """Its sentences in their order."""
    query = select(Sentence.nth, Sentence.words, Sentence.conversation_id).where(Sentence.summary_id == summary)
    found: dict[int, tuple[str, list[int]]] = {}
    for nth, words, number in await session.execute(query.order_by(Sentence.nth, Sentence.id)):
        found.setdefault(nth, (words, []))[1].append(number)
    return [Cited(words, tuple(numbers)) for words, numbers in found.values()]


async def paragraph_of_day(session: AsyncSession, channel: int, day: str) -> Sequence[Cited]:
    """The same for whoever asks by date."""
    summary = await session.scalar(select(Summary.id).where(Summary.channel_id == channel, Summary.day == day))
    return [] if summary is None else await paragraph_of(session, summary)


async def unsay(work: Work, conversation: int) -> None:
    """A customer took words back: no sentence that is about them stays, and the summaries are shown anew."""
    about = select(Sentence.summary_id, Sentence.nth).where(Sentence.conversation_id == conversation)
    for summary, nth in (await work.session.execute(about)).all():
        await work.session.execute(delete(Sentence).where(Sentence.summary_id == summary, Sentence.nth == nth))
        work.want(CardKind.SUMMARY, summary)


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer wrote in public, and when."""

    number: int
    words: str
    at: datetime


async def said_in(
    session: AsyncSession, numbers: Collection[int], start: datetime, end: datetime, *, limit: int
) -> Sequence[Said]:
    """The customers' posts of these conversations that were heard in start..end, the latest of them; only what
    everybody could read."""
    query = (
        select(Post.conversation_id, Post.words, Post.at)
        .where(
            Post.conversation_id.in_(numbers),
            Post.ours.is_(False),
            Post.gone_at.is_(None),
            Post.hidden_at.is_(None),
            Post.visibility.in_(PUBLIC),
            Post.heard_at >= start,
            Post.heard_at < end,
        )
        .order_by(Post.at.desc(), Post.id.desc())
        .limit(limit)
    )
    return [Said(*row) for row in await session.execute(query)]


async def names_in(session: AsyncSession, numbers: Collection[int]) -> frozenset[str]:
    """What everybody who speaks in these conversations is called: names, their parts, handles."""
    speaking = select(Post.identity_id).where(Post.conversation_id.in_(numbers), Post.identity_id.is_not(None))
    query = select(Identity.name, Identity.handle).where(Identity.id.in_(speaking))
    found: set[str] = set()
    for name, handle in await session.execute(query):
        found |= {name, handle, handle.partition("@")[0], *name.split()}
    return frozenset(one for one in found if one)


#: What was said in a smaller circle is told to no other program.
PUBLIC = ("public", "unlisted")
