"""What the page calls for its left side: every square by its name, with its rules, and people acting as customers."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from sandbox.guard import LocalOnly
from sandbox.square.calls import read_json
from sandbox.square.world import Rejected
from sandbox.squares.contract import No, Said, Square, fitting

_ALIVE_SECONDS = 15.0
_LAST = 200
_STORM = "@storm"  # the many of a storm are not offered as people to be
Act = Callable[[Square, Mapping[str, object]], Awaitable[object]]


class SquaresControl:
    """The routes under `/control/squares`."""

    def __init__(self, squares: Sequence[Square]) -> None:
        self._squares = {square.name: square for square in squares}
        self._run = secrets.token_hex(8)
        self.closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        guard = LocalOnly()
        acts: Mapping[str, Act] = {
            "post": self.post,
            "edit": self.edit,
            "delete": self.delete,
            "answer_by_hand": self.answer_by_hand,
            "length": self.length,
        }
        return [
            web.get("/control/squares", guard(self.all)),
            web.get("/control/squares/stream", guard(self.stream)),
            web.get("/control/squares/{square}", guard(self.one)),
            *(web.post(f"/control/squares/{{square}}/{name}", guard(self._acting(act))) for name, act in acts.items()),
        ]

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            square = self._squares.get(request.match_info["square"])
            if square is None:
                return _error("There is no such square.", status=404)
            try:
                return web.json_response(await act(square, await read_json(request)))
            except No as no:
                return _error(str(no))
            except Rejected as no:
                return _error(no.error, status=no.status)

        return answer

    async def all(self, request: web.Request) -> web.Response:
        """Every square, the first first, with its rules. `run` is another at each start of the sandbox."""
        squares = [
            {"name": one.name, "title": one.title, "rules": one.rules.as_json()} for one in self._squares.values()
        ]
        return web.json_response({"run": self._run, "squares": squares})

    async def one(self, request: web.Request) -> web.Response:
        """A square's last 200 posts, oldest first, and its people."""
        square = self._squares.get(request.match_info["square"])
        if square is None:
            return _error("There is no such square.", status=404)
        posts = square.posts()
        people = dict(square.rules.people)
        people |= {one.handle: one.name for one in posts if not one.ours and not one.handle.startswith(_STORM)}
        state = {
            "name": square.name,
            "cut": square.is_cut,
            "people": list(people.items()),
            "posts": [one.as_json() for one in posts[-_LAST:]],
        }
        return web.json_response(state)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """`event: change`: what stands on each square in numbers, at once and after each change of any."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        seen: Mapping[str, int] = {}
        try:
            while not self.closing.is_set():
                now = {name: square.changes.version for name, square in self._squares.items()}
                if now != seen:
                    seen = now
                    await response.write(f"event: change\ndata: {json.dumps(self.counted())}\n\n".encode())
                elif not await self._any_change(now):
                    await response.write(b": alive\n\n")
        except ConnectionError:
            pass
        return response

    def counted(self) -> dict[str, object]:
        """Of each square: its version, how many posts stand there, and how many of them are our answers."""
        counted: dict[str, object] = {}
        for name, square in self._squares.items():
            posts = square.posts()
            answers = sum(one.ours and one.answers is not None for one in posts)
            counted[name] = {
                "version": square.changes.version,
                "posts": len(posts),
                "answers": answers,
                "cut": square.is_cut,
            }
        return counted

    async def _any_change(self, since: Mapping[str, int]) -> bool:
        waiting = [asyncio.create_task(self._squares[name].changes.after(at)) for name, at in since.items()]
        waiting.append(asyncio.create_task(self._closed()))
        try:
            done, _ = await asyncio.wait(waiting, timeout=_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return bool(done)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _closed(self) -> int:
        await self.closing.wait()
        return 0

    # Acting

    async def post(self, square: Square, body: Mapping[str, object]) -> object:
        words, warning = _text(body, "words"), _maybe(body, "warning")
        if body.get("answers") and not square.rules.may_answer:
            raise No(f"{square.title} lets only the company answer.")
        fitting(square, words, warning or "")
        pictures = body.get("pictures") or []
        said = Said(
            _text(body, "author"),
            words,
            answers=_maybe(body, "answers"),
            audience=_maybe(body, "audience"),
            warning=warning,
            pictures=[str(one) for one in pictures] if isinstance(pictures, list) else [],
            language=_maybe(body, "language"),
            name=_maybe(body, "name"),
        )
        return {"id": await square.post(said)}

    async def edit(self, square: Square, body: Mapping[str, object]) -> object:
        if not square.rules.may_edit:
            raise No(f"{square.title} lets nobody edit.")
        id, words, warning = _text(body, "id"), _text(body, "words"), _maybe(body, "warning")
        fitting(square, words, warning or "")
        await square.edit(id, words, warning=warning)
        return {"id": id}

    async def delete(self, square: Square, body: Mapping[str, object]) -> object:
        if not square.rules.may_delete:
            raise No(f"{square.title} lets nobody take anything back.")
        await square.delete(_text(body, "id"))
        return {"deleted": body["id"]}

    async def answer_by_hand(self, square: Square, body: Mapping[str, object]) -> object:
        id, words = _text(body, "id"), _text(body, "words")
        fitting(square, words)
        await square.answer_by_hand(id, words)
        return {"id": id}

    async def length(self, square: Square, body: Mapping[str, object]) -> object:
        """How long these words would be; nobody says them."""
        words = body.get("words")
        length = square.length(words if isinstance(words, str) else "", _maybe(body, "warning") or "")
        return {
            "count": length.count,
            "most": length.most,
            "unit": length.unit,
            "over": length.over,
            "says": str(length),
        }


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise No(f"{name} is missing or no text")
    return value


def _maybe(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    return str(value) if value else None


def _error(sentence: str, *, status: int = 422) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
