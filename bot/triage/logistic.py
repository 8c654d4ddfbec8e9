"""Logistic regression in numpy: fitting, asking, calibrating. Pure; knows nothing of posts.

Newton's method: a handful of steps, no chance in it, a few milliseconds for some hundred examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: One row an example or a name, 64-bit: what is fitted is summed up over thousands.
Table = NDArray[np.float64]

_STEPS = 12
_STILL = 1e-6
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
    examples: Table, truth: Table, *, strength: float, weights: Table | None = None, prior: Line | None = None
) -> Line:
    """The line that parts `truth` (0 or 1). `strength` holds it near `prior`, or near nothing; `weights` say how
    much each example counts. No examples: the prior itself."""
    wide = np.hstack((examples, np.ones((len(examples), 1))))
    start = np.zeros(wide.shape[1]) if prior is None else prior.weights.astype(np.float64)
    count = np.ones(len(wide)) if weights is None else weights
    hold = np.full(wide.shape[1], strength)
    if prior is None:
        hold[-1] = 1e-4  # how frequent something is is no matter of size
    at = start.copy()
    for _ in range(_STEPS):
        said = sigmoid(wide @ at)
        slope = wide.T @ (count * (said - truth)) + hold * (at - start)
        bend = np.maximum(count * said * (1 - said), 1e-9)
        step = np.linalg.solve((wide * bend[:, None]).T @ wide + np.diag(hold), slope)
        at -= step
        if float(np.abs(step).max()) < _STILL:
            break
    return Line(at)


def temperature(logits: Table, truth: Table) -> float:
    """What to divide logits by so that what is said to be so in 80 of 100 cases is: the best of a fixed list."""
    best, found = np.inf, 1.0
    for one in np.exp(np.linspace(np.log(0.4), np.log(4.0), 60)):
        said = np.clip(sigmoid(logits / one), 1e-9, 1 - 1e-9)
        loss = -float(np.mean(truth * np.log(said) + (1 - truth) * np.log(1 - said)))
        if loss < best:
            best, found = loss, float(one)
    return found
