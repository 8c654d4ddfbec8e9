"""What can go wrong on command, as one table. Where each fault strikes is read by `door`."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sandbox.misbehaving import ActiveFault, ActiveFaults, FaultKind


class Fault(StrEnum):
    """A way to misbehave. The first nine strike a call and are used up; the others last until cleared."""

    ACCEPT_AND_DROP = "accept_and_drop"
    ACCEPT_AND_HANG = "accept_and_hang"
    ACCEPT_LATE = "accept_late"
    HANG = "hang"
    FAIL_BEFORE = "fail_before"
    FAIL_AFTER = "fail_after"
    THROTTLE = "throttle"
    REFUSE = "refuse"
    GARBLE = "garble"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    CUT_OFF = "cut_off"
    NO_CALLS = "no_calls"


class Where(StrEnum):
    """Which calls a striking fault meets."""

    PUBLISH = "publish"  # comments and messages of ours
    CHANGE = "change"  # edits, deletions
    READ = "read"
    ANY = "any"


FAULTS: Mapping[Fault, FaultKind] = MappingProxyType(
    {
        Fault.ACCEPT_AND_DROP: FaultKind("takes the reply and drops the line without an answer", strikes=True),
        Fault.ACCEPT_AND_HANG: FaultKind("takes the reply and never answers", strikes=True, seconds=3600),
        Fault.ACCEPT_LATE: FaultKind(
            "drops the line at once and takes the reply after `seconds`", strikes=True, seconds=2
        ),
        Fault.HANG: FaultKind("takes nothing and never answers", strikes=True, seconds=3600),
        Fault.FAIL_BEFORE: FaultKind("answers `status`, error 2, and takes nothing", strikes=True, status=500),
        Fault.FAIL_AFTER: FaultKind("takes the reply and answers `status`, error 2", strikes=True, status=500),
        Fault.THROTTLE: FaultKind("answers error 80001; the limit ends after `seconds`", strikes=True, seconds=60),
        Fault.REFUSE: FaultKind("refuses with the code in `error` and takes nothing", strikes=True, status=400),
        Fault.GARBLE: FaultKind("answers with JSON that is cut in the middle", strikes=True),
        Fault.EXPIRED: FaultKind("says that our token has expired"),
        Fault.SUSPENDED: FaultKind("has restricted our account: error 368"),
        Fault.CUT_OFF: FaultKind("closes every connection, as a network that is gone"),
        Fault.NO_CALLS: FaultKind("loses every webhook"),
    }
)

Active = ActiveFault[Fault, Where]


class Faults(ActiveFaults[Fault, Where]):
    """The faults of this server that are on."""

    def __init__(self) -> None:
        super().__init__(FAULTS, usual=Where.PUBLISH, anywhere=Where.ANY)
