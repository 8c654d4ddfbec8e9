"""A stand-in workspace, a surface in both modes, and an inbox that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeVar

import pytest
from aiohttp import web

from bot.chat.contract import (
    Card,
    Close,
    Health,
    Inbound,
    Line,
    Plain,
    SubmissionAnswer,
    Submitted,
)
from bot.chat.slack.app import SlackSurface
from bot.chat.slack.manifest import manifest, slash_commands
from sandbox.slack import SlackStandIn

Mode = Literal["socket", "http"]
COMMANDS: dict[str, str | None] = {"/claim": "claim", "/draft": "draft", "/twoway": None}
H = TypeVar("H")


@dataclass
class RememberingInbox:
    """Keeps what it is handed, by key, as the real one does. Fails and dawdles when told."""

    heard: list[Inbound] = field(default_factory=list)
    handed: list[Inbound] = field(default_factory=list)
    fails: int = 0
    delay: float = 0.0
    answer: SubmissionAnswer | Exception = field(default_factory=Close)
    on_accept: Callable[[Inbound], None] = lambda happening: None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, happening: Inbound) -> None:
        self.handed.append(happening)
        self.on_accept(happening)
        self.changed.set()
        if self.fails > 0:
            self.fails -= 1
            raise RuntimeError("the store is away")
        if all(known.key != happening.key for known in self.heard):
            self.heard.append(happening)

    async def submit(self, submitted: Submitted) -> SubmissionAnswer:
        self.handed.append(submitted)
        await asyncio.sleep(self.delay)
        if isinstance(self.answer, Exception):
            raise self.answer
        self.heard.append(submitted)
        return self.answer

    async def until(self, predicate: Callable[[], object], timeout: float = 30) -> None:
        async with asyncio.timeout(timeout):
            while not predicate():
                self.changed.clear()
                await self.changed.wait()

    def of(self, kind: type[H]) -> list[H]:
        return [one for one in self.heard if isinstance(one, kind)]


@dataclass
class Rig:
    """A workspace and our surface in it."""

    slack: SlackStandIn
    surface: SlackSurface
    inbox: RememberingInbox
    mode: Mode
    url: str | None = None


def make_surface(slack: SlackStandIn, mode: Mode, **settings: object) -> SlackSurface:
    given: dict[str, object] = {
        "bot_token": slack.bot_token,
        "signing_secret": slack.signing_secret,
        "app_token": slack.app_token,
        "api_url": slack.api_url,
        "mode": mode,
        "commands": COMMANDS,
        "dialog_verbs": frozenset({"draft", "edit"}),
        "time_limit": timedelta(seconds=3),
        "pause_first": 0.02,
        "pause_most": 0.1,
    }
    return SlackSurface(**{**given, **settings})  # type: ignore[arg-type]


async def serve(stack: AsyncExitStack, surface: SlackSurface) -> str:
    """Our side of the HTTP mode, on loopback."""
    app = web.Application()
    app.router.add_post("/slack/events", surface.http_handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


async def start_rig(stack: AsyncExitStack, slack: SlackStandIn, mode: Mode) -> Rig:
    slack.install(
        manifest(
            commands=slash_commands(COMMANDS),
            mode=mode,
            public_url="https://care.example.com",
        )
    )
    slack.set_retries(0.01, 0.02, 0.05)
    inbox = RememberingInbox()
    surface = make_surface(slack, mode)
    url = await serve(stack, surface) if mode == "http" else None
    await surface.start(inbox)
    stack.push_async_callback(surface.stop)
    if url is not None:
        await slack.set_request_url(url)
    else:
        await slack.socket_connected()
    return Rig(slack=slack, surface=surface, inbox=inbox, mode=mode, url=url)


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn.serve() as standin:
        yield standin


@pytest.fixture(params=["socket", "http"])
async def rig(request: pytest.FixtureRequest, slack: SlackStandIn) -> AsyncIterator[Rig]:
    """Every test that asks for it runs over Socket Mode and over HTTP."""
    async with AsyncExitStack() as stack:
        yield await start_rig(stack, slack, request.param)


@pytest.fixture
async def http_rig(slack: SlackStandIn) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        yield await start_rig(stack, slack, "http")


@pytest.fixture
async def socket_rig(slack: SlackStandIn) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        yield await start_rig(stack, slack, "socket")


def a_card(words: str = "A new post") -> Card:
    return Card(summary=words, blocks=(Line((Plain(words),)),))


async def until_health(surface: SlackSurface, good: Callable[[Health], bool]) -> Health:
    """Health has no bell to wait for: it is asked until it says what is expected."""
    async with asyncio.timeout(60):
        while not good(health := await surface.health([])):
            await asyncio.sleep(0.02)
    return health
