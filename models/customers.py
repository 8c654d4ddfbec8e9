"""Whose account is whose: identities move from one customer to another when a rep says so, and back.

Rows only, in the caller's transaction. Who may say so, and what the journal hears of it, is left to the desk.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from models.conversation import Conversation
from models.people import Customer, Identity
from models.store import Work


async def identity_of(work: Work, number: int) -> Identity:
    """The account that began a conversation."""
    query = select(Identity).join(Conversation, Conversation.identity_id == Identity.id)
    return (await work.session.scalars(query.where(Conversation.id == number))).one()


async def lock_identities(work: Work, customers: Sequence[int]) -> dict[int, list[Identity]]:
    """The accounts of these customers, whose rows are locked in the order of their ids until the Work ends."""
    rows = select(Customer.id).where(Customer.id.in_(set(customers))).order_by(Customer.id).with_for_update()
    found: dict[int, list[Identity]] = {customer: [] for customer in await work.session.scalars(rows)}
    theirs = select(Identity).where(Identity.customer_id.in_(list(found))).order_by(Identity.id)
    for identity in await work.session.scalars(theirs.execution_options(populate_existing=True)):
        found[identity.customer_id].append(identity)
    return found


async def merge(work: Work, *, into: int, gone: int) -> tuple[int, ...]:
    """All accounts of `gone` are `into`'s now, who is a customer since the earlier of both; `gone` is no more."""
    theirs = (await lock_identities(work, [into, gone]))[gone]
    earlier = select(func.min(Customer.since)).where(Customer.id.in_([into, gone])).scalar_subquery()
    await work.session.execute(update(Customer).where(Customer.id == into).values(since=earlier))
    for identity in theirs:
        identity.customer_id = into
    await work.flush()
    await work.session.execute(delete(Customer).where(Customer.id == gone))
    return tuple(identity.id for identity in theirs)


async def split(work: Work, identities: Sequence[Identity]) -> int:
    """These accounts are one new customer's now, since the first of their conversations."""
    ids = [identity.id for identity in identities]
    first = await work.session.scalar(select(func.min(Conversation.opened_at)).where(Conversation.identity_id.in_(ids)))
    customer = Customer(since=first or work.now)
    work.add(customer)
    await work.flush()
    for identity in identities:
        identity.customer_id = customer.id
    await work.flush()
    return customer.id
