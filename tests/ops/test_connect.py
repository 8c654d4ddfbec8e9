"""`twoway connect`: a person says yes in the browser, and the account works, also after everything was restarted."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from aiohttp import web

from adapters.keeping import Keeper, Spent
from adapters.oauth import Tokens, keep, read_kept
from bot.consent import PATH, handler
from bot.keeping import NO_KEY, cipher_of, keeper_of, wanted_places
from bot.ops.catalogue import catalogue
from bot.ops.check import Line, State, check
from bot.ops.connect import NotConnected, connect
from bot.settings import Settings, load
from models.migrate import upgrade
from models.setup import settle_places
from models.store import Store
from sandbox.ports import free_port
from tests.adapters.token_server import TokenServer
from tests.ops.plaza import installed
from tests.settings.example import ENV, write

ROOT = Path(__file__).parents[2]
KEY, NEW = "A" * 43 + "=", "B" * 42 + "A="
SECRETS = ("access-1", "refresh-1", "app-secret-of-ours")


@dataclass
class House:
    """A folder with settings and a migrated database, and the platform's own server."""

    folder: Path
    server: TokenServer
    port: int
    env: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def write(self, more: str = 'client_id = "ours"', public_url: str = "") -> None:
        write(
            self.folder,
            f"""
[service]
listen = "127.0.0.1:{self.port}"
public_url = "{public_url}"
[reader]
use = "off"
[slack]
api_url = "http://127.0.0.1:1/api/"
[[accounts]]
name = "acme"
platform = "plaza"
server = "{self.server.base_url}"
{more}
[[channels]]
name = "care"
chat = "slack:C0CARE"
accounts = ["acme"]
""".replace('public_url = ""\n', ""),
        )

    def settings(self) -> Settings:
        path = self.folder / "twoway.toml"
        return load(path, self.env, catalogue=catalogue(), need_secrets=False)

    @asynccontextmanager
    async def connecting(self, *, lasts: timedelta = timedelta(minutes=1)) -> AsyncIterator[asyncio.Task[None]]:
        """`twoway connect acme`, begun in this process; inside, the address is shown."""
        settings = self.settings()
        shown = asyncio.Event()
        self.said.clear()
        task = asyncio.create_task(
            connect(settings, settings.accounts[0], say=self.said.append, show=lambda _: shown.set(), lasts=lasts)
        )
        waiting = asyncio.create_task(shown.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        try:
            yield task
        finally:
            for one in (task, waiting):
                one.cancel()
            await asyncio.gather(task, waiting, return_exceptions=True)

    async def refused(self) -> str:
        """What is said when nothing gets as far as an address."""
        async with self.connecting() as task:
            with pytest.raises(NotConnected) as error:
                await task
            return str(error.value)

    @property
    def address(self) -> str:
        return asked(self.said[1])["the address"]

    @asynccontextmanager
    async def keeper(self) -> AsyncIterator[Keeper]:
        """What the account keeps, as a process that is set up is handed it."""
        settings = self.settings()
        store = Store(settings.service.database)
        async with store.work() as work:
            await settle_places(work, *wanted_places(settings))
        yield keeper_of(settings.accounts[0], settings, store, by_hand=True)
        await store.close()

    async def checked(self, **env: str) -> Line:
        """What `twoway check` says of the account."""
        report = await check(self.folder / "twoway.toml", {**self.env, **env})
        (line,) = [line for line in report.lines if line.about == "account acme"]
        return line

    async def twoway(self, *arguments: str, **env: str) -> tuple[int, str, str]:
        process = await self.start(*arguments, **env)
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def start(self, *arguments: str, **env: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT}:{self.folder / 'site'}",
                "PYTHONUNBUFFERED": "1",
                **self.env,
                **env,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.syspath_prepend(installed(tmp_path / "site"))
    async with TokenServer.serve() as server:
        made = House(tmp_path, server, free_port())
        made.env = {**ENV, "TWOWAY_ACME_TOKEN": "", "TWOWAY_KEY": KEY, "TWOWAY_ACME_CLIENT_SECRET": SECRETS[2]}
        made.write()
        upgrade(f"sqlite:///{tmp_path / 'twoway.db'}")
        yield made


def asked(words: str) -> Mapping[str, str]:
    """What the page is asked for, from whatever holds its address."""
    found = re.search(r"http\S+/authorise\S+", words)
    assert found is not None
    return {**{key: one[0] for key, one in parse_qs(urlsplit(found[0]).query).items()}, "the address": found[0]}


async def comes_back(redirect: str, **words: str) -> tuple[int, str]:
    """As the person's browser at the end of the page."""
    async with aiohttp.ClientSession() as session, session.get(f"{redirect}?{urlencode(words)}") as response:
        return response.status, await response.text()


async def test_tokens_are_stored_sealed_and_another_process_works_with_them(house: House) -> None:
    process = await house.start("connect", "acme", "--no-browser")
    assert process.stdout is not None
    shown = ""
    while "The answer comes to" not in shown:
        shown += (await process.stdout.readline()).decode()
    page = asked(shown)
    code = house.server.consent(page["the address"])
    redirect = f"http://127.0.0.1:{house.port}{PATH}"
    assert page["redirect_uri"] == redirect
    house.server.redirect = redirect
    assert (await comes_back(redirect, code=code, state=page["state"]))[0] == 200
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert "acme is connected: on Plaza we are Acme (@acme)." in out.decode()
    database = b"".join(one.read_bytes() for one in house.folder.glob("twoway.db*"))
    assert not [secret for secret in (*SECRETS, code, page["state"]) if secret.encode() in database]
    assert not [secret for secret in SECRETS if secret in shown + out.decode() + err.decode()]
    # Another process, another life: with the key it works, with another it says what to do.
    assert (await house.checked()).sentence == "works, as @acme"
    assert "another TWOWAY_KEY" in (await house.checked(TWOWAY_KEY=NEW)).sentence


async def test_the_key_is_changed_by_a_command_and_who_lost_it_is_told(house: House) -> None:
    await connected(house)
    status, said, _ = await house.twoway("db", "rotate-key", TWOWAY_KEY=f"{NEW},{KEY}")
    assert (status, said.partition(";")[0]) == (0, "What is kept of 1 account was encrypted anew")
    assert (await house.checked(TWOWAY_KEY=NEW)).state is State.GOOD
    status, _, said = await house.twoway("db", "rotate-key")
    assert (status, "opens what is kept of acme" in said) == (1, True)
    status, _, said = await house.twoway("db", "rotate-key", TWOWAY_KEY="short")
    assert (status, "openssl rand -base64 32" in said) == (2, True)


async def test_what_is_kept_with_another_key_does_not_matter_where_a_token_is_set(house: House) -> None:
    await connected(house)
    assert "another TWOWAY_KEY" not in (await house.checked(TWOWAY_KEY=NEW, TWOWAY_ACME_TOKEN="x")).sentence


async def connected(house: House) -> None:
    async with house.connecting() as task:
        await says_yes(house)
        await task


async def says_yes(house: House, redirect: str = "") -> tuple[int, str]:
    page = asked("\n".join(house.said))
    house.server.redirect = page["redirect_uri"]
    return await comes_back(
        redirect or page["redirect_uri"], code=house.server.consent(page["the address"]), state=page["state"]
    )


async def test_where_the_bot_listens_already_its_callback_takes_the_answer(house: House) -> None:
    """And with a public address that is what the platform is told."""
    house.write('client_id = "ours"', public_url="https://care.example.com")
    settings = house.settings()
    store = Store(settings.service.database)
    app = web.Application()
    app.router.add_get(PATH, handler(store, cipher_of(settings)), allow_head=False)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", house.port).start()
    try:
        async with house.connecting() as task:
            page = asked("\n".join(house.said))
            assert page["redirect_uri"] == f"https://care.example.com{PATH}"
            here = f"http://127.0.0.1:{house.port}{PATH}"
            async with aiohttp.ClientSession() as session, session.head(here, params={"state": "x"}) as response:
                assert response.status == 405  # a look ahead uses nothing up
            assert (await says_yes(house, here))[0] == 200
            await task
    finally:
        await runner.cleanup()
        await store.close()
    assert "acme is connected" in house.said[-1]


async def test_an_answer_counts_once_and_only_for_what_was_asked(house: House) -> None:
    async with house.connecting() as task:
        page = asked("\n".join(house.said))
        redirect, state = page["redirect_uri"], page["state"]
        for words, said in [
            ({}, "nothing to see"),
            ({"code": "x"}, "nothing to see"),
            ({"state": state}, "nothing to see"),
            ({"state": state, "code": "x" * 5000}, "nothing to see"),
            ({"state": "another", "code": "x"}, "did not ask"),
            ({"state": "a\x00b", "code": "x"}, "did not ask"),
        ]:
            status, shown = await comes_back(redirect, **words)
            assert (status, said in shown) == (400, True), words
        answers = await asyncio.gather(*[says_yes(house) for _ in range(3)])
        assert sorted(status for status, _ in answers) == [200, 400, 400]
        assert sum("given before" in shown for _, shown in answers) <= 2
        await task
    assert "acme is connected" in house.said[-1]


async def test_a_no_is_a_sentence_and_what_the_page_says_is_no_html(house: House) -> None:
    for error, words in [
        ("access_denied", "Somebody said no on the page of Plaza."),
        ("<b>oops", "Plaza gave no consent: <b>oops. It says: because it is so"),
        ("\x1b[31mred", "Plaza gave no consent: [31mred. It says: because it is so"),
    ]:
        async with house.connecting() as task:
            page = asked("\n".join(house.said))
            status, shown = await comes_back(
                page["redirect_uri"], state=page["state"], error=error, error_description="because\n\x07it\u202e is so"
            )
            assert status == 200
            assert "oops" not in shown
            assert "[31m" not in shown
            with pytest.raises(NotConnected) as refused:
                await task
        assert words in str(refused.value)
        assert not house.server.asked


async def test_too_late_is_too_late_at_both_ends(house: House) -> None:
    async with house.connecting(lasts=timedelta(seconds=0.2)) as task:
        page = asked("\n".join(house.said))
        with pytest.raises(NotConnected, match="in time"):
            await task
    async with house.connecting() as task:  # its callback answers; the word of before is gone
        status, shown = await comes_back(page["redirect_uri"], state=page["state"], code="x")
        assert (status, "too late" in shown) == (400, True)


async def test_what_the_exchange_says_is_passed_on(house: House) -> None:
    async with house.connecting() as task:
        house.server.next_answers = [(400, {"error": "redirect_uri_mismatch"})]
        await says_yes(house)
        with pytest.raises(NotConnected, match="callback address"):
            await task
    house.write('client_id = "ours"\npage = "other"')
    async with house.connecting() as task:
        await says_yes(house)
        with pytest.raises(NotConnected, match="there are acme"):
            await task


async def test_what_is_missing_is_named_before_anybody_goes_anywhere(house: House) -> None:
    house.env["TWOWAY_ACME_CLIENT_SECRET"] = ""
    assert (await house.refused()).startswith("TWOWAY_ACME_CLIENT_SECRET is missing.")
    house.env |= {"TWOWAY_ACME_CLIENT_SECRET": "x", "TWOWAY_KEY": ""}
    assert await house.refused() == NO_KEY
    house.env["TWOWAY_KEY"] = KEY
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", house.port)
    assert "something else than Twoway listens" in await house.refused()
    server.close()
    await server.wait_closed()


async def test_an_account_with_a_plain_token_is_told_its_variable(house: House) -> None:
    house.write("")
    async with house.connecting() as task:
        await task
    assert "TWOWAY_ACME_TOKEN (or TWOWAY_ACME_TOKEN_FILE) is not set." in house.said[0]
    assert "docs/reference/platforms/plaza.md" in house.said[0]


async def test_before_any_bot_ran_check_says_that_nobody_connected_it(house: House) -> None:
    line = await house.checked()
    assert (line.state, "Nobody has connected this account yet" in line.sentence) == (State.WRONG, True)
    assert "twoway connect acme" in line.remedy
    house.env["TWOWAY_DATABASE"] = f"sqlite:///{house.folder / 'none.db'}"
    assert (await house.checked()).state is State.UNTRIED


async def test_a_token_in_the_environment_and_another_name_are_pointed_out(house: House) -> None:
    await connected(house)
    store = Store(house.settings().service.database)
    async with store.work() as work:
        from models.intake import lock_account

        (await lock_account(work, 1)).me = {"ref": "plaza:@other", "handle": "@other"}
    await store.close()
    house.env["TWOWAY_ACME_TOKEN"] = "plain"
    async with house.connecting() as task:
        await says_yes(house)
        await task
    assert "Until now this account was @other" in house.said[-1]
    assert "TWOWAY_ACME_TOKEN is set and wins" in house.said[-1]


async def test_two_processes_that_renew_at_once_renew_once(house: House, database: str) -> None:
    house.env["TWOWAY_DATABASE"] = database
    now = datetime.now(UTC)
    ended = Tokens(access="old", refresh="old refresh", made=now - timedelta(hours=2), ends=now - timedelta(hours=1))
    house.server.refresh.add(ended.refresh)
    async with house.keeper() as keeper:
        await keep(keeper, ended)
        found = await asyncio.gather(*[house.twoway("check", "--json") for _ in range(2)])
        said = [
            line["sentence"] for _, out, _ in found for line in json.loads(out)["lines"] if "account" in line["about"]
        ]
        assert said == ["works, as @acme"] * 2
        assert [form["grant_type"] for form in house.server.asked] == ["refresh_token"]
        assert read_kept(await keeper.load() or "").access == "access-1"


async def test_check_says_when_access_ends_and_what_an_account_cost_today(house: House) -> None:
    now = datetime.now(UTC)
    async with house.keeper() as keeper:
        await keep(keeper, Tokens(access="a", made=now, connect_by=now + timedelta(days=30)))
        await keeper.spend(Spent(calls=1234, units=50, money=Decimal("0.015")), at=now)
        until = f"works, as @acme; has to be connected again before {now + timedelta(days=30):%Y-%m-%d %H:%M} UTC"
        line = await house.checked()
        assert (line.state, line.sentence) == (State.GOOD, f"{until}; today (UTC) 1,234 calls, 50 units, 0.02 USD")
        await keep(keeper, Tokens(access="a", made=now, connect_by=now + timedelta(days=2)))
        line = await house.checked()
        assert (line.state, line.remedy) == (State.DOUBT, "Connect it again by `twoway connect acme`.")
