"""A conversation from its first post to now: why did this go out? Everything in its order, nothing interpreted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.conversation import Conversation, Note, Post, PostVersion
from models.journal import Event
from models.people import Identity
from models.places import Account, Channel
from models.praise import Praise, praise_in, with_address
from models.reading.people import reps
from models.reading.places import channel_names
from models.reading.values import (
    CustomerFacts,
    DeliveryFacts,
    PostFacts,
    RepFacts,
    RevisionFacts,
    SignFacts,
    VersionFacts,
    authors_of,
    customer_facts,
    delivery_facts,
    numbers_in,
    post_facts,
    reps_named,
    revision_facts,
    seen_of,
    sign_facts,
    versions_of,
)
from models.reply import Approval, Attempt, Delivery, DraftMessage, Revision
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class PostHistory:
    """A post and every version of it, the first one first."""

    post: PostFacts
    versions: tuple[VersionFacts, ...]


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """A message that showed a draft: which versions of which posts stood beside it, and who signed it."""

    id: int
    revision: int  # the draft's number
    shown_at: datetime
    closed_at: datetime | None
    closed_why: str
    seen: Mapping[int, int]  # post -> version
    ready: Mapping[str, object]
    signs: tuple[SignFacts, ...]


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One call to the platform, and what became of it."""

    delivery: int
    number: int
    intent_at: datetime
    outcome: str
    outcome_at: datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """What a rep wrote down for the others."""

    id: int
    rep: RepFacts
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One line of the journal."""

    id: int
    seq: int
    at: datetime
    kind: str
    rep: RepFacts | None
    data: Mapping[str, object]
    digest: str


@dataclass(frozen=True, slots=True)
class History:
    """Everything about one conversation. `channels` are the names of those that its moves name, by their ids."""

    number: int
    key: str
    state: str
    urgency: int
    language: str | None
    channel: str
    account: str
    platform: str
    customer: CustomerFacts
    opened_at: datetime
    waiting_since: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    posts: tuple[PostHistory, ...]
    revisions: tuple[RevisionFacts, ...]
    messages: tuple[MessageHistory, ...]
    deliveries: tuple[DeliveryFacts, ...]
    attempts: tuple[AttemptFacts, ...]
    notes: tuple[NoteFacts, ...]
    events: tuple[EventFacts, ...]
    reps: Mapping[int, RepFacts]
    channels: Mapping[int, str] = field(default_factory=dict)


#: Under these an event of a move names channels.
CHANNELS = ("channel", "from_channel")


async def history(session: AsyncSession, number: int) -> History | None:
    """The whole of conversation `number`. None: there is none."""
    head = (
        select(Conversation, Account, Channel, Identity)
        .join(Account, Account.id == Conversation.account_id)
        .join(Channel, Channel.id == Conversation.channel_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Conversation.id == number)
    )
    found = (await session.execute(head)).one_or_none()
    if found is None:
        return None
    conversation, account, channel, identity = found
    revisions = await _all(session, select(Revision).where(Revision.conversation_id == number), Revision.number)
    messages = await _all(session, select(DraftMessage).where(DraftMessage.conversation_id == number), DraftMessage.id)
    signed = select(Approval).where(Approval.message_id.in_([message.id for message in messages]))
    signs = await _all(session, signed, Approval.at)
    events = await _all(session, select(Event).where(Event.chain == number), Event.seq)
    notes = await _all(session, select(Note).where(Note.conversation_id == number), Note.id)
    deliveries = await _all(session, select(Delivery).where(Delivery.conversation_id == number), Delivery.id)
    attempts = await _all(session, select(Attempt).where(Attempt.conversation_id == number), Attempt.id)
    known = await reps(
        session,
        [
            *(author for revision in revisions for author in authors_of(revision)),
            *(sign.rep_id for sign in signs),
            *(event.rep_id for event in events),
            *(rep for event in events for rep in reps_named(event.data)),
            *(note.rep_id for note in notes),
        ],
    )
    praise = await praise_in(session, number)
    numbers = {revision.id: revision.number for revision in revisions}
    moves = [event for event in events if event.kind == EventKind.MOVED.value]
    return History(
        number=number,
        key=conversation.key,
        state=conversation.state,
        urgency=conversation.urgency,
        language=conversation.language,
        channel=channel.name,
        account=account.name,
        platform=account.platform,
        customer=customer_facts(identity),
        opened_at=conversation.opened_at,
        waiting_since=conversation.waiting_since,
        answered_at=conversation.answered_at,
        closed_at=conversation.closed_at,
        posts=await post_histories(session, number),
        revisions=tuple(revision_facts(revision, known) for revision in revisions),
        messages=tuple(
            MessageHistory(
                id=message.id,
                revision=numbers[message.revision_id],
                shown_at=message.at,
                closed_at=message.closed_at,
                closed_why=message.closed_why,
                seen=seen_of(message.seen),
                ready=dict(message.ready),
                signs=tuple(sign_facts(sign, known) for sign in signs if sign.message_id == message.id),
            )
            for message in messages
        ),
        deliveries=tuple(delivery_facts(delivery) for delivery in deliveries),
        attempts=tuple(attempt_facts(attempt) for attempt in attempts),
        notes=tuple(NoteFacts(note.id, known[note.rep_id], note.words, note.at) for note in notes),
        events=tuple(event_facts(event, known, praise) for event in events),
        reps=known,
        channels=await channel_names(session, {id for event in moves for id in numbers_in(event.data, CHANNELS)}),
    )


async def post_histories(session: AsyncSession, number: int) -> tuple[PostHistory, ...]:
    """Every post of a conversation with its versions, in the order in which they were said."""
    query = (
        select(Post, Identity)
        .outerjoin(Identity, Identity.id == Post.identity_id)
        .where(Post.conversation_id == number)
        .order_by(Post.at, Post.id)
    )
    posts = (await session.execute(query)).all()
    earlier: dict[int, list[PostVersion]] = {}
    versions = select(PostVersion).join(Post, Post.id == PostVersion.post_id).where(Post.conversation_id == number)
    for version in await session.scalars(versions):
        earlier.setdefault(version.post_id, []).append(version)
    return tuple(PostHistory(post_facts(post, who), versions_of(post, earlier.get(post.id, ()))) for post, who in posts)


def attempt_facts(row: Attempt) -> AttemptFacts:
    return AttemptFacts(row.delivery_id, row.number, row.intent_at, row.outcome, row.outcome_at, row.detail)


def event_facts(row: Event, known: Mapping[int, RepFacts], praise: Praise | None = None) -> EventFacts:
    rep = None if row.rep_id is None else known.get(row.rep_id)
    about_a_quote = row.kind in {EventKind.QUOTE_ALLOWED.value, EventKind.QUOTE_REFUSED.value}
    data = with_address(row.data, praise) if about_a_quote else dict(row.data)
    return EventFacts(row.id, row.seq, row.at, row.kind, rep, data, row.digest)


Row = TypeVar("Row")
Moment = InstrumentedAttribute[int] | InstrumentedAttribute[datetime]


async def _all(session: AsyncSession, query: Select[Row], order: Moment) -> Sequence[Row]:
    return (await session.scalars(query.order_by(order))).all()
