"""Ideas as they are shown: who asks for them, as people, with the trend; what was decided; and who was told.

Words come from the posts, so that what its author deleted is nowhere here; and only from channels in which the asker
may read. What was said in others is counted, not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card
from models.conversation import Conversation, Post
from models.ideas import Idea, IdeaState, News, NewsState, Support, Votes
from models.people import Identity
from models.places import Account
from models.quiet import quiet_among
from models.reading.people import customers, reps
from models.reading.places import root_of
from models.reading.supporters import Trend, Voice, by_idea, idea_of, people, trend, voices
from models.reading.values import CustomerFacts, RepFacts, first_line


@dataclass(frozen=True, slots=True)
class VotesFacts:
    """So many on a feedback board, as a rep said, or as the board does."""

    source: str
    count: int


@dataclass(frozen=True, slots=True)
class Asking:
    """One conversation that asks for it. `words` is the first line of it, None where they are gone. `told`: a draft
    that tells them is, or was, in that thread."""

    number: int
    link: str | None
    who: CustomerFacts | None
    words: str | None
    at: datetime
    quiet: bool
    told: bool


@dataclass(frozen=True, slots=True)
class IdeaFacts:
    """One idea with all that was merged into it. `asked_for` is the number that was asked for, which may be one of
    those. `line` stands for an idea without a title; `elsewhere` counts who asked in other channels. `told` have a
    draft that tells them, `untold` asked since it was marked shipped."""

    id: int
    asked_for: int
    title: str
    line: str | None
    state: IdeaState
    state_at: datetime | None
    by: RepFacts | None
    url: str | None
    people: int
    trend: Trend
    votes: tuple[VotesFacts, ...]
    merged: tuple[int, ...]
    asking: tuple[Asking, ...] = ()
    elsewhere: int = 0
    told: int = 0
    untold: int = 0

    @property
    def weight(self) -> int:
        """How much is asked for it: people and votes together."""
        return self.people + sum(one.count for one in self.votes)


async def ideas(
    session: AsyncSession, *, now: datetime, channels: Collection[int], states: Collection[IdeaState]
) -> tuple[IdeaFacts, ...]:
    """Every idea in one of these states that somebody asks for, most asked for first."""
    query = select(Idea).where(Idea.root_id == Idea.id, Idea.state.in_([state.value for state in states]))
    rows = {row.id: row for row in await session.scalars(query)}
    asked = by_idea(await voices(session))
    votes = await _votes(session)
    found = [
        _facts(row, asked.get(row.id, []), votes.get(row.id, ()), now=now, channels=channels)
        for row in rows.values()
        if any(not voice.gone for voice in asked.get(row.id, [])) or votes.get(row.id)
    ]
    return tuple(sorted(found, key=lambda one: (-one.weight, -one.trend.week, one.id)))


async def idea(
    session: AsyncSession, number: int, *, now: datetime, channels: Collection[int], limit: int = 8
) -> IdeaFacts | None:
    """One idea with those who ask for it, the newest first. None: nobody has this number."""
    asked_for = await session.get(Idea, number)
    row = None if asked_for is None else await session.get(Idea, asked_for.root_id)
    if row is None:
        return None
    asked = await voices(session, roots=[row.id])
    mine = by_idea(asked).get(row.id, [])
    group = (await session.scalars(select(Idea.id).where(Idea.root_id == row.id).order_by(Idea.id))).all()
    known = await reps(session, [row.rep_id])
    told = await _told(session, group)
    here = [voice for voice in mine if voice.channel in channels]
    standing = {voice.customer for voice in mine if not voice.gone}
    quiet = await quiet_among(session, standing)
    shown = list(reversed(here))[:limit]
    return _facts(
        row,
        mine,
        (await _votes(session)).get(row.id, ()),
        now=now,
        channels=channels,
        asked_for=number,
        by=known.get(row.rep_id) if row.rep_id is not None else None,
        merged=tuple(one for one in group if one != row.id),
        asking=await _asking(session, shown, quiet, told),
        elsewhere=len(mine) - len(here),
        told=sum(state == NewsState.DRAFTED for state in told.values()),
        untold=len(standing - set(told) - quiet) if row.state == IdeaState.SHIPPED else 0,
    )


def _facts(
    row: Idea,
    asked: Sequence[Voice],
    votes: tuple[VotesFacts, ...],
    *,
    now: datetime,
    channels: Collection[int],
    asked_for: int | None = None,
    by: RepFacts | None = None,
    merged: tuple[int, ...] = (),
    asking: tuple[Asking, ...] = (),
    elsewhere: int = 0,
    told: int = 0,
    untold: int = 0,
) -> IdeaFacts:
    readable = (first_line(voice.words) for voice in asked if voice.channel in channels and voice.words)
    return IdeaFacts(
        id=row.id,
        asked_for=asked_for or row.id,
        title=row.title,
        line=next(readable, None),
        state=IdeaState(row.state),
        state_at=row.state_at,
        by=by,
        url=row.url,
        people=people(asked),
        trend=trend(asked, now),
        votes=votes,
        merged=merged,
        asking=asking,
        elsewhere=elsewhere,
        told=told,
        untold=untold,
    )


async def _votes(session: AsyncSession) -> dict[int, tuple[VotesFacts, ...]]:
    """By root: what was given to an idea before it was merged counts on, and what stands on boards that we hear."""
    query = select(Idea.root_id, Votes.source, Votes.count).join(Idea, Idea.id == Votes.idea_id).order_by(Votes.id)
    found: dict[int, dict[str, int]] = {}
    for root, source, count in await session.execute(query):
        here = found.setdefault(root, {})
        # Two merged ideas with a number each from one board: the greater, for the same people may stand in both.
        here[source] = max(count, here.get(source, 0))
    for root, source, count in await _votes_heard(session):
        here = found.setdefault(root, {})
        here[source] = max(count, here.get(source, 0))
    return {root: tuple(VotesFacts(source, count) for source, count in by.items()) for root, by in found.items()}


async def _votes_heard(session: AsyncSession) -> list[tuple[int, str, int]]:
    """Root, account and votes of every suggestion on a board that somebody marked as asking for an idea."""
    query = (
        select(Idea.root_id, Account.name, Post)
        .join(Support, Support.idea_id == Idea.id)
        .join(Post, Post.conversation_id == Support.conversation_id)
        .join(Account, Account.id == Post.account_id)
        .where(Support.given.is_(True), Post.parent.is_(None), Post.gone_at.is_(None))
        .order_by(Post.id)
    )
    return [(root, name, post.votes) for root, name, post in await session.execute(query) if post.votes]


async def _told(session: AsyncSession, group: Collection[int]) -> dict[int, str]:
    """By customer: how far telling them is."""
    query = (
        select(Identity.customer_id, News.state)
        .join(Identity, Identity.id == News.identity_id)
        .where(News.idea_id.in_(group))
        .order_by(News.id)
    )
    return {row.customer_id: row.state for row in await session.execute(query)}


async def _asking(
    session: AsyncSession, shown: Sequence[Voice], quiet: Collection[int], told: Collection[int]
) -> tuple[Asking, ...]:
    who = await customers(session, [voice.identity for voice in shown])
    numbers = [voice.conversation for voice in shown]
    query = select(Conversation.id, Card.link).join(Card, root_of(Conversation)).where(Conversation.id.in_(numbers))
    links = {row.id: row.link for row in await session.execute(query)}
    return tuple(
        Asking(
            number=voice.conversation,
            link=links.get(voice.conversation),
            who=who.get(voice.identity),
            words=None if voice.gone else first_line(voice.words),
            at=voice.at,
            quiet=voice.customer in quiet,
            told=voice.customer in told,
        )
        for voice in shown
    )


@dataclass(frozen=True, slots=True)
class IdeaLine:
    """What a conversation's card says of the idea that it asks for."""

    id: int
    title: str


async def idea_line(session: AsyncSession, conversation: int) -> IdeaLine | None:
    """None: it asks for none."""
    root = await idea_of(session, conversation)
    row = None if root is None else await session.get(Idea, root)
    return None if row is None else IdeaLine(row.id, row.title)
