"""Whether a post insults whoever reads it: by lines a language in words/abuse, which a team adds to and takes from.

Strong words about things are complaints and no abuse. What is done with the answer is left to those who ask; nothing is
hidden or thrown away here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from bot.languages import ANY
from bot.phrases import Phrase, UnspacedPhrase, read_line, taken_apart
from bot.triage.tongue import language_of

#: Where the lines that come with Twoway are, a file a language.
SHIPPED = Path(__file__).parent / "words" / "abuse"

#: In a line: any of the file's insults.
INSULT = "<insult>"


#: So much of a post is read: cards show no more of it.
LONGEST = 2_000

#: So many answers are remembered: a card is drawn anew far more often than a post comes.
REMEMBERED = 2_048


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one language. `without` are words that a team takes for no abuse: they are left out of what is
    read."""

    lines: tuple[Phrase | UnspacedPhrase, ...]
    without: tuple[Phrase | UnspacedPhrase, ...] = ()
    apostrophe: str = ""

    def say(self, text: str) -> bool:
        """Whether one of the lines is in this text."""
        said = taken_apart(text, apostrophe=self.apostrophe)
        if any(line.is_in(said) for line in self.lines if isinstance(line, UnspacedPhrase)):
            return not any(one.is_in(said) for one in self.without if isinstance(one, UnspacedPhrase))
        said = said.without(self.without)
        return any(line.is_in(said) for line in self.lines if isinstance(line, Phrase))


@dataclass(frozen=True)
class Abuse:
    """What a team takes for abuse: `also` and `never` are its own lines and words, by language (or "any")."""

    also: Mapping[str, Sequence[str]]
    never: Mapping[str, Sequence[str]]
    _known: dict[tuple[bytes, str], bool] = field(default_factory=dict)

    def says(self, text: str, language: str | None) -> bool:
        """Whether a post insults people. A language that nobody told is told from the words; where they are too few for
        that, it is taken for English."""
        text, wanted = text[:LONGEST], (language or "").partition("-")[0].lower()
        # By their hash: words that their author deletes stay nowhere.
        asked = (sha256(text.encode(errors="surrogatepass")).digest(), wanted)
        answer = self._known.get(asked)
        if answer is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            answer = self._known[asked] = self._look(text, wanted)
        return answer

    def _look(self, text: str, language: str) -> bool:
        language = language or language_of(text) or "en"
        return any(self._languages[one].say(text) for one in (ANY, language) if one in self._languages)

    @cached_property
    def _languages(self) -> Mapping[str, Lines]:
        """Read when it is first asked for."""
        names = {path.stem for path in SHIPPED.glob("*.toml")} | set(self.also)
        return {name: self._lines(name) for name in sorted(names)}

    def _lines(self, language: str) -> Lines:
        path = SHIPPED / f"{language}.toml"
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        unspaced, apostrophe = _spelling(content)
        insults = [str(one) for one in content.get("insults", ())]
        lines = [
            expanded for line in content.get("lines", ()) for expanded in _expanded(str(line), insults, apart=unspaced)
        ]
        never = [*self.never.get(ANY, ()), *(self.never.get(language, ()) if language != ANY else ())]
        return Lines(
            tuple(
                read_line(line, unspaced=unspaced, apostrophe=apostrophe)
                for line in (*lines, *self.also.get(language, ()))
            ),
            tuple(read_line(line, unspaced=unspaced, apostrophe=apostrophe) for line in never),
            apostrophe,
        )


def _spelling(content: Mapping[str, object]) -> tuple[bool, str]:
    return content.get("words") == "unspaced", " " if content.get("apostrophes") == "space" else ""


def _expanded(line: str, insults: Sequence[str], *, apart: bool) -> Iterator[str]:
    """Between spaces a place can have alternatives; without spaces each makes a line `apart`."""
    if INSULT not in line:
        yield line
    elif apart:
        yield from (line.replace(INSULT, one) for one in insults)
    else:
        yield line.replace(INSULT, "|".join(insults))
