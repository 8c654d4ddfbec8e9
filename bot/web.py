"""One aiohttp application: what chat and platforms call, and what operators ask. Decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from adapters.contract import Hook, HookAnswer

log = logging.getLogger("twoway.web")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: No platform sends more; a body above it is answered with 413 before it is read.
BODY_LIMIT = 2 * 1024 * 1024


def application(
    *,
    chat: Mapping[str, Handler],
    callback: tuple[str, Handler],
    hook: Callable[[str, Hook], Awaitable[HookAnswer | None]],
    healthy: Callable[[], Awaitable[Mapping[str, object]]],
    ready: Callable[[], Awaitable[tuple[bool, Mapping[str, object]]]],
    metrics: Callable[[], Awaitable[str]],
    picture: Callable[[str], Awaitable[bytes | None]],
) -> web.Application:
    """The paths that other programs rely on (docs/reference/http.md). `chat`: what answers a surface, by path;
    `callback`: where platforms send who connects an account; `picture`: the picture under a name."""
    app = web.Application(client_max_size=BODY_LIMIT)

    async def _hook(request: web.Request) -> web.Response:
        asked = Hook(
            method=request.method,
            path=request.match_info["rest"],
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        try:
            answer = await hook(request.match_info["account"], asked)
        except Exception as error:
            # Not stored: no 2xx, so that it comes again.
            log.exception("hook not stored", extra={"error": type(error).__name__})
            return web.Response(status=503)
        if answer is None:
            return web.Response(status=404)
        allowed = {"Allow": answer.allow} if answer.status == 405 else None  # RFC 9110, 15.5.6
        return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type, headers=allowed)

    async def _healthz(_request: web.Request) -> web.Response:
        return web.json_response(await healthy())

    async def _readyz(_request: web.Request) -> web.Response:
        good, state = await ready()
        return web.json_response(state, status=200 if good else 503)

    async def _metrics(_request: web.Request) -> web.Response:
        return web.Response(text=await metrics(), content_type="text/plain", charset="utf-8")

    async def _picture(request: web.Request) -> web.Response:
        found = await picture(request.match_info["name"])
        if found is None:
            return web.Response(status=404)
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        kind = "image/jpeg" if found.startswith(b"\xff\xd8") else "image/png"
        return web.Response(body=found, content_type=kind, headers=headers)

    for path, handler in chat.items():
        app.router.add_post(path, handler)
    # A look ahead by HEAD must not use the answer up.
    app.router.add_get(*callback, allow_head=False)
    app.router.add_route("*", "/hooks/{account}/{rest:.*}", _hook)
    app.router.add_get("/pictures/{name:[A-Za-z0-9_-]{43}}.{ending:png|jpg}", _picture)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)
    return app
