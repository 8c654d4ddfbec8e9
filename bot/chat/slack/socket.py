"""Socket Mode: one WebSocket to Slack that is always being replaced. Every envelope goes to `handle`.

An envelope is acknowledged with what `handle` returns; when it raises, there is no acknowledgement, so that Slack
sends it again. Our own loop over aiohttp: the library's keeps trying an address that is good for one use only.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.chat.contract import ChatError, ChatRefused, ChatThrottled
from bot.chat.slack.calls import SlackCalls

log = logging.getLogger(__name__)

Handle = Callable[[dict[str, object]], Awaitable[Mapping[str, object] | None]]

CONNECT_LIMIT = 10.0
PING_EVERY = 10.0  # a line that answers no ping is dead; Slack's own clients use 5 to 10 s
HELD = 1.0  # a line that did not even hold a second is no reason to hurry
DRAIN = 3.0  # what was in hand when we stop may still be acknowledged within Slack's 3 s


class Socket:
    """Keeps one connection open from `start` to `stop`."""

    def __init__(
        self, calls: SlackCalls, app_token: str, handle: Handle, *, pause_first: float, pause_most: float
    ) -> None:
        self._calls = calls
        self._app_token = app_token
        self._handle = handle
        self._pause_first = pause_first
        self._pause_most = pause_most
        self._task: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._lines: set[asyncio.Task[None]] = set()
        self._greeted: set[aiohttp.ClientWebSocketResponse] = set()
        self._tried = asyncio.Event()
        self.trouble = "not connected yet"
        self.remedy = ""

    @property
    def connected(self) -> bool:
        """Slack has said hello on a line that is still open."""
        return bool(self._greeted)

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._keep_connected(), name="slack-socket")

    async def first_try(self, limit: timedelta) -> None:
        """Until the first line is greeted or could not be opened, at most `limit`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit.total_seconds()):
                await self._tried.wait()

    async def stop(self) -> None:
        if self._work:
            await asyncio.wait(set(self._work), timeout=DRAIN)
        tasks = [task for task in (self._task, *self._lines, *self._work) if task is not None]
        self._task = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_connected(self) -> None:
        pause = self._pause_first
        while True:
            began = asyncio.get_running_loop().time()
            leave = asyncio.Event()
            try:
                web_socket = await self._connect()
            except (ChatError, aiohttp.ClientError, TimeoutError, OSError) as error:
                # Not the words of aiohttp's errors: the address in them lets anybody listen.
                self.trouble = error.code if isinstance(error, ChatError) else type(error).__name__
                self.remedy = error.remedy if isinstance(error, ChatRefused) else ""
                log.warning("slack socket: cannot connect", extra={"code": self.trouble})
                self._tried.set()
                if isinstance(error, ChatThrottled):
                    pause = max(pause, (error.until - datetime.now(UTC)).total_seconds())
            else:
                line = asyncio.create_task(self._listen(web_socket, leave), name="slack-line")
                self._lines.add(line)
                line.add_done_callback(self._ended)
                asked = asyncio.create_task(leave.wait())
                try:
                    await asyncio.wait({line, asked}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    asked.cancel()
                if asyncio.get_running_loop().time() - began > HELD:
                    pause = self._pause_first
                    if leave.is_set():
                        continue  # the next line opens while this one still ends
                self.trouble = "the connection ended"
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._pause_most)

    def _ended(self, line: asyncio.Task[None]) -> None:
        self._lines.discard(line)
        if not line.cancelled() and (error := line.exception()) is not None:
            log.error("slack socket: the line broke", extra={"error": type(error).__name__})

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        answer = await self._calls.call("apps.connections.open", token=self._app_token)
        url = answer.get("url")
        if not isinstance(url, str):
            raise ConnectionError("apps.connections.open gave no address")
        async with asyncio.timeout(CONNECT_LIMIT):
            timeout = aiohttp.ClientWSTimeout(ws_close=CONNECT_LIMIT)
            return await self._calls.session.ws_connect(url, heartbeat=PING_EVERY, timeout=timeout, max_msg_size=0)

    async def _listen(self, line: aiohttp.ClientWebSocketResponse, leave: asyncio.Event) -> None:
        """Until the line ends. Sets `leave` as soon as Slack asks us to open another."""
        try:
            async for message in line:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                envelope = _object(message.data)
                kind = envelope.get("type")
                if kind == "hello":
                    self._greeted.add(line)
                    self.trouble = self.remedy = ""
                    self._tried.set()
                elif kind == "disconnect":
                    leave.set()
                elif isinstance(envelope.get("envelope_id"), str):
                    task = asyncio.create_task(self._answer(line, envelope))
                    self._work.add(task)
                    task.add_done_callback(self._work.discard)
        finally:
            self._greeted.discard(line)
            with suppress(aiohttp.ClientError, OSError):
                await line.close()

    async def _answer(self, line: aiohttp.ClientWebSocketResponse, envelope: dict[str, object]) -> None:
        payload = envelope.get("payload")
        try:
            answer = await self._handle(payload if isinstance(payload, dict) else {})
        except Exception as error:  # the edge: not acknowledged, so Slack sends it again
            log.error(
                "slack socket: not acknowledged",
                extra={"envelope": envelope["envelope_id"], "error": type(error).__name__},
            )
            return
        out: dict[str, object] = {"envelope_id": envelope["envelope_id"]}
        if answer:
            out["payload"] = dict(answer)
        try:
            await line.send_str(json.dumps(out))
        except (aiohttp.ClientError, ConnectionError) as error:
            # Stored, but Slack does not know: it comes again under the same key and changes nothing.
            log.info("slack socket: line gone before the answer", extra={"error": type(error).__name__})


def _object(text: str) -> dict[str, object]:
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
