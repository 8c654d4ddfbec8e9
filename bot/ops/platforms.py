"""What the registered platforms can do and what they ask of an account, for people and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from enum import Enum

from adapters import registry
from adapters.reference import OVERVIEW_HEAD, TITLE, capability_rows, overview_row
from adapters.settings import declared
from bot.ops.tables import WIDTH, table
from bot.settings.values import token_name


def described() -> list[dict[str, object]]:
    """Every platform: its name, capabilities and settings. Only plain JSON values; durations are seconds.

    One of somebody else's that cannot be used has a `problem` instead.
    """
    return [_described(name) for name in registry.names()]


def _described(name: str) -> dict[str, object]:
    try:
        platform = registry.load(name)
    except registry.Unusable as error:
        return {"name": name, "problem": str(error)}
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


def fill(words: str, *, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most 80 columns; an address that is longer stands whole."""
    return textwrap.wrap(
        words, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


LEGEND = (
    "Hears: how news arrives. Edits, Gone: how a customer's edit or deletion is noticed; by push we are told, by poll "
    "we ask again. Answers: whose posts. For: so long after a post. Fixes, Undo: our reply can be corrected, taken "
    "back. Repeat: what becomes of a reply that is sent twice."
)
MORE = "`twoway platforms NAME` says all of it, where each number is from, and what to set."


def as_table(names: Sequence[str]) -> str:
    """For people: a line for each platform, at most 80 columns wide."""
    rows, broken = [], []
    for name in names:
        try:
            rows.append((name, *overview_row(registry.load(name).declares)))
        except registry.Unusable as error:
            broken += fill(str(error))
    most = (15, 16, 5, 4, 12, 4, 5, 4)
    return "\n".join([table(OVERVIEW_HEAD, rows, most), "", *broken, *fill(LEGEND), *fill(MORE)])


def as_page(name: str) -> str:
    """For people: all about one platform, at most 80 columns wide."""
    kind = registry.load(name)
    lines = [registry.title(name), ""]
    for says, value, source in capability_rows(kind.declares):
        if says != TITLE:
            lines += fill(f"{says}: {value}", first="  ", rest="      ")
            lines += fill(f"({source})", first="      ", rest="       ") if source else []
    lines += ["", "What to set:"]
    for one in declared(kind.settings):
        where = f"{token_name('ACCOUNT', one.key)} (environment)" if one.secret else one.key
        lines += fill(f"{where}{', required' if one.required else ''}: {one.help}", first="  ", rest="      ")
    if registry.connects(kind):
        lines += ["", *fill("`twoway connect ACCOUNT` connects an account in the browser.")]
    return "\n".join(lines)
