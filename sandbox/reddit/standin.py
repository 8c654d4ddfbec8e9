"""Reddit in memory: its API with our account, and where tokens are made; tests and people act as its users."""

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import unquote, urlencode

from aiohttp import web

from sandbox.guard import Handler
from sandbox.reddit.api import Api
from sandbox.reddit.faults import Active, Fault, Where
from sandbox.reddit.gate import check_agent, enter_by, failure, refusal
from sandbox.reddit.markdown import visible
from sandbox.reddit.server import PublishCall, Rejected, Server
from sandbox.reddit.world import DELETED, REMOVED, Person, Subreddit, Thing, utc_now
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes, Watched
from sandbox.square.pictures import picture


class RedditStandIn(Watched):
    """One server that is both the API and the login, with people and subreddits made when first named.

    `base_url` is where `app()` is mounted; set it before anybody writes.
    """

    def __init__(
        self,
        *,
        account: str = "acme_support",
        home: str = "acme",
        base_url: str = "http://127.0.0.1",
        clock: Callable[[], datetime] = utc_now,
        rate_limit: int = 1000,
    ) -> None:
        self.server = Server(account=account, clock=clock, rate_limit=rate_limit)
        self.home = self.server.world.place(home)
        self.base_url = base_url

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["RedditStandIn"]:
        """A server on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with serving(one.app(), port) as one.base_url:
            yield one

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20, middlewares=[self._cut_off])
        for endpoint in Api(self.server).endpoints():
            app.router.add_route(endpoint.method, endpoint.path, enter_by(self.server, endpoint))
        app.router.add_get("/api/v1/authorize", self._authorise)
        app.router.add_post("/api/v1/access_token", self._token)
        app.router.add_get("/img/{rest:.*}", self._picture)
        app.router.add_route("*", "/{rest:.*}", self._unknown)
        app.on_shutdown.append(lambda _: self.close())
        return app

    @web.middleware
    async def _cut_off(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.server.faults.on(Fault.CUT_OFF):
            return drop(request)
        return await handler(request)

    async def _authorise(self, request: web.Request) -> web.Response:
        """Somebody who says yes at once."""
        asked = request.query
        good = asked.get("client_id") == self.server.client_id and asked.get("response_type") == "code"
        if not good or not asked.get("redirect_uri") or asked.get("duration") != "permanent":
            return web.Response(status=400, text="bad request")
        code = self.server.new_code(asked["redirect_uri"])
        back = urlencode({"state": asked.get("state", ""), "code": code})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _token(self, request: web.Request) -> web.Response:
        check_agent(self.server, request)
        if (active := self.server.faults.strike(Where.LOGIN)) is not None:
            return failure(active.status or 503)
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            if self._basic(request) != (self.server.client_id, self.server.client_secret):
                raise Rejected(401, "Unauthorized")
            return web.json_response(self.server.new_token(form))
        except Rejected as no:
            return refusal(no)

    def _basic(self, request: web.Request) -> tuple[str, str]:
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return unquote(user), unquote(password)

    async def _unknown(self, request: web.Request) -> web.Response:
        return refusal(Rejected(404, "Not Found"))

    async def _picture(self, request: web.Request) -> web.Response:
        return web.Response(body=picture(request.path, cells=8, scale=40), content_type="image/png")

    async def close(self) -> None:
        """End calls that hang, so that the server can stop at once."""
        await self.server.close()

    @property
    def base_url(self) -> str:
        return self.server.shapes.base

    @base_url.setter
    def base_url(self, address: str) -> None:
        self.server.shapes.base = address.rstrip("/")

    @property
    def token(self) -> str:
        """Our refresh token."""
        return self.server.refresh_token

    @property
    def account(self) -> Person:
        return self.server.world.us

    @property
    def changes(self) -> Changes:
        return self.server.world.changes

    # As users

    def person(self, handle: str) -> Person:
        return self.server.world.person(handle)

    def place(self, title: str) -> Subreddit:
        return self.server.world.place(title)

    async def post(
        self,
        author: str,
        words: str,
        *,
        reply_to: Thing | str | None = None,
        title: str | None = None,
        place: str | None = None,
        pictures: Sequence[str] = (),
        url: str | None = None,
    ) -> Thing:
        """Somebody writes a comment; or, in a subreddit (ours if none is named), a post: its title is the first line.

        Of `words`, Markdown, nothing is changed.
        """
        world = self.server.world
        person = world.person(author)
        if reply_to is not None:
            return world.comment(person, self._find(reply_to), words)
        if title is None:
            title, _, words = words.partition("\n")
        here = self.home if place is None else world.place(place)
        return world.submit(person, here, title, words.strip("\n"), pictures, url)

    async def edit(self, thing: Thing | str, words: str) -> Thing:
        """Its author writes it anew. The title of a post stays."""
        found = self._find(thing)
        self.server.world.edit(found, words)
        return found

    async def delete(self, thing: Thing | str) -> None:
        self.server.world.take(self._find(thing), DELETED)

    async def remove(self, thing: Thing | str) -> None:
        """A moderator takes it away."""
        self.server.world.take(self._find(thing), REMOVED)

    async def answer_by_hand(self, thing: Thing | str, words: str) -> Thing:
        """A colleague answers on Reddit itself, as our account but past the bot."""
        return self.server.world.comment(self.account, self._find(thing), words)

    async def message(self, words: str = "hello") -> None:
        """Somebody writes to us in private."""
        self.server.world.message(words)

    def block(self, handle: str) -> None:
        """They block us."""
        self.person(handle).blocks_us = True
        self.changes.tell()

    # Reading

    def posts(self) -> list[Thing]:
        """Everything that stands, oldest first."""
        return [one for one in self.server.world.things.values() if one.taken is None]

    def replies_to(self, thing: Thing | str) -> list[Thing]:
        return [one for one in self._find(thing).answers if one.taken is None]

    def posted_by_us(self) -> list[Thing]:
        return [one for one in self.posts() if one.author is self.account and not one.is_link]

    def seen(self, thing: Thing | str) -> str:
        """The words as a visitor reads them."""
        return visible(self._find(thing).source)

    @property
    def publish_calls(self) -> list[PublishCall]:
        """Every call that would write a comment, with its form and outcome."""
        return self.server.publish_calls

    def streams(self) -> int:
        """Whether anybody listens: how often our inbox was asked for."""
        return self.server.inbox_asked

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
        if active.fault is Fault.LAG:
            self.server.world.lag = timedelta(seconds=active.seconds)
        self.changes.tell()
        return active

    def clear_faults(self, fault: Fault | str | None = None) -> None:
        """Behave again; calls that hang are let go without an answer."""
        self.server.faults.clear(Fault(fault) if fault is not None else None)
        if not self.server.faults.on(Fault.LAG):
            self.server.world.lag = timedelta(0)
        self.server.release()
        self.changes.tell()

    def _find(self, thing: Thing | str) -> Thing:
        return thing if isinstance(thing, Thing) else self.server.world.things[thing]
