"""Who somebody is: reps by their surface or their id, and customers with what they said before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Claim, Conversation
from models.people import Customer, Identity, Rep
from models.reading.values import CustomerFacts, RepFacts, customer_facts, rep_facts

#: Digits of a number that a database takes.
LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True)
class EarlierConversation:
    """Another conversation of the same customer."""

    number: int
    state: str
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None = None


async def rep_by_person(session: AsyncSession, *, surface: str, team: str, user: str) -> RepFacts | None:
    """The rep whom a surface knows by this user id, None if they never did anything here."""
    query = select(Rep).where(Rep.surface == surface, Rep.team == team, Rep.user == user)
    row = await session.scalar(query)
    return None if row is None else rep_facts(row)


async def holder_of(session: AsyncSession, number: int) -> RepFacts | None:
    """Who has claimed conversation `number`, whether or not the claim is about to end."""
    query = select(Rep).join(Claim, Claim.rep_id == Rep.id)
    row = await session.scalar(query.where(Claim.conversation_id == number, Claim.ended_at.is_(None)))
    return None if row is None else rep_facts(row)


async def reps(session: AsyncSession, ids: Iterable[int | None]) -> Mapping[int, RepFacts]:
    """The reps with these ids; unknown ones are left out."""
    wanted = {rep for rep in ids if rep is not None}
    if not wanted:
        return {}
    rows = await session.scalars(select(Rep).where(Rep.id.in_(wanted)))
    return {row.id: rep_facts(row) for row in rows}


async def reps_of_users(session: AsyncSession, *, surface: str, users: Iterable[str]) -> tuple[RepFacts, ...]:
    """The reps among these user ids of a surface who ever acted here, by name."""
    wanted = set(users)
    if not wanted:
        return ()
    rows = await session.scalars(select(Rep).where(Rep.surface == surface, Rep.user.in_(wanted)).order_by(Rep.name))
    return tuple(rep_facts(row) for row in rows)


async def customers(session: AsyncSession, identities: Iterable[int | None]) -> Mapping[int, CustomerFacts]:
    """The customers behind these identities (their rows' ids)."""
    wanted = {identity for identity in identities if identity is not None}
    if not wanted:
        return {}
    rows = await session.scalars(select(Identity).where(Identity.id.in_(wanted)))
    return {row.id: customer_facts(row) for row in rows}


async def customer_of(session: AsyncSession, number: int) -> CustomerFacts | None:
    """Whose conversation this is: the account that began it."""
    query = (
        select(Identity).join(Conversation, Conversation.identity_id == Identity.id).where(Conversation.id == number)
    )
    row = await session.scalar(query)
    return None if row is None else customer_facts(row)


async def earlier_conversations(
    session: AsyncSession, number: int, *, limit: int = 5
) -> tuple[EarlierConversation, ...]:
    """What else the customer of conversation `number` began, on any of their accounts; the newest first."""
    customer = (
        select(Identity.customer_id)
        .join(Conversation, Conversation.identity_id == Identity.id)
        .where(Conversation.id == number)
        .scalar_subquery()
    )
    query = (
        select(
            Conversation.id,
            Conversation.state,
            Conversation.opened_at,
            Conversation.answered_at,
            Conversation.closed_at,
        )
        .where(
            Conversation.identity_id.in_(select(Identity.id).where(Identity.customer_id == customer)),
            Conversation.id < number,
        )
        .order_by(Conversation.id.desc())
        .limit(limit)
    )
    return tuple(EarlierConversation(*row) for row in await session.execute(query))


async def find_customers(session: AsyncSession, words: str, *, limit: int = 20) -> tuple[CustomerFacts, ...]:
    """Customers by their id, by handle ("@lou", "lou@server") or by name, exactly as written but for the case."""
    plain = words.strip().removeprefix("@").lower()
    match = [func.lower(Identity.handle) == plain, func.lower(Identity.name) == plain]
    if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST_NUMBER:
        match.append(Identity.customer_id == int(plain))
    query = select(Identity).where(or_(*match)).order_by(Identity.customer_id, Identity.id).limit(limit)
    return tuple(customer_facts(row) for row in await session.scalars(query))


async def identities(session: AsyncSession, customer: int) -> tuple[CustomerFacts, ...]:
    """Every account of a customer. Empty: there is no such customer."""
    query = (
        select(Identity)
        .join(Customer, Customer.id == Identity.customer_id)
        .where(Customer.id == customer)
        .order_by(Identity.id)
    )
    return tuple(customer_facts(row) for row in await session.scalars(query))
