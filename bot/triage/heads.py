"""The heads that come with Twoway: small lines over a post's vector, read from one file, with what they were made of.

`make train` writes the file. A channel's own heads, learnt from corrections, are in `teaching.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.triage.logistic import Line, Table, sigmoid
from bot.triage.vectors import WIDTH, Matrix

SHIPPED = Path(__file__).parent / "heads.json"


class Task(StrEnum):
    """What a head says of a post."""

    KIND = "kind"
    MOOD = "mood"
    URGENCY = "urgency"
    TOPIC = "topic"


#: What each may say. Topics are the team's own: none is known beforehand.
NAMES: Mapping[Task, tuple[str, ...]] = {
    Task.KIND: ("complaint", "question", "praise", "idea", "other", "spam"),
    Task.MOOD: ("negative", "neutral", "positive"),
    Task.URGENCY: (
        "urgent",
        "danger",
        "outage",
        "legal",
        "fraud",
        "leaving",
        "stranded",
        "self_harm",
        "violence",
    ),
}


@dataclass(frozen=True, slots=True)
class Head:
    """A line for each name. `even` makes vectors even: what all have in common is taken away, the rest made as large
    as 1 on average. Calibrated: its chances are divided by `temperatures`; below `sure` nothing is said. `called`: its
    lines' names, where they are a team's own."""

    task: Task
    lines: tuple[Line, ...]
    temperatures: tuple[float, ...]
    sure: float
    one: bool  # just one of the names is true: the chances add up to 1
    called: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.called or NAMES[self.task]

    def logits(self, even: Table) -> Table:
        """(posts, names)."""
        columns = [line.logits(even) / heat for line, heat in zip(self.lines, self.temperatures, strict=True)]
        return np.stack(columns, axis=1)

    def chances(self, even: Table) -> Table:
        """(posts, names), between 0 and 1."""
        return as_chances(self.logits(even), one=self.one)

    def called_as(self, even: Table) -> NDArray[np.intp]:
        """The place of each post's likeliest name; -1 where it is not sure."""
        chances = self.chances(even)
        return np.where(chances.max(axis=1) >= self.sure, chances.argmax(axis=1), -1)


def as_chances(logits: Table, *, one: bool) -> Table:
    said = sigmoid(logits)
    if one:
        said = said / said.sum(axis=1, keepdims=True)
    return said


@dataclass(frozen=True, slots=True)
class Heads:
    """All that is shipped."""

    version: int
    model: str  # whose vectors they were made of
    mean: Table
    scale: float
    of: Mapping[Task, Head]
    card: Mapping[str, object]

    def even(self, vectors: Matrix) -> Table:
        """What heads look at."""
        out: Table = (vectors.astype(np.float64) - self.mean) * self.scale
        return out


@cache
def shipped(path: Path = SHIPPED) -> Heads:
    """The heads in the file; raises ValueError with a sentence when it is not whole."""
    return read_heads(path.read_text(encoding="utf-8"))


def read_heads(text: str) -> Heads:
    try:
        content = json.loads(text)
        mean = np.array(content["mean"], dtype=np.float64)
        heads = {
            Task(name): Head(
                Task(name),
                tuple(Line(np.array(line, dtype=np.float64)) for line in one["lines"]),
                tuple(float(heat) for heat in one["temperatures"]),
                float(one["sure"]),
                bool(one["one"]),
            )
            for name, one in content["heads"].items()
        }
        found = Heads(int(content["version"]), content["model"], mean, float(content["scale"]), heads, content["card"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the heads cannot be read: {type(error).__name__} {error}") from error
    for task, names in NAMES.items():
        lines = heads[task].lines if task in heads else ()
        if len(lines) != len(names) or any(len(line.weights) != len(mean) + 1 for line in lines):
            raise ValueError(f"the heads cannot be read: {task.value} has not one line for each of its names")
    if len(mean) != WIDTH:
        raise ValueError(f"the heads cannot be read: they are for vectors of {len(mean)} numbers, not of {WIDTH}")
    return found


def write_heads(heads: Heads) -> str:
    """The file. Four digits: more are noise, and differ from processor to processor."""

    def short(numbers: Sequence[float] | Table) -> list[float]:
        return [round(float(one), 4) for one in numbers]

    lines = [f'"version": {heads.version}', f'"model": {json.dumps(heads.model)}']
    lines.append(f'"mean": {json.dumps([round(float(one), 5) for one in heads.mean])}')
    lines.append(f'"scale": {round(heads.scale, 4)}')
    parts = []
    for task, head in heads.of.items():
        weights = ",\n  ".join(json.dumps(short(line.weights)) for line in head.lines)
        parts.append(
            f'"{task.value}": {{"one": {json.dumps(head.one)}, "sure": {head.sure}, '
            f'"temperatures": {json.dumps(short(head.temperatures))}, "lines": [\n  {weights}]}}'
        )
    lines.append('"heads": {' + ",\n ".join(parts) + "}")
    lines.append(f'"card": {json.dumps(heads.card, indent=1, ensure_ascii=False)}')
    return "{" + ",\n".join(lines) + "}\n"
