"""Who answers: claim, release, hand over, and claims that end by themselves. A claim never takes a draft with it."""

from __future__ import annotations

from collections.abc import Collection

from bot.desk.asking import objection
from bot.desk.outcomes import Actor, Claimed, HandedOver, HeldBy, Refused, Released, Why
from models.conversation import Claim, Note
from models.lifecycle import ON_THE_WIRE, State, Step
from models.permits import Right, Standing
from models.steps import Dossier, take
from models.telling import EventKind
from models.wakes import Topic

#: While a draft waits for others, the claim does not end.
WAITS_FOR_OTHERS = ON_THE_WIRE | {State.DRAFTED, State.APPROVED}


def stands(dossier: Dossier) -> Claim | None:
    """The claim that stands now: not run out, or kept by a draft that waits."""
    claim = dossier.claim
    if claim is None or (claim.until <= dossier.work.now and dossier.state not in WAITS_FOR_OTHERS):
        return None
    return claim


async def claim(dossier: Dossier, who: Actor) -> Claimed | HeldBy | Refused:
    """Take the conversation, or learn who has it. Taking what one has already renews it."""
    refused = objection(dossier, who, Right.WORK, Step.CLAIM)
    if refused is not None:
        return refused
    standing = stands(dossier)
    number = dossier.conversation.id
    if standing is not None and standing.rep_id != who.rep:
        return HeldBy(number, standing.rep_id, standing.until)
    if standing is not None:
        renew(dossier, who)
        return Claimed(number, standing.until, already=True)
    made = await make(dossier, who.rep)
    await take(dossier, Step.CLAIM, EventKind.CLAIMED, rep=who.rep)
    return Claimed(number, made.until)


async def claim_if_free(dossier: Dossier, who: Actor) -> bool:
    """Drafting what nobody has claims it; work on what one has renews it. Whether it was claimed now."""
    if stands(dossier) is None:
        await make(dossier, who.rep)
        await dossier.work.write_down(dossier.conversation, EventKind.CLAIMED, rep=who.rep)
        return True
    renew(dossier, who)
    return False


def renew(dossier: Dossier, who: Actor) -> None:
    """Work by its holder renews a claim."""
    claim = dossier.claim
    if claim is not None and claim.rep_id == who.rep:
        claim.until = claim.due_at = dossier.work.now + dossier.policy.claim_for


async def release(dossier: Dossier, who: Actor) -> Released | Refused:
    """Give it back. A lead may give back what somebody else has."""
    refused = objection(dossier, who, Right.WORK, Step.RELEASE)
    if refused is not None:
        return refused
    standing = stands(dossier)
    number = dossier.conversation.id
    if standing is None:
        return Refused(Why.NOT_CLAIMED, number)
    if standing.rep_id != who.rep and who.standing is not Standing.LEAD:
        return Refused(Why.NOT_YOURS, number, holder=standing.rep_id, until=standing.until)
    await end(dossier)
    await take(dossier, Step.RELEASE, EventKind.RELEASED, rep=who.rep, data={"of": standing.rep_id})
    return Released(number)


async def hand_over(dossier: Dossier, who: Actor, *, to: int, note: str) -> HandedOver | Refused:
    """Give it to a colleague, with a note. Only its holder or a lead can; what is free can be given by anybody."""
    refused = objection(dossier, who, Right.WORK, Step.HAND_OVER)
    if refused is not None:
        return refused
    standing = stands(dossier)
    number = dossier.conversation.id
    if standing is not None and standing.rep_id != who.rep and who.standing is not Standing.LEAD:
        return Refused(Why.NOT_YOURS, number, holder=standing.rep_id, until=standing.until)
    data: dict[str, object] = {"to": to, "of": standing.rep_id if standing is not None else None}
    if note.strip():
        kept = Note(conversation_id=number, rep_id=who.rep, words=note.strip(), at=dossier.work.now)
        dossier.work.add(kept)
        await dossier.work.flush()
        data["note"] = kept.id
    await make(dossier, to)
    await take(dossier, Step.HAND_OVER, EventKind.HANDED_OVER, rep=who.rep, data=data)
    return HandedOver(number, to)


async def end_claim(dossier: Dossier) -> bool:
    """A claim whose time has come: ended, unless a draft waits or somebody renewed it. Whether it ended."""
    claim = dossier.claim
    if claim is None:
        return False
    if claim.until > dossier.work.now:
        claim.due_at = claim.until
        return False
    if dossier.state in WAITS_FOR_OTHERS:
        claim.until = claim.due_at = dossier.work.now + dossier.policy.claim_for
        return False
    holder = claim.rep_id
    await end(dossier)
    await dossier.work.write_down(dossier.conversation, EventKind.CLAIM_ENDED, data={"of": holder})
    dossier.want_cards()
    return True


async def end_where_unknown(dossier: Dossier, known: Collection[int]) -> int | None:
    """The conversation goes where only `known` reps can be its holder: the claim of anybody else ends. Whose did."""
    claim = dossier.claim
    if claim is None or claim.rep_id in known:
        return None
    await end(dossier)
    data: dict[str, object] = {"of": claim.rep_id, "why": "moved"}
    # Not told by itself: what says that it was moved says this too.
    await dossier.work.write_down(dossier.conversation, EventKind.CLAIM_ENDED, data=data, tell=False)
    return claim.rep_id


async def make(dossier: Dossier, rep: int) -> Claim:
    """One live claim a conversation: whatever stood is ended first, and the unique index decides in the end."""
    if dossier.claim is not None:
        await end(dossier)
    until = dossier.work.now + dossier.policy.claim_for
    made = Claim(conversation_id=dossier.conversation.id, rep_id=rep, since=dossier.work.now, until=until, due_at=until)
    dossier.work.add(made)
    await dossier.work.flush()
    dossier.claim = made
    dossier.work.wake(Topic.TIME)
    return made


async def end(dossier: Dossier) -> None:
    claim = dossier.claim
    if claim is None:
        return
    claim.ended_at = dossier.work.now
    claim.due_at = claim.lease_owner = claim.lease_until = None
    await dossier.work.flush()
    dossier.claim = None
