"""A session that was kept with another TWOWAY_KEY: nobody writes over it by accident, and everybody is told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.keeping import Keeper
from bot.keeping import keeper_of, platform_of, wanted_places
from bot.ops.catalogue import catalogue
from bot.ops.check import Line, State, check
from bot.ops.connect import FORGOTTEN, connect
from bot.ops.rotating import rotate
from bot.settings import Settings, load
from models.keeping import kept_of
from models.setup import settle_places
from models.store import Store
from sandbox.bluesky import SkyStandIn
from tests.settings.example import ENV

KEY, OTHER = "A" * 43 + "=", "B" * 42 + "A="

TOML = """
[service]
database = "{database}"
[reader]
use = "off"
[slack]
api_url = "http://127.0.0.1:1/api/"
[[accounts]]
name = "acme"
platform = "bluesky"
server = "{sky.base_url}"
jetstream = "{sky.jetstream_url}"
identifier = "{sky.account.handle}"
[[channels]]
name = "care"
chat = "slack:C0CARE"
accounts = ["acme"]
"""


@dataclass
class Team:
    """An account on Bluesky, whose session was kept with KEY."""

    folder: Path
    sky: SkyStandIn
    store: Store

    @property
    def path(self) -> Path:
        return self.folder / "twoway.toml"

    def env(self, key: str) -> dict[str, str]:
        return {**ENV, "TWOWAY_ACME_TOKEN": self.sky.token, "TWOWAY_KEY": key}

    def settings(self, key: str) -> Settings:
        return load(self.path, self.env(key), catalogue=catalogue(), need_secrets=False)

    def keeper(self, key: str) -> Keeper:
        settings = self.settings(key)
        return keeper_of(settings.accounts[0], settings, self.store, by_hand=False)

    async def opens(self, key: str) -> None:
        """As a bot with that key begins."""
        settings = self.settings(key)
        platform = platform_of(settings.accounts[0], settings, self.store)
        await platform.open()
        await platform.close()

    async def checked(self, key: str) -> Line:
        (line,) = [one for one in (await check(self.path, self.env(key))).lines if one.about == "account acme"]
        return line

    async def kept(self) -> tuple[str | None, int]:
        async with self.store.reading() as session:
            row = await kept_of(session, "acme")
            return (None, 0) if row is None else (row.words, row.version)


@pytest.fixture
async def team(tmp_path: Path, database: str) -> AsyncIterator[Team]:
    async with SkyStandIn.serve() as sky:
        made = Team(tmp_path, sky, Store(database))
        made.path.write_text(TOML.format(database=database, sky=sky), encoding="utf-8")
        async with made.store.work() as work:
            await settle_places(work, *wanted_places(made.settings(KEY)))
        await made.opens(KEY)
        assert (await made.kept())[0] is not None
        yield made
        await made.store.close()


async def test_check_changes_nothing_and_says_what_to_do(team: Team) -> None:
    before = await team.kept()
    assert (await team.checked(KEY)).state is State.GOOD
    signed_in = team.sky.server.sessions_made
    for _ in range(2):
        line = await team.checked(OTHER)
        assert line.state is State.WRONG
        assert line.sentence == "What is kept of acme was encrypted with another TWOWAY_KEY"
        assert "set that one" in line.remedy
        assert "`twoway connect acme`" in line.remedy
        assert await rotate(team.settings(OTHER).service) == (
            "Nothing was encrypted anew.",
            "No key of TWOWAY_KEY opens what is kept of acme: add the old key, or connect it again.",
        )
    assert await team.kept() == before
    assert team.sky.server.sessions_made == signed_in
    assert (await team.checked(KEY)).state is State.GOOD


async def test_a_bot_with_it_works_and_leaves_what_is_kept(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    before = await team.kept()
    keeper = team.keeper(OTHER)
    with caplog.at_level(logging.WARNING, "twoway.keeping"):
        assert await keeper.load() is None
        await keeper.keep("a session")
        async with keeper.alone():
            assert await keeper.load() == "a session"
            await keeper.keep("another")
        assert await keeper.load() == "another"
    assert len(caplog.records) == 1, "once"
    assert "another TWOWAY_KEY" in caplog.text
    await team.opens(OTHER)
    assert await team.kept() == before
    assert await team.keeper(OTHER).load() is None
    assert await team.keeper(KEY).load() is not None


async def test_who_keeps_without_a_look_leaves_it_too(team: Team) -> None:
    """As where a machine with the right key was first, between our look and what we keep."""
    before = await team.kept()
    keeper = team.keeper(OTHER)
    await keeper.keep("a session")
    assert await keeper.load() == "a session"
    assert await team.kept() == before


async def test_who_lost_the_key_says_so_by_connecting(team: Team) -> None:
    said: list[str] = []

    async def connects(key: str) -> None:
        settings = team.settings(key)
        said.clear()
        await connect(settings, settings.accounts[0], say=said.append, show=said.append)

    await connects(KEY)
    assert FORGOTTEN not in said
    assert (await team.kept())[0] is not None
    await connects(OTHER)
    assert said[-1] == FORGOTTEN
    assert (await team.kept())[0] is None
    assert (await team.checked(OTHER)).state is State.GOOD
    assert await team.keeper(OTHER).load() is not None
    assert (await team.checked(KEY)).state is State.WRONG
