"""What can go wrong on command, as one table. Where each fault strikes is read by `gate` and `streaming`."""

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
    IGNORE_KEY = "ignore_key"
    LAG = "lag"
    NO_STREAM = "no_stream"
    STREAM_DROP = "stream_drop"
    STREAM_SILENT = "stream_silent"
    ODD_ERRORS = "odd_errors"
    ODD_ACCT = "odd_acct"
    NO_HISTORY = "no_history"
    NO_BATCH = "no_batch"
    NO_EDIT_EVENTS = "no_edit_events"
    NO_DELETE_EVENTS = "no_delete_events"
    UNIX_RESET = "unix_reset"
    CUT_OFF = "cut_off"


class Where(StrEnum):
    """Which calls a striking fault meets."""

    PUBLISH = "publish"  # POST /api/v1/statuses
    CHANGE = "change"  # PUT and DELETE of a status
    READ = "read"  # every GET but streams
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
        Fault.REFUSE: FaultKind("answers `status` (422 or 403) and accepts nothing", strikes=True, status=422),
        Fault.IGNORE_KEY: FaultKind("makes a new status for every call, whatever its Idempotency-Key"),
        Fault.LAG: FaultKind("shows the account's own posts in lists only after `seconds`", seconds=5),
        Fault.NO_STREAM: FaultKind("has no streaming: 404"),
        Fault.STREAM_DROP: FaultKind("drops streams: those that are open, and each new one at once"),
        Fault.STREAM_SILENT: FaultKind("keeps streams open and sends nothing, not even a heartbeat"),
        Fault.ODD_ERRORS: FaultKind("answers a bad token with 400 and plain text, a validation with 400"),
        Fault.ODD_ACCT: FaultKind("writes `acct` of local people with the domain in some places"),
        Fault.NO_HISTORY: FaultKind("has no history of edits: 404"),
        Fault.NO_BATCH: FaultKind("knows no GET /api/v1/statuses?id[]: 404"),
        Fault.NO_EDIT_EVENTS: FaultKind("pushes no edits, as for an account that does not follow the author"),
        Fault.NO_DELETE_EVENTS: FaultKind("pushes no deletions"),
        Fault.UNIX_RESET: FaultKind("writes X-RateLimit-Reset as a unix time"),
        Fault.CUT_OFF: FaultKind("closes every connection, as a network that is gone"),
    }
)


Active = ActiveFault[Fault, Where]


class Faults(ActiveFaults[Fault, Where]):
    """The faults of this server that are on."""

    def __init__(self) -> None:
        super().__init__(FAULTS, usual=Where.PUBLISH, anywhere=Where.ANY)
