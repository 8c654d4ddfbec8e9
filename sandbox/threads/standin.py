"""Threads in memory: our account, its app and tokens, where tests and people act as customers and colleagues."""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from sandbox.graph.door import application
from sandbox.graph.errors import Rejected
from sandbox.graph.faults import Active, Fault, Where
from sandbox.graph.server import GraphServer, PublishCall, utc_now
from sandbox.serving import serving
from sandbox.square.changes import Changes, Watched
from sandbox.square.pictures import picture
from sandbox.threads.api import VERSION, Api, where
from sandbox.threads.world import Person, Post, World

APP_ID = "123456"


class ThreadsStandIn(Watched):
    """One account of ours, with customers made when first named.

    `base_url` is where `app()` is served; `callback`, where webhooks go. Without one they are kept in `webhooks`.
    """

    def __init__(
        self, *, account: str = "acme", clock: Callable[[], datetime] = utc_now, most_calls: int = 100_000
    ) -> None:
        self.server = GraphServer(clock=clock, most_calls=most_calls)
        self.server.proofs = False
        self.world = World(self.server, account)
        self.api = Api(self.world)
        self.renewed = 0
        self._codes: dict[str, str] = {}  # and the address that each was given for
        self._short: set[str] = set()

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["ThreadsStandIn"]:
        """A server on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with serving(one.app(), port) as one.server.base:
            yield one

    def app(self) -> web.Application:
        beside = [
            web.get("/oauth/authorize", self._authorise),
            web.post("/oauth/access_token", self._exchange),
            web.get("/access_token", self._lasting),
            web.get("/refresh_access_token", self._refresh),
            web.get("/img/{rest:.*}", self._picture),
        ]
        return application(self.server, self.api, where, version=VERSION, beside=beside)

    @property
    def base_url(self) -> str:
        return self.server.base

    @property
    def token(self) -> str:
        """Our long-lived token."""
        return self.server.token

    @property
    def account(self) -> Person:
        return self.world.us

    @property
    def changes(self) -> Changes:
        return self.server.changes

    @property
    def publish_calls(self) -> list[PublishCall]:
        """Every call that would publish a container, with its body and outcome."""
        return self.server.publish_calls

    @property
    def webhooks(self) -> list[bytes]:
        """Every call that Threads made, or would have made: its body."""
        return self.server.webhooks

    def call_back(self, address: str | None) -> None:
        """Where webhooks go from now on."""
        self.server.callback = address

    # Tokens

    async def _authorise(self, request: web.Request) -> web.Response:
        """Somebody who says yes at once."""
        asked = request.query
        good = asked.get("client_id") == APP_ID and asked.get("response_type") == "code"
        if not good or not asked.get("redirect_uri") or "threads_basic" not in asked.get("scope", "").split(","):
            return web.Response(status=400, text="bad request")
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked["redirect_uri"]
        back = urlencode({"code": code, "state": asked.get("state", "")})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _exchange(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        good = (form.get("client_id"), form.get("client_secret")) == (APP_ID, self.server.app_secret)
        redirect = self._codes.pop(form.get("code", ""), None)  # it opens once, also where something else is wrong
        if not good or redirect is None or form.get("redirect_uri") != redirect:
            return Rejected(100, "Invalid verification code").answer()
        short = f"TH{secrets.token_hex(8)}"
        self._short.add(short)
        return web.json_response({"access_token": short, "user_id": int(self.account.id)})

    async def _lasting(self, request: web.Request) -> web.Response:
        asked = request.query
        good = asked.get("grant_type") == "th_exchange_token" and asked.get("client_secret") == self.server.app_secret
        if not good or asked.get("access_token") not in self._short:
            return Rejected(190, "Error validating access token").answer()
        return self._sixty_days()

    async def _refresh(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("grant_type") != "th_refresh_token" or asked.get("access_token") != self.server.token:
            return Rejected(190, "Error validating access token").answer()
        self.server.token = f"TH{secrets.token_hex(12)}"
        self.renewed += 1
        return self._sixty_days()

    def _sixty_days(self) -> web.Response:
        return web.json_response({"access_token": self.server.token, "token_type": "bearer", "expires_in": 5184000})

    async def _picture(self, request: web.Request) -> web.Response:
        return web.Response(body=picture(request.path, cells=8, scale=40), content_type="image/png")

    # As customers

    def person(self, username: str, *, name: str | None = None, followers: int | None = None) -> Person:
        return self.world.person(username, name=name, followers=followers)

    async def post(
        self, author: str, words: str, *, reply_to: Post | str | None = None, pictures: Sequence[str] = ()
    ) -> Post:
        """A customer posts exactly these words; name our account in them, or answer it, or it hears nothing."""
        parent = None if reply_to is None else self._find(reply_to)
        return self.world.post(self.person(author), words, parent=parent, pictures=pictures)

    async def edit(self, post: Post | str, words: str) -> None:
        """Within the minutes that people have for it. Nobody is told."""
        self._find(post).words = words
        self.changes.tell()

    async def delete(self, post: Post | str) -> None:
        self.world.remove(self._find(post))

    def hides_away(self, username: str) -> None:
        """Their account becomes private."""
        self.person(username).private = True
        self.changes.tell()

    # As colleagues

    async def answer_by_hand(self, post: Post | str, words: str) -> Post:
        """Somebody answers on Threads itself, as our account but past the bot."""
        return self.world.post(self.account, words, parent=self._find(post))

    # Reading

    def posts(self) -> list[Post]:
        """Everything that stands, oldest first."""
        return [one for one in self.world.posts.values() if not one.gone]

    def replies_to(self, post: Post | str) -> list[Post]:
        parent = self._find(post)
        return [one for one in self.posts() if one.parent is parent]

    def posted_by_us(self) -> list[Post]:
        return [one for one in self.posts() if one.author is self.account and one.parent is not None]

    def streams(self) -> int:
        """Whether anybody listens: how often our mentions were asked for."""
        return self.api.mentions_asked

    # Misbehaving

    def fault(
        self,
        fault: Fault | str,
        *,
        times: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
        where: Where | str = Where.PUBLISH,
        error: str | None = None,
    ) -> Active:
        """Misbehave, as the table of faults says."""
        active = self.server.faults.set(
            Fault(fault), times=times, seconds=seconds, status=status, where=Where(where), error=error
        )
        self.changes.tell()
        return active

    def clear_faults(self, fault: Fault | str | None = None) -> None:
        """Behave again; calls that hang are let go without an answer."""
        self.server.faults.clear(Fault(fault) if fault is not None else None)
        self.server.release()
        self.changes.tell()

    def _find(self, post: Post | str) -> Post:
        return post if isinstance(post, Post) else self.world.posts[post]
