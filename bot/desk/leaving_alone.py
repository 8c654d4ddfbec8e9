"""Customers who asked to be left alone: a rep writes it down, and takes it back."""

from __future__ import annotations

from bot.desk.asking import objection
from bot.desk.outcomes import Actor, Quieted, Refused, Why
from models.customers import identity_of
from models.permits import Right
from models.quiet import Quiet, end_quiet, quiet_since
from models.steps import Dossier
from models.telling import EventKind


async def quiet(dossier: Dossier, who: Actor) -> Quieted | Refused:
    """Whoever began this conversation gets nothing that is prepared for several people. Their own questions are
    answered as before."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    work, number = dossier.work, dossier.conversation.id
    theirs = await identity_of(work, number)
    if await quiet_since(work.session, theirs.customer_id) is not None:
        return Refused(Why.QUIET, number)
    work.add(Quiet(identity_id=theirs.id, rep_id=who.rep, since=work.now))
    await work.flush()
    await _write_down(dossier, EventKind.QUIET, who, {"customer": theirs.customer_id, "identity": theirs.id})
    return Quieted(number, quiet=True)


async def welcome(dossier: Dossier, who: Actor) -> Quieted | Refused:
    """Undo, on all of their accounts."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    work, number = dossier.work, dossier.conversation.id
    theirs = await identity_of(work, number)
    if await quiet_since(work.session, theirs.customer_id) is None:
        return Refused(Why.NOT_QUIET, number)
    await end_quiet(work, theirs.customer_id)
    await _write_down(dossier, EventKind.QUIET_ENDED, who, {"customer": theirs.customer_id})
    return Quieted(number, quiet=False)


async def _write_down(dossier: Dossier, kind: EventKind, who: Actor, data: dict[str, object]) -> None:
    await dossier.work.write_down(dossier.conversation, kind, rep=who.rep, data=data)
    dossier.conversation.version += 1
    dossier.want_cards()
