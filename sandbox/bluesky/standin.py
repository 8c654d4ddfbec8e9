"""Bluesky in memory: a PDS with our account, the AppView and a Jetstream, where tests and people act as customers."""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.bluesky.appview import AppView
from sandbox.bluesky.faults import Active, Fault, Where
from sandbox.bluesky.gate import enter_by, refusal
from sandbox.bluesky.jetstream import Jetstream
from sandbox.bluesky.lexicon import Rejected
from sandbox.bluesky.pds import Pds
from sandbox.bluesky.server import PublishCall, Server
from sandbox.bluesky.world import Gate, Person, Post, utc_now
from sandbox.guard import Handler
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes, Watched
from sandbox.square.pictures import picture


class SkyStandIn(Watched):
    """A whole network in memory, with one account of ours and customers made when first named (`lea` is `lea.test`).

    `base_url` is where `app()` is mounted; set it before anybody posts.
    """

    def __init__(
        self,
        *,
        account: str = "acme",
        password: str | None = None,
        base_url: str = "http://127.0.0.1",
        clock: Callable[[], datetime] = utc_now,
        rate_limit: int = 3000,
        session_limit: int = 30,
    ) -> None:
        self.server = Server(
            account=account,
            password=password or "-".join(secrets.token_hex(2) for _ in range(4)),
            clock=clock,
            rate_limit=rate_limit,
            session_limit=session_limit,
        )
        self.base_url = base_url

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["SkyStandIn"]:
        """A network on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        sky = cls(**settings)  # type: ignore[arg-type]
        async with serving(sky.app(), port) as sky.base_url:
            yield sky

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 2**20, middlewares=[self._cut_off])
        for endpoint in (*Pds(self.server).endpoints(), *AppView(self.server).endpoints()):
            app.router.add_route(endpoint.method, f"/xrpc/{endpoint.name}", enter_by(self.server, endpoint))
        app.add_routes(Jetstream(self.server).routes())
        app.router.add_get("/img/{rest:.*}", self._picture)
        app.router.add_route("*", "/xrpc/{rest:.*}", self._unknown)
        app.on_shutdown.append(lambda _: self.close())
        return app

    @web.middleware
    async def _cut_off(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.server.faults.on(Fault.CUT_OFF):
            return drop(request)
        return await handler(request)

    async def _unknown(self, request: web.Request) -> web.Response:
        return refusal(Rejected(404, "XRPCNotSupported", "XRPCNotSupported"))

    async def _picture(self, request: web.Request) -> web.Response:
        return web.Response(body=picture(request.path, cells=8, scale=40), content_type="image/png")

    async def close(self) -> None:
        """End streams and calls that hang, so that the server can stop at once."""
        await self.server.close()

    @property
    def base_url(self) -> str:
        return self.server.shapes.base

    @base_url.setter
    def base_url(self, address: str) -> None:
        self.server.shapes.base = address.rstrip("/")

    @property
    def jetstream_url(self) -> str:
        return f"{self.base_url.replace('http', 'ws', 1)}/subscribe"

    @property
    def token(self) -> str:
        """Our app password."""
        return self.server.password

    @property
    def account(self) -> Person:
        return self.server.world.us

    @property
    def changes(self) -> Changes:
        return self.server.world.changes

    # As customers

    def person(self, handle: str, *, name: str | None = None, followers: int | None = None) -> Person:
        return self.server.world.person(handle, name=name, followers=followers)

    async def post(
        self,
        author: str,
        words: str,
        *,
        reply_to: Post | str | None = None,
        pictures: Sequence[str] = (),
        quotes: Post | str | None = None,
        language: str | None = None,
        created_at: datetime | None = None,
        record: dict[str, object] | None = None,
    ) -> Post:
        """A customer posts exactly these words; name our account in them (`@acme.test …`), or it hears nothing.

        `created_at` is what their client claims. `record` is written over what the official client would write.
        """
        world = self.server.world
        person = self.person(author)
        if person is world.us:
            raise ValueError("our own account posts by the API, or by `answer_by_hand`")
        parent = None if reply_to is None else self._find(reply_to)
        quoted = None if quotes is None else self._find(quotes)
        value = world.record(words, parent=parent, at=created_at, language=language, quotes=quoted, pictures=pictures)
        return world.put(person, world.next_key(), {**value, **(record or {})}, pictures=pictures)

    async def edit(self, post: Post | str, words: str) -> Post:
        """The customer's client writes the record anew under the same key."""
        found = self._find(post)
        facets = self.server.world.record(words).get("facets")
        value = {**found.value, "text": words, "facets": facets or []}
        return self.server.world.put(found.author, found.key, value)

    async def delete(self, post: Post | str) -> None:
        self.server.world.remove(self._find(post).uri)

    async def answer_by_hand(self, post: Post | str, words: str) -> Post:
        """A colleague answers on Bluesky itself, as our account but past the bot."""
        world = self.server.world
        return world.put(world.us, world.next_key(), world.record(words, parent=self._find(post)))

    def block(self, handle: str) -> None:
        """They block us."""
        self.server.world.block(self.person(handle), self.account)
        self.changes.tell()

    def gate(self, root: Post | str, *, allow: Sequence[str] | None = (), hide: Sequence[str] = ()) -> None:
        """Whoever began the thread lets only some answer: "mentioned", DIDs; nobody by default; None: everybody."""
        gate = Gate(None if allow is None else frozenset(allow), set(hide))
        self.server.world.gates[self._find(root).uri] = gate
        self.changes.tell()

    def leave(self, handle: str, status: str = "deleted") -> None:
        self.server.world.leave(self.person(handle), status)

    # Reading

    def posts(self) -> list[Post]:
        """Every post that stands, oldest first."""
        return sorted(self.server.world.posts.values(), key=lambda post: post.written)

    def replies_to(self, post: Post | str) -> list[Post]:
        return self.server.world.replies(post if isinstance(post, str) else post.uri)

    def posted_by_us(self) -> list[Post]:
        return [post for post in self.posts() if post.author is self.account]

    @property
    def publish_calls(self) -> list[PublishCall]:
        """Every call that would write a record, with its key, body and outcome."""
        return self.server.publish_calls

    def streams(self) -> int:
        return len(self.server.listeners)

    def watched(self) -> frozenset[str]:
        """The DIDs that open streams ask for."""
        return frozenset[str]().union(*(listener.dids for listener in self.server.listeners))

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
        """Misbehave, as the table of faults says. Streams that are open are cut by what cuts streams."""
        active = self.server.faults.set(
            Fault(fault), times=times, seconds=seconds, status=status, where=Where(where), error=error
        )
        if active.fault in (Fault.CUT_OFF, Fault.STREAM_DROP, Fault.NO_STREAM):
            self.server.cut_all()
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

    def drop_streams(self) -> None:
        """Cut the streams that are open, once."""
        self.server.cut_all()

    def _find(self, post: Post | str) -> Post:
        return self.server.world.find(post if isinstance(post, str) else post.uri)
