"""In which language a text is, where that can be told from its words; by py3langid's model, offline, with nothing to
build. Short texts and texts between two languages have none: whoever asks does without.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from bot.memory import give_back

#: What customers of public platforms mostly write. More would be confused with these (gl and pt, nn and no) far more
#: often than they would be met.
AMONG = (
    "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv th tr uk "
    "ur vi zh"
)

#: Below this nobody is told what language it is. tests/voice/drafts.jsonl: at .9 no text of four words or more is
#: given a wrong one.
SURE = 0.9

#: Fewer words (or, in scripts without spaces, fewer than twice as many characters) tell nothing: "ok super".
FEWEST_WORDS = 4

_NOT_WORDS = regex.compile(r"https?://\S+|\S+@\S+\.\S+|[@#]\S+|\d+")
_WORDS = regex.compile(r"\p{L}[\p{L}\p{M}'’]*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")


@dataclass(frozen=True, slots=True)
class _Identifier:
    """py3langid's model, in a fraction of the memory that its own class takes (5 instead of 83 MB), with its answers.

    It walks from state to state by each byte, and is in the state of the longest end of what was read that it knows
    (Aho and Corasick, 1975). Its table says for each state where every byte leads; here stands only which bytes
    lengthen what is known, and in which shorter state to look for all others. States that nothing lengthens share the
    row of the first shorter one that something does.

    What a state says of most languages is that they hardly ever have it, which is one number a language.
    """

    languages: tuple[str, ...]
    usual: tuple[int, ...]  # the row of the first state, which knows nothing yet
    bytes_of: bytes  # those that lengthen, row after row; none of the first
    leads_to: array[int]  # for each of them
    begins: array[int]  # where each row begins in both
    shorter: array[int]  # the row to look in next
    row_of: array[int]  # of a state
    says: array[int]  # of a state: a row of the table, -1 nothing
    hardly: NDArray[np.float32]  # of each language
    told: NDArray[np.uint32]  # where each row of the table begins in these two: of which languages it says what
    languages_of: NDArray[np.uint8]
    table: NDArray[np.float16]
    before: NDArray[np.float32]

    def classify(self, text: str) -> tuple[str, float]:
        """The likeliest of our languages, and how likely it is among them."""
        said = unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode(errors="surrogatepass")
        met = self._walk(said)
        if not met:
            return self.languages[0], 1 / len(self.languages)
        counts = np.fromiter(met.values(), dtype=np.float32, count=len(met))
        rows = np.fromiter(met.keys(), dtype=np.intp, count=len(met))
        often = np.log1p(counts)
        first = self.told[rows].astype(np.intp)
        many = self.told[rows + 1] - first
        at = np.arange(many.sum()) + np.repeat(first - (np.cumsum(many) - many), many)
        of = self.languages_of[at]
        more = np.bincount(of, np.repeat(often, many) * (self.table[at] - self.hardly[of]), len(self.languages))
        scores = (often.sum() * self.hardly + more + self.before) / math.sqrt(len(said))
        chances = np.exp(scores - scores.max())
        best = int(chances.argmax())
        return self.languages[best], float(chances[best] / chances.sum())

    def _walk(self, said: bytes) -> Counter[int]:
        state, met = 0, []
        find, begins, shorter = self.bytes_of.find, self.begins, self.shorter
        for byte in said:
            row, at = self.row_of[state], -1
            while row and (at := find(byte, begins[row], begins[row + 1])) < 0:
                row = shorter[row]
            state = self.leads_to[at] if row else self.usual[byte]
            if self.says[state] >= 0:
                met.append(self.says[state])
        return Counter(met)


class _Ends(NamedTuple):
    """Of the same names in `_Identifier`."""

    bytes_of: NDArray[np.intp]
    leads_to: NDArray[np.intp]
    begins: NDArray[np.intp]
    shorter: NDArray[np.intp]
    row_of: NDArray[np.intp]


def _ends(rows: NDArray[np.uint32], row_of: NDArray[np.intp]) -> _Ends:
    """What lengthens what, out of a table that says for every state where each byte leads: a byte lengthens a state
    when it leads to one that nothing shorter leads to. From the shortest to the longest, a length at a time."""
    known = np.zeros(len(row_of), dtype=np.bool_)
    shorter = np.zeros(len(row_of), dtype=np.intp)
    these = np.zeros(1, dtype=np.intp)
    known[0] = True
    lengths, steps = [], []
    while len(these):
        longer = []
        for first in range(0, len(these), 4096):  # not all at once: it would take as much again
            some = these[first : first + 4096]
            moves = rows[row_of[some]]
            nth, byte = np.nonzero(~known[moves])
            state, new = some[nth], moves[nth, byte].astype(np.intp)
            known[new] = True
            if state.any():  # those of one byte end in nothing shorter
                shorter[new] = rows[row_of[shorter[state]], byte]
                steps.append((state, byte, new))
            longer.append(new)
        lengths.append(these)
        these = np.concatenate(longer)
    states, bytes_of, leads_to = (np.concatenate(column) for column in zip(*steps, strict=True))
    order = np.argsort(states, kind="stable")
    lengthened, begins = np.unique(states[order], return_index=True)
    row = np.zeros(len(row_of), dtype=np.intp)
    row[lengthened] = np.arange(1, len(lengthened) + 1)
    for some in lengths:
        row[some] = np.where(row[some] > 0, row[some], row[shorter[some]])
    return _Ends(
        bytes_of[order],
        leads_to[order],
        np.concatenate(([0], begins, [len(states)])),
        np.concatenate(([0], row[shorter[lengthened]])),
        row,
    )


def _numbers(some: NDArray[np.intp]) -> array[int]:
    """As Python reads them fastest."""
    return array("I", some.astype(np.uint32).tobytes())


@functools.cache
def _identifier() -> _Identifier:
    """Read once, at the first question, and the memory that this took is given back: bot/memory.py."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    table, before, languages, moves, row_of, says = load_model(MODEL_DIR / MODEL_FILE)
    ours = [nth for nth, language in enumerate(languages) if language in AMONG.split()]
    table = np.ascontiguousarray(table[:, ours])
    hardly = table.min(axis=0)
    at, of = np.nonzero(table != hardly)
    rows = np.frombuffer(moves, dtype=np.uint32).reshape(-1, 256)
    ends = _ends(rows, np.asarray(row_of, dtype=np.intp))
    identifier = _Identifier(
        languages=tuple(languages[nth] for nth in ours),
        usual=tuple(rows[row_of[0]].tolist()),
        bytes_of=ends.bytes_of.astype(np.uint8).tobytes(),
        leads_to=_numbers(ends.leads_to),
        begins=_numbers(ends.begins),
        shorter=_numbers(ends.shorter),
        row_of=_numbers(ends.row_of),
        says=array("i", says),
        hardly=hardly.astype(np.float32),
        told=np.searchsorted(at, np.arange(len(table) + 1)).astype(np.uint32),
        languages_of=of.astype(np.uint8),
        table=table[at, of],
        before=before[ours],
    )
    del table, at, of, moves, rows, row_of, ends, says
    give_back()
    return identifier


def guess(text: str) -> tuple[str, float]:
    """The code of the likeliest language, however unlikely, and how likely it is; "" where there is no word to tell
    from."""
    said = _NOT_WORDS.sub(" ", text)
    return _identifier().classify(said) if _WORDS.search(said) else ("", 0.0)


def language_of(text: str, *, sure: float = SURE, fewest: int = FEWEST_WORDS) -> str | None:
    """Its code, as in "de"; None where there are too few words, or where it could as well be another."""
    said = _NOT_WORDS.sub(" ", text)
    if len(_WORDS.findall(said)) < fewest and len(_UNSPACED.findall(said)) < 2 * fewest:
        return None
    language, probability = _identifier().classify(said)
    return language if probability >= sure else None


#: Scripts that one language above all is written in; it need not be that one, but Latin letters it is not.
_SCRIPTS = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"\p{Hangul}"),
    "zh": regex.compile(r"\p{Han}"),
    "th": regex.compile(r"\p{Thai}"),
    "hi": regex.compile(r"\p{Devanagari}"),
    "ar": regex.compile(r"\p{Arabic}"),
    "he": regex.compile(r"\p{Hebrew}"),
    "el": regex.compile(r"\p{Greek}"),
    "ru": regex.compile(r"\p{Cyrillic}"),
}
_LATIN = regex.compile(r"\p{Latin}")


def script_of(text: str) -> str | None:
    """The language that a text's script is known for, however short it is; None where it is mostly Latin letters."""
    said = _NOT_WORDS.sub(" ", text)
    latin = len(_LATIN.findall(said))
    for language, script in _SCRIPTS.items():
        if len(script.findall(said)) >= max(2, latin / 2):
            return language
    return None
