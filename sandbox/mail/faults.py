"""What can go wrong on command, as one table. Where each fault strikes is read by `smtp` and `imap`."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sandbox.misbehaving import ActiveFault, ActiveFaults, FaultKind


class Fault(StrEnum):
    """A way to misbehave. The first seven strike a mail and are used up; the others last until cleared."""

    ACCEPT_AND_DROP = "accept_and_drop"
    ACCEPT_AND_HANG = "accept_and_hang"
    ACCEPT_LATE = "accept_late"
    FAIL_BEFORE = "fail_before"
    THROTTLE = "throttle"
    REFUSE = "refuse"
    REFUSE_WORDS = "refuse_words"
    CUT_OFF = "cut_off"
    NO_IDLE = "no_idle"
    SILENT_IDLE = "silent_idle"
    DROP_IDLE = "drop_idle"
    NONSENSE = "nonsense"


class Where(StrEnum):
    """Which door a striking fault meets."""

    SMTP = "smtp"
    ANY = "any"


FAULTS: Mapping[Fault, FaultKind] = MappingProxyType(
    {
        Fault.ACCEPT_AND_DROP: FaultKind("takes the mail and drops the line without an answer", strikes=True),
        Fault.ACCEPT_AND_HANG: FaultKind("takes the mail and never answers", strikes=True, seconds=3600),
        Fault.ACCEPT_LATE: FaultKind("drops the line after the last dot and takes it `seconds` later", strikes=True),
        Fault.FAIL_BEFORE: FaultKind("drops the line after the last dot and takes nothing", strikes=True),
        Fault.THROTTLE: FaultKind("answers the recipient with 450", strikes=True, status=450),
        Fault.REFUSE: FaultKind("answers the recipient with 550", strikes=True, status=550),
        Fault.REFUSE_WORDS: FaultKind("answers the last dot with 554", strikes=True, status=554),
        Fault.CUT_OFF: FaultKind("closes every connection, as a network that is gone"),
        Fault.NO_IDLE: FaultKind("does not know IDLE"),
        Fault.SILENT_IDLE: FaultKind("takes IDLE and never says anything"),
        Fault.DROP_IDLE: FaultKind("closes every line that idles"),
        Fault.NONSENSE: FaultKind("answers every question with nonsense"),
    }
)

Active = ActiveFault[Fault, Where]


class Faults(ActiveFaults[Fault, Where]):
    """The faults of this server that are on."""

    def __init__(self) -> None:
        super().__init__(FAULTS, usual=Where.SMTP, anywhere=Where.ANY)
