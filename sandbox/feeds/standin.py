"""A blog on a port of its own: posts with pages, a feed with ETag, pages that say whatever a test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from html import escape

from aiohttp import web

from sandbox.feeds.forms import Form, Line, written
from sandbox.guard import Handler
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes, Watched

SHOWN = 200  # items in the feed


class Fault(StrEnum):
    """How the blog misbehaves, until cleared."""

    CUT_OFF = "cut_off"  # closes every connection
    BROKEN = "broken"  # the feed ends in the middle of its oldest item
    NONSENSE = "nonsense"  # HTML instead of the feed, with status 200
    MOVED = "moved"  # the feed lives at /new from now on (301)
    LENT = "lent"  # the feed is at /new today (302)
    ENDED = "ended"  # 410
    BUSY = "busy"  # 429 with Retry-After


@dataclass(slots=True)
class Entry:
    id: str
    author: str
    words: str
    at: datetime
    title: str = ""
    edited_at: datetime | None = None
    picture: str | None = None
    left: bool = False  # newer ones took its place in the feed
    gone: bool = False


class Blog(Watched):
    """`feed` is the address of its feed; `pages` holds what else stands there: a path, its status and its HTML."""

    def __init__(self, *, form: Form = Form.RSS) -> None:
        self.form = form
        self.base_url = "http://127.0.0.1"
        self.entries: dict[str, Entry] = {}
        self.pages: dict[str, tuple[int, str]] = {}
        self.faults: set[Fault] = set()
        self.changes = Changes()
        self.asked: list[str] = []  # paths, in order
        self.unchanged = 0  # how often the feed was answered with 304

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["Blog"]:
        """On a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with serving(one.app(), port) as one.base_url:
            yield one

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._door])
        app.router.add_get("/feed", self._feed)
        app.router.add_get("/new", self._feed)
        app.router.add_get("/posts/{id}", self._post)
        app.router.add_get("/{path:.*}", self._page)
        return app

    @property
    def feed(self) -> str:
        return f"{self.base_url}/feed"

    @property
    def publish_calls(self) -> list[object]:
        """Nobody can post here."""
        return []

    # As its author

    async def post(
        self,
        author: str,
        words: str,
        *,
        title: str = "",
        at: datetime | None = None,
        picture: str | None = None,
    ) -> Entry:
        id = f"tag:blog.example,2026:{len(self.entries) + 1}"
        entry = Entry(id, author, words, at or datetime.now(UTC), title, picture=picture)
        self.entries[id] = entry
        self.changes.tell()
        return entry

    async def edit(self, entry: Entry | str, words: str) -> None:
        found = self._find(entry)
        found.words, found.edited_at = words, max(datetime.now(UTC), found.at + timedelta(seconds=1))
        self.changes.tell()

    async def delete(self, entry: Entry | str) -> None:
        self._find(entry).gone = True
        self.changes.tell()

    def page(self, path: str, html: str, *, status: int = 200) -> str:
        """Puts a page; its address."""
        self.pages[path] = (status, html)
        return f"{self.base_url}/{path}"

    def address(self, entry: Entry | str) -> str:
        return f"{self.base_url}/posts/{self._find(entry).id.rpartition(':')[2]}"

    # As the world around

    def fault(self, fault: Fault | str, *, seconds: float | None = None) -> None:
        self.faults.add(Fault(fault))
        self.changes.tell()

    def clear_faults(self, fault: Fault | str | None = None) -> None:
        self.faults = set() if fault is None else self.faults - {Fault(fault)}
        self.changes.tell()

    def posted_by_us(self) -> list[Entry]:
        return []

    def streams(self) -> int:
        return len(self.asked)

    # Its pages

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if Fault.CUT_OFF not in self.faults:
            return await handler(request)
        self._note(request)
        return drop(request)

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        if request.path == "/feed" and self.faults & {Fault.MOVED, Fault.LENT}:
            status = 301 if Fault.MOVED in self.faults else 302
            return web.Response(status=status, headers={"Location": "/new"})
        if Fault.ENDED in self.faults:
            return web.Response(status=410)
        if Fault.BUSY in self.faults:
            return web.Response(status=429, headers={"Retry-After": "1"})
        if Fault.NONSENSE in self.faults:
            return web.Response(text="<!doctype html><title>Welcome</title><p>No feed here.", content_type="text/html")
        lines = [self._line(one) for one in self.entries.values() if not (one.left or one.gone)]
        kind, document = written(self.form, self.base_url, lines[::-1][:SHOWN])
        body = document.encode()
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            self.unchanged += 1
            return web.Response(status=304, headers={"ETag": tag})
        if Fault.BROKEN in self.faults:
            body = body[: body.rindex(b"<item>") + 20]
        return web.Response(body=body, content_type=kind, charset="utf-8", headers={"ETag": tag})

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        entry = self.entries.get(f"tag:blog.example,2026:{request.match_info['id']}")
        if entry is None or entry.gone:
            return web.Response(status=404 if entry is None else 410)
        return web.Response(text=f"<title>A blog</title><p>{escape(entry.words)}", content_type="text/html")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        status, html = self.pages.get(request.match_info["path"], (404, ""))
        if status == 0:  # never answers
            await asyncio.Event().wait()
        return web.Response(status=status, text=html, content_type="text/html")

    def _note(self, request: web.Request) -> None:
        self.asked.append(request.path)
        self.changes.tell()

    def _line(self, entry: Entry) -> Line:
        html = f"<p>{escape(entry.words)}</p>"
        page = self.address(entry)
        return Line(entry.id, page, entry.author, html, entry.at, entry.edited_at, entry.title, entry.picture)

    def _find(self, entry: Entry | str) -> Entry:
        return entry if isinstance(entry, Entry) else self.entries[entry]
