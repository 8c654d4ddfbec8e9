"""A stand-in tenant, our surface in it, and an inbox that remembers."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import web

from bot.chat.teams.app import TeamsSurface
from bot.chat.teams.manifest import manifest, menu
from bot.chat.teams.trust import Identity
from sandbox.teams import TeamsStandIn
from tests.slack.conftest import RememberingInbox


class LoginByHand:
    """Gets a token from the stand-in's login, which speaks no TLS and is therefore none of msal's; blocks as msal."""

    def __init__(self, teams: TeamsStandIn, password: str) -> None:
        self._url = teams.token_url
        form = {"grant_type": "client_credentials", "client_id": teams.app_id, "client_secret": password}
        self._form = urllib.parse.urlencode({**form, "scope": "https://api.botframework.com/.default"}).encode()

    def get_access_token(self) -> str:
        try:
            with urllib.request.urlopen(self._url, data=self._form, timeout=30) as answer:
                return str(json.load(answer)["access_token"])
        except urllib.error.HTTPError as error:
            error.close()
            raise PermissionError(str(error.code)) from None


@dataclass
class Rig:
    """A tenant and our surface in it."""

    teams: TeamsStandIn
    surface: TeamsSurface
    inbox: RememberingInbox
    url: str


def make_surface(teams: TeamsStandIn, **settings: object) -> TeamsSurface:
    """Anonymous, unless the stand-in signs."""
    given: dict[str, object] = {
        "services": [teams.service_url],
        "channels": [],
        "time_limit": timedelta(seconds=3),
        "fill_within": 2.0,
        "answer_within": 1.0,
        "kept": timedelta(0),
    }
    if teams.signed:
        given["credentials"] = LoginByHand(teams, teams.password)
    identity = Identity(
        teams.app_id,
        teams.tenant_id,
        anonymous=not teams.signed,
        service_url=teams.service_url,
        openid_url=teams.openid_url,
    )
    return TeamsSurface(identity, **{**given, **settings})  # type: ignore[arg-type]


async def serve(stack: AsyncExitStack, surface: TeamsSurface) -> str:
    """Our side, on loopback."""
    app = web.Application()
    app.router.add_post("/api/messages", surface.http_handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"


async def start_rig(stack: AsyncExitStack, teams: TeamsStandIn, **settings: object) -> Rig:
    teams.install(
        manifest(
            app_id=teams.app_id, public_url="https://care.example.com", version="1.0.0", entries=menu(), preview=True
        )
    )
    teams.set_retries(0.01, 0.02, 0.05)
    inbox = RememberingInbox()
    surface = make_surface(teams, **settings)
    stack.push_async_callback(surface.stop)
    url = await serve(stack, surface)
    teams.set_endpoint(url)
    await surface.start(inbox)
    return Rig(teams, surface, inbox, url)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as held:
        yield held


@pytest.fixture
async def teams() -> AsyncIterator[TeamsStandIn]:
    async with TeamsStandIn.serve() as made:
        yield made


@pytest.fixture
async def rig(stack: AsyncExitStack, teams: TeamsStandIn) -> Rig:
    return await start_rig(stack, teams)
