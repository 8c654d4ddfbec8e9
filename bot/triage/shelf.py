"""Vectors of posts in memory, and which of them are nearest: exact, by one product of matrices. Pure numpy.

100,000 posts of 384 numbers take 154 MB here (32 bits each: numpy multiplies nothing smaller quickly), and 77 MB in
the database (16 bits). The oldest make room.
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
#: So many posts tell what all have in common, where no head knows it.
FEW = 64


@dataclass(frozen=True, slots=True)
class Near:
    """A post of another conversation; `score` is the cosine, at most 1."""

    post: int
    conversation: int
    score: float


class Shelf:
    """All rows of one width, each of length 1 once what all posts have in common is taken away."""

    def __init__(self, width: int, mean: Table | None = None, *, most: int = MOST) -> None:
        self._mean = None if mean is None else mean[:width].astype(np.float32)
        self._most = most
        self._rows: Matrix = np.zeros((_FIRST, width), dtype=np.float32)
        self._of: NDArray[np.int64] = np.zeros((_FIRST, 3), dtype=np.int64)  # post, conversation, channel
        self._at: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """What the vectors take in bytes, with room for more."""
        return self._rows.nbytes + self._of.nbytes

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

    def put(self, post: int, conversation: int, channel: int, row: Matrix) -> None:
        """A new post, or one that changed or moved."""
        place = self._at.get(post)
        if place is None:
            if self._count >= self._most:
                self.drop(sorted(self._at)[: self._most // 100 + 1])
            place = self._count
            if place == len(self._rows):
                more = min(2 * place, self._most)
                self._rows = np.concatenate((self._rows, np.zeros((more - place, row.shape[-1]), dtype=np.float32)))
                self._of = np.concatenate((self._of, np.zeros((more - place, 3), dtype=np.int64)))
            self._count += 1
            self._at[post] = place
        self._rows[place] = row
        self._of[place] = post, conversation, channel

    def drop(self, posts: Collection[int]) -> None:
        """Their numbers are gone from memory: the last one takes the place."""
        for post in posts:
            place = self._at.pop(post, None)
            if place is None:
                continue
            self._count -= 1
            last = self._count
            if place != last:
                self._rows[place], self._of[place] = self._rows[last], self._of[last]
                self._at[int(self._of[place][0])] = place
            self._rows[last], self._of[last] = 0, 0

    def known(self) -> set[int]:
        return set(self._at)

    def nearest(self, row: Matrix, *, channel: int, apart_from: int, least: float, limit: int) -> list[Near]:
        """The nearest of this channel that are at least so near, one of each other conversation, the nearest first."""
        scores = self._rows[: self._count] @ row
        places = np.flatnonzero(scores >= least)
        of = self._of[places]
        places = places[(of[:, 2] == channel) & (of[:, 1] != apart_from)]
        if len(places) > 4 * limit:
            places = places[np.argpartition(-scores[places], 4 * limit)[: 4 * limit]]
        found: dict[int, Near] = {}
        for place in places[np.argsort(-scores[places], kind="stable")]:
            post, conversation, _ = (int(one) for one in self._of[place])
            found.setdefault(conversation, Near(post, conversation, min(float(scores[place]), 1.0)))
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
