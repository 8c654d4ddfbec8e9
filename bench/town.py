"""The bot as a process of its own, between stand-ins in ours: what the measurements share."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.ports import free_port
from sandbox.slack import SlackStandIn
from sandbox.square import SquareStandIn


@dataclass
class Process:
    """A server that we measure."""

    pid: int
    port: int
    started_in: float  # seconds from exec to the first answer

    def memory(self) -> float:
        """Megabytes that are its own now (VmRSS, proc(5))."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")


@contextlib.asynccontextmanager
async def process(arguments: Sequence[str], port: int, environment: dict[str, str]) -> AsyncIterator[Process]:
    """Run until the block ends; it answers when the block begins."""
    began = time.perf_counter()
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        while True:
            if child.returncode is not None:
                raise RuntimeError(f"{arguments} ended with {child.returncode}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            break
        yield Process(child.pid, port, time.perf_counter() - began)
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


@dataclass
class Town:
    """Stand-ins here, the bot there."""

    square: SquareStandIn
    slack: SlackStandIn
    bot: Process


@contextlib.asynccontextmanager
async def town(
    folder: Path, database: str, *, post_every: str = "10ms", limits: str = "off", reader: str = "off", more: str = ""
) -> AsyncIterator[Town]:
    """The real `twoway run` over signed HTTP, hold 0. `limits`: "real" for a Slack that answers 429 as Slack does;
    `reader` as in the settings; `more` are further ones."""
    port = free_port()
    async with SquareStandIn.serve(rate_limit=1_000_000) as square, SlackStandIn.serve() as slack:
        config = folder / "twoway.toml"
        config.write_text(
            f"""
[service]
database = "{database}"
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[reader]
use = "{reader}"
[slack]
mode = "http"
post_every = "{post_every}"
api_url = "{slack.api_url}"
[[accounts]]
name = "acme"
platform = "mastodon"
server = "{square.base_url}"
[[channels]]
name = "care"
chat = "slack:C0CARE"
accounts = ["acme"]
timezone = "UTC"
hold = "0s"
{more}
"""
        )
        environment = {
            "TWOWAY_CONFIG": str(config),
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "TWOWAY_ACME_TOKEN": square.token,
            "TWOWAY_KEY": "A" * 43 + "=",
        }
        upgrade = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "db",
            "upgrade",
            env={**os.environ, **environment},
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await upgrade.wait():
            raise RuntimeError("db upgrade failed")
        async with process(["-m", "bot", "run"], port, environment) as bot:
            slack.set_limits(limits)
            await slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")
            await square.wait_for(lambda one: bool(one.streams()), timeout=20)
            yield Town(square, slack, bot)
