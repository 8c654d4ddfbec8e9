"""The tables of a platform's reference page, printed from what the platform declares. The page's prose is its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from enum import Enum

from adapters.capabilities import Capabilities, Cost, MayAnswer, Once, Pace
from adapters.registry import PlatformClass, connects
from adapters.settings import declared

# What each capability is called on the page.
TITLE = "Is called"
_SAYS = {
    "title": TITLE,
    "hears": "News arrives by",
    "replies": "Can be answered",
    "once": "A repeat with the same key",
    "finds": "Our own reply can be looked for",
    "marks": "Marks kept in replies",
    "sees_edits": "Customers' edits are seen by",
    "sees_deletions": "Customers' deletions are seen by",
    "dates_edits": "Says itself when a post was edited",
    "corrects": "Replies can be corrected",
    "retracts": "Replies can be taken back",
    "may_answer": "Whose posts may be answered",
    "answers_privately": "Its author alone can be answered",
    "searches": "Can be searched",
    "search_pace": "Saved searches, at most",
    "threads": "Gives whole threads",
    "warnings": "Has content warnings",
    "pictures": "Pictures with a reply",
    "before_handles": "Before a handle stands",
    "reply_window": "A post can be answered for",
    "correct_window": "A reply can be corrected for",
    "recheck": "Asked again for edits and deletions after",
    "pace": "Calls at most",
    "cost": "Costs",
    "call_limit": "A publishing call lasts at most",
    "late_bound": "May still be accepted after the call ended, for",
    "listing_lag": "A reply may be missing in lists for",
    "key_lifetime": "Keys are remembered for",
}


# What stands there when a bound is not given, where that is not "no bound".
_WITHOUT = {
    "cost": "nothing",
    "late_bound": "not known",
    "listing_lag": "not known",
    "key_lifetime": "there are none",
    "search_pace": "there are none: nothing would be found that is not heard anyway",
}
_ONCE = {
    Once.KEY: "is dropped, and answered with the first",
    Once.DETECTS: "is refused as a duplicate",
    Once.REPLACES: "would take the first one's place: there is one answer to a post, and it is only ever corrected",
    Once.FIND: "is posted again; we look first",
    Once.NEVER: "is posted again, and nobody can look",
}


def capability_table(can: Capabilities) -> str:
    """Markdown: what it can do, and where each number is from."""
    return _table(("", "", "Where from"), capability_rows(can))


def capability_rows(can: Capabilities) -> list[tuple[str, str, str]]:
    """Each capability in words, its value, and where that is from."""
    return [
        (says, _WITHOUT.get(name, "no bound") if value is None else _value(value), can.sources.get(name, ""))
        for name, says in _SAYS.items()
        for value in [getattr(can, name)]
    ]


# The overview of all platforms: a short heading for a terminal, a longer one for the page, and the cell.
_ANSWERS = {
    MayAnswer.ANYONE: "anyone",
    MayAnswer.MENTIONED_US: "who named us",
    MayAnswer.ON_OUR_PAGES: "on our pages",
    MayAnswer.NOBODY: "nobody",
}
_REPEAT = {
    Once.KEY: "dropped",
    Once.DETECTS: "refused",
    Once.REPLACES: "the same one",
    Once.FIND: "looked for",
    Once.NEVER: "not known",
}
_OVERVIEW: Sequence[tuple[str, str, Callable[[Capabilities], str]]] = (
    ("Hears", "Hears by", lambda can: " ".join(sorted(way.value for way in can.hears)) or "-"),
    ("Edits", "Edits are seen by", lambda can: can.sees_edits.value),
    ("Gone", "Deletions are seen by", lambda can: can.sees_deletions.value),
    ("Answers", "Answers", lambda can: _ANSWERS[can.may_answer] if can.replies else "nobody"),
    ("For", "So long after the post", lambda can: words_for(can.reply_window) if can.reply_window else "-"),
    ("Fixes", "Corrects a reply", lambda can: _value(can.corrects)),
    ("Undo", "Takes a reply back", lambda can: _value(can.retracts)),
    ("Repeat", "A reply sent twice is", lambda can: _REPEAT[can.once] if can.replies else "-"),
)
OVERVIEW_HEAD = ("Platform", *(short for short, _, _ in _OVERVIEW))


def overview_row(can: Capabilities) -> Sequence[str]:
    """What stands under `OVERVIEW_HEAD`, behind the name."""
    return tuple(cell(can) for _, _, cell in _OVERVIEW)


def overview_table(platforms: Mapping[str, PlatformClass]) -> str:
    """Markdown: all platforms, each with a link to its page, how it is connected and what it costs."""
    rows = [
        (
            f"[{kind.declares.title or name.capitalize()}]({name}.md)",
            *overview_row(kind.declares),
            "browser or token" if connects(kind) else _proof(kind),
            _WITHOUT["cost"] if kind.declares.cost is None else _value(kind.declares.cost),
        )
        for name, kind in platforms.items()
    ]
    return _table(("Platform", *(long for _, long, _ in _OVERVIEW), "Connected by", "Costs"), rows)


def _proof(kind: PlatformClass) -> str:
    return "token" if any(one.secret for one in declared(kind.settings)) else "nothing to connect"


def settings_table(platform: PlatformClass) -> str:
    """Markdown: every setting with its default; secrets by the name of their variable."""
    rows = [
        (
            f"`TWOWAY_<ACCOUNT>_{item.key.upper()}`" if item.secret else f"`{item.key}`",
            "required" if item.required else "not set" if item.default is None else _value(item.default),
            item.help,
        )
        for item in declared(platform.settings)
    ]
    return _table(("Setting", "Default", ""), rows)


def _value(value: object) -> str:
    if value is None:
        return "no bound"
    if isinstance(value, Once):
        return _ONCE[value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return words_for(value)
    if isinstance(value, Pace):
        return f"{value.calls} in {words_for(value.per)}"
    if isinstance(value, Cost):
        return f"{value.read} {value.currency} a read, {value.reply} {value.currency} a reply"
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    if isinstance(value, frozenset):
        return ", ".join(sorted(_value(item) for item in value)) or "none"
    if isinstance(value, tuple):
        return ", ".join(_value(item) for item in value) or "never"
    return str(value)


def words_for(duration: timedelta) -> str:
    """A duration as it is written in the settings: `30s`, `5m`, `1h`, `2d`."""
    seconds = duration.total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
