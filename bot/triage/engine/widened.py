"""Our heads, where another model stands beside ours, or in its place. Pure.

Beside: its chances are columns behind our vector. The names that it can say begin as what it says, and corrections
move both, so that learning goes on. In its place (another server's vectors): nothing is known at first, and all comes
from the team's own corrections.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from bot.triage.heads import NAMES, Head, Heads, Task
from bot.triage.logistic import Line, Table
from bot.triage.urgency import ALONE

#: Logits that heads begin with which know nothing: below every threshold; of urgency, as rules alone have it.
_UNKNOWN = -3.0
#: What the database holds of a model's name.
LONGEST = 64


@dataclass(frozen=True, slots=True)
class Outside:
    """Which model: an id and the revision that is pinned, or a folder. `labels` say which of our names each of its
    labels means (of a zero-shot model: each sentence that it is asked). `download`: it may be fetched when it is not
    there."""

    model: str
    labels: Mapping[str, str]
    revision: str = ""
    does: str = "text-classification"
    download: bool = False

    @property
    def task(self) -> Task:
        """What it speaks of: all of its names belong to one task."""
        said = set(self.labels.values())
        return next(task for task, names in NAMES.items() if said <= set(names))

    @property
    def names(self) -> tuple[str, ...]:
        """Ours that it can say, in our order: a column each."""
        said = set(self.labels.values())
        return tuple(name for name in NAMES[self.task] if name in said)

    @property
    def title(self) -> str:
        """What readings say of who read them."""
        folder = Path(self.model)
        return folder.name if folder.is_dir() else f"{self.model}@{self.revision[:8]}"


def as_argument(outside: Outside | None) -> str:
    """How the reader's process is told, on its command line: nothing in it is secret."""
    return json.dumps(None if outside is None else asdict(outside))


def read_argument(said: str) -> Outside | None:
    content: object = json.loads(said)
    if not isinstance(content, dict):
        return None
    return Outside(
        model=str(content["model"]),
        labels={str(one): str(name) for one, name in dict(content["labels"]).items()},
        revision=str(content["revision"]),
        does=str(content["does"]),
        download=bool(content["download"]),
    )


def widened(heads: Heads, outside: Outside | None) -> Heads:
    """The heads over longer vectors: what the model says stands for its own names, the rest as it was."""
    if outside is None:
        return heads
    more = len(outside.names)
    of: dict[Task, Head] = {}
    for task, head in heads.of.items():
        lines = [Line(np.insert(line.weights, -1, np.zeros(more))) for line in head.lines]
        heats = list(head.temperatures)
        if task is outside.task:
            for column, name in enumerate(outside.names):
                place = NAMES[task].index(name)
                weights = np.zeros(len(lines[place].weights))
                weights[len(weights) - 1 - more + column] = 1 / heads.scale  # vectors are scaled, logits are not
                lines[place], heats[place] = Line(weights), 1.0
        of[task] = replace(head, lines=tuple(lines), temperatures=tuple(heats))
    mean: Table = np.concatenate((heads.mean, np.zeros(more)))
    return replace(heads, model=f"{heads.model} + {outside.title}"[:LONGEST], mean=mean, of=of)


def unlearnt(heads: Heads, model: str, width: int) -> Heads:
    """Heads over another model's vectors, which say nothing until people did. Thresholds are those of `heads`."""
    of: dict[Task, Head] = {}
    for task, head in heads.of.items():
        lines = []
        for name in NAMES[task]:
            weights = np.zeros(width + 1)
            weights[-1] = ALONE if name == "urgent" else _UNKNOWN
            lines.append(Line(weights))
        of[task] = replace(head, lines=tuple(lines), temperatures=(1.0,) * len(lines))
    return replace(heads, model=model[:LONGEST], mean=np.zeros(width), scale=float(np.sqrt(width)), of=of, card={})
