"""Gaps in a text: places that somebody must fill before it may go out. Pure."""

from __future__ import annotations

import re

#: Brackets that nobody types by chance, in any language.
_GAP = re.compile(r"⟦[^⟦⟧\n]{0,40}⟧|[⟦⟧]")


def gap(kind: str) -> str:
    """What stands where something is missing: "⟦name⟧"."""
    return f"⟦{kind}⟧"


def gaps_in(words: str) -> tuple[str, ...]:
    """Each once, in their order; also half of one. Empty: nothing is missing."""
    return tuple(dict.fromkeys(_GAP.findall(words)))
