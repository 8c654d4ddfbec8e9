"""Who of us knows a customer: who answered them in earlier conversations, else who had those. Nobody by guess."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Claim, Conversation
from models.people import Identity
from models.reading.people import reps
from models.reading.values import RepFacts
from models.reply import Delivery, DeliveryState, Revision

#: So many of a customer's conversations are looked at, the newest first.
LATEST = 50


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """One of us whom a customer knows. `answers` counts their replies that went out; none: they only had it. `number`
    is the last conversation of both."""

    rep: RepFacts
    answers: int
    last_at: datetime
    number: int


async def acquaintances(
    session: AsyncSession, number: int, *, channels: Collection[int] | None = None, besides: bool = True
) -> tuple[Acquaintance, ...]:
    """Who of us the customer of conversation `number` knows: who answered them before who only had them, then the
    latest first. `besides`: from other conversations than this one; `channels`: only from those that live there."""
    theirs = await _others(session, number, channels)
    if not besides:
        theirs.append(number)
    answered, had = await _worked(session, theirs)
    found: dict[int, tuple[int, datetime, int]] = {}
    for rows, weight in ((answered, 1), (had, 0)):
        for conversation, rep, at in rows:
            count, last, latest = found.get(rep, (0, at, conversation))
            newer = at >= last
            found[rep] = (count + weight, at if newer else last, conversation if newer else latest)
    known = await reps(session, found)
    people = [Acquaintance(known[rep], *seen) for rep, seen in found.items() if rep in known]
    return tuple(sorted(people, key=lambda one: (one.answers == 0, -one.last_at.timestamp(), one.rep.id)))


async def who_worked_on(session: AsyncSession, numbers: Collection[int]) -> Mapping[int, RepFacts]:
    """Of each of these conversations, who answered last; else who had it last."""
    answered, had = await _worked(session, numbers)
    last: dict[int, int] = {}
    for rows in (had, answered):  # who answered counts more
        last |= {conversation: rep for conversation, rep, _at in rows}
    known = await reps(session, last.values())
    return {conversation: known[rep] for conversation, rep in last.items() if rep in known}


Rows = list[tuple[int, int, datetime]]


async def _worked(session: AsyncSession, numbers: Collection[int]) -> tuple[Rows, Rows]:
    """(conversation, rep, when), in order: who wrote what went out, and who had it."""
    if not numbers:
        return [], []
    wrote = (
        select(Delivery.conversation_id, Revision.rep_id, Delivery.ended_at)
        .join(Revision, Revision.id == Delivery.revision_id)
        .where(
            Delivery.conversation_id.in_(numbers),
            Delivery.state == DeliveryState.SENT.value,
            Delivery.ended_at.is_not(None),
        )
        .order_by(Delivery.id)
    )
    held = select(Claim.conversation_id, Claim.rep_id, Claim.since).where(Claim.conversation_id.in_(numbers))
    answered = [(number, rep, at) for number, rep, at in await session.execute(wrote) if at is not None]
    return answered, [(number, rep, at) for number, rep, at in await session.execute(held.order_by(Claim.id))]


async def _others(session: AsyncSession, number: int, channels: Collection[int] | None) -> list[int]:
    """The customer's other conversations, on any of their accounts."""
    customer = (
        select(Identity.customer_id)
        .join(Conversation, Conversation.identity_id == Identity.id)
        .where(Conversation.id == number)
        .scalar_subquery()
    )
    theirs = select(Identity.id).where(Identity.customer_id == customer)
    query = select(Conversation.id).where(Conversation.identity_id.in_(theirs), Conversation.id != number)
    if channels is not None:
        query = query.where(Conversation.channel_id.in_(channels))
    return list((await session.scalars(query.order_by(Conversation.id.desc()).limit(LATEST))).all())
