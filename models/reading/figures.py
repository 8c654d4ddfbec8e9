"""Counts for `/metrics`: what waits where. A few cheap queries."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card, Happening
from models.conversation import Conversation
from models.places import Account
from models.reply import Delivery
from models.snoozes import Snooze


async def figures(session: AsyncSession) -> list[tuple[str, dict[str, str], float]]:
    """(name, labels, value) for each."""
    out: list[tuple[str, dict[str, str], float]] = []
    states = select(Conversation.state, func.count()).group_by(Conversation.state)
    out += [("twoway_conversations", {"state": state}, count) for state, count in await session.execute(states)]
    asleep = select(func.count(Snooze.id))
    out.append(("twoway_snoozed", {}, await session.scalar(asleep) or 0))
    deliveries = select(Delivery.state, func.count()).group_by(Delivery.state)
    out += [("twoway_deliveries", {"state": state}, count) for state, count in await session.execute(deliveries)]
    unhandled = select(func.count()).select_from(Happening).where(Happening.handled_at.is_(None))
    out.append(("twoway_inbox_waiting", {}, await session.scalar(unhandled) or 0))
    unshown = select(func.count()).select_from(Card).where(Card.wanted > Card.shown, Card.given_up == "")
    out.append(("twoway_cards_waiting", {}, await session.scalar(unshown) or 0))
    given_up = select(func.count()).select_from(Card).where(Card.given_up != "")
    out.append(("twoway_cards_given_up", {}, await session.scalar(given_up) or 0))
    accounts = select(Account.name, Account.problem, Account.heard_at, Account.swept_at)
    for name, problem, heard_at, swept_at in await session.execute(accounts):
        out.append(("twoway_account_well", {"account": name}, 0 if problem else 1))
        if heard_at is not None:
            out.append(("twoway_account_heard_timestamp_seconds", {"account": name}, heard_at.timestamp()))
        if swept_at is not None:
            out.append(("twoway_account_swept_timestamp_seconds", {"account": name}, swept_at.timestamp()))
    return out
