"""Counts the posts in bot/triage/words and names what is wrong with them. Writes nothing; needs only Python.

Run it after adding posts: `python scripts/words.py`. The tests run the same checks.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

WORDS = Path(__file__).resolve().parents[1] / "bot" / "triage" / "words"
LANGUAGES = frozenset(("ar", "de", "en", "es", "fr", "hi", "it", "ja", "nl", "pl", "pt", "ru", "tr", "zh"))
URGENT = ("danger", "outage", "legal", "fraud", "leaving", "stranded")
DANGERS = ("self_harm", "violence", "medical", "product")
KINDS = ("complaint", "question", "praise", "idea", "other", "spam")
MOODS = ("negative", "neutral", "positive")
REMARKS = ("email", "phone", "order", "card", "internal_link", "bare_sorry", "promise", "language", "too_like")
FIELDS = {
    "urgency": {"id", "lang", "text", "urgent", "kinds", "looks_like", "reason", "scene"},
    "held_out/urgency": {"id", "lang", "text", "urgent", "kinds", "looks_like", "reason", "scene"},
    "held_out/fresh": {"id", "lang", "text", "urgent", "kinds", "looks_like", "reason", "scene"},
    "held_out/unseen": {"id", "lang", "text", "urgent", "kinds", "looks_like", "reason", "scene"},
    "seeds": {"id", "lang", "text", "kinds"},
    "moods": {"id", "lang", "text", "mood"},
    "held_out/kinds": {"id", "lang", "text", "kinds"},
    "drafts": {"id", "customer_lang", "lang", "post", "draft", "recent", "remarks"},
}
#: Parts whose rows must not say what another one says.
COMPARED = ("urgency", "held_out/urgency", "held_out/fresh", "held_out/unseen", "seeds", "held_out/kinds")
#: From this share of equal shingles on, two posts of one language say the same.
NEARLY = 0.6
#: Shorter texts ("ok", "danke") have too few shingles to be compared.
SHORT = 12

Row = dict[str, object]


def read(part: str) -> list[Row]:
    """All rows of a part; raises ValueError that names file and line where one is no JSON object."""
    paths = [WORDS / "drafts.jsonl"] if part == "drafts" else sorted((WORDS / part).glob("*.jsonl"))
    return [row for path in paths for row in _rows(path)]


def _rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row = json.loads(line)
        if not isinstance(row, dict):
            raise ValueError(f"{path.name}, line {number}: not an object")
        yield row


def faults(parts: Mapping[str, list[Row]]) -> list[str]:
    """Every sentence that is to be said about these rows."""
    found = [fault for part, rows in parts.items() for row in rows for fault in _faults_of(part, row)]
    ids = Counter(str(row.get("id")) for rows in parts.values() for row in rows)
    found += [f"{name}: {times} rows have this id" for name, times in ids.items() if times > 1]
    seen = {str(row["scene"]) for row in parts.get("urgency", [])}
    kept = {str(row["scene"]) for row in parts.get("held_out/urgency", [])}
    found += [f"{scene}: a scene is kept aside as a whole or not at all" for scene in sorted(seen & kept)]
    posts = [row for part in COMPARED for row in parts.get(part, [])]
    return found + [f"{one} and {two} say nearly the same" for one, two in twins(posts)]


def _faults_of(part: str, row: Row) -> Iterator[str]:
    name = f"{part}, {row.get('id')}"
    if set(row) != FIELDS[part]:
        yield f"{name}: fields are {sorted(row)}, must be {sorted(FIELDS[part])}"
        return
    if row["lang"] not in LANGUAGES:
        yield f"{name}: {row['lang']!r} is none of our languages"
    if part == "drafts":
        remarks = row["remarks"]
        assert isinstance(remarks, list)
        yield from (f"{name}: {remark!r} is no remark" for remark in remarks if remark not in REMARKS)
        if ("language" in remarks) != (row["lang"] != row["customer_lang"]):
            yield f"{name}: the remark about the language must follow from the two languages"
        if "too_like" in remarks and not row["recent"]:
            yield f"{name}: too like what? recent is empty"
        return
    if not str(row["text"]).strip():
        yield f"{name}: no text"
    if part == "moods":
        if row["mood"] not in MOODS:
            yield f"{name}: mood is {row['mood']}, must be of {MOODS}"
        return
    kinds = row["kinds"]
    assert isinstance(kinds, list)
    if part in ("seeds", "held_out/kinds"):
        if not kinds or set(kinds) - set(KINDS):
            yield f"{name}: kinds are {kinds}, must be of {KINDS}"
        return
    if set(kinds) - set(URGENT) - set(DANGERS) or bool(kinds) != bool(row["urgent"]):
        yield f"{name}: urgent is {row['urgent']} and kinds are {kinds}"
    if row["urgent"] not in (0, 1, 2, 3) or not row["reason"]:
        yield f"{name}: urgent must be 0 to 3, with a reason"
    if ("danger" in kinds) != bool(set(kinds) & set(DANGERS)):
        yield f"{name}: danger and its kind go together"


def twins(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """Pairs of one language that share most of their shingles (4 characters, or 2 where words have no spaces)."""
    shingles: dict[str, set[str]] = {}
    where: dict[tuple[object, str], list[str]] = defaultdict(list)
    pairs = []
    for row in rows:
        name = str(row["id"])
        text = "".join(c for c in unicodedata.normalize("NFKC", str(row["text"])).casefold() if c.isalnum())
        size = 2 if row["lang"] in ("ja", "zh") else 4
        mine = {text[at : at + size] for at in range(len(text) - size + 1)}
        if len(mine) < SHORT:
            continue
        shared = Counter(other for one in mine for other in where[row["lang"], one])
        pairs += [
            (other, name)
            for other, both in shared.items()
            if both / (len(mine) + len(shingles[other]) - both) >= NEARLY
        ]
        shingles[name] = mine
        for one in mine:
            where[row["lang"], one].append(name)
    return pairs


def table(parts: Mapping[str, list[Row]]) -> str:
    """How many there are, by part, language and kind."""
    lines = []
    for part, rows in parts.items():
        key = {"drafts": "remarks", "moods": "mood"}.get(part, "kinds")
        kinds: Counter[str] = Counter()
        for row in rows:
            named = row[key]
            kinds.update([str(named)] if not isinstance(named, list) else named or ["none"])
        langs = Counter(str(row["lang"]) for row in rows)
        lines.append(f"{part}: {len(rows)}")
        lines.append("  " + ", ".join(f"{name} {count}" for name, count in sorted(langs.items())))
        lines.append("  " + ", ".join(f"{name} {count}" for name, count in kinds.most_common()))
    return "\n".join(lines)


def main() -> int:
    parts = {part: read(part) for part in FIELDS}
    print(table(parts))
    wrong = faults(parts)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
