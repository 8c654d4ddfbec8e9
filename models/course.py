"""What a step does to a conversation: the grid, the quorum, the facts that wait, and what must follow. Pure.

Everybody who changes a conversation (desk, hearing, publishing) goes through `course`; `steps.py` carries out what
it says, in one transaction. The exhaustive test walks through this very function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from models.lifecycle import SOURCES, NotNow, Source, State, Step, after, must_wait


class Effect(StrEnum):
    """What must follow a step, in the same transaction."""

    CLOSE_MESSAGE = "close_message"  # the draft message that stands is closed: signs on it count no more
    SHOW_DRAFT = "show_draft"  # the current revision is shown anew, beside what the customer says now
    DROP_REVISION = "drop_revision"  # there is no current revision any more
    ORDER = "order"  # a delivery is made
    VOID = "void"  # the waiting delivery will not go out
    RETRY = "retry"  # the delivery waits again, through hold, rights and facts
    FINISH = "finish"  # the delivery is done
    KEEP = "keep"  # the fact is kept until publishing's verdict


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides. `quorum` is whether enough valid approvals stand on the open message, `objected` whether an
    objection stands, `answered` whether the customer's last words were answered before the current draft."""

    state: State
    quorum: bool = False
    objected: bool = False
    drafted: bool = False  # there is a current revision
    pending: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a step leads and what must follow. `played` are kept facts that were played after a verdict, and
    `undone_by` the one of them that undid draft or order, where the verdict itself had left them standing."""

    state: State
    effects: tuple[Effect, ...] = ()
    pending: tuple[Step, ...] = ()
    played: tuple[Step, ...] = ()
    undone_by: Step | None = None


#: Steps that need quorum (and no objection) to move; without it they are taken and change no state.
_NEEDS_QUORUM = frozenset({Step.APPROVE, Step.OBJECT_WITHDRAWN})

#: Facts after which a draft must be seen anew: what it was approved against has changed.
_NEWS = frozenset(
    {
        Step.SURFACED,
        Step.ANSWERED_ELSEWHERE,
        Step.CUSTOMER_REPLIED,
        Step.CUSTOMER_EDITED,
        Step.POST_REMOVED,
    }
)

#: Other steps after which approval begins anew, of the same words: elsewhere, or after they came back.
_SHOWN_ANEW = frozenset({Step.MOVE, Step.UNFIT, Step.REFUSED, Step.SETTLE_ABSENT})

#: Steps after which no revision is current.
_DROPS = frozenset(
    {
        Step.DISCARD,
        Step.DISCARD_FOLLOWUP,
        Step.CLOSE,
        Step.REOPEN,
        Step.ANSWERED_BY_HAND,
        Step.POST_GONE,
        Step.SENT,
        Step.SETTLE_SENT,
    }
)

#: What ends a draft message or an order.
_UNDOES = frozenset({Effect.VOID, Effect.CLOSE_MESSAGE})

#: Publishing's verdicts, and people's in its place: after them the kept facts are played. `lost` is none.
VERDICTS = frozenset({Step.SENT, Step.REFUSED, Step.THROTTLED, Step.ABSENT, Step.SETTLE_SENT, Step.SETTLE_ABSENT})


def course(situation: Situation, step: Step) -> Outcome:
    """What `step` does. Raises NotNow where it is refused; a fact never is.

    A sign (approve, unapprove, object, object_withdrawn) must be in `situation` already, as it stands with it.
    """
    outcome = _one(situation, step)
    if step not in VERDICTS or outcome.state in {State.SENDING, State.UNSURE}:
        return outcome
    state: State = outcome.state
    effects, played = list(outcome.effects), list[Step]()
    drafted = situation.drafted and Effect.DROP_REVISION not in effects
    undone_by: Step | None = None
    for fact in outcome.pending:
        then = _one(replace(situation, state=state, drafted=drafted, pending=()), fact)
        state = then.state
        if undone_by is None and _UNDOES & set(then.effects) and not _UNDOES & set(effects):
            undone_by = fact
        effects += [effect for effect in then.effects if effect not in effects]
        drafted = drafted and Effect.DROP_REVISION not in then.effects
        played.append(fact)
    if Effect.VOID in effects and Effect.RETRY in effects:
        effects.remove(Effect.RETRY)
    if Effect.DROP_REVISION in effects and Effect.SHOW_DRAFT in effects:
        effects.remove(Effect.SHOW_DRAFT)
    return Outcome(state, tuple(effects), (), tuple(played), undone_by)


def _one(now: Situation, step: Step) -> Outcome:
    if must_wait(now.state, step):
        return Outcome(now.state, (Effect.KEEP,), (*now.pending, step))
    to = after(now.state, step)
    if step in _NEEDS_QUORUM and not (now.quorum and not now.objected):
        to = now.state
    if step is Step.UNAPPROVE and now.quorum and not now.objected:
        to = now.state
    return Outcome(to, tuple(_effects(now, step, to)), now.pending)


def _effects(now: Situation, step: Step, to: State) -> list[Effect]:
    """In the order in which they are carried out."""
    leaves_order = now.state is State.APPROVED and to not in {State.APPROVED, State.SENDING}
    effects: list[Effect] = []
    if leaves_order or (step in {Step.REFUSED, Step.SETTLE_ABSENT} and to is State.DRAFTED):
        effects.append(Effect.VOID)
    if step in {Step.SENT, Step.SETTLE_SENT}:
        effects.append(Effect.FINISH)
    if to is State.APPROVED and now.state in {State.SENDING, State.UNSURE}:
        effects.append(Effect.RETRY)
    if to is State.APPROVED and now.state is State.DRAFTED:
        effects.append(Effect.ORDER)
    if not now.drafted and step is not Step.DRAFT:
        return effects
    if step in _DROPS and to is not now.state:
        effects += [Effect.CLOSE_MESSAGE, Effect.DROP_REVISION]
    elif step is Step.DRAFT or (to is State.DRAFTED and (step in _NEWS or step in _SHOWN_ANEW)):
        effects += [Effect.CLOSE_MESSAGE, Effect.SHOW_DRAFT]
    return effects


def refused(state: State, step: Step) -> bool:
    """Whether asking for this step here would be refused."""
    try:
        after(state, step)
    except NotNow:
        return SOURCES[step] is not Source.FACT
    return False
