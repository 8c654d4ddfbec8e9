"""Until when a server asks us to wait, out of its headers, in any of the spellings that were seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(hours=1)  # whatever a header says


def read_wait(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when a server asks us to wait, from `Retry-After` or a rate-limit reset; None if it does not say."""
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"):
        value = headers.get(name)
        if value is not None and (until := read_moment(value, now)) is not None:
            return min(until, now + LONGEST_WAIT)
    return None


def read_moment(value: str, now: datetime) -> datetime | None:
    """A moment in any of the spellings seen: seconds from now, unix time, ISO 8601, HTTP date."""
    value = value.strip()
    try:
        number = float(value)
        # Nobody waits for 30 years and no server's clock is before 2001: above it is a unix time.
        return datetime.fromtimestamp(number, UTC) if number > 1e9 else now + timedelta(seconds=max(0.0, number))
    except (ValueError, OverflowError, OSError):
        pass
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = parse(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
