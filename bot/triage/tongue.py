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
    """py3langid's model, in a quarter of the memory that its own class takes (20 instead of 83 MB), with its answers.

    It walks from state to state by each byte. Nearly all of its table says what its first row says: only what differs
    is kept, of each row the bytes and where they lead.
    """

    languages: tuple[str, ...]
    usual: tuple[int, ...]  # the first row
    bytes_of: bytes  # row after row
    leads_to: array[int]  # for each of them
    begins: array[int]  # where each row begins in both
    row_of: array[int]  # of a state
    says: array[int]  # of a state: a column of the table, -1 nothing
    table: NDArray[np.float16]
    before: NDArray[np.float32]

    def classify(self, text: str) -> tuple[str, float]:
        """The likeliest of our languages, and how likely it is among them."""
        said = unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode(errors="surrogatepass")
        met = self._walk(said)
        if not met:
            return self.languages[0], 1 / len(self.languages)
        counts = np.fromiter(met.values(), dtype=np.float32, count=len(met))
        columns = np.fromiter(met.keys(), dtype=np.intp, count=len(met))
        scores = (np.log1p(counts) @ self.table[columns] + self.before) / math.sqrt(len(said))
        chances = np.exp(scores - scores.max())
        best = int(chances.argmax())
        return self.languages[best], float(chances[best] / chances.sum())

    def _walk(self, said: bytes) -> Counter[int]:
        state, met = 0, []
        find, leads_to, begins = self.bytes_of.find, self.leads_to, self.begins
        for byte in said:
            row = self.row_of[state]
            at = find(byte, begins[row], begins[row + 1])
            state = self.usual[byte] if at < 0 else leads_to[at]
            if self.says[state] >= 0:
                met.append(self.says[state])
        return Counter(met)


@functools.cache
def _identifier() -> _Identifier:
    """Read once, at the first question, and the memory that this took is given back: bot/memory.py."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    table, before, languages, moves, row_of, says = load_model(MODEL_DIR / MODEL_FILE)
    ours = [nth for nth, language in enumerate(languages) if language in AMONG.split()]
    rows = np.frombuffer(moves, dtype=np.uint32).reshape(-1, 256)
    usual = rows[row_of[0]]
    begins, kept_bytes, kept = array("I", [0]), [], []
    for first in range(0, len(rows), 4096):  # not all at once: it would take as much again
        some = rows[first : first + 4096]
        differ = some != usual
        where = np.nonzero(differ)
        kept_bytes.append(where[1].astype(np.uint8).tobytes())
        kept.append(some[where].tobytes())
        ends = np.cumsum(differ.sum(axis=1)) + begins[-1]
        begins.frombytes(ends.astype(np.uint32).tobytes())
    identifier = _Identifier(
        languages=tuple(languages[nth] for nth in ours),
        usual=tuple(usual.tolist()),
        bytes_of=b"".join(kept_bytes),
        leads_to=array("I", b"".join(kept)),
        begins=begins,
        row_of=row_of,
        says=array("i", says),
        table=np.ascontiguousarray(table[:, ours]),
        before=before[ours],
    )
    del table, moves, rows, some, says
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
