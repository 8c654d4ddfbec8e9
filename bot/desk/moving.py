"""Moving a conversation to another channel, perhaps of another chat: it lives there from then on, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.desk.asking import objection
from bot.desk.claiming import end_where_unknown
from bot.desk.outcomes import Actor, Moved, Refused, Why
from models.lifecycle import State, Step
from models.moving import carry
from models.permits import Policy, Right
from models.steps import Dossier


@dataclass(frozen=True, slots=True)
class Target:
    """The other channel. `known` are the reps of whom its chat says that they may work there."""

    channel: int
    name: str
    policy: Policy
    known: Collection[int] = ()


async def move(dossier: Dossier, who: Actor, to: Target) -> Moved | Refused:
    """Move it, with its history. Asks for the right in the channel that it lives in now.

    What waits for approval asks for it anew there, by the rules of that channel: approvals belong to a message, and
    the old message is closed. So does what was approved and has not left. The claim is kept where its holder is
    known in the other channel, else it ends.
    """
    refused = objection(dossier, who, Right.MOVE)
    number, conversation = dossier.conversation.id, dossier.conversation
    if refused is None and conversation.channel_id == to.channel:
        refused = Refused(Why.THERE_ALREADY, number, sentence=to.name)
    refused = refused or objection(dossier, who, Right.MOVE, Step.MOVE)
    if refused is not None:
        return refused
    before = dossier.state
    ended = await end_where_unknown(dossier, to.known)
    dossier.policy = to.policy
    conversation.writing = {}  # what is written in a dialog that was opened in the old channel cannot be saved
    await carry(dossier, to=to.channel, rep=who.rep, claim_ended=ended)
    return Moved(
        number,
        to.name,
        rep=ended,
        draft=dossier.revision.number if dossier.revision is not None else None,
        stopped=before is State.APPROVED,
    )
