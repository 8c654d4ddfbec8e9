"""The keeper that platforms are handed: two machines renew once, a restart forgets nothing, a key is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.contract import AuthFailed, Unreachable
from adapters.keeping import Keeper, Spent
from adapters.oauth import Access, Grant, Tokens, begin, finish, keep
from adapters.youtube_quota import For, Ledger, Method, Spare
from bot.keeping import StoredKeeper
from models.cipher import Cipher
from models.keeping import Keeping
from models.setup import WantedAccount, settle_places
from models.store import Store
from tests.adapters.token_server import REDIRECT, TokenServer
from tests.conftest import Clock

KEY, OTHER = "A" * 43 + "=", "B" * 42 + "A="


@dataclass
class Machines:
    """Processes on one database, and the platform that gives them tokens."""

    database: str
    clock: Clock
    server: TokenServer
    stores: list[Store]

    def keeper(self, *, key: str | None = KEY, by_hand: bool = True) -> Keeper:
        """As another process is handed it."""
        store = Store(self.database, clock=self.clock, owner=f"machine {len(self.stores)}")
        self.stores.append(store)
        cipher = Cipher.of(key) if key else None
        return StoredKeeper(Keeping(store, "acme", cipher), "acme", has_key=key is not None, by_hand=by_hand)

    @property
    def grant(self) -> Grant:
        base = self.server.base_url
        return Grant(authorise=f"{base}/authorise", token=f"{base}/token", client_id="ours")

    def access(self) -> Access:
        return Access(self.grant, self.keeper(), clock=self.clock)

    async def connect(self) -> Tokens:
        begun = begin(self.grant, state="s", redirect=REDIRECT)
        code = self.server.consent(begun.address)
        tokens = await finish(self.grant, code=code, verifier=begun.verifier, redirect=REDIRECT, clock=self.clock)
        await keep(self.keeper(), tokens)
        return tokens


@pytest.fixture
async def machines(database: str, clock: Clock) -> AsyncIterator[Machines]:
    async with TokenServer.serve() as server:
        made = Machines(database, clock, server, [Store(database, clock=clock)])
        async with made.stores[0].work() as work:
            await settle_places(work, [WantedAccount("acme", "mastodon")], [])
        yield made
        for store in made.stores:
            await store.close()


async def test_two_machines_that_renew_at_once_renew_once(machines: Machines) -> None:
    await machines.connect()
    here, there = machines.access(), machines.access()
    assert (await here.current()).access == (await there.current()).access == "access-1"
    machines.clock.forward(timedelta(minutes=116))
    found = await asyncio.gather(*[one.current() for one in (here, there) for _ in range(5)])
    assert {one.access for one in found} == {"access-2"}
    assert [form["grant_type"] for form in machines.server.asked] == ["authorization_code", "refresh_token"]
    # And a third that starts now has it from the store.
    assert (await machines.access().current()).access == "access-2"


async def test_a_machine_that_dies_while_it_renews_is_replaced(machines: Machines) -> None:
    await machines.connect()
    held = machines.keeper().alone()
    await held.__aenter__()
    machines.clock.forward(timedelta(hours=2))
    assert (await machines.access().current()).access == "access-2"
    await held.__aexit__(None, None, None)  # it was only frozen: what it gives back is not its own any more
    assert (await machines.access().current()).access == "access-2"


async def test_an_account_that_people_connect_says_what_is_wrong_with_the_key(machines: Machines) -> None:
    await machines.connect()
    for keeper, words in [(machines.keeper(key=None), "openssl rand"), (machines.keeper(key=OTHER), "another TWOWAY")]:
        with pytest.raises(AuthFailed, match=words):
            await keeper.load()
    with pytest.raises(AuthFailed, match="openssl rand"):
        await machines.keeper(key=None).keep("x")


async def test_a_session_that_a_password_can_bring_again_needs_no_key(machines: Machines) -> None:
    keeper = machines.keeper(key=None, by_hand=False)
    assert await keeper.load() is None
    await keeper.keep("a session")
    assert await keeper.load() == "a session"
    assert await machines.keeper(by_hand=False).load() is None  # nothing was stored
    await machines.keeper(by_hand=False).keep("another")
    assert await machines.keeper(key=OTHER, by_hand=False).load() is None  # it is made anew, not mourned


async def test_the_ledger_needs_no_key_and_is_one_for_all_machines(machines: Machines) -> None:
    now = machines.clock()
    for keeper in (machines.keeper(key=None), machines.keeper()):
        await keeper.spend(Spent(1, 50, Decimal("0.005")), at=now)
    assert await machines.keeper().spent(now) == Spent(2, 100, Decimal("0.01"))


async def test_a_store_that_is_away_is_told_as_for_any_reading() -> None:
    store = Store("postgresql://127.0.0.1:1/none")
    keeper = StoredKeeper(Keeping(store, "acme", Cipher.of(KEY)), "acme", has_key=True, by_hand=True)
    with pytest.raises(Unreachable):
        await keeper.load()
    with pytest.raises(Unreachable):
        async with keeper.alone():
            pass
    with pytest.raises(Unreachable):
        await keeper.spend(Spent(1), at=store.clock())
    with pytest.raises(Unreachable):
        await keeper.take(Spent(1), at=store.clock(), since=store.clock(), most=1)
    await store.close()


async def test_two_machines_that_want_the_last_units_do_not_both_get_them(machines: Machines) -> None:
    here, there = (Ledger(machines.keeper(), quota=270, reserve=100, clock=machines.clock) for _ in range(2))
    await here.take(Method.INSERT, For.ANSWERING)  # 220 are left, for four replies
    asked = [one.take(Method.INSERT, For.ANSWERING) for one in (here, there) * 5]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType"] * 4 + ["Spare"] * 6
    assert await there.left(For.ANSWERING) == 20
    with pytest.raises(Spare, match="20 units are kept for replies"):  # the reserve is nobody's who only listens
        await there.take(Method.THREADS, For.LISTENING)
    assert await there.left(For.ANSWERING) == 20, "what was refused cost nothing"
