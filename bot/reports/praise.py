"""The summary's part about praise: what share of it was answered, beside that of complaints, and the week's wall.

What is praise the numbers know out of the journal; other kinds come from hints. A kind of which nothing is known is
left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.reports.daily import Figure, Numbers
from bot.reports.timing import Target, day_of
from models.reading.mood import Said, of_kind
from models.reading.praised import Praised, praised
from models.store import Session


class Kind(StrEnum):
    """What a customer wants, as far as shares tell them apart."""

    PRAISE = "praise"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Share:
    """Of a kind's conversations that came in these days, those that were answered in them."""

    kind: Kind
    asked: tuple[int, ...]
    answered: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PraiseOf:
    """Shares of the kinds that are known, praise first; and, of a week, everybody who praised."""

    shares: tuple[Share, ...] = ()
    wall: tuple[Praised, ...] = ()


def shares(counted: Numbers, kinds: Mapping[Kind, Collection[int]]) -> tuple[Share, ...]:
    """Pure. A kind without conversations in these days is left out."""
    asked = dict.fromkeys(counted.counts.get(Figure.POSTS, ()))
    answered = frozenset(counted.counts.get(Figure.ANSWERED, ()))
    found = []
    for kind in Kind:
        mine = tuple(number for number in asked if number in kinds.get(kind, ()))
        if mine:
            found.append(Share(kind, mine, tuple(number for number in mine if number in answered)))
    return tuple(found)


def kinds_of(counted: Numbers, read: Said) -> Mapping[Kind, Collection[int]]:
    """What is known of the conversations of these days: praise by people, complaints by the reader's hints. Pure."""
    complaints = of_kind(read, Kind.COMPLAINT.value)
    return {Kind.PRAISE: counted.praise, Kind.COMPLAINT: complaints - counted.praise}


async def praise_of(session: Session, channel: int, target: Target, counted: Numbers, read: Said) -> PraiseOf:
    """Of the days that were counted, of which the reader said `read`; the wall only where they are several."""
    found = shares(counted, kinds_of(counted, read))
    if counted.first == counted.last:
        return PraiseOf(found)
    zone = target.calendar.zone
    start, end = day_of(zone, counted.first)[0], day_of(zone, counted.last)[1]
    wall: Sequence[Praised] = await praised(session, channel, start, end)
    return PraiseOf(found, tuple(wall))
