"""Reads `[abuse]`: whether posts that insult people are folded on cards, and a team's own lines and words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.languages import ANY, is_language
from bot.phrases import read_phrase, read_unspaced
from bot.settings.parsing import Table, Wrong, many, shown, text, yes_or_no

#: Languages that we have lines for and that are written without spaces.
UNSPACED = frozenset({"ja", "zh"})

ByLanguage = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AbuseSettings:
    """`also` are lines besides those that come with Twoway, `never` words that are no abuse to this team; both by
    language, or "any" for all."""

    fold: bool = True
    also: ByLanguage = field(default_factory=dict)
    never: ByLanguage = field(default_factory=dict)


def abuse(top: Table) -> AbuseSettings:
    """What stands in the file; without the section the usual."""
    table = top.table("abuse")
    if table is None:
        return AbuseSettings()
    read = AbuseSettings(
        fold=table.take("fold", yes_or_no, True),
        also=table.take("also", _by_language, {}),
        never=table.take("never", _by_language, {}),
    )
    table.finish()
    return read


def _by_language(value: object) -> ByLanguage:
    if not isinstance(value, dict):
        raise Wrong(f"{shown(value)} is no table by language", 'write it as { en = ["you numpty"] }')
    read: dict[str, tuple[str, ...]] = {}
    for code, lines in value.items():
        if code != ANY and not is_language(str(code)):
            raise Wrong(f"{shown(code)} is not a language", 'write its code, such as "en", or "any" for all')
        read[str(code).partition("-")[0].lower()] = tuple(_line(one, str(code)) for one in many(text)(lines))
    return read


def _line(line: str, language: str) -> str:
    """The line as it was written. What no post could ever say is a mistake."""
    try:
        if language not in UNSPACED:
            read_phrase(line)
        if language in {*UNSPACED, ANY}:
            read_unspaced(line)
    except ValueError as wrong:
        raise Wrong(
            f"{shown(line)} cannot be looked for ({wrong})", 'write words, as in "you numpty|muppet*"'
        ) from None
    return line
