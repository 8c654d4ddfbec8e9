"""One conversation, explored: every order of drafts, signs, late signs, news and reports, over production's rules.

Each rule of the lifecycle is then taken out, and the way that goes wrong is shown (`pytest -s` prints it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from models.course import Effect, Outcome, Situation, course
from models.lifecycle import ON_THE_WIRE, SOURCES, Source, State, Step, after
from models.permits import Policy, Sign, Standing, tally
from tests.model.conversation_world import FACTS, Rules, Setting, T, alone, walk
from tests.plugins.runs import tell

WORLDS = {
    "two people, one approval": Setting(people=2, approvals=1),
    "three people, one approval": Setting(people=3, approvals=1, facts=1),
    "two people, two approvals": Setting(people=2, approvals=2),
    "two people, moved once": Setting(people=2, facts=1, moves=1),
    "three people, two approvals, moved once": Setting(people=3, approvals=2, facts=0, moves=1),
    "three people, two approvals": Setting(people=3, approvals=2, facts=1),
}


@pytest.mark.parametrize("name", WORLDS)
def test_no_way_breaks_the_promise_and_none_ends_nowhere(name: str) -> None:
    found = walk(WORLDS[name])
    tell(f"{found.states} states")
    assert found.trace == ()
    assert found.dead_ends == 0
    assert found.states > 1_000, "the world has become too small to say anything"


# ------------------------------------------------------------------------------------------ rules taken out

TWO_YES = Setting(people=3, approvals=2, facts=1)


def goes_wrong(rules: Rules, ending: str, *, passing: Sequence[str], setting: Setting | None = None) -> None:
    """Without the rule there is a way to `ending` that passes through these steps, in this order."""
    found = walk(replace(setting or Setting(), rules=rules))
    print(f"\nafter {found.states} worlds:", *found.trace, sep="\n  ")
    assert found.trace, "nothing goes wrong without this rule"
    assert found.trace[-1] == ending
    rest = iter(found.trace)
    for words in passing:
        assert any(words in step for step in rest), f"the way does not pass {words!r}: {found.trace}"


def altered(change: Callable[[Situation, Step, Outcome], Outcome]) -> Rules:
    """Production's course, with one thing changed in what it says."""
    return Rules(course=lambda situation, step: change(situation, step, course(situation, step)))


BLIND = "a reply goes on the wire without quorum on what its approvers saw"


def test_a_sign_on_an_old_message_would_count_for_words_its_giver_never_saw() -> None:
    goes_wrong(Rules(binds=lambda signed, stands: True), BLIND, passing=["writes draft 1", "late, on the message"])


def test_an_approval_that_outlives_the_news_would_send_past_the_customer() -> None:
    def deaf(situation: Situation, step: Step, out: Outcome) -> Outcome:
        approved = situation.state is State.APPROVED and SOURCES[step] is Source.FACT
        return Outcome(State.APPROVED) if approved else out

    ending = "an approval outlives news that its giver had not seen"
    goes_wrong(altered(deaf), ending, passing=["writes draft 1", "approves"])


def test_approvals_that_outlive_a_new_draft_would_send_unapproved_words() -> None:
    def sticky(situation: Situation, step: Step, out: Outcome) -> Outcome:
        if step is not Step.DRAFT or not situation.drafted:
            return out
        return Outcome(situation.state, (), out.pending)

    ending = "the draft stands beside something older than what customers say"
    goes_wrong(altered(sticky), ending, passing=["writes draft 1", "writes draft 2"])


MOVED = Setting(facts=0, moves=1)


def test_an_approval_that_were_carried_along_would_be_counted_by_rules_that_nobody_there_was_asked_by() -> None:
    def carried(situation: Situation, step: Step, out: Outcome) -> Outcome:
        return Outcome(situation.state, (), out.pending) if step is Step.MOVE else out

    ending = "the draft waits in a channel that the conversation has left"
    goes_wrong(altered(carried), ending, passing=["writes draft 1", "move"], setting=MOVED)


def test_a_sign_that_is_late_from_the_old_channel_would_count_in_the_new_one() -> None:
    anywhere = Rules(binds=lambda signed, stands: signed[:2] == stands[:2])
    goes_wrong(anywhere, BLIND, passing=["writes draft 1", "move", "late, on the message"], setting=MOVED)


def test_a_reply_that_were_moved_while_it_is_on_the_wire_would_leave_its_draft_behind() -> None:
    def hasty(situation: Situation, step: Step) -> Outcome:
        moves = step is Step.MOVE and situation.state in ON_THE_WIRE
        return Outcome(situation.state, (), situation.pending) if moves else course(situation, step)

    ending = "the draft waits in a channel that the conversation has left"
    goes_wrong(Rules(course=hasty), ending, passing=["send", "move"], setting=MOVED)


def test_news_that_is_forgotten_during_sending_would_leave_a_customer_waiting() -> None:
    def forgetful(situation: Situation, step: Step, out: Outcome) -> Outcome:
        return Outcome(out.state) if Effect.KEEP in out.effects and step is Step.CUSTOMER_REPLIED else out

    ending = "a customer waits, and nobody is told"
    goes_wrong(altered(forgetful), ending, passing=["send", "fact: customer_", "sent"])


def test_news_that_is_played_before_the_verdict_would_void_what_is_on_the_wire() -> None:
    """The order would die while its reply may be public."""

    def hasty(situation: Situation, step: Step, out: Outcome) -> Outcome:
        if Effect.KEEP not in out.effects:
            return out
        return course(replace(situation, state=State.APPROVED), step)

    ending = "a reply may be public, and the conversation does not know"
    goes_wrong(altered(hasty), ending, passing=["send", "fact:"])


def test_lost_is_no_verdict_and_leaves_the_news_kept() -> None:
    waiting = Situation(State.SENDING, quorum=True, drafted=True, pending=(Step.CUSTOMER_REPLIED,))
    assert course(waiting, Step.LOST).pending == (Step.CUSTOMER_REPLIED,)


def test_without_a_count_right_before_sending_somebody_without_the_right_approves() -> None:
    goes_wrong(Rules(may_send=lambda count: True), BLIND, passing=["approves", "may approve no more"])


def test_with_own_words_counted_one_person_alone_would_speak_for_the_team() -> None:
    goes_wrong(Rules(tally=alone()), BLIND, passing=["0 writes draft 1", "0 approves"])


def test_without_quorum_one_yes_would_do_where_two_are_asked_for() -> None:
    def eager(situation: Situation, step: Step) -> Outcome:
        return course(replace(situation, quorum=True), step)

    goes_wrong(Rules(course=eager), "approved without quorum", passing=["approves"], setting=TWO_YES)


def test_without_a_look_at_objections_a_reply_would_go_out_over_one() -> None:
    def bold(situation: Situation, step: Step) -> Outcome:
        return course(replace(situation, objected=False), step)

    goes_wrong(Rules(course=bold), "approved without quorum", passing=["objects", "approves"])


def test_an_order_that_is_not_void_when_a_yes_is_taken_back_would_still_go_out() -> None:
    def keeps(situation: Situation, step: Step, out: Outcome) -> Outcome:
        if step is not Step.UNAPPROVE:
            return out
        return replace(out, effects=tuple(effect for effect in out.effects if effect is not Effect.VOID))

    ending = "an order lives, or does not, against the state"
    goes_wrong(altered(keeps), ending, passing=["approves", "takes back"])


def test_a_retry_that_were_a_new_order_would_be_a_second_one() -> None:
    def doubles(situation: Situation, step: Step, out: Outcome) -> Outcome:
        if Effect.RETRY not in out.effects:
            return out
        return replace(out, effects=(*out.effects, Effect.ORDER))

    ending = "a second order in one round of approval"
    goes_wrong(altered(doubles), ending, passing=["approves", "send"])


# ------------------------------------------------------------------------------------------ the grid itself


def test_facts_are_never_refused_and_never_answered_by_a_state_of_their_own() -> None:
    for fact in FACTS:
        for state in State:
            course(Situation(state, drafted=state in {State.DRAFTED, State.APPROVED}), fact)
            after(state, fact)


def test_a_person_counts_once_however_many_signs_there_are() -> None:
    signs = [Sign(rep=2, approve=True, standing=Standing.MEMBER, at=T)] + [
        Sign(rep=1, approve=True, standing=Standing.APPROVER, at=T) for _ in range(3)
    ]
    count = tally(policy=Policy(approvals=2), last=0, authors=[0], shown_at=T, signs=signs)
    assert count.counted == (1,)
    assert not count.quorum
