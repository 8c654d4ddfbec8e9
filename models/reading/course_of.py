"""How long the answer took and who took part: one round from the customer's words to our reply, out of the journal.

Pure, over rows that card, dossier and summaries read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.reading.values import whole, wholes
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class Happened:
    """One event, as much of it as a round needs."""

    at: datetime
    kind: str
    rep: int | None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Round:
    """From being heard to being answered. `reps` took part, in the order in which they first did; `approvers` gave
    the counted yes. What has not happened (yet) is None."""

    heard: datetime | None = None
    claimed: datetime | None = None
    drafted: datetime | None = None
    approved: datetime | None = None
    sent: datetime | None = None
    reps: tuple[int, ...] = ()
    writers: tuple[int, ...] = ()
    approvers: tuple[int, ...] = ()
    address: str | None = None  # where the answer stands, as a person said it
    on_word_of: int | None = None  # who said so

    @property
    def took(self) -> timedelta | None:
        """From the customer's words to our answer."""
        return None if self.heard is None or self.sent is None else self.sent - self.heard


#: A customer speaks: with these a round begins, when none is open.
BEGINS = frozenset(
    {
        EventKind.HEARD.value,
        EventKind.CUSTOMER_REPLIED.value,
        EventKind.CUSTOMER_EDITED.value,
        EventKind.REOPENED.value,
    }
)
#: With these it ends: the answer stands, whoever put it there.
ENDS = frozenset(
    {
        EventKind.SENT.value,
        EventKind.SETTLED_SENT.value,
        EventKind.SURFACED.value,
        EventKind.ANSWERED_BY_HAND.value,
        EventKind.ANSWERED_ELSEWHERE.value,
    }
)
_CLAIMS = frozenset({EventKind.CLAIMED.value, EventKind.HANDED_OVER.value})
_SIGNS = frozenset({EventKind.APPROVED.value, EventKind.OBJECTED.value})

#: The kinds that a round is made of.
KINDS = (
    *sorted(BEGINS | ENDS | _CLAIMS | _SIGNS),
    EventKind.DRAFTED.value,
    EventKind.ORDERED.value,
)


@dataclass(slots=True)
class _Open:
    heard: datetime | None = None
    claimed: datetime | None = None
    drafted: datetime | None = None
    approved: datetime | None = None
    reps: dict[int, None] = field(default_factory=dict)
    writers: dict[int, None] = field(default_factory=dict)
    approvers: tuple[int, ...] = ()

    def closed(self, sent: datetime | None, data: Mapping[str, object] | None = None) -> Round:
        address = (data or {}).get("address")
        return Round(
            self.heard,
            self.claimed,
            self.drafted,
            self.approved,
            sent,
            tuple(self.reps),
            tuple(self.writers),
            self.approvers,
            address if isinstance(address, str) else None,
            whole((data or {}).get("on_word_of")),
        )


def rounds(events: Iterable[Happened]) -> tuple[Round, ...]:
    """Every round of a conversation, the first one first; the last may still be open. `events` in their order."""
    done: list[Round] = []
    now: _Open | None = None
    for event in events:
        if event.kind in ENDS:
            if now is not None:
                if event.kind == EventKind.ANSWERED_BY_HAND.value and event.rep is not None:
                    now.reps.setdefault(event.rep)
                done.append(now.closed(event.at, event.data))
                now = None
            continue
        if now is None:
            now = _Open()
        if event.kind in BEGINS and now.heard is None:
            now.heard = event.at
        if event.rep is not None and event.kind in _TAKES_PART:
            now.reps.setdefault(event.rep)
        if event.kind in _CLAIMS:
            now.claimed = now.claimed or event.at
        elif event.kind == EventKind.DRAFTED.value:
            now.drafted = now.drafted or event.at
            if event.rep is not None:
                now.writers.setdefault(event.rep)
        elif event.kind == EventKind.ORDERED.value:
            now.approved = event.at
            now.approvers = tuple(wholes(event.data.get("approved_by")))
    if now is not None:
        done.append(now.closed(None))
    return tuple(done)


_TAKES_PART = _CLAIMS | _SIGNS | {EventKind.DRAFTED.value}
