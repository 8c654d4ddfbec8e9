"""The protocol's single rules, at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.publishing.crash import Crasher, CrashPoint, crash_point, on_loopback
from bot.publishing.protocol import (
    LOOK_AGAIN,
    MOST_LOOKS,
    MOST_LOST,
    MOST_SENDS,
    PROTOCOL,
    AskPerson,
    AttemptView,
    Bounds,
    DeliveryView,
    Found,
    LookFor,
    Nothing,
    Reading,
    Recheck,
    Result,
    Verdict,
    WaitUntil,
    left_behind,
    may_call,
    read_outcome,
)
from models.lifecycle import Step
from models.reply import AttemptOutcome, DeliveryState

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BOUNDS = Bounds(call_limit=20 * SECOND, late_bound=60 * SECOND, listing_lag=5 * SECOND)
WAITING = DeliveryView(id=1, state=DeliveryState.WAITING, fence=3, sends=0, hold_until=NOW)


def attempt(outcome: AttemptOutcome, *, delivery: int = 1, watched: timedelta = timedelta(hours=1)) -> AttemptView:
    return AttemptView(delivery=delivery, number=1, intent_at=NOW, outcome=outcome, watched=watched)


def test_a_first_send_needs_no_look() -> None:
    assert PROTOCOL.next_step(WAITING, now=NOW, bounds=BOUNDS) == Recheck()


def test_nothing_happens_before_the_hold_is_over() -> None:
    assert PROTOCOL.next_step(WAITING, now=NOW - SECOND, bounds=BOUNDS) == WaitUntil(NOW)


@pytest.mark.parametrize("outcome", [AttemptOutcome.PENDING, AttemptOutcome.LOST, AttemptOutcome.ABSENT])
def test_every_attempt_without_a_certain_no_is_looked_for_also_of_another_delivery(outcome: AttemptOutcome) -> None:
    view = replace(WAITING, attempts=(attempt(outcome, delivery=7),))
    assert PROTOCOL.next_step(view, now=NOW, bounds=BOUNDS) == LookFor(view.attempts)


@pytest.mark.parametrize("outcome", [AttemptOutcome.NO, AttemptOutcome.SENT])
def test_what_is_known_is_not_looked_for(outcome: AttemptOutcome) -> None:
    view = replace(WAITING, attempts=(attempt(outcome),))
    assert PROTOCOL.next_step(view, now=NOW, bounds=BOUNDS) == Recheck()


def test_the_look_waits_for_start_call_lateness_and_lag_together() -> None:
    assert BOUNDS.wait == (2 + 20 + 60 + 5) * SECOND
    view = replace(WAITING, attempts=(attempt(AttemptOutcome.LOST, watched=BOUNDS.wait - SECOND),))
    assert PROTOCOL.next_step(view, now=NOW, bounds=BOUNDS) == WaitUntil(NOW + SECOND)


def test_sent_and_void_are_over() -> None:
    for state in (DeliveryState.SENT, DeliveryState.VOID):
        assert PROTOCOL.next_step(replace(WAITING, state=state), now=NOW, bounds=BOUNDS) == Nothing()


def test_what_dead_hands_left_is_lost_unless_they_wrote_down_a_no() -> None:
    sending = replace(WAITING, state=DeliveryState.SENDING, sends=1)
    assert left_behind(replace(sending, attempts=(attempt(AttemptOutcome.PENDING),))).step is Step.LOST
    assert left_behind(replace(sending, attempts=(attempt(AttemptOutcome.NO),))).step is Step.THROTTLED


@pytest.mark.parametrize(
    ("wall", "steady", "may"),
    [(0, 0, True), (1.9, 1.9, True), (2, 0, False), (0, 2, False), (-0.1, 0, False), (3600, 0.1, False)],
)
def test_a_call_begins_within_the_start_window_by_both_clocks_or_not_at_all(
    wall: float, steady: float, may: bool
) -> None:
    now = Reading(NOW + wall * SECOND, steady * SECOND)
    assert may_call(intent=Reading(NOW, timedelta()), now=now, bounds=BOUNDS) is may


def test_a_refusal_counts_only_after_certain_noes() -> None:
    assert read_outcome(Result.REFUSED, others=()).step is Step.REFUSED
    assert read_outcome(Result.REFUSED, others=(attempt(AttemptOutcome.NO),)).step is Step.REFUSED
    for outcome in (AttemptOutcome.PENDING, AttemptOutcome.LOST, AttemptOutcome.ABSENT):
        assert read_outcome(Result.REFUSED, others=(attempt(outcome),)).step is Step.LOST


def test_a_duplicate_is_never_a_refusal() -> None:
    assert read_outcome(Result.DUPLICATE, others=()) == Verdict(Step.LOST, AttemptOutcome.LOST)


UNSURE = replace(WAITING, state=DeliveryState.UNSURE, sends=1, attempts=(attempt(AttemptOutcome.LOST),))


def test_found_ends_it_and_absent_sends_it_back_through_hold_and_checks() -> None:
    assert PROTOCOL.after_look(UNSURE, Found.OURS, now=NOW, bounds=BOUNDS) == Verdict(Step.SENT, AttemptOutcome.SENT)
    absent = PROTOCOL.after_look(UNSURE, Found.NOTHING, now=NOW, bounds=BOUNDS)
    assert absent == Verdict(Step.ABSENT, AttemptOutcome.ABSENT)


def test_a_reply_found_while_another_waits_is_news() -> None:
    found = PROTOCOL.after_look(WAITING, Found.OTHER, now=NOW, bounds=BOUNDS)
    assert found == Verdict(Step.SURFACED, AttemptOutcome.SENT)


@pytest.mark.parametrize("missing", ["late_bound", "listing_lag"])
def test_a_platform_that_declares_no_bound_is_left_to_a_person(missing: str) -> None:
    bounds = replace(BOUNDS, **{missing: None})
    asked = PROTOCOL.after_look(UNSURE, Found.NOTHING, now=NOW, bounds=bounds)
    assert asked == AskPerson(NOW + LOOK_AGAIN[0])


def test_a_look_that_fails_is_no_look() -> None:
    asked = PROTOCOL.after_look(UNSURE, Found.CANNOT_TELL, now=NOW, bounds=BOUNDS)
    assert asked == AskPerson(NOW + LOOK_AGAIN[0])
    waiting = replace(WAITING, attempts=(attempt(AttemptOutcome.ABSENT, delivery=7),))
    assert isinstance(PROTOCOL.after_look(waiting, Found.CANNOT_TELL, now=NOW, bounds=BOUNDS), WaitUntil)
    given_up = PROTOCOL.after_look(replace(waiting, looks=MOST_LOOKS), Found.CANNOT_TELL, now=NOW, bounds=BOUNDS)
    assert given_up == Verdict(Step.UNFIT, why="cannot_look")


def test_after_three_lost_calls_or_twelve_of_any_kind_the_team_is_asked() -> None:
    lost = replace(WAITING, sends=3, attempts=(attempt(AttemptOutcome.ABSENT),) * MOST_LOST)
    assert PROTOCOL.next_step(lost, now=NOW, bounds=BOUNDS) == Verdict(Step.UNFIT, why="tried_too_often")
    many = replace(WAITING, sends=MOST_SENDS, attempts=(attempt(AttemptOutcome.NO),) * MOST_SENDS)
    assert PROTOCOL.next_step(many, now=NOW, bounds=BOUNDS) == Verdict(Step.UNFIT, why="tried_too_often")


def test_crash_points_strike_only_where_the_server_is_on_loopback() -> None:
    died: list[str] = []
    crash = Crasher(CrashPoint.AFTER_INTENT, accounts=["acme"], die=lambda: died.append("x"))
    crash(CrashPoint.AFTER_ACCEPT, account="acme")
    crash(CrashPoint.AFTER_INTENT, account="real")
    assert died == []
    crash(CrashPoint.AFTER_INTENT, account="acme")
    assert died == ["x"]
    assert on_loopback("127.0.0.1")
    assert on_loopback("localhost")
    assert on_loopback("[::1]")
    assert not on_loopback("127.0.0.1.mastodon.example")
    assert crash_point("after_accept") is CrashPoint.AFTER_ACCEPT
    with pytest.raises(ValueError, match="sometime"):
        crash_point("sometime")
