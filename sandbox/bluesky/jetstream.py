"""A Jetstream: `/subscribe` over a WebSocket, with filters that the client may change, and replay from a cursor.

Where from: docs/README.md of bluesky-social/jetstream, 2026-08.
"""

import asyncio
import json
from datetime import timedelta

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.bluesky.faults import Fault
from sandbox.bluesky.server import Listener, Server
from sandbox.serving import drop

LOOK_BACK = timedelta(hours=36)
MOST_DIDS, MOST_COLLECTIONS = 10_000, 100


class Jetstream:
    """The streaming endpoint of one network."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/subscribe", self.subscribe)]

    async def subscribe(self, request: web.Request) -> web.StreamResponse:
        faults, query = self._server.faults, request.query
        cursor = query.get("cursor")
        if faults.on(Fault.NO_STREAM):
            return web.Response(status=404)
        if cursor is not None and not cursor.isdecimal():
            return web.Response(status=400, text="invalid cursor")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if faults.on(Fault.STREAM_DROP):
            return drop(request)
        transport = request.transport
        listener = Listener(lambda: transport.abort() if transport else None)
        listener.collections = frozenset(query.getall("wantedCollections", []))
        listener.dids = frozenset(query.getall("wantedDids", []))
        writer: asyncio.Task[None] | None = None
        if query.get("requireHello") != "true":
            writer = self._begin(socket, listener, cursor)
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                if not _update(listener, message.data):
                    await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"invalid options update")
                    break
                writer = writer or self._begin(socket, listener, cursor)
                self._server.world.changes.tell()
        finally:
            self._server.listeners.discard(listener)
            if writer is not None:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
            self._server.world.changes.tell()
        return socket

    def _begin(self, socket: web.WebSocketResponse, listener: Listener, cursor: str | None) -> asyncio.Task[None]:
        """From the cursor on, or from now. A cursor that is too old is moved up, without a word."""
        server = self._server
        if cursor is not None:
            floor = (server.world.clock() - LOOK_BACK).timestamp() * 1_000_000
            for event in server.events:
                if event.time_us >= max(int(cursor), floor):
                    listener.waiting.put_nowait(event)
        server.listeners.add(listener)
        return asyncio.create_task(self._write(socket, listener))

    async def _write(self, socket: web.WebSocketResponse, listener: Listener) -> None:
        try:
            while (event := await listener.waiting.get()) is not None:
                if listener.wants(event) and not self._server.faults.on(Fault.STREAM_SILENT):
                    await socket.send_str(event.text)
        except ConnectionError:
            return
        await socket.close(code=WSCloseCode.GOING_AWAY)


def _update(listener: Listener, text: str) -> bool:
    """Take over a client's `options_update`; whether it was one."""
    try:
        asked: object = json.loads(text)
        assert isinstance(asked, dict)
        assert asked["type"] == "options_update"
        payload = asked["payload"]
        dids, collections = payload.get("wantedDids", []), payload.get("wantedCollections", [])
        assert all(isinstance(did, str) and did.startswith("did:") for did in dids)
        assert len(dids) <= MOST_DIDS
        assert len(collections) <= MOST_COLLECTIONS
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
        return False
    listener.dids, listener.collections = frozenset(dids), frozenset(collections)
    return True
