"""The same text again: reposts, cuts, typos, added tags, a remark put before it. By MinHash, in memory, in one process.

A text is the set of its five-letter pieces. 64 hashes stand for the set; texts that agree in a band of three of them
are compared piece by piece. What is done with copies, and what is kept of them, is left to `storms.py`.

Figures and why these numbers: docs/explanation/storms.md; `make bench` measures them anew.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Hashes: TypeAlias = NDArray[np.uint32]

PIECE = 5  # letters
HASHES = 64
BANDS, IN_BAND = 21, 3
#: Fewer pieces say nothing: "thanks a lot!" is everybody's.
FEWEST = 15
#: Two texts are the same where they share so much of all their pieces, or so much of the shorter one's.
SHARED = 0.45
CONTAINED = 0.70
#: So like one that is known already, a copy finds nothing that the other does not find: it is counted, not kept.
ALIKE = 0.80
#: Candidates that are compared piece by piece.
CLOSEST = 6
#: Two typos side by side, or a word in the place of another, change so many pieces in a row.
SLIP = 12
#: Of a band that very many share, as a slogan might be, only so many are looked at.
MOST_IN_BAND = 50
#: So many new texts are looked up in a dictionary before they go into the sorted table.
FRESH = 4_096

_NOISE = re.compile(r"https?://\S+|\bwww\.\S+|@\w+(?:[.@]\w+)*|^\s*(?:rt|mt|via)\b:?", re.IGNORECASE)
_GAPS = re.compile(r"[\W_]+")

_RANDOM = random.Random(20261122)


def _odd(count: int) -> NDArray[np.uint64]:
    return np.array([_RANDOM.getrandbits(64) | 1 for _ in range(count)], dtype=np.uint64)


_LETTERS: Hashes = _odd(PIECE).astype(np.uint32)
_FACTORS: Hashes = _odd(HASHES).astype(np.uint32)
_IN_BAND = _odd(IN_BAND)
_BANDS = _odd(BANDS)


def _in_order(text: str) -> Hashes:
    """The text's pieces as numbers, as they stand; none of addresses, mentions, upper case or punctuation."""
    said = text.casefold()
    if "@" in said or "http" in said or "www." in said or said[:4].lstrip()[:2] in {"rt", "mt"}:
        said = _NOISE.sub(" ", said)
    bare = _GAPS.sub(" ", said).strip()
    many = len(bare) - PIECE + 1
    if many < 1:
        return np.empty(0, dtype=np.uint32)
    # Every letter begins a window of five: each window is one row of this view, and nothing is copied.
    windows: Hashes = np.ndarray((many, PIECE), np.uint32, bare.encode("utf-32-le", "surrogatepass"), 0, (4, 4))
    hashed: Hashes = windows @ _LETTERS
    return hashed


def pieces(text: str) -> Hashes:
    """The text's pieces, sorted, each once."""
    hashed = _in_order(text)
    if not len(hashed):
        return hashed
    hashed.sort()
    fresh = np.empty(len(hashed), dtype=np.bool_)
    fresh[0] = True
    np.not_equal(hashed[1:], hashed[:-1], out=fresh[1:])
    kept: Hashes = hashed[fresh]
    return kept


def signature(text: Hashes) -> Hashes:
    """The smallest of each of the hashes of these pieces."""
    least: Hashes = np.multiply.outer(_FACTORS, text).min(axis=1)
    return least


def bands(signs: Hashes) -> NDArray[np.uint64]:
    """A number for each band of one signature, or of many: equal numbers, equal hashes."""
    rows = signs[..., : BANDS * IN_BAND].reshape(*signs.shape[:-1], BANDS, IN_BAND).astype(np.uint64)
    sums: NDArray[np.uint64] = rows @ _IN_BAND + _BANDS
    return sums


def shared(one: Hashes, other: Hashes) -> tuple[float, float]:
    """How much of all their pieces two texts share, and how much of the shorter one's."""
    same = common(one, other)
    least = min(len(one), len(other))
    return same / (len(one) + len(other) - same), same / least if least else 0.0


def common(one: Hashes, other: Hashes) -> int:
    """How many pieces are in both."""
    both = np.concatenate((one, other))
    both.sort()
    return int(np.count_nonzero(both[1:] == both[:-1]))


def own_letters(text: str, first: Hashes) -> int:
    """About how many letters a text has that are its own, where they stand in a row: a typo or another word here and
    there makes none."""
    runs = np.diff(np.flatnonzero(np.concatenate(([True], np.isin(_in_order(text), first), [True])))) - 1
    return int(np.maximum(runs - SLIP, 0).sum())


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that others are compared with: `group` is the number of the first like it."""

    group: int
    room: int
    at: float
    pieces: Hashes


@dataclass(frozen=True, slots=True)
class Seen:
    """The number of the first text of a group, and how many letters of its own another has (`own_letters`)."""

    first: int
    own: int


class Copies:
    """What was said lately, found again by what is like it. Not safe for several threads at once."""

    def __init__(self, *, window: float, fresh: int = FRESH) -> None:
        """`window` seconds back, texts are known; every so many `fresh` ones the older are forgotten."""
        self._window = window
        self._settle_after = fresh
        self._rows: list[Kept] = []
        self._signs: Hashes = np.empty((0, HASHES), dtype=np.uint32)
        self._fresh: dict[int, int] = {}
        self._shared: dict[int, list[int]] = {}  # those behind the first of a fresh band
        self._fresh_from = 0
        self._keys: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        self._at_key: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)
        self._seeds: dict[int, Hashes] = {}
        self.now = 0.0

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def bytes(self) -> int:
        """About how much memory it takes, the fresh ones' dictionary left out."""
        texts = sum(row.pieces.nbytes + 200 for row in self._rows)
        return texts + self._signs.nbytes + self._keys.nbytes + self._at_key.nbytes

    def see(self, number: int, room: int, at: float, text: str) -> Seen | None:
        """The first text like this one in the same room, which is itself where there is none; None where it is too
        short to tell. From now on this one is known, too. Times rise."""
        said = pieces(text)
        if len(said) < FEWEST:
            return None
        self.now = max(self.now, at)
        sign = signature(said)
        keys = bands(sign)
        group, alike = self._like(keys, sign, said, room)
        if group is None:
            group = number
            self._seeds[number] = said
            self._keep(Kept(group, room, at, said), sign, keys)
        elif alike < ALIKE and self._near_first(group, said):
            self._keep(Kept(group, room, at, said), sign, keys)
        first = self._seeds.get(group)
        if first is None or first is said or len(said) - common(first, said) <= SLIP:
            return Seen(group, 0)
        return Seen(group, own_letters(text, first))

    def _near_first(self, group: int, said: Hashes) -> bool:
        """Copies of copies may drift away; one that is far from the first finds no more."""
        first = self._seeds.get(group)
        if first is None:
            return False
        jaccard, contained = shared(first, said)
        return jaccard >= SHARED or contained >= CONTAINED

    def _like(self, keys: NDArray[np.uint64], sign: Hashes, said: Hashes, room: int) -> tuple[int | None, float]:
        found = self._candidates(keys)
        if len(found) > CLOSEST:
            agree = (self._signs[found] == sign).sum(axis=1)
            found = [found[nth] for nth in np.argsort(-agree, kind="stable")[:CLOSEST].tolist()]
        best: tuple[int | None, float] = (None, 0.0)
        oldest = self.now - self._window
        for at in found:
            row = self._rows[at]
            if row.room != room or row.at < oldest:
                continue
            jaccard, contained = shared(row.pieces, said)
            if (jaccard >= SHARED or contained >= CONTAINED) and (best[0] is None or jaccard > best[1]):
                best = (row.group, jaccard)
        return best

    def _candidates(self, keys: NDArray[np.uint64]) -> list[int]:
        found: list[int] = []
        fresh = self._fresh
        for key in keys.tolist():
            if key in fresh:
                found.append(fresh[key])
                if key in self._shared:
                    found += self._shared[key][:MOST_IN_BAND]
        if len(self._keys):
            keys.sort()  # neighbours are looked up one after the other: most of the way is in the cache by then
            left = self._keys.searchsorted(keys)
            met = self._keys[np.minimum(left, len(self._keys) - 1)] == keys
            for nth in np.flatnonzero(met).tolist():
                first = int(left[nth])
                some = slice(first, first + MOST_IN_BAND)
                found += self._at_key[some][self._keys[some] == keys[nth]].tolist()
        return sorted(set(found))

    def _keep(self, row: Kept, sign: Hashes, keys: NDArray[np.uint64]) -> None:
        nth = len(self._rows)
        if nth == len(self._signs):
            grown = np.empty((max(1024, 2 * nth), HASHES), dtype=np.uint32)
            grown[:nth] = self._signs[:nth]
            self._signs = grown
        self._signs[nth] = sign
        self._rows.append(row)
        fresh = self._fresh
        for key in keys.tolist():
            # Nearly always alone: a list each would be a hundred thousand more things for the garbage collector.
            if key not in fresh:
                fresh[key] = nth
            else:
                self._shared.setdefault(key, []).append(nth)
        if nth + 1 - self._fresh_from >= self._settle_after:
            self._settle()

    def _settle(self) -> None:
        """Forget what is too old; put the rest into the sorted table."""
        oldest = self.now - self._window
        stay = np.array([row.at >= oldest for row in self._rows], dtype=np.bool_)
        if not stay.all():
            self._rows = [row for row, keep in zip(self._rows, stay.tolist(), strict=True) if keep]
            self._signs = np.ascontiguousarray(self._signs[: len(stay)][stay])
            alive = {row.group for row in self._rows}
            self._seeds = {group: seed for group, seed in self._seeds.items() if group in alive}
            keys, at_key = _all_bands(self._signs[: len(self._rows)], 0)
        else:
            keys, at_key = _all_bands(self._signs[self._fresh_from : len(self._rows)], self._fresh_from)
            keys, at_key = np.concatenate((self._keys, keys)), np.concatenate((self._at_key, at_key))
        order = np.argsort(keys, kind="stable")
        self._keys, self._at_key = keys[order], at_key[order]
        self._fresh, self._shared, self._fresh_from = {}, {}, len(self._rows)


def _all_bands(signs: Hashes, first: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    at_key = np.repeat(np.arange(first, first + len(signs), dtype=np.uint32), BANDS)
    return bands(signs).reshape(-1), at_key
