"""Storms at the desk: take a conversation out of one, prepare one answer for many, approve what a list shows.

An answer to many is nothing new to publishing: every conversation gets a draft, a yes and an order of its own, each
judged by itself at the moment it is given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from bot.desk.approving import SignKind, sign
from bot.desk.asking import objection
from bot.desk.claiming import stands
from bot.desk.outcomes import (
    Actor,
    Drafted,
    LeftStorm,
    ListApproved,
    ListPrepared,
    Outcome,
    Refused,
    SignTaken,
    Why,
)
from models.lifecycle import State
from models.permits import Right, denied
from models.reading.storm_answers import AnswerFacts
from models.steps import Dossier
from models.store import Work
from models.storms import Storm, prepare, take_out

Open = Callable[[int], Awaitable[Dossier]]

#: So many conversations one answer may be prepared for.
MOST = 20


async def leave(dossier: Dossier, who: Actor, storm: int) -> LeftStorm | Refused:
    """From now on this conversation has a card of its own, with whatever waits in it."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number = dossier.conversation.id
    if not await take_out(dossier.work, storm, dossier.conversation, who.rep):
        return Refused(Why.NOT_IN_STORM, number, sentence=str(storm))
    return LeftStorm(number, storm)


async def prepare_answers(
    work: Work,
    who: Actor,
    storm: Storm,
    numbers: Sequence[int],
    open_one: Open,
    save: Callable[[Dossier], Awaitable[Outcome]],
) -> ListPrepared | Refused:
    """A draft in each of these conversations, in one transaction, and the list of them. What is no longer as it was
    chosen (drafted by somebody, claimed by somebody else, moved) is passed over, and so is whom we told just this.
    Whose draft is from an earlier list of the same person gets a new one, and falls out of that list."""
    sentence = denied(who.standing, Right.WORK)
    if sentence is not None:
        return Refused(Why.NO_RIGHT, sentence=sentence)
    drafts: list[tuple[int, int]] = []
    for number in sorted(numbers):  # always in this order: two lists never wait for each other
        dossier = await open_one(number)
        claim = stands(dossier)
        free = claim is None or claim.rep_id == who.rep
        mine = dossier.state is State.DRAFTED and dossier.revision is not None and dossier.revision.rep_id == who.rep
        here = dossier.conversation.channel_id == storm.channel_id
        if not (dossier.state is State.OPEN or mine) or not free or not here:
            continue
        saved = await save(dossier)
        if isinstance(saved, Drafted):
            drafts.append((number, saved.message))
        elif isinstance(saved, Refused) and saved.why is not Why.SAID_ALREADY and not drafts:
            return saved
    if not drafts:
        return nothing_to_answer(storm.id)
    answer = await prepare(work, storm, who.rep, drafts)
    return ListPrepared(storm.id, answer, tuple(number for number, _ in drafts))


def nothing_to_answer(storm: int) -> Refused:
    """Nobody is left who could be answered together with others."""
    return Refused(Why.NOTHING_TO_ANSWER, sentence=str(storm))


async def approve_listed(
    who: Actor, facts: AnswerFacts, shown: Collection[int], open_one: Open, *, at: datetime, channel: int
) -> ListApproved | Refused:
    """One person's yes to each draft whose message is among `shown`: what they saw in the list, and no other.

    Every conversation is opened and judged anew. Whose words, draft or claim changed since the list was made is not
    approved, and is named.
    """
    sentence = denied(who.standing, Right.APPROVE)
    if sentence is not None:
        return Refused(Why.NO_RIGHT, sentence=sentence)
    approved: list[SignTaken] = []
    dropped: list[tuple[int, str]] = []
    for draft in sorted(facts.drafts, key=lambda one: one.number):
        if draft.message not in shown:
            continue
        if draft.why == "out":
            dropped.append((draft.number, draft.why))
            continue
        dossier = await open_one(draft.number)
        if dossier.conversation.channel_id != channel:
            dropped.append((draft.number, "move"))
            continue
        claim = stands(dossier)
        if claim is not None and claim.rep_id != facts.rep.id:
            dropped.append((draft.number, "claimed"))
            continue
        outcome = await sign(dossier, who, SignKind.APPROVE, given=True, message=draft.message, at=at)
        if isinstance(outcome, SignTaken):
            approved.append(outcome)
        else:
            dropped.append((draft.number, _why(dossier, draft.message, draft.why, outcome)))
    return ListApproved(facts.storm, facts.id, tuple(approved), tuple(dropped))


def _why(dossier: Dossier, message: int, known: str, refused: Refused) -> str:
    """Why a draft of the list could not be approved: how its message was closed, else why the sign was refused."""
    if dossier.message is None or dossier.message.id != message:
        return known or "replaced"
    return refused.why.value
