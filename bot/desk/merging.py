"""Two people edited one draft: both edits in one text where they touch different words, side by side where not.

Our own three-way merge over difflib: lines first, and where lines collide, words. Pure. Promise: an edit of one side
alone is taken as it is; both sides' equal edits are taken once; nothing that either wrote is lost: it is in the text
or in a conflict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Conflict:
    """The same words, changed differently."""

    base: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class Merge:
    """`text` holds, for each conflict, both versions one after the other, theirs first, for the editor to sort out."""

    text: str
    conflicts: tuple[Conflict, ...]


def merge(*, base: str, theirs: str, mine: str) -> Merge:
    """Both edits of `base` together."""
    pieces = _merge(_LINES.findall(base), _LINES.findall(theirs), _LINES.findall(mine))
    text: list[str] = []
    conflicts: list[Conflict] = []
    for piece in pieces:
        if isinstance(piece, str):
            text.append(piece)
            continue
        for part in _merge(*(_WORDS.findall(side) for side in (piece.base, piece.theirs, piece.mine))):
            if isinstance(part, str):
                text.append(part)
            else:
                conflicts.append(part)
                text.append(_both(part))
    return Merge("".join(text), tuple(conflicts))


def _both(conflict: Conflict) -> str:
    gap = "" if not conflict.theirs or not conflict.mine or conflict.theirs[-1:].isspace() else " "
    return f"{conflict.theirs}{gap}{conflict.mine}"


def _merge(base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> list[str | Conflict]:
    """diff3: between stretches that all three share, whoever changed something is taken."""
    pieces: list[str | Conflict] = []
    at_base = at_theirs = at_mine = 0
    for in_base, in_theirs, in_mine, size in [*_shared(base, theirs, mine), (len(base), len(theirs), len(mine), 0)]:
        was = "".join(base[at_base:in_base])
        one = "".join(theirs[at_theirs:in_theirs])
        two = "".join(mine[at_mine:in_mine])
        if one == two or was == two:
            pieces.append(one)
        elif was == one:
            pieces.append(two)
        else:
            pieces.append(Conflict(was, one, two))
        pieces.append("".join(base[in_base : in_base + size]))
        at_base, at_theirs, at_mine = in_base + size, in_theirs + size, in_mine + size
    return [piece for piece in pieces if piece != ""]


def _shared(base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Stretches of `base` that stand unchanged in both: (in base, in theirs, in mine, how long)."""
    one = _blocks(base, theirs)
    two = _blocks(base, mine)
    shared: list[tuple[int, int, int, int]] = []
    i = j = 0
    while i < len(one) and j < len(two):
        a, in_one, size_one = one[i]
        b, in_two, size_two = two[j]
        start, end = max(a, b), min(a + size_one, b + size_two)
        if start < end:
            shared.append((start, in_one + start - a, in_two + start - b, end - start))
        if a + size_one < b + size_two:
            i += 1
        else:
            j += 1
    return shared


def _blocks(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    # In long texts difflib leaves out tokens that stand everywhere (spaces, "the") when it looks for anchors: without
    # that, 3,000 characters take seconds, and the bot does nothing else meanwhile. Every match is still a true one.
    matcher = SequenceMatcher(None, one, other, autojunk=True)
    return [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]
