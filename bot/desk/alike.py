"""Whether two texts ask for the same thing, by their words alone. Pure.

`nearest` is the one function that a better judge (vectors) would replace: texts in, the nearest others with a score
from 0 to 1 out. It only ever offers; that two ideas are one is said by a rep.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

#: From here on two texts are offered as one. By eye, over pairs as in tests/desk/test_alike.py: the same wish in other
#: words lies above, another wish about the same thing below.
NEAR = 0.5

#: What says nothing about the wish: addresses, people, punctuation.
_ADDRESSES = re.compile(r"https?://\S+|@[\w.@-]+", re.UNICODE)
_NO_WORD = re.compile(r"[^\w]+", re.UNICODE)

#: So much of a long post is compared: a wish is short.
_LONGEST = 600

#: Words of fewer letters ("a", "to", "we") are in every wish, in most languages.
_SHORT = 2

#: How people wish, not what for: English, German, French, Spanish. Words that are not here only make a pair look a
#: little nearer than it is.
_WISHES = """
    add added adding again all also and any app are awesome been being but can could did does doing ever for from
    get give good great had has have having hello hey hope how idea just let like love lovely make maybe need nice not
    offer one our please put really see should some suggestion support thanks that the their them then there they think
    this too use useful very want was wish with work would yes you your feature option possible possibility able
    aber auch bitte das dass dem den der die ein eine einen einer euch eure fur gerne gibt gut haben hatte ich ihr ist
    kann konnt konntet man mir mit noch schon sein toll und uns ware warum wunsche wurde wurdet anbieten cool
    avec bonjour ce cela dans des est etre faire les merci nous pas peut plait pour pourriez que serait sil sur une
    vous con del ella esta favor gracias gustaria hola las los mas me para podria por seria sin una
"""
_WISHING = frozenset(_WISHES.split())


def normal(text: str) -> str:
    """The words alone, in one spelling: without addresses, mentions, punctuation, case and accents."""
    bare = _ADDRESSES.sub(" ", text[: _LONGEST * 2])
    plain = unicodedata.normalize("NFKD", bare).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char) and char not in "'’")
    return " ".join(_NO_WORD.sub(" ", plain.replace("_", " ")).split())[:_LONGEST]


def same(one: str, other: str) -> bool:
    """Whether the words are the very same ones; no words at all are nobody's."""
    words = normal(one)
    return bool(words) and words == normal(other)


def nearest(text: str, others: Mapping[int, Sequence[str]], *, limit: int = 3) -> list[tuple[int, float]]:
    """Which of `others` (each with the texts that stand for it) are near, the nearest first, with their scores."""
    mine = _Shape(text)
    if not mine.pieces:
        return []
    scores = [(number, max((mine.like(_Shape(one)) for one in texts), default=0.0)) for number, texts in others.items()]
    found = [(number, score) for number, score in scores if score >= NEAR]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:limit]


class _Shape:
    """A text as what is compared: its longer words, cut to their beginnings, and its runs of three letters, which also
    work where words are not set apart."""

    def __init__(self, text: str) -> None:
        words = normal(text).split()
        long = [word for word in words if len(word) > _SHORT and word not in _WISHING] or words
        self.words = Counter(word[:5] for word in long)
        joined = " ".join(long)
        self.pieces = Counter(joined[at : at + 3] for at in range(max(len(joined) - 2, 1))) if joined else Counter()

    def like(self, other: _Shape) -> float:
        return (_dice(self.words, other.words) + _dice(self.pieces, other.pieces)) / 2


def _dice(one: Counter[str], other: Counter[str]) -> float:
    """How much two bags have in common: 1 the same, 0 nothing."""
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 0.0
