"""Mastodon's world on a server that others wrote: `mastodon-mock`, as a process of its own on loopback."""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from adapters.conformance.world import Shown, Trick, World
from adapters.mastodon_read import AUDIENCE_WORDS
from adapters.posts import Audience, PostRef
from sandbox.ports import free_port

_AUDIENCES = {word: audience for audience, word in AUDIENCE_WORDS.items()}
_PUBLISH = {"methods": ["POST"], "path": "/api/v1/statuses"}
_FAULTS: dict[Trick, dict[str, object]] = {
    Trick.REFUSE: {"match": _PUBLISH, "effect": {"type": "status", "status": 422}, "count": 1},
    Trick.THROTTLE: {"match": _PUBLISH, "effect": {"type": "ratelimit"}, "count": 1},
    Trick.FAIL_BEFORE: {"match": _PUBLISH, "effect": {"type": "status", "status": 503}, "count": 1},
    Trick.NO_STREAM: {"match": {"path": "/api/v1/streaming/*"}, "effect": {"type": "status", "status": 404}},
}
# The smallest picture there is: one transparent pixel.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@dataclass(frozen=True)
class Running:
    """The process: where it is, and one token a person."""

    base: str
    tokens: dict[str, str]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Running]:
    """The server, until the end of the block; skipped, with the reason, where it is not installed."""
    if importlib.util.find_spec("mastodon_mock") is None:
        pytest.skip("mastodon-mock is not installed: pip install mastodon-mock")
    tokens = {name: secrets.token_hex(8) for name in ("acme", "lea", "kim")}
    accounts = "".join(
        f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "{token}"\n' for name, token in tokens.items()
    )
    config = folder / "mock.toml"
    config.write_text(f"{accounts}\n[streaming]\nheartbeat_seconds = 0.2\n", "utf-8")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mastodon_mock", "serve", "--in-memory", "--config", str(config)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    with (folder / "mock.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        _wait_for(process, base)
        yield Running(base, tokens)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(process: subprocess.Popen[bytes], base: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(base + "/api/v1/instance", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("mastodon-mock did not start")


class Mock(World):
    platform_name = "mastodon"
    tricks = frozenset({Trick.EDIT, Trick.DELETE, Trick.PICTURES, Trick.AUDIENCES, Trick.BLOCK, *_FAULTS})

    def __init__(self, server: Running, session: aiohttp.ClientSession) -> None:
        super().__init__()
        self._server = server
        self._session = session

    def table(self) -> dict[str, object]:
        return {
            "server": self._server.base,
            "poll": "100ms",
            "poll_beside_stream": "500ms",
            "stream_idle": "2s",
            "look_back": "5m",
            "call_limit": "3s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"token": self._server.tokens["acme"]}

    async def call(self, method: str, path: str, *, as_: str = "lea", **more: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self._server.tokens[as_]}"}
        async with self._session.request(method, self._server.base + path, headers=headers, **more) as answer:  # type: ignore[arg-type]
            assert answer.status < 300, await answer.text()
            body = await answer.json() if answer.status != 204 else {}
            assert isinstance(body, dict)
            return body

    async def post(
        self,
        words: str,
        *,
        author: str = "lea",
        to: PostRef | None = None,
        audience: Audience = Audience.PUBLIC,
        warning: str | None = None,
        picture: str | None = None,
    ) -> PostRef:
        body: dict[str, object] = {"status": f"@acme {words}", "visibility": AUDIENCE_WORDS[audience]}
        if to is not None:
            body["in_reply_to_id"] = to.id
        if warning is not None:
            body["spoiler_text"] = warning
        if picture is not None:
            form = aiohttp.FormData({"description": picture})
            form.add_field("file", _PIXEL, filename="p.png", content_type="image/png")
            body["media_ids"] = [(await self.call("POST", "/api/v2/media", as_=author, data=form))["id"]]
        return PostRef(str((await self.call("POST", "/api/v1/statuses", as_=author, json=body))["id"]))

    async def replies(self, ref: PostRef) -> list[Shown]:
        context = await self.call("GET", f"/api/v1/statuses/{ref.id}/context", as_="acme")
        after = context["descendants"]
        assert isinstance(after, list)
        shown = []
        for status in after:
            if status["account"]["username"] != "acme" or status["in_reply_to_id"] != ref.id:
                continue
            source = await self.call("GET", f"/api/v1/statuses/{status['id']}/source", as_="acme")
            shown.append(
                Shown(
                    PostRef(status["id"]),
                    str(source["text"]),
                    _AUDIENCES[status["visibility"]],
                    status["spoiler_text"],
                    tuple((None, media["description"] or "") for media in status["media_attachments"]),
                )
            )
        return shown

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.call("PUT", f"/api/v1/statuses/{ref.id}", json={"status": f"@acme {words}"})

    async def delete(self, ref: PostRef) -> None:
        await self.call("DELETE", f"/api/v1/statuses/{ref.id}")

    async def block(self, author: str) -> None:
        us = await self.call("GET", "/api/v1/accounts/verify_credentials", as_="acme")
        await self.call("POST", f"/api/v1/accounts/{us['id']}/block", as_=author)

    async def unblock(self, author: str) -> None:
        us = await self.call("GET", "/api/v1/accounts/verify_credentials", as_="acme")
        await self.call("POST", f"/api/v1/accounts/{us['id']}/unblock", as_=author)

    async def misbehave(self, trick: Trick, *, after: timedelta = timedelta(0)) -> None:
        await self.call("POST", "/api/v1/_mock/faults", as_="acme", json=_FAULTS[trick])

    async def behave(self) -> None:
        headers = {"Authorization": f"Bearer {self._server.tokens['acme']}"}
        async with self._session.delete(self._server.base + "/api/v1/_mock/faults", headers=headers) as answer:
            assert answer.status < 300


@asynccontextmanager
async def mock_world(server: Running) -> AsyncIterator[World]:
    async with aiohttp.ClientSession() as session:
        world = Mock(server, session)
        try:
            yield world
        finally:
            await world.close()
            await world.behave()
            await world.unblock("kim")
