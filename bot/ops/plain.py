"""Our values as JSON: a dataclass is an object with its fields' names, a moment is ISO 8601 in UTC with a Z."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum


def plain(value: object) -> object:
    """What json can write. Durations are seconds; keys are strings. Raises TypeError for what it does not know."""
    if value is None or (isinstance(value, str | bool | int | float) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    raise TypeError(f"{type(value).__name__} has no plain form")


def dumps(value: object) -> str:
    """For people's eyes and for programs: indented."""
    return json.dumps(plain(value), ensure_ascii=False, indent=2)


def line(value: object) -> str:
    """One line of a file of JSON lines."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
