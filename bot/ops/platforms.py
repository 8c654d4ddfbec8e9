"""What the registered platforms can do and what they ask of an account, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from enum import Enum

from adapters import registry
from adapters.settings import declared
from bot.settings.values import token_name


def described() -> list[dict[str, object]]:
    """Every platform: its name, capabilities and settings. Only plain JSON values; durations are seconds."""
    return [_described(name) for name in registry.names()]


def _described(name: str) -> dict[str, object]:
    platform = registry.load(name)
    return {
        "name": name,
        "can": {one.name: _plain(getattr(platform.declares, one.name)) for one in fields(platform.declares)},
        "settings": [
            {
                "key": one.key,
                "needed": one.required,
                "from": token_name("ACCOUNT", one.key) if one.secret else "twoway.toml",
                "help": one.help,
            }
            for one in declared(platform.settings)
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def as_table(found: Sequence[Mapping[str, object]]) -> str:
    """The same for people: what each platform can do in a line, then what it asks."""
    return "\n\n".join(_as_lines(one) for one in found)


def _as_lines(one: Mapping[str, object]) -> str:
    can, asked = one["can"], one["settings"]
    assert isinstance(can, dict)
    assert isinstance(asked, list)
    abilities = [key for key in ("replies", "corrects", "retracts", "searches", "threads") if can.get(key) is True]
    lines = [
        str(one["name"]),
        f"  hears by   {', '.join(map(str, can['hears']))}",
        f"  can        {', '.join(abilities)}",
    ]
    for setting in asked:
        needed = "needed" if setting["needed"] else "if wanted"
        where = setting["from"] if str(setting["from"]).startswith("TWOWAY_") else setting["key"]
        lines.append(f"  {needed:9}  {where}: {setting['help']}".rstrip(": "))
    return "\n".join(lines)
