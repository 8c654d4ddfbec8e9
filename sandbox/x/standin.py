"""X in memory, where tests and people act as customers."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.guard import Handler
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes, Watched
from sandbox.square.pictures import picture
from sandbox.x.api import Api
from sandbox.x.faults import Active, Fault, Where
from sandbox.x.gate import enter_by, refusal
from sandbox.x.hooks import Delivery, Webhooks
from sandbox.x.problems import Rejected
from sandbox.x.server import PublishCall, Server
from sandbox.x.world import Person, Post


def utc_now() -> datetime:
    return datetime.now(UTC)


class XStandIn(Watched):
    """X with one app, one account of ours, and customers made when first named.

    `base_url` is where `app()` is mounted; set it before anybody calls.
    """

    def __init__(
        self,
        *,
        account: str = "acme",
        base_url: str = "http://127.0.0.1",
        clock: Callable[[], datetime] = utc_now,
        rate_limit: int | None = None,
    ) -> None:
        self.server = Server(account=account, clock=clock, rate_limit=rate_limit)
        self.hooks = Webhooks(self.server)
        self.base_url = base_url

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["XStandIn"]:
        """An X on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        made = cls(**settings)  # type: ignore[arg-type]  # as the constructor says
        async with serving(made.app(), port) as made.base_url:
            yield made

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20, middlewares=[self._cut_off])
        api = Api(self.server, self.hooks, self._removed)
        for endpoint in api.endpoints():
            app.router.add_route(endpoint.method, endpoint.path, enter_by(self.server, endpoint))
        app.add_routes(api.routes())
        app.router.add_get("/img/{rest:.*}", self._picture)
        app.router.add_route("*", "/2/{rest:.*}", self._unknown)
        app.on_shutdown.append(lambda _: self.close())
        return app

    @web.middleware
    async def _cut_off(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.server.faults.on(Fault.CUT_OFF):
            return drop(request)
        return await handler(request)

    async def _unknown(self, request: web.Request) -> web.Response:
        return refusal(Rejected(404, "This stand-in has no such path.", title="Not Found"))

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
    def account(self) -> Person:
        return self.server.world.us

    @property
    def changes(self) -> Changes:
        return self.server.world.changes

    @property
    def token(self) -> str:
        """Our account's access token, of OAuth 1.0a."""
        return self.server.token

    @property
    def keys(self) -> dict[str, str]:
        """What OAuth 1.0a signs with, by the names of settings."""
        one = self.server
        return {
            "consumer_secret": one.consumer_secret,
            "token": one.token,
            "token_secret": one.token_secret,
        }

    # As customers

    def person(self, handle: str, *, name: str | None = None, followers: int | None = None) -> Person:
        return self.server.world.person(handle, name=name, followers=followers)

    async def post(
        self,
        author: str,
        words: str,
        *,
        reply_to: Post | str | None = None,
        quotes: Post | str | None = None,
        pictures: Sequence[str] = (),
        reply_settings: str = "everyone",
        language: str = "en",
        tell: bool = True,
    ) -> Post:
        """A customer posts exactly these words; without our name in them it is no mention. Events go to the webhook,
        unless `tell` is off."""
        person = self.person(author)
        if person is self.account:
            raise ValueError("our own account posts by the API, or by `answer_by_hand`")
        parent = None if reply_to is None else self._find(reply_to)
        quoted = None if quotes is None else self._find(quotes)
        post = self.server.world.write(
            person,
            words,
            reply_to=None if parent is None else parent.id,
            quotes=None if quoted is None else quoted.id,
            pictures=pictures,
            language=language,
        )
        post.reply_settings = reply_settings
        if tell:
            await self._tell(post)
        return post

    async def edit(self, post: Post | str, words: str, *, tell: bool = True) -> Post:
        """A new id of the same history; X has no event for it but another mention."""
        found = self.server.world.edit(self._find(post), words)
        if tell:
            await self._tell(found)
        return found

    async def delete(self, post: Post | str, *, tell: bool = True) -> None:
        found = self._find(post)
        self.server.world.remove(found)
        if tell:
            await self._tell_removed(found)

    async def answer_by_hand(self, post: Post | str, words: str) -> Post:
        """A colleague answers on X itself, as our account but past the bot; X lets people answer anybody."""
        world = self.server.world
        made = world.write(world.us, words, reply_to=self._find(post).id)
        if self.hooks.wanted("post.create", self.account.id):
            await self.hooks.tell("post.create", self.hooks.spoken("post.create", made))
        return made

    def block(self, handle: str) -> None:
        """They block us."""
        self.server.world.blocks.add((self.person(handle).id, self.account.id))
        self.changes.tell()

    # Reading

    def posts(self) -> list[Post]:
        """Every post that stands, oldest first."""
        return self.server.world.standing()

    def replies_to(self, post: Post | str) -> list[Post]:
        return self.server.world.replies(post if isinstance(post, str) else post.id)

    def posted_by_us(self) -> list[Post]:
        return [post for post in self.posts() if post.author is self.account]

    @property
    def publish_calls(self) -> list[PublishCall]:
        return self.server.publish_calls

    @property
    def deliveries(self) -> list[Delivery]:
        """Every event that was sent or would have been."""
        return self.hooks.deliveries

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

    # Inside

    def _events(self, post: Post) -> list[str]:
        """Which events X makes of a post: docs.x.com/x-api/activity, 2026-08."""
        world = self.server.world
        explicit = f"@{self.account.handle}".lower() in post.text.lower()
        parent, quoted = world.posts.get(post.reply_to or ""), world.posts.get(post.quotes or "")
        kinds = ["post.mention.create"] if explicit else []
        kinds += ["post.reply.create"] if parent is not None and parent.author is self.account else []
        return kinds + (["post.quote.create"] if quoted is not None and quoted.author is self.account else [])

    def _removed(self, post: Post) -> None:
        self.server.later(self._tell_removed(post))

    async def _tell(self, post: Post) -> None:
        for kind in self._events(post):
            if self.hooks.wanted(kind, self.account.id):
                await self.hooks.tell(kind, self.hooks.spoken(kind, post, bare=kind == "post.reply.create"))

    async def _tell_removed(self, post: Post) -> None:
        if not self.hooks.wanted("post.delete", post.author.id):
            return
        await self.hooks.tell("post.delete", self.hooks.deleted(post))

    def _find(self, post: Post | str) -> Post:
        if isinstance(post, Post):
            return post
        return self.server.world.posts[post]
