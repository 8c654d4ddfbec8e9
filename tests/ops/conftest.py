"""A world, its settings, and the operator's commands over it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bot.ops.commands import COMMANDS
from models.store import Store
from tests.reading.world import World

SETTINGS = """\
[service]
database = "{database}"

[reader]
use = "off"

[slack]
mode = "socket"

[[accounts]]
name = "acme"
platform = "mastodon"
server = "https://square.example"

[[channels]]
name = "care"
chat = "slack:C0CARE"
accounts = ["acme"]
timezone = "Europe/Berlin"
"""

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
async def world(store: Store) -> World:
    """An account, a channel, nobody yet."""
    return await World(store).begin()


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Runs a command as the command line does. In a thread: it brings a loop of its own."""
    path = tmp_path / "twoway.toml"
    path.write_text(SETTINGS.format(database=database), encoding="utf-8")
    twoway = click.Group("twoway", commands=list(COMMANDS))

    async def go(*arguments: str, **more: object) -> Result:
        given = [*arguments, "--config", str(path)]
        return await asyncio.to_thread(
            CliRunner().invoke, twoway, given, standalone_mode=False, catch_exceptions=False, **more
        )

    return go
