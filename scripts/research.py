"""What a head would know of ideas that had learnt from sets which may not be shipped: `make research`.

SemEval-2019's task 9 (Negi, Daudert and Buitelaar: suggestions on a forum of software, A, and in reviews of hotels, B;
CC BY-NC-SA 4.0) is for measuring only. Nothing that is fitted here is written anywhere, and the reader never has it.

One line over the means of six of the transformer's layers: what is wished for lies in them, and less in the last one,
which alone the shipped heads see. It is fitted to the training set and to posts of the kind that is judged (DEV), of
which each counts four times; DEV also chooses from which chance on a post is called an idea. Without JUDGE, DEV itself
is judged, on folds that neither line nor chance was chosen by. How many of the posts are suggestions moves precision
and F1: SHARE weighs them as if so many were (the dev sets are half and half, A's test set is one in ten).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from bot.triage.engine.building import BUILD, PACKED_SHA256, built, packed_file
from bot.triage.engine.graph import GRAPH_FILE, graph
from bot.triage.engine.packed import Packed
from bot.triage.engine.transformer import Transformer, averaged
from bot.triage.logistic import Table, calibration, fit, sigmoid
from bot.triage.vectors import Matrix
from scripts import triage_sets as sets
from scripts.evaluate import interval, percent

#: Which layers are looked at, how near nothing the line is held, how much a post of DEV counts. The best of a few, on
#: folds of the two dev sets: they are flattered by that.
LAYERS = (6, 8, 9, 10, 11, 12)
STRENGTH, DEV_COUNTS = 600.0, 4.0
FOLDS = 5
IDEA = "suggestion"

TRAIN = "suggestion_train.jsonl.gz"
#: The two dev sets, and how many of their test sets are suggestions (the task's paper, table 1).
DEVS = (("suggestion_A_dev.jsonl.gz", 87 / 833), ("suggestion_B_dev.jsonl.gz", 348 / 824))


@dataclass(frozen=True, slots=True)
class Labelled:
    """Posts, and which of them are suggestions (1)."""

    texts: tuple[str, ...]
    truth: Table

    @property
    def folds(self) -> NDArray[np.int64]:
        """By the text, so that equal ones are together."""
        return np.array([int(hashlib.sha256(one.encode()).hexdigest()[:8], 16) % FOLDS for one in self.texts])


class Deep(Transformer):
    """The means after some of the layers, side by side, none of them made a length of 1."""

    def __init__(self, folder: Path, packed: Path, *, threads: int, layers: Sequence[int] = LAYERS) -> None:
        """`folder` holds the reader's files; a copy with more outputs is made beside it."""
        self._layers = tuple(layers)
        beside = folder.with_name(f"{folder.name}-layers-{'-'.join(map(str, layers))}")
        if not beside.exists():
            made = beside.with_suffix(".part")
            shutil.rmtree(made, ignore_errors=True)
            shutil.copytree(folder, made)
            (made / GRAPH_FILE).write_bytes(graph(Packed(packed).shape, also=layers))
            made.rename(beside)
        super().__init__(beside, packed, threads=threads)

    @property
    def width(self) -> int:
        return super().width * len(self._layers)

    def _portion(self, ids: Sequence[Sequence[int]]) -> Matrix:
        inputs: Mapping[str, NDArray[np.generic]] = self.inputs(ids)
        hidden = self._session.run([f"x{layer}" for layer in self._layers], inputs)
        return np.concatenate([averaged(one, inputs["counts"]) for one in hidden], axis=1)


def main() -> int:
    parser = argparse.ArgumentParser(description="What a head would know of ideas, from sets that may not be shipped.")
    parser.add_argument("--train", type=Path, default=sets.SHARED / TRAIN, help="labelled posts: suggestion or other")
    parser.add_argument("--dev", type=Path, help="posts of the kind that is judged; left out: SemEval's A, then B")
    parser.add_argument("--judge", type=Path, help="what is judged; left out: the dev set, by folds")
    parser.add_argument("--share", type=float, help="as if so many of the judged posts were suggestions, 0 to 1")
    parser.add_argument(
        "--threshold-only", action="store_true", help="the dev set chooses the threshold, and trains nothing"
    )
    asked = parser.parse_args()
    if asked.share is not None and not 0 < asked.share < 1:
        parser.error("--share is between 0 and 1")
    if asked.judge is not None and asked.dev is None:
        parser.error("--judge needs --dev: posts of the kind that is judged")
    train = labelled(asked.train)
    for path, share in (
        [(sets.SHARED / name, share) for name, share in DEVS] if asked.dev is None else [(asked.dev, None)]
    ):
        counts = 0.0 if asked.threshold_only else DEV_COUNTS
        judged = None if asked.judge is None else labelled(asked.judge)
        print("\n".join(judge(train, labelled(path), judged, share=asked.share or share, counts=counts)), flush=True)
    return 0


def labelled(path: Path) -> Labelled:
    if not path.is_file():
        raise SystemExit(f"twoway: no file {path}")
    rows = [row for row in sets.rows(path) if str(row.get("text", "")).strip()]
    truth = np.array([float(row.get("label") == IDEA) for row in rows])
    if not 0 < truth.sum() < len(truth):
        raise SystemExit(f"twoway: {path.name} needs posts with the label {IDEA!r} and others")
    return Labelled(tuple(str(row["text"]) for row in rows), truth)


def judge(
    train: Labelled, dev: Labelled, judged: Labelled | None, *, share: float | None, counts: float
) -> Iterator[str]:
    """Lines for people."""
    of_train, of_dev = vectors(train.texts), vectors(dev.texts)
    mean = of_train.mean(axis=0)
    scale = 1 / np.abs(of_train - mean).reshape(len(of_train), len(LAYERS), -1).mean(axis=(0, 2))

    def even(raw: Matrix) -> Table:
        return (raw - mean) * np.repeat(scale, raw.shape[1] // len(LAYERS))

    rows, own = even(of_dev), dev.folds
    examples = np.concatenate((even(of_train), rows))
    truth = np.concatenate((train.truth, dev.truth))
    count = np.concatenate((np.ones(len(train.texts)), np.full(len(dev.texts), counts)))
    folds = np.concatenate((np.full(len(train.texts), -1), own))

    def said_of(asked: Table, *, but: int | None = None) -> Table:
        kept = (folds != but) & (count > 0)
        (line,) = fit(examples[kept], truth[kept][:, None], strength=STRENGTH, weights=count[kept])
        return line.logits(asked)

    logits = np.zeros(len(own))
    for fold in range(FOLDS):
        logits[own == fold] = said_of(rows[own == fold], but=fold)
    if judged is None:
        said = np.zeros(len(own), dtype=bool)
        for fold in range(FOLDS):
            others = own != fold
            said[own == fold] = logits[own == fold] >= edge(logits[others], dev.truth[others], share)
        yield from figures(said, dev.truth, share, f"ideas: {len(own)} posts, by folds")
    else:
        said = said_of(even(vectors(judged.texts))) >= edge(logits, dev.truth, share or float(judged.truth.mean()))
        yield from figures(said, judged.truth, None, f"ideas: {len(judged.texts)} posts")


def edge(logits: Table, truth: Table, share: float | None) -> float:
    """From which logit on F1 is to be expected best, as if such a share of the posts were ideas: by chances that are
    fitted to the logits, since the best of the few posts themselves would be luck."""
    weight = weights(truth, share)
    heat, shift = calibration(logits, truth, weight)
    order = np.argsort(-logits, kind="stable")
    likely = (weight * sigmoid((logits + shift) / heat))[order]
    found = 2 * np.cumsum(likely) / (np.cumsum(weight[order]) + likely.sum())
    return float(logits[order][found.argmax()])


def weights(truth: Table, share: float | None) -> Table:
    """How much each post counts, so that such a share of all are ideas."""
    if share is None:
        return np.ones(len(truth))
    there = float(truth.mean())
    return np.where(truth > 0, share / there, (1 - share) / (1 - there))


def figures(said: NDArray[np.bool_], truth: Table, share: float | None, what: str) -> Iterator[str]:
    yes = truth > 0
    as_if = "" if share is None else f", as if {100 * share:.0f} % were"
    yield f"{what}, {int(yes.sum())} are{as_if}"
    precision, recall, both = of(said, yes, share)
    spread = interval(np.stack((said, yes), axis=1), lambda some: of(some[:, 0], some[:, 1], share)[2])
    yield f"  precision {percent(precision)}, recall {percent(recall)}, F1 {percent(both)} {spread}"


def of(said: NDArray[np.bool_], yes: NDArray[np.bool_], share: float | None) -> tuple[float, float, float]:
    """Precision, recall, F1."""
    weight = weights(yes.astype(float), share)
    hit, called, there = ((weight * some).sum() for some in (said & yes, said, yes))
    return float(hit / max(called, 1e-9)), float(hit / max(there, 1e-9)), float(2 * hit / max(called + there, 1e-9))


def vectors(texts: Sequence[str]) -> Matrix:
    """Kept in the cache, as those of the last layer are."""
    name = "\0".join((*texts, PACKED_SHA256, str(BUILD), *map(str, LAYERS)))
    path = sets.CACHE / f"layers-{hashlib.sha256(name.encode()).hexdigest()[:20]}.npy"
    if not path.exists():
        print(f"… {len(texts)} texts through the layers", file=sys.stderr, flush=True)
        model = Deep(built(sets.CACHE, packed_file()), packed_file(), threads=os.cpu_count() or 1)
        np.save(path, model.vectors(texts))
    out: Matrix = np.load(path)
    return out


if __name__ == "__main__":
    sys.exit(main())
