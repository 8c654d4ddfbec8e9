"""The rules of one language, read from its file, and what they say of a post. How heavy the result weighs in the
queue is left to those who ask; the meaning of a line is in phrases.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.phrases import Phrase, UnspacedPhrase, read_line, taken_apart

#: Where the rules that come with Twoway are.
SHIPPED = Path(__file__).parent / "words" / "rules"

KINDS = ("danger", "outage", "legal", "fraud", "leaving", "stranded")
#: Kinds of danger, which go to different people.
ABOUT = ("self_harm", "violence", "medical", "product")
#: In a rules file: for every kind that something else already speaks for.
ANY = "any"


@dataclass(frozen=True, slots=True)
class Rule:
    """Phrases that speak for a kind, or against it where the weight is negative, and the reason that people read."""

    kind: str
    about: str | None
    weight: float
    reason: str
    phrases: tuple[Phrase | UnspacedPhrase, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that a post met, and the line that met it."""

    rule: Rule
    line: str


@dataclass(frozen=True)
class Rulebook:
    """All rules of a language."""

    language: str
    urgency: tuple[Rule, ...]
    unspaced: bool
    apostrophe: str
    instead: bool = False  # a team's own, which stand in place of those that come with Twoway, not beside them

    def hits(self, text: str) -> list[Hit]:
        """What a post says, at most one hit a rule, in the order of the file."""
        said = taken_apart(text, apostrophe=self.apostrophe)
        hits = []
        for rule in self.urgency:
            for phrase in rule.phrases:
                if phrase.is_in(said):
                    hits.append(Hit(rule, phrase.line))
                    break
        return hits


def weighed(hits: list[Hit]) -> Mapping[str, float]:
    """The weight of each kind that something speaks for, after what speaks against it: never below nothing."""
    for_kind: dict[str, float] = {}
    for hit in hits:
        if hit.rule.weight > 0 and hit.rule.kind != ANY:
            for_kind[hit.rule.kind] = max(for_kind.get(hit.rule.kind, 0.0), hit.rule.weight)
    rest = [hit.rule for hit in hits if hit.rule.weight < 0 or hit.rule.kind == ANY]
    return {
        kind: max(0.0, weight + sum(rule.weight for rule in rest if rule.kind in (ANY, kind)))
        for kind, weight in for_kind.items()
    }


#: What a rules file may hold.
_KEYS = frozenset({"language", "words", "apostrophes", "instead", "urgency", "harmless"})


def read_rulebooks(own: Path | None = None) -> Mapping[str, Rulebook]:
    """The rules that come with Twoway, by language, and those in a team's own folder: more rules, or others instead.
    Raises ValueError as `read_rulebook`."""
    books = {book.language: book for book in map(read_rulebook, sorted(SHIPPED.glob("*.toml")))}
    for path in sorted(own.glob("*.toml")) if own is not None else ():
        mine = read_rulebook(path, books)
        known = None if mine.instead else books.get(mine.language)
        books[mine.language] = mine if known is None else replace(known, urgency=known.urgency + mine.urgency)
    return books


def read_rulebook(path: Path, known: Mapping[str, Rulebook] | None = None) -> Rulebook:
    """A rules file; raises ValueError with one sentence that names the file and what is wrong in it. How words are
    written in its language need not be said where it is `known`."""
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{path.name}: {wrong}") from wrong
    except OSError as wrong:
        raise ValueError(f"{path.name}: cannot be read ({wrong.strerror})") from wrong
    if strange := sorted(content.keys() - _KEYS):
        raise ValueError(f"{path.name}: {strange[0]} is unknown, must be one of {', '.join(sorted(_KEYS))}")
    language = content.get("language")
    if not isinstance(language, str):
        raise ValueError(f'{path.name}: language is missing, for example language = "en"')
    before = (known or {}).get(language)
    unspaced = content["words"] == "unspaced" if "words" in content else before is not None and before.unspaced
    apostrophe = " " if content.get("apostrophes") == "space" else ""
    if before is not None and "apostrophes" not in content:
        apostrophe = before.apostrophe
    rules = tuple(
        _rule(entry, where=f"{path.name}, {table} {n}", unspaced=unspaced, apostrophe=apostrophe)
        for table in ("urgency", "harmless")
        for n, entry in enumerate(_tables(content, table, path), start=1)
    )
    return Rulebook(
        language=language,
        urgency=rules,
        unspaced=unspaced,
        apostrophe=apostrophe,
        instead=content.get("instead") is True,
    )


def _tables(content: Mapping[str, object], name: str, path: Path) -> list[object]:
    found = content.get(name, [])
    if not isinstance(found, list):
        raise ValueError(f"{path.name}: {name} must be tables, each beginning with [[{name}]]")
    return found


def _rule(entry: object, *, where: str, unspaced: bool, apostrophe: str) -> Rule:
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: must be a table")
    kind, about, weight, reason, lines = (entry.get(key) for key in ("kind", "about", "weight", "reason", "patterns"))
    if kind not in (*KINDS, ANY):
        raise ValueError(f"{where}: kind is {kind!r}, must be one of {', '.join((*KINDS, ANY))}")
    if about is not None and about not in ABOUT:
        raise ValueError(f"{where}: about is {about!r}, must be one of {', '.join(ABOUT)}")
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise ValueError(f"{where}: weight is {weight!r}, must be a number")
    if not isinstance(reason, str) or not reason:
        raise ValueError(f"{where}: reason is missing: people read it on the card")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines) or not lines:
        raise ValueError(f"{where}: patterns must be a list of phrases")
    try:
        phrases = tuple(read_line(line, unspaced=unspaced, apostrophe=apostrophe) for line in lines)
    except ValueError as wrong:
        raise ValueError(f"{where}: {wrong}") from wrong
    return Rule(kind=str(kind), about=about, weight=float(weight), reason=reason, phrases=phrases)
