"""Our account on X's stand-in, for tests of what is particular to X."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.contract import Hook, HookAnswer, PostRef, PublicPost, Reply, Text
from adapters.http import Clock, utc_now
from adapters.keeping import Forgetful, Keeper
from adapters.settings import build
from adapters.x import X
from adapters.x_settings import Settings
from sandbox.x import Post, XStandIn

AT = "@acme"


@dataclass
class Here:
    """An X with our account on it; what is made here is closed with it."""

    x: XStandIn
    keeper: Forgetful = field(default_factory=Forgetful)
    made: list[X] = field(default_factory=list)

    def account(
        self,
        *,
        clock: Clock = utc_now,
        keeper: Keeper | None = None,
        secrets: dict[str, str] | None = None,
        connected: bool = False,
        **table: object,
    ) -> X:
        """Our account, not yet opened. `connected`: by OAuth 2.0, else it signs by OAuth 1.0a."""
        fast = {"server": self.x.base_url, "poll": "50ms", "sweep_every": "1h", "call_limit": "2s"}
        if connected:
            given = {"client_secret": self.x.server.client_secret}
            fast["client_id"] = self.x.server.client_id
        else:
            given = self.x.keys
            fast["consumer_key"] = self.x.server.consumer_key
        settings = build(Settings, {**fast, **table}, given if secrets is None else secrets)
        self.made.append(X(settings, keeper or self.keeper, clock=clock))
        return self.made[-1]


@asynccontextmanager
async def here() -> AsyncIterator[Here]:
    async with XStandIn.serve(rate_limit=100_000) as x:
        one = Here(x)
        try:
            yield one
        finally:
            for platform in one.made:
                await platform.close()


async def the_post(platform: X, post: Post) -> PublicPost:
    found = (await platform.fetch([PostRef(post.first)]))[PostRef(post.first)]
    assert isinstance(found, PublicPost)
    return found


async def reply_to(platform: X, post: Post, words: str = "We are on it.", **more: object) -> Reply:
    return Reply.to(await the_post(platform, post), text=Text.of(words), **more)  # type: ignore[arg-type]


def hook(x: XStandIn, body: bytes | object, *, signature: str | None = None) -> Hook:
    """A call of X with this body, signed as X does unless `signature` is given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"x-twitter-webhooks-signature": x.hooks.sign(raw) if signature is None else signature}
    return Hook(method="POST", path="x", query={}, headers=headers, body=raw)


def refs(answer: HookAnswer) -> list[str]:
    """The kind and id of everything that was heard."""
    found = []
    for one in answer.heard:
        ref: PostRef = getattr(one, "ref", None) or one.post.ref  # type: ignore[union-attr]
        found.append(f"{type(one).__name__} {ref.id}")
    return found
