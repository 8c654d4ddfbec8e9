"""Answers of a surface that are believed for seconds only."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST_KEPT = 5000


class Kept(Generic[K, V]):
    """Answers with the second they were given in."""

    def __init__(self, kept: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept.total_seconds()
        self._clock = clock
        self._answers: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        found = self._answers.get(key)
        return found[1] if found is not None and self._clock() - found[0] < self._kept else None

    def put(self, key: K, value: V) -> V:
        if len(self._answers) >= MOST_KEPT:
            self._answers.clear()
        self._answers[key] = (self._clock(), value)
        return value
