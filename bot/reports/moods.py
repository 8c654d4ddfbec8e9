"""How customers sounded, what they wrote about and what their posts are, as far as the reader said so; left out of the
summary where it said nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.reports.daily import Figure, Numbers
from models.reading.mood import Mood, Said, moods_in, said_in, topics
from models.store import Session

#: In this order they are told.
MOODS = ("negative", "neutral", "positive")
#: What posts are, from the bottom of a chart to its top, and what it calls them.
KINDS = {
    "complaint": "complaints",
    "question": "questions",
    "idea": "ideas",
    "praise": "praise",
    "other": "other",
    "spam": "spam",
    "": "unsure",
}


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


async def topics_of(session: Session, counted: Numbers) -> Mapping[str, int]:
    """How many conversations that came in these days are about what, of the team's topics; the most frequent first."""
    about = Counter((await topics(session, counted.counts.get(Figure.POSTS, ()))).values())
    return dict(sorted(about.items(), key=lambda one: (-one[1], one[0])))


def moods_of(counted: Numbers, read: Said) -> Sounded | None:
    """Of the conversations that came in these days. Pure."""
    return sounded(frozenset(counted.counts.get(Figure.POSTS, ())), moods_in(read))


def came_by_kind(counted: Numbers, read: Said) -> Mapping[str, Mapping[int, int]]:
    """The posts of a chart by what their conversation began with, for each its minutes. Pure. Of fewer than half of
    them something is known: nothing, and the chart shows where they came from."""
    known = {number: str(said[0][1][0]) for number, said in read.items() if said[0][1]}
    known |= dict.fromkeys(counted.praise, "praise")
    if 2 * sum(number in known for number, _ in counted.asked_at) < max(len(counted.asked_at), 1):
        return {}
    found: dict[str, dict[int, int]] = {}
    for number, minute in counted.asked_at:
        minutes = found.setdefault(known.get(number, ""), {})
        minutes[minute] = minutes.get(minute, 0) + 1
    return {name: found[kind] for kind, name in KINDS.items() if kind in found}


async def read_of(session: Session, counted: Numbers) -> Said:
    """What the reader said of the conversations that came in these days: once, for every line that is made of it."""
    return await said_in(session, counted.counts.get(Figure.POSTS, ()))
