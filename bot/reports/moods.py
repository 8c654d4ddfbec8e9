"""The summary's line about how customers sounded, as far as the reader said so; left out where it said nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.reports.daily import Figure, Numbers
from models.reading.mood import Mood, moods
from models.store import Session

#: In this order they are told.
MOODS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Sounded:
    """Conversations by how they began, those of whose beginning nobody can tell, and how many that began negative
    ended better."""

    began: Mapping[str, int]
    unsure: int
    better: int


def sounded(asked: frozenset[int], felt: Mapping[int, Mood]) -> Sounded | None:
    """Pure. None: nobody can tell of any."""
    began = Counter(mood.began for number, mood in felt.items() if number in asked and mood.began is not None)
    if not began:
        return None
    better = sum(
        mood.began == "negative" and mood.ended in {"neutral", "positive"}
        for number, mood in felt.items()
        if number in asked
    )
    return Sounded({one: began[one] for one in MOODS if began[one]}, len(asked) - began.total(), better)


async def moods_of(session: Session, counted: Numbers) -> Sounded | None:
    """Of the conversations that came in these days."""
    asked = frozenset(counted.counts.get(Figure.POSTS, ()))
    return sounded(asked, await moods(session, asked))
