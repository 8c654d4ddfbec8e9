"""`twoway connect` with each platform that is connected in the browser: its own pages, and the account works.

The pages are those of the stand-ins, which are strict about addresses, secrets, proofs and codes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.contract import AuthFailed
from adapters.oauth import Grant, begin, finish
from adapters.registry import connects, grant_of, load, names, title
from adapters.settings import build, declared
from bot.consent import PATH
from bot.keeping import keeper_of, wanted_places
from bot.ops.catalogue import catalogue
from bot.ops.check import State, check
from bot.ops.connect import connect
from bot.settings import Settings
from bot.settings import load as settings_of
from models.migrate import upgrade
from models.setup import settle_places
from models.store import Store
from sandbox.facebook import PageStandIn
from sandbox.google_business import MapsStandIn
from sandbox.instagram import GramStandIn
from sandbox.mail import MailStandIn
from sandbox.mail.signin import SignIn
from sandbox.ports import free_port
from sandbox.reddit import RedditStandIn
from sandbox.threads import ThreadsStandIn
from sandbox.threads.standin import APP_ID
from sandbox.x import XStandIn
from sandbox.youtube import TubeStandIn
from tests.settings.example import ENV, write

KEY = "A" * 43 + "="


@dataclass(frozen=True)
class Door:
    """What an operator sets for one platform, and where its pages really are."""

    base: str
    settings: Mapping[str, object]
    secrets: Mapping[str, str]


@asynccontextmanager
async def facebook() -> AsyncIterator[Door]:
    async with PageStandIn.serve() as there:
        app = {"app_id": there.sign_in.app_id}
        yield Door(there.base_url, app, {"app_secret": there.server.app_secret})


@asynccontextmanager
async def instagram() -> AsyncIterator[Door]:
    async with GramStandIn.serve() as there:
        app = {"app_id": there.sign_in.app_id}
        yield Door(there.base_url, app, {"app_secret": there.server.app_secret})


@asynccontextmanager
async def mail() -> AsyncIterator[Door]:
    async with MailStandIn.serve() as there, SignIn(there.world).serve() as base:
        own = {
            "address": there.world.address,
            "imap": there.imap_address,
            "smtp": there.smtp_address,
            "security": "none",
            "oauth": "google",
            "client_id": "mail-app",
            "consent_page": f"{base}/o/oauth2/v2/auth",
            "token_page": f"{base}/token",
        }
        yield Door(base, own, {"client_secret": "mail-app-secret"})


@asynccontextmanager
async def reddit() -> AsyncIterator[Door]:
    async with RedditStandIn.serve() as there:
        own = {"username": there.account.handle, "client_id": there.server.client_id, "login": there.base_url}
        yield Door(there.base_url, own, {"client_secret": there.server.client_secret})


@asynccontextmanager
async def threads() -> AsyncIterator[Door]:
    async with ThreadsStandIn.serve() as there:
        own = {"app_id": APP_ID, "dialog": there.base_url}
        yield Door(there.base_url, own, {"app_secret": there.server.app_secret})


@asynccontextmanager
async def x() -> AsyncIterator[Door]:
    async with XStandIn.serve() as there:
        own = {"client_id": there.server.client_id, "authorise": f"{there.base_url}/i/oauth2/authorize"}
        yield Door(there.base_url, own, {"client_secret": there.server.client_secret})


@asynccontextmanager
async def google_business() -> AsyncIterator[Door]:
    async with MapsStandIn.serve() as there:
        own = {"accounts_server": there.base_url, "token_server": there.base_url, "client_id": there.sign_in.client_id}
        own |= {"account": there.account, "location": there.location}
        yield Door(there.base_url, own, {"client_secret": there.sign_in.client_secret})


@asynccontextmanager
async def youtube() -> AsyncIterator[Door]:
    async with TubeStandIn.serve() as there:
        own = {"accounts_server": there.base_url, "token_server": there.base_url, "client_id": there.server.client_id}
        yield Door(there.base_url, own, {"client_secret": there.server.client_secret})


DOORS: Mapping[str, Callable[[], object]] = {
    one.__name__: one for one in (facebook, google_business, instagram, mail, reddit, threads, x, youtube)
}


# One that Google's page leads to, one that Meta's does; each starts programs, which takes seconds of processor time.
CLOSELY = [
    pytest.param(name, marks=() if name in ("youtube", "threads") else pytest.mark.ways) for name in sorted(DOORS)
]


@pytest.fixture(params=CLOSELY)
async def door(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Door]]:
    async with DOORS[request.param]() as made:  # type: ignore[attr-defined]  # all are context managers
        yield request.param, made


def table_of(name: str, door: Door) -> Mapping[str, object]:
    """Its settings, with the address of its server where there is one."""
    served = any(one.key == "server" for one in declared(load(name).settings))
    return {**({"server": door.base} if served else {}), **door.settings}


def settings_for(folder: Path, name: str, door: Door) -> Settings:
    """As an operator writes them."""
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in table_of(name, door).items())
    toml = f"""
[service]
listen = "127.0.0.1:{free_port()}"
[reader]
use = "off"
[slack]
api_url = "http://127.0.0.1:1/api/"
[[accounts]]
name = "acme"
platform = "{name}"
{lines}
[[channels]]
name = "care"
chat = "slack:C0CARE"
accounts = ["acme"]
"""
    return settings_of(write(folder, toml), env_for(door), catalogue=catalogue(), need_secrets=False)


def env_for(door: Door) -> dict[str, str]:
    secrets = {f"TWOWAY_ACME_{key.upper()}": value for key, value in door.secrets.items()}
    return {**ENV, "TWOWAY_ACME_TOKEN": "", "TWOWAY_KEY": KEY, **secrets}


async def consents(page: str, door: Door) -> str:
    """As the browser of a person who says yes: where it is sent. Meta's own page is the stand-in's."""
    parts = urlsplit(page)
    assert parts.scheme == "https" or page.startswith(door.base)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{door.base}{parts.path}?{parts.query}", allow_redirects=False) as answer,
    ):
        assert answer.status == 302, await answer.text()
        return answer.headers["Location"]


def test_every_platform_that_is_connected_in_the_browser_is_tried_here() -> None:
    assert [name for name in names() if connects(load(name))] == sorted(DOORS)


async def test_somebody_says_yes_on_the_platforms_page_and_the_account_works(
    door: tuple[str, Door], tmp_path: Path
) -> None:
    name, there = door
    settings = settings_for(tmp_path, name, there)
    upgrade(settings.service.database)
    said: list[str] = []
    shown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    connecting = asyncio.create_task(connect(settings, settings.accounts[0], say=said.append, show=shown.set_result))
    await asyncio.wait([connecting, shown], return_when=asyncio.FIRST_COMPLETED)
    back = await consents(await shown, there)
    assert urlsplit(back).path == PATH
    async with aiohttp.ClientSession() as session, session.get(back) as answer:
        assert answer.status == 200
    await connecting
    assert said[-1].startswith(f"acme is connected: on {title(name)} we are "), said[-1]
    can = load(name).declares
    # Mail finds its own only where the settings say how; without, it has a sentence of its own.
    unknown = name != "mail" and can.replies and can.finds and None in (can.late_bound, can.listing_lag)
    assert (f"{title(name)} does not say how late it may still take a reply" in said[-1]) == unknown
    report = await check(settings.path, env_for(there))
    (found,) = [one for one in report.lines if one.about == "account acme"]
    assert (found.state is State.DOUBT and "until a person has decided" in found.remedy) == unknown, found
    # Another life: what was kept is enough.
    store = Store(settings.service.database)
    account = settings.accounts[0]
    async with store.work() as work:
        await settle_places(work, *wanted_places(settings))
    kind = load(name)
    options = build(kind.settings, account.options, account.revealed())
    platform = kind(options, keeper_of(account, settings, store, by_hand=False))
    try:
        assert (await platform.open()).name in said[-1]
    finally:
        await platform.close()
        await store.close()


async def test_a_code_opens_once_and_only_with_what_it_was_given_for(door: tuple[str, Door]) -> None:
    name, there = door
    kind = load(name)
    grant = grant_of(kind, build(kind.settings, table_of(name, there), there.secrets))
    assert grant is not None
    redirect = f"http://127.0.0.1:{free_port()}{PATH}"

    async def refused(attempt: Callable[[str, str], Awaitable[object]]) -> None:
        code, verifier = await consented(grant, redirect, there)
        with pytest.raises(AuthFailed):
            await attempt(code, verifier)

    await refused(lambda code, verifier: finish(grant, code=code, verifier=verifier, redirect=f"{redirect}/other"))
    await refused(lambda code, verifier: finish(grant, code="guess", verifier=verifier, redirect=redirect))
    if grant.pkce:
        await refused(lambda code, _: finish(grant, code=code, verifier="x" * 64, redirect=redirect))
    code, verifier = await consented(grant, redirect, there)
    assert (await finish(grant, code=code, verifier=verifier, redirect=redirect)).access
    with pytest.raises(AuthFailed):
        await finish(grant, code=code, verifier=verifier, redirect=redirect)


async def consented(grant: Grant, redirect: str, there: Door) -> tuple[str, str]:
    """The code, and what proves that we asked for it. What the page was told comes back with it."""
    begun = begin(grant, state="a word & another", redirect=redirect)
    back = await consents(begun.address, there)
    answer = {key: one[0] for key, one in parse_qs(urlsplit(back).query).items()}
    assert back.startswith(f"{redirect}?")
    assert answer["state"] == "a word & another"
    return answer["code"], begun.verifier
