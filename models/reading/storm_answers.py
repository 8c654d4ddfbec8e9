"""Questions about answers to many: who in a storm may still be answered together, and what became of each draft."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.chat import Card, CardKind
from models.conversation import Claim, Conversation, Post
from models.lifecycle import State
from models.people import Identity, Rep
from models.places import Account
from models.reading.places import root_of
from models.reading.values import CustomerFacts, RepFacts, customer_facts, rep_facts
from models.reply import DraftMessage, Revision
from models.storms import Storm, StormAnswer, StormDraft, StormMember


async def answers_of(session: AsyncSession, storms: Collection[int]) -> Sequence[int]:
    """The answers that were prepared for these storms."""
    return (await session.scalars(select(StormAnswer.id).where(StormAnswer.storm_id.in_(storms)))).all()


async def answerable(session: AsyncSession, storm: int, rep: int, *, limit: int) -> Sequence[int]:
    """Those that wait in the storm's channel for an answer and have no draft (or one from a list of this rep's that
    waits for approval), whom nobody else has claimed and whose words are as they were, who waits longest first."""
    member, post = StormMember, Post
    news = aliased(Post)
    said_more = (
        select(news.id)
        .where(
            news.conversation_id == Conversation.id,
            news.ours.is_(False),
            news.gone_at.is_(None),
            news.id > member.post_id,
        )
        .exists()
    )
    by_rep = (
        select(StormDraft.id)
        .join(StormAnswer, StormAnswer.id == StormDraft.answer_id)
        .where(StormDraft.message_id == Conversation.message_id, StormAnswer.rep_id == rep)
        .exists()
    )
    listed = and_(Conversation.state == State.DRAFTED.value, by_rep)
    query = (
        select(Conversation.id)
        .join(member, member.conversation_id == Conversation.id)
        .join(Storm, (Storm.id == member.storm_id) & (Storm.channel_id == Conversation.channel_id))
        .join(post, post.id == member.post_id)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .where(
            member.storm_id == storm,
            member.out_at.is_(None),
            member.apart == "",
            or_(Conversation.state == State.OPEN.value, listed),
            post.version == member.version,
            post.gone_at.is_(None),
            or_(Claim.id.is_(None), Claim.rep_id == rep),
            ~said_more,
        )
        .order_by(Conversation.waiting_since, Conversation.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """One draft of an answer to many. `why` is empty while it stands as it was listed; else why it dropped out: how
    its message was closed, "claimed", or "out". `state` is the conversation's."""

    number: int
    message: int
    revision: int
    account: str
    platform: str
    customer: CustomerFacts
    words: str | None
    final: str
    blocked: str
    state: str
    claimed_by: int | None
    why: str
    link: str | None


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """One answer to many, with everything that its message lists."""

    id: int
    storm: int
    channel: int
    rep: RepFacts
    at: datetime
    drafts: tuple[ListedDraft, ...]


async def answer_facts(session: AsyncSession, id: int) -> AnswerFacts | None:
    """What the message about an answer to many shows. None: there is no such answer."""
    head = (
        select(StormAnswer, Storm.channel_id, Rep)
        .join(Storm, Storm.id == StormAnswer.storm_id)
        .join(Rep, Rep.id == StormAnswer.rep_id)
        .where(StormAnswer.id == id)
    )
    found = (await session.execute(head)).one_or_none()
    if found is None:
        return None
    answer, channel, rep = found
    query = (
        select(
            StormMember.out_at, DraftMessage, Revision, Conversation, Account, Identity, Post, Claim.rep_id, Card.link
        )
        .select_from(StormDraft)
        .join(StormMember, StormMember.conversation_id == StormDraft.conversation_id)
        .join(DraftMessage, DraftMessage.id == StormDraft.message_id)
        .join(Revision, Revision.id == DraftMessage.revision_id)
        .join(Conversation, Conversation.id == StormDraft.conversation_id)
        .join(Account, Account.id == Conversation.account_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Post, Post.id == Revision.parent_id)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(Card, root_of(Conversation) & (Card.kind == CardKind.CONVERSATION.value))
        .where(StormDraft.answer_id == id)
        .order_by(StormDraft.conversation_id)
    )
    drafts = tuple(
        ListedDraft(
            number=conversation.id,
            message=message.id,
            revision=revision.number,
            account=account.name,
            platform=account.platform,
            customer=customer_facts(identity),
            words=None if post.gone_at is not None else post.words,
            final=revision.final,
            blocked=revision.blocked,
            state=conversation.state,
            claimed_by=claimed_by,
            why="out" if out_at is not None else _why(message, conversation, claimed_by, answer.rep_id),
            link=link,
        )
        for out_at, message, revision, conversation, account, identity, post, claimed_by, link in await session.execute(
            query
        )
    )
    return AnswerFacts(id, answer.storm_id, channel, rep_facts(rep), answer.at, drafts)


def _why(message: DraftMessage, conversation: Conversation, claimed_by: int | None, prepared_by: int) -> str:
    if conversation.message_id != message.id:
        return message.closed_why or "replaced"
    if conversation.state == State.DRAFTED.value and claimed_by not in (None, prepared_by):
        return "claimed"
    return ""
