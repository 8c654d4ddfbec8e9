"""Who a customer is: their accounts, as far as a rep has joined them, and their conversations with how they ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, CardKind
from models.conversation import Conversation
from models.journal import Event
from models.people import Customer, Identity
from models.places import Account
from models.quiet import quiet_since
from models.reading.known import Acquaintance, acquaintances, who_worked_on
from models.reading.mood import Mood, moods
from models.reading.people import reps
from models.reading.values import AccountFacts, CustomerFacts, RepFacts, account_facts, customer_facts
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class TheirAccount:
    """One account of theirs, and through which of ours we know it."""

    who: CustomerFacts
    account: AccountFacts
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One of their conversations. `link` leads to its card."""

    number: int
    account: AccountFacts
    state: str
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    link: str | None
    by: RepFacts | None = None  # who of us answered last; else who had it
    mood: Mood | None = None


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """The customer of conversation `number`. `asked` is the account that began it; `past` has the newest first, and
    only what was asked for; `elsewhere` counts those in other channels, `more` those beyond the limit."""

    number: int
    customer: int
    since: datetime
    asked: CustomerFacts
    accounts: tuple[TheirAccount, ...]
    past: tuple[Past, ...]
    more: int
    elsewhere: int
    joined_by: RepFacts | None  # who said, in this conversation, that they are one customer
    joined_at: datetime | None
    known: tuple[Acquaintance, ...] = ()  # who of us they know from these and earlier ones
    quiet_by: RepFacts | None = None  # who said that they want to be left alone
    quiet_since: datetime | None = None


async def profile_facts(
    session: AsyncSession, number: int, *, channels: Collection[int], limit: int = 8
) -> ProfileFacts | None:
    """What the profile card shows. `channels` are those in which the asker may read. None: no such conversation."""
    asked = await session.scalar(
        select(Identity).join(Conversation, Conversation.identity_id == Identity.id).where(Conversation.id == number)
    )
    customer = None if asked is None else await session.get(Customer, asked.customer_id)
    if asked is None or customer is None:
        return None
    theirs = (
        select(Identity, Account)
        .join(Account, Account.id == Identity.account_id)
        .where(Identity.customer_id == customer.id)
        .order_by(Identity.id)
    )
    accounts = tuple(
        TheirAccount(customer_facts(identity), account_facts(account), identity.seen_at)
        for identity, account in await session.execute(theirs)
    )
    began = Conversation.identity_id.in_([one.who.identity for one in accounts])
    here = Conversation.channel_id.in_(channels)
    in_all = await session.scalar(select(func.count(Conversation.id)).where(began)) or 0
    readable = await session.scalar(select(func.count(Conversation.id)).where(began, here)) or 0
    newest = (
        select(Conversation, Account, Card.link)
        .join(Account, Account.id == Conversation.account_id)
        .outerjoin(
            Card,
            (Card.kind == CardKind.CONVERSATION.value)
            & (Card.ref == Conversation.id)
            & (Card.channel_id == Conversation.channel_id),
        )
        .where(began, here)
        .order_by(Conversation.id.desc())
        .limit(limit)
    )
    rows = (await session.execute(newest)).all()
    by = await who_worked_on(session, [row.id for row, _, _ in rows])
    felt = await moods(session, [row.id for row, _, _ in rows])
    past = tuple(
        Past(
            number=row.id,
            account=account_facts(account),
            state=row.state,
            opened_at=row.opened_at,
            answered_at=row.answered_at,
            closed_at=row.closed_at,
            link=link,
            by=by.get(row.id),
            mood=felt.get(row.id),
        )
        for row, account, link in rows
    )
    joined = await last_join(session, number) if len(accounts) > 1 else None
    joiner = (
        None if joined is None or joined.rep_id is None else (await reps(session, [joined.rep_id])).get(joined.rep_id)
    )
    quiet = await quiet_since(session, customer.id)
    said = None if quiet is None else (await reps(session, [quiet.rep_id])).get(quiet.rep_id)
    return ProfileFacts(
        number=number,
        customer=customer.id,
        since=customer.since,
        asked=customer_facts(asked),
        accounts=accounts,
        past=past,
        more=readable - len(past),
        elsewhere=in_all - readable,
        joined_by=joiner,
        joined_at=None if joined is None else joined.at,
        known=await acquaintances(session, number, channels=channels, besides=False),
        quiet_by=said,
        quiet_since=None if quiet is None else quiet.since,
    )


async def last_join(session: AsyncSession, number: int) -> Event | None:
    """The event by which somebody joined customers in conversation `number`, unless it was undone since."""
    kinds = (EventKind.CUSTOMERS_JOINED.value, EventKind.CUSTOMER_PARTED.value)
    query = select(Event).where(Event.chain == number, Event.kind.in_(kinds)).order_by(Event.seq.desc()).limit(1)
    found = await session.scalar(query)
    return found if found is not None and found.kind == EventKind.CUSTOMERS_JOINED.value else None
