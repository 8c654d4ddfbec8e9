"""What can go wrong with a platform. The type of the error is the certainty; words are for people only.

For `publish`, `correct` and `retract` there are exactly three: `Refused` (nothing was posted, we know),
`Throttled` (nothing was posted, later) and `Lost` (we do not know). There is no fourth kind.
For reading there are `AuthFailed`, `Unreachable`, `Throttled` and `Malformed`.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum


class Reason(Enum):
    """Why a platform (or our own pre-flight) says no. A code for programs; a sentence stands beside it."""

    GONE = "gone"  # the post we answer is not there any more, or not for us
    NOT_ALLOWED = "not_allowed"  # this account may not answer there: blocked, locked, never mentioned
    CLOSED = "closed"  # too late, the reply window is over
    AUTH = "auth"  # our token or its scopes
    TOO_LONG = "too_long"
    INVALID = "invalid"  # the platform found the content wrong
    TOO_WIDE = "too_wide"  # the answer would be seen by more people than the post
    DIFFERENT = "different"  # our reply's text is not the one we were asked to correct
    UNSUPPORTED = "unsupported"  # this platform cannot do it
    OTHER = "other"


class PlatformError(Exception):
    """The root of the tree; nothing raises it itself."""


class Refused(PlatformError):
    """Nothing was posted, we know, and the same call would be refused again."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class Throttled(PlatformError):
    """Nothing was posted, we know; the same call may pass after `until`."""

    def __init__(self, until: datetime, sentence: str = "the platform asks us to wait") -> None:
        super().__init__(sentence)
        self.until = until
        self.sentence = sentence


class Lost(PlatformError):
    """We do not know whether it was posted. Look before anything is sent again."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class AuthFailed(PlatformError):
    """Reading: the platform does not take our token. The sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unreachable(PlatformError):
    """Reading: no usable answer, also after what repeating was allowed. Try again, not before `retry_at`."""

    def __init__(self, detail: str, retry_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_at = retry_at


class Malformed(PlatformError):
    """A payload that is not what the platform documents. Says where, never the content."""

    def __init__(self, where: str, expected: str) -> None:
        super().__init__(f"{where}: expected {expected}")
        self.where = where
        self.expected = expected
