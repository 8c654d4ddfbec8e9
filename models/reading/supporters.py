"""Who asks for what: the marks that stand, as voices, counted as people. Queries, and pure counting beside them.

A voice whose post is gone, or whose author was erased, counts no more: they took it back. A person counts once for an
idea and all that was merged into it, however many of their accounts a rep has joined.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation, Post
from models.ideas import Idea, Support
from models.people import Identity

WEEK = timedelta(days=7)

#: A look for what is near compares the newest voices only.
COMPARED = 1_000


@dataclass(frozen=True, slots=True)
class Voice:
    """One conversation that asks for an idea, since when. `root` is the idea that has it now, `idea` the one that it
    was given to. `gone`: the post was deleted; its words are not here then."""

    root: int
    idea: int
    customer: int
    conversation: int
    channel: int
    identity: int
    post: int
    words: str
    gone: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Trend:
    """How many people asked for the first time in the last seven days, and in the seven before."""

    week: int
    before: int


def people(voices: Iterable[Voice]) -> int:
    """How many people these are."""
    return len({voice.customer for voice in voices if not voice.gone})


def trend(voices: Iterable[Voice], now: datetime) -> Trend:
    """Each person counts where they first asked."""
    first: dict[int, datetime] = {}
    for voice in voices:
        if not voice.gone:
            first[voice.customer] = min(voice.at, first.get(voice.customer, voice.at))
    week = sum(now - WEEK < at <= now for at in first.values())
    return Trend(week, sum(now - 2 * WEEK < at <= now - WEEK for at in first.values()))


def by_idea(voices: Iterable[Voice]) -> Mapping[int, list[Voice]]:
    """The voices of each root, the earliest first."""
    found: dict[int, list[Voice]] = {}
    for voice in sorted(voices, key=lambda one: (one.at, one.conversation)):
        found.setdefault(voice.root, []).append(voice)
    return found


async def voices(
    session: AsyncSession, *, roots: Collection[int] | None = None, limit: int | None = None
) -> tuple[Voice, ...]:
    """Every conversation that asks for one of these ideas (of all), once; `limit` to the newest."""
    query = (
        select(Support, Idea.root_id, Identity.customer_id, Conversation.channel_id, Post.words, Post.gone_at)
        .join(Idea, Idea.id == Support.idea_id)
        .join(Identity, Identity.id == Support.identity_id)
        .join(Conversation, Conversation.id == Support.conversation_id)
        .join(Post, Post.id == Support.post_id)
        .where(Support.given.is_(True))
        .order_by(Support.at.desc(), Support.id.desc())
    )
    if roots is not None:
        query = query.where(Idea.root_id.in_(roots))
    found: dict[int, Voice] = {}
    for row, root, customer, channel, words, gone_at in await session.execute(query.limit(limit)):
        gone = gone_at is not None
        said = "" if gone else words
        # The earliest mark of a conversation comes last, and is the one that counts.
        found[row.conversation_id] = Voice(
            root,
            row.idea_id,
            customer,
            row.conversation_id,
            channel,
            row.identity_id,
            row.post_id,
            said,
            gone,
            row.at,
        )
    return tuple(found.values())


async def texts(session: AsyncSession) -> Mapping[int, tuple[str, ...]]:
    """What stands for each idea when another is compared with it: its titles, and what those who ask for it wrote."""
    found: dict[int, list[str]] = {}
    for root, title in await session.execute(select(Idea.root_id, Idea.title).order_by(Idea.id)):
        found.setdefault(root, []).extend([title] if title else [])
    for voice in await voices(session, limit=COMPARED):
        if voice.words:
            found.setdefault(voice.root, []).append(voice.words)
    return {root: tuple(said) for root, said in found.items()}


async def idea_of(session: AsyncSession, conversation: int) -> int | None:
    """The idea that a conversation asks for now; None too where its author took the words back."""
    query = (
        select(Idea.root_id)
        .join(Support, Support.idea_id == Idea.id)
        .join(Post, Post.id == Support.post_id)
        .where(Support.conversation_id == conversation, Support.given.is_(True), Post.gone_at.is_(None))
    )
    return await session.scalar(query.limit(1))
