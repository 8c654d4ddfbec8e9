"""Today's numbers for `/metrics`: the same that the summary has, counted anew at most once a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.reports.daily import Figure, Numbers, numbers
from bot.reports.timing import Target
from models.store import Session

#: Whoever asks more often gets the same again: counting a busy day takes a second.
FRESH_FOR = timedelta(minutes=1)

Rows = list[tuple[str, dict[str, str], float]]


class Today:
    """Of these channels: by name, their row and what their customers may expect."""

    def __init__(self, channels: Mapping[str, tuple[int, Target]], clock: Callable[[], datetime]) -> None:
        self._channels = channels
        self._clock = clock
        self._rows: Rows = []
        self._until: datetime | None = None

    async def figures(self, session: Session) -> Rows:
        """(name, labels, value) for each."""
        now = self._clock()
        if self._until is None or now >= self._until:
            rows: Rows = []
            for name, (channel, target) in self._channels.items():
                day = now.astimezone(target.calendar.zone).date()
                rows += rows_of(name, await numbers(session, channel, target, day, day, names=False, now=now))
            self._rows, self._until = rows, now + FRESH_FOR
        return self._rows


def rows_of(channel: str, day: Numbers) -> Rows:
    """A day's numbers as figures; those of which there was none are 0."""
    rows: Rows = [("twoway_today", {"channel": channel, "figure": one.value}, day.of(one)) for one in Figure]
    rows.append(("twoway_target_seconds", {"channel": channel}, day.within.total_seconds()))
    for clock, spread in (("wall", day.wall), ("working", day.business or day.wall)):
        if spread is not None:
            labels = {"channel": channel, "clock": clock}
            rows.append(("twoway_today_answer_seconds", labels | {"quantile": "0.5"}, spread.median.total_seconds()))
            rows.append(("twoway_today_answer_seconds", labels | {"quantile": "0.9"}, spread.most.total_seconds()))
    for part, length in day.parts.items():
        labels = {"channel": channel, "part": part.value}
        rows.append(("twoway_today_part_seconds", labels, length.median.total_seconds()))
    return rows
