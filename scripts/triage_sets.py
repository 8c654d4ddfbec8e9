"""The posts that heads are trained from and measured on, as (text, labels): ours in bot/triage/words, others in the
shared data folder. Which of them may train what ships is said here, once.

Vectors are kept in build/vectors, so that a second run takes seconds.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.triage.engine.building import BUILD, PACKED_SHA256, built, packed_file
from bot.triage.engine.transformer import Transformer
from bot.triage.vectors import Matrix, unaddressed

ROOT = Path(__file__).resolve().parents[1]
WORDS = ROOT / "bot" / "triage" / "words"
CACHE = ROOT / "build" / "vectors"
SHARED = Path(os.environ.get("TWOWAY_SHARED", ROOT.parent / "shared")) / "data" / "posts"

MOODS = ("negative", "neutral", "positive")
#: GoEmotions' own grouping (Demszky and others, 2020, figure 2); what is ambiguous there is left out.
_POSITIVE = frozenset(
    {"admiration", "amusement", "approval", "caring", "desire", "excitement"}
    | {"gratitude", "joy", "love", "optimism", "pride", "relief"}
)
_NEGATIVE = frozenset(
    {"anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment"}
    | {"fear", "grief", "nervousness", "remorse", "sadness"}
)
_GROUPS = {"negative": _NEGATIVE, "positive": _POSITIVE, "neutral": frozenset({"neutral"})}
#: A score from -4 to 4 beyond this is a mood.
_MARKED = 0.7


@dataclass(frozen=True, slots=True)
class Example:
    """A text, what is true of it, and its language where it is known."""

    text: str
    labels: tuple[str, ...]
    language: str = ""


def rows(path: Path) -> Iterator[dict[str, object]]:
    """The objects of a file of lines, packed or not."""
    raw = path.read_bytes()
    for line in (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def ours(part: str) -> list[dict[str, object]]:
    """A part of bot/triage/words."""
    return [row for path in sorted((WORDS / part).glob("*.jsonl")) for row in rows(path)]


def seeds() -> list[Example]:
    return [Example(str(row["text"]), tuple(row["kinds"]), str(row["lang"])) for row in ours("seeds")]  # type: ignore[arg-type]


def moods() -> list[Example]:
    """Open sets for the mood of a post: GoEmotions (CC BY 4.0) and VADER's ground truth (MIT)."""
    return [*_vader("tweets", 4_000), *_goemotions(700), *_vader("amazonReviewSnippets", 1_500)]


def spam(*, aside: bool) -> list[Example]:
    """Comments under five music videos, spam or other (UCI YouTube Spam Collection, Alberto and others 2015, CC BY
    4.0): the half that trains, or the half that is kept aside. Comments that begin alike are on one side."""
    found = []
    for row in rows(SHARED / "youtube_spam_train.jsonl.gz"):
        text = str(row["text"])
        if (hashlib.sha256(text.lower()[:40].encode()).digest()[0] % 2 == 1) is aside:
            found.append(Example(text, ("spam" if row["label"] == "spam" else "other",)))
    return found


def our_moods() -> list[Example]:
    """Posts of ours in eight languages, as people write when they speak of anything but companies."""
    return [Example(str(row["text"]), (str(row["mood"]),), str(row["lang"])) for row in ours("moods")]


def _goemotions(each: int) -> list[Example]:
    found: dict[str, list[Example]] = {mood: [] for mood in MOODS}
    for row in rows(SHARED / "goemotions_train.jsonl.gz"):
        mood = mood_of(row)
        if mood is not None and len(found[mood]) < each:
            found[mood].append(Example(str(row["text"]), (mood,), "en"))
    return [one for mood in MOODS for one in found[mood]]


def _vader(part: str, most: int) -> list[Example]:
    some = list(rows(SHARED / f"vader_gt_{part}_train.jsonl.gz"))[:most]
    return [Example(str(row["text"]), (mood_of(row) or "neutral",), "en") for row in some]


def mood_of(row: Mapping[str, object]) -> str | None:
    """Where a set tells moods in words of its own: by a score from -4 to 4, or by feelings as GoEmotions has them.
    None where it tells none, or several."""
    score, feelings = row.get("score"), row.get("label")
    if isinstance(score, int | float):
        return "positive" if score > _MARKED else "negative" if score < -_MARKED else "neutral"
    if not isinstance(feelings, list) or not feelings:
        return None
    return next((mood for mood, group in _GROUPS.items() if set(feelings) <= group), None)


#: What a seed's kind says of its mood; of two kinds the first that is here.
_MOOD_OF = {"complaint": "negative", "praise": "positive", "question": "neutral", "other": "neutral", "idea": "neutral"}


def seed_moods() -> list[tuple[int, str]]:
    """Which seeds say something of a mood, and which."""
    return [
        (index, mood)
        for index, one in enumerate(seeds())
        if (mood := next((_MOOD_OF[kind] for kind in _MOOD_OF if kind in one.labels), None)) is not None
    ]


#: What each of 250 posts of other people's sets is, by one of us who had seen neither seeds nor what the heads say of
#: them. The labels may be used for anything (CC0); the posts may not be handed on, so each is named by its hash.
REAL = ROOT / "scripts" / "real_kinds.jsonl"


def real() -> list[dict[str, object]]:
    """The posts with their kinds. `aside`: half of them, by which nothing was chosen."""
    said = {(str(row["set"]), str(row["sha256"])): row["kinds"] for row in rows(REAL)}
    found = {}
    for name in sorted({name for name, _ in said}):
        for row in rows(SHARED / f"{name}.jsonl.gz"):
            text = str(row["text"])
            key = hashlib.sha256(text.encode()).hexdigest()[:16]
            if (name, key) in said:
                found[name, key] = {"text": text, "kinds": said[name, key], "aside": int(key[-1], 16) % 2 == 0}
    return [found[key] for key in sorted(found)]


#: So many texts are kept in one file of the cache.
CHUNK = 256


def vectors(name: str, texts: Sequence[str]) -> Matrix:
    """Their vectors, as the reader makes them; those of texts that were read before come from the cache."""
    texts = [unaddressed(one) for one in texts]
    model: Transformer | None = None
    parts: list[Matrix] = []
    for start in range(0, len(texts), CHUNK):
        part = texts[start : start + CHUNK]
        key = hashlib.sha256(("\0".join(part) + PACKED_SHA256 + str(BUILD)).encode()).hexdigest()[:20]
        path = CACHE / f"{key}.npy"
        if not path.exists():
            model = model or Transformer(built(CACHE, packed_file()), packed_file(), threads=os.cpu_count() or 1)
            np.save(path, model.vectors(part))
            print(f"… {name}: {start + len(part)} of {len(texts)}", flush=True)
        parts.append(np.load(path))
    return np.concatenate(parts)


def texts_of(examples: Iterable[Example]) -> list[str]:
    return [one.text for one in examples]
