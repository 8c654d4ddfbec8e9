"""A line of words in the settings, read as the rules of triage read theirs, in whichever script it is."""

from __future__ import annotations

import regex

from bot.phrases import Phrase, UnspacedPhrase, read_line

#: Chinese, Japanese and Thai are written without spaces: there a phrase is found anywhere.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")


def phrase_of(line: str) -> Phrase | UnspacedPhrase:
    """A line of a route's words. Raises ValueError with a sentence where it says nothing."""
    return read_line(line, unspaced=_UNSPACED.search(line) is not None)
