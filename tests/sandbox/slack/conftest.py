"""A Slack stand-in of one's own for each test, and a bare client that speaks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from sandbox.slack import SlackStandIn


@dataclass
class Raw:
    """Raw calls, so that nothing but the stand-in is tested."""

    slack: SlackStandIn
    http: aiohttp.ClientSession

    async def __call__(self, method: str, *, token: str | None = "", **args: object) -> dict:
        status, body, _ = await self.full(method, token=token, **args)
        assert status == 200, (status, body)
        return body

    async def full(self, method: str, *, token: str | None = "", **args: object) -> tuple[int, dict, dict]:
        headers = {} if token is None else {"Authorization": f"Bearer {token or self.slack.bot_token}"}
        async with self.http.post(self.slack.api_url + method, json=args, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None), dict(answer.headers)


class Clock:
    """The real time, moved forward and stopped at will."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stopped_at or datetime.now(UTC)) + self.ahead

    def stop(self) -> None:
        self.stopped_at = datetime.now(UTC)

    def forward(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn.serve(clock=clock) as standin:
        standin.set_retries(0.01, 0.02)
        yield standin


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


@pytest.fixture
def raw(slack: SlackStandIn, http: aiohttp.ClientSession) -> Raw:
    return Raw(slack, http)
