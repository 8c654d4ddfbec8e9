"""The paper on each public reply: what it answers, who wrote and approved it, the receipt, and what came after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, CardKind
from models.conversation import Conversation
from models.journal import Event
from models.people import Identity
from models.places import Account, Channel
from models.reading.history import (
    AttemptFacts,
    EventFacts,
    PostHistory,
    attempt_facts,
    event_facts,
    post_histories,
)
from models.reading.people import reps
from models.reading.values import (
    CustomerFacts,
    DeliveryFacts,
    RepFacts,
    RevisionFacts,
    SignFacts,
    VersionFacts,
    authors_of,
    customer_facts,
    delivery_facts,
    revision_facts,
    seen_of,
    sign_facts,
    whole,
    wholes,
)
from models.reply import Approval, Attempt, Delivery, DeliveryState, DraftMessage, Revision
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class Source:
    """A customer's post in the version that the approvers saw. No words once its author deleted it."""

    post: int
    url: str | None
    at: datetime
    version: VersionFacts | None
    answered: bool  # the post that the reply stands under


@dataclass(frozen=True, slots=True)
class ReplyDossier:
    """One public reply. `drafts` are the revisions that led to it, the last one is what went out; `approvers` are
    those whose yes counted when it was ordered, in `channel`; `afterwards` is what happened to the posts and the reply
    since."""

    delivery: DeliveryFacts
    number: int
    channel: str
    account: str
    platform: str
    customer: CustomerFacts
    kind: str
    final: str
    digest: str
    sources: tuple[Source, ...]
    drafts: tuple[RevisionFacts, ...]
    editors: tuple[RepFacts, ...]
    signs: tuple[SignFacts, ...]
    approvers: tuple[RepFacts, ...]
    ready: Mapping[str, object]
    attempts: tuple[AttemptFacts, ...]
    afterwards: tuple[EventFacts, ...]


#: What may happen to the words on either side once a reply stands.
AFTERWARDS = tuple(
    kind.value
    for kind in (
        EventKind.CUSTOMER_EDITED,
        EventKind.POST_REMOVED,
        EventKind.POST_GONE,
        EventKind.POST_HIDDEN,
        EventKind.POST_BACK,
        EventKind.ERASED,
        EventKind.HIDDEN,
        EventKind.VISIBLE,
    )
)


async def sent_replies(
    session: AsyncSession, *, since: datetime | None = None, after: int = 0, limit: int = 500
) -> Sequence[int]:
    """The next replies that stand in public, by their deliveries: those above `after`, sent at `since` or later."""
    query = select(Delivery.id).where(Delivery.state == DeliveryState.SENT.value, Delivery.id > after)
    if since is not None:
        query = query.where(Delivery.ended_at >= since)
    return (await session.scalars(query.order_by(Delivery.id).limit(limit))).all()


async def reply_dossier(session: AsyncSession, delivery_id: int) -> ReplyDossier | None:
    """The paper on one reply. None: there is no such delivery."""
    head = (
        select(Delivery, DraftMessage, Conversation, Account, Channel.name, Identity)
        .join(DraftMessage, DraftMessage.id == Delivery.message_id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .join(Account, Account.id == Conversation.account_id)
        .outerjoin(Card, (Card.kind == CardKind.DRAFT.value) & (Card.ref == DraftMessage.id))
        .join(Channel, Channel.id == func.coalesce(Card.channel_id, Conversation.channel_id))
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Delivery.id == delivery_id)
    )
    found = (await session.execute(head)).one_or_none()
    if found is None:
        return None
    delivery, message, conversation, account, channel, identity = found
    number = conversation.id
    drafts = await _line(session, number, delivery.revision_id)
    went_out = drafts[-1]
    signs = (
        await session.scalars(select(Approval).where(Approval.message_id == message.id).order_by(Approval.at))
    ).all()
    journal = (await session.scalars(select(Event).where(Event.chain == number).order_by(Event.seq))).all()
    order = next((event for event in journal if _is_order(event, delivery_id)), None)
    counted = wholes(order.data.get("approved_by")) if order is not None else []
    later = [event for event in journal if _is_later(event, order)]
    editors = list(dict.fromkeys(author for draft in drafts for author in authors_of(draft)))
    known = await reps(session, {*editors, *counted, *(sign.rep_id for sign in signs), *(e.rep_id for e in later)})
    attempts = await session.scalars(select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(Attempt.number))
    posts = await post_histories(session, number)
    return ReplyDossier(
        delivery=delivery_facts(delivery),
        number=number,
        channel=channel,
        account=account.name,
        platform=account.platform,
        customer=customer_facts(identity),
        kind=went_out.kind,
        final=went_out.final,
        digest=went_out.digest,
        sources=_sources(posts, seen_of(message.seen), went_out.parent_id),
        drafts=tuple(revision_facts(draft, known) for draft in drafts),
        editors=tuple(known[editor] for editor in editors if editor in known),
        signs=tuple(sign_facts(sign, known) for sign in signs),
        approvers=tuple(known[rep] for rep in counted if rep in known),
        ready=dict(message.ready),
        attempts=tuple(attempt_facts(attempt) for attempt in attempts),
        afterwards=tuple(event_facts(event, known) for event in later),
    )


async def _line(session: AsyncSession, number: int, last: int) -> list[Revision]:
    """The revision that went out, and those that it was made from, the first one first."""
    query = select(Revision).where(Revision.conversation_id == number).order_by(Revision.number)
    rows = (await session.scalars(query)).all()
    by_number = {row.number: row for row in rows}
    at: Revision | None = next(row for row in rows if row.id == last)
    line: list[Revision] = []
    while at is not None and at not in line:
        line.append(at)
        at = by_number.get(at.base) if at.base is not None else None
    return line[::-1]


def _sources(posts: Sequence[PostHistory], seen: Mapping[int, int], answered: int) -> tuple[Source, ...]:
    return tuple(
        Source(
            post=one.post.id,
            url=one.post.url,
            at=one.post.at,
            version=next((v for v in one.versions if v.version == seen.get(one.post.id, one.post.version)), None),
            answered=one.post.id == answered,
        )
        for one in posts
        if one.post.id in seen or one.post.id == answered
    )


def _is_order(event: Event, delivery: int) -> bool:
    return event.kind == EventKind.ORDERED.value and whole(event.data.get("delivery")) == delivery


def _is_later(event: Event, order: Event | None) -> bool:
    return event.kind in AFTERWARDS and (order is None or event.seq > order.seq)
