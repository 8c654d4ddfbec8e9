"""One chain of the journal, followed event by event: its places, its hashes, and what later checks need of it.

Whose rows those are, and whether they say the same, is asked in `audit.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Text, cast

from models.comparing import Named, remember
from models.journal import Event, digest_of
from models.reading.values import whole, wholes
from models.seals import Told
from models.telling import EventKind


class Wrong(StrEnum):
    """What can be wrong with a chain, a revision, an order or a seal."""

    GAP = "gap"  # an event is missing, or stands twice
    CHANGED = "changed"  # its hash is not the hash of what it says
    UNCHAINED = "unchained"  # it does not follow the event before it
    CUT = "cut"  # the conversation knows of another end
    STRAY = "stray"  # a chain of no conversation
    REVISION = "revision"  # a draft's words are not those that its hash names
    WORDS = "words"  # a customer's words are not those that were heard
    ORDER = "order"  # an order is not what was approved
    UNORDERED = "unordered"  # a delivery that the journal never ordered
    SEAL = "seal"  # a day's seal does not fit


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong with a chain (0: the service's own; None: the seals). `event` is the event's id, `seq`
    its place; `what` says what was expected and what was found, in ids and hashes."""

    wrong: Wrong
    chain: int | None
    seq: int | None
    event: int | None
    what: str


class Found(NamedTuple):
    """An event as it stands in the database: read by us, since a damaged one may be no moment and no JSON."""

    id: int
    chain: int
    seq: int
    at: str
    kind: str
    rep: int | None
    data: str
    before: str
    digest: str


COLUMNS = (
    Event.id,
    Event.chain,
    Event.seq,
    cast(Event.at, Text),
    Event.kind,
    Event.rep_id,
    cast(Event.data, Text),
    Event.before,
    Event.digest,
)


def _read(found: Found) -> tuple[datetime, dict[str, object]] | None:
    """When it was and what it says; None when it is damaged beyond reading."""
    try:
        at, data = datetime.fromisoformat(found.at), json.loads(found.data)
    except (ValueError, TypeError):
        return None
    if not isinstance(data, dict):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), data


@dataclass(slots=True)
class Chain:
    """Where the walk is in a chain."""

    id: int
    seq: int = 0
    digest: str = ""
    fault: Fault | None = None
    approved: dict[int, set[int]] = field(default_factory=dict)  # draft message -> reps whose yes stands
    last: int = 0  # the id of the event before
    drafted: dict[int, tuple[Found, str]] = field(default_factory=dict)  # revision -> where it was, its hash
    orders: dict[int, tuple[Found, int, int]] = field(default_factory=dict)  # delivery -> where, message, revision
    posts: dict[int, Named] = field(default_factory=dict)  # customers' posts, as the journal knows them
    told: dict[str, Told] = field(default_factory=dict)  # the seals of which the service's chain tells, by day
    erased_posts: set[int] = field(default_factory=set)
    erased_revisions: set[int] = field(default_factory=set)

    def note(self, wrong: Wrong, seq: int | None, event: int | None, what: str) -> None:
        """Only the first fault of a chain is told: what follows it usually follows from it."""
        if self.fault is None:
            self.fault = Fault(wrong, self.id, seq, event, what)

    def follow(self, event: Found) -> None:
        """One more event. Checks its place, its hash and the one before; keeps what later checks need."""
        if self.fault is not None:
            return
        said = _read(event)
        if event.seq != self.seq + 1:
            self.note(Wrong.GAP, event.seq, event.id, f"expected number {self.seq + 1}, found {event.seq}")
        elif event.before != self.digest:
            self.note(Wrong.UNCHAINED, event.seq, event.id, "does not name the hash of the event before it")
        elif said is None or event.digest != _computed(event, *said):
            self.note(Wrong.CHANGED, event.seq, event.id, "says something else than its hash")
        elif event.id <= self.last:
            self.note(Wrong.CHANGED, event.seq, event.id, "has an id from before the event before it")
        else:
            self._remember(event, said[1])
        self.seq, self.digest, self.last = event.seq, event.digest, event.id

    def _remember(self, event: Found, data: Mapping[str, object]) -> None:
        message, revision = whole(data.get("message")), whole(data.get("revision"))
        remember(self.posts, event.kind, data, seq=event.seq, event=event.id)
        match event.kind:
            case EventKind.DRAFTED if revision is not None:
                self.drafted[revision] = (event, str(data.get("digest")))
            case EventKind.APPROVED if message is not None and event.rep is not None:
                self.approved.setdefault(message, set()).add(event.rep)
            case EventKind.UNAPPROVED if message is not None and event.rep is not None:
                self.approved.setdefault(message, set()).discard(event.rep)
            case EventKind.ASKED_AGAIN if message is not None:
                self.approved.setdefault(message, set()).difference_update(wholes(data.get("of")))
            case EventKind.ORDERED:
                self._order(event, data, message, revision)
            case EventKind.ERASED | EventKind.POST_REMOVED | EventKind.POST_GONE:
                self.erased_posts.update(wholes([data.get("post"), *wholes(data.get("posts"))]))
                self.erased_revisions.update(wholes(data.get("revisions")))
            case EventKind.SEALED:
                last = whole(data.get("last_event")) or 0
                self.told[str(data.get("day"))] = Told(event.seq, event.id, str(data.get("digest")), last)
            case _:
                pass

    def _order(self, event: Found, data: Mapping[str, object], message: int | None, revision: int | None) -> None:
        delivery = whole(data.get("delivery"))
        by = set(wholes(data.get("approved_by")))
        if delivery is None or message is None or revision is None:
            self.note(Wrong.ORDER, event.seq, event.id, "an order that does not name what it orders")
        elif revision not in self.drafted or self.drafted[revision][1] != data.get("digest"):
            self.note(Wrong.ORDER, event.seq, event.id, f"draft {revision} was written with another hash")
        elif not by or not by <= self.approved.get(message, set()):
            missing = sorted(by - self.approved.get(message, set()))
            self.note(Wrong.ORDER, event.seq, event.id, f"no standing approval by reps {missing or 'at all'}")
        else:
            self.orders[delivery] = (event, message, revision)


def _computed(event: Found, at: datetime, data: Mapping[str, object]) -> str:
    return digest_of(
        before=event.before, chain=event.chain, seq=event.seq, at=at, kind=event.kind, rep=event.rep, data=data
    )
