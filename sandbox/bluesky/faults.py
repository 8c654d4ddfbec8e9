"""What can go wrong on command, as one table. Where each fault strikes is read by `gate`, `appview` and `jetstream`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType


class Fault(StrEnum):
    """A way to misbehave. The first eight strike a call and are used up; the others last until cleared."""

    ACCEPT_AND_DROP = "accept_and_drop"
    ACCEPT_AND_HANG = "accept_and_hang"
    ACCEPT_LATE = "accept_late"
    HANG = "hang"
    FAIL_BEFORE = "fail_before"
    FAIL_AFTER = "fail_after"
    THROTTLE = "throttle"
    REFUSE = "refuse"
    LAG = "lag"
    NO_STREAM = "no_stream"
    STREAM_DROP = "stream_drop"
    STREAM_SILENT = "stream_silent"
    EXPIRED = "expired"
    TAKEDOWN = "takedown"
    CUT_OFF = "cut_off"


class Where(StrEnum):
    """Which calls a striking fault meets."""

    PUBLISH = "publish"  # putRecord and createRecord
    CHANGE = "change"  # deleteRecord
    SESSION = "session"  # createSession and refreshSession
    READ = "read"  # every query
    ANY = "any"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """What a fault does, in one sentence, and the numbers it takes when none are given."""

    does: str
    strikes: bool = False
    seconds: float = 0
    status: int = 0


FAULTS: Mapping[Fault, FaultKind] = MappingProxyType(
    {
        Fault.ACCEPT_AND_DROP: FaultKind("accepts the record and drops the line without an answer", strikes=True),
        Fault.ACCEPT_AND_HANG: FaultKind("accepts the record and never answers", strikes=True, seconds=3600),
        Fault.ACCEPT_LATE: FaultKind(
            "drops the line at once and accepts the record after `seconds`", strikes=True, seconds=2
        ),
        Fault.HANG: FaultKind("accepts nothing and never answers", strikes=True, seconds=3600),
        Fault.FAIL_BEFORE: FaultKind("answers `status` and accepts nothing", strikes=True, status=502),
        Fault.FAIL_AFTER: FaultKind("accepts the record and answers `status`", strikes=True, status=502),
        Fault.THROTTLE: FaultKind("answers 429; the limit ends after `seconds`", strikes=True, seconds=30, status=429),
        Fault.REFUSE: FaultKind("answers `status` with the name in `error` and accepts nothing", True, status=400),
        Fault.LAG: FaultKind("the AppView shows what the PDS has only after `seconds`", seconds=5),
        Fault.NO_STREAM: FaultKind("has no Jetstream: 404"),
        Fault.STREAM_DROP: FaultKind("drops streams: those that are open, and each new one at once"),
        Fault.STREAM_SILENT: FaultKind("keeps streams open and sends nothing"),
        Fault.EXPIRED: FaultKind("says of every access token made so far that it has expired", seconds=0),
        Fault.TAKEDOWN: FaultKind("has suspended our account"),
        Fault.CUT_OFF: FaultKind("closes every connection, as a network that is gone"),
    }
)


@dataclass(frozen=True, slots=True)
class Active:
    """A fault that is on. `left` is None until cleared."""

    fault: Fault
    left: int | None
    seconds: float
    status: int
    where: Where
    error: str | None

    def as_json(self) -> dict[str, object]:
        return {
            "fault": self.fault.value,
            "left": self.left,
            "seconds": self.seconds,
            "status": self.status,
            "where": self.where.value,
        }


class Faults:
    """The faults that are on, in the order they were set."""

    def __init__(self) -> None:
        self._active: list[Active] = []

    def set(
        self,
        fault: Fault,
        *,
        times: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
        where: Where = Where.PUBLISH,
        error: str | None = None,
    ) -> Active:
        """Switch a fault on. A striking one strikes `times` (once); a lasting one takes its own place."""
        kind = FAULTS[fault]
        active = Active(
            fault=fault,
            left=(times or 1) if kind.strikes else None,
            seconds=kind.seconds if seconds is None else seconds,
            status=kind.status if status is None else status,
            where=where,
            error=error,
        )
        if not kind.strikes:
            self.clear(fault)
        self._active.append(active)
        return active

    def clear(self, fault: Fault | None = None) -> None:
        self._active = [active for active in self._active if fault is not None and active.fault is not fault]

    def get(self, fault: Fault) -> Active | None:
        return next((active for active in self._active if active.fault is fault), None)

    def on(self, fault: Fault) -> bool:
        return self.get(fault) is not None

    def strike(self, where: Where) -> Active | None:
        """The fault that meets this call, used up by one; None when the call may pass."""
        for at, active in enumerate(self._active):
            if FAULTS[active.fault].strikes and active.where in (where, Where.ANY):
                left = (active.left or 1) - 1
                self._active[at : at + 1] = [replace(active, left=left)] if left > 0 else []
                return active
        return None

    def as_json(self) -> list[dict[str, object]]:
        return [active.as_json() for active in self._active]
