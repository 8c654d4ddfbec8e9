"""Streams: server-sent events, one a path, and one WebSocket that subscribes to several.

There is no resume: what happened while nobody listened must be fetched.
"""

import asyncio
import json

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.square.faults import Fault
from sandbox.square.gate import check_token, refusal
from sandbox.square.hub import STREAMS, Listener, Sent
from sandbox.square.server import Server
from sandbox.square.world import Rejected

# The streaming server's heartbeat interval.
_HEARTBEAT_SECONDS = 15.0
_SCOPES = {"user": "read:statuses", "user:notification": "read:notifications"}


class Streaming:
    """The streaming endpoints of one server."""

    def __init__(self, server: Server, *, heartbeat: float = _HEARTBEAT_SECONDS) -> None:
        self._server = server
        self._heartbeat = heartbeat

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/streaming/health", self.health),
            web.get("/api/v1/streaming/user", self.user),
            web.get("/api/v1/streaming/user/notification", self.notifications),
            web.get("/api/v1/streaming", self.socket),
        ]

    async def health(self, request: web.Request) -> web.StreamResponse:
        if self._server.faults.on(Fault.NO_STREAM):
            return refusal(self._server, Rejected(404, "Not Found"))
        return web.Response(text="OK")

    async def user(self, request: web.Request) -> web.StreamResponse:
        return await self._events(request, "user")

    async def notifications(self, request: web.Request) -> web.StreamResponse:
        return await self._events(request, "user:notification")

    async def _events(self, request: web.Request, name: str) -> web.StreamResponse:
        no = self._closed_to(request, name)
        if no is not None:
            return no
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "private, no-store"}
        )
        await response.prepare(request)
        await response.write(b":)\n")
        if self._server.faults.use(Fault.STREAM_DROP):
            return _cut(request, response)
        listener = self._listener(request)
        listener.names.append(name)
        try:
            while True:
                sent = await self._next(listener)
                if sent is _ENDED:
                    return response
                if sent is None:
                    if not self._server.faults.on(Fault.STREAM_SILENT):
                        await response.write(b":thump\n")
                elif listener.names_for(sent.channel):
                    await response.write(f"event: {sent.event}\ndata: {sent.payload}\n\n".encode())
        except ConnectionError:
            return response
        finally:
            self._server.hub.close(listener)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        name = request.query.get("stream")
        no = self._closed_to(request, name or "user:notification")
        if no is not None:
            return no
        protocol = request.headers.get("Sec-WebSocket-Protocol", "")
        socket = web.WebSocketResponse(protocols=[protocol] if protocol else [], heartbeat=None)
        if not socket.can_prepare(request).ok:
            return refusal(self._server, Rejected(404, "Not Found"))
        await socket.prepare(request)
        if self._server.faults.use(Fault.STREAM_DROP):
            return _cut(request, socket)
        listener = self._listener(request)
        if name in STREAMS:
            listener.names.append(name)
        writer = asyncio.create_task(self._write(socket, listener))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._asked(socket, listener, message.data)
        finally:
            self._server.hub.close(listener)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    async def _write(self, socket: web.WebSocketResponse, listener: Listener) -> None:
        try:
            while (sent := await self._next(listener)) is not _ENDED:
                if sent is None:
                    if not self._server.faults.on(Fault.STREAM_SILENT):
                        await socket.ping()
                    continue
                for name in listener.names_for(sent.channel):
                    text = {"stream": name.split(":"), "event": sent.event, "payload": sent.payload}
                    await socket.send_str(json.dumps(text, ensure_ascii=False))
        except ConnectionError:
            return
        await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _asked(self, socket: web.WebSocketResponse, listener: Listener, text: str) -> None:
        try:
            asked: object = json.loads(text)
        except ValueError:
            return
        if not isinstance(asked, dict):
            return
        stream = asked.get("stream")
        if stream not in STREAMS:
            await socket.send_str(json.dumps({"error": "Unknown stream type", "status": 400}))
        elif asked.get("type") == "subscribe" and stream not in listener.names:
            listener.names.append(stream)
        elif asked.get("type") == "unsubscribe" and stream in listener.names:
            listener.names.remove(stream)

    def _closed_to(self, request: web.Request, name: str) -> web.StreamResponse | None:
        """Why this listener does not get in; None: it does."""
        try:
            if self._server.faults.on(Fault.NO_STREAM):
                raise Rejected(404, "Not Found")
            check_token(self._server, _authorization(request), _SCOPES.get(name, "read:statuses"))
        except Rejected as no:
            return refusal(self._server, no)
        return None

    def _listener(self, request: web.Request) -> Listener:
        transport = request.transport
        listener = self._server.hub.open(lambda: transport.abort() if transport else None)
        self._server.world.changes.tell()
        return listener

    async def _next(self, listener: Listener) -> Sent | None:
        """The next event, `_ENDED`, or None when it is time for a heartbeat."""
        try:
            async with asyncio.timeout(self._heartbeat):
                sent = await listener.waiting.get()
        except TimeoutError:
            return None
        return _ENDED if sent is None else sent


_ENDED = Sent(channel=next(iter(STREAMS["user:notification"])), event="", payload="")


def _authorization(request: web.Request) -> str:
    """The token by header, by query, or as the WebSocket's protocol."""
    token = request.query.get("access_token") or request.headers.get("Sec-WebSocket-Protocol", "")
    return request.headers.get("Authorization") or (f"Bearer {token}" if token else "")


def _cut(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response
