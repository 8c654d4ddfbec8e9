"""One conversation's waits, followed event by event: since when a customer waits, and how the wait ended. Pure.

Cards show one round of one conversation (`course_of`); a day's numbers are made of these, for many conversations at
once and with little memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.telling import EventKind

#: Nobody has waited longer than that because a server says 1970; as hearing counts it.
LONGEST = timedelta(days=30)

#: An answer from our account that came sooner than this, and not through us, was written by no person: an automatic
#: acknowledgement. Nobody reads a post and types a sentence in ten seconds.
BY_NOBODY = timedelta(seconds=10)


class How(StrEnum):
    """How a wait ended."""

    ANSWERED = "answered"  # through us
    BY_HAND = "by_hand"  # in public, but not through us
    CLOSED = "closed"  # the team had nothing to say
    GONE = "gone"  # the customer deleted what was asked


#: What a customer says; `post` in its data is the post.
POSTS = frozenset({EventKind.HEARD.value, EventKind.CUSTOMER_REPLIED.value})
#: With these a wait may begin.
BEGINS = POSTS | {EventKind.CUSTOMER_EDITED.value, EventKind.REOPENED.value}
#: With these it may end.
ENDS = {
    EventKind.SENT.value: How.ANSWERED,
    EventKind.SETTLED_SENT.value: How.ANSWERED,
    EventKind.SURFACED.value: How.ANSWERED,
    EventKind.ANSWERED_BY_HAND.value: How.BY_HAND,
    EventKind.ANSWERED_ELSEWHERE.value: How.BY_HAND,
    EventKind.CLOSED.value: How.CLOSED,
    EventKind.POST_GONE.value: How.GONE,
}
_DRAFTED, _ORDERED = EventKind.DRAFTED.value, EventKind.ORDERED.value
_ELSEWHERE = EventKind.ANSWERED_ELSEWHERE.value
_CLAIMS = frozenset({EventKind.CLAIMED.value, EventKind.HANDED_OVER.value})

#: Into the lane of praise, and out of it: no part of a wait, but of what its customer may expect.
LANE: Mapping[str, bool] = {EventKind.PRAISE.value: True, EventKind.PRAISE_WITHDRAWN.value: False}

#: Everything that a wait is made of.
MATTERS = frozenset({*BEGINS, *ENDS, *_CLAIMS, *LANE, EventKind.DRAFTED.value, EventKind.ORDERED.value})


@dataclass(slots=True)
class Happened:
    """One event, as much of it as counts. `said_at` is when the post that it names was written, by the platform's
    clock; `to` the state that it led to, "" for the one before; `approved_by` whose yes made the order. `account` heard
    the conversation; with its `first` event it began."""

    number: int
    at: datetime
    kind: str
    rep: int | None = None
    said_at: datetime | None = None
    to: str = ""
    approved_by: tuple[int, ...] = ()
    automatic: bool = False
    account: int = 0
    first: bool = False


@dataclass(slots=True)
class Ended:
    """A wait that ended. What never happened on the way is None: answers by hand have no draft."""

    number: int
    how: How
    asked: datetime
    at: datetime
    claimed: datetime | None = None
    drafted: datetime | None = None
    rewritten: datetime | None = None  # the last draft
    approved: datetime | None = None


@dataclass(slots=True)
class Thread:
    """A conversation, so far. `asked` is since when its customer waits; None: nobody waits."""

    asked: datetime | None = None
    said: datetime | None = None  # the customer's last words
    claimed: datetime | None = None
    drafted: datetime | None = None
    rewritten: datetime | None = None
    approved: datetime | None = None
    writer: int | None = None  # of the last draft
    praise: bool = False  # somebody praises us there

    def take(self, event: Happened) -> Ended | None:
        """Follow one event; the wait that ended by it, if one did."""
        kind = event.kind
        if kind in BEGINS:
            self._begin(event)
            return None
        how = ENDS.get(kind)
        if how is not None:
            return self._end(event, how)
        if kind in _CLAIMS:
            self.claimed = self.claimed or event.at
        elif kind == _DRAFTED:
            self.drafted = self.drafted or event.at
            self.rewritten, self.writer = event.at, event.rep
        elif kind == _ORDERED:
            self.approved = event.at
        elif kind in LANE:
            self.praise = LANE[kind]
        return None

    def _begin(self, event: Happened) -> None:
        said = event.at if event.said_at is None else max(min(event.said_at, event.at), event.at - LONGEST)
        if event.kind in POSTS:
            self.said = said
        if self.asked is None and (event.kind in POSTS or event.to == "open"):
            self.asked = said if event.kind in POSTS else event.at

    def _end(self, event: Happened, how: How) -> Ended | None:
        if self.asked is None:
            if how is How.ANSWERED:  # nobody waited for it, and it is no part of the next wait
                self._begin_anew()
            return None
        at = event.at
        if event.kind == _ELSEWHERE:
            at = min(event.said_at or event.at, event.at)
            if event.automatic or self._by_nobody(at) or (event.to != "answered" and at < (self.said or self.asked)):
                return None
            at = max(at, self.asked)
        elif event.automatic or (how is How.GONE and event.to not in {"closed", ""}):
            return None
        ended = Ended(event.number, how, self.asked, at, self.claimed, self.drafted, self.rewritten, self.approved)
        # News that came while the reply was on the wire was played after it: they wait again, since they said it.
        again = (self.said or at) if event.to == "open" else None
        self.asked = again
        self._begin_anew()
        return ended

    def _begin_anew(self) -> None:
        self.claimed = self.drafted = self.rewritten = self.approved = None

    def _by_nobody(self, at: datetime) -> bool:
        return self.said is not None and timedelta() <= at - self.said < BY_NOBODY
