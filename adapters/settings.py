"""A platform's settings as data: each declares a frozen dataclass, this reads it from a table of `twoway.toml`.

Where the table and the secrets come from, and how a mistake is shown, is left to the caller.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


class SettingError(Exception):
    """One mistake: which key, what is wrong and what would be right, as one sentence."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}")
        self.key = key
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting. A secret comes from the environment `TWOWAY_<ACCOUNT>_<KEY>`, never from the file."""

    key: str
    kind: type
    required: bool
    default: object
    secret: bool
    help: str


def setting(help: str, *, default: object = MISSING, secret: bool = False) -> Any:
    """A field of a settings dataclass. (`Any`, because a field stands where its value's type is declared.)"""
    meta = {"help": help, "secret": secret}
    return field(default=default, metadata=meta, repr=not secret)


def declared(settings: type) -> tuple[Setting, ...]:
    """All settings of a platform, in order: for reading, for `twoway platforms`, for the reference page."""
    hints = typing.get_type_hints(settings)
    return tuple(
        Setting(
            key=item.name,
            kind=_kind(hints[item.name]),
            required=item.default is MISSING,
            default=None if item.default is MISSING else item.default,
            secret=bool(item.metadata.get("secret")),
            help=str(item.metadata.get("help", "")),
        )
        for item in fields(settings)
    )


def _kind(hint: object) -> type:
    if isinstance(hint, types.UnionType):
        hint = next(part for part in hint.__args__ if part is not type(None))
    assert isinstance(hint, type)
    return hint


def build(settings: type[T], table: Mapping[str, object], secrets: Mapping[str, str]) -> T:
    """The settings from a table and the secrets found for it; `SettingError` for the first mistake."""
    known = declared(settings)
    public = [item.key for item in known if not item.secret]
    for key in table:
        if any(item.key == key and item.secret for item in known):
            raise SettingError(key, "is a secret: put it into the environment, not into the file.")
        if key not in public:
            raise SettingError(key, f"is unknown here; known are {', '.join(public)}.")
    values: dict[str, object] = {}
    for item in known:
        given = secrets.get(item.key) if item.secret else table.get(item.key)
        if given is None or given == "":
            if item.required:
                raise SettingError(item.key, "is missing." + (f" {item.help}" if item.help else ""))
            continue
        values[item.key] = _read(item, given)
    return settings(**values)


def _read(item: Setting, given: object) -> object:
    if item.kind is timedelta:
        return read_duration(item.key, given)
    if issubclass(item.kind, Enum):
        try:
            return item.kind(given)
        except ValueError:
            choices = ", ".join(str(member.value) for member in item.kind)
            raise SettingError(item.key, f"must be one of {choices}.") from None
    names = {str: "words in quotes", bool: "true or false", int: "a whole number"}
    if not isinstance(given, item.kind) or (item.kind is int and isinstance(given, bool)):
        raise SettingError(item.key, f"must be {names.get(item.kind, item.kind.__name__)}.")
    return given


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def read_duration(key: str, given: object) -> timedelta:
    """A duration such as "30s", "1.5h" or "2d"."""
    found = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|h|d)\s*", given) if isinstance(given, str) else None
    if found is None:
        raise SettingError(key, 'must be a duration such as "30s", "5m" or "1h".')
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])
