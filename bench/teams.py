"""From an activity of Teams to its acknowledgement, ours and a bare botbuilder handler's, in turns by one client.

    python -m bench.teams

What is measured is handling: neither side asks for a token, since both would ask the same library.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.acknowledging import Times, each, times_of
from bench.answering import at_rest
from bench.town import Process, process
from sandbox.ports import free_port
from sandbox.square import SquareStandIn
from sandbox.teams import TeamsStandIn
from sandbox.teams.tenant import ANA, CARE

ROUNDS, CALLS = 4, 100  # the bare handler makes clients for every turn: 25 ms each


def reaction(teams: TeamsStandIn) -> str:
    """Ana's ✅ on some message, as Teams sends it."""
    ana = teams.tenant.people[ANA]
    whole = {
        "type": "messageReaction",
        "id": f"f:{os.urandom(10).hex()}",
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "channelId": "msteams",
        "serviceUrl": teams.service_url,
        "from": ana.account(),
        "recipient": {"id": teams.bot_id, "name": "Twoway"},
        "conversation": {"id": f"{CARE}x;messageid=1", "conversationType": "channel", "tenantId": teams.tenant_id},
        "channelData": {"tenant": {"id": teams.tenant_id}},
        "replyToId": "1",
        "reactionsAdded": [{"type": "2705_whiteheavycheckmark"}],
    }
    return json.dumps(whole)


@asynccontextmanager
async def bot(folder: Path, teams: TeamsStandIn, square: SquareStandIn) -> AsyncIterator[Process]:
    """The real `twoway run`, with Teams alone."""
    port = free_port()
    config = folder / "twoway.toml"
    config.write_text(
        f"""
[service]
database = "sqlite:///{folder}/teams.db"
listen = "127.0.0.1:{port}"
[reader]
use = "off"
[teams]
app_id = "{teams.app_id}"
tenant = "{teams.tenant_id}"
anonymous = true
service_url = "{teams.service_url}"
[[accounts]]
name = "acme"
platform = "mastodon"
server = "{square.base_url}"
[[channels]]
name = "care"
chat = "teams:{CARE}"
accounts = ["acme"]
"""
    )
    environment = {"TWOWAY_CONFIG": str(config), "TWOWAY_ACME_TOKEN": square.token}
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
    async with process(["-m", "bot", "run"], port, environment) as running:
        await at_rest(port)
        yield running


async def measured() -> tuple[Times, Times]:
    """Ours and the bare handler's, in turns, so that a noisy moment meets both."""
    ours: list[float] = []
    theirs: list[float] = []
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            SquareStandIn.serve() as square,
            TeamsStandIn.serve() as teams,
            bot(Path(folder), teams, square) as own,
        ):

            def made() -> tuple[str, dict[str, str]]:
                return reaction(teams), {"Content-Type": "application/json"}

            async with process(["-m", "bench.bare_teams", str(port)], port, {}):
                for turn in range(ROUNDS + 1):
                    bare = await each(f"http://127.0.0.1:{port}/api/messages", CALLS, made)
                    mine = await each(f"http://127.0.0.1:{own.port}/api/messages", CALLS, made)
                    await at_rest(own.port)
                    if turn:  # the first turn warms both up
                        theirs += bare
                        ours += mine
    return times_of(ours), times_of(theirs)


if __name__ == "__main__":
    own_times, bare_times = asyncio.run(measured())
    print(f"ours p50 {own_times.p50:.0f} ms, p99 {own_times.p99:.0f} ms; ", end="")
    print(f"bare p50 {bare_times.p50:.0f} ms, p99 {bare_times.p99:.0f} ms ({own_times.p99 / bare_times.p99:.2f})")
