"""Everything about one customer, for whoever asks what we have of them: read-only, and nothing of anybody else's.

Drafts and notes are the team's and are not in it; what was answered in public is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.conversation import Conversation, Post, PostVersion
from models.ideas import Idea, News, Support
from models.people import Customer, Identity
from models.places import Account
from models.praise import Praise
from models.quiet import quiet_since
from models.reading.values import CustomerFacts, VersionFacts, customer_facts, versions_of


@dataclass(frozen=True, slots=True)
class SaidFacts:
    """A post of theirs. `words` are null once they are gone; `versions` are what it said before edits."""

    conversation: int
    account: str
    platform: str
    handle: str
    at: datetime
    heard_at: datetime
    words: str | None
    warning: str
    media: tuple[object, ...]
    visibility: str
    language: str | None
    url: str | None
    gone_at: datetime | None
    versions: tuple[VersionFacts, ...]


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """A reply of ours under a post of theirs."""

    conversation: int
    at: datetime
    words: str
    url: str | None


@dataclass(frozen=True, slots=True)
class WishFacts:
    """An idea that they asked for, in the team's words; `told_at_draft` is the draft that told them it was shipped."""

    idea: int
    title: str
    conversation: int
    at: datetime
    told_at_draft: int | None


@dataclass(frozen=True, slots=True)
class PermissionFacts:
    """Whether we may quote their praise: "asked", "yes" or "no", with the address where they said so."""

    conversation: int
    quote: str
    url: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomerPaper:
    """One customer. `type` is "customer"; `quiet_since`: they want to be left alone."""

    type: str
    customer: int
    since: datetime
    accounts: tuple[CustomerFacts, ...]
    quiet_since: datetime | None
    conversations: tuple[int, ...]
    posts: tuple[SaidFacts, ...]
    answers: tuple[AnswerFacts, ...]
    wishes: tuple[WishFacts, ...]
    permissions: tuple[PermissionFacts, ...]


async def customer_paper(session: AsyncSession, customer: int) -> CustomerPaper | None:
    """None: nobody has this number."""
    row = await session.get(Customer, customer)
    if row is None:
        return None
    theirs = select(Identity.id).where(Identity.customer_id == customer)
    called = select(Identity).where(Identity.customer_id == customer).order_by(Identity.id)
    people = (await session.scalars(called)).all()
    quiet = await quiet_since(session, customer)
    began = select(Conversation.id).where(Conversation.identity_id.in_(theirs))
    spoke = select(Post.conversation_id).where(Post.identity_id.in_(theirs))
    return CustomerPaper(
        type="customer",
        customer=customer,
        since=row.since,
        accounts=tuple(customer_facts(one) for one in people),
        quiet_since=None if quiet is None else quiet.since,
        conversations=tuple(sorted((await session.scalars(began.union(spoke))).all())),
        posts=await _said(session, customer),
        answers=await _answers(session, customer),
        wishes=await _wishes(session, customer),
        permissions=await _permissions(session, customer),
    )


async def _said(session: AsyncSession, customer: int) -> tuple[SaidFacts, ...]:
    query = (
        select(Post, Account, Identity)
        .join(Identity, Identity.id == Post.identity_id)
        .join(Account, Account.id == Post.account_id)
        .where(Identity.customer_id == customer, Post.ours.is_(False))
        .order_by(Post.at, Post.id)
    )
    rows = (await session.execute(query)).all()
    earlier: dict[int, list[PostVersion]] = {}
    versions = (
        select(PostVersion)
        .join(Post, Post.id == PostVersion.post_id)
        .join(Identity, Identity.id == Post.identity_id)
        .where(Identity.customer_id == customer)
    )
    for version in await session.scalars(versions):
        earlier.setdefault(version.post_id, []).append(version)
    return tuple(
        SaidFacts(
            conversation=post.conversation_id,
            account=account.name,
            platform=account.platform,
            handle=who.handle,
            at=post.at,
            heard_at=post.heard_at,
            words=None if post.gone_at is not None else post.words,
            warning="" if post.gone_at is not None else post.warning,
            media=() if post.gone_at is not None else tuple(post.media),
            visibility=post.visibility,
            language=post.language,
            url=post.url,
            gone_at=post.gone_at,
            versions=versions_of(post, earlier.get(post.id, ())),
        )
        for post, account, who in rows
    )


async def _answers(session: AsyncSession, customer: int) -> tuple[AnswerFacts, ...]:
    asked = aliased(Post)
    query = (
        select(Post.conversation_id, Post.at, Post.words, Post.url)
        .join(asked, (asked.account_id == Post.account_id) & (asked.ref == Post.parent))
        .join(Identity, Identity.id == asked.identity_id)
        .where(Post.ours.is_(True), Identity.customer_id == customer)
        .order_by(Post.at, Post.id)
    )
    return tuple(AnswerFacts(*row) for row in await session.execute(query))


async def _wishes(session: AsyncSession, customer: int) -> tuple[WishFacts, ...]:
    query = (
        select(Idea.root_id, Idea.title, Support.conversation_id, Support.at, News.revision)
        .join(Support, Support.idea_id == Idea.id)
        .join(Identity, Identity.id == Support.identity_id)
        .outerjoin(News, (News.idea_id == Idea.root_id) & (News.conversation_id == Support.conversation_id))
        .where(Identity.customer_id == customer, Support.given.is_(True))
        .order_by(Support.at, Support.id)
    )
    return tuple(WishFacts(*row) for row in await session.execute(query))


async def _permissions(session: AsyncSession, customer: int) -> tuple[PermissionFacts, ...]:
    query = (
        select(Praise.conversation_id, Praise.quote, Praise.quote_url, Praise.quote_at)
        .join(Conversation, Conversation.id == Praise.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Identity.customer_id == customer, Praise.quote != "")
        .order_by(Praise.id)
    )
    return tuple(PermissionFacts(*row) for row in await session.execute(query))
