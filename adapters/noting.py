"""What servers say beside their answers: how much is left of our budget, and what time it is there.

Kept only while somebody wants to know, as `twoway check` does: `with noting() as noted`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """So many calls (or units) are left, of so many if that is known, until it is filled up again."""

    left: int
    limit: int | None
    until: datetime | None


@dataclass(slots=True)
class Noted:
    """By server. A clock is how far ours is ahead of theirs, to the second."""

    budgets: dict[str, Budget] = field(default_factory=dict)
    clocks: dict[str, timedelta] = field(default_factory=dict)


_noted: ContextVar[Noted | None] = ContextVar("twoway_noted", default=None)


@contextmanager
def noting() -> Iterator[Noted]:
    """Whatever is asked inside, also by tasks that begin there, is noted."""
    noted = Noted()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def budget_is(server: str, left: int, limit: int | None, until: datetime | None) -> None:
    """A server said, or we know by our own ledger, what is left. The smallest of several counts."""
    noted = _noted.get()
    if noted is None:
        return
    before = noted.budgets.get(server)
    if before is None or left <= before.left:
        noted.budgets[server] = Budget(left, limit, until)


def clock_is(server: str, headers: Mapping[str, str], now: datetime) -> None:
    """What time it is there, by its `Date`; names in lower case. Nothing where it says none."""
    noted = _noted.get()
    if noted is None:
        return
    try:
        there = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError):
        return
    there = there.replace(tzinfo=UTC) if there.tzinfo is None else there
    noted.clocks[server] = now - there
