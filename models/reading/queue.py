"""Who waits: the conversations in which a customer waits for an answer, most urgent first.

Two queries each. They read only what waits (`ix_conversation_queue`), so a million answered conversations cost
nothing. Who may take what is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, UnaryExpression, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.chat import Card
from models.conversation import Claim, Conversation, Post
from models.lifecycle import State
from models.people import Identity, Rep
from models.permits import OwnWords
from models.places import Account
from models.praise import in_the_lane
from models.reading.places import root_of
from models.reading.values import (
    AccountFacts,
    ClaimFacts,
    CustomerFacts,
    account_facts,
    authors_of,
    customer_facts,
    first_line,
    rep_facts,
)
from models.reply import Approval, Revision
from models.snoozes import Snooze

#: Where a customer may be waiting for us. A reply on the wire is about to be answered: it is not in anybody's way.
WAITING = tuple(state.value for state in (State.OPEN, State.DRAFTED, State.APPROVED, State.UNSURE))


#: More numbers than that no question names at once.
MOST_NAMED = 5_000


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A conversation that waits. `line` is the first line of the customer's last words, None when none are left."""

    number: int
    channel: int
    state: str
    urgency: int
    language: str | None
    who: CustomerFacts
    account: AccountFacts
    line: str | None
    waiting_since: datetime
    waited: timedelta
    claim: ClaimFacts | None
    link: str | None
    snoozed_until: datetime | None = None
    praise: bool = False


async def queue(
    session: AsyncSession,
    channel_id: int,
    *,
    languages: Sequence[str] = (),
    now: datetime,
    limit: int = 20,
    offset: int = 0,
    snoozed: bool = False,
) -> tuple[QueueRow, ...]:
    """What waits in a channel: praise last, urgency first, then who has waited longest. `languages` keeps what is in
    one of them or in an unknown one. What is snoozed is left out, unless it is asked for (`snoozed`)."""
    page = _waiting(channel_id, languages, snoozed=snoozed).order_by(*_URGENT).limit(limit).offset(offset)
    return await _rows(session, page, _URGENT, now)


async def queue_of(
    session: AsyncSession, numbers: Sequence[int], *, now: datetime, limit: int = 20
) -> tuple[QueueRow, ...]:
    """Some of these conversations, waiting or not, those first who wait longest."""
    page = select(Conversation.id).where(Conversation.id.in_(numbers[:MOST_NAMED]))
    order = (Conversation.waiting_since.is_(None).asc(), *_LONGEST)
    return await _rows(session, page.order_by(*order).limit(limit), _LONGEST, now)


async def count_waiting(
    session: AsyncSession, channel_id: int, *, languages: Sequence[str] = (), snoozed: bool = False
) -> int:
    """How many wait in a channel; without those that are snoozed, unless they are asked for."""
    waiting = _waiting(channel_id, languages, snoozed=snoozed)
    return await session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


async def asleep(session: AsyncSession, channel_id: int, *, now: datetime, limit: int = 20) -> tuple[QueueRow, ...]:
    """What is snoozed in a channel, whether or not somebody waits; what comes back first, first."""
    page = (
        select(Conversation.id)
        .join(Snooze, Snooze.conversation_id == Conversation.id)
        .where(Conversation.channel_id == channel_id, Conversation.state != State.CLOSED.value)
        .order_by(*_WAKES)
        .limit(limit)
    )
    return await _rows(session, page, _WAKES, now)


async def count_asleep(session: AsyncSession, channel_id: int) -> int:
    """How many are snoozed in a channel."""
    query = (
        select(func.count(Snooze.id))
        .join(Conversation, Conversation.id == Snooze.conversation_id)
        .where(Conversation.channel_id == channel_id, Conversation.state != State.CLOSED.value)
    )
    return await session.scalar(query) or 0


async def next_unclaimed(
    session: AsyncSession, channel_id: int, *, languages: Sequence[str] = (), now: datetime
) -> QueueRow | None:
    """The most urgent conversation that nobody has claimed."""
    free = _waiting(channel_id, languages).where(~_claimed().exists())
    rows = await _rows(session, free.order_by(*_URGENT).limit(1), _URGENT, now)
    return rows[0] if rows else None


async def longest_waiting(
    session: AsyncSession, channel_id: int, *, languages: Sequence[str] = (), now: datetime, limit: int = 5
) -> tuple[QueueRow, ...]:
    """Who has waited longest, however urgent."""
    page = _waiting(channel_id, languages).order_by(*_LONGEST).limit(limit)
    return await _rows(session, page, _LONGEST, now)


async def mine(
    session: AsyncSession,
    rep_id: int,
    *,
    now: datetime,
    channel_id: int | None = None,
    limit: int = 20,
    snoozed: bool = True,
) -> tuple[QueueRow, ...]:
    """What a rep has claimed and a customer still waits for, in all channels or in one."""
    claimed = select(Claim.conversation_id).where(Claim.rep_id == rep_id, Claim.ended_at.is_(None))
    query = select(Conversation.id).where(
        Conversation.id.in_(claimed), Conversation.state.in_(WAITING), Conversation.waiting_since.is_not(None)
    )
    if channel_id is not None:
        query = query.where(Conversation.channel_id == channel_id)
    if not snoozed:
        query = query.where(~_snoozed().exists())
    return await _rows(session, query.order_by(*_URGENT).limit(limit), _URGENT, now)


async def to_approve(
    session: AsyncSession,
    channel_id: int,
    rep_id: int,
    *,
    now: datetime,
    own_words: OwnWords = OwnWords.REFUSE,
    limit: int = 20,
) -> tuple[QueueRow, ...]:
    """Drafts that wait for this rep's yes: shown, not blocked, not signed by them, and not in words of their own
    where the channel does not let them count. (A follow-up to an answered conversation is among them.)"""
    signed = select(Approval.id).where(
        Approval.message_id == Conversation.message_id, Approval.rep_id == rep_id, Approval.given.is_(True)
    )
    query = (
        select(Conversation.id, Revision)
        .join(Revision, Revision.id == Conversation.revision_id)
        .where(
            Conversation.channel_id == channel_id,
            Conversation.state == State.DRAFTED.value,
            Conversation.message_id.is_not(None),
            Revision.blocked == "",
            ~signed.exists(),
        )
        .order_by(*_URGENT)
    )
    numbers: list[int] = []
    for number, revision in await session.execute(query):
        refused = {
            OwnWords.REFUSE: revision.rep_id == rep_id,
            OwnWords.REFUSE_ALL: rep_id in authors_of(revision),
        }
        if not refused.get(own_words, False):
            numbers.append(number)
    if not numbers:
        return ()
    page = select(Conversation.id).where(Conversation.id.in_(numbers[:limit]))
    return await _rows(session, page, _URGENT, now)


#: Praise has a lane of its own: behind everybody who waits for help.
Order = tuple[
    UnaryExpression[bool] | UnaryExpression[int] | UnaryExpression[datetime] | UnaryExpression[datetime | None], ...
]

_URGENT: Order = (
    in_the_lane().asc(),
    Conversation.urgency.desc(),
    Conversation.waiting_since.asc(),
    Conversation.id.asc(),
)
_WAKES: Order = (Snooze.until.asc(), Conversation.id.asc())
_LONGEST: Order = (Conversation.waiting_since.asc(), Conversation.id.asc())


def _waiting(channel_id: int, languages: Sequence[str], *, snoozed: bool = False) -> Select[int]:
    query = select(Conversation.id).where(
        Conversation.channel_id == channel_id,
        Conversation.state.in_(WAITING),
        Conversation.waiting_since.is_not(None),
    )
    if not snoozed:
        query = query.where(~_snoozed().exists())
    return query.where(_readable(languages)) if languages else query


def _readable(languages: Sequence[str]) -> ColumnElement[bool]:
    """ "pt" reads "pt-BR" too. What nobody could tell the language of is everybody's."""
    tongue = func.lower(Conversation.language)
    some = [
        part
        for language in languages
        for part in (tongue == language.lower(), tongue.startswith(f"{language.lower()}-", autoescape=True))
    ]
    return or_(Conversation.language.is_(None), *some)


def _claimed() -> Select[int]:
    return select(Claim.id).where(Claim.conversation_id == Conversation.id, Claim.ended_at.is_(None))


def _snoozed() -> Select[int]:
    return select(Snooze.id).where(Snooze.conversation_id == Conversation.id)


async def _rows(
    session: AsyncSession,
    page: Select[int],
    order: Order,
    now: datetime,
) -> tuple[QueueRow, ...]:
    """The page of conversations with everything that a line of a queue shows.

    Which they are is asked first: PostgreSQL would else put every conversation's line together and then take those of
    the page.
    """
    numbers = (await session.scalars(page)).all()
    if not numbers:
        return ()
    said = aliased(Post)
    last = (
        select(Post.id)
        .where(Post.conversation_id == Conversation.id, Post.ours.is_(False), Post.gone_at.is_(None))
        .order_by(Post.at.desc(), Post.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    query = (
        select(Conversation, Identity, Account, said.words, Claim, Rep, Card.link, Snooze.until, in_the_lane())
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Account, Account.id == Conversation.account_id)
        .outerjoin(said, said.id == last)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(Rep, Rep.id == Claim.rep_id)
        .outerjoin(Card, root_of(Conversation))
        .outerjoin(Snooze, Snooze.conversation_id == Conversation.id)
        .where(Conversation.id.in_(numbers))
        .order_by(*order)
    )
    return tuple(
        QueueRow(
            number=conversation.id,
            channel=conversation.channel_id,
            state=conversation.state,
            urgency=conversation.urgency,
            language=conversation.language,
            who=customer_facts(identity),
            account=account_facts(account),
            line=None if words is None else first_line(words),
            waiting_since=conversation.waiting_since or conversation.opened_at,
            waited=now - (conversation.waiting_since or conversation.opened_at),
            claim=None if claim is None else ClaimFacts(rep_facts(rep), claim.since, claim.until),
            link=link,
            snoozed_until=until,
            praise=praise,
        )
        for conversation, identity, account, words, claim, rep, link, until, praise in await session.execute(query)
    )
