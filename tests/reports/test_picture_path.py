"""Where pictures of ours are loaded from: by a name that nobody can guess, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from aiohttp import web

from adapters.contract import Hook, HookAnswer
from bot.web import application
from sandbox.serving import serving

NAME = "a-picture_that_nobody_can_guess_0123456789A"


async def test_a_picture_is_there_for_who_knows_its_whole_name() -> None:
    async def picture(name: str) -> bytes | None:
        return b"\x89PNG\r\n\x1a\n" if name == NAME else None

    async def nothing(_request: web.Request) -> web.StreamResponse:
        return web.Response()

    async def hook(_account: str, _asked: Hook) -> HookAnswer | None:
        return None

    async def well() -> Mapping[str, object]:
        return {}

    async def ready() -> tuple[bool, Mapping[str, object]]:
        return True, {}

    async def metrics() -> str:
        return ""

    app = application(
        chat={},
        callback=("/connect/callback", nothing),
        hook=hook,
        healthy=well,
        ready=ready,
        metrics=metrics,
        picture=picture,
    )
    assert len(NAME) == 43
    async with serving(app, 0, patience=0.1) as address, aiohttp.ClientSession() as session:
        statuses = []
        for name in (NAME, NAME[:-1] + "B", NAME[:-1], "..%2Ftwoway", ""):
            async with session.get(f"{address}/pictures/{name}.png") as answer:
                statuses.append(answer.status)
        assert statuses == [200, 404, 404, 404, 404]
        async with session.get(f"{address}/pictures/{NAME}.png") as answer:
            assert answer.content_type == "image/png"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "private" in answer.headers["Cache-Control"]
