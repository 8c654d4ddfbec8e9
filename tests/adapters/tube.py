"""Our channel on YouTube's stand-in, for tests of what is particular to YouTube."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.contract import PostRef, PublicPost, Reply, Text
from adapters.http import Clock, utc_now
from adapters.keeping import Forgetful
from adapters.settings import build
from adapters.youtube import YouTube
from adapters.youtube_settings import Settings
from sandbox.youtube import Comment, TubeStandIn

PLENTY = 10**9  # units for a test that polls often, at whatever time of the day it runs
MADE: list[YouTube] = []  # in the test that runs: they are closed with its YouTube


class Clockwork:
    """A clock that stands until somebody moves it."""

    def __init__(self, at: datetime = datetime(2026, 7, 1, 19, tzinfo=UTC)) -> None:
        self.now = at

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


def youtube(
    tube: TubeStandIn,
    *,
    token: str | None = None,
    secret: str = "",
    keeper: Forgetful | None = None,
    clock: Clock = utc_now,
    **table: object,
) -> YouTube:
    """Our channel, not yet opened; what a test makes here is closed with its YouTube."""
    fast = {
        "server": tube.base_url,
        "token_server": tube.base_url,
        "accounts_server": tube.base_url,
        "quota": PLENTY,
        "poll": "30ms",
        "watch_every": "30ms",
        "sweep_every": "1h",
        "held_every": "50ms",
        "call_limit": "2s",
    }
    words = {"token": tube.token if token is None else token, "client_secret": secret}
    settings = build(Settings, {**fast, **table}, words)
    made = YouTube(settings, clock=clock, keeper=keeper)
    MADE.append(made)
    return made


async def the_post(platform: YouTube, comment: Comment) -> PublicPost:
    post = (await platform.fetch([PostRef(comment.id)]))[PostRef(comment.id)]
    assert isinstance(post, PublicPost)
    return post


async def reply_to(platform: YouTube, comment: Comment, words: str = "We are on it.", **more: object) -> Reply:
    parent = await the_post(platform, comment)
    return Reply.to(parent, text=platform.compose(Text.of(words), parent), **more)  # type: ignore[arg-type]  # as given
