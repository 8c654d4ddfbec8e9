"""How the stand-in misbehaves on command, and how it limits the rate. State only; others ask it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.teams.things import CannotDo

# What the next call of an operation may meet. `cut`, `hang_after` and `504_after` do the work first: accepted, and
# nobody is told.
FAULTS = frozenset({"401", "403", "412", "429", "500", "502", "503", "504", "hang", "cut", "hang_after", "504_after"})
OPERATIONS = ("create", "send", "update", "delete", "members", "member", "team", "channels", "token")

# Calls within seconds, a bot and thread: learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit, 2026-11
Windows = tuple[tuple[int, float], ...]
SENDING: Windows = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
ROSTER: Windows = ((14, 1.0), (16, 2.0), (120, 30.0), (3600, 3600.0))
WINDOWS = {
    "create": SENDING,
    "send": SENDING,
    "update": SENDING,
    "delete": SENDING,
    "members": ROSTER,
    "member": ROSTER,
}
ALL_OF_THEM: Windows = ((30, 1.0),)  # an app and tenant


@dataclass
class Fault:
    kind: str
    retry_after: int | None = 1


@dataclass
class Faults:
    """What is broken just now."""

    stamp: Callable[[], float]
    limits: str = "off"
    next_calls: dict[str, deque[Fault]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    no_targeted: bool = False
    drop_answers: int = 0
    duplicate: bool = False
    hold: int = 0
    calls: dict[str, deque[float]] = field(default_factory=dict)

    def fail_next(self, operation: str, kind: str, times: int, retry_after: int | None) -> None:
        if operation not in {*OPERATIONS, "*"}:
            raise CannotDo(f"an operation is one of {', '.join(OPERATIONS)} or *")
        if kind not in FAULTS or times < 0:
            raise CannotDo(f"a fault is one of {', '.join(sorted(FAULTS))}")
        self.next_calls.setdefault(operation, deque()).extend(Fault(kind, retry_after) for _ in range(times))

    def take(self, operation: str) -> Fault | None:
        for key in (operation, "*"):
            if queue := self.next_calls.get(key):
                return queue.popleft()
        return None

    def wait_for(self, operation: str, thread: str) -> float:
        """Seconds until this call would be allowed; 0 counts it now. Updates and sends share a thread's allowance."""
        if self.limits != "real" or operation == "token":
            return 0
        asked: list[tuple[str, Windows]] = [("all", ALL_OF_THEM)]
        if (windows := WINDOWS.get(operation)) is not None:
            asked.append((f"{'roster' if windows is ROSTER else 'sends'} {thread}", windows))
        wait = max(self._wait(key, windows) for key, windows in asked)
        if wait == 0:
            for key, _ in asked:
                self.calls[key].append(self.stamp())
        return wait

    def _wait(self, key: str, windows: Windows) -> float:
        now, made = self.stamp(), self.calls.setdefault(key, deque())
        while made and made[0] <= now - windows[-1][1]:
            made.popleft()
        wait = 0.0
        for allowed, seconds in windows:
            within = [at for at in made if at > now - seconds]
            if len(within) >= allowed:
                wait = max(wait, within[-allowed] + seconds - now)
        return wait
