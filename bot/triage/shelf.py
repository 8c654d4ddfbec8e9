"""Vectors of posts in memory, and which of them are nearest: exact, by two looks.

The first goes over all of them with 8 bits a number, which is a quarter of what a product of 32 bits has to fetch from
memory; how far such a product may be from the true one is known, and what could be near enough by that is multiplied
as it is kept, with 16 bits a number. 100,000 posts of 384 numbers take 118 MB here, and 77 MB in the database. The
oldest make room.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.triage.logistic import Table
from bot.triage.vectors import Matrix

#: So many posts are remembered.
MOST = 100_000
_FIRST = 256
#: The largest of the small numbers.
_TOP = 127
#: So many posts tell what all have in common, where no head knows it.
FEW = 64


@dataclass(frozen=True, slots=True)
class Near:
    """A post of another conversation; `score` is the cosine, at most 1."""

    post: int
    conversation: int
    score: float


@dataclass(frozen=True, slots=True)
class Packed:
    """A vector as it is kept: `exact`, and `small * unit`, which is within `off` (a length) of it."""

    exact: NDArray[np.float16]
    small: NDArray[np.int8]
    unit: float
    off: float


def packed(rows: Matrix) -> list[Packed]:
    """Each row, in the order given."""
    exact = rows.astype(np.float16)
    true = exact.astype(np.float32)
    unit = np.maximum(np.abs(true).max(axis=1, initial=0), 1e-9) / _TOP
    small = np.rint(true / unit[:, None])
    off = np.linalg.norm(true - small * unit[:, None], axis=1)
    return [Packed(*one) for one in zip(exact, small.astype(np.int8), unit.tolist(), off.tolist(), strict=True)]


class Shelf:
    """All rows of one width, each of length 1 once what all posts have in common is taken away."""

    def __init__(self, width: int, mean: Table | None = None, *, most: int = MOST) -> None:
        self._mean = None if mean is None else mean[:width].astype(np.float32)
        self._most = most
        self._rows: NDArray[np.float16] = np.zeros((_FIRST, width), dtype=np.float16)
        self._small: NDArray[np.int8] = np.zeros((_FIRST, width), dtype=np.int8)
        self._unit: NDArray[np.float32] = np.zeros(_FIRST, dtype=np.float32)
        self._off = 0.0  # the most by which a small row was ever off
        self._of: NDArray[np.int64] = np.zeros((_FIRST, 3), dtype=np.int64)  # post, conversation, channel
        self._at: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """What the vectors take in bytes, with room for more."""
        return sum(one.nbytes for one in self._columns())

    @property
    def lowest(self) -> int:
        """The oldest post's number; 0 where there is none."""
        return min(self._at, default=0)

    def level(self, raw: Sequence[bytes]) -> Matrix:
        """Vectors as they are kept, as they are compared. Longer ones have more behind ours: that is left out."""
        width = self._rows.shape[1]
        rows = np.stack([np.frombuffer(one, dtype=np.float16)[:width] for one in raw]).astype(np.float32)
        if self._mean is not None:
            rows -= self._mean
        out: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return out

    def fits(self, raw: bytes) -> bool:
        return len(raw) >= 2 * int(self._rows.shape[1])

    def put(self, post: int, conversation: int, channel: int, row: Packed) -> None:
        """A new post, or one that changed or moved."""
        place = self._at.get(post)
        if place is None:
            if self._count >= self._most:
                self.drop(sorted(self._at)[: self._most // 100 + 1])
            place = self._count
            if place == len(self._rows):
                self._grow(min(2 * place, self._most))
            self._count += 1
            self._at[post] = place
        self._rows[place], self._small[place], self._unit[place] = row.exact, row.small, row.unit
        self._off = max(self._off, row.off)
        self._of[place] = post, conversation, channel

    def _columns(self) -> tuple[NDArray[np.generic], ...]:
        return self._rows, self._small, self._unit, self._of

    def _grow(self, to: int) -> None:
        self._rows, self._small, self._unit, self._of = (
            np.concatenate((one, np.zeros((to - len(one), *one.shape[1:]), dtype=one.dtype))) for one in self._columns()
        )

    def drop(self, posts: Collection[int]) -> None:
        """Their numbers are gone from memory: the last one takes the place."""
        for post in posts:
            place = self._at.pop(post, None)
            if place is None:
                continue
            self._count -= 1
            last = self._count
            if place != last:
                for one in self._columns():
                    one[place] = one[last]
                self._at[int(self._of[place][0])] = place
            for one in self._columns():
                one[last] = 0

    def known(self) -> set[int]:
        return set(self._at)

    def nearest(self, row: Matrix, *, channel: int, apart_from: int, least: float, limit: int) -> list[Near]:
        """The nearest of this channel that are at least so near, one of each other conversation, the nearest first."""
        if not self._count:
            return []
        import numkong  # not before: a bot that compares nothing need not load it

        (asked,) = packed(row[None])
        rough = np.asarray(numkong.cdist(asked.small[None], self._small[: self._count], metric="dot"))[0]
        rough *= self._unit[: self._count] * asked.unit
        # |r*q - r'*q'| <= |r - r'||q| + |r'||q - q'|, and lengths are 1, or a little more by rounding.
        off = 1.001 * (self._off + (1 + self._off) * asked.off)
        places = np.flatnonzero(rough >= least - off)
        of = self._of[places]
        places = places[(of[:, 2] == channel) & (of[:, 1] != apart_from)]
        if len(places) > 4 * limit:
            last = np.partition(rough[places], -4 * limit)[-4 * limit]
            places = places[rough[places] >= last - 2 * off]
        scores = self._rows[places].astype(np.float32) @ asked.exact.astype(np.float32)
        order = np.argsort(-scores, kind="stable")
        order = order[scores[order] >= least]
        found: dict[int, Near] = {}
        for nth in order:
            post, conversation, _ = (int(one) for one in self._of[places[nth]])
            found.setdefault(conversation, Near(post, conversation, min(float(scores[nth]), 1.0)))
            if len(found) == limit:
                break
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whose vectors are compared: those of readings whose model's name begins so, of each the first `width` numbers.
    `mean` is what all posts have in common, without which everything is like everything."""

    model: str
    width: int
    mean: Table | None = None

    @property
    def level(self) -> bool:
        return self.mean is not None

    def shelf(self, most: int = MOST) -> Shelf:
        return Shelf(self.width, self.mean, most=most)


def leveled(likeness: Likeness, raw: Sequence[bytes]) -> Likeness | None:
    """The same with what these have in common; None where they are too few to tell."""
    fit = [np.frombuffer(one, dtype=np.float16)[: likeness.width] for one in raw if len(one) >= 2 * likeness.width]
    if len(fit) < FEW:
        return None
    mean: Table = np.stack(fit).astype(np.float64).mean(axis=0)
    return replace(likeness, mean=mean)
