"""The words that the voice check listens for, read once from words/voice: apologies, promises, names of orders."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import regex

from bot.phrases import Phrase, UnspacedPhrase, plain, read_line, taken_apart, words

FILE = Path(__file__).parent / "words" / "voice" / "phrases.toml"
UNSPACED = frozenset({"ja", "zh"})

Phrases: TypeAlias = tuple[Phrase | UnspacedPhrase, ...]

_LETTERS = regex.compile(r"\p{L}")
_ADDRESS = regex.compile(r"https?://\S+|[@#]\w+")


@dataclass(frozen=True)
class Said:
    """One language's words. `order` as they are written, longest first."""

    sorry: Phrases = ()
    nothing: Phrases = ()
    filler: frozenset[str] = frozenset()
    when: Phrases = ()
    unless: Phrases = ()
    order: tuple[str, ...] = ()
    unspaced: bool = False

    def says(self, phrases: Phrases, text: str) -> bool:
        """Whether a text says one of them."""
        said = taken_apart(text)
        return any(one.is_in(said) for one in phrases)

    def reasons(self, text: str) -> int:
        """How many of its words could be a reason: none that only fill. Without spaces, two letters are a word."""
        bare = _ADDRESS.sub(" ", text)
        if not self.unspaced:
            said = [word for word in words(plain(bare)) if _LETTERS.search(word)]
            return sum(word not in self.filler for word in said)
        rest = plain(bare)
        for one in sorted(self.filler, key=len, reverse=True):
            rest = rest.replace(one, "")
        return len(_LETTERS.findall(rest)) // 2


NOTHING = Said()


def said_in(language: str) -> Said:
    """The words of this language; none where nobody wrote any."""
    return _all().get(language, NOTHING)


@functools.cache
def _all() -> Mapping[str, Said]:
    with FILE.open("rb") as file:
        held = tomllib.load(file)
    return {language: _said(language, tables) for language, tables in held.items()}


def _said(language: str, tables: Mapping[str, Mapping[str, object]]) -> Said:
    sorry, promise, order = (tables.get(name, {}) for name in ("sorry", "promise", "order"))
    filler = sorry.get("filler", "")
    assert isinstance(filler, str)
    return Said(
        sorry=_phrases(sorry.get("saying"), language),
        nothing=_phrases(sorry.get("nothing"), language),
        filler=frozenset(one for word in filler.split() for one in (words(plain(word)) or [word])),
        when=_phrases(promise.get("when"), language),
        unless=_phrases(promise.get("unless"), language),
        order=tuple(sorted(_lines(order.get("called")), key=len, reverse=True)),
        unspaced=language in UNSPACED,
    )


def _phrases(lines: object, language: str) -> Phrases:
    return tuple(read_line(line, unspaced=language in UNSPACED) for line in _lines(lines))


def _lines(lines: object) -> Sequence[str]:
    assert isinstance(lines, list)
    return [str(line) for line in lines]
