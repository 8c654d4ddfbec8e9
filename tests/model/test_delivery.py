"""One delivery, explored: two workers that crash or freeze anywhere, clocks that jump, a platform with every whim.

The rules are production's own. Each sentence of the protocol is then taken out, and the trace that goes wrong is
shown: the test holds it to its shape, and prints it (`pytest -s`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from bot.publishing.protocol import (
    PROTOCOL,
    AfterLook,
    AttemptView,
    Bounds,
    DeliveryView,
    Found,
    NextStep,
    Protocol,
    Result,
    Verdict,
    read_outcome,
    uncertain,
)
from models.lifecycle import Step
from models.reply import AttemptOutcome
from tests.model.delivery_world import Keys, Setting, Walk, bounds, walk
from tests.plugins.runs import tell

ALL = os.environ.get("TWOWAY_RUNS") == "all"

LATE = Setting()  # late within its bound, two orders, two sends
LAGGING = Setting(bounds=bounds(lag=1), lateness=0, lag=1)
UNBOUND = Setting(bounds=bounds(late=None, lag=None), lateness=None, person="right")

SOUND = {
    "a platform that accepts late": replace(LATE, orders=1),
    "a platform that accepts late, and a second approval": LATE,
    "a platform whose lists lag": replace(LAGGING, orders=1),
    "a platform that promises nothing, with a person who is right": UNBOUND,
    "keys that are honoured, and forgotten": replace(LATE, keys=Keys.HONOURED, orders=1),
    "a platform that refuses duplicates": replace(LATE, keys=Keys.DETECTS, orders=1),
    "wall clocks that jump": replace(LATE, orders=1, jumps=1),
    "three sends": replace(LATE, orders=1, sends=3),
}
LARGE = {
    "lists that lag, and a second approval": LAGGING,
    "three sends, two approvals": replace(LATE, sends=3),
    "two clocks that jump, two approvals": replace(LATE, jumps=2),
    "late and lagging, with a start window of two": Setting(
        bounds=bounds(start=2, call=1, late=1, lag=1), lag=1, orders=1, jumps=1
    ),
    "keys that are honoured, three sends, two approvals": replace(LATE, keys=Keys.HONOURED, sends=3),
}


@pytest.mark.parametrize("name", SOUND)
def test_no_way_leads_to_two_replies_or_a_lost_one(name: str) -> None:
    found = walk(SOUND[name])
    tell(f"{found.states} states")
    assert found.trace == ()
    assert found.states > 1_000, "the world has become too small to say anything"


@pytest.mark.torture
@pytest.mark.skipif(not ALL, reason="TWOWAY_RUNS=all walks through the large worlds too")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", LARGE)
def test_no_way_leads_to_two_replies_or_a_lost_one_in_large_worlds(name: str) -> None:
    found = walk(LARGE[name])
    tell(f"{found.states} states")
    assert found.trace == ()


# ------------------------------------------------------------------------------------------ sentences taken out


class ByWallClock(Protocol):
    """The wait counted from `sent_at` by the looking machine's wall clock."""

    def next_step(self, view: DeliveryView, *, now: datetime, bounds: Bounds) -> NextStep:
        return Protocol.next_step(self, by_wall(view, now), now=now, bounds=bounds)

    def after_look(self, view: DeliveryView, found: Found, *, now: datetime, bounds: Bounds) -> AfterLook:
        return Protocol.after_look(self, by_wall(view, now), found, now=now, bounds=bounds)


def by_wall(view: DeliveryView, now: datetime) -> DeliveryView:
    return replace(view, attempts=tuple(replace(one, watched=now - one.intent_at) for one in view.attempts))


def goes_wrong(setting: Setting, ending: str, *, passing: Sequence[str]) -> Walk:
    """Without the sentence there is a way to `ending` that passes through these events, in this order."""
    found = walk(replace(setting, broken=(ENDINGS[ending],)))
    print(f"\nafter {found.states} states:", *found.trace, sep="\n  ")
    assert found.trace, "nothing goes wrong without this sentence"
    assert found.trace[-1] == ending
    rest = iter(found.trace)
    for words in passing:
        assert any(words in step for step in rest), f"the way does not pass {words!r}: {found.trace}"
    return found


TWO = "two replies are public"
LOST = "a reply is public, nobody knows, and nobody will look"
UNAPPROVED = "a reply went on the wire without approval"
ENDINGS = {TWO: "two", LOST: "buried", UNAPPROVED: "unapproved"}


def test_1_an_order_apart_from_its_approval_is_made_twice() -> None:
    apart = replace(LATE, orders_twice=True)
    goes_wrong(apart, TWO, passing=["makes a second order", "calls", "calls"])


def test_1_a_key_for_each_send_does_not_hold_where_the_platform_is_later_than_it_said() -> None:
    """What no protocol can close, one key does: a platform that accepts later than its bound, and keeps keys."""
    later = replace(LATE, orders=1, takes_back=False, lateness=3, keys=Keys.HONOURED, key_memory=-1, person="right")
    one_key = walk(replace(later, broken=("two",)))
    assert one_key.trace == ()
    goes_wrong(replace(later, key_per_send=True), TWO, passing=["on its way", "reports absent", "calls"])


def test_1_a_key_that_is_counted_on_excuses_from_no_look() -> None:
    """A key instead of a look: servers forget keys, and some ignore them."""

    def trusting(view: DeliveryView) -> tuple[AttemptView, ...]:
        return ()

    trust = replace(LATE, orders=1, keys=Keys.HONOURED, protocol=replace(PROTOCOL, uncertain=trusting))
    goes_wrong(trust, TWO, passing=["the answer is lost", "calls: accepted"])


def test_2_an_intent_that_asks_for_no_fence_is_written_twice() -> None:
    unfenced = replace(PROTOCOL, may_commit=lambda **_: True)
    found = goes_wrong(
        replace(LATE, orders=1, takes_back=False, protocol=unfenced), TWO, passing=["writes its intent"] * 2
    )
    assert {step[0] for step in found.trace if "writes its intent" in step} == {"A", "B"}


def test_2_a_clock_read_after_the_intent_says_nothing_about_the_time_between() -> None:
    after = replace(LATE, orders=1, clock_after_intent=True)
    goes_wrong(after, TWO, passing=["writes its intent", "a second passes", "reads its clocks", "calls"])


def test_2_a_verdict_told_after_somebody_moved_the_row_undoes_what_they_did() -> None:
    blind = replace(PROTOCOL, may_report=lambda **_: True)
    goes_wrong(replace(LATE, orders=1, protocol=blind), LOST, passing=["takes order 1", "takes order 1"])


def test_3_without_a_look_the_second_try_is_a_second_reply() -> None:
    blind = replace(PROTOCOL, uncertain=lambda view: ())
    goes_wrong(
        replace(LATE, orders=1, protocol=blind), TWO, passing=["the answer is lost", "writes its intent", "calls"]
    )


def test_3_a_new_approval_does_not_excuse_from_looking_for_what_went_before() -> None:
    """Somebody settled in good faith that nothing is there; then it came."""

    def own_only(view: DeliveryView) -> tuple[AttemptView, ...]:
        return tuple(attempt for attempt in uncertain(view) if attempt.delivery == view.id)

    settled = replace(
        UNBOUND, person="hasty", broken=("two",), floats_until_approval=True, refuses=False, throttles=False
    )
    assert walk(settled).trace == ()
    mistaken = replace(settled, protocol=replace(PROTOCOL, uncertain=own_only))
    goes_wrong(mistaken, TWO, passing=["a person settles", "accepts a call late", "approves again", "calls"])


def test_3_a_look_that_comes_too_early_proves_nothing_and_is_not_believed() -> None:
    """Two locks on one door: what a look at the wrong time did not find is not absent either."""
    early = replace(LATE, orders=1, broken=("two",), protocol=replace(PROTOCOL, settled=lambda attempt, bounds: True))
    assert walk(early).trace == ()


def test_3_a_list_that_lags_hides_what_is_there() -> None:
    no_lag = replace(LAGGING, orders=1, bounds=bounds(lag=0), lag=2)
    goes_wrong(no_lag, TWO, passing=["the answer is lost", "looks: nothing there", "calls"])


def test_3_a_platform_that_promises_nothing_is_not_to_be_believed() -> None:
    def believing(attempts: tuple[AttemptView, ...], bounds: Bounds) -> bool:
        return True

    believe = replace(UNBOUND, orders=1, protocol=replace(PROTOCOL, may_be_absent=believing))
    goes_wrong(believe, TWO, passing=["on its way", "looks: nothing there", "reports absent", "calls"])


def test_3_a_wait_by_wall_clock_is_over_too_early_when_the_clock_jumps() -> None:
    """Found while exploring: `sent_at` plus the bound, read from a wall clock, is no bound. Ours is steady."""
    jumping = replace(LATE, orders=1, jumps=1, wall=True, protocol=ByWallClock())
    goes_wrong(jumping, TWO, passing=["on its way", "wall clock jumps by 9", "calls"])


def test_4_without_a_check_at_the_intent_a_reply_leaves_that_nobody_approves_any_more() -> None:
    unchecked = replace(PROTOCOL, may_commit=lambda *, row, held: row.fence == held.fence and row.sends == held.sends)
    goes_wrong(
        replace(LATE, orders=1, protocol=unchecked),
        UNAPPROVED,
        passing=["takes order 1", "takes its approval back", "writes its intent"],
    )


def test_4_without_the_last_look_at_the_clock_a_frozen_worker_sends_when_it_wakes() -> None:
    late = replace(PROTOCOL, may_call=lambda **_: True)
    goes_wrong(
        replace(LATE, orders=1, protocol=late),
        TWO,
        passing=["writes its intent", "a second passes", "calls", "looks: nothing there", "calls"],
    )


def test_5_a_call_that_something_repeats_is_two_calls() -> None:
    goes_wrong(replace(LATE, repeats_calls=True), TWO, passing=["something below repeats it"])


def test_5_a_duplicate_read_as_a_refusal_buries_a_reply_that_is_there() -> None:
    def careless(result: Result, *, others: tuple[AttemptView, ...]) -> Verdict:
        if result is Result.DUPLICATE:
            return Verdict(Step.REFUSED, AttemptOutcome.NO)
        return read_outcome(result, others=others)

    detects = replace(
        LATE, orders=1, takes_back=False, lateness=3, keys=Keys.DETECTS, broken=("buried",), person="absent"
    )
    assert walk(detects).trace == ()
    goes_wrong(
        replace(detects, protocol=replace(PROTOCOL, read_outcome=careless)),
        LOST,
        passing=["on its way", "reports absent", "a duplicate"],
    )


def test_5_a_refusal_counts_only_when_every_earlier_attempt_has_a_certain_no() -> None:
    def hasty(result: Result, *, others: tuple[AttemptView, ...]) -> Verdict:
        return read_outcome(result, others=())

    later = replace(LATE, orders=1, takes_back=False, lateness=3, broken=("buried",), person="absent", throttles=False)
    assert walk(later).trace == ()
    goes_wrong(
        replace(later, protocol=replace(PROTOCOL, read_outcome=hasty)),
        LOST,
        passing=["on its way", "reports absent", "calls: refused"],
    )


def test_6_absent_said_too_early_sends_a_second_time() -> None:
    early = replace(PROTOCOL, settled=lambda attempt, bounds: True, may_be_absent=lambda attempts, bounds: True)
    goes_wrong(
        replace(LATE, orders=1, protocol=early),
        TWO,
        passing=["on its way", "looks: nothing there", "reports absent", "calls: accepted"],
    )


def test_6_a_person_who_settles_too_early_loses_a_reply() -> None:
    early = replace(PROTOCOL, may_settle_absent=lambda view, bounds: True)
    goes_wrong(
        replace(LATE, orders=1, protocol=early), LOST, passing=["on its way", "a person settles", "accepts a call late"]
    )
