"""The summary's line about how customers sounded, as far as the reader said so; left out where it said nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.reports.daily import Figure, Numbers
from models.reading.mood import Mood, Said, moods_in, said_in
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


def moods_of(counted: Numbers, read: Said) -> Sounded | None:
    """Of the conversations that came in these days. Pure."""
    return sounded(frozenset(counted.counts.get(Figure.POSTS, ())), moods_in(read))


async def read_of(session: Session, counted: Numbers) -> Said:
    """What the reader said of the conversations that came in these days: once, for every line that is made of it."""
    return await said_in(session, counted.counts.get(Figure.POSTS, ()))
