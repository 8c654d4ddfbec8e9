"""What our accounts look for beside what comes to them: one row a saved search, due when it is asked next.

Which there are, the settings say. How a search is asked, and what is done with what it finds, is left to hearing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.places import Account
from models.setup import TURN
from models.store import Work


class SavedSearch(Due, Base):
    """One search of one account. `cursor` is where the last look ended, `before` where the one before it did: both are
    the adapter's own. What was written before `since` is nobody's news. It stays when the settings name it no more,
    never due, for the conversations that it found."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("account_id", "words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    words: Mapped[str] = mapped_column(String(256))
    since: Mapped[datetime]
    cursor: Mapped[str | None]
    before: Mapped[str | None]
    asked_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class WantedSearch:
    account: int
    words: str


async def settle_searches(work: Work, wanted: Sequence[WantedSearch]) -> Mapping[int, WantedSearch]:
    """The rows that the settings ask for, by their ids. One that is new, or wanted again, begins now. Machines that
    start at the same time take turns."""
    if not work.store.embedded:
        await work.session.execute(select(func.pg_advisory_xact_lock(TURN)))
    there = {WantedSearch(row.account_id, row.words): row for row in await work.session.scalars(select(SavedSearch))}
    for one in dict.fromkeys(wanted):
        row = there.get(one)
        if row is None:
            row = there[one] = SavedSearch(account_id=one.account, words=one.words)
            work.add(row)
        if row.due_at is None:
            row.since = row.due_at = work.now
            row.cursor = row.before = row.asked_at = None
    for one, row in there.items():
        if one not in wanted:
            row.due_at = row.lease_owner = row.lease_until = None
    await work.flush()
    return {there[one].id: one for one in wanted}


async def unanswered(session: AsyncSession, account: str, *, tries: int) -> Sequence[tuple[str, int]]:
    """The words of an account's searches that failed so many times in a row or more, and how many."""
    query = (
        select(SavedSearch.words, SavedSearch.tries)
        .join(Account, Account.id == SavedSearch.account_id)
        .where(Account.name == account, SavedSearch.due_at.is_not(None), SavedSearch.tries >= tries)
        .order_by(SavedSearch.id)
    )
    return [(words, count) for words, count in await session.execute(query)]


async def words_of(session: AsyncSession, search: int) -> str | None:
    """What a search looks for, or looked for."""
    return await session.scalar(select(SavedSearch.words).where(SavedSearch.id == search))
