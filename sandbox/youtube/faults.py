"""What can go wrong on command, as one table. Where each fault strikes is read by `gate`, `api` and `signin`."""

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
    QUOTA = "quota"
    NO_ORIGINALS = "no_originals"
    OMIT_HELD = "omit_held"
    SPAM = "spam"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    CUT_OFF = "cut_off"


class Where(StrEnum):
    """Which calls a striking fault meets."""

    PUBLISH = "publish"  # comments.insert
    CHANGE = "change"  # comments.update and comments.delete
    READ = "read"  # every list
    TOKEN = "token"  # the token address
    ANY = "any"


FAULTS: Mapping[Fault, FaultKind] = MappingProxyType(
    {
        Fault.ACCEPT_AND_DROP: FaultKind("accepts the comment and drops the line without an answer", strikes=True),
        Fault.ACCEPT_AND_HANG: FaultKind("accepts the comment and never answers", strikes=True, seconds=3600),
        Fault.ACCEPT_LATE: FaultKind(
            "drops the line at once and accepts the comment after `seconds`", strikes=True, seconds=2
        ),
        Fault.HANG: FaultKind("accepts nothing and never answers", strikes=True, seconds=3600),
        Fault.FAIL_BEFORE: FaultKind("answers `status` and accepts nothing", strikes=True, status=502),
        Fault.FAIL_AFTER: FaultKind("accepts the comment and answers `status`", strikes=True, status=502),
        Fault.THROTTLE: FaultKind("answers `status` rateLimitExceeded, and to wait `seconds`", True, 30, 429),
        Fault.REFUSE: FaultKind("answers `status` with the reason in `error` and accepts nothing", True, status=400),
        Fault.LAG: FaultKind("lists show a comment only after `seconds`", seconds=5),
        Fault.QUOTA: FaultKind("says that the quota is used up"),
        Fault.NO_ORIGINALS: FaultKind("gives textOriginal for our own comments only, as is guaranteed"),
        Fault.OMIT_HELD: FaultKind("leaves out what is held for review or taken for spam, where it is asked for by id"),
        Fault.SPAM: FaultKind("takes what we write for spam, in silence"),
        Fault.EXPIRED: FaultKind("says of every access token made so far that it has expired"),
        Fault.REVOKED: FaultKind("takes no refresh token any more"),
        Fault.SUSPENDED: FaultKind("has suspended our account"),
        Fault.CUT_OFF: FaultKind("closes every connection, as a network that is gone"),
    }
)


Active = ActiveFault[Fault, Where]


class Faults(ActiveFaults[Fault, Where]):
    """The faults of this server that are on."""

    def __init__(self) -> None:
        super().__init__(FAULTS, usual=Where.PUBLISH, anywhere=Where.ANY)
