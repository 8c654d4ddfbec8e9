"""The schemas of what the operator's commands print as JSON, out of the very values that are printed.

`docs/reference/json.md` is this page; a test compares.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.ops.exported_tables import DayLine
from bot.ops.exporting import ConversationLine, Exported, ReplyLine
from bot.ops.looking import Erasure, Queues
from bot.ops.routing import RouteTests
from bot.ops.tables import Audited
from models.reading.history import History
from models.reading.listed import LISTINGS
from models.reading.outline import Entry
from models.reading.person import CustomerPaper

#: What each command prints.
PRINTED: Mapping[str, tuple[type, ...]] = {
    "twoway queue --json": (Queues,),
    "twoway show N --json": (History,),
    "twoway audit verify --json": (Audited,),
    "twoway route test --json": (RouteTests,),
    "twoway erase CUSTOMER --yes --json": (Erasure,),
    "twoway export": (ConversationLine, ReplyLine),
    "twoway export --customer CUSTOMER": (CustomerPaper,),
    "twoway export --out DIR": (Entry, DayLine, *(listing.row for listing in LISTINGS.values())),
    "twoway export --out DIR --json": (Exported,),
}

HEAD = """\
# What the commands print as JSON

For programs. Fields may be added; none of these will change its name or its meaning without a new major version.
A `moment` is ISO 8601 in UTC and ends in `Z`. Text is UTF-8. `null` stands where there is nothing. `words` are `null`
once their author deleted them, also while a channel still keeps them. Keys of maps are strings.

`twoway export` prints one JSON value a line: every conversation, then the paper on every public reply. With `--out DIR`
they are the files `conversations.jsonl` and `replies.jsonl`, readable by their owner alone. Beside them stand
`events.jsonl` and `days.jsonl`, then `ideas.jsonl`, `votes.jsonl`, `supporters.jsonl`, `told.jsonl` and `praise.jsonl`,
which are always whole. Each of these, and `conversations`, is there as a table for spreadsheets that ends in `.csv`,
too: the same rows, without a customer's words, moments in UTC, lengths of time in seconds, what has parts as JSON.
Words of reps that a spreadsheet would take for a formula have an apostrophe before them.

The schemas of `check` and `platforms` are in the [command line's reference](command-line.md).
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD, "## Commands\n", "| command | prints |", "|---|---|"]
    for command, printed in PRINTED.items():
        parts.append(
            f"| `{command}` | {' and '.join(f'[{one.__name__}](#{one.__name__.lower()})' for one in printed)} |"
        )
    parts += ["", "## Values"]
    for value in _values():
        parts += ["", f"### {value.__name__}", "", " ".join((value.__doc__ or "").split()), ""]
        parts += ["| field | type |", "|---|---|"]
        hints = typing.get_type_hints(value)
        parts += [f"| `{field.name}` | {named(hints[field.name])} |" for field in fields(value)]
    return "\n".join(parts) + "\n"


def named(kind: object) -> str:
    """A type in the page's words."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join("null" if one is type(None) else named(one) for one in inside)
    if origin is tuple:
        return f"list of {named(inside[0])}"
    if origin is not None:  # a mapping
        return f"map to {named(inside[1])}"
    if isinstance(kind, type) and is_dataclass(kind):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(f'"{one.value}"' for one in kind)
    return _PLAIN[kind]


_PLAIN: Mapping[object, str] = {
    str: "text",
    int: "number",
    bool: "true or false",
    datetime: "moment",
    timedelta: "seconds",
    object: "anything",
}


def _values() -> Iterator[type]:
    """Every value that is printed, each once: those of a command, then what they are made of."""
    seen: dict[type, None] = {}
    todo = [one for printed in PRINTED.values() for one in printed]
    while todo:
        one = todo.pop(0)
        if one in seen:
            continue
        seen[one] = None
        todo += [kind for hint in typing.get_type_hints(one).values() for kind in _inside(hint)]
    yield from seen


def _inside(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for one in typing.get_args(hint):
        yield from _inside(one)
