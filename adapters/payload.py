"""Payloads from outside are `object` until one of these made them ours. Every failure is a `Malformed`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias, Union

from adapters.errors import Malformed

JSON: TypeAlias = Union[bool, int, float, str, Sequence["JSON"], Mapping[str, "JSON"], None]  # noqa: UP007


def read_object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Malformed(where, "an object")
    return value


def read_list(value: object, where: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise Malformed(where, "a list")
    return value


def read_str(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed(where, "a string")
    return storable(value)


def storable(words: str) -> str:
    """Words that every database and socket takes: no NUL, no half of a surrogate pair (JSON allows both)."""
    return words.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_str_or_none(value: object, where: str) -> str | None:
    return None if value is None else read_str(value, where)


def read_id(value: object, where: str) -> str:
    """An opaque id: a string that is not empty. Some servers send a number; a bool is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value or storable(value) != value:
        raise Malformed(where, "an id")
    return value


def read_int(value: object, where: str) -> int:
    """JSON knows one sort of number: 5.0 is whole as well."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(where, "a whole number")
    return value


def read_time(value: object, where: str) -> datetime:
    """An aware UTC time from ISO 8601; a time without zone is UTC."""
    try:
        at = datetime.fromisoformat(read_str(value, where))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(where, "a time in ISO 8601") from None


def read_time_or_none(value: object, where: str) -> datetime | None:
    return None if value is None else read_time(value, where)


def read_json(value: object, where: str) -> JSON:
    """Any JSON value, checked to the bottom."""
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {read_str(key, where): read_json(item, where) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [read_json(item, where) for item in value]
    raise Malformed(where, "JSON")
