"""Deliveries as rows: taken, read with every attempt of their conversation, the intent and the outcomes written.

What is right to write when is decided in `bot/publishing/protocol.py`; the steps of the conversation that go with
it are taken in the same transaction by `steps.take`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation, Post
from models.places import Account
from models.reply import Approval, Attempt, AttemptOutcome, Delivery, DeliveryState, DraftMessage, Revision
from models.steps import Dossier
from models.store import Store, Work
from models.worklist import next_due, still_mine, take

#: Outcomes after which a call may still turn out to have been heard.
UNCERTAIN = (AttemptOutcome.PENDING.value, AttemptOutcome.LOST.value, AttemptOutcome.ABSENT.value)


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that is ours until its lease ends or somebody takes it: write nothing without its fence."""

    id: int
    conversation: int
    fence: int
    tries: int


@dataclass(frozen=True, slots=True)
class Saying:
    """One delivery with what it says and what it answers, as the rows hold it."""

    delivery: Delivery
    revision: Revision
    parent: Post


@dataclass(frozen=True, slots=True)
class Order:
    """A delivery as it was read, with all that decides about sending it. `earlier` are the conversation's other
    deliveries that have attempts without a certain no."""

    saying: Saying
    account: str
    conversation: Conversation
    message: DraftMessage
    attempts: tuple[tuple[Attempt, DeliveryState, str], ...]  # with the state and the why of their delivery
    earlier: tuple[Saying, ...]
    signs: tuple[Approval, ...]
    above: Post | None = None  # what a customer says there, where this corrects the one answer to it


async def take_due(work: Work, *, limit: int, without: Collection[int] = ()) -> list[Taken]:
    """Deliveries that are due, leased to us; also those whose holder's lease ended."""
    others = (Delivery.id.not_in(list(without)),) if without else ()
    rows = await take(work, Delivery, *others, limit=limit)
    return [Taken(row.id, row.conversation_id, row.fence, row.tries) for row in rows]


async def take_checks(work: Work, *, limit: int) -> list[Taken]:
    """Draft messages whose pre-flight is due."""
    rows = await take(work, DraftMessage, DraftMessage.closed_at.is_(None), limit=limit)
    return [Taken(row.id, row.conversation_id, row.fence, row.tries) for row in rows]


async def when_delivery_due(store: Store, *, without: Collection[int] = ()) -> datetime | None:
    """When the next delivery falls due."""
    others = (Delivery.id.not_in(list(without)),) if without else ()
    async with store.reading() as session:
        return await next_due(session, Delivery, *others)


async def when_check_due(store: Store) -> datetime | None:
    """When the next pre-flight falls due."""
    async with store.reading() as session:
        return await next_due(session, DraftMessage, DraftMessage.closed_at.is_(None))


async def delivery_held(work: Work, taken: Taken) -> Delivery | None:
    """The row, locked and as it is now, if nobody took it since."""
    return await still_mine(work, Delivery, taken.id, taken.fence)


async def check_held(work: Work, taken: Taken) -> DraftMessage | None:
    """The draft message, locked, if nobody took it since."""
    return await still_mine(work, DraftMessage, taken.id, taken.fence)


async def give_back(work: Work, taken: Taken, *, due_at: datetime | None) -> bool:
    """Nothing to do before `due_at`. The row's own due time wins if somebody set an earlier one meanwhile."""
    return bool(
        await work.session.scalar(
            update(Delivery)
            .where(Delivery.id == taken.id, Delivery.fence == taken.fence)
            .values(lease_owner=None, lease_until=None, due_at=due_at)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
    )


async def release(work: Work, taken: Taken) -> None:
    """Give a lease back without a new due time."""
    await work.flush()
    await work.session.execute(
        update(Delivery)
        .where(Delivery.id == taken.id, Delivery.fence == taken.fence)
        .values(lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


@cache
def _whole() -> Select[Delivery, str, Conversation, DraftMessage, Revision, Post]:
    """One question for all that there is one of. Built once: the customer waits for this."""
    return (
        select(Delivery, Account.name, Conversation, DraftMessage, Revision, Post)
        .join(Account, Account.id == Delivery.account_id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .join(DraftMessage, DraftMessage.id == Delivery.message_id)
        .join(Revision, Revision.id == Delivery.revision_id)
        .join(Post, Post.id == Revision.parent_id)
        .where(Delivery.id == bindparam("delivery"))
    )


@cache
def _attempts() -> Select[Attempt, str, str]:
    return (
        select(Attempt, Delivery.state, Delivery.why)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Attempt.conversation_id == bindparam("conversation"))
        .order_by(Attempt.id)
    )


async def order(session: AsyncSession, delivery: int) -> Order | None:
    """Everything about one delivery. None when there is no such row."""
    found = (await session.execute(_whole(), {"delivery": delivery})).one_or_none()
    if found is None:
        return None
    row, account, conversation, message, revision, parent = found
    tried = (await session.execute(_attempts(), {"conversation": row.conversation_id})).all()
    attempts = tuple((attempt, DeliveryState(state), why) for attempt, state, why in tried)
    others = sorted(
        {
            attempt.delivery_id
            for attempt, state, _ in attempts
            if attempt.outcome in UNCERTAIN and state is not DeliveryState.SENT and attempt.delivery_id != row.id
        }
    )
    signs = (await session.scalars(select(Approval).where(Approval.message_id == row.message_id))).all()
    above = None
    if parent.the_answer and parent.parent is not None:
        same = (Post.account_id == row.account_id, Post.ref == parent.parent)
        above = await session.scalar(select(Post).where(*same))
    return Order(
        saying=Saying(row, revision, parent),
        account=account,
        conversation=conversation,
        message=message,
        attempts=attempts,
        earlier=tuple([await _saying(session, await session.get_one(Delivery, other)) for other in others]),
        signs=tuple(signs),
        above=above,
    )


async def check(session: AsyncSession, message: int) -> tuple[str, Conversation, Revision, Post] | None:
    """What a pre-flight is about: our account's name, the conversation, the revision, and what it answers."""
    row = await session.get(DraftMessage, message)
    if row is None:
        return None
    conversation = await session.get_one(Conversation, row.conversation_id)
    account = await session.get_one(Account, conversation.account_id)
    revision = await session.get_one(Revision, row.revision_id)
    return account.name, conversation, revision, await session.get_one(Post, revision.parent_id)


async def _saying(session: AsyncSession, delivery: Delivery) -> Saying:
    revision = await session.get_one(Revision, delivery.revision_id)
    return Saying(delivery, revision, await session.get_one(Post, revision.parent_id))


async def channel_of(session: AsyncSession, conversation: int) -> int:
    """The channel whose people decide about a conversation."""
    return (await session.get_one(Conversation, conversation)).channel_id


async def write_intent(
    work: Work, *, delivery: int, conversation: int, fence: int, sends: int, at: datetime, lease: timedelta
) -> int | None:
    """Write down that a call is about to be made; the attempt's id. None: not ours any more, and nothing changed.

    One statement decides: fence, number of sends and state are one row's.
    """
    mine = await work.session.scalar(
        update(Delivery)
        .where(
            Delivery.id == delivery,
            Delivery.fence == fence,
            Delivery.sends == sends,
            Delivery.state == DeliveryState.WAITING.value,
        )
        .values(sends=sends + 1, sent_at=at, why="", state=DeliveryState.SENDING.value, lease_until=work.now + lease)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if mine is None:
        return None
    attempt = Attempt(delivery_id=delivery, conversation_id=conversation, number=sends + 1, intent_at=at)
    work.add(attempt)
    await work.flush()
    await work.session.refresh(await work.session.get_one(Delivery, delivery))
    return attempt.id


async def write_outcome(work: Work, attempt: int, outcome: AttemptOutcome, detail: str = "") -> bool:
    """What became of one call; written once. False when it was written before."""
    return bool(
        await work.session.scalar(
            update(Attempt)
            .where(Attempt.id == attempt, Attempt.outcome == AttemptOutcome.PENDING.value)
            .values(outcome=outcome.value, outcome_at=work.now, detail=detail)
            .returning(Attempt.id)
            .execution_options(synchronize_session=False)
        )
    )


async def write_outcomes(work: Work, outcome: AttemptOutcome, *, deliveries: Sequence[int], detail: str = "") -> None:
    """What a look, or taking over from the dead, says about every uncertain attempt of these deliveries."""
    await work.session.execute(
        update(Attempt)
        .where(Attempt.delivery_id.in_(list(deliveries)), Attempt.outcome.in_(UNCERTAIN))
        .values(outcome=outcome.value, outcome_at=work.now, detail=detail)
        .execution_options(synchronize_session=False)
    )


async def write_lost(work: Work, delivery: int) -> None:
    """Whoever made these calls can no longer be asked: nobody knows what became of them."""
    await work.session.execute(
        update(Attempt)
        .where(Attempt.delivery_id == delivery, Attempt.outcome == AttemptOutcome.PENDING.value)
        .values(outcome=AttemptOutcome.LOST.value, outcome_at=work.now)
        .execution_options(synchronize_session=False)
    )


async def attempts_of(work: Work, delivery: int) -> list[Attempt]:
    """Every attempt of one delivery, as it is now."""
    await work.flush()  # reading anew would undo what this Work changed and did not write yet
    query = select(Attempt).where(Attempt.delivery_id == delivery).order_by(Attempt.number)
    return list((await work.session.scalars(query.execution_options(populate_existing=True))).all())


async def delivery_now(work: Work, delivery: int) -> Delivery:
    """The row, locked, as it is now."""
    await work.flush()  # as above
    query = select(Delivery).where(Delivery.id == delivery).with_for_update()
    return (await work.session.scalars(query.execution_options(populate_existing=True))).one()


async def unproven(work: Work, conversation: int) -> list[Saying]:
    """Deliveries of a conversation that may be public without our knowing, newest first."""
    query = (
        select(Delivery)
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(
            Delivery.conversation_id == conversation,
            Delivery.state != DeliveryState.SENT.value,
            Attempt.outcome.in_(UNCERTAIN),
        )
        .order_by(Delivery.id.desc())
    )
    rows = (await work.session.scalars(query)).unique().all()
    return [await _saying(work.session, row) for row in rows]


def record_post(dossier: Dossier, post: Post) -> None:
    """Our own words in public, as a post of the conversation; heard before or not. Where there is one place for an
    answer, they may stand where others of ours did that were taken back."""
    for known in dossier.posts:
        if known.ref == post.ref:
            known.delivery_id = post.delivery_id
            if known.gone_at is not None:
                known.gone_at, known.version, known.edited_at = None, known.version + 1, None
                known.words, known.spans, known.digest = post.words, post.spans, post.digest
                known.url, known.at, known.extra = post.url, post.at, post.extra
            return
    dossier.work.add(post)
    dossier.posts.append(post)
