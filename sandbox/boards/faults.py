"""What can go wrong on command, as one table. Where each fault strikes is read by `standin`."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sandbox.misbehaving import ActiveFault, ActiveFaults, FaultKind


class Fault(StrEnum):
    """A way to misbehave. The first seven strike a call and are used up; the others last until cleared."""

    ACCEPT_AND_DROP = "accept_and_drop"
    ACCEPT_AND_HANG = "accept_and_hang"
    ACCEPT_LATE = "accept_late"
    FAIL_BEFORE = "fail_before"
    FAIL_AFTER = "fail_after"
    THROTTLE = "throttle"
    REFUSE = "refuse"
    HOLD = "hold"
    NONSENSE = "nonsense"
    CUT_OFF = "cut_off"


class Where(StrEnum):
    """Which calls a striking fault meets."""

    PUBLISH = "publish"  # a new reply
    CHANGE = "change"  # an edit or a deletion
    READ = "read"
    ANY = "any"


FAULTS: Mapping[Fault, FaultKind] = MappingProxyType(
    {
        Fault.ACCEPT_AND_DROP: FaultKind("does what was asked and drops the line without an answer", strikes=True),
        Fault.ACCEPT_AND_HANG: FaultKind("does what was asked and never answers", strikes=True, seconds=3600),
        Fault.ACCEPT_LATE: FaultKind("drops the line at once and does it after `seconds`", strikes=True, seconds=2),
        Fault.FAIL_BEFORE: FaultKind("answers `status` and does nothing", strikes=True, status=503),
        Fault.FAIL_AFTER: FaultKind("does what was asked and answers `status`", strikes=True, status=502),
        Fault.THROTTLE: FaultKind("answers 429; the limit ends after `seconds`", strikes=True, seconds=30, status=429),
        Fault.REFUSE: FaultKind("says no as this board does, and does nothing", strikes=True, status=403),
        Fault.HOLD: FaultKind("holds every new reply of ours for a moderator, where the board has moderators"),
        Fault.NONSENSE: FaultKind("answers every question with a page of HTML and status 200"),
        Fault.CUT_OFF: FaultKind("closes every connection, as a network that is gone"),
    }
)

Active = ActiveFault[Fault, Where]


class Faults(ActiveFaults[Fault, Where]):
    """The faults of this board that are on."""

    def __init__(self) -> None:
        super().__init__(FAULTS, usual=Where.PUBLISH, anywhere=Where.ANY)
