"""Whether a sentence promises something by a time: it says a time to come, and what will be done then, or a time that
looks ahead by itself. Pure.

The words are in words/voice/promises.toml. Nothing here knows what day it is: of a date only the words beside it tell
whether it is to come.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import regex

from bot.phrases import Phrase, TakenApart, UnspacedPhrase, plain, read_line, words

FILE: Final = Path(__file__).parent / "words" / "voice" / "promises.toml"
UNSPACED: Final = frozenset({"ja", "zh"})

#: What stands for a date and for a time of the clock in the file, and in a text before it is looked at.
DATE, CLOCK = "📅", "⏰"
_ASKS: Final = frozenset("?？؟")
_NO_LETTER: Final = regex.compile(r"[\s\p{P}\p{So}]")
_SIGNS: Final = regex.compile(r"[📅⏰]")
#: As they are written everywhere: 5.12. and 5/12 with two digits, 2026-12-05, 12月5日.
_NUMBERS: Final = (
    r"(?<![\d.,/-])(?:[12]\d|3[01]|0?[1-9])(?:\.\s?(?:1[0-2]|0?[1-9])\.(?:\d{2,4})?|/(?:1[0-2]|0[1-9])(?:/\d{2,4})?)(?![\d/])"
    r"|(?<!\d)20\d{2}-\d{2}-\d{2}(?!\d)"
    r"|[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}[日号號]|底|末)"
    r"|(?<!\d)\d{1,2}月(?:\d{1,2}[日号號]|[底末上中下]旬?)?"
)
_DAY: Final = (
    r"(?:(?<!\d)\d{1,2}(?:\.|o|er|st|nd|rd|th|-?го|-?е)?\s*"
    r"|\b(?:end|beginning|middle|ende|anfang|mitte|fin|debut|mi|fines|finales|principios|mediados|fine|inizio|meta|final"
    r"|fim|inicio|meados|eind|begin|medio|konca|koncem|конца|конце|концу)[\s-]+)(?:(?:de|of|di|d)\s+)?"
)
_CLOCK: Final = regex.compile(
    r"(?<![\d:.,])\d{1,2}(?:[:.h]\d{2})?\s?(?:(?:am|pm|a\.m\.|p\.m\.|uhr|h|heures?|ore|uur|hrs|часов|час)(?!\p{L})"
    r"|[時点點](?!間))|(?<![\d:])\d{1,2}:\d{2}(?![\d:])"
)

Lines = tuple[Phrase | UnspacedPhrase, ...]


@dataclass(frozen=True)
class Promising:
    """One language's words for it."""

    date: regex.Pattern[str]
    aside: regex.Pattern[str] | None
    time: Lines
    deed: Lines
    nothing: Lines
    ahead: Lines
    but: Lines
    unspaced: bool

    def says(self, sentence: str) -> bool:
        """Whether a sentence promises; a question does not."""
        if is_question(sentence):
            return False
        whole = self._dated(sentence)
        said = _apart(whole if self.aside is None else self.aside.sub(" ", whole))
        named = _any(self.time, said) and _any(self.deed, said)
        if not named and (not _any(self.ahead, said) or _any(self.but, _apart(whole))):
            return False
        return not _any(self.nothing, said)

    def may_only(self, sentence: str) -> bool:
        """Whether one of `but` is said."""
        return _any(self.but, _apart(self._dated(sentence)))

    def _dated(self, sentence: str) -> str:
        """A plain sentence with a sign in the place of each date and time."""
        bare = plain(_SIGNS.sub(" ", sentence), apostrophe=" ")
        around = ("", "") if self.unspaced else (" ", " ")
        dated: str = _CLOCK.sub(CLOCK.join(around), self.date.sub(DATE.join(around), bare))
        return dated


def is_question(sentence: str) -> bool:
    """Whether it ends in the mark of one, whatever smiles behind it."""
    last = next((char for char in reversed(sentence) if char in _ASKS or not _NO_LETTER.match(char)), "")
    return last in _ASKS


def may_only(sentence: str, language: str) -> bool:
    """Whether it says what the customer is to do or may do, or tells of the past."""
    held = _all().get(language)
    return held is not None and held.may_only(sentence)


def promises(sentence: str, language: str) -> bool:
    """Whether a sentence promises something by a time, in the words of this language."""
    held = _all().get(language)
    return held is not None and held.says(sentence)


def languages() -> frozenset[str]:
    """Those whose words are known."""
    return frozenset(_all())


def _apart(bare: str) -> TakenApart:
    return TakenApart(bare, tuple(words(bare)))


def _any(phrases: Lines, said: TakenApart) -> bool:
    return any(one.is_in(said) for one in phrases)


@functools.cache
def _all() -> Mapping[str, Promising]:
    with FILE.open("rb") as file:
        held = tomllib.load(file)
    return {language: _promising(language, table) for language, table in held.items()}


def _promising(language: str, table: Mapping[str, object]) -> Promising:
    unspaced = language in UNSPACED
    aside = [_as_written(one, unspaced=unspaced) for one in _strings(table.get("aside", []))]
    time, deed, nothing, ahead, but = (
        tuple(read_line(line, unspaced=unspaced, apostrophe=" ") for line in _strings(table[name]))
        for name in ("time", "deed", "not", "ahead", "but")
    )
    return Promising(
        date=_dates(str(table.get("months", "")).split()),
        aside=regex.compile("|".join(aside)) if aside else None,
        time=time,
        deed=deed,
        nothing=nothing,
        ahead=ahead,
        but=but,
        unspaced=unspaced,
    )


def _strings(lines: object) -> Sequence[str]:
    assert isinstance(lines, list)
    return [str(line) for line in lines]


def _dates(months: Sequence[str]) -> regex.Pattern[str]:
    if not months:
        return regex.compile(_NUMBERS)
    names = "|".join(_with_any(plain(one, apostrophe=" ")) for one in months)
    year = r"(?:\s+(?:de\s+)?20\d{2})?"
    return regex.compile(
        rf"{_NUMBERS}|{_DAY}(?:{names})(?![\p{{L}}\p{{M}}]){year}"
        rf"|(?<!\p{{L}})(?:{names})\s+\d{{1,2}}(?:st|nd|rd|th)?(?![\d\p{{L}}]){year}"
    )


def _as_written(line: str, *, unspaced: bool) -> str:
    """A phrase without gaps as an expression, to be taken out as a whole."""
    bare = plain(line, apostrophe=" ")
    if unspaced:
        return _with_any(bare)
    slots = ["|".join(_with_any(one).replace("_", r"\s+") for one in slot.split("|")) for slot in bare.split()]
    return r"\b" + r"\s+".join(f"(?:{slot})" for slot in slots) + r"\b"


def _with_any(word: str) -> str:
    escaped: str = regex.escape(word)
    return escaped.replace(r"\*", r"[\p{L}\p{M}]*")
