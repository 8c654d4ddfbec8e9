"""Questions that hearing asks: what we know already of what was heard, each in one query for a whole batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, CardKind
from models.conversation import Conversation, Post, PostVersion, Removal
from models.journal import Event
from models.lifecycle import State
from models.people import Identity
from models.places import Account, Route
from models.reply import Attempt, AttemptOutcome, Delivery, DeliveryState, Revision
from models.storms import Storm
from models.telling import EventKind


async def account_named(session: AsyncSession, name: str) -> Account | None:
    """Our account of that name in the settings."""
    return await session.scalar(select(Account).where(Account.name == name))


async def default_channel(session: AsyncSession, account_id: int) -> int | None:
    """The channel of the account's first route."""
    query = select(Route.channel_id).where(Route.account_id == account_id).order_by(Route.id).limit(1)
    return await session.scalar(query)


async def stormy_channels(session: AsyncSession, *, since: datetime) -> frozenset[int]:
    """The channels in which a storm was joined since then."""
    return frozenset(await session.scalars(select(Storm.channel_id).where(Storm.last_at >= since).distinct()))


async def channels_of(session: AsyncSession, account_id: int) -> Sequence[int]:
    """All channels to which the account's posts come."""
    query = select(Route.channel_id).where(Route.account_id == account_id).order_by(Route.id)
    return (await session.scalars(query)).all()


async def posts_by_ref(session: AsyncSession, account_id: int, refs: Collection[str]) -> dict[str, Post]:
    """Those of the posts that are stored, ours too, deleted ones too."""
    if not refs:
        return {}
    query = select(Post).where(Post.account_id == account_id, Post.ref.in_(refs))
    return {post.ref: post for post in await session.scalars(query)}


async def known_refs(session: AsyncSession, account_id: int, refs: Collection[str]) -> frozenset[str]:
    """Which of the posts are stored."""
    if not refs:
        return frozenset()
    query = select(Post.ref).where(Post.account_id == account_id, Post.ref.in_(refs))
    return frozenset(await session.scalars(query))


async def removed_refs(session: AsyncSession, account_id: int, refs: Collection[str]) -> frozenset[str]:
    """Which of them were taken away before we had them."""
    if not refs:
        return frozenset()
    query = select(Removal.ref).where(Removal.account_id == account_id, Removal.ref.in_(refs))
    return frozenset(await session.scalars(query))


async def identities_by_ref(session: AsyncSession, account_id: int, refs: Collection[str]) -> dict[str, Identity]:
    """Those of the authors whom we know."""
    if not refs:
        return {}
    query = select(Identity).where(Identity.account_id == account_id, Identity.ref.in_(refs))
    return {identity.ref: identity for identity in await session.scalars(query)}


async def conversations_by_key(session: AsyncSession, account_id: int, keys: Collection[str]) -> dict[str, int]:
    """The numbers of the conversations with these keys."""
    if not keys:
        return {}
    query = select(Conversation.key, Conversation.id).where(
        Conversation.account_id == account_id, Conversation.key.in_(keys)
    )
    return dict((await session.execute(query)).all())


async def version_digests(session: AsyncSession, post_id: int) -> frozenset[str]:
    """The hashes of what a post said before its edits."""
    return frozenset(await session.scalars(select(PostVersion.digest).where(PostVersion.post_id == post_id)))


async def receipts(session: AsyncSession, conversation_id: int) -> Mapping[str, int]:
    """Our posted replies in a conversation: their reference on the platform -> the delivery."""
    query = select(Delivery.id, Delivery.receipt).where(
        Delivery.conversation_id == conversation_id, Delivery.receipt.is_not(None)
    )
    return {
        str(receipt["ref"]): number for number, receipt in await session.execute(query) if receipt and "ref" in receipt
    }


async def unproven_texts(session: AsyncSession, conversation_id: int) -> Sequence[str]:
    """The final texts that may be in public without our knowing: on the wire, or tried without a certain no."""
    on_the_wire = (
        select(Revision.final)
        .join(Delivery, Delivery.revision_id == Revision.id)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.state.in_([DeliveryState.SENDING.value, DeliveryState.UNSURE.value]),
        )
    )
    open_outcomes = [AttemptOutcome.PENDING.value, AttemptOutcome.LOST.value, AttemptOutcome.ABSENT.value]
    tried = (
        select(Revision.final)
        .join(Delivery, Delivery.revision_id == Revision.id)
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(Attempt.conversation_id == conversation_id, Attempt.outcome.in_(open_outcomes))
    )
    return list(await session.scalars(on_the_wire.union(tried)))


_ABOUT_A_POST = (EventKind.HEARD, EventKind.CUSTOMER_REPLIED, EventKind.CUSTOMER_EDITED)


async def cards_about(session: AsyncSession, conversation_id: int, post_id: int) -> Sequence[tuple[CardKind, int]]:
    """The messages of ours that may show a post's words: notices about it, what was retold where the conversation was
    moved to, and every draft of it."""
    notices = (
        select(Card.kind, Card.ref, Event.kind, Event.data)
        .join(Event, Event.id == Card.ref)
        .where(
            Card.conversation_id == conversation_id,
            Card.kind == CardKind.NOTICE.value,
            Event.kind.in_([kind.value for kind in (*_ABOUT_A_POST, EventKind.MOVED)]),
        )
    )
    found = [
        (CardKind(kind), ref)
        for kind, ref, about, data in await session.execute(notices)
        if about == EventKind.MOVED.value or data.get("post") == post_id
    ]
    others = select(Card.kind, Card.ref).where(
        Card.conversation_id == conversation_id, Card.kind.in_([CardKind.DRAFT.value, CardKind.POST.value])
    )
    found += [
        (CardKind(kind), ref)
        for kind, ref in await session.execute(others)
        if kind == CardKind.DRAFT.value or ref == post_id
    ]
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A conversation, as far as it decides when its posts are asked for again."""

    state: str
    ended_at: datetime | None  # when it was answered or closed; None while it is neither


async def standings(session: AsyncSession, numbers: Collection[int]) -> dict[int, Standing]:
    """How conversations stand."""
    columns = (Conversation.id, Conversation.state, Conversation.answered_at, Conversation.closed_at)
    found = await session.execute(select(*columns).where(Conversation.id.in_(numbers)))
    ended = {State.ANSWERED.value: 1, State.CLOSED.value: 2}
    return {
        row[0]: Standing(row[1], (row[2] if ended[row[1]] == 1 else row[3]) if row[1] in ended else None)
        for row in found
    }


async def lively(session: AsyncSession, account_id: int, since: datetime, limit: int) -> Mapping[int, str]:
    """Conversations that are not closed and in which somebody spoke lately -> the reference of their last post."""
    query = (
        select(Post.conversation_id, Post.ref)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .where(
            Post.account_id == account_id,
            Post.heard_at >= since,
            Post.gone_at.is_(None),
            Conversation.state != State.CLOSED.value,
        )
        .order_by(Post.id.desc())
        .limit(limit * 10)
    )
    found: dict[int, str] = {}
    for number, ref in await session.execute(query):
        if len(found) < limit:
            found.setdefault(number, ref)
    return found


async def voices(session: AsyncSession, conversation_id: int) -> tuple[frozenset[str], frozenset[str]]:
    """Who speaks in a conversation (their references), and the references of our own posts in it."""
    people = select(Identity.ref).join(Post, Post.identity_id == Identity.id)
    own = select(Post.ref).where(Post.conversation_id == conversation_id, Post.ours)
    return (
        frozenset(await session.scalars(people.where(Post.conversation_id == conversation_id))),
        frozenset(await session.scalars(own)),
    )
