"""Single fields out of payloads that may be anything. Pure; leaves whole payloads to each surface's `inbound`."""

from __future__ import annotations

from datetime import UTC, datetime


class Odd(Exception):
    """A field is missing or of another kind. A surface's `inbound.read` makes an `Ignored` of it."""


def a_map(value: object, key: str) -> dict[str, object]:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise Odd(f"no {key}")
    return found


def a_text(value: object, key: str) -> str:
    """A string that can be stored: half a surrogate pair, which JSON may carry, becomes a replacement character."""
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, str):
        raise Odd(f"no {key}")
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")


def an_id(value: object, key: str) -> str:
    found = a_text(value, key)
    if not found or len(found) > 500:
        raise Odd(f"no {key}")
    return found


def maybe(value: object, key: str) -> str | None:
    found = value.get(key) if isinstance(value, dict) else None
    return a_text(value, key) if isinstance(found, str) and found else None


def a_moment(value: object, key: str) -> datetime:
    """Slack's "1700000000.000100"."""
    try:
        return datetime.fromtimestamp(float(an_id(value, key)), UTC)
    except (ValueError, OverflowError, OSError):
        raise Odd(f"{key} is no time") from None
