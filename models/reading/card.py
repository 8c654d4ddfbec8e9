"""Everything that a conversation's card shows, in a handful of queries. What it says about it is the cards' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, CardKind
from models.conversation import Claim, Conversation, Note, Post
from models.journal import Event
from models.people import Customer, Identity, Rep
from models.places import Account, Channel, Hold
from models.praise import Quote, praise_in
from models.reading.beside import Beside, beside
from models.reading.course_of import KINDS, Happened, Round, rounds
from models.reading.hint import HintFacts, hint_facts
from models.reading.ideas import IdeaLine, idea_line
from models.reading.people import EarlierConversation, earlier_conversations, reps
from models.reading.places import root_of
from models.reading.seen import SeenFacts, seen_facts
from models.reading.signs import asked_again
from models.reading.values import (
    AccountFacts,
    ClaimFacts,
    CustomerFacts,
    DeliveryFacts,
    DraftState,
    PostFacts,
    RepFacts,
    account_facts,
    authors_of,
    customer_facts,
    delivery_facts,
    post_facts,
    rep_facts,
    revision_facts,
    seen_of,
    sign_facts,
    waits_for,
    whole,
)
from models.reply import Approval, Delivery, DraftMessage, Revision, WaitsFor
from models.resembling import WAITING
from models.searches import words_of
from models.snoozes import Snooze


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """A stop that covers this conversation: on it, on its account, or on all."""

    scope: str
    by: RepFacts
    since: datetime


@dataclass(frozen=True, slots=True)
class CardFacts:
    """One conversation. `posts` are the latest few, oldest of them first, out of `posts_in_all`. `round` is the
    round that is open, or the last one that was. `writing` is what the desk keeps about open dialogs."""

    number: int
    version: int
    state: str
    pending: tuple[str, ...]
    urgency: int
    language: str | None
    channel: int
    channel_name: str
    account: AccountFacts
    customer: CustomerFacts
    customer_since: datetime
    earlier: tuple[EarlierConversation, ...]
    posts: tuple[PostFacts, ...]
    posts_in_all: int
    opened_at: datetime
    waiting_since: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    claim: ClaimFacts | None
    writing: Mapping[str, object]
    draft: DraftState | None
    delivery: DeliveryFacts | None  # the latest order, whatever became of it
    round: Round
    reps: Mapping[int, RepFacts]  # everybody whom `round` and `writing` name
    holds: tuple[HoldFacts, ...]
    notes: int
    link: str | None  # the card's own message
    thread: str | None
    beside: Beside = field(default_factory=Beside)
    snoozed_until: datetime | None = None
    snoozed_by: RepFacts | None = None
    hint: HintFacts | None = None
    seen: SeenFacts = field(default_factory=SeenFacts)
    idea: IdeaLine | None = None  # what it asks for
    search: str | None = None  # the words of the saved search that found it
    praise: Quote | None = None  # whether it may be quoted; None: it is no praise
    folded: frozenset[int] = frozenset()  # posts whose words are abuse; set by who shows it

    @property
    def waits(self) -> WaitsFor | None:
        """What keeps the approved reply from leaving."""
        return waits_for(held=bool(self.holds), account=self.account, delivery=self.delivery)

    @property
    def url(self) -> str | None:
        """Where the customer's last words stand."""
        return next((post.url for post in reversed(self.posts) if not post.ours and not post.gone), None)


@cache
def _head() -> Select[Conversation, Account, str, Identity, datetime, Claim, Rep, Card, Snooze]:
    """Built once: every change of a card asks this."""
    return (
        select(Conversation, Account, Channel.name, Identity, Customer.since, Claim, Rep, Card, Snooze)
        .join(Account, Account.id == Conversation.account_id)
        .join(Channel, Channel.id == Conversation.channel_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Customer, Customer.id == Identity.customer_id)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(Rep, Rep.id == Claim.rep_id)
        .outerjoin(Card, root_of(Conversation))
        .outerjoin(Snooze, Snooze.conversation_id == Conversation.id)
        .where(Conversation.id == bindparam("number"))
    )


async def card_facts(session: AsyncSession, conversation_id: int, *, posts: int = 5) -> CardFacts | None:
    """What the card of a conversation shows. None: there is no such conversation."""
    found = (await session.execute(_head(), {"number": conversation_id})).one_or_none()
    if found is None:
        return None
    conversation, account, channel_name, identity, since, claim, rep, card, snooze = found
    latest, in_all = await latest_posts(session, conversation_id, limit=posts)
    happened = await _happened(session, conversation_id)
    course = _last(happened)
    search = whole(happened[0].data.get("search")) if happened else None
    earlier = await earlier_conversations(session, conversation_id)
    known = await reps(session, {*_named(course), *_writing(conversation), *([snooze.rep_id] if snooze else ())})
    praise = await praise_in(session, conversation_id)
    return CardFacts(
        number=conversation.id,
        version=conversation.version,
        state=conversation.state,
        pending=tuple(str(step) for step in conversation.pending),
        urgency=conversation.urgency,
        language=conversation.language,
        channel=conversation.channel_id,
        channel_name=channel_name,
        account=account_facts(account),
        customer=customer_facts(identity),
        customer_since=since,
        earlier=earlier,
        posts=latest,
        posts_in_all=in_all,
        opened_at=conversation.opened_at,
        waiting_since=conversation.waiting_since,
        answered_at=conversation.answered_at,
        closed_at=conversation.closed_at,
        claim=None if claim is None else ClaimFacts(rep_facts(rep), claim.since, claim.until),
        writing=dict(conversation.writing),
        draft=await current_draft(session, conversation),
        delivery=await latest_delivery(session, conversation_id),
        round=course,
        reps=known,
        holds=await holds_on(session, conversation_id, conversation.account_id),
        notes=await session.scalar(select(func.count(Note.id)).where(Note.conversation_id == conversation_id)) or 0,
        link=None if card is None else card.link,
        thread=None if card is None else card.thread or card.ts,
        beside=await beside(session, conversation_id, earlier),
        snoozed_until=None if snooze is None else snooze.until,
        snoozed_by=None if snooze is None else known.get(snooze.rep_id),
        hint=await hint_facts(session, conversation_id),
        seen=await _seen(session, conversation),
        idea=await idea_line(session, conversation_id),
        search=None if search is None else await words_of(session, search),
        praise=None if praise is None or not praise.given else Quote(praise.quote),
    )


async def _seen(session: AsyncSession, conversation: Conversation) -> SeenFacts:
    """Of use to who is about to answer."""
    if conversation.state not in WAITING:
        return SeenFacts()
    return await seen_facts(session, conversation.id, conversation.channel_id)


def _named(course: Round) -> set[int]:
    said = set() if course.on_word_of is None else {course.on_word_of}
    return {*course.reps, *course.writers, *course.approvers, *said}


def _writing(conversation: Conversation) -> set[int]:
    return {int(rep) for rep in conversation.writing if rep.isdecimal()}


async def latest_posts(session: AsyncSession, conversation_id: int, *, limit: int) -> tuple[tuple[PostFacts, ...], int]:
    """The last posts of a conversation, oldest of them first, and how many there are in all."""
    query = (
        select(Post, Identity, func.count().over())
        .outerjoin(Identity, Identity.id == Post.identity_id)
        .where(Post.conversation_id == conversation_id)
        .order_by(Post.at.desc(), Post.id.desc())
        .limit(limit)
    )
    rows = (await session.execute(query)).all()
    in_all = rows[0][2] if rows else 0
    return tuple(post_facts(post, who) for post, who, _ in reversed(rows)), in_all


async def current_draft(session: AsyncSession, conversation: Conversation) -> DraftState | None:
    """The draft that can be approved now, None when there is none."""
    if conversation.message_id is None:
        return None
    query = (
        select(DraftMessage, Revision, Card.link, Channel.surface)
        .join(Revision, Revision.id == DraftMessage.revision_id)
        .join(Channel, Channel.id == conversation.channel_id)
        .outerjoin(Card, (Card.kind == CardKind.DRAFT.value) & (Card.ref == DraftMessage.id))
        .where(DraftMessage.id == conversation.message_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    message, revision, link, surface = found
    return await draft_state(session, message, revision, link, surface)


async def draft_state(
    session: AsyncSession, message: DraftMessage, revision: Revision, link: str | None, surface: str
) -> DraftState:
    """A draft message with its revision and its signs."""
    signs = (
        await session.scalars(
            select(Approval).where(Approval.message_id == message.id).order_by(Approval.at, Approval.id)
        )
    ).all()
    known = await reps(session, {*authors_of(revision), *(sign.rep_id for sign in signs)})
    return DraftState(
        message=message.id,
        revision=revision_facts(revision, known),
        shown_at=message.at,
        seen=seen_of(message.seen),
        signs=tuple(sign_facts(sign, known) for sign in signs),
        link=link,
        ready=dict(message.ready),
        surface=surface,
        asked_again=await asked_again(session, message, signs),
    )


async def latest_delivery(session: AsyncSession, conversation_id: int) -> DeliveryFacts | None:
    """The last order of a conversation."""
    query = select(Delivery).where(Delivery.conversation_id == conversation_id).order_by(Delivery.id.desc()).limit(1)
    row = await session.scalar(query)
    return None if row is None else delivery_facts(row)


async def _happened(session: AsyncSession, conversation_id: int) -> list[Happened]:
    """What rounds are made of, from the beginning."""
    query = (
        select(Event.at, Event.kind, Event.rep_id, Event.data)
        .where(Event.chain == conversation_id, Event.kind.in_(KINDS))
        .order_by(Event.seq)
    )
    return [Happened(at, kind, rep, data) for at, kind, rep, data in await session.execute(query)]


def _last(happened: Sequence[Happened]) -> Round:
    """The round that is open, or the last one."""
    found = rounds(happened)
    return found[-1] if found else Round()


async def holds_on(session: AsyncSession, conversation_id: int, account_id: int) -> tuple[HoldFacts, ...]:
    """The stops that cover a conversation, the oldest first."""
    scopes = ("all", f"account:{account_id}", f"conversation:{conversation_id}")
    query = (
        select(Hold, Rep)
        .join(Rep, Rep.id == Hold.by_id)
        .where(Hold.scope.in_(scopes), Hold.ended_at.is_(None))
        .order_by(Hold.since)
    )
    return tuple(HoldFacts(hold.scope, rep_facts(rep), hold.since) for hold, rep in await session.execute(query))
