"""Our Page on Facebook's stand-in, for tests of what is particular to Facebook."""

from __future__ import annotations

import json
from dataclasses import replace

from adapters.contract import Hook, PostRef, PublicPost, Reply, Text
from adapters.facebook import Facebook
from adapters.facebook_settings import Settings
from adapters.http import Clock, utc_now
from adapters.keeping import Forgetful
from adapters.posts import Audience
from adapters.settings import build
from sandbox.facebook import PageStandIn


def facebook(
    page: PageStandIn,
    /,
    *,
    token: str = "",
    secret: bool = True,
    keeper: Forgetful | None = None,
    clock: Clock = utc_now,
    **table: object,
) -> Facebook:
    """Our account, not yet opened; what a test makes here is closed with its Page."""
    fast = {"server": page.base_url, "poll": "50ms", "sweep_every": "1h", "call_limit": "2s"}
    server = page.server
    secrets = {"token": token or server.token, "app_secret": server.app_secret, "verify_token": server.verify_token}
    if token == "-":
        del secrets["token"]
    if not secret:
        del secrets["app_secret"]
    made = Facebook(build(Settings, {**fast, **table}, secrets), keeper, clock=clock)
    MADE.append(made)
    return made


MADE: list[Facebook] = []  # in the test that runs: they are closed with its Page


def called(page: PageStandIn, body: bytes | object, *, signature: str | None = None) -> Hook:
    """A call of Meta's, signed unless something else is given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"x-hub-signature-256": page.server.sign(raw) if signature is None else signature}
    return Hook(method="POST", path="", query={}, headers=headers, body=raw)


def ref(thing: object) -> PostRef:
    """How we name something of the stand-in's."""
    return PostRef(f"{type(thing).__name__.lower()}/{getattr(thing, 'id')}")  # noqa: B009


async def reply_to(
    platform: Facebook, thing: object, words: str = "We are on it.", *, private: bool = False, **more: object
) -> Reply:
    parent = (await platform.fetch([ref(thing)]))[ref(thing)]
    assert isinstance(parent, PublicPost)
    reply = Reply.to(parent, text=Text.of(words), **more)  # type: ignore[arg-type]
    return privately(reply) if private else reply


def privately(reply: Reply) -> Reply:
    """The same words for the author alone."""
    return replace(reply, visibility=Audience.DIRECT)
