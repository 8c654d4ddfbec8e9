"""Our account on Bluesky's stand-in, for tests of what is particular to Bluesky."""

from __future__ import annotations

from adapters.bluesky import Bluesky
from adapters.bluesky_settings import Settings
from adapters.contract import PostRef, PublicPost, Reply, Text
from adapters.http import Clock, utc_now
from adapters.keeping import Forgetful
from adapters.settings import build
from sandbox.bluesky import Post, SkyStandIn

AT = "@acme.test"


def bluesky(
    sky: SkyStandIn,
    *,
    password: str = "",
    keeper: Forgetful | None = None,
    clock: Clock = utc_now,
    **table: object,
) -> Bluesky:
    """Our account, not yet opened; what a test makes here is closed with its network."""
    fast = {
        "server": sky.base_url,
        "identifier": sky.account.handle,
        "jetstream": sky.jetstream_url,
        "poll": "50ms",
        "sweep_every": "1h",
        "streaming": False,
        "call_limit": "2s",
    }
    settings = build(Settings, {**fast, **table}, {"token": password or sky.token})
    made = Bluesky(settings, clock=clock, keeper=keeper)
    MADE.append(made)
    return made


MADE: list[Bluesky] = []  # in the test that runs: they are closed with its network


async def reply_to(platform: Bluesky, post: Post, words: str = "We are on it.", **more: object) -> Reply:
    parent = (await platform.fetch([PostRef(post.uri)]))[PostRef(post.uri)]
    assert isinstance(parent, PublicPost)
    return Reply.to(parent, text=Text.of(words), **more)  # type: ignore[arg-type]
