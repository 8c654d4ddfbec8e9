"""A channel's own heads: the shipped ones, moved as little as its corrections ask for. Pure.

Topics are the team's own: their head begins with nothing and has all from corrections.

Fitted in the reader's process (`fit_frame`), in a few milliseconds. The newest corrections are kept aside first: who
would be worse there than the head before is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.triage.engine.frames import Head as FrameHead
from bot.triage.heads import NAMES, Head, Heads, Task, shipped
from bot.triage.logistic import Line, Table, fit

#: How hard the shipped lines are held to, chosen by real posts (docs/reference/reader.md); ten corrections of one sort
#: are felt, one is hardly. Moods are told apart by little: held less, five hundred corrections do worse than fifty.
HOLD: Mapping[Task, float] = {Task.KIND: 20.0, Task.MOOD: 150.0, Task.URGENCY: 20.0, Task.TOPIC: 20.0}
#: What a topic begins with, and from which chance on it is said: of several, on questions to a bank told apart by
#: topics among others (docs/reference/reader.md).
NO_TOPIC, SURE_OF_TOPIC = -3.0, 0.6
#: A fifth of the corrections, the newest, at most so many, is kept aside to judge by; fewer than this judge nothing.
ASIDE, MOST_ASIDE, LEAST_ASIDE = 0.2, 50, 4
#: A fit may lose so much there.
LOSS = 0.02
#: What heads can learn; a language is only written down.
TAUGHT = (Task.KIND, Task.MOOD, Task.URGENCY, Task.TOPIC)


@dataclass(frozen=True, slots=True)
class Lesson:
    """The new lines, and how many of those kept aside the head before and the new one had right."""

    lines: tuple[Line, ...]
    held: int
    before: int
    after: int

    @property
    def refused(self) -> str:
        """Why it must not stand; "" when it may."""
        if self.held < LEAST_ASIDE or self.after >= self.before - LOSS * self.held:
            return ""
        return f"right in {self.after} of {self.held} kept aside, the head before in {self.before}"


def truth_of(task: Task, meant: Sequence[Sequence[str]], called: Sequence[str] = ()) -> Table:
    """(corrections, names) of 0 and 1; `called`: the topics. An urgent post is urgent whatever else it is."""
    names = called or NAMES[task]
    whatever = "urgent" if task is Task.URGENCY else None
    rows = [[float(name in said or (name == whatever and len(said) > 0)) for name in names] for said in meant]
    return np.array(rows, dtype=np.float64).reshape(len(meant), len(names))


def learn(head: Head, even: Table, truth: Table, *, known: int) -> Lesson:
    """Fit to all corrections, the oldest first, of which the standing head has learnt from the first `known`."""
    held = min(MOST_ASIDE, int(len(even) * ASIDE))
    held = held if held >= LEAST_ASIDE else 0
    seen, aside = slice(0, len(even) - held), slice(len(even) - held, None)
    before = fitted(head, even[: min(known, len(even) - held)], truth[: min(known, len(even) - held)])
    candidate = fitted(head, even[seen], truth[seen])
    judged = [
        max(_right(one, even[aside], truth[aside]) for one in heads) if held else 0
        for heads in ((head, before), (candidate,))
    ]
    return Lesson(fitted(head, even, truth).lines, held, *judged)


def fitted(head: Head, even: Table, truth: Table) -> Head:
    """The head, moved by these corrections alone; none: the head itself."""
    if not len(even):
        return head
    priors = tuple(_cooled(line, heat) for line, heat in zip(head.lines, head.temperatures, strict=True))
    return with_lines(head, fit(even, truth, strength=HOLD[head.task], priors=priors))


def _cooled(line: Line, heat: float) -> Line:
    """The line with its temperature in it, so that what is learnt is added to calibrated chances."""
    return Line(line.weights / heat)


def with_lines(head: Head, lines: tuple[Line, ...]) -> Head:
    """The head with a channel's own lines, which have their temperatures in them."""
    return replace(head, lines=lines, temperatures=(1.0,) * len(lines))


def _right(head: Head, even: Table, truth: Table) -> int:
    """How often the likeliest name is one of the true ones; of urgency, whether it is urgent at all; of topics, whether
    the one that is said is true, or none is."""
    if head.task is Task.TOPIC:
        said = head.called_as(even)
        return int(np.where(said < 0, ~truth.any(axis=1), truth[np.arange(len(truth)), said] > 0).sum())
    chances = head.chances(even)
    if head.task is Task.URGENCY:
        return int(((chances[:, 0] >= 0.5) == (truth[:, 0] > 0)).sum())
    return int((truth[np.arange(len(truth)), chances.argmax(axis=1)] > 0).sum())


def of_topics(names: Sequence[str], width: int) -> Head:
    """A head that says none of these topics of anything yet."""
    nothing = np.zeros(width + 1)
    nothing[-1] = NO_TOPIC
    return Head(Task.TOPIC, (Line(nothing),) * len(names), (1.0,) * len(names), SURE_OF_TOPIC, False, tuple(names))


def as_bytes(head: Head, lines: Sequence[Line]) -> bytes:
    """How a row keeps a head's own lines; of topics with their names before them."""
    names = json.dumps(head.called).encode() + b"\n" if head.called else b""
    return names + np.stack([line.weights for line in lines]).astype("<f4").tobytes()


def head_from(raw: bytes, task: Task, heads: Heads) -> Head | None:
    """As a row keeps it; None where it was fitted to another model's vectors."""
    width, numbers = len(heads.mean), raw
    head = heads.of.get(task)
    if head is None:
        names, _, numbers = raw.partition(b"\n")
        head = of_topics(json.loads(names or b"[]"), width)
    if not head.lines or len(numbers) != 4 * len(head.lines) * (width + 1):
        return None
    table = np.frombuffer(numbers, dtype="<f4").reshape(len(head.lines), width + 1).astype(np.float64)
    return with_lines(head, tuple(Line(row) for row in table))


def vectors_of(rows: Sequence[bytes]) -> bytes:
    """Half floats, one row after the other, as they are kept and sent."""
    return b"".join(rows)


def fit_frame(question: FrameHead, body: bytes, heads: Heads | None = None) -> tuple[FrameHead, bytes]:
    """What the reader's process answers to "fit". `names`: the team's topics, where these are to be learnt."""
    heads = heads or shipped()
    task = Task(str(question["task"]))
    meant, known, names = question["meant"], question["known"], question.get("names", [])
    if not isinstance(meant, list) or not isinstance(known, int) or not isinstance(names, list):
        raise TypeError("meant")
    head = of_topics(names, len(heads.mean)) if task is Task.TOPIC else heads.of[task]
    vectors = np.frombuffer(body, dtype=np.float16).reshape(len(meant), -1).astype(np.float32)
    lesson = learn(head, heads.even(vectors), truth_of(task, meant, head.called), known=known)
    said = {"held": lesson.held, "before": lesson.before, "after": lesson.after, "refused": lesson.refused}
    return said, as_bytes(head, lesson.lines)
