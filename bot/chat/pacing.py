"""How fast a surface may be written to: buckets that fill with time, and pauses that it asked for. One event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: No surface is believed for longer: then it is asked again.
LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(slots=True)
class Bucket:
    """`burst` calls at once, then one every `every` seconds. `paused_until` is what the surface asked for."""

    every: float
    burst: int
    clock: Callable[[], datetime]
    tokens: float = field(init=False)
    filled_at: datetime = field(init=False)
    paused_until: datetime | None = None

    def __post_init__(self) -> None:
        self.tokens = float(self.burst)
        self.filled_at = self.clock()

    def wait(self) -> float:
        """Seconds until a call may be made; 0 when it may be made now."""
        now = self.clock()
        if self.paused_until is not None:
            if now < self.paused_until:
                # A clock that jumped back must not make a pause longer.
                self.paused_until = min(self.paused_until, now + LONGEST_PAUSE)
                return (self.paused_until - now).total_seconds()
            self.paused_until = None
        passed = (now - self.filled_at).total_seconds()
        self.filled_at = now
        # A clock that jumped back fills nothing and takes nothing away.
        self.tokens = min(float(self.burst), self.tokens + max(passed, 0.0) / max(self.every, 0.001))
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) * self.every

    def spend(self) -> None:
        """One call is made."""
        self.tokens -= 1

    def pause(self, until: datetime) -> None:
        """The surface said when to come again. Never longer than ten minutes on its word."""
        self.paused_until = min(until, self.clock() + LONGEST_PAUSE)
