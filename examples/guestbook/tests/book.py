"""The guest book in memory: its API as its manual says, strict, and able to misbehave on command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

TOKEN = "a-token"
MOST = 1000


@dataclass
class Entry:
    number: int
    author: str
    words: str
    at: datetime
    under: int | None
    thread: int
    edited_at: datetime | None = None


class Book:
    """Call it by HTTP at `base_url`; act as its visitors by its methods."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.fault = ""  # what becomes of the next entry that is posted, or "cut_off" for everything
        self.late = 0.0
        self.calls = 0
        self.base_url = ""
        self._made = 0
        self._let_go = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def serve(cls) -> AsyncIterator[Book]:
        book = cls()
        app = web.Application(middlewares=[book._door])
        app.add_routes(
            [
                web.get("/api/me", book._me),
                web.get("/api/entries", book._list),
                web.get("/api/entries/{number}", book._one),
                web.post("/api/entries", book._post),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        book.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield book
        finally:
            book._let_go.set()
            await asyncio.gather(*book._tasks, return_exceptions=True)
            await runner.cleanup()

    def write(self, author: str, words: str, under: int | None = None) -> Entry:
        self._made += 1
        at = datetime.now(UTC) + timedelta(microseconds=self._made)
        thread = self._made if under is None else self.entries[under].thread if under in self.entries else under
        entry = Entry(self._made, author, words, at, under, thread)
        self.entries[entry.number] = entry
        return entry

    # Its API

    @web.middleware
    async def _door(self, request: web.Request, handler: object) -> web.StreamResponse:
        if self.fault == "cut_off":
            return _drop(request)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "who are you?"}, status=401)
        answer: web.StreamResponse = await handler(request)  # type: ignore[operator]
        return answer

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({"author": _author("acme")})

    async def _list(self, request: web.Request) -> web.Response:
        asked = {name: int(value) for name, value in request.query.items()}
        found = list(self.entries.values())
        if "newest" in asked:
            found = found[-asked["newest"] :]
        if "after" in asked:
            found = [one for one in found if one.number > asked["after"]][: asked["most"]]
        if "under" in asked:
            found = [one for one in found if one.under == asked["under"]]
        if "thread" in asked:
            of = self.entries.get(asked["thread"])
            found = [one for one in found if of is not None and one.thread == of.thread]
        return web.json_response({"entries": [self._shape(one) for one in found]})

    async def _one(self, request: web.Request) -> web.Response:
        entry = self.entries.get(int(request.match_info["number"]))
        return web.json_response({}, status=404) if entry is None else web.json_response(self._shape(entry))

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        fault, self.fault = self.fault, ""
        asked = await request.json()
        match fault:
            case "refuse":
                return web.json_response({"error": "not by you"}, status=403)
            case "throttle":
                return web.json_response({}, status=429, headers={"Retry-After": "30"})
            case "fail_before":
                return web.Response(status=503)
            case "accept_late":
                task = asyncio.create_task(self._later(asked))
                self._tasks.add(task)
                return _drop(request)
        if asked["under"] not in self.entries:
            return web.json_response({"error": "that entry is not there"}, status=404)
        if len(asked["words"]) > MOST:
            return web.json_response({"error": "too long"}, status=413)
        entry = self.write("acme", asked["words"], asked["under"])
        match fault:
            case "accept_and_drop":
                return _drop(request)
            case "accept_and_hang":
                await self._let_go.wait()
                return _drop(request)
            case "fail_after":
                return web.Response(status=503)
        return web.json_response(self._shape(entry), status=201)

    async def _later(self, asked: dict[str, object]) -> None:
        await asyncio.sleep(self.late)
        self.write("acme", str(asked["words"]), int(str(asked["under"])))

    def _shape(self, entry: Entry) -> dict[str, object]:
        return {
            "number": entry.number,
            "under": entry.under,
            "thread": entry.thread,
            "author": _author(entry.author),
            "words": entry.words,
            "at": entry.at.isoformat(),
            "edited_at": entry.edited_at and entry.edited_at.isoformat(),
            "url": f"{self.base_url}/#{entry.number}",
        }


def _author(handle: str) -> dict[str, object]:
    return {"handle": handle, "name": handle.capitalize()}


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
