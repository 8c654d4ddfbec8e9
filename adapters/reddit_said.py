"""What Reddit answers to what we write: errors that come with status 200, the wait it asks for, what was made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.errors import Malformed
from adapters.payload import read_list, read_object
from adapters.reddit_read import Thing, read_thing


@dataclass(frozen=True, slots=True)
class Said:
    """What Reddit answered to a form: errors (code, words), the wait it asks for, and what was made."""

    errors: tuple[tuple[str, str], ...]
    wait: timedelta | None
    thing: Thing | None


def read_said(value: object, *, me: str | None) -> Said:
    """The answer of a form with `api_type=json`. Its errors come with status 200."""
    entry = read_object(read_object(value, "answer").get("json", {}), "answer json")
    errors: list[tuple[str, str]] = []
    for item in read_list(entry.get("errors", []), "answer errors"):
        parts = [one if isinstance(one, str) else "" for one in read_list(item, "answer error")]
        if not parts or not parts[0]:
            raise Malformed("answer error", "a code")
        errors.append((parts[0], parts[1] if len(parts) > 1 else ""))
    data = entry.get("data")
    things = data.get("things") if isinstance(data, dict) else None
    made = read_thing(things[0], me=me) if isinstance(things, list) and things else None
    return Said(tuple(errors), _wait(entry.get("ratelimit"), errors), made)


PACE = "RATELIMIT"  # the code that asks to wait
_UNITS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _wait(seconds: object, errors: Sequence[tuple[str, str]]) -> timedelta | None:
    """How long to wait: as a number where one stands, else from the sentence ("try again in 9 minutes")."""
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 10**6:
        return timedelta(seconds=float(seconds))
    for code, words in errors:
        found = re.search(r"\b(\d{1,5}) (millisecond|second|minute|hour|day)s?\b", words) if code == PACE else None
        if found is not None:
            # It rounds down: whoever comes back after "9 minutes" is told to wait for 53 seconds.
            return timedelta(seconds=(int(found[1]) + 1) * _UNITS[found[2]])
    return None


def read_reason(value: object) -> str:
    """What Reddit calls the cause of a 403 or 404: "private", "banned", "quarantined"; "" where it says nothing."""
    reason = value.get("reason") if isinstance(value, dict) else None
    return reason if isinstance(reason, str) else ""
