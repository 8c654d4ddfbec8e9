"""Which earlier conversations resemble one: rows of numbers, written when a post is read. No words are in them.

What is alike is decided in `bot/triage/seen.py`. Everything made of a post's words goes when the words go
(`forget_likeness`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, Select, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.chat import CardKind
from models.conversation import Conversation, Post
from models.intake import lock_conversation
from models.journal import Event
from models.lifecycle import State
from models.paragraphs import PUBLIC
from models.reply import Delivery, DraftKind, Revision
from models.store import Work
from models.telling import EventKind
from models.triage import Reading

#: A moment is read from the clock before its row is there: so far back it is looked again.
OVERLAP = timedelta(seconds=30)
#: In these somebody may still write an answer.
WAITING = (State.OPEN.value, State.DRAFTED.value)


class Resemblance(Base):
    """A post resembles an earlier post of another conversation, so much of 1,000."""

    __tablename__ = "resemblance"
    __table_args__ = (
        Index("ix_resemblance_conversation_id", "conversation_id"),
        Index("ix_resemblance_other_id", "other_id"),
        Index("ix_resemblance_other_post_id", "other_post_id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True, autoincrement=False)
    other_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), primary_key=True, autoincrement=False)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    other_post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    score: Mapped[int]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Kept:
    """The vector of one post that was read, as it is kept: half floats."""

    post: int
    conversation: int
    channel: int
    version: int
    at: datetime
    vector: bytes


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier post of another conversation; `score` from 0 to 1."""

    conversation: int
    post: int
    score: float


def _kept(model: str) -> Select[int, int, int, int, datetime, bytes | None]:
    """Vectors that this model made, alone or with another beside it."""
    return (
        select(
            Reading.post_id, Reading.conversation_id, Conversation.channel_id, Reading.version, Reading.at,
            Reading.vector,
        )
        .join(Post, Post.id == Reading.post_id)
        .join(Conversation, Conversation.id == Reading.conversation_id)
        .where(Reading.model.startswith(model, autoescape=True), Reading.vector.is_not(None), Post.gone_at.is_(None))
    )  # fmt: skip


async def page(session: AsyncSession, model: str, *, below: int | None, limit: int) -> Sequence[Kept]:
    """The newest posts first, those with a lower number than `below`."""
    query = _kept(model) if below is None else _kept(model).where(Reading.post_id < below)
    rows = await session.execute(query.order_by(Reading.post_id.desc()).limit(limit))
    return [Kept(*row[:5], row[5] or b"") for row in rows]


async def kept_since(session: AsyncSession, model: str, since: datetime, *, limit: int) -> Sequence[Kept]:
    """What came or changed since then, the oldest first."""
    query = _kept(model).where(Reading.at >= since).order_by(Reading.at, Reading.post_id).limit(limit)
    return [Kept(*row[:5], row[5] or b"") for row in await session.execute(query)]


async def still_kept(session: AsyncSession, above: int) -> set[int]:
    """The posts with at least this number whose vectors are there."""
    query = select(Reading.post_id).where(Reading.post_id >= above, Reading.vector.is_not(None))
    return set((await session.scalars(query)).all())


async def unsought(session: AsyncSession, *, since: datetime, limit: int) -> set[int]:
    """Posts that were read since then, in conversations that wait and that resemble none so far."""
    known = exists().where(Resemblance.conversation_id == Reading.conversation_id)
    query = (
        select(Reading.post_id)
        .join(Conversation, Conversation.id == Reading.conversation_id)
        .where(Reading.at >= since, Reading.vector.is_not(None), Conversation.state.in_(WAITING), ~known)
        .order_by(Reading.post_id.desc())
        .limit(limit)
    )
    return set((await session.scalars(query)).all())


def replied() -> Select[int, int]:
    """Conversations and the numbers of what was written for our replies that stand in public there."""
    return (
        select(Post.conversation_id, Revision.number)
        .join(Delivery, Delivery.id == Post.delivery_id)
        .join(Revision, Revision.id == Delivery.revision_id)
        .where(
            Post.ours.is_(True),
            Post.gone_at.is_(None),
            Post.visibility.in_(PUBLIC),
            Revision.kind.in_((DraftKind.REPLY.value, DraftKind.CORRECTION.value)),
        )
    )


async def answered_among(session: AsyncSession, channel: int, numbers: Collection[int]) -> Mapping[int, bool]:
    """Those of these conversations that live in this channel: whether a public reply of ours stands there."""
    if not numbers:
        return {}
    here = select(Conversation.id).where(Conversation.id.in_(numbers), Conversation.channel_id == channel)
    there = set((await session.scalars(here)).all())
    said = set((await session.execute(replied().where(Post.conversation_id.in_(there)))).scalars())
    return {number: number in said for number in there}


@dataclass(frozen=True, slots=True)
class Sought:
    """A post whose likes are wanted, with what tells whether anything may be offered at all."""

    words: str
    language: str | None
    chances: Mapping[str, object]


async def sought(session: AsyncSession, posts: Collection[int]) -> Mapping[int, Sought]:
    """By post; one that is gone is left out."""
    query = (
        select(Post.id, Post.words, Reading.language, Reading.chances)
        .join(Reading, Reading.post_id == Post.id)
        .where(Post.id.in_(posts), Post.gone_at.is_(None))
    )
    return {post: Sought(words, language, chances) for post, words, language, chances in await session.execute(query)}


async def keep_likeness(work: Work, post: int, version: int, conversation: int, found: Sequence[Alike]) -> bool:
    """What a post resembles, in place of what it did before. False: it is gone, or says something else by now."""
    await lock_conversation(work, conversation)
    row = await work.session.get(Post, post, populate_existing=True)
    if row is None or row.gone_at is not None or row.version != version:
        return False
    before = delete(Resemblance).where(Resemblance.post_id == post)
    had = (await work.session.execute(before.execution_options(synchronize_session=False))).rowcount  # type: ignore[attr-defined]  # a DELETE's result counts
    for one in found:
        if await work.session.get(Reading, one.post) is None:  # erased since it was found
            continue
        work.add(
            Resemblance(
                post_id=post,
                other_id=one.conversation,
                conversation_id=conversation,
                other_post_id=one.post,
                score=round(1000 * one.score),
                at=work.now,
            )
        )
    await work.flush()
    if had or found:
        work.want(CardKind.CONVERSATION, conversation)
    return True


async def answered_since(session: AsyncSession, since: datetime) -> set[int]:
    """Conversations in which a reply of ours came to stand, or went, since then."""
    said = (EventKind.SENT.value, EventKind.SURFACED.value, EventKind.SETTLED_SENT.value)
    query = select(Event.chain).where(Event.at >= since, Event.kind.in_(said)).distinct()
    return set((await session.scalars(query)).all())


async def show_those_like(work: Work, numbers: Collection[int]) -> None:
    """The cards of conversations that wait and resemble one of these are shown anew."""
    query = (
        select(Resemblance.conversation_id)
        .join(Conversation, Conversation.id == Resemblance.conversation_id)
        .where(Resemblance.other_id.in_(numbers), Conversation.state.in_(WAITING))
        .distinct()
    )
    for number in (await work.session.scalars(query)).all():
        work.want(CardKind.CONVERSATION, number)


async def forget_likeness(work: Work, post: int) -> None:
    """A post's words are gone: nothing is like them any more, and cards that said so are shown anew."""
    about = or_(Resemblance.post_id == post, Resemblance.other_post_id == post)
    for number in (await work.session.scalars(select(Resemblance.conversation_id).where(about).distinct())).all():
        work.want(CardKind.CONVERSATION, number)
    await work.session.execute(delete(Resemblance).where(about).execution_options(synchronize_session=False))
