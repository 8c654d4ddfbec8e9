"""Emoji by name and by character: the one name that signs go by on every surface. Pure.

Names are Slack's, since settings use them; other surfaces translate theirs by the character.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

TONES = {f"skin-tone-{n}": chr(0x1F3F9 + n) for n in range(2, 7)}  # skin-tone-2 is U+1F3FB, the lightest
VARIATION = "\ufe0f"


@cache
def _table() -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    """Name to character; name to the one name that we use for it; character (without variation) to that name."""
    chars: dict[str, str] = {}
    ours: dict[str, str] = {}
    names_of: dict[str, str] = {}
    for line in files(__package__).joinpath("emoji.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        points, *names = line.split()
        char = "".join(chr(int(point, 16)) for point in points.split("-"))
        names_of.setdefault(char.replace(VARIATION, ""), names[0])
        for name in names:
            chars[name] = char
            ours[name] = names[0]
    return chars, ours, names_of


def prepare() -> None:
    """Reads the table of emoji now, so that nobody's first reaction waits for it."""
    _table()


def character(name: str, tone: str | None = None) -> str | None:
    """The emoji of that name, None when Unicode has none. `tone` is "skin-tone-2" to "skin-tone-6"."""
    char = _table()[0].get(name.lower())
    if char is None or tone is None:
        return char
    # The tone belongs to the first person or hand of a joined sequence, in place of its variation selector.
    return char[0] + TONES[tone.lower()] + char[1:].removeprefix(VARIATION)


def canonical(name: str) -> str:
    """The one name for what has several ("+1" and "thumbsup"); an unknown name as it is."""
    return _table()[1].get(name, name)


def name_of(char: str) -> str | None:
    """The name of an emoji given as a character, with or without its variation selector; None for any other text."""
    return _table()[2].get(char.replace(VARIATION, ""))
