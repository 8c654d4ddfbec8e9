"""The sandbox's one web server: the stand-ins under their prefixes, the page, and the buttons beside them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiohttp import web

from sandbox.day import Player
from sandbox.guard import LocalOnly
from sandbox.square.calls import read_json
from sandbox.square.changes import Changes
from sandbox.square.world import Rejected
from sandbox.squares import Square
from sandbox.squares.control import SquaresControl
from sandbox.supervise import Supervisor

PAGE = Path(__file__).with_name("page")
# A day in five minutes, a storm in twenty seconds: long enough to watch.
_DAY_SECONDS = 300.0
_STORM_SECONDS = 20.0
_STORM_COUNT = 40
_ALIVE_SECONDS = 15.0
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}

_PLACEHOLDER = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Twoway sandbox</title>
<style>body{font:18px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>The sandbox is running</h1>
<p>This installation carries no page. Look at <a href="/square/@acme">the square</a>,
<a href="/control/state">what runs</a> and <a href="/square/control/state">what was posted</a>;
the control interface is in <code>docs/reference/sandbox.md</code>.</p></html>"""


class Sandbox:
    """Everything on one port. `others` are further stand-ins by prefix (`/slack`)."""

    def __init__(
        self,
        *,
        squares: Sequence[Square],
        player: Player,
        supervisor: Supervisor,
        others: Mapping[str, web.Application],
        page: Path = PAGE,
    ) -> None:
        self._squares = {square.name: square for square in squares}
        self._acting = SquaresControl(squares)
        self._player = player
        self._supervisor = supervisor
        self._others = others
        self._page = page
        self._closing = asyncio.Event()

    def app(self) -> web.Application:
        guard = LocalOnly()
        app = web.Application()
        app.add_routes(
            [
                web.get("/control/state", guard(self.state)),
                web.get("/control/stream", guard(self.stream)),
                web.get("/control/bot", guard(self.bot)),
                web.post("/control/bot/kill", guard(self.kill)),
                web.post("/control/bot/start", guard(self.start)),
                web.post("/control/bot/restart", guard(self.restart)),
                web.get("/control/day", guard(self.day)),
                web.post("/control/day/start", guard(self.day_start)),
                web.post("/control/day/stop", guard(self.day_stop)),
                web.post("/control/cut", guard(self.cut)),
                web.post("/control/storm", guard(self.storm)),
            ]
        )
        app.add_routes(self._acting.routes())
        for square in self._squares.values():
            app.add_subapp(square.prefix, square.stand_in.app())
        for prefix, other in self._others.items():
            app.add_subapp(prefix, other)
        app.add_routes([web.get("/", self.page), web.get("/{name:[a-z0-9_-]+[.][a-z0-9]+}", self.page)])
        app.on_shutdown.append(self._close)
        return app

    async def page(self, request: web.Request) -> web.StreamResponse:
        """A file of the page; a friendly word where there is none."""
        name = request.match_info.get("name", "index.html")
        file = self._page / name
        if await asyncio.to_thread(file.is_file):
            kind = _KINDS.get(file.suffix)
            headers = _HEADERS | ({"Content-Type": f"{kind}; charset=utf-8"} if kind else {})
            return web.FileResponse(file, headers=headers)
        if name == "index.html":
            return web.Response(text=_PLACEHOLDER, content_type="text/html", headers=_HEADERS)
        return web.Response(status=404, text="no such file\n")

    async def state(self, request: web.Request) -> web.Response:
        return web.json_response(self._state())

    async def bot(self, request: web.Request) -> web.Response:
        return web.json_response(self._supervisor.as_json())

    async def kill(self, request: web.Request) -> web.Response:
        await self._supervisor.kill()
        return await self.bot(request)

    async def start(self, request: web.Request) -> web.Response:
        await self._supervisor.start()
        return await self.bot(request)

    async def restart(self, request: web.Request) -> web.Response:
        await self._supervisor.restart()
        return await self.bot(request)

    async def day(self, request: web.Request) -> web.Response:
        return web.json_response(self._player.as_json())

    async def day_start(self, request: web.Request) -> web.Response:
        """`{"seconds": 300}`: how long the day takes."""
        try:
            seconds = await _number(request, "seconds", default=_DAY_SECONDS, most=24 * 3600)
        except Rejected as no:
            return web.json_response({"error": no.error}, status=no.status)
        await self._player.start(seconds=seconds)
        return await self.day(request)

    async def day_stop(self, request: web.Request) -> web.Response:
        await self._player.stop()
        return await self.day(request)

    async def storm(self, request: web.Request) -> web.Response:
        """`{"count": 40, "seconds": 20}`: how many copies, in what time."""
        try:
            count = await _number(request, "count", default=_STORM_COUNT, most=2000)
            seconds = await _number(request, "seconds", default=_STORM_SECONDS, most=3600)
        except Rejected as no:
            return web.json_response({"error": no.error}, status=no.status)
        self._player.storm(count=int(count), seconds=seconds)
        return await self.day(request)

    async def cut(self, request: web.Request) -> web.Response:
        """`{"square": "mastodon", "cut": true}` cuts a square off, `false` brings it back."""
        try:
            body = await read_json(request)
        except Rejected as no:
            return web.json_response({"error": no.error}, status=no.status)
        square, off = self._squares.get(str(body.get("square"))), body.get("cut")
        if square is None:
            return web.json_response({"error": f"square is one of {', '.join(self._squares)}"}, status=422)
        if not isinstance(off, bool):
            return web.json_response({"error": "cut is true or false"}, status=422)
        square.cut(off)
        return web.json_response(self._state())

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """`event: change` with the whole state, at once and after each change of bot, day or cut."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        shown = ""
        try:
            while not self._closing.is_set():
                state = json.dumps(self._state())
                if state != shown:
                    shown = state
                    await response.write(f"event: change\ndata: {state}\n\n".encode())
                elif not await self._any_change():
                    await response.write(b": alive\n\n")
        except ConnectionError:
            pass
        return response

    async def _any_change(self) -> bool:
        """Wait for something to change; False when nothing did for a while."""
        sources: list[Changes] = [self._supervisor.changes, self._player.changes]
        sources += [square.changes for square in self._squares.values()]
        waiting = [asyncio.create_task(source.after(source.version)) for source in sources]
        closing = asyncio.create_task(self._closing.wait())
        try:
            done, _ = await asyncio.wait(
                [*waiting, closing], timeout=_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            return bool(done)
        finally:
            for task in (*waiting, closing):
                task.cancel()
            await asyncio.gather(*waiting, closing, return_exceptions=True)

    def _state(self) -> dict[str, object]:
        return {
            "bot": self._supervisor.as_json(),
            "day": self._player.as_json(),
            "cut": {name: square.is_cut for name, square in self._squares.items()},
        }

    async def _close(self, app: web.Application) -> None:
        self._closing.set()
        self._acting.closing.set()


async def _number(request: web.Request, name: str, *, default: float, most: float) -> float:
    """A number above 0 from the body; a body is not needed."""
    if not request.body_exists:
        return default
    value = (await read_json(request)).get(name, default)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value <= most:
        raise Rejected(422, f"{name} is a number above 0, at most {most:g}")
    return float(value)
