"""Measures how well and how fast the same text is found again, on posts that are made here by a fixed rule.

The copies are of five kinds (cut and reposted, with an address and tags, with typos, with words swapped, with a remark
before it). Real posts of other people stand around them: our own written ones, and those of ../shared where they are.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.triage.copies import FEWEST, Copies, pieces

ROOT = Path(__file__).resolve().parents[1]
WORDS = ROOT / "bot" / "triage" / "words"
SHARED_DATA = Path(os.environ.get("TWOWAY_SHARED", ROOT.parent / "shared"))
SHARED = ("crisislex26_train", "airline_conversations_train", "airline_train")

SEEDS, EACH = 60, 7
REMARKS = ("This!!", "unbelievable", "same here", "please read", "wow, just wow", "anyone else?", "so true:")


@dataclass(frozen=True, slots=True)
class Quality:
    """`recall` by kind of copy, and the part of the others that was pulled into a storm, in per cent."""

    recall: Mapping[str, float]
    foreign: float
    copies: int
    others: int

    @property
    def mean(self) -> float:
        return sum(self.recall.values()) / len(self.recall)


@dataclass(frozen=True, slots=True)
class Speed:
    """With so many texts known: texts a second, and how long the slowest hundredth takes at least, of our own time."""

    known: int
    a_second: float
    p99_ms: float
    megabytes: float


def own_posts() -> Iterator[str]:
    """The posts that were written for triage, each a text of its own."""
    for folder in ("seeds", "urgency"):
        for path in sorted((WORDS / folder).glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                yield str(json.loads(line)["text"])


def shared_posts(folder: Path, most: int) -> Iterator[str]:
    """Real posts, where they are."""
    for name in SHARED:
        path = folder / "data" / "posts" / f"{name}.jsonl.gz"
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for nth, line in enumerate(lines):
                    if nth >= most:
                        break
                    yield str(json.loads(line)["text"])


def distinct(texts: Iterator[str]) -> list[str]:
    """Each once, by letters alone, in the order given."""
    seen: dict[str, str] = {}
    for text in texts:
        seen.setdefault(re.sub(r"\W+|https?\S+|@\w+", "", text.casefold()), text)
    return [text for text in seen.values() if len(pieces(text)) >= FEWEST]


def copied(text: str, kind: str, dice: random.Random) -> str:
    """One copy, as people make them."""
    words = text.split()
    match kind:
        case "cut":
            kept = words[: max(6, int(len(words) * dice.uniform(0.65, 1.0)))]
            return f"RT @u{dice.randrange(999)}: {' '.join(kept)}" + ("…" if len(kept) < len(words) else "")
        case "tags":
            tags = " ".join(f"#{dice.choice(('fail', 'help', 'news', 'now', 'brand'))}" for _ in range(2))
            return f"{text} https://t.example/{dice.randrange(10**6)} {tags}"
        case "typos":
            letters = list(text)
            for _ in range(max(1, len(letters) // 25)):
                at = dice.randrange(len(letters) - 1)
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            said = "".join(letters)
            return dice.choice((said, said.upper(), said.lower(), said + "!!!"))
        case "swapped":
            for _ in range(max(1, len(words) // 10)):
                at = dice.randrange(len(words))
                words[at] = dice.choice(("really", "again", "today", "now", "this", "very"))
            return " ".join(words)
        case _:
            return f"{dice.choice(REMARKS)} {text}"


KINDS = ("cut", "tags", "typos", "swapped", "remark")


def quality(others: Sequence[str], *, seeds: int = SEEDS, seed: int = 20261122) -> Quality:
    """So many texts, each copied 35 times, among the others in random order; a copy is found where it joins the first
    of its kind that came."""
    dice = random.Random(seed)
    longer = [text for text in others if len(pieces(text)) >= 40]
    firsts = dice.sample(longer, seeds)
    rest = [text for text in others if text not in set(firsts)]
    rows: list[tuple[str, int, str]] = [(text, -1, "") for text in rest]
    for nth, text in enumerate(firsts):
        rows += [(copied(text, kind, dice), nth, kind) for kind in KINDS for _ in range(EACH)]
    dice.shuffle(rows)
    rows = [(text, nth, "seed") for nth, text in enumerate(firsts)] + rows
    copies = Copies(window=10**9)
    group_of: dict[int, int] = {}
    found, all_of = Counter[str](), Counter[str]()
    foreign = 0
    for number, (text, storm, kind) in enumerate(rows, start=1):
        seen = copies.see(number, 1, float(number), text)
        group = None if seen is None else seen.first
        if kind == "seed":
            assert group is not None
            group_of[storm] = group
        elif storm >= 0:
            all_of[kind] += 1
            found[kind] += group == group_of[storm]
        else:
            foreign += group in group_of.values()
    recall = {kind: found[kind] / all_of[kind] for kind in KINDS}
    return Quality(recall, 100 * foreign / len(rest), sum(all_of.values()), len(rest))


def speed(known: int, *, rounds: int = 3_000) -> Speed:
    """Posts of 15 to 25 words that nobody wrote, `known` of them and then `rounds` that are timed one by one."""
    dice = random.Random(7)
    vocabulary = sorted({word for text in own_posts() for word in text.split()})
    texts = [" ".join(dice.choices(vocabulary, k=dice.randint(15, 25))) for _ in range(known + rounds)]
    copies = Copies(window=10**9)
    for number, text in enumerate(texts[:known]):
        copies.see(number, 1, float(number), text)
    took = []
    for number, text in enumerate(texts[known:], start=known):
        begun = time.thread_time_ns()  # our own time: others compute beside us
        copies.see(number, 1, float(number), text)
        took.append(time.thread_time_ns() - begun)
    return Speed(known, 1e9 / float(np.mean(took)), float(np.percentile(took, 99)) / 1e6, copies.bytes / 1e6)


def main() -> None:
    """Prints what was measured."""
    others = distinct(iter([*own_posts(), *shared_posts(SHARED_DATA, 4_000)]))
    found = quality(others)
    kinds = ", ".join(f"{kind} {value:.3f}" for kind, value in found.recall.items())
    print(f"found again {found.mean:.3f} of {found.copies} ({kinds}); foreign {found.foreign:.2f} % of {found.others}")
    for known in (10_000, 100_000):
        fast = speed(known)
        print(
            f"{known:,} known: {fast.a_second:,.0f} a second, p99 {fast.p99_ms:.2f} ms, {fast.megabytes:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
