"""Everything that a notice about one event shows: what happened, to which words, through whom, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, CardKind
from models.conversation import Claim, Conversation, Note, Post, PostVersion
from models.journal import Event, words_digest
from models.people import Identity, Rep
from models.places import Account
from models.praise import praise_in
from models.reading.history import CHANNELS
from models.reading.people import reps
from models.reading.places import channel_names
from models.reading.values import (
    AccountFacts,
    ClaimFacts,
    CustomerFacts,
    DeliveryFacts,
    PostFacts,
    RepFacts,
    VersionFacts,
    account_facts,
    customer_facts,
    delivery_facts,
    numbers_in,
    post_facts,
    rep_facts,
    reps_named,
    versions_of,
    whole,
)
from models.reply import Delivery, DeliveryState, DraftKind, Revision
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class NamedPost:
    """A post that an event names. `new` is the version that the event brought, `old` the one before it; neither has
    words once the author deleted the post. An event that is no edit has no `old`."""

    post: PostFacts
    old: VersionFacts | None
    new: VersionFacts


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """One event. `number` is None for what concerns no conversation; all about conversations is empty then.
    `reps` knows everybody whom the event's data names, `last_rep` is who spoke last for us or worked on it last."""

    event: int
    kind: EventKind
    at: datetime
    rep: RepFacts | None
    data: Mapping[str, object]
    reps: Mapping[int, RepFacts]
    posts: tuple[NamedPost, ...]
    note: str | None
    revision: int | None  # the number of the draft that it is about
    delivery: DeliveryFacts | None
    number: int | None
    channel: int | None
    state: str | None
    urgency: int
    language: str | None
    waiting_since: datetime | None
    account: AccountFacts | None
    customer: CustomerFacts | None
    claim: ClaimFacts | None
    last_rep: RepFacts | None
    card_link: str | None
    draft_link: str | None  # of the draft that stands now
    private: bool = False  # what goes out, or went out, only some can see
    channels: Mapping[int, str] = field(default_factory=dict)  # those that a move names
    said_at: str | None = None  # where the customer let us quote, or did not; None: forgotten
    folded: frozenset[int] = frozenset()  # posts whose words are abuse; set by who shows it


async def notice_facts(session: AsyncSession, event_id: int) -> NoticeFacts | None:
    """What a notice about this event shows. None: there is no such event."""
    event = await session.get(Event, event_id)
    if event is None:
        return None
    data = dict(event.data)
    known = await reps(session, {event.rep_id, *reps_named(data)})
    place = await _place(session, event.chain) if event.chain else None
    delivery = await _delivery(session, event)
    return NoticeFacts(
        event=event.id,
        kind=EventKind(event.kind),
        at=event.at,
        rep=known.get(event.rep_id) if event.rep_id is not None else None,
        data=data,
        reps=known,
        posts=await _posts(session, event),
        note=await _note(session, data),
        revision=await _revision(session, data, delivery),
        delivery=delivery,
        number=event.chain or None,
        channel=None if place is None else place.conversation.channel_id,
        state=None if place is None else place.conversation.state,
        urgency=0 if place is None else place.conversation.urgency,
        language=None if place is None else place.conversation.language,
        waiting_since=None if place is None else place.conversation.waiting_since,
        account=await _account(session, place, data),
        customer=None if place is None else place.customer,
        claim=None if place is None else place.claim,
        last_rep=None if place is None else await last_rep(session, event.chain),
        card_link=None if place is None else place.links.get((CardKind.CONVERSATION.value, event.chain)),
        draft_link=None
        if place is None
        else place.links.get((CardKind.DRAFT.value, place.conversation.message_id or 0)),
        private=delivery is not None and await _private(session, delivery),
        channels=await channel_names(session, numbers_in(data, CHANNELS)),
        said_at=await _said_at(session, event),
    )


async def last_rep(session: AsyncSession, number: int) -> RepFacts | None:
    """Who should hear first when the customer writes again: the writer of our last reply, else the last claimer."""
    wrote = (
        select(Rep)
        .join(Revision, Revision.rep_id == Rep.id)
        .join(Delivery, Delivery.revision_id == Revision.id)
        .where(Delivery.conversation_id == number, Delivery.state == DeliveryState.SENT.value)
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    row = await session.scalar(wrote)
    if row is None:
        claimed = (
            select(Rep)
            .join(Claim, Claim.rep_id == Rep.id)
            .where(Claim.conversation_id == number)
            .order_by(Claim.id.desc())
            .limit(1)
        )
        row = await session.scalar(claimed)
    return None if row is None else rep_facts(row)


@dataclass(frozen=True, slots=True)
class _Place:
    conversation: Conversation
    account: Account
    customer: CustomerFacts
    claim: ClaimFacts | None
    links: Mapping[tuple[str, int], str | None]


async def _place(session: AsyncSession, number: int) -> _Place | None:
    query = (
        select(Conversation, Account, Identity, Claim, Rep)
        .join(Account, Account.id == Conversation.account_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(Rep, Rep.id == Claim.rep_id)
        .where(Conversation.id == number)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    conversation, account, identity, claim, rep = found
    cards = select(Card.kind, Card.ref, Card.link).where(
        or_(
            (Card.kind == CardKind.CONVERSATION.value)
            & (Card.ref == number)
            & (Card.channel_id == conversation.channel_id),
            (Card.kind == CardKind.DRAFT.value) & (Card.ref == (conversation.message_id or 0)),
        )
    )
    links = {(kind, ref): link for kind, ref, link in await session.execute(cards)}
    standing = None if claim is None else ClaimFacts(rep_facts(rep), claim.since, claim.until)
    return _Place(conversation, account, customer_facts(identity), standing, links)


#: The keys under which events name posts.
_POSTS = ("post", "posts", "context")


async def _posts(session: AsyncSession, event: Event) -> tuple[NamedPost, ...]:
    ids = numbers_in(event.data, _POSTS)
    if not ids:
        return ()
    query = (
        select(Post, Identity)
        .outerjoin(Identity, Identity.id == Post.identity_id)
        .where(Post.id.in_(ids), Post.conversation_id == event.chain)
    )
    rows = {post.id: (post, who) for post, who in await session.execute(query)}
    earlier: dict[int, list[PostVersion]] = {}
    for version in await session.scalars(select(PostVersion).where(PostVersion.post_id.in_(rows))):
        earlier.setdefault(version.post_id, []).append(version)
    named: list[NamedPost] = []
    for id in ids:
        if id not in rows:
            continue
        post, who = rows[id]
        versions = versions_of(post, earlier.get(id, ()))
        new = _meant(versions, event.data)
        is_edit = event.kind == EventKind.CUSTOMER_EDITED.value
        old = next((one for one in reversed(versions) if one.version < new.version), None) if is_edit else None
        named.append(NamedPost(post_facts(post, who), old, new))
    return tuple(named)


def _meant(versions: Sequence[VersionFacts], data: Mapping[str, object]) -> VersionFacts:
    """The version that an event is about: by number, by digest, else as the post is now."""
    for one in versions:
        if one.version == whole(data.get("version")):
            return one
    for one in reversed(versions):
        if one.digest in {data.get("after"), data.get("digest")}:
            return one
    return versions[-1]


async def _delivery(session: AsyncSession, event: Event) -> DeliveryFacts | None:
    id = whole(event.data.get("delivery"))
    row = None if id is None else await session.get(Delivery, id)
    return None if row is None or row.conversation_id != event.chain else delivery_facts(row)


async def _revision(session: AsyncSession, data: Mapping[str, object], delivery: DeliveryFacts | None) -> int | None:
    number = whole(data.get("revision"))
    if number is not None or delivery is None:
        return number
    return await session.scalar(select(Revision.number).where(Revision.id == delivery.revision))


async def _private(session: AsyncSession, delivery: DeliveryFacts) -> bool:
    """Whether only some can see what this order says: because of what it is, or of what it answers."""
    query = select(Revision.kind, Post.visibility).join(Post, Post.id == Revision.parent_id)
    row = (await session.execute(query.where(Revision.id == delivery.revision))).one_or_none()
    return row is not None and (row.kind == DraftKind.PRIVATE or row.visibility not in ("public", "unlisted"))


async def _note(session: AsyncSession, data: Mapping[str, object]) -> str | None:
    id = whole(data.get("note"))
    return None if id is None else await session.scalar(select(Note.words).where(Note.id == id))


async def _said_at(session: AsyncSession, event: Event) -> str | None:
    """The journal names it by its hash; the address itself can be forgotten."""
    if event.kind not in {EventKind.QUOTE_ALLOWED.value, EventKind.QUOTE_REFUSED.value}:
        return None
    row = await praise_in(session, event.chain)
    url = None if row is None else row.quote_url
    return url if url is not None and words_digest(url) == event.data.get("address") else None


async def _account(session: AsyncSession, place: _Place | None, data: Mapping[str, object]) -> AccountFacts | None:
    if place is not None:
        return account_facts(place.account)
    id = whole(data.get("account"))
    row = None if id is None else await session.get(Account, id)
    return None if row is None else account_facts(row)
