"""Reads one TOML table into values of ours and collects every mistake on the way, each as one sentence.

A parser is a function from whatever TOML held to a value; it raises `Wrong`. Which keys there are, and what they
mean together, is `settings.py`'s.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Parser = Callable[[object], T]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with the settings: where, what, and what would be right."""

    file: str
    key: str  # "" for the file as a whole
    wrong: str
    right: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: {self.wrong}; {self.right}."


class Wrong(Exception):
    """A value that does not fit. `right` says what would, beginning in lower case and without a full stop."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.right = right


class Table:
    """One TOML table while it is being read. `finish` then names the keys that nobody asked for."""

    def __init__(self, file: str, key: str, held: Mapping[str, object], mistakes: list[Mistake]) -> None:
        self.file = file
        self.key = key
        self._held = held
        self._known: set[str] = set()
        self._mistakes = mistakes

    def take(self, key: str, parser: Parser[T], default: T) -> T:
        """The value under `key`, or the default where it is missing or wrong (the mistake is then noted)."""
        self._known.add(key)
        if key not in self._held:
            return default
        try:
            return parser(self._held[key])
        except Wrong as wrong:
            self.wrong(key, wrong.wrong, wrong.right)
            return default

    def need(self, key: str, parser: Parser[T], default: T, *, right: str) -> T:
        """Like `take`, and a missing key is a mistake too: `right` says what to write."""
        if key not in self._held:
            self._known.add(key)
            self.wrong(key, "is missing", right)
            return default
        return self.take(key, parser, default)

    def table(self, key: str) -> Table | None:
        """The table under `key`, or None where there is none."""
        held = self.take(key, _mapping, None)
        return None if held is None else Table(self.file, self._full(key), held, self._mistakes)

    def tables(self, key: str, *, called: str = "name") -> list[Table]:
        """The tables written `[[key]]`, each known in sentences by its `name`, else by its number."""
        nothing: Sequence[Mapping[str, object]] = ()
        held = self.take(key, _mappings(key), nothing)
        return [
            Table(self.file, f"{self._full(key)}.{one.get(called, number)}", one, self._mistakes)
            for number, one in enumerate(held, start=1)
        ]

    def know(self, *keys: str) -> None:
        """Keys that may stand here, and are not read."""
        self._known.update(keys)

    def refuse(self, key: str, wrong: str, right: str) -> None:
        """A key that is known, and must not stand here."""
        self.know(key)
        if key in self._held:
            self.wrong(key, wrong, right)

    def held(self, key: str) -> object:
        """What stands under `key`, as TOML gave it."""
        return self._held[key]

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[str]:
        """Every key there is, read or not."""
        return iter(tuple(self._held))

    def raw(self, key: str) -> list[Mapping[str, object]]:
        """The tables under `key` as they stand, for a look ahead; whatever is wrong there is noted elsewhere."""
        held = self._held.get(key)
        return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []

    def rest(self) -> dict[str, object]:
        """What nobody has asked for yet; from now on it counts as asked for."""
        rest = {key: held for key, held in self._held.items() if key not in self._known}
        self._known.update(rest)
        return rest

    def finish(self) -> None:
        """Names every key that nobody asked for, with the one that was probably meant."""
        for key in self._held:
            if key not in self._known:
                self.wrong(key, "is not a setting", did_you_mean(key, self._known))

    def wrong(self, key: str, wrong: str, right: str) -> None:
        """Notes a mistake at one of this table's keys."""
        self._mistakes.append(Mistake(self.file, self._full(key), wrong, right))

    def _full(self, key: str) -> str:
        return ".".join(part for part in (self.key, key) if part)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """What somebody who wrote `word` should write."""
    near = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'.removesuffix("?")
    return f"known here: {', '.join(sorted(known))}" if known else "take it out"


def shown(value: object) -> str:
    """A value as somebody would have written it in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


# ------------------------------------------------------------------------------------------------ parsers


def _mapping(value: object) -> Mapping[str, object] | None:
    if not isinstance(value, dict):
        raise Wrong(f"{shown(value)} is not a table", "write it as a [section]")
    return value


def _mappings(key: str) -> Parser[Sequence[Mapping[str, object]]]:
    def parse(value: object) -> Sequence[Mapping[str, object]]:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Wrong("is not a list of tables", f"begin each with [[{key}]], in double brackets")
        return value

    return parse


def text(value: object) -> str:
    """Words, at least one."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} is not a text", 'write it in quotes, as in "…"')
    return value.strip()


def whole(least: int, most: int, *, because: str = "") -> Parser[int]:
    """A whole number between two others, both allowed."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong(f"{shown(value)} does not fit", f"write a whole number from {least} to {most}{because}")
        return value

    return parse


def yes_or_no(value: object) -> bool:
    """TOML's own true or false."""
    if not isinstance(value, bool):
        raise Wrong(f"{shown(value)} is neither true nor false", "write true or false, without quotes")
    return value


def one_of(choices: Mapping[str, T]) -> Parser[T]:
    """One of a few words."""

    def parse(value: object) -> T:
        if isinstance(value, str) and value in choices:
            return choices[value]
        right = " or ".join(f'"{choice}"' for choice in choices)
        raise Wrong(f"{shown(value)} is not one of the choices", f"write {right}")

    return parse


def many(parser: Parser[T]) -> Parser[tuple[T, ...]]:
    """A list, each part read by `parser`. The same twice is a mistake: it was meant to be something else."""

    def parse(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Wrong(f"{shown(value)} is not a list", 'write it in brackets, as in ["one", "two"]')
        read = tuple(parser(one) for one in value)
        for number, one in enumerate(read):
            if one in read[:number]:
                raise Wrong(f"{shown(value[number])} stands there twice", "take one away")
        return read

    return parse


def matching(pattern: str, wrong: str, right: str) -> Parser[str]:
    """A text that fits a pattern as a whole; `wrong` and `right` finish the sentence where it does not."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise Wrong(f"{shown(value)} {wrong}", right)
        return value

    return parse
