"""What an account remembers between two lives of the process: its session or tokens, and what its calls have cost.

A platform is handed a `Keeper` when it is made and asks it for nothing else. Where it is stored, encrypted or
not, and for how many machines, is left to whoever hands it over; `Forgetful` keeps it as long as the process lives.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls have cost: how many, in the platform's own units (a quota), and in money of `Cost.currency`."""

    calls: int = 0
    units: int = 0
    money: Decimal = Decimal(0)

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.calls + other.calls, self.units + other.units, self.money + other.money)


class Keeper(Protocol):
    """Keeps one account's secret words and its ledger.

    Each raises `Unreachable` when the store is away, and `AuthFailed` with the remedy when what is kept cannot be
    opened (another key): as for any reading.
    """

    async def load(self) -> str | None:
        """What was kept last; None: nothing yet."""

    async def keep(self, secret: str, *, ends: datetime | None = None) -> None:
        """When this returns, it is stored: only then it may be used.

        `ends`: from when on a person has to connect the account anew (people are told days before).
        """

    def alone(self) -> AbstractAsyncContextManager[object]:
        """One holder at a time, over all machines. Whoever renews a token does it inside, and loads again first."""

    async def spend(self, cost: Spent, *, at: datetime) -> None:
        """Writes into the ledger what a call has cost. Before the call, where going over has a price."""

    async def take(self, cost: Spent, *, at: datetime, since: datetime, most: int) -> bool:
        """Writes it into the ledger if no more than `most` units are then spent since that time. False: nothing was
        written. Of two machines that want the last units one gets them."""

    async def spent(self, since: datetime) -> Spent:
        """What this account has spent since then, on whichever machine."""


class Forgetful:
    """Keeps as long as the process lives."""

    def __init__(self) -> None:
        self._kept: str | None = None
        self._lock = asyncio.Lock()
        self._ledger: list[tuple[datetime, Spent]] = []

    async def load(self) -> str | None:
        return self._kept

    async def keep(self, secret: str, *, ends: datetime | None = None) -> None:
        self._kept = secret

    def alone(self) -> AbstractAsyncContextManager[object]:
        return self._lock

    async def spend(self, cost: Spent, *, at: datetime) -> None:
        self._ledger.append((at, cost))

    async def take(self, cost: Spent, *, at: datetime, since: datetime, most: int) -> bool:
        if (await self.spent(since)).units + cost.units > most:  # waits for nothing: nobody comes in between
            return False
        await self.spend(cost, at=at)
        return True

    async def spent(self, since: datetime) -> Spent:
        return sum((cost for at, cost in self._ledger if at >= since), Spent())
