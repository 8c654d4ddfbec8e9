"""Yes and no: one person's sign on one draft message. An order is made at quorum and nowhere else."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.desk.asking import objection
from bot.desk.outcomes import Actor, Refused, SignTaken, Why
from models.lifecycle import State, Step
from models.permits import Right
from models.reply import Approval
from models.steps import Dossier, close_message, show_draft, take
from models.telling import EventKind


class SignKind(StrEnum):
    APPROVE = "approve"
    OBJECT = "object"


STEPS = {
    (SignKind.APPROVE, True): (Step.APPROVE, EventKind.APPROVED),
    (SignKind.APPROVE, False): (Step.UNAPPROVE, EventKind.UNAPPROVED),
    (SignKind.OBJECT, True): (Step.OBJECT, EventKind.OBJECTED),
    (SignKind.OBJECT, False): (Step.OBJECT_WITHDRAWN, EventKind.OBJECTION_WITHDRAWN),
}


async def sign(
    dossier: Dossier,
    who: Actor,
    kind: SignKind,
    *,
    given: bool,
    message: int,
    at: datetime,
    by_reaction: bool = False,
) -> SignTaken | Refused:
    """Take a yes or no on draft message `message`, or take it back.

    Signs count only on the message that stands, which shows what customers say now. Per person and sign the latest
    `at` wins, so late and repeated events change nothing. Whoever lacks the right is told, and nothing is kept.
    """
    number = dossier.conversation.id
    if dossier.message is None or dossier.revision is None or dossier.message.id != message:
        current = dossier.message.id if dossier.message is not None else None
        why = Why.OLD_DRAFT if current is not None else Why.NO_DRAFT
        return Refused(why, number, message=current, state=dossier.state)
    step, event = STEPS[kind, given]
    # Taking back an objection that never counted moves nothing, but its time is kept: the objection may come late.
    only_noted = step is Step.OBJECT_WITHDRAWN and dossier.state is State.APPROVED
    refused = objection(dossier, who, Right.APPROVE if given else Right.WORK, None if only_noted else step)
    if refused is not None:
        return refused
    if given and kind is SignKind.APPROVE and dossier.revision.blocked:
        return Refused(Why.BLOCKED, number, sentence=dossier.revision.blocked, draft=dossier.revision.number)
    if dossier.message.seen != dossier.seen:
        # Cannot happen while facts show the draft anew. If it ever does: nobody approves what they did not see.
        return Refused(Why.OLD_DRAFT, number, message=dossier.message.id, state=dossier.state)
    changed = _note(dossier, who, kind, given=given, at=at, by_reaction=by_reaction)
    moved = None
    if changed:
        before = dossier.state
        uncounted = dict(dossier.tally().uncounted).get(who.rep)
        data: dict[str, object] = {
            "message": message,
            "revision": dossier.revision.number,
            "digest": dossier.revision.digest,
            "counts": uncounted is None,
        }
        await take(dossier, step, event, rep=who.rep, data=data)
        moved = dossier.state if dossier.state is not before else None
    count = dossier.tally()
    return SignTaken(
        number=number,
        draft=dossier.revision.number,
        approve=kind is SignKind.APPROVE,
        given=given,
        tally=count,
        uncounted=dict(count.uncounted).get(who.rep) if given and kind is SignKind.APPROVE else None,
        moved=moved,
        goes_at=dossier.delivery.hold_until if dossier.delivery is not None else None,
        changed=changed,
    )


async def overrule(dossier: Dossier, who: Actor, *, message: int) -> SignTaken | Refused:
    """A lead sets every open objection to draft message `message` aside; never those to a later one."""
    number = dossier.conversation.id
    refused = objection(dossier, who, Right.LEAD, Step.OBJECT_WITHDRAWN)
    if refused is not None:
        return refused
    if dossier.message is None or dossier.revision is None:
        return Refused(Why.NO_DRAFT, number)
    if dossier.message.id != message:
        return Refused(Why.OLD_DRAFT, number, message=dossier.message.id, state=dossier.state)
    before = dossier.state
    standing = [row for row in dossier.approvals if row.given and row.sign == SignKind.OBJECT]
    for row in standing:
        # Not by a reaction: a ❌ that still stands there is known, and is no news before sending.
        row.given, row.at, row.by_reaction = False, dossier.work.now, False
    if standing:
        data: dict[str, object] = {"message": dossier.message.id, "of": [row.rep_id for row in standing]}
        await take(dossier, Step.OBJECT_WITHDRAWN, EventKind.OBJECTION_WITHDRAWN, rep=who.rep, data=data)
    return SignTaken(
        number=number,
        draft=dossier.revision.number,
        approve=False,
        given=False,
        tally=dossier.tally(),
        moved=dossier.state if dossier.state is not before else None,
        goes_at=dossier.delivery.hold_until if dossier.delivery is not None else None,
        changed=bool(standing),
    )


async def take_back(dossier: Dossier, who: Actor) -> SignTaken | Refused:
    """Anyone who may approve stops an approved reply before it leaves. It is shown anew, without approvals."""
    number = dossier.conversation.id
    refused = objection(dossier, who, Right.APPROVE)
    if refused is not None:
        return refused
    if dossier.state is not State.APPROVED or dossier.message is None or dossier.revision is None:
        return Refused(Why.NOT_NOW, number, state=dossier.state, step=Step.UNAPPROVE)
    taken = [row for row in dossier.approvals if row.given and row.sign == SignKind.APPROVE]
    for row in taken:
        row.given, row.at = False, dossier.work.now
    data: dict[str, object] = {"message": dossier.message.id, "of": [row.rep_id for row in taken]}
    await take(dossier, Step.UNAPPROVE, EventKind.UNAPPROVED, rep=who.rep, data=data)
    close_message(dossier, "taken_back")
    await show_draft(dossier)
    return SignTaken(
        number=number,
        draft=dossier.revision.number,
        approve=True,
        given=False,
        tally=dossier.tally(),
        moved=dossier.state,
    )


def _note(dossier: Dossier, who: Actor, kind: SignKind, *, given: bool, at: datetime, by_reaction: bool) -> bool:
    """Keep the latest by event time; whether anything changed."""
    assert dossier.message is not None
    for row in dossier.approvals:
        if row.rep_id == who.rep and row.sign == kind:
            if row.at > at:
                return False
            if row.given == given:
                row.at, row.by_reaction = at, by_reaction
                return False
            row.given, row.at, row.by_reaction = given, at, by_reaction
            row.standing = who.standing.value
            return True
    row = Approval(
        message_id=dossier.message.id,
        rep_id=who.rep,
        sign=kind.value,
        given=given,
        by_reaction=by_reaction,
        standing=who.standing.value,
        at=at,
    )
    dossier.work.add(row)
    dossier.approvals.append(row)
    return given
