"""How the app hears of things: Socket Mode, or signed HTTP; events are repeated until acknowledged.

Leaves to others what the payloads say. A socket that is connected wins over a request URL.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from sandbox.slack.faults import Faults
from sandbox.slack.things import APP_ID, BOT_USER, TEAM, Json
from sandbox.slack.workspace import Workspace

# Again at once, after a minute, after five: docs.slack.dev/apis/events-api, 2026-11.
REAL_RETRIES = (0.0, 60.0, 300.0)
ANSWER_LIMIT = 3.0
MAX_SOCKETS = 10


@dataclass(frozen=True)
class Answer:
    """What the app said. `error` is Slack's retry reason (http_timeout, http_error, connection_failed) or None."""

    body: Json | None = None
    error: str | None = None
    text: str = ""

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Delivered:
    """One attempt to tell the app something."""

    kind: str
    payload: Json
    retry_num: int
    via: str
    answer: Answer


class Delivery:
    def __init__(self, ws: Workspace, faults: Faults, *, signing_secret: str) -> None:
        self.ws = ws
        self.faults = faults
        self.signing_secret = signing_secret
        self.request_url: str | None = None
        self.retries: tuple[float, ...] = REAL_RETRIES
        self.answer_limit = ANSWER_LIMIT
        self.log: list[Delivered] = []
        self.sent_events: dict[str, Json] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self.tickets: set[str] = set()
        self._lines: dict[web.WebSocketResponse, asyncio.Transport | None] = {}
        self._held: list[Json] = []
        self._turn = itertools.count()
        self._pending: dict[str, asyncio.Future[Json | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    # --- events ---

    def event(self, event: Json, *, shared: bool = False) -> str:
        """Wraps and sends an event; returns its id at once. Delivery goes on in the background."""
        event_id = "Ev" + secrets.token_hex(5).upper()
        payload: Json = {
            "token": "unused",
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self.ws.stamp()),
            "is_ext_shared_channel": shared,
            "event_context": "4-" + secrets.token_hex(8),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
        }
        self.sent_events[event_id] = payload
        if self.faults.hold_events > 0:
            self._held.append(payload)
            self.faults.hold_events -= 1
            if self.faults.hold_events == 0:
                self.release_held()
        else:
            self._start(payload)
        return event_id

    def release_held(self) -> None:
        """Sends what was held back, last first."""
        self.faults.hold_events = 0
        held, self._held = self._held, []
        self._spawn(self._one_after_another(held[::-1]))

    async def _one_after_another(self, payloads: list[Json]) -> None:
        for payload in payloads:
            await self._until_acknowledged(payload)

    def _start(self, payload: Json) -> None:
        for _ in range(2 if self.faults.duplicate_events else 1):
            self._spawn(self._until_acknowledged(payload))

    async def _until_acknowledged(self, payload: Json) -> None:
        answer = await self.send("events_api", payload)
        for n, pause in enumerate(self.retries, start=1):
            if answer.ok or answer.text == "no-retry":
                return
            await asyncio.sleep(pause)
            answer = await self.send("events_api", payload, retry_num=n, reason=answer.error or "")

    async def redeliver(self, event_id: str | None = None, times: int = 1) -> list[Answer]:
        """The same event again, as after an answer that got lost."""
        payload = self.sent_events[event_id or next(reversed(self.sent_events))]
        return [await self.send("events_api", payload, retry_num=n, reason="http_timeout") for n in range(1, times + 1)]

    # --- one attempt ---

    async def send(self, kind: str, payload: Json, *, retry_num: int = 0, reason: str = "") -> Answer:
        """One attempt: `kind` is events_api, slash_commands or interactive."""
        socket = self._next_socket()
        if socket is not None:
            via = "socket"
            answer = await self._over_socket(socket, kind, payload, retry_num, reason)
        elif self.request_url is not None:
            via = "http"
            answer = await self._over_http(kind, payload, retry_num, reason)
        else:
            via, answer = "nowhere", Answer(error="connection_failed")
        self.log.append(Delivered(kind, payload, retry_num, via, answer))
        self.ws.changed("delivered")
        return answer

    def _next_socket(self) -> web.WebSocketResponse | None:
        alive = [s for s in self.sockets if not s.closed]
        return alive[next(self._turn) % len(alive)] if alive else None

    async def _over_socket(
        self, socket: web.WebSocketResponse, kind: str, payload: Json, retry_num: int, reason: str
    ) -> Answer:
        envelope = secrets.token_hex(16)
        body: Json = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            body |= {"retry_attempt": retry_num, "retry_reason": "timeout" if retry_num else ""}
        future = self._pending[envelope] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self.answer_limit):
                await socket.send_str(json.dumps(body))
                return Answer(body=await future)
        except TimeoutError:
            return Answer(error="http_timeout")
        except (ConnectionError, aiohttp.ClientError):
            return Answer(error="connection_failed")
        finally:
            del self._pending[envelope]

    async def _over_http(self, kind: str, payload: Json, retry_num: int, reason: str) -> Answer:
        headers = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        if kind == "events_api":
            body, headers["Content-Type"] = json.dumps(payload), "application/json"
        else:
            fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, headers["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
        if retry_num:
            headers |= {"x-slack-retry-num": str(retry_num), "x-slack-retry-reason": reason}
        headers |= self.sign(body)
        return await self.post(body, headers)

    def sign(self, body: str) -> dict[str, str]:
        """Slack's v0 signature. Over the real clock: the receiver compares with its own."""
        stamp = str(int(time.time()))
        mac = hmac.new(self.signing_secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
        return {"x-slack-request-timestamp": stamp, "x-slack-signature": "v0=" + mac.hexdigest()}

    async def post(self, body: str, headers: dict[str, str]) -> Answer:
        """One raw POST to the request URL, judged as Slack judges it."""
        assert self.request_url is not None
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        try:
            async with (
                asyncio.timeout(self.answer_limit),
                self._session.post(
                    self.request_url, data=body.encode(), headers=headers, allow_redirects=False
                ) as response,
            ):
                text = await response.text()
        except TimeoutError:
            return Answer(error="http_timeout")
        except aiohttp.ClientError:
            return Answer(error="connection_failed")
        if self._ack_dropped():
            return Answer(error="http_timeout")
        if not 200 <= response.status < 300:
            no_retry = response.headers.get("x-slack-no-retry") == "1"
            return Answer(error="http_error", text="no-retry" if no_retry else text)
        if not text:
            return Answer()
        if response.content_type == "application/json":
            try:
                decoded: object = json.loads(text)
            except ValueError:
                return Answer(error="http_error", text=text)
            return Answer(body=decoded if isinstance(decoded, dict) else None, text=text)
        return Answer(body={"text": text}, text=text)

    def _ack_dropped(self) -> bool:
        if self.faults.drop_acks > 0:
            self.faults.drop_acks -= 1
            return True
        return False

    async def verify_url(self) -> str | None:
        """What Slack does when a request URL is set: a challenge. None when it was answered, else the reason."""
        challenge = secrets.token_urlsafe(24)
        body = json.dumps({"token": "unused", "challenge": challenge, "type": "url_verification"})
        answer = await self.post(body, {"Content-Type": "application/json", **self.sign(body)})
        if not answer.ok:
            return answer.error
        if answer.text == challenge or (answer.body or {}).get("challenge") == challenge:
            return None
        return "challenge_failed"

    # --- sockets ---

    def ticket(self) -> str:
        ticket = secrets.token_urlsafe(16)
        self.tickets.add(ticket)
        return ticket

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket of Socket Mode: hello, envelopes out, acknowledgements in."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=401)
        self.tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        if len(self.sockets) >= MAX_SOCKETS:
            await socket.send_str(json.dumps({"type": "disconnect", "reason": "too_many_websockets"}))
            await socket.close()
            return socket
        self.sockets.append(socket)
        self._lines[socket] = request.transport
        try:
            await socket.send_str(
                json.dumps(
                    {
                        "type": "hello",
                        "num_connections": len(self.sockets),
                        "connection_info": {"app_id": APP_ID},
                        "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
                    }
                )
            )
            self.ws.changed("socket")
            async for message in socket:
                if message.type == aiohttp.WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self.sockets.remove(socket)
            del self._lines[socket]
            self.ws.changed("socket")
        return socket

    def _acknowledged(self, text: str) -> None:
        try:
            data: object = json.loads(text)
        except ValueError:
            return  # Slack ignores what it cannot read; the envelope then times out
        if not isinstance(data, dict) or self._ack_dropped():
            return
        future = self._pending.get(str(data.get("envelope_id")))
        if future is not None and not future.done():
            payload = data.get("payload")
            future.set_result(payload if isinstance(payload, dict) and payload else None)

    async def refresh_sockets(self, reason: str = "refresh_requested") -> None:
        """Slack tells every socket to reconnect, then closes it. `warning` says so and leaves it open."""
        for socket in list(self.sockets):
            await socket.send_str(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))
            if reason != "warning":
                await socket.close()

    async def drop_sockets(self) -> None:
        """The line is cut without a word."""
        for socket in list(self.sockets):
            transport = self._lines.get(socket)
            if transport is not None:
                transport.abort()

    # --- the end ---

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.ws.changed("settled")
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for socket in list(self.sockets):
            await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
        if self._session is not None:
            await self._session.close()
            self._session = None
