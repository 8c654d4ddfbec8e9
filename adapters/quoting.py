"""What a platform says itself, made fit to stand behind a sentence of ours. For people only, never for decisions.

Every quotation passes here: its words come from outside, and land in a channel, a terminal and a log.
"""

from __future__ import annotations

import re
import unicodedata

MOST = 200  # characters: a sentence, and no page

# A page that somebody's proxy answered with.
_PAGE = re.compile(r"^\s*<(?:!|html)|</[a-z]", re.I)
_SAYS = " It says: "
# Joiners make one sign of several, in emoji and in several scripts; every other invisible sign could only mislead.
_KEPT = "\u200c\u200d"


def one_line(words: object, most: int = MOST) -> str:
    """The words in one line of at most `most` characters, without control characters (those that turn the direction
    of writing among them); "" where there are none, or only a page of HTML."""
    if not isinstance(words, str) or _PAGE.search(words):
        return ""
    # What would be cut away anyhow need not be looked at.
    shown = "".join(_visible(sign) for sign in words[: most * 20])
    line = " ".join(shown.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def quoted(words: object) -> str:
    """What stands behind a sentence of ours; "" where they say nothing."""
    line = one_line(words)
    return _SAYS + line if line else ""


def unquoted(sentence: str) -> str:
    """A sentence of ours without what stands behind it."""
    return sentence.partition(_SAYS)[0]


def _visible(sign: str) -> str:
    """A control character that separates words is a space; one that does not is nothing."""
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    return "" if kind[0] == "C" and sign not in _KEPT else sign
