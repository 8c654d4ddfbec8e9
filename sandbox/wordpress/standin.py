"""A WordPress site on a port of its own: its API, our application password; tests act as visitors and owners."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from html import escape

from aiohttp import web

from sandbox.commanded import Commanded
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes
from sandbox.wordpress.faults import Active, Fault, Faults, Where
from sandbox.wordpress.world import US, Comment, PublishCall, Refusal, World, rendered, typed, utc_now

API = "/wp-json/wp/v2"
PAGE = 7
PASSWORD = "abcd EFGH ijkl MNOP qrst UVWX"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PressStandIn(Commanded[Fault, Where]):
    """One site. `moderates`: our account is an editor."""

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, moderates: bool = True) -> None:
        super().__init__()
        self.world = World(clock)
        self.username, self.password = "acme", PASSWORD
        self.moderates = moderates
        self.faults = Faults()
        self.changes = Changes()
        self.publish_calls: list[PublishCall] = []
        self.asked = 0

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["PressStandIn"]:
        """On a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with serving(one.app(), port) as one.world.base:
            yield one

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20, middlewares=[self._door])
        for method, path, answer, where in (
            ("GET", "/users/me", self._me, Where.READ),
            ("GET", "/comments", self._list, Where.READ),
            ("GET", "/comments/{id}", self._one, Where.READ),
            ("GET", "/posts/{id}", self._page, Where.READ),
            ("GET", "/pages/{id}", self._page, Where.READ),
            ("POST", "/comments", self._write, Where.PUBLISH),
            ("POST", "/comments/{id}", self._edit, Where.CHANGE),
            ("DELETE", "/comments/{id}", self._delete, Where.CHANGE),
        ):
            app.router.add_route(method, API + path, self._by(answer, where))
        app.router.add_get("/", self._blog)
        app.on_shutdown.append(lambda _: self.close())
        return app

    @property
    def base_url(self) -> str:
        return self.world.base

    @property
    def token(self) -> str:
        return self.password

    # As visitors and owners

    async def post(
        self,
        author: str,
        words: str,
        *,
        reply_to: Comment | str | None = None,
        status: str = "approved",
        page: int = PAGE,
    ) -> Comment:
        """Somebody comments; of `words` nothing is changed."""
        above = None if reply_to is None else self._find(reply_to)
        comment = self.world.add(
            page if above is None else above.page,
            0 if above is None else above.id,
            author,
            escape(words, quote=False),
            status,
        )
        self.changes.tell()
        return comment

    async def answer_by_hand(self, comment: Comment | str, words: str) -> Comment:
        return await self.post("us", words, reply_to=comment)

    async def edit(self, comment: Comment | str, words: str) -> None:
        self._find(comment).content = escape(words, quote=False)
        self.changes.tell()

    async def move(self, comment: Comment | str, status: str) -> None:
        """The owner approves it, holds it, calls it spam, or puts it into the trash."""
        self._find(comment).status = status
        self.changes.tell()

    async def delete(self, comment: Comment | str) -> None:
        """For good: what stood below it moves up a level, as 6.5 was seen to do."""
        gone = self._find(comment)
        for one in self.world.comments.values():
            if one.parent == gone.id:
                one.parent = gone.parent
        del self.world.comments[gone.id]
        self.changes.tell()

    # Reading

    def replies_to(self, comment: Comment | str) -> list[Comment]:
        id = comment.id if isinstance(comment, Comment) else int(comment)
        return [one for one in self.world.comments.values() if one.parent == id and one.status in ("approved", "hold")]

    def posted_by_us(self) -> list[Comment]:
        return [one for one in self.world.comments.values() if one.ours and one.status == "approved"]

    def seen(self, comment: Comment) -> str:
        return typed(comment.content)

    def streams(self) -> int:
        """Whether anybody listens: how often comments were asked for."""
        return self.asked

    def _by(self, answer: Answer, where: Where) -> Answer:
        async def enter(request: web.Request) -> web.StreamResponse:
            call = None
            if where is Where.PUBLISH:
                call = PublishCall(self.world.clock(), str((await request.json()).get("content", "")))
                self.publish_calls.append(call)
            response = await self._struck(request, answer, self.faults.strike(where), call)
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
                return _no(Refusal(403, "rest_comment_closed"))
            case Fault.FLOOD:
                return _no(Refusal(400, "comment_flood"))
            case Fault.THROTTLE:
                assert active is not None
                return web.Response(status=429, headers={"Retry-After": str(int(active.seconds))})
            case Fault.FAIL_BEFORE | Fault.FAIL_AFTER:
                assert active is not None
                if active.fault is Fault.FAIL_AFTER:
                    await self._answered(request, answer)
                return web.Response(
                    status=active.status, text="<p>There has been a critical error.", content_type="text/html"
                )
            case Fault.ACCEPT_LATE:
                assert active is not None
                await request.read()
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
        if self.faults.on(Fault.NONSENSE) and request.method == "GET":
            return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")
        try:
            return await answer(request)
        except Refusal as no:
            return _no(no)

    def _known(self, request: web.Request) -> bool:
        """Whether the call carries our application password. Spaces in it do not matter."""
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return False
        return (user, password.replace(" ", "")) == (self.username, self.password.replace(" ", ""))

    def _edits(self, request: web.Request) -> bool:
        """Whether the call asks for what only moderators see, and may."""
        if request.query.get("context") != "edit":
            return False
        if not self._known(request):
            raise Refusal(401, "rest_forbidden_context")
        if not self.moderates:
            raise Refusal(403, "rest_forbidden_context")
        return True

    # For people

    async def _blog(self, request: web.Request) -> web.Response:
        """The post that an address of a comment leads to, with what stands under it."""
        page = request.query.get("p", "")
        standing = [one for one in self.world.comments.values() if str(one.page) == page and one.status == "approved"]
        said = "".join(
            f'<article id="comment-{one.id}"><b>{escape("Acme" if one.ours else one.author)}</b>{rendered(one.content)}'
            "</article>"
            for one in standing
        )
        return web.Response(
            text=f"<!doctype html><meta charset=utf-8><title>A blog</title><h1>How to ride a bike</h1>{said}",
            content_type="text/html",
        )

    # The API

    async def _me(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise Refusal(401, "rest_not_logged_in")
        rights = {"moderate_comments": True} if self.moderates else {}
        link = f"{self.base_url}/author/acme"
        return web.json_response({"id": US, "name": "Acme", "slug": "acme", "link": link, "capabilities": rights})

    async def _list(self, request: web.Request) -> web.Response:
        self.asked += 1
        edit, query = self._edits(request), request.query
        if query.get("status", "approve") != "approve" and not (self._known(request) and self.moderates):
            raise Refusal(403 if self._known(request) else 401, "rest_forbidden_param")
        size, number = int(query.get("per_page", "10")), int(query.get("page", "1"))
        if not 1 <= size <= 100:
            raise Refusal(400, "rest_invalid_param")
        found = list(self.world.chosen(query.get))
        some = found[(number - 1) * size : number * size]
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
        return web.json_response([self.world.shape(one, edit=edit) for one in some], headers=headers)

    async def _one(self, request: web.Request) -> web.Response:
        comment = self.world.find(int(request.match_info["id"]))
        edit = self._edits(request)
        if comment.status != "approved" and not (self._known(request) and self.moderates):
            raise Refusal(403 if self._known(request) else 401, "rest_cannot_read")
        return web.json_response(self.world.shape(comment, edit=edit))

    async def _page(self, request: web.Request) -> web.Response:
        id = int(request.match_info["id"])
        status = self.world.pages.get(id)
        if status in (None, "trash") or "/pages/" in request.path:
            raise Refusal(404, "rest_post_invalid_id")
        return web.json_response({"id": id, "comment_status": status})

    async def _write(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise Refusal(401, "rest_comment_login_required")
        asked = await request.json()
        hold = self.faults.on(Fault.HOLD)
        comment = self.world.write(int(asked["post"]), int(asked.get("parent", 0)), str(asked["content"]), hold=hold)
        return web.json_response(self.world.shape(comment, edit=True), status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise Refusal(401, "rest_cannot_edit")
        comment = self.world.find(int(request.match_info["id"]))
        content = str((await request.json())["content"])
        self.world.check(content)
        comment.content = content
        return web.json_response(self.world.shape(comment, edit=True))

    async def _delete(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise Refusal(401, "rest_cannot_delete")
        comment = self.world.find(int(request.match_info["id"]))
        if comment.status == "trash":
            raise Refusal(410, "rest_already_trashed")
        comment.status = "trash"
        return web.json_response(self.world.shape(comment, edit=True))

    # Inside

    def _find(self, comment: Comment | str) -> Comment:
        return comment if isinstance(comment, Comment) else self.world.comments[int(comment)]


def _no(no: Refusal) -> web.Response:
    return web.json_response(no.body(), status=no.status)
