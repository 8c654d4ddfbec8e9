"""A shop on a port of its own: people review there, colleagues answer in its console, moderators say yes or no.

What its API looks like is each shop's own: `routes`, `no` and the shapes.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from aiohttp import web

from sandbox.commanded import Commanded
from sandbox.reviews.faults import Active, Fault, Faults, Where
from sandbox.reviews.world import PUBLIC, REJECTED, Refusal, Reply, Review, World
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class PublishCall:
    """One call that would put words under a review. `answered` is a status, or `dropped`, `hung`, or ``."""

    at: datetime
    words: str
    answered: str = ""


class ShopStandIn(Commanded[Fault, Where], ABC):
    """One shop with one account of ours."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.faults = Faults()
        self.changes = Changes()
        self.publish_calls: list[PublishCall] = []
        self.asked = 0

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator[Self]:
        """On a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with serving(one.app(), port) as one.world.base:
            yield one

    @abstractmethod
    def routes(self) -> Iterable[tuple[str, str, Answer, Where]]: ...

    @abstractmethod
    def no(self, refusal: Refusal) -> web.Response:
        """A refusal as this shop's API says it."""

    @abstractmethod
    def words_of(self, body: object) -> str:
        """The words in a call that would publish them."""

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20, middlewares=[self._door])
        for method, path, answer, where in self.routes():
            app.router.add_route(method, path, self._by(answer, where))
        app.on_shutdown.append(lambda _: self.close())
        return app

    @property
    def base_url(self) -> str:
        return self.world.base

    # As customers, colleagues and moderators

    async def post(self, author: str, words: str, *, stars: int = 2, title: str = "") -> Review:
        review = self.world.add(author, words, stars=stars, title=title)
        self.changes.tell()
        return review

    async def edit(self, review: Review | str, words: str, *, stars: int | None = None) -> None:
        one = self._find(review)
        one.words, one.stars, one.changed = words, one.stars if stars is None else stars, self.world.clock()
        self.changes.tell()

    async def delete(self, review: Review | str) -> None:
        del self.world.reviews[self._find(review).id]
        self.changes.tell()

    async def answer_by_hand(self, review: Review | str, words: str) -> Reply:
        """A colleague answers in the shop's own console."""
        reply = self.world.answer(self._find(review).id, words, by_us=False)
        self.changes.tell()
        return reply

    async def moderate(self, review: Review | str, *, why_not: str = "") -> None:
        """Somebody at the shop says yes to the answer that waits, or no."""
        reply = self._find(review).reply
        assert reply is not None
        reply.state, reply.why = (REJECTED, why_not) if why_not else (PUBLIC, "")
        self.changes.tell()

    # Reading

    def replies_to(self, review: Review | str) -> list[Reply]:
        one = self.world.reviews.get(review.id if isinstance(review, Review) else review)
        return [] if one is None or one.reply is None else [one.reply]

    def posted_by_us(self) -> list[Reply]:
        replies = (one.reply for one in self.world.reviews.values())
        return [one for one in replies if one is not None and one.by_us]

    def seen(self, reply: Reply) -> str:
        return reply.words

    def streams(self) -> int:
        """Whether anybody listens: how often reviews were asked for."""
        return self.asked

    def _by(self, answer: Answer, where: Where) -> Answer:
        async def enter(request: web.Request) -> web.StreamResponse:
            call = None
            if where is Where.PUBLISH:
                call = PublishCall(self.world.clock(), self.words_of(await request.json()))
                self.publish_calls.append(call)
            if where is Where.READ:
                self.asked += 1
            response = await self._struck(request, answer, self.faults.strike(where), call)
            if call is not None and not call.answered:
                call.answered = str(response.status)
            self.changes.tell()
            return response

        return enter

    async def _struck(
        self, request: web.Request, answer: Answer, active: Active | None, call: PublishCall | None
    ) -> web.StreamResponse:
        if active is None:
            return await self._answered(request, answer)
        match active.fault:
            case Fault.REFUSE:
                return self.no(Refusal(active.status, "PERMISSION_DENIED", "The caller does not have permission."))
            case Fault.STALE:
                return self.no(Refusal(401, "UNAUTHENTICATED", "Request had invalid credentials."))
            case Fault.THROTTLE:
                response = self.no(Refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded."))
                response.headers["Retry-After"] = str(int(active.seconds))
                return response
            case Fault.FAIL_BEFORE | Fault.FAIL_AFTER:
                if active.fault is Fault.FAIL_AFTER:
                    await self._answered(request, answer)
                return self.no(Refusal(active.status, "INTERNAL", "Internal error encountered."))
            case Fault.ACCEPT_LATE:
                await request.read()
                self.later(self._do_later(active.seconds, request, answer))
            case _:
                await self._answered(request, answer)
        if call is not None:
            call.answered = "dropped"
        if active.fault is Fault.ACCEPT_AND_HANG:
            if call is not None:
                call.answered = "hung"
            self.changes.tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(active.seconds):
                    await self.released.wait()
        return drop(request)

    async def _do_later(self, seconds: float, request: web.Request, answer: Answer) -> None:
        await asyncio.sleep(seconds)
        await self._answered(request, answer)
        self.changes.tell()

    async def _answered(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        if self.faults.on(Fault.NONSENSE) and request.method == "GET":
            return web.Response(text="<!doctype html><title>Sorry</title>", content_type="text/html")
        try:
            return await answer(request)
        except Refusal as no:
            return self.no(no)

    # Inside

    def _find(self, review: Review | str) -> Review:
        return review if isinstance(review, Review) else self.world.reviews[review]
