"""A model of the team's own, of the `transformers` library, beside ours: what it says of a post in our names.

It runs in the reader's own process, and needs torch. Code that a model brings along is never run; nothing is
downloaded unless the settings allow it. What it says becomes columns behind a post's vector (`widened.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from bot.triage.engine.widened import Outside
from bot.triage.logistic import logit
from bot.triage.vectors import Matrix, Unavailable

#: So many posts go through it at once.
BATCH = 8
NO_TORCH = 'the settings name a model that needs torch, which is not installed: pip install "twoway[torch]"'
ZERO_SHOT = "zero-shot-classification"

#: Chances by label, of each text.
Ask: TypeAlias = Callable[[Sequence[str]], list[Mapping[str, float]]]


class OutsideModel:
    """The model, opened. Not for several threads at once."""

    def __init__(self, outside: Outside, *, threads: int) -> None:
        """Raises Unavailable with what to do: install torch, put the model there, mend the labels."""
        self._outside = outside
        self._ask = _opened(outside, threads)
        self.columns(["-"])  # what its labels are is known when it was asked once

    def columns(self, texts: Sequence[str]) -> Matrix:
        """(posts, names): the logit of each of our names. Labels that mean the same count together."""
        names = self._outside.names
        chances = np.zeros((len(texts), len(names)), dtype=np.float64)
        for row, said in enumerate(self._ask([text.strip() or "-" for text in texts])):
            unknown = sorted(set(self._outside.labels) - set(said))
            if unknown:
                raise Unavailable(
                    f"[reader] labels: {self._outside.model} has no {', '.join(map(repr, unknown))}; "
                    f"it has {', '.join(map(repr, sorted(said)))}"
                )
            for label, name in self._outside.labels.items():
                chances[row, names.index(name)] += said[label]
        out: Matrix = logit(chances).astype(np.float32)
        return out


def _opened(outside: Outside, threads: int) -> Ask:
    try:
        from transformers import pipeline
        from transformers.utils.import_utils import is_torch_available
    except ImportError as error:
        raise Unavailable(f"the library {error.name} is not installed") from error
    if not is_torch_available():  # without it the library ends in a NameError (transformers 5.23)
        raise Unavailable(NO_TORCH)
    import torch

    torch.set_num_threads(threads)
    folder = Path(outside.model).is_dir()
    here = folder or not outside.download
    try:
        # Its overloads know each task by name; which one it is, the settings say.
        opened = pipeline(  # type: ignore[call-overload]
            outside.does,
            model=outside.model,
            revision=None if folder else outside.revision,
            device="cpu",
            trust_remote_code=False,
            local_files_only=here,
        )
    except Exception as error:
        # Whatever the library raises: this model is not to be had.
        first = (str(error).strip().splitlines() or [""])[0][:200]
        raise Unavailable(f"the model {outside.model} cannot be opened ({type(error).__name__}: {first})") from error
    if outside.does == ZERO_SHOT:
        sentences = list(outside.labels)
        return lambda texts: [
            dict(zip(one["labels"], map(float, one["scores"]), strict=True))
            for one in opened(list(texts), candidate_labels=sentences, batch_size=BATCH)
        ]
    return lambda texts: [
        {str(one["label"]): float(one["score"]) for one in said}
        for said in opened(list(texts), top_k=None, truncation=True, batch_size=BATCH)
    ]
