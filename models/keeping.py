"""What our accounts keep between two lives of a process: their tokens, sealed, and what their calls have cost.

When a token is renewed is left to the platforms; `bot/keeping.py` hands this to them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal

from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.cipher import CannotOpen, Cipher
from models.places import Account
from models.store import Store, Work

#: How long one holder may take to renew a token: a call of 20 s, and what is stored before and after it.
RENEWAL = timedelta(seconds=60)
#: Whoever waits for the holder looks so often.
LOOK = 0.1
#: So long before only a person can help, people are told.
STEPS = (timedelta(days=7), timedelta(days=3), timedelta(days=1))
#: Money is stored in billionths, rounded up: sums stay exact on every database.
BILLION = Decimal(10**9)


class Kept(Due, Base):
    """What one account keeps; `id` is the account's. Due when people are to be told that it ends; whoever renews it
    holds its lease. `version` is one higher after each change."""

    __tablename__ = "kept"

    id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    words: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=0)
    ends: Mapped[datetime | None]


class Spending(Base):
    """What an account's calls have cost in one hour (UTC)."""

    __tablename__ = "spending"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    calls: Mapped[int]
    units: Mapped[int]
    billionths: Mapped[int]


class Consent(Base):
    """Somebody was sent to a platform to connect an account. `state` is a hash of the word that comes back with the
    answer, `answer` what came back, sealed."""

    __tablename__ = "consent"

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class Superseded(Exception):
    """Another machine stored something newer while we held on to what was there before."""


@dataclass(frozen=True, slots=True)
class Bill:
    """Calls, the platform's own units, and money."""

    calls: int = 0
    units: int = 0
    money: Decimal = Decimal(0)


class Keeping:
    """One account's row and ledger. Made once a process and account. What the database raises is passed on."""

    def __init__(self, store: Store, account: str, cipher: Cipher | None) -> None:
        """Without a cipher only the ledger is kept."""
        self._store = store
        self._account = account
        self._cipher = cipher
        self._id: int | None = None
        self._lock = asyncio.Lock()
        self._seen: int | None = None

    async def load(self) -> str | None:
        """`CannotOpen`: no key of ours opens it."""
        async with self._store.reading() as session:
            row = await kept_of(session, self._account)
        if row is None or row.words is None or self._cipher is None:
            return None
        return self._cipher.open(row.words, about=self._account)

    async def keep(self, words: str, *, ends: datetime | None, over: bool = True) -> None:
        """Inside `alone`, `Superseded` if another machine thought us dead and stored something meanwhile. `over`: also
        over what no key of ours opens; else `CannotOpen`, and that stays."""
        assert self._cipher is not None
        sealed = self._cipher.seal(words, about=self._account)
        async with self._store.work() as work:
            row = await self._row(work)
            if self._seen is not None and row.version != self._seen:
                raise Superseded(self._account)
            if not over and row.words is not None:
                self._cipher.open(row.words, about=self._account)
            row.words, row.ends = sealed, ends
            row.version += 1
            row.due_at = next_step(work.now, ends)
            version = row.version
        if self._seen is not None:
            self._seen = version

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """One holder over all processes. TimeoutError: somebody else has it for too long."""
        async with self._lock:
            fence = await self._taken()
            try:
                yield
            finally:
                self._seen = None
                await self._give_back(fence)

    async def spend(self, bill: Bill, *, at: datetime) -> None:
        async with self._store.work() as work:
            await self._write(work, bill, at)

    async def take(self, bill: Bill, *, at: datetime, since: datetime, most: int) -> bool:
        """`spend`, if no more than `most` units are then spent since that time (in whole hours, as `spent` counts).

        Whoever takes holds the account's row until it is written: nobody else takes meanwhile, on no machine.
        """
        async with self._store.work() as work:
            await self._row(work)
            if (await spent_of(work.session, self._account, since)).units + bill.units > most:
                return False
            await self._write(work, bill, at)
        return True

    async def spent(self, since: datetime) -> Bill:
        """Counted in whole hours: the one in which `since` lies counts whole."""
        async with self._store.reading() as session:
            return await spent_of(session, self._account, since)

    # Inside

    async def _write(self, work: Work, bill: Bill, at: datetime) -> None:
        money = int((bill.money * BILLION).to_integral_value(ROUND_UP))
        found = (
            work.insert(Spending)
            .values(
                account_id=await self._account_id(work.session),
                hour=at.replace(minute=0, second=0, microsecond=0),
                calls=bill.calls,
                units=bill.units,
                billionths=money,
            )
            .on_conflict_do_update(
                index_elements=[Spending.account_id, Spending.hour],
                set_={
                    "calls": Spending.calls + bill.calls,
                    "units": Spending.units + bill.units,
                    "billionths": Spending.billionths + money,
                },
            )
        )
        await work.session.execute(found)

    async def _account_id(self, session: AsyncSession) -> int:
        if self._id is None:
            query = select(Account.id).where(Account.name == self._account)
            self._id = (await session.scalars(query)).one()
        return self._id

    async def _row(self, work: Work) -> Kept:
        """The account's row, for this transaction alone; made where there is none."""
        account_id = await self._account_id(work.session)
        await work.session.execute(work.insert(Kept).values(id=account_id, version=0).on_conflict_do_nothing())
        return (await work.session.scalars(select(Kept).where(Kept.id == account_id).with_for_update())).one()

    async def _taken(self) -> int:
        async with asyncio.timeout((RENEWAL * 1.5).total_seconds()):
            while True:
                async with self._store.work() as work:
                    row = await self._row(work)
                    if row.lease_until is None or row.lease_until <= work.now:
                        row.lease_owner, row.lease_until = work.store.owner, work.now + RENEWAL
                        row.fence += 1
                        self._seen = row.version
                        return row.fence
                await asyncio.sleep(LOOK)

    async def _give_back(self, fence: int) -> None:
        """Only what is still ours. If that fails, the lease ends by itself."""
        mine = update(Kept).where(Kept.id == self._id, Kept.fence == fence)
        async with self._store.work() as work:
            await work.session.execute(mine.values(lease_owner=None, lease_until=None))


def next_step(now: datetime, ends: datetime | None) -> datetime | None:
    """When people are told next that something ends then; None: not any more, or never."""
    return None if ends is None else min((ends - step for step in STEPS if ends - step > now), default=None)


async def kept_of(session: AsyncSession, account: str) -> Kept | None:
    """What the account of that name keeps."""
    return await session.scalar(select(Kept).join(Account, Account.id == Kept.id).where(Account.name == account))


async def spent_of(session: AsyncSession, account: str, since: datetime) -> Bill:
    query = (
        select(func.sum(Spending.calls), func.sum(Spending.units), func.sum(Spending.billionths))
        .join(Account, Account.id == Spending.account_id)
        .where(Account.name == account, Spending.hour >= since.replace(minute=0, second=0, microsecond=0))
    )
    calls, units, billionths = (await session.execute(query)).one()
    return Bill(int(calls or 0), int(units or 0), Decimal(int(billionths or 0)) / BILLION)


async def seal_anew(work: Work, cipher: Cipher) -> tuple[int, Sequence[str]]:
    """Everything that is kept, under the first key. How many accounts, and the names of those that no key opens."""
    rows = await work.session.execute(
        select(Kept, Account.name)
        .join(Account, Account.id == Kept.id)
        .where(Kept.words.is_not(None))
        .order_by(Account.name)
        .with_for_update(of=Kept)
    )
    done, closed = 0, []
    for row, name in rows.all():
        try:
            row.words = cipher.anew(row.words or "")
            done += 1
        except CannotOpen:
            closed.append(name)
    await work.session.execute(delete(Consent))  # what is on its way is asked anew
    return done, closed


async def forget_closed(work: Work, account: str, cipher: Cipher) -> bool:
    """Takes away what the account keeps, if no key opens it. False: nothing had to go."""
    row = await work.session.scalar(
        select(Kept).join(Account, Account.id == Kept.id).where(Account.name == account).with_for_update(of=Kept)
    )
    if row is None or row.words is None:
        return False
    try:
        cipher.open(row.words, about=account)
    except CannotOpen:
        row.words, row.ends, row.due_at = None, None, None
        row.version += 1
        return True
    return False


# Consent


async def ask_consent(work: Work, account_id: int, state: str, *, lasts: timedelta) -> None:
    """Somebody is sent to the platform with this word. Those that were never answered are forgotten in time."""
    await work.session.execute(delete(Consent).where(Consent.until < work.now))
    work.add(Consent(state=_hashed(state), account_id=account_id, until=work.now + lasts))


async def consent_of(session: AsyncSession, state: str) -> Consent | None:
    """What stands under this word. A look only: anybody may send us words."""
    return await session.get(Consent, _hashed(state))


async def answer_consent(work: Work, state: str, answer: str, cipher: Cipher) -> bool | None:
    """What came back with this word, once. False: there was an answer before; None: we never said this word, or it
    is too late."""
    word = _hashed(state)
    row = await work.session.scalar(select(Consent).where(Consent.state == word).with_for_update())
    if row is None or row.until < work.now:
        return None
    if row.answered_at is not None:
        return False
    row.answered_at, row.answer = work.now, cipher.seal(answer, about=word)
    return True


async def take_answer(work: Work, state: str, cipher: Cipher) -> str:
    """The answer that stands there (look first), which is then gone from here."""
    word = _hashed(state)
    row = (await work.session.scalars(select(Consent).where(Consent.state == word).with_for_update())).one()
    answer, row.answer = cipher.open(row.answer or "", about=word), None
    return answer


async def end_consent(work: Work, state: str) -> None:
    """Nobody waits for it any more."""
    await work.session.execute(delete(Consent).where(Consent.state == _hashed(state)))


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
