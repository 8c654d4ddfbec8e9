"""What can go wrong on command, as one table. Where each fault strikes is read by `gate`, `appview` and `jetstream`."""

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


Active = ActiveFault[Fault, Where]


class Faults(ActiveFaults[Fault, Where]):
    """The faults of this server that are on."""

    def __init__(self) -> None:
        super().__init__(FAULTS, usual=Where.PUBLISH, anywhere=Where.ANY)
