"""Judges the reader on labelled posts: `make evaluate SET=path`, a file or a folder of JSON lines, packed or not.

Without SET the sets that docs/reference/reader.md speaks of are judged. `CORRECTIONS=100` says in addition how right
heads are that have learnt from so many of the set's own posts (five folds, three times).

A row has `text` and `label` (a mood, a kind, or a pair such as complaint/not_complaint, suggestion/other, spam/ham),
or `kinds` (our seeds), or `urgent` and `kinds` (our urgent posts); `lang` where it is known. Each file is judged for
what its labels are; labels that are none of ours are learnt as a team's own topics, where CORRECTIONS says from how
many words of people's. Prints what is right, macro F1, the confusion, by language, with 95 % intervals (bootstrap,
1,000 draws, always the same ones). Changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from bot.triage.heads import NAMES, Task, shipped
from bot.triage.logistic import Table
from bot.triage.reading import hits_of, rulebooks
from bot.triage.teaching import fitted, of_topics, truth_of
from bot.triage.urgency import BANDS, urgency_of
from scripts import triage_sets as sets

#: Pairs of other people's labels: the kind that the first means, and what is not it.
PAIRS = {
    ("complaint", "not_complaint"): "complaint",
    ("suggestion", "other"): "idea",
    ("spam", "ham"): "spam",
}
_SPAM = {("spam",): "spam", ("other",): "ham"}
DRAWS = 1_000
FOLDS, ROUNDS = 5, 3
#: A team has so many topics; all else is about none of them. Fitted anew at so many corrections at once.
TOPICS, TAUGHT_AT_ONCE = 8, 5
#: A hint is wanted on so many of the posts: how right is it there?
SUREST = 0.55
#: Of posts that are not urgent so many may be flagged, so that of a queue in which 5 % are urgent about 15 % are.
FLAGGED = 0.15
URGENT_IN_LIFE = 0.05

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Result:
    """What a file came to: lines for people."""

    name: str
    lines: tuple[str, ...]


def in_our_words(rows: Sequence[Row]) -> list[Row]:
    """Rows of other people's sets by our names: a `score` from -4 to 4 and a list of feelings are moods; a `label` that
    is a kind stands with `kinds`, where others of the set have them. What fits no one mood is left out."""
    out = []
    mixed = any("kinds" in row and "urgent" not in row for row in rows)
    for row in rows:
        label, mood = row.get("label"), sets.mood_of(row)
        if mood is not None:
            out.append({**row, "label": mood})
        elif mixed and "kinds" not in row and label in NAMES[Task.KIND]:
            out.append({**row, "kinds": [label]})
        elif isinstance(label, str) or "kinds" in row or "urgent" in row:
            out.append(row)
    return out


def files_of(path: Path) -> list[Path]:
    found = [path] if path.is_file() else sorted([*path.rglob("*.jsonl"), *path.rglob("*.jsonl.gz")])
    if not found:
        raise SystemExit(f"twoway: no .jsonl or .jsonl.gz file in {path}")
    return found


def judge(name: str, rows: Sequence[Row], vectors: Callable[[Sequence[str]], np.ndarray]) -> Result:  # type: ignore[type-arg]
    """One set by what its labels are."""
    labels = {str(row["label"]) for row in rows if isinstance(row.get("label"), str)}
    pair = next((kind for both, kind in PAIRS.items() if labels == set(both)), None)
    if all("urgent" in row for row in rows):
        return Result(name, tuple(_urgency(rows, vectors)))
    if labels and labels <= set(NAMES[Task.MOOD]):
        return Result(name, tuple(_one_of(Task.MOOD, rows, [str(row["label"]) for row in rows], vectors)))
    if pair is not None:
        first = next(both[0] for both, kind in PAIRS.items() if kind == pair)
        return Result(name, tuple(_pair(pair, rows, [row["label"] == first for row in rows], vectors)))
    if all(isinstance(row.get("kinds"), list) for row in rows):
        return Result(name, tuple(_kinds(rows, [[str(one) for one in row["kinds"]] for row in rows], vectors)))  # type: ignore[attr-defined]
    if labels and labels <= set(NAMES[Task.KIND]):
        return Result(name, tuple(_kinds(rows, [[str(row["label"])] for row in rows], vectors)))
    return Result(name, (f"labels are none of ours: topics, with CORRECTIONS ({', '.join(sorted(labels)[:6])})",))


def _chances(task: Task, rows: Sequence[Row], vectors) -> Table:  # type: ignore[no-untyped-def]
    heads = shipped()
    return heads.of[task].chances(heads.even(vectors([str(row["text"]) for row in rows])))


def _one_of(task: Task, rows: Sequence[Row], truth: Sequence[str], vectors) -> Iterator[str]:  # type: ignore[no-untyped-def]
    names = NAMES[task]
    said = [names[one] for one in _chances(task, rows, vectors).argmax(axis=1)]
    right = np.array([one == two for one, two in zip(said, truth, strict=True)], dtype=float)
    yield f"{task.value}: {len(rows)} posts"
    yield f"  right {percent(right.mean())} {interval(right, np.mean)}"
    there = [name for name in names if name in set(truth)]
    both = np.array([(names.index(one), names.index(two)) for one, two in zip(said, truth, strict=True)])
    spread = interval(both, lambda some: macro_f1(some, names, there))
    yield f"  macro F1 {percent(macro_f1(both, names, there))} {spread}"
    yield f"  macro recall {percent(macro_recall(both, names, there))}"
    yield from confusion(said, truth, names)
    yield from by_language(rows, right)


def _pair(kind: str, rows: Sequence[Row], truth: Sequence[bool], vectors) -> Iterator[str]:  # type: ignore[no-untyped-def]
    head = shipped().of[Task.KIND]
    chances = _chances(Task.KIND, rows, vectors)[:, NAMES[Task.KIND].index(kind)]
    said, yes = chances >= head.sure, np.array(truth)
    right = (said == yes).astype(float)
    hit = int((said & yes).sum())
    precision, recall = hit / max(int(said.sum()), 1), hit / max(int(yes.sum()), 1)
    both = np.stack((said, yes), axis=1).astype(int)
    yield f"{kind} or not: {len(rows)} posts, {int(yes.sum())} are"
    yield f"  right {percent(right.mean())} {interval(right, np.mean)}"
    yield f"  precision {percent(precision)}, recall {percent(recall)}, F1 {percent(f1(both))} {interval(both, f1)}"
    yield f"  average precision {percent(average_precision(chances, yes))}"


def _kinds(rows: Sequence[Row], truth: Sequence[Sequence[str]], vectors) -> Iterator[str]:  # type: ignore[no-untyped-def]
    names, head = NAMES[Task.KIND], shipped().of[Task.KIND]
    chances = _chances(Task.KIND, rows, vectors)
    first = chances.argmax(axis=1)
    said = [names[one] for one in first]
    right = np.array([one in kinds for one, kinds in zip(said, truth, strict=True)], dtype=float)
    best = chances.max(axis=1)
    yield f"kind: {len(rows)} posts; right is a first name that is one of the true ones"
    yield f"  right {percent(right.mean())} {interval(right, np.mean)}"
    for sure in (head.sure, 0.6, 0.7, 0.8, 0.9):
        clear = best >= sure
        share = right[clear].mean() if clear.any() else float("nan")
        yield f"  sure from {sure:.1f}: {percent(clear.mean())} of posts, of them right {percent(share)}"
    single = [kinds[0] if one not in kinds else one for one, kinds in zip(said, truth, strict=True)]
    order = np.argsort(-best, kind="stable")[: round(SUREST * len(rows))]
    yield f"  of the surest {percent(SUREST)} right {percent(right[order].mean())} {interval(right[order], np.mean)}"
    strict = np.array([one == kinds[0] for one, kinds in zip(said, truth, strict=True)], dtype=float)
    if (strict != right).any():
        yield f"  where only the first of two true kinds counts {percent(strict.mean())} {interval(strict, np.mean)}"
    for name in names:
        true = np.array([name in kinds for kinds in truth])
        yield f"  {name}: F1 {percent(f1(np.stack((chances[:, names.index(name)] >= head.sure, true), axis=1)))}"
    yield from confusion(said, single, names)
    yield from by_language(rows, right)


def learnt(task: Task, rows: Sequence[Row], truth: Sequence[Sequence[str]], vectors, many: int) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """How right the first name is when a channel has learnt from `many` of these posts, on others of them."""
    heads, names = shipped(), NAMES[task]
    even, meant = heads.even(vectors([str(row["text"]) for row in rows])), truth_of(task, truth)
    right: list[float] = []
    best: list[float] = []
    for again in range(ROUNDS):
        order = np.random.default_rng(again).permutation(len(rows))
        for fold in np.array_split(order, FOLDS):
            taught = [one for one in order if one not in set(fold.tolist())][:many]
            chances = fitted(heads.of[task], even[taught], meant[taught]).chances(even[fold])
            right += [float(meant[one, said] > 0) for one, said in zip(fold, chances.argmax(axis=1), strict=True)]
            best += chances.max(axis=1).tolist()
    surest = np.argsort(-np.array(best), kind="stable")[: round(SUREST * len(best))]
    said = min(many, len(rows) * (FOLDS - 1) // FOLDS)
    yield f"  {task.value} after {said} corrections: right {percent(np.mean(right))}, of the surest " + (
        f"{percent(SUREST)} {percent(np.mean(np.array(right)[surest]))} ({', '.join(names)})"
    )


def topics_learnt(names: Sequence[str], rows: Sequence[Row], vectors, many: int) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """How well a channel's head tells these topics, which no word tells, among all the rest, when people have said of
    `many` posts that it was wrong, as it came to them; on a third of the posts that it never saw."""
    heads = shipped()
    even = heads.even(vectors([str(row["text"]) for row in rows]))
    meant = truth_of(Task.TOPIC, [[str(row["label"])] for row in rows], names)
    said, right, there, looked = 0, 0, 0, 0
    for again in range(ROUNDS):
        order = np.random.default_rng(again).permutation(len(rows))
        aside, taught = order[: len(order) // 3], []
        head = nothing = of_topics(names, even.shape[1])
        for one in order[len(order) // 3 :]:
            looked += 1
            if head.called_as(even[[one]])[0] != _true(meant[[one]])[0]:
                taught.append(one)
                if len(taught) % TAUGHT_AT_ONCE == 0:
                    head = fitted(nothing, even[taught], meant[taught])
            if len(taught) == many:
                break
        found, true = head.called_as(even[aside]), _true(meant[aside])
        said += int((found >= 0).sum())
        right += int(((found >= 0) & (found == true)).sum())
        there += int((true >= 0).sum())
    yield f"  topics ({', '.join(names)}) after {many} corrections among some {looked // ROUNDS:,} posts"
    yield f"  found {percent(right / max(there, 1))}, of what is said right {percent(right / max(said, 1))}"


def _true(meant: Table) -> np.ndarray:  # type: ignore[type-arg]
    return np.where(meant.any(axis=1), meant.argmax(axis=1), -1)


def _urgency(rows: Sequence[Row], vectors) -> Iterator[str]:  # type: ignore[no-untyped-def]
    heads, names = shipped(), NAMES[Task.URGENCY]
    chances = heads.of[Task.URGENCY].chances(heads.even(vectors([str(row["text"]) for row in rows])))
    truth = np.array([bool(row["urgent"]) for row in rows])
    hits = [hits_of(str(row["text"]), str(row.get("lang") or ""), rulebooks()) for row in rows]
    of_heads = [dict(zip(names, map(float, one), strict=True)) for one in chances]
    ways = {
        "rules alone": [urgency_of(one, None) for one in hits],
        "head alone": [urgency_of([], one) for one in of_heads],
        "both, as shipped": [urgency_of(one, two) for one, two in zip(hits, of_heads, strict=True)],
    }
    yield f"urgency: {len(rows)} posts, {int(truth.sum())} urgent"
    rate = (FLAGGED - URGENT_IN_LIFE * 0.6) / (1 - URGENT_IN_LIFE)
    for name, found in ways.items():
        scores = np.array([one.score for one in found])
        yield f"  {name}: average precision {percent(average_precision(scores, truth))}"
        for edge in BANDS:
            flagged = scores >= edge
            hit = int((flagged & truth).sum())
            calm = (flagged & ~truth).sum() / max((~truth).sum(), 1)
            yield (
                f"    from {edge:.2f}: precision {percent(hit / max(int(flagged.sum()), 1))}, "
                f"recall {percent(hit / max(int(truth.sum()), 1))}, of the calm flagged {percent(calm)}"
            )
        pairs = np.stack((scores, truth.astype(float)), axis=1)
        at = lambda some: recall_at(some[:, 0], some[:, 1] > 0, rate)  # noqa: E731
        yield f"    recall where {percent(rate)} of the calm are flagged: {percent(at(pairs))} {interval(pairs, at)}"
    grave = [bool({"self_harm", "violence"} & set(row.get("kinds") or ())) for row in rows]  # type: ignore[call-overload]
    called = [one.grave is not None for one in ways["both, as shipped"]]
    hit = sum(one and two for one, two in zip(grave, called, strict=True))
    yield f"  people called for self-harm or violence: {hit} of {sum(grave)}, and {sum(called) - hit} times for nothing"
    yield from by_language(
        [row for row, one in zip(rows, truth, strict=True) if one],
        np.array(
            [one.score >= BANDS[0] for one, two in zip(ways["both, as shipped"], truth, strict=True) if two], float
        ),
        what="recall",
    )


# ------------------------------------------------------------------------------------------------- figures


def percent(share: float) -> str:
    return f"{100 * float(share):.1f} %"


def interval(of: np.ndarray, figure) -> str:  # type: ignore[no-untyped-def, type-arg]
    """The middle 95 % of what the figure comes to when the posts are drawn anew."""
    numbers = np.random.default_rng(11)
    found = [float(figure(of[numbers.integers(0, len(of), len(of))])) for _ in range(DRAWS)]
    low, high = np.percentile([one for one in found if one == one], (2.5, 97.5))
    return f"[{100 * low:.1f}, {100 * high:.1f}]"


def macro_f1(both, names, there) -> float:  # type: ignore[no-untyped-def]
    return float(np.mean([f1(both == names.index(name)) for name in there]))


def macro_recall(both, names, there) -> float:  # type: ignore[no-untyped-def]
    shares = []
    for name in there:
        true = both[:, 1] == names.index(name)
        shares.append(float((both[true, 0] == names.index(name)).mean()) if true.any() else 0.0)
    return float(np.mean(shares))


def f1(both) -> float:  # type: ignore[no-untyped-def]
    """Of said and true, side by side."""
    said, true = both[:, 0].astype(bool), both[:, 1].astype(bool)
    hit = float((said & true).sum())
    return 2 * hit / max(float(said.sum() + true.sum()), 1.0)


def average_precision(scores, truth) -> float:  # type: ignore[no-untyped-def]
    order = np.argsort(-scores, kind="stable")
    hits = truth[order].cumsum() / np.arange(1, len(order) + 1)
    return float((hits * truth[order]).sum() / max(int(truth.sum()), 1))


def recall_at(scores, truth, rate: float) -> float:  # type: ignore[no-untyped-def]
    """How much of what is true is above the score that this share of the others is above."""
    calm = np.sort(scores[~truth])[::-1]
    if not len(calm) or not truth.any():
        return float("nan")
    edge = calm[min(int(rate * len(calm)), len(calm) - 1)]
    return float((scores[truth] > edge).mean())


def confusion(said: Sequence[str], truth: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    counts = Counter(zip(truth, said, strict=True))
    width = max(map(len, names))
    yield "  true \\ said " + " ".join(f"{name[:9]:>9}" for name in names)
    for true in names:
        if any(counts[true, one] for one in names):
            yield f"  {true:>{width}}  " + " ".join(f"{counts[true, one]:>9}" for one in names)


def by_language(rows: Sequence[Row], right, what: str = "right") -> Iterator[str]:  # type: ignore[no-untyped-def]
    groups: dict[str, list[float]] = defaultdict(list)
    for row, one in zip(rows, right, strict=True):
        groups[str(row.get("lang") or "")].append(float(one))
    if len(groups) > 1:
        yield f"  {what} by language: " + ", ".join(
            f"{name or '?'} {100 * sum(some) / len(some):.0f} % of {len(some)}" for name, some in sorted(groups.items())
        )


def main() -> int:
    parser = argparse.ArgumentParser(description="Judges the reader on labelled posts.")
    parser.add_argument("path", nargs="?", type=Path, help="a file or a folder; left out: the sets of the reference")
    parser.add_argument("--most", type=int, help="so many posts of each set")
    parser.add_argument("--corrections", type=int, help="how right heads are that learnt from so many of the posts")
    asked = parser.parse_args()
    for name, found in all_sets() if asked.path is None else of_path(asked.path):
        rows = in_our_words(found)
        if asked.most is not None and len(rows) > asked.most:
            picked = np.random.default_rng(5).permutation(len(rows))[: asked.most]
            rows = [rows[index] for index in sorted(picked)]
        if not rows:
            continue
        vectors = lambda texts, name=name: sets.vectors(name, texts)  # noqa: E731
        lines = judge(name, rows, vectors).lines
        if asked.corrections:
            lines += tuple(_learnt(rows, vectors, asked.corrections))
        print("\n".join([f"== {name}", *lines]), flush=True)
    return 0


def _learnt(rows: Sequence[Row], vectors, many: int) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """Of sets of moods, of kinds, and of what else there may be, as topics."""
    if all(isinstance(row.get("label"), str) for row in rows):
        labels = Counter(str(row["label"]) for row in rows)
        if not any(set(labels) <= known for known in [*map(set, NAMES.values()), *map(set, PAIRS)]):
            yield from topics_learnt([name for name, _ in labels.most_common(TOPICS)], rows, vectors, many)
            return
    truth = [[str(row["label"])] if "label" in row else list(row.get("kinds", ())) for row in rows]  # type: ignore[call-overload]
    for task in (Task.MOOD, Task.KIND):
        if all(kinds and set(kinds) <= set(NAMES[task]) for kinds in truth):
            yield from learnt(task, rows, truth, vectors, many)


def of_path(path: Path) -> Iterator[tuple[str, list[Row]]]:
    for name, paths in together(files_of(path)).items():
        yield name, [row for one in paths for row in sets.rows(one) if str(row.get("text", "")).strip()]


def all_sets() -> Iterator[tuple[str, list[Row]]]:
    """What docs/reference/reader.md gives figures of."""
    real = sets.real()
    yield "real posts, to choose by", [row for row in real if not row["aside"]]
    yield "real posts, kept aside", [row for row in real if row["aside"]]
    yield "real posts, all", list(real)
    for name in ("umsab_val", "tweeteval_sentiment_val", "airline_train", "suggestion_A_dev", "suggestion_B_dev"):
        yield name, list(sets.rows(sets.SHARED / f"{name}.jsonl.gz"))
    aside = sets.spam(aside=True)
    yield "youtube_spam, kept aside", [{"text": one.text, "label": _SPAM[one.labels]} for one in aside]
    for part in ("held_out/kinds", "held_out/urgency", "held_out/fresh", "held_out/unseen"):
        yield part, sets.ours(part)


def together(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Files that are called by their language ("de.jsonl") are one set, called by their folder."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        stem = path.name.partition(".")[0]
        found[path.parent.name if len(stem) == 2 else path.name].append(path)
    return found


if __name__ == "__main__":
    sys.exit(main())
