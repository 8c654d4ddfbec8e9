"""An application on a port of its own on loopback, for as long as a block runs; and a call that gets no answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving(app: web.Application, port: int = 0, *, patience: float = 0.5) -> AsyncIterator[str]:
    """Its address. `patience`: so many seconds calls may take to end when the block does."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=patience)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def drop(request: web.Request) -> web.Response:
    """Close the connection at once, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
