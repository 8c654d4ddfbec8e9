"""Our account on Reddit's stand-in, for tests of what is particular to Reddit."""

from __future__ import annotations

from adapters.contract import PostRef, PublicPost, Reply, Text
from adapters.http import Clock, utc_now
from adapters.keeping import Keeper
from adapters.reddit import Reddit
from adapters.reddit_settings import Settings
from adapters.settings import build
from sandbox.reddit import RedditStandIn, Thing

MADE: list[Reddit] = []  # in the test that runs: they are closed with its server


def reddit(
    forum: RedditStandIn,
    *,
    token: str | None = None,
    keeper: Keeper | None = None,
    clock: Clock = utc_now,
    **table: object,
) -> Reddit:
    """Our account, not yet opened; what a test makes here is closed with its server."""
    fast = {
        "username": forum.account.handle,
        "client_id": forum.server.client_id,
        "server": forum.base_url,
        "login": forum.base_url,
        "poll": "50ms",
        "sweep_every": "1h",
        "call_limit": "2s",
    }
    secrets = {"token": forum.token if token is None else token, "client_secret": forum.server.client_secret}
    made = Reddit(build(Settings, {**fast, **table}, secrets), keeper, clock=clock)
    MADE.append(made)
    return made


async def post_of(platform: Reddit, thing: Thing) -> PublicPost:
    post = (await platform.fetch([PostRef(thing.name)]))[PostRef(thing.name)]
    assert isinstance(post, PublicPost)
    return post


async def reply_to(platform: Reddit, thing: Thing, words: str = "We are on it.", **more: object) -> Reply:
    return Reply.to(await post_of(platform, thing), text=Text.of(words), **more)  # type: ignore[arg-type]
