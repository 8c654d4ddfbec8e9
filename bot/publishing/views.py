"""From rows to what the protocol decides over, and the two clocks of this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.publishing.protocol import AttemptView, DeliveryView, Reading
from models.lifecycle import Step
from models.reply import Attempt, AttemptOutcome, Delivery, DeliveryState
from models.sending import Order


def boot_time() -> timedelta:
    """This machine's steady clock, also counting while it sleeps (where the system has such a clock)."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return timedelta(seconds=time.monotonic() if boot is None else time.clock_gettime(boot))


@dataclass(frozen=True, slots=True)
class Clocks:
    """The wall clock, which may jump, and the steady one, which does not."""

    wall: Callable[[], datetime]
    steady: Callable[[], timedelta] = boot_time

    def read(self) -> Reading:
        return Reading(self.wall(), self.steady())


class Watch:
    """Since when this process has known of each attempt, on its steady clock. Not stored: another process, or this
    one after a restart, begins to watch anew, so that no clock of another's is believed."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._since: dict[int, timedelta] = {}

    def over(self, attempt: int) -> timedelta:
        """How long it has been watched; from now on, if it was not."""
        now = self._clocks.steady()
        return now - self._since.setdefault(attempt, now)

    def forget(self, attempts: Sequence[int]) -> None:
        for attempt in attempts:
            self._since.pop(attempt, None)


def delivery_view(row: Delivery, attempts: tuple[AttemptView, ...] = (), looks: int = 0) -> DeliveryView:
    """The row as the protocol sees it."""
    return DeliveryView(
        id=row.id,
        state=DeliveryState(row.state),
        fence=row.fence,
        sends=row.sends,
        hold_until=row.hold_until,
        attempts=attempts,
        looks=looks,
    )


def attempt_view(attempt: Attempt, state: DeliveryState, why: str, watched: timedelta) -> AttemptView:
    """An attempt of a delivery in this state. What belongs to one that is known to be sent is known."""
    outcome = AttemptOutcome.SENT if state is DeliveryState.SENT else AttemptOutcome(attempt.outcome)
    return AttemptView(
        delivery=attempt.delivery_id,
        number=attempt.number,
        intent_at=attempt.intent_at,
        outcome=outcome,
        watched=watched,
        by_person=state is DeliveryState.VOID and why == Step.SETTLE_ABSENT.value,
    )


def order_view(order: Order, watch: Watch, looks: int) -> DeliveryView:
    """A delivery with the attempts of its whole conversation."""
    settled = {AttemptOutcome.NO.value, AttemptOutcome.SENT.value}
    views = []
    for attempt, state, why in order.attempts:
        known = attempt.outcome in settled or state is DeliveryState.SENT
        if known:
            watch.forget([attempt.id])
        views.append(attempt_view(attempt, state, why, timedelta() if known else watch.over(attempt.id)))
    return delivery_view(order.saying.delivery, tuple(views), looks)
