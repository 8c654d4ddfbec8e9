"""A listener keeps hearing: through dead tokens, outages, a store that fails, and another machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.contract import AuthFailed, Unreachable
from bot.hearing.listen import Gone, Listener, Patience
from bot.hearing.receive import Routed, Router, receive
from models.chat import Card
from models.conversation import Post
from models.places import Account, Route
from models.reading import heard as known
from models.store import Store
from tests.hearing.conftest import Team, batch, post
from tests.hearing.hand import Hand
from tests.hearing.looking import kinds, one, rows, words

QUICK = Patience(
    beat=timedelta(milliseconds=50),
    first_pause=timedelta(milliseconds=5),
    longest_pause=timedelta(milliseconds=20),
    blips=2,
)


async def until(true: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(60):
        while not await true():
            await asyncio.sleep(0.01)


class Running:
    """A listener that runs while the block lasts."""

    def __init__(
        self,
        team: Team,
        platform: Hand,
        store: Store | None = None,
        *,
        patience: Patience = QUICK,
        router: Router | None = None,
    ) -> None:
        own = store or team.store
        self.listener = Listener(own, "acme", platform, policies=team.policies, patience=patience, router=router)

    async def __aenter__(self) -> Listener:
        self.task = asyncio.create_task(self.listener.run())
        return self.listener

    async def __aexit__(self, *_: object) -> None:
        self.listener.stop()
        async with asyncio.timeout(60):
            await self.task


async def cursor(team: Team) -> str | None:
    return (await one(team.store, Account)).cursor


async def test_what_is_said_is_stored_with_its_cursor_and_the_lease_is_given_back(team: Team):
    platform = Hand()
    async with Running(team, platform):
        platform.say(post("p1"), cursor="c1")
        platform.say(post("p2"), cursor="c2")
        await until(lambda: _is(cursor(team), "c2"))
    account = await one(team.store, Account)
    assert (account.lease_owner, account.me["handle"]) == (None, "acme")
    assert len(await rows(team.store, Post)) == 2


async def _is(value: Awaitable[object], wanted: object) -> bool:
    return await value == wanted


async def test_it_begins_again_at_the_stored_cursor(team: Team):
    await receive(team.store, team.account, batch(cursor="c5"), policies=team.policies)
    platform = Hand()
    async with Running(team, platform):
        await until(lambda: _is(_value(platform.since), ["c5"]))


async def _value(value: object) -> object:
    return value


async def test_a_refused_token_is_told_once_and_heals_by_itself(team: Team):
    platform = Hand()
    platform.failing = AuthFailed("The server does not take the token of acme. Make a new one.")
    async with Running(team, platform):
        await until(lambda: _problem(team))
        account = await one(team.store, Account)
        assert "Make a new one" in (account.problem or "")
        platform.failing = None
        platform.say(post("p1"), cursor="c1")
        await until(lambda: _is(cursor(team), "c1"))
    assert await kinds(team.store, 0) == ["account_trouble", "account_well"]
    assert len(await rows(team.store, Card, kind="channel_notice", channel_id=team.channel)) == 2
    account = await one(team.store, Account)
    assert (account.problem, account.problem_since) == (None, None)


async def _problem(team: Team) -> str | None:
    return (await one(team.store, Account)).problem


async def test_a_server_that_is_away_for_a_moment_is_not_told(team: Team):
    platform = Hand()
    platform.failing = Unreachable("refused")
    async with Running(team, platform) as listener:
        await until(lambda: _value(listener._failures == 1))
        platform.failing = None
        platform.say(post("p1"), cursor="c1")
        await until(lambda: _is(cursor(team), "c1"))
    assert platform.since[0] is None


async def test_a_batch_that_cannot_be_stored_is_kept_until_it_can(team: Team):
    async with team.store.work() as work:
        for route in await rows(team.store, Route):
            await work.session.delete(route)
    platform = Hand()
    async with Running(team, platform):
        platform.say(post("p1"), cursor="c1")
        platform.say(post("p2"), cursor="c2")
        await until(lambda: _problem(team))
        assert await cursor(team) is None
        async with team.store.work() as work:
            work.add(Route(account_id=team.account, channel_id=team.channel))
        await until(lambda: _is(cursor(team), "c2"))
    assert set(await words(team.store)) == {"p1", "p2"}
    assert (await kinds(team.store, 0))[-1] == "account_well"


async def test_a_database_that_goes_away_in_the_first_moment_ends_nothing(team: Team, monkeypatch: pytest.MonkeyPatch):
    """As where the machine froze just then: its line to the database is cut when it goes on."""
    asked, away = known.account_named, [ConnectionResetError("cut"), ConnectionResetError("cut")]

    async def account_named(session: AsyncSession, name: str) -> Account | None:
        if away:
            raise away.pop()
        return await asked(session, name)

    monkeypatch.setattr(known, "account_named", account_named)
    platform = Hand()
    async with Running(team, platform):
        platform.say(post("p1"), cursor="c1")
        await until(lambda: _is(cursor(team), "c1"))
    assert not away


async def test_a_row_that_was_refused_once_is_no_error(team: Team, caplog: pytest.LogCaptureFixture):
    """As when publishing stores our own reply at the moment at which it is heard."""
    refused: list[bool] = []

    def router(**_: object) -> Routed | None:
        refused.append(not refused)
        return Routed(channel=4711, route=1) if refused[-1] else None

    platform = Hand()
    async with Running(team, platform, router=router):
        platform.say(post("p1"), cursor="c1")
        await until(lambda: _is(cursor(team), "c1"))
    assert refused == [True, False]
    assert set(await words(team.store)) == {"p1"}
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_a_frozen_listener_is_replaced_and_can_store_nothing(team: Team, database: str, clock):
    if team.store.embedded:
        pytest.skip("SQLite is one process, so there is no other machine")
    other = Store(database, clock=clock, owner="other")
    frozen, second = Hand(), Hand()
    try:
        async with Running(team, frozen, patience=replace(QUICK, beat=timedelta(hours=1))):
            await until(lambda: _value(frozen.since))
            async with Running(team, second, other):
                clock.forward(timedelta(seconds=7))
                await asyncio.sleep(0.1)
                assert second.opened == 0
                clock.forward(timedelta(seconds=2))
                await until(lambda: _value(second.since))
                frozen.say(post("p1", "late"), cursor="c-late")
                second.say(post("p2"), cursor="c2")
                await until(lambda: _is(cursor(team), "c2"))
                await until(lambda: _value(frozen.batches.empty()))
                assert set(await words(team.store)) == {"p2"}
    finally:
        await other.close()


async def test_when_one_stops_the_other_takes_over_at_once(team: Team, database: str, clock):
    if team.store.embedded:
        pytest.skip("SQLite is one process, so there is no other machine")
    other = Store(database, clock=clock, owner="other")
    first, second = Hand(), Hand()
    try:
        async with Running(team, second, other):
            await until(lambda: _value(second.opened))
            async with Running(team, first):
                second.say(post("p1"), cursor="c1")
                await until(lambda: _is(cursor(team), "c1"))
                assert first.opened == 0
        async with Running(team, first):
            await until(lambda: _value(first.opened))
    finally:
        await other.close()


async def test_an_account_that_is_not_there_is_a_mistake(team: Team):
    with pytest.raises(Gone):
        await Listener(team.store, "nobody", Hand(), policies={}).run()
