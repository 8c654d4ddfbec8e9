"""Logistic regression in numpy: fitting, asking, calibrating. Pure; knows nothing of posts.

Steps by the curvature that no logistic curve exceeds (Boehning and Lindsay, 1988), which is inverted once for all
lines: no chance in it, some milliseconds for some hundred examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: One row an example or a name, 64-bit: what is fitted is summed up over thousands.
Table = NDArray[np.float64]

_STEPS = 400
#: Small enough that four digits stay.
_STILL = 1e-5
#: Logits beyond this say no more: e^30 is past all certainty.
_MOST = 30.0


def sigmoid(logits: Table) -> Table:
    """Probabilities of logits."""
    out: Table = 1.0 / (1.0 + np.exp(-np.clip(logits, -_MOST, _MOST)))
    return out


def logit(chances: Table) -> Table:
    """Logits of probabilities."""
    near = np.clip(chances, 1e-6, 1 - 1e-6)
    out: Table = np.log(near / (1 - near))
    return out


@dataclass(frozen=True, slots=True)
class Line:
    """Weights of one yes or no; the last one stands for itself."""

    weights: Table

    def logits(self, examples: Table) -> Table:
        out: Table = examples @ self.weights[:-1] + self.weights[-1]
        return out


def fit(
    examples: Table,
    truth: Table,
    *,
    strength: float,
    weights: Table | None = None,
    priors: tuple[Line, ...] | None = None,
) -> tuple[Line, ...]:
    """A line for each column of `truth` (0 or 1). `strength` holds lines near `priors`, or near nothing; `weights` say
    how much each example counts. No examples: the priors themselves."""
    wide = np.hstack((examples, np.ones((len(examples), 1))))
    start = np.zeros((wide.shape[1], truth.shape[1]))
    if priors is not None:
        start = np.stack([one.weights for one in priors], axis=1).astype(np.float64)
    count = np.ones(len(wide)) if weights is None else weights
    hold = np.full(wide.shape[1], strength)
    if priors is None:
        hold[-1] = 1e-2  # how frequent something is is no matter of size
    back = np.linalg.inv((wide * (count[:, None] / 4)).T @ wide + np.diag(hold))
    at, before, run = start.copy(), start.copy(), 1.0
    for _ in range(_STEPS):
        # A step from a little ahead, as the last one went; begun anew where that overshoots (Nesterov, 1983).
        after = (1 + np.sqrt(1 + 4 * run * run)) / 2
        ahead = at + (run - 1) / after * (at - before)
        slope = wide.T @ (count[:, None] * (sigmoid(wide @ ahead) - truth)) + hold[:, None] * (ahead - start)
        step = back @ slope
        new = ahead - step
        over = float((step * (new - at)).sum()) > 0
        at, before, run = new, at, 1.0 if over else after
        if float(np.abs(at - before).max()) < _STILL:
            break
    return tuple(Line(np.ascontiguousarray(column)) for column in at.T)


def calibration(logits: Table, truth: Table, weights: Table | None = None) -> tuple[float, float]:
    """What to divide logits by, and what to add to them before, so that what is said to be so in 80 of 100 cases is
    (Platt, 1999). Where they say nothing of the truth, they are divided by much."""
    (line,) = fit(logits[:, None], truth[:, None], strength=1e-3, weights=weights)
    slope, shift = max(float(line.weights[0]), 0.05), float(line.weights[1])
    return 1 / slope, shift / slope
