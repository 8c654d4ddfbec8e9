"""YouTube in memory: the Data API with our channel, and Google's sign-in, where tests and people act as customers."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.guard import Handler
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes, Watched
from sandbox.square.pictures import picture
from sandbox.youtube.api import DataApi
from sandbox.youtube.faults import Active, Fault, Where
from sandbox.youtube.gate import enter_by
from sandbox.youtube.refusal import Rejected, refusal
from sandbox.youtube.server import ACCESS_FOR, PublishCall, Server
from sandbox.youtube.signin import SignIn
from sandbox.youtube.world import Comment, Person, Video, utc_now


class TubeStandIn(Watched):
    """A whole YouTube in memory, with one channel of ours, a video of it, and customers made when first named.

    `base_url` is where `app()` is mounted; set it before anybody posts.
    """

    def __init__(
        self,
        *,
        account: str = "acme",
        base_url: str = "http://127.0.0.1",
        clock: Callable[[], datetime] = utc_now,
        quota: int = 10_000,
        access_for: timedelta = ACCESS_FOR,
    ) -> None:
        self.server = Server(account=account, clock=clock, quota=quota, access_for=access_for)
        self.token = self.server.new_access()
        self.base_url = base_url

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["TubeStandIn"]:
        """A YouTube on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        tube = cls(**settings)  # type: ignore[arg-type]  # as they are given
        async with serving(tube.app(), port) as tube.base_url:
            yield tube

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20, middlewares=[self._cut_off])
        for endpoint in DataApi(self.server).endpoints():
            app.router.add_route(endpoint.method, endpoint.path, enter_by(self.server, endpoint))
        app.add_routes(SignIn(self.server).routes())
        app.router.add_get("/img/{rest:.*}", self._picture)
        app.router.add_route("*", "/youtube/v3/{rest:.*}", self._unknown)
        app.on_shutdown.append(lambda _: self.close())
        return app

    @web.middleware
    async def _cut_off(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.server.faults.on(Fault.CUT_OFF):
            return drop(request)
        return await handler(request)

    async def _unknown(self, request: web.Request) -> web.Response:
        return refusal(Rejected(404, "notFound", "Not Found", domain="global"))

    async def _picture(self, request: web.Request) -> web.Response:
        return web.Response(body=picture(request.path, cells=8, scale=11), content_type="image/png")

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
    def video(self) -> Video:
        """The video that comments stand under, unless another is named."""
        return self.server.world.first

    def new_refresh(self) -> str:
        """A refresh token, as a consent would have brought it."""
        token = f"1//{secrets.token_urlsafe(16)}"
        self.server.refreshes.add(token)
        return token

    # As customers

    def person(self, handle: str, *, name: str | None = None, followers: int | None = None) -> Person:
        return self.server.world.person(handle, name=name, subscribers=followers)

    def new_video(self, title: str, *, by: str | None = None, about: str = "") -> Video:
        """Of ours, or of somebody else's."""
        return self.server.world.video(title, by=None if by is None else self.person(by), about=about)

    async def post(
        self,
        author: str,
        words: str,
        *,
        reply_to: Comment | str | None = None,
        video: Video | None = None,
        channel: bool = False,
        at: datetime | None = None,
        status: str = "published",
        picture: bool = False,
    ) -> Comment:
        """A customer comments: under our video, on another, on the `channel` itself, or in a thread.

        `status` is what YouTube makes of it: heldForReview, likelySpam.
        """
        person = self.person(author)
        if person is self.account:
            raise ValueError("our own channel comments by the API, or by `answer_by_hand`")
        parent = None if reply_to is None else self._find(reply_to)
        under = None if channel else video or self.video
        return self.server.world.say(person, words, parent=parent, video=under, at=at, status=status, picture=picture)

    async def edit(self, comment: Comment | str, words: str) -> None:
        self.server.world.edit(self._find(comment), words)

    async def delete(self, comment: Comment | str) -> None:
        self.server.world.remove(self._find(comment))

    async def answer_by_hand(self, comment: Comment | str, words: str) -> Comment:
        """A colleague answers on YouTube itself, as our channel but past the bot."""
        return self.server.world.say(self.account, words, parent=self._find(comment))

    def moderate(self, comment: Comment | str, status: str) -> None:
        """Publish it, hold it, take it for spam, reject it."""
        self._find(comment).status = status
        self.changes.tell()

    # Reading

    def replies_to(self, comment: Comment | str) -> list[Comment]:
        """Answers in its thread that stand, oldest first."""
        thread = (comment if isinstance(comment, str) else comment.id).partition(".")[0]
        found = [one for one in self.server.world.comments.values() if one.parent == thread]
        return sorted(found, key=lambda one: one.nth)

    def posted_by_us(self) -> list[Comment]:
        found = [one for one in self.server.world.comments.values() if one.author is self.account]
        return sorted(found, key=lambda one: one.nth)

    @property
    def publish_calls(self) -> list[PublishCall]:
        """Every comments.insert, with its body and outcome."""
        return self.server.publish_calls

    def spent(self) -> int:
        """Units of the quota that today's calls have cost."""
        return self.server.spent()

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
        if active.fault is Fault.EXPIRED:
            self.server.expire()
        self._obey()
        return active

    def clear_faults(self, fault: Fault | str | None = None) -> None:
        """Behave again; calls that hang are let go without an answer."""
        self.server.faults.clear(Fault(fault) if fault is not None else None)
        self._obey()
        self.server.release()

    def _obey(self) -> None:
        lag = self.server.faults.get(Fault.LAG)
        self.server.world.lag = timedelta(0) if lag is None else timedelta(seconds=lag.seconds)
        self.server.shapes.originals = not self.server.faults.on(Fault.NO_ORIGINALS)
        self.changes.tell()

    def _find(self, comment: Comment | str) -> Comment:
        return self.server.world.find(comment if isinstance(comment, str) else comment.id)
