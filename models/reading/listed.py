"""Ideas, votes, supporters, who was told, and praise as flat rows, page by page, for export. Of customers they hold
numbers only; titles and sources are reps' words, and an address where somebody allowed a quote leaves with its post.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.conversation import Conversation, Post
from models.ideas import Idea, News, Support, Votes
from models.people import Identity, Rep
from models.places import Channel
from models.praise import Praise
from models.reading.supporters import by_idea, people, voices

PAGE = 500


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """An idea. `root` is the one that it was merged into, itself where it was not; there alone stand `people`, who ask
    for it and for what was merged into it."""

    id: int
    root: int
    at: datetime
    title: str
    state: str
    state_at: datetime | None
    by: str | None
    url: str | None
    people: int


@dataclass(frozen=True, slots=True)
class VotesRow:
    """So many on a feedback board, as a rep said."""

    id: int
    idea: int
    source: str
    count: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SupporterRow:
    """A mark that a conversation asks for an idea: a rep's ("rep 7") or the reader's. `given`: not taken back; `gone`:
    its author deleted the post, and it counts no more."""

    id: int
    idea: int
    root: int
    conversation: int
    customer: int
    source: str
    given: bool
    gone: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ToldRow:
    """Somebody who was told that their idea is there, or is about to be; by that draft of the conversation."""

    id: int
    idea: int
    conversation: int
    customer: int
    state: str
    draft: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PraiseRow:
    """A conversation that somebody called praise (`by`; nobody: the reader), whether it still `stands`, and whether its
    words may be quoted: "" not asked, else asked, yes, no; where the customer said so, and on whose word."""

    id: int
    conversation: int
    channel: str
    stands: bool
    by: str | None
    at: datetime
    quote: str
    asked_by_draft: int | None
    post: int | None
    address: str | None
    quote_by: str | None
    quote_at: datetime | None


Row = IdeaRow | VotesRow | SupporterRow | ToldRow | PraiseRow


async def _ideas(session: AsyncSession, after: int) -> Sequence[IdeaRow]:
    query = select(Idea, Rep.name).outerjoin(Rep, Rep.id == Idea.rep_id).where(Idea.id > after)
    rows = (await session.execute(query.order_by(Idea.id).limit(PAGE))).all()
    asked = by_idea(await voices(session, roots=[row.id for row, _ in rows]))
    return [
        IdeaRow(
            row.id,
            row.root_id,
            row.at,
            row.title,
            row.state,
            row.state_at,
            by,
            row.url,
            people(asked.get(row.id, ())),
        )
        for row, by in rows
    ]


async def _votes(session: AsyncSession, after: int) -> Sequence[VotesRow]:
    query = select(Votes, Rep.name).join(Rep, Rep.id == Votes.rep_id).where(Votes.id > after)
    rows = await session.execute(query.order_by(Votes.id).limit(PAGE))
    return [VotesRow(row.id, row.idea_id, row.source, row.count, by, row.at) for row, by in rows]


async def _supporters(session: AsyncSession, after: int) -> Sequence[SupporterRow]:
    query = (
        select(Support, Idea.root_id, Identity.customer_id, Post.gone_at)
        .join(Idea, Idea.id == Support.idea_id)
        .join(Identity, Identity.id == Support.identity_id)
        .join(Post, Post.id == Support.post_id)
        .where(Support.id > after)
    )
    rows = await session.execute(query.order_by(Support.id).limit(PAGE))
    return [
        SupporterRow(
            row.id,
            row.idea_id,
            root,
            row.conversation_id,
            customer,
            row.source,
            row.given,
            gone_at is not None,
            row.at,
        )
        for row, root, customer, gone_at in rows
    ]


async def _told(session: AsyncSession, after: int) -> Sequence[ToldRow]:
    query = select(News, Identity.customer_id).join(Identity, Identity.id == News.identity_id).where(News.id > after)
    rows = await session.execute(query.order_by(News.id).limit(PAGE))
    return [
        ToldRow(row.id, row.idea_id, row.conversation_id, customer, row.state, row.revision, row.at)
        for row, customer in rows
    ]


async def _praise(session: AsyncSession, after: int) -> Sequence[PraiseRow]:
    said = aliased(Rep)
    query = (
        select(Praise, Channel.name, Rep.name, said.name)
        .join(Conversation, Conversation.id == Praise.conversation_id)
        .join(Channel, Channel.id == Conversation.channel_id)
        .outerjoin(Rep, Rep.id == Praise.rep_id)
        .outerjoin(said, said.id == Praise.quote_rep_id)
        .where(Praise.id > after)
    )
    rows = await session.execute(query.order_by(Praise.id).limit(PAGE))
    return [
        PraiseRow(
            row.id,
            row.conversation_id,
            channel,
            row.given,
            by,
            row.at,
            row.quote,
            row.asked,
            row.post_id,
            row.quote_url,
            quote_by,
            row.quote_at,
        )
        for row, channel, by, quote_by in rows
    ]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: its rows' kind, the next page of them above an id, and how many there are."""

    row: type[Row]
    page: Callable[[AsyncSession, int], Awaitable[Sequence[Row]]]
    rows: type[Idea | Votes | Support | News | Praise]

    async def count(self, session: AsyncSession) -> int:
        return await session.scalar(select(func.count(self.rows.id))) or 0


#: By the name of the file.
LISTINGS: Mapping[str, Listing] = {
    "ideas": Listing(IdeaRow, _ideas, Idea),
    "votes": Listing(VotesRow, _votes, Votes),
    "supporters": Listing(SupporterRow, _supporters, Support),
    "told": Listing(ToldRow, _told, News),
    "praise": Listing(PraiseRow, _praise, Praise),
}
