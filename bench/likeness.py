"""Which earlier posts resemble one: an exact search among 100,000 vectors, beside the bare product in numpy."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bot.triage.seen import LEAST, LOOKED_AT
from bot.triage.shelf import Shelf, packed
from bot.triage.vectors import WIDTH, Matrix

POSTS, ASKED = 100_000, 200


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one search, megabytes."""

    median: float
    p95: float
    bare: float
    memory: float


def vectors(many: int) -> Matrix:
    """In a few hundred bunches, as posts about the same things are."""
    numbers = np.random.default_rng(6)
    topics = numbers.standard_normal((300, WIDTH)).astype(np.float32)
    rows = topics[numbers.integers(0, len(topics), many)]
    rows = rows + numbers.standard_normal((many, WIDTH), dtype=np.float32)
    out: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return out


def times_of(act: Callable[[Matrix], object], asked: Matrix) -> list[float]:
    found = []
    for row in asked:
        began = time.perf_counter()
        act(row)
        found.append(time.perf_counter() - began)
    return sorted(found)


def measured() -> Measured:
    rows = vectors(POSTS)
    shelf = Shelf(WIDTH, most=POSTS)
    for post, row in enumerate(packed(rows), start=1):
        shelf.put(post, post, 1, row)
    asked = rows[:: POSTS // ASKED]

    def ours(row: Matrix) -> object:
        return shelf.nearest(row, channel=1, apart_from=0, least=LEAST, limit=LOOKED_AT)

    for act in (ours, rows.dot):
        times_of(act, asked[:20])  # warm
    took, bare = times_of(ours, asked), times_of(rows.dot, asked)
    return Measured(
        median=statistics.median(took),
        p95=took[int(0.95 * len(took))],
        bare=bare[int(0.95 * len(bare))],
        memory=shelf.size / 2**20,
    )
