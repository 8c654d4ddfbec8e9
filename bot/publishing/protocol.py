"""The publishing protocol's decisions: when to look, when to write an intent, when to call, what an outcome means.

Pure: no clock, no network, no database; `deliver.py` and `settle.py` carry out what is decided here, and
`tests/model` walks through every state of it. The sentences of the protocol are the fields of `Protocol`, so that
the tests can take out one at a time and show what then goes wrong.

Two clocks are meant. The wall clock may jump and differs between machines: it only says when to come back. The
steady clock of one process never jumps: every bound that the promise rests on is measured with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from models.lifecycle import Step
from models.reply import AttemptOutcome, DeliveryState

#: How long after its intent was written a call may still begin. Ours: a healthy process needs milliseconds.
START_WINDOW = timedelta(seconds=2)

#: After so many calls of one delivery whose fate nobody knew at once, people look at it before anything is sent.
MOST_LOST = 3

#: The same after so many calls of any kind (throttled, refused, begun too late).
MOST_SENDS = 12

#: How long to wait for the next look when one could not tell: by how many could not so far, the last for ever.
LOOK_AGAIN = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)

#: A waiting reply whose earlier attempts cannot be looked for goes back to the team after so many looks.
MOST_LOOKS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What a platform promises about time. None: it promises nothing, and a person decides.

    A key is a second belt and never counted on: there are servers that ignore it, and all forget it after
    `key_lifetime`. Looks decide alone.
    """

    call_limit: timedelta
    late_bound: timedelta | None
    listing_lag: timedelta | None
    finds: bool = True
    key_lifetime: timedelta | None = None
    start_window: timedelta = START_WINDOW

    @property
    def wait(self) -> timedelta:
        """So long after an intent was written the first look begins."""
        none = timedelta()
        late, lag = self.late_bound or none, self.listing_lag or none
        return self.start_window + self.call_limit + late + lag

    @property
    def tells(self) -> bool:
        """Whether a look that finds nothing can ever mean that nothing is there."""
        return self.finds and self.late_bound is not None and self.listing_lag is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks of one process at one moment; `steady` is its own and counts from nowhere in particular."""

    wall: datetime
    steady: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptView:
    """One call that was, or may have been, made. `watched` is how long the looking process has known of it, on
    its steady clock: it cannot be longer than the attempt is old, whatever any wall clock says.
    `by_person`: somebody of the team said that it is not there."""

    delivery: int
    number: int
    intent_at: datetime
    outcome: AttemptOutcome
    watched: timedelta = timedelta()
    by_person: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryView:
    """A delivery as it was read, with the attempts of its whole conversation. `looks` counts the looks that
    could not tell since the last one that could."""

    id: int
    state: DeliveryState
    fence: int
    sends: int
    hold_until: datetime
    attempts: tuple[AttemptView, ...] = ()
    looks: int = 0

    @property
    def own(self) -> tuple[AttemptView, ...]:
        return tuple(attempt for attempt in self.attempts if attempt.delivery == self.id)


class Found(Enum):
    """What a look at the platform says about all the attempts that it was made for."""

    OURS = "ours"  # a reply of this delivery is there
    OTHER = "other"  # a reply of another delivery of the conversation is there
    NOTHING = "nothing"  # the listing holds none of them
    CANNOT_TELL = "cannot_tell"


class Result(Enum):
    """How a call ended, by the type of the error."""

    RECEIPT = "receipt"
    REFUSED = "refused"
    THROTTLED = "throttled"
    DUPLICATE = "duplicate"  # "you said that already": something of ours may be there
    LOST = "lost"
    NOT_CALLED = "not_called"  # too late to begin: we know that nothing was sent


# ------------------------------------------------------------------------------------------ what to do next


@dataclass(frozen=True, slots=True)
class Nothing:
    """The delivery is over."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing may be done before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class LookFor:
    """Look whether any of these is public."""

    attempts: tuple[AttemptView, ...]


@dataclass(frozen=True, slots=True)
class Recheck:
    """Read the parent, rights, approvals, hold and facts again; then read the clock and write the intent."""


@dataclass(frozen=True, slots=True)
class AskPerson:
    """Nobody but a person can say what became of it; look again at `at` all the same."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """A report for the conversation, and what became of the delivery's open attempts (None: they stay)."""

    step: Step
    outcome: AttemptOutcome | None = None
    why: str = ""


NextStep = Nothing | WaitUntil | LookFor | Recheck | Verdict
AfterLook = Verdict | Recheck | AskPerson | WaitUntil


# ------------------------------------------------------------------------------------------ the sentences


def uncertain(view: DeliveryView) -> tuple[AttemptView, ...]:
    """Every attempt of the conversation, of this delivery or another, that may be public without our knowing.
    A new approval does not excuse from looking for it; nor does an earlier look, nor somebody's word."""
    known = {AttemptOutcome.NO, AttemptOutcome.SENT}
    return tuple(attempt for attempt in view.attempts if attempt.outcome not in known)


def settled(attempt: AttemptView, bounds: Bounds) -> bool:
    """Whether everything that the attempt can still cause is over and shows: its call began within the start
    window, ended within its limit, was accepted within the platform's bound, and is listed. What once was found
    absent stays settled."""
    return attempt.outcome is AttemptOutcome.ABSENT or attempt.watched >= bounds.wait


def may_be_absent(attempts: tuple[AttemptView, ...], bounds: Bounds) -> bool:
    """Whether a listing without our reply may be believed: bounds are declared, and their time has passed."""
    return bounds.tells and all(settled(attempt, bounds) for attempt in attempts)


def may_settle_absent(view: DeliveryView, bounds: Bounds) -> bool:
    """Whether a person may say that it is not there: not while it may still come."""
    return view.state is DeliveryState.UNSURE and all(settled(each, bounds) for each in view.own if not _no(each))


def may_commit(*, row: DeliveryView, held: DeliveryView) -> bool:
    """Whether the intent may be written: `row` is the row as it is now, `held` as it was when it was taken.
    Fence and attempt share the row, so that one statement decides."""
    waits = row.state is DeliveryState.WAITING
    return waits and row.fence == held.fence and row.sends == held.sends


def may_report(*, row: DeliveryView, held: DeliveryView) -> bool:
    """Whether a verdict that is no receipt may be told: nobody took the row over, and nobody (a person who
    settled, say) moved it since it was read."""
    return (row.fence, row.state, row.sends) == (held.fence, held.state, held.sends)


def may_call(*, intent: Reading, now: Reading, bounds: Bounds) -> bool:
    """Whether the call may begin. `intent` was read *before* the intent was written. A wall clock that jumped
    back or forward in between is no reason to hurry: refused."""
    wall, steady = now.wall - intent.wall, now.steady - intent.steady
    return timedelta() <= wall < bounds.start_window and timedelta() <= steady < bounds.start_window


def read_outcome(result: Result, *, others: tuple[AttemptView, ...]) -> Verdict:
    """What a call's end means. `others` are the delivery's other attempts: a refusal counts only if each of them
    has a certain no; otherwise one may be public, and it is `lost`. A duplicate is never a refusal."""
    match result:
        case Result.RECEIPT:
            return Verdict(Step.SENT, AttemptOutcome.SENT)
        case Result.THROTTLED | Result.NOT_CALLED:
            return Verdict(Step.THROTTLED, AttemptOutcome.NO)
        case Result.REFUSED:
            return Verdict(Step.REFUSED if all(map(_no, others)) else Step.LOST, AttemptOutcome.NO)
        case Result.LOST | Result.DUPLICATE:
            return Verdict(Step.LOST, AttemptOutcome.LOST)


def left_behind(view: DeliveryView) -> Verdict:
    """What a delivery found SENDING means to who takes it over: its holder died or froze. If the holder could
    still write down a certain no, the reply waits again and gets a verdict of its own."""
    if all(map(_no, view.own)):
        return Verdict(Step.THROTTLED)
    return Verdict(Step.LOST, AttemptOutcome.LOST)


def news_of(receipt_of: int, view: DeliveryView) -> Step:
    """What a receipt is to the conversation: a fact, whenever it comes and whoever brings it. It ends the
    delivery that is on the wire; for anything else it is news about an earlier attempt."""
    on_the_wire = view.state in {DeliveryState.SENDING, DeliveryState.UNSURE}
    return Step.SENT if receipt_of == view.id and on_the_wire else Step.SURFACED


def _no(attempt: AttemptView) -> bool:
    return attempt.outcome is AttemptOutcome.NO


# ------------------------------------------------------------------------------------------ put together


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """The sentences, and the two decisions that are made of them."""

    uncertain: Callable[[DeliveryView], tuple[AttemptView, ...]] = uncertain
    settled: Callable[[AttemptView, Bounds], bool] = settled
    may_be_absent: Callable[[tuple[AttemptView, ...], Bounds], bool] = may_be_absent
    may_settle_absent: Callable[[DeliveryView, Bounds], bool] = may_settle_absent
    may_commit: Callable[..., bool] = may_commit
    may_report: Callable[..., bool] = may_report
    may_call: Callable[..., bool] = may_call
    read_outcome: Callable[..., Verdict] = read_outcome
    left_behind: Callable[[DeliveryView], Verdict] = left_behind
    news_of: Callable[[int, DeliveryView], Step] = news_of

    def next_step(self, view: DeliveryView, *, now: datetime, bounds: Bounds) -> NextStep:
        """What whoever took this row does first. Never a call: that needs a look, a recheck and an intent."""
        if view.state in {DeliveryState.SENT, DeliveryState.VOID}:
            return Nothing()
        if view.state is DeliveryState.SENDING:
            return self.left_behind(view)
        if view.state is DeliveryState.WAITING:
            if view.sends >= MOST_SENDS or len([one for one in view.own if not _no(one)]) >= MOST_LOST:
                return Verdict(Step.UNFIT, why="tried_too_often")
            if now < view.hold_until:
                return WaitUntil(view.hold_until)
        open_ones = self.uncertain(view)
        if not open_ones:
            return Recheck() if view.state is DeliveryState.WAITING else Verdict(Step.ABSENT)
        waits = [bounds.wait - each.watched for each in open_ones if not self.settled(each, bounds)]
        return WaitUntil(now + max(waits)) if waits else LookFor(open_ones)

    def after_look(self, view: DeliveryView, found: Found, *, now: datetime, bounds: Bounds) -> AfterLook:
        """What a look means. Finding is a fact at any time; not finding means something only when the time has
        passed, and only on a platform with declared bounds."""
        if found in {Found.OURS, Found.OTHER}:
            step = self.news_of(view.id if found is Found.OURS else -1, view)
            return Verdict(step, AttemptOutcome.SENT)
        open_ones = self.uncertain(view)
        waiting = view.state is DeliveryState.WAITING
        if found is Found.NOTHING and self.may_be_absent(open_ones, bounds):
            return Recheck() if waiting else Verdict(Step.ABSENT, AttemptOutcome.ABSENT)
        again = now + LOOK_AGAIN[min(view.looks, len(LOOK_AGAIN) - 1)]
        if not waiting:
            return AskPerson(again)
        looked = found is Found.NOTHING or not bounds.finds  # a look that failed is none
        if looked and not bounds.tells and all(each.by_person for each in open_ones):
            return Recheck()  # nobody but a person can say here that it is absent, and one did
        return Verdict(Step.UNFIT, why="cannot_look") if view.looks >= MOST_LOOKS else WaitUntil(again)


PROTOCOL = Protocol()
