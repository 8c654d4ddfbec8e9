"""Measures the voice check on drafts with the remarks that they deserve: precision and recall of each, by language too.

`drafts.jsonl` is beside the words of triage, and its remarks were known while the words were chosen; `fresh.jsonl` was
written when they were done, and what it shows was used to mend nothing. `later.jsonl` was written when a stranger had
found plain cases that were missed; `second`, `third` and `fourth` after one mending each. What each showed when it was
new is in docs/how-to/voice.md; it was then used to mend, so its remarks are known, too. One author wrote words and
drafts: all of it flatters.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings.triage import Remark
from bot.triage.voice import listen

ROOT = Path(__file__).resolve().parents[1]
KNOWN = ROOT / "bot" / "triage" / "words" / "drafts.jsonl"
FRESH = ROOT / "tests" / "voice" / "fresh.jsonl"
LATER = tuple(ROOT / "tests" / "voice" / f"{name}.jsonl" for name in ("later", "second", "third", "fourth"))


@dataclass(slots=True)
class Count:
    """How often a remark was made rightly, wrongly, and not at all."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass(slots=True)
class Heard:
    """What was found in a set: by remark, by language, and the drafts that were judged wrongly."""

    drafts: int = 0
    quiet: int = 0  # drafts that deserve no remark
    disturbed: int = 0  # of them, with one
    by_remark: dict[str, Count] = field(default_factory=dict)
    by_language: dict[str, Count] = field(default_factory=dict)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)


def rows(path: Path) -> Sequence[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def heard(path: Path) -> Heard:
    """Every draft of a set, listened to."""
    found = Heard(by_remark={remark.value: Count() for remark in Remark})
    for row in rows(path):
        recent, remarks = row["recent"], row["remarks"]
        assert isinstance(recent, list)
        assert isinstance(remarks, list)
        said = {one.remark.value for one in listen(str(row["draft"]), post=str(row["post"]), recent=recent)}
        found.drafts += 1
        found.quiet += not remarks
        found.disturbed += not remarks and bool(said)
        language = found.by_language.setdefault(str(row["lang"]), Count())
        for remark in said | set(remarks):
            kind = "right" if remark in said and remark in remarks else "wrong" if remark in said else "missed"
            for count in (found.by_remark[remark], language):
                setattr(count, kind, getattr(count, kind) + 1)
            if kind != "right":
                found.wrong.append((f"{kind} {remark}", str(row["id"]), str(row["draft"])))
    return found


def table(found: Heard) -> str:
    """For people, at 80 columns."""
    lines = [f"{found.drafts} drafts; {found.disturbed} of {found.quiet} that deserve none got a remark"]
    lines.append(f"{'':<16}{'precision':>10}{'recall':>8}{'right':>7}{'wrong':>7}{'missed':>8}")
    for name, one in {**found.by_remark, **dict(sorted(found.by_language.items()))}.items():
        lines.append(f"{name:<16}{one.precision:>10.2f}{one.recall:>8.2f}{one.right:>7}{one.wrong:>7}{one.missed:>8}")
    return "\n".join(lines)


def main() -> None:
    for path in (KNOWN, FRESH, *LATER):
        if path.exists():
            print(f"{path.name}: {table(heard(path))}\n")


if __name__ == "__main__":
    main()
