"""A board on a port of its own: what every stand-in of a board does, whatever its API looks like."""

import asyncio
import json
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import aiohttp
from aiohttp import web

from sandbox.boards.faults import Active, Fault, Faults, Where
from sandbox.boards.markdown import visible
from sandbox.boards.world import US, Item, PublishCall, Refusal, World, utc_now
from sandbox.commanded import Commanded
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Called:
    """One call of a webhook: its headers in lower case, and its body."""

    headers: dict[str, str]
    body: bytes


class BoardStandIn(Commanded[Fault, Where]):
    """One board, one account of ours on it. `hook`: where its webhook calls, if anywhere."""

    token = "key-of-acme"
    hook_secret = "hook-secret-of-acme"
    takes_answers = True  # with a topic goes what stands in it

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, hook: str = "") -> None:
        super().__init__()
        self.world = World(clock)
        self.username = US
        self.hook = hook
        self.faults = Faults()
        self.changes = Changes()
        self.publish_calls: list[PublishCall] = []
        self.outbox: list[Called] = []
        self.asked = 0

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator[Self]:
        """On a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with serving(one.app(), port) as one.world.base:
            yield one

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20, middlewares=[self._door])
        for method, path, answer, where in self.routes():
            app.router.add_route(method, path, self._by(answer, where))
        app.on_shutdown.append(lambda _: self.close())
        return app

    @abstractmethod
    def routes(self) -> tuple[tuple[str, str, Answer, Where], ...]: ...

    @abstractmethod
    def refusal(self) -> Refusal:
        """How this board says no."""

    @abstractmethod
    def throttled(self, seconds: int) -> Refusal: ...

    @abstractmethod
    def told(self, event: str, item: Item) -> Called | None:
        """What a webhook says of it; None: this board says nothing."""

    def is_publish(self, request: web.Request, body: dict[str, object]) -> str | None:
        """What a call to a place for all writes would publish; None: nothing."""
        return None

    @property
    def base_url(self) -> str:
        return self.world.base

    # As customers and moderators

    async def post(self, author: str, words: str, *, reply_to: Item | None = None, title: str = "A wish") -> Item:
        """Somebody begins a topic, or writes in one; of `words` nothing is changed."""
        if reply_to is None:
            item = self.world.begin(author, words, title)
        else:
            item = self.world.add(reply_to.topic, reply_to, author, words)
        self._tell("created", item)
        return item

    async def answer_by_hand(self, item: Item, words: str) -> Item:
        return await self.post(US, words, reply_to=item)

    async def edit(self, item: Item, words: str) -> None:
        self.world.change(item, words)
        self._tell("edited", item)

    async def delete(self, item: Item) -> None:
        item.gone = True
        self._tell("deleted", item)

    async def bring_back(self, item: Item) -> None:
        item.gone = False
        self._tell("recovered", item)

    async def vote(self, item: Item, *voters: str) -> None:
        item.voters |= set(voters)
        self._tell("voted", item)

    async def let_in(self, item: Item) -> None:
        """A moderator lets a reply of ours in that waited."""
        item.waiting = False
        self.changes.tell()

    def shut(self, item: Item) -> None:
        """Nobody may write in this topic any more."""
        self.world.closed.add(item.topic)

    # Reading

    def named(self, name: str) -> Item:
        """The post that the adapter's reference names."""
        return self.world.items[int(name)]

    @abstractmethod
    def name(self, item: Item) -> str:
        """What the adapter's reference of it is."""

    def replies_to(self, item: Item) -> list[Item]:
        """Ours that stand and answer it; who deletes what began a topic deletes the topic."""
        head = self.world.head(item.topic)
        if head is None or (head.gone and self.takes_answers):
            return []
        found = [one for one in self.world.items.values() if one.ours and not one.gone and one.number > 1]
        return [one for one in found if one.above is item]

    def posted_by_us(self) -> list[Item]:
        return [one for one in self.world.items.values() if one.ours and not one.gone and not one.waiting]

    def seen(self, item: Item) -> str:
        return visible(item.source) if item.ours else item.source

    def streams(self) -> int:
        """Whether anybody listens: how often the newest were asked for."""
        return self.asked

    def _by(self, answer: Answer, where: Where) -> Answer:
        async def enter(request: web.Request) -> web.StreamResponse:
            call, place = None, where
            try:
                body = await request.json() if request.content_type == "application/json" else {}
            except ValueError:
                return web.json_response({"error": "no JSON"}, status=400)
            source = self.is_publish(request, body if isinstance(body, dict) else {})
            if source is not None:
                place = Where.PUBLISH
                call = PublishCall(self.world.clock(), source)
                self.publish_calls.append(call)
            response = await self._struck(request, answer, self.faults.strike(place), call)
            if call is not None and not call.answered:
                call.answered = str(response.status)
            self.changes.tell()
            return response

        return enter

    async def _struck(
        self, request: web.Request, answer: Answer, active: Active | None, call: PublishCall | None
    ) -> web.StreamResponse:
        match None if active is None else active.fault:
            case None:
                return await self._answered(request, answer)
            case Fault.REFUSE:
                return _no(self.refusal())
            case Fault.THROTTLE:
                assert active is not None
                return _no(self.throttled(int(active.seconds)))
            case Fault.FAIL_BEFORE | Fault.FAIL_AFTER:
                assert active is not None
                if active.fault is Fault.FAIL_AFTER:
                    await self._answered(request, answer)
                return web.Response(status=active.status, text="<h1>Oops</h1>", content_type="text/html")
            case Fault.ACCEPT_LATE:
                assert active is not None
                self.later(self._do_later(active.seconds, request, answer))
            case _:
                await self._answered(request, answer)
        if call is not None:
            call.answered = "dropped"
        if active is not None and active.fault is Fault.ACCEPT_AND_HANG:
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
        if self.faults.on(Fault.NONSENSE):
            return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")
        try:
            return await answer(request)
        except Refusal as no:
            return _no(no)

    # Webhooks

    def _tell(self, event: str, item: Item) -> None:
        called = self.told(event, item)
        if called is not None:
            self.outbox.append(called)
            if self.hook:
                self.later(self._call(called))
        self.changes.tell()

    async def _call(self, called: Called) -> None:
        """Once, as most boards do; what was missed is found by asking."""
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with aiohttp.ClientSession() as session:
                headers = {**called.headers, "content-type": "application/json"}
                timeout = aiohttp.ClientTimeout(total=10)
                async with session.post(self.hook, data=called.body, headers=headers, timeout=timeout) as answer:
                    await answer.read()


def encoded(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no(no: Refusal) -> web.Response:
    return web.json_response(no.body, status=no.status, headers=no.headers)
