"""Our account on Threads' stand-in, for tests of what is particular to Threads."""

from __future__ import annotations

import json

from adapters.contract import Hook, PostRef, PublicPost, Reply, Text
from adapters.http import Clock, utc_now
from adapters.keeping import Keeper
from adapters.settings import build
from adapters.threads import Threads
from adapters.threads_settings import Settings
from sandbox.threads import Post, ThreadsStandIn

MADE: list[Threads] = []  # in the test that runs: they are closed with its server


def threads(
    strings: ThreadsStandIn,
    *,
    token: str | None = None,
    keeper: Keeper | None = None,
    clock: Clock = utc_now,
    **table: object,
) -> Threads:
    """Our account, not yet opened; what a test makes here is closed with its server."""
    server = strings.server
    fast = {
        "app_id": "123456",
        "server": strings.base_url,
        "dialog": strings.base_url,
        "poll": "50ms",
        "sweep_every": "1h",
        "ready_every": "20ms",
        "call_limit": "4s",
    }
    secrets = {"app_secret": server.app_secret, "verify_token": server.verify_token}
    secrets["token"] = server.token if token is None else token
    made = Threads(build(Settings, {**fast, **table}, secrets), keeper, clock=clock)
    MADE.append(made)
    return made


async def reply_to(platform: Threads, post: Post, words: str = "We are on it.", **more: object) -> Reply:
    parent = (await platform.fetch([PostRef(post.id)]))[PostRef(post.id)]
    assert isinstance(parent, PublicPost)
    return Reply.to(parent, text=Text.of(words), **more)  # type: ignore[arg-type]


def call(strings: ThreadsStandIn, body: bytes | object, *, signature: str | None = None) -> Hook:
    """A webhook as Meta would send it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json", "x-hub-signature-256": signature or strings.server.sign(raw)}
    return Hook(method="POST", path="/", query={}, headers=headers, body=raw)
