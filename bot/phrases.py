"""What a line in a rules file means, and whether a post says it. Pure; which lines there are is in words/rules.

A phrase is words between spaces, found one after the other in a post: `kill|hurt myself`. In a word, `|` parts
alternatives, `_` joins the words of one alternative, and `*` at its beginning or end stands for any letters. `..`
between words stands for up to four other words. In languages written without spaces a phrase is found anywhere, and
`..` stands for up to twelve characters. There is no expression engine behind it, so that no line that a team writes
can make a post slow to read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

#: How many words `..` may skip. Enough for "cancel both of my accounts", few enough to stay in one thought.
GAP_WORDS = 4
#: How many times `..` may stand in a phrase: each multiplies the ways to try by five.
GAPS = 2
#: How many characters `..` may skip where there are no spaces.
GAP_CHARACTERS = 12

#: A word that begins or ends in a certain way is looked up by so many letters at most.
LOOKED_UP = 24

_WORDS = regex.compile(r"@?[\p{L}\p{M}\p{N}]+|[\p{So}\p{Sk}]")
#: Accents that people leave out when they are in a hurry: of Latin, Greek and Cyrillic, and the vowels of Arabic.
_LEFT_OUT = regex.compile(r"[\u0300-\u036f\u0640\u064b-\u065f\u0670]")
_APOSTROPHES = regex.compile(r"['’‘ʼ`´]")


def plain(text: str, *, apostrophe: str = "") -> str:
    """A text as rules compare it: lower case, no accents, every apostrophe replaced by `apostrophe`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare: str = _LEFT_OUT.sub("", unicodedata.normalize("NFKD", folded)).replace("ı", "i")
    said: str = _APOSTROPHES.sub(apostrophe, unicodedata.normalize("NFKC", bare))
    return said


def words(text: str) -> list[str]:
    """The words of a plain text, and its emoji as words of their own."""
    found: list[str] = _WORDS.findall(text)
    return found


@dataclass(frozen=True)
class TakenApart:
    """A post as phrases look at it: plain, and its words in their order."""

    plain: str
    words: tuple[str, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """Its words, how they begin (`re*`) and how they end (`*ly`): most phrases are set aside by one look here."""
        found = set(self.words)
        for word in self.words:
            for letters in range(1, min(len(word), LOOKED_UP) + 1):
                found.add(f"{word[:letters]}*")
                found.add(f"*{word[-letters:]}")
        return frozenset(found)

    def without(self, left_out: Sequence[Phrase | UnspacedPhrase]) -> TakenApart:
        """The same but for the words that one of these phrases fits."""
        kept = (word for word in self.words if not any(one.fits(word) for one in left_out if isinstance(one, Phrase)))
        return TakenApart(self.plain, tuple(kept))


def taken_apart(text: str, *, apostrophe: str = "") -> TakenApart:
    """A text, taken apart once for any number of phrases."""
    bare = plain(text, apostrophe=apostrophe)
    return TakenApart(bare, tuple(words(bare)))


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a phrase, with what may stand around it."""

    text: str
    any_before: bool
    any_after: bool

    @property
    def looked_up(self) -> str | None:
        """How it stands in `TakenApart.known`; None where only trying tells."""
        if not self.any_before and not self.any_after:
            return self.text
        if (self.any_before and self.any_after) or len(self.text) > LOOKED_UP:
            return None
        return f"*{self.text}" if self.any_before else f"{self.text}*"

    def fits(self, word: str) -> bool:
        if self.any_before and self.any_after:
            return self.text in word
        if self.any_before:
            return word.endswith(self.text)
        return word.startswith(self.text) if self.any_after else word == self.text


#: The alternatives of a place in a phrase, each one word or several ("self-harm" is two). None is a gap.
_Place = tuple[tuple[_Word, ...], ...] | None


@dataclass(frozen=True)
class Phrase:
    """One line of a rules file, ready to be looked for."""

    line: str
    _places: tuple[_Place, ...]

    @cached_property
    def _needs(self) -> tuple[frozenset[str], ...]:
        """For each place that can be looked up: what of it a post that says the phrase has, at least one."""
        found = []
        for place in self._places:
            firsts = [one[0].looked_up for one in place or ()]
            if firsts and None not in firsts:
                found.append(frozenset(filter(None, firsts)))
        return tuple(found)

    def is_in(self, said: TakenApart) -> bool:
        """Whether a post says it."""
        known = said.known
        for need in self._needs:  # a loop: this is asked of every phrase, and nearly always ends here
            if known.isdisjoint(need):
                return False
        return any(self._from(said.words, at, 0) for at in range(len(said.words)))

    def fits(self, word: str) -> bool:
        """Whether this word alone says it."""
        return self._from((word,), 0, 0)

    def _from(self, found: Sequence[str], at: int, place: int) -> bool:
        if place == len(self._places):
            return True
        alternatives = self._places[place]
        if alternatives is None:
            return any(self._from(found, at + skipped, place + 1) for skipped in range(GAP_WORDS + 1))
        return any(
            at + len(one) <= len(found)
            and all(word.fits(found[at + n]) for n, word in enumerate(one))
            and self._from(found, at + len(one), place + 1)
            for one in alternatives
        )


@dataclass(frozen=True, slots=True)
class UnspacedPhrase:
    """The same for a language that is written without spaces."""

    line: str
    _parts: tuple[tuple[str, ...], ...]

    def is_in(self, said: TakenApart) -> bool:
        """Whether a post says it."""
        text = said.plain
        return any(self._from(text, end, 1) for end in _ends(text, self._parts[0], 0, len(text)))

    def _from(self, text: str, at: int, part: int) -> bool:
        if part == len(self._parts):
            return True
        return any(self._from(text, end, part + 1) for end in _ends(text, self._parts[part], at, at + GAP_CHARACTERS))


def _ends(text: str, alternatives: tuple[str, ...], first: int, last: int) -> Iterator[int]:
    """Where an alternative ends that begins between `first` and `last`."""
    for one in alternatives:
        at = text.find(one, first)
        while 0 <= at <= last:
            yield at + len(one)
            at = text.find(one, at + 1)


def read_phrase(line: str, *, apostrophe: str = "") -> Phrase:
    """A line as words; raises ValueError with a sentence when nothing is left to look for."""
    places: list[_Place] = []
    for slot in line.split():
        if slot == "..":
            places.append(None)
            continue
        alternatives = tuple(
            one for text in slot.split("|") if (one := _alternative(text, apostrophe=apostrophe)) is not None
        )
        if alternatives:
            places.append(alternatives)
    if not places or places[0] is None or places[-1] is None:
        raise ValueError(f"a phrase begins and ends with a word: {line!r}")
    if places.count(None) > GAPS:
        raise ValueError(f"a phrase may have {GAPS} gaps: {line!r}")
    return Phrase(line, tuple(places))


def read_unspaced(line: str) -> UnspacedPhrase:
    """A line for a language without spaces; raises ValueError with a sentence when it says nothing."""
    parts = tuple(tuple(one for one in part.split("|") if one) for part in plain(line).split(".."))
    if not all(parts):
        raise ValueError(f"a phrase begins and ends with a word: {line!r}")
    if len(parts) > GAPS + 1:
        raise ValueError(f"a phrase may have {GAPS} gaps: {line!r}")
    return UnspacedPhrase(line, parts)


def read_line(line: str, *, unspaced: bool = False, apostrophe: str = "") -> Phrase | UnspacedPhrase:
    """A line in the way its language is written; raises ValueError as the two above."""
    return read_unspaced(line) if unspaced else read_phrase(line, apostrophe=apostrophe)


def _alternative(text: str, *, apostrophe: str) -> tuple[_Word, ...] | None:
    found = words(plain(text, apostrophe=apostrophe)) or ([text[0]] if text.startswith("@") else [])
    if not found:
        return None
    last = len(found) - 1
    return tuple(
        _Word(word, any_before=n == 0 and text.startswith("*"), any_after=n == last and text.endswith("*"))
        for n, word in enumerate(found)
    )
