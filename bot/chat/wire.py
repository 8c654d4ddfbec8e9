"""Inbound happenings as JSON and back, so that they can be written down before they are worked on. Pure."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Union, cast, get_args, get_origin, get_type_hints

from bot.chat.contract import Commanded, DialogClosed, HomeOpened, Inbound, Pressed, Shortcut, Signed, Submitted

KINDS: Mapping[str, type] = {
    kind.__name__: kind for kind in (Commanded, Pressed, Signed, Submitted, DialogClosed, Shortcut, HomeOpened)
}


class Unreadable(Exception):
    """A stored payload is not what its kind says."""


def to_json(value: Inbound) -> tuple[str, dict[str, object]]:
    """Its kind and its fields."""
    return type(value).__name__, cast("dict[str, object]", _out(value))


def from_json(kind: str, payload: object) -> Inbound:
    """What `to_json` was given. Raises Unreadable for anything else."""
    if kind not in KINDS:
        raise Unreadable(kind)
    try:
        return cast(Inbound, _in(KINDS[kind], payload))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{kind}: {type(error).__name__}") from error


def _out(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _out(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _out(item) for key, item in value.items()}
    return value


def _in(wanted: object, value: object) -> object:
    if get_origin(wanted) in (Union, types.UnionType):
        if value is None:
            return None
        return _in(next(kind for kind in get_args(wanted) if kind is not type(None)), value)
    if wanted is datetime:
        return datetime.fromisoformat(str(value))
    if isinstance(wanted, type) and is_dataclass(wanted):
        if not isinstance(value, dict):
            raise TypeError(wanted.__name__)
        hints = get_type_hints(wanted)
        known = {field.name for field in fields(wanted)} & value.keys()
        return wanted(**{name: _in(hints[name], value[name]) for name in known})
    if isinstance(wanted, type) and not isinstance(value, wanted):
        raise TypeError(wanted.__name__)
    return value
