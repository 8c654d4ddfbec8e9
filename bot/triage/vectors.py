"""The vector of a post, as the rooms of triage see it. Who makes it, and where, is left to the model behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: One row a text, 32-bit, each of length 1.
Matrix: TypeAlias = NDArray[np.float32]

#: How many numbers a vector has.
WIDTH = 384


class Unavailable(Exception):
    """There is no model now: none fits this machine, it is being built, or it fell. The sentence says which."""


class Vectors(Protocol):
    """Where vectors come from."""

    async def of(self, texts: Sequence[str]) -> Matrix:
        """A row for each text, of shape (n, WIDTH). Never blocks the loop.

        Raises Unavailable when there is no model now; whoever asked goes on without.
        """
        ...
