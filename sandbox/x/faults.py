"""What can go wrong on command, as one table. Where each fault strikes is read by `gate` and `api`."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sandbox.misbehaving import ActiveFault, ActiveFaults, FaultKind


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
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    NO_CREDIT = "no_credit"
    GARBLED = "garbled"
    CUT_OFF = "cut_off"


class Where(StrEnum):
    """Which calls a striking fault meets."""

    PUBLISH = "publish"  # POST /2/tweets
    CHANGE = "change"  # DELETE /2/tweets/:id
    WATCH = "watch"  # POST /2/activity/subscriptions
    READ = "read"
    ANY = "any"


FAULTS: Mapping[Fault, FaultKind] = MappingProxyType(
    {
        Fault.ACCEPT_AND_DROP: FaultKind("accepts the post and drops the line without an answer", strikes=True),
        Fault.ACCEPT_AND_HANG: FaultKind("accepts the post and never answers", strikes=True, seconds=3600),
        Fault.ACCEPT_LATE: FaultKind(
            "drops the line at once and accepts the post after `seconds`", strikes=True, seconds=2
        ),
        Fault.HANG: FaultKind("accepts nothing and never answers", strikes=True, seconds=3600),
        Fault.FAIL_BEFORE: FaultKind("answers `status` and accepts nothing", strikes=True, status=503),
        Fault.FAIL_AFTER: FaultKind("accepts the post and answers `status`", strikes=True, status=503),
        Fault.THROTTLE: FaultKind("answers 429; the limit ends after `seconds`", strikes=True, seconds=30, status=429),
        Fault.REFUSE: FaultKind("answers `status` with the detail in `error` and accepts nothing", True, status=403),
        Fault.LAG: FaultKind("lists and search show what is new only after `seconds`", seconds=5),
        Fault.EXPIRED: FaultKind("takes no access token that was made before"),
        Fault.SUSPENDED: FaultKind("has suspended our account"),
        Fault.NO_CREDIT: FaultKind("has no credits left for our app"),
        Fault.GARBLED: FaultKind("gives posts without their text"),
        Fault.CUT_OFF: FaultKind("closes every connection, as a network that is gone"),
    }
)


Active = ActiveFault[Fault, Where]


class Faults(ActiveFaults[Fault, Where]):
    """The faults of this server that are on."""

    def __init__(self) -> None:
        super().__init__(FAULTS, usual=Where.PUBLISH, anywhere=Where.ANY)
