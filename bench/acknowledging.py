"""From a slash command or a reaction to its acknowledgement, ours and a bare handler's, in turns by one client."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

AT_ONCE = 50


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    p50: float
    p99: float


def times_of(seconds: Sequence[float]) -> Times:
    ordered = sorted(seconds)
    return Times(ordered[len(ordered) // 2] * 1000, ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)] * 1000)


def signed(secret: str, body: str, kind: str = "application/x-www-form-urlencoded") -> dict[str, str]:
    """Slack's signature v0 (docs.slack.dev/authentication/verifying-requests-from-slack)."""
    at = str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "x-slack-request-timestamp": at,
        "x-slack-signature": f"v0={digest}",
        "content-type": kind,
    }


def command(words: str, response_url: str) -> str:
    """A slash command of Ana's as Slack sends it."""
    return urlencode(
        {
            "command": "/twoway",
            "text": words,
            "user_id": "U0ANA",
            "user_name": "ana",
            "team_id": "T0ACME",
            "channel_id": "C0CARE",
            "channel_name": "care",
            "api_app_id": "A0TWOWAY",
            "trigger_id": os.urandom(12).hex(),
            "response_url": response_url,
        }
    )


def reaction() -> str:
    """Cyd's ✅ on some message, as the Events API sends it."""
    event = {
        "type": "reaction_added",
        "user": "U0CYD",
        "reaction": "white_check_mark",
        "item": {"type": "message", "channel": "C0CARE", "ts": "1700000000.000100"},
        "event_ts": f"{time.time():.6f}",
    }
    whole = {
        "type": "event_callback",
        "team_id": "T0ACME",
        "api_app_id": "A0TWOWAY",
        "event_id": f"Ev{os.urandom(8).hex()}",
        "event_time": int(time.time()),
        "event": event,
    }
    return json.dumps(whole)


async def acknowledge(url: str, secret: str, count: int, words: str, response_url: str) -> list[float]:
    """`count` commands, 50 at a time; seconds for each."""
    return await each(url, count, lambda: _command(secret, words, response_url))


async def acknowledge_reactions(url: str, secret: str, count: int) -> list[float]:
    """`count` reactions, 50 at a time; seconds for each."""
    return await each(url, count, lambda: _reaction(secret))


def _command(secret: str, words: str, response_url: str) -> tuple[str, dict[str, str]]:
    body = command(words, response_url)
    return body, signed(secret, body)


def _reaction(secret: str) -> tuple[str, dict[str, str]]:
    body = reaction()
    return body, signed(secret, body, "application/json")


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector of the client, which shares its process with all that the stand-in remembers: it
    stopped every request of a moment, ours and the baseline's, for 50 to 390 ms (measured; 160 objects a command)."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def each(url: str, count: int, made: Callable[[], tuple[str, dict[str, str]]]) -> list[float]:
    took: list[float] = []
    slots = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def one() -> None:
            async with slots:
                body, headers = made()
                began = time.perf_counter()
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()
                    assert answer.status == 200, answer.status
                took.append(time.perf_counter() - began)

        with uncollected():
            await asyncio.gather(*(one() for _ in range(count)))
    return took
