"""Little that unpacks to much, in what calls us and in what answers us: neither is taken in."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping

import aiohttp
import pytest
from aiohttp import web

from adapters import http
from adapters.contract import Hook, HookAnswer
from adapters.errors import Lost, Unreachable
from bot.web import BODY_LIMIT, application
from sandbox.serving import serving
from tests.adapters.test_http import LIMIT
from tests.adapters.test_http import serving as client_of

PACKED: Mapping[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}


async def test_a_call_that_unpacks_to_more_than_any_platform_sends_is_refused() -> None:
    taken: list[int] = []

    async def hook(_account: str, asked: Hook) -> HookAnswer | None:
        taken.append(len(asked.body))
        return HookAnswer(200)

    async def chat(request: web.Request) -> web.Response:
        taken.append(len(await request.read()))
        return web.Response()

    async def nothing(*_: object) -> Mapping[str, object]:
        return {}

    app = application(
        chat={"/slack/events": chat, "/api/messages": chat},
        callback=("/connect/callback", chat),
        hook=hook,
        healthy=nothing,
        ready=nothing,  # type: ignore[arg-type]  # nobody asks here
        metrics=nothing,  # type: ignore[arg-type]
        picture=nothing,  # type: ignore[arg-type]
    )
    async with serving(app) as address, aiohttp.ClientSession() as session:
        for path in ("hooks/acme/x", "slack/events", "api/messages"):
            for encoding, pack in PACKED.items():
                packed = pack(b"\0" * (BODY_LIMIT * 8))
                assert len(packed) < BODY_LIMIT // 10
                headers = {"Content-Encoding": encoding}
                async with session.post(f"{address}/{path}", data=packed, headers=headers) as answer:
                    assert answer.status in {400, 413}, (path, encoding)
    assert taken == []


async def test_an_answer_that_unpacks_to_too_much_is_left() -> None:
    async def bomb(_request: web.Request) -> web.Response:
        packed = gzip.compress(b"\0" * (http.LARGEST_ANSWER + 2**20), compresslevel=1)
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with client_of(bomb) as client:
        with pytest.raises(Unreachable):
            await client.get("/a")
        with pytest.raises(Lost):
            await client.write_once("POST", "/x", body={}, limit=LIMIT * 20)
