"""Saying that two accounts are one person, and taking it back. Nothing is ever joined by guess: a rep says so, by two
conversations, and both journals name who did.
"""

from __future__ import annotations

from bot.desk.asking import objection
from bot.desk.outcomes import Actor, Joined, Parted, Refused, Why
from models import customers
from models.chat import CardKind
from models.permits import Right
from models.reading.profile import last_join
from models.reading.values import whole, wholes
from models.steps import Dossier
from models.telling import EventKind


async def join(dossier: Dossier, other: Dossier, who: Actor, there: Actor) -> Joined | Refused:
    """Who began both conversations is one customer from now on. `there` is the same rep in the other's channel."""
    refused = objection(dossier, who, Right.WORK) or objection(other, there, Right.WORK)
    if refused is not None:
        return refused
    work, number, with_ = dossier.work, dossier.conversation.id, other.conversation.id
    mine, theirs = [await customers.identity_of(work, one) for one in (number, with_)]
    if not (mine.handle or mine.name) or not (theirs.handle or theirs.name):
        return Refused(Why.NOBODY_KNOWN, number)
    if mine.customer_id == theirs.customer_id:
        return Refused(Why.ONE_ALREADY, number)
    gone = theirs.customer_id
    moved = await customers.merge(work, into=mine.customer_id, gone=gone)
    data = {"customer": mine.customer_id, "was": gone, "identities": list(moved)}
    for one, beside in ((dossier, with_), (other, number)):
        await _write_down(one, EventKind.CUSTOMERS_JOINED, who, {**data, "with": beside})
    return Joined(number, with_)


async def part(dossier: Dossier, who: Actor) -> Parted | Refused:
    """Undo: what was joined in this conversation last is parted again, with all that came along; otherwise the account
    that began it becomes a customer of its own."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    work, number = dossier.work, dossier.conversation.id
    mine = await customers.identity_of(work, number)
    all_ = (await customers.lock_identities(work, [mine.customer_id]))[mine.customer_id]
    joined = await last_join(work.session, number)
    came = set(wholes(joined.data.get("identities"))) if joined is not None else {mine.id}
    leaving = [identity for identity in all_ if identity.id in came]
    if not leaving or len(leaving) == len(all_):
        leaving = [identity for identity in all_ if identity.id == mine.id]
    if len(leaving) == len(all_):
        return Refused(Why.ONE_ACCOUNT, number)
    was = mine.customer_id
    new = await customers.split(work, leaving)
    beside = whole(joined.data.get("with")) if joined is not None else None
    if beside is not None:
        work.want(CardKind.CONVERSATION, beside)
    data = {"customer": new, "was": was, "identities": [identity.id for identity in leaving]}
    await _write_down(dossier, EventKind.CUSTOMER_PARTED, who, data)
    return Parted(number)


async def _write_down(dossier: Dossier, kind: EventKind, who: Actor, data: dict[str, object]) -> None:
    await dossier.work.write_down(dossier.conversation, kind, rep=who.rep, data=data)
    dossier.conversation.version += 1
    dossier.want_cards()
