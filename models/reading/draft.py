"""Everything that the message about a draft shows: the text, who wrote it, who signed, where it goes, what is newer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.attachments import Pictured, pictures_of
from models.chat import Card, CardKind
from models.conversation import Claim, Conversation, Post
from models.people import Identity, Rep
from models.places import Account, Channel
from models.reading.card import HoldFacts, draft_state, holds_on
from models.reading.places import root_of
from models.reading.values import (
    AccountFacts,
    ClaimFacts,
    CustomerFacts,
    DeliveryFacts,
    DraftState,
    PostFacts,
    account_facts,
    customer_facts,
    delivery_facts,
    post_facts,
    rep_facts,
    waits_for,
)
from models.reply import ANSWERS, Delivery, DeliveryState, DraftMessage, Revision, WaitsFor
from models.storms import StormDraft


@dataclass(frozen=True, slots=True)
class CurrentDraft:
    """The draft that stands now, where this one no longer does."""

    message: int
    revision: int  # its number
    link: str | None


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """One draft message. `draft` holds revision, signs, pre-flight (`ready`) and link; `before` is the final text
    of the revision that this one was made from, `before_pictures` its pictures; `answers` the post that it answers,
    corrects or takes back."""

    number: int
    channel: int
    state: str
    account: AccountFacts
    customer: CustomerFacts
    draft: DraftState
    before: str | None
    answers: PostFacts
    current: bool
    instead: CurrentDraft | None
    closed_at: datetime | None
    closed_why: str
    delivery: DeliveryFacts | None  # the order that this message's approval made, the latest
    claim: ClaimFacts | None
    holds: tuple[HoldFacts, ...]
    card_link: str | None
    before_pictures: tuple[Pictured, ...] = ()

    @property
    def waits(self) -> WaitsFor | None:
        """What keeps it from leaving, once it is approved."""
        return waits_for(held=bool(self.holds), account=self.account, delivery=self.delivery)


async def draft_facts(session: AsyncSession, message_id: int) -> DraftFacts | None:
    """What the message about a draft shows. None: there is no such message."""
    shown, about = aliased(Card), aliased(Card)
    query = (
        select(DraftMessage, Revision, Conversation, Account, Identity, Claim, Rep)
        .add_columns(shown.link, about.link, Channel.surface)
        .join(Revision, Revision.id == DraftMessage.revision_id)
        .join(Conversation, Conversation.id == DraftMessage.conversation_id)
        .join(Channel, Channel.id == Conversation.channel_id)
        .join(Account, Account.id == Conversation.account_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(Rep, Rep.id == Claim.rep_id)
        .outerjoin(shown, (shown.kind == CardKind.DRAFT.value) & (shown.ref == DraftMessage.id))
        .outerjoin(about, root_of(Conversation, about))
        .where(DraftMessage.id == message_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    message, revision, conversation, account, identity, claim, rep, link, card_link, surface = found
    current = conversation.message_id == message.id
    before = await _before(session, revision)
    return DraftFacts(
        number=conversation.id,
        channel=conversation.channel_id,
        state=conversation.state,
        account=account_facts(account),
        customer=customer_facts(identity),
        draft=await draft_state(session, message, revision, link, surface),
        before=before[0],
        before_pictures=before[1],
        answers=await post_by_id(session, revision.parent_id),
        current=current,
        instead=None if current else await _instead(session, conversation),
        closed_at=message.closed_at,
        closed_why=message.closed_why,
        delivery=await _ordered(session, message),
        claim=None if claim is None else ClaimFacts(rep_facts(rep), claim.since, claim.until),
        holds=await holds_on(session, conversation.id, conversation.account_id),
        card_link=card_link,
    )


async def post_by_id(session: AsyncSession, post_id: int) -> PostFacts:
    """A post that must be there: rows refer to it."""
    query = select(Post, Identity).outerjoin(Identity, Identity.id == Post.identity_id).where(Post.id == post_id)
    post, who = (await session.execute(query)).one()
    return post_facts(post, who)


async def recent_answers(
    session: AsyncSession, number: int, channel: int, *, since: datetime, limit: int = 100
) -> tuple[str, ...]:
    """What was written in answers that went out to others of this channel since then, the latest first. Of one answer
    to many the others are no others."""
    same = select(StormDraft.answer_id).where(StormDraft.conversation_id == number)
    listed = select(StormDraft.message_id).where(StormDraft.answer_id.in_(same))
    query = (
        select(Revision.typed)
        .join(Delivery, Delivery.revision_id == Revision.id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(
            Delivery.state == DeliveryState.SENT.value,
            Delivery.ended_at >= since,
            Delivery.conversation_id != number,
            Conversation.channel_id == channel,
            Revision.kind.in_([kind.value for kind in ANSWERS]),
            Delivery.message_id.not_in(listed),
        )
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    return tuple((await session.scalars(query)).all())


async def _before(session: AsyncSession, revision: Revision) -> tuple[str | None, tuple[Pictured, ...]]:
    if revision.base is None:
        return None, ()
    query = select(Revision.final, Revision.spans).where(
        Revision.conversation_id == revision.conversation_id, Revision.number == revision.base
    )
    found = (await session.execute(query)).one_or_none()
    return (None, ()) if found is None else (found[0], pictures_of(found[1]))


async def _instead(session: AsyncSession, conversation: Conversation) -> CurrentDraft | None:
    if conversation.message_id is None:
        return None
    query = (
        select(DraftMessage.id, Revision.number, Card.link)
        .join(Revision, Revision.id == DraftMessage.revision_id)
        .outerjoin(Card, (Card.kind == CardKind.DRAFT.value) & (Card.ref == DraftMessage.id))
        .where(DraftMessage.id == conversation.message_id)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else CurrentDraft(*found)


async def _ordered(session: AsyncSession, message: DraftMessage) -> DeliveryFacts | None:
    query = (
        select(Delivery)
        .where(Delivery.conversation_id == message.conversation_id, Delivery.message_id == message.id)
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    row = await session.scalar(query)
    return None if row is None else delivery_facts(row)
