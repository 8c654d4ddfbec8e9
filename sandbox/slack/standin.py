"""The Slack stand-in in one object: its addresses, what to read in it, and how it misbehaves on command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.serving import serving
from sandbox.slack import control, methods_files, response_urls
from sandbox.slack.clicks import Clicks
from sandbox.slack.core import Call
from sandbox.slack.delivery import Answer
from sandbox.slack.rich_text import elements_of, words
from sandbox.slack.things import TEAM, CannotDo, Ephemeral, Json, Message, View
from sandbox.slack.web_api import WebApi
from sandbox.slack.workspace import T


@dataclass(frozen=True)
class Button:
    action_id: str
    text: str
    value: str | None


class SlackStandIn(Clicks):
    """A workspace with our app installed. See the package's docstring for what it promises."""

    team_id = TEAM

    # --- addresses ---

    def app(self) -> web.Application:
        """To be mounted at any prefix; the Web API is then `{prefix}/api/`."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        api = WebApi(self)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_get("/socket", self.delivery.socket)

        async def response(request: web.Request) -> web.Response:
            return await response_urls.handle(self, request)

        app.router.add_post("/response/{key}", response)

        async def uploaded(request: web.Request) -> web.Response:
            return await methods_files.upload(self, request)

        async def file(request: web.Request) -> web.Response:
            return await methods_files.show(self, request)

        async def download(request: web.Request) -> web.Response:
            return await methods_files.download(self, request)

        app.router.add_post("/upload/v1/{ticket}", uploaded)
        app.router.add_get("/files/{id}", file)
        app.router.add_get("/files-pri/{id}/download", download)
        app.router.add_get("/files-pri/{id}", download)
        control.add_routes(app, self)
        app.on_shutdown.append(self._stop)
        return app

    async def _stop(self, app: web.Application) -> None:
        self.closing.set()
        self.ws.changed("closing")
        await self.delivery.close()

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator[SlackStandIn]:
        """Runs one alone on loopback; `settings` are those of the constructor."""
        standin = cls(**settings)  # type: ignore[arg-type]
        outer = web.Application()
        outer.add_subapp("/slack", standin.app())
        async with serving(outer, port, patience=0.2) as address:
            standin.base_url = f"{address}/slack"
            yield standin

    async def set_request_url(self, url: str | None, *, verify: bool = True) -> None:
        """Where events, commands and clicks go over HTTP. Slack asks the challenge first; CannotDo if it fails."""
        self.delivery.request_url = url
        if url is not None and verify and (error := await self.delivery.verify_url()) is not None:
            self.delivery.request_url = None
            raise CannotDo(f"the request URL did not answer the challenge: {error}")

    def install(self, manifest: Json) -> None:
        """Takes over what an app manifest declares: scopes, events, commands with should_escape, shortcuts."""
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        self.scopes = set(manifest["oauth_config"]["scopes"]["bot"])
        self.events = set(settings.get("event_subscriptions", {}).get("bot_events", []))
        self.commands = {c["command"]: bool(c.get("should_escape")) for c in features.get("slash_commands", [])}
        self.shortcuts = {s["callback_id"] for s in features.get("shortcuts", []) if s["type"] == "message"}

    # --- reading ---

    def messages(self, channel: str) -> list[Message]:
        """What stands in the channel itself, oldest first; replies are in `thread`."""
        return [m for m in self.ws.in_channel(channel) if not m.is_reply]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies under a message, oldest first, without the message itself."""
        root = self.ws.message(channel, ts)
        return self.ws.replies(root) if root else []

    def ephemerals(self, user: str, channel: str | None = None) -> list[Ephemeral]:
        return [e for e in self.ws.ephemerals if e.user == user and channel in {None, e.channel}]

    def views(self, user: str) -> list[View]:
        """Open dialogs, the one on top last."""
        return list(self.ws.stacks.get(user, []))

    def home(self, user: str) -> View | None:
        return self.ws.homes.get(user)

    def calls(self, method: str | None = None) -> list[Call]:
        """Every call of the Web API and of response addresses (`response_url`), as it came."""
        return [c for c in self.log if method in {None, c.method}]

    @staticmethod
    def text_of(shown: Message | Ephemeral | View) -> str:
        """All readable words, a line each; the text only when there are no blocks, as Slack shows it."""
        if isinstance(shown, View):
            return "\n".join(words([shown.body.get("title"), *shown.blocks]))
        return "\n".join(words(shown.blocks)) if shown.blocks else shown.text

    @staticmethod
    def buttons_of(shown: Message | Ephemeral | View) -> list[Button]:
        return [
            Button(e["action_id"], e["text"]["text"], e.get("value"))
            for _, e in elements_of(shown.blocks)
            if e["type"] == "button"
        ]

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 30) -> T:
        """The first true answer of `predicate`, asked again at every change; TimeoutError otherwise."""
        return await self.ws.wait_for(predicate, timeout)

    async def settled(self, timeout: float = 30) -> None:
        """Until every event has been acknowledged or given up."""
        await self.ws.wait_for(lambda: not self.delivery.busy, timeout)

    # --- misbehaving ---

    def set_limits(self, limits: str) -> None:
        """`real` or `off`."""
        if limits not in {"real", "off"}:
            raise CannotDo("limits are real or off")
        self.faults.limits = limits

    def set_retries(self, *seconds: float) -> None:
        """How long after each failed delivery of an event the next one follows."""
        self.delivery.retries = seconds

    async def redeliver(self, event_id: str | None = None, times: int = 1) -> list[Answer]:
        return await self.delivery.redeliver(event_id, times)

    def reorder_events(self, count: int) -> None:
        """Holds the next `count` events back and sends them last first."""
        self.faults.hold_events = count

    def drop_acks(self, count: int = 1) -> None:
        """The next acknowledgements are lost on the way: Slack redelivers events and tells people of an error."""
        self.faults.drop_acks = count

    def duplicate_events(self, on: bool = True) -> None:
        self.faults.duplicate_events = on

    def fail_next(self, method: str, kind: str, times: int = 1, retry_after: int = 1) -> None:
        """What the next calls of `method` (`*`: of any) meet: one of FAULTS, or an error code of Slack's."""
        self.faults.fail_next(method, kind, times, retry_after)

    def slow(self, method: str, seconds: float) -> None:
        self.faults.slow[method] = seconds

    def kill_token(self, error: str | None = "invalid_auth") -> None:
        """Every call is refused so from now on; None heals it."""
        self.faults.dead_token = error

    def break_images(self, prefix: str) -> None:
        """Image addresses that start so cannot be downloaded."""
        self.faults.bad_images.add(prefix)

    def slow_files(self, looks: int) -> None:
        """Files that are completed from now on are unknown to so many messages before Slack has processed them."""
        self.faults.slow_files = looks

    async def drop_sockets(self) -> None:
        await self.delivery.drop_sockets()

    async def refresh_sockets(self, reason: str = "refresh_requested") -> None:
        await self.delivery.refresh_sockets(reason)

    async def socket_connected(self, timeout: float = 30) -> None:
        await asyncio.wait_for(self.ws.wait_for(lambda: bool(self.delivery.sockets), timeout), timeout)
