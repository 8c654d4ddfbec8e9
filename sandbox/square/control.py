"""The control interface: people act as customers and make the server misbehave. Not Mastodon's."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.guard import LocalOnly
from sandbox.square.calls import read_json
from sandbox.square.faults import FAULTS, Fault, Where
from sandbox.square.world import Rejected, Status, Visibility

if TYPE_CHECKING:
    from sandbox.square.standin import SquareStandIn

_ALIVE_SECONDS = 15.0
Act = Callable[[Mapping[str, object]], Awaitable[object]]


class Control:
    """What the page and the tests of other processes call, under `control/`."""

    def __init__(self, square: "SquareStandIn") -> None:
        self._square = square
        self._acts: Mapping[str, Act] = {
            "post": self.post,
            "edit": self.edit,
            "delete": self.delete,
            "answer_by_hand": self.answer_by_hand,
            "person": self.person,
            "fault": self.fault,
            "faults/clear": self.clear,
        }

    def routes(self) -> list[web.RouteDef]:
        guard = LocalOnly()
        return [
            web.get("/control/state", guard(self.state)),
            web.get("/control/faults", guard(self.faults)),
            web.get("/control/stream", guard(self.stream)),
            *(web.post(f"/control/{name}", guard(self._acting(act))) for name, act in self._acts.items()),
        ]

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return web.json_response(await act(await read_json(request)))
            except Rejected as no:
                return web.json_response({"error": no.error}, status=no.status)
            except (ValueError, KeyError) as wrong:
                return web.json_response({"error": str(wrong)}, status=422)

        return answer

    async def state(self, request: web.Request) -> web.Response:
        """`?last=N`: how many statuses, 200 unless told."""
        last = request.query.get("last", "")
        return web.json_response(self._square.state(last=int(last)) if last.isdecimal() else self._square.state())

    async def faults(self, request: web.Request) -> web.Response:
        """Every fault there is, for menus."""
        table = {
            fault.value: {
                "does": kind.does,
                "strikes": kind.strikes,
                "seconds": kind.seconds,
                "status": kind.status,
            }
            for fault, kind in FAULTS.items()
        }
        return web.json_response(table)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """`event: change` with the version, at once and after each change; quick ones fold into one."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        changes, closing = self._square.changes, self._square.closing
        version = -1
        try:
            while not closing.is_set():
                if changes.version > version:
                    version = changes.version
                    await response.write(f"event: change\ndata: {json.dumps({'version': version})}\n\n".encode())
                try:
                    async with asyncio.timeout(_ALIVE_SECONDS):
                        await changes.after(version)
                except TimeoutError:
                    await response.write(b": alive\n\n")
        except ConnectionError:
            pass
        return response

    async def post(self, body: Mapping[str, object]) -> object:
        media = body.get("media") or []
        status = await self._square.post(
            _text(body, "author"),
            _text(body, "words"),
            reply_to=_maybe(body, "reply_to"),
            visibility=Visibility(_maybe(body, "visibility") or "public"),
            cw=_maybe(body, "cw"),
            media=[str(one) for one in media] if isinstance(media, list) else [],
            language=_maybe(body, "language"),
            display_name=_maybe(body, "display_name"),
            followers=_number(body, "followers"),
        )
        return self._shown(status)

    async def edit(self, body: Mapping[str, object]) -> object:
        return self._shown(await self._square.edit(_text(body, "id"), _text(body, "words"), cw=_maybe(body, "cw")))

    async def answer_by_hand(self, body: Mapping[str, object]) -> object:
        return self._shown(await self._square.answer_by_hand(_text(body, "id"), _text(body, "words")))

    async def delete(self, body: Mapping[str, object]) -> object:
        await self._square.delete(_text(body, "id"))
        return {"deleted": body["id"]}

    async def person(self, body: Mapping[str, object]) -> object:
        followed, limited = body.get("followed"), body.get("limited")
        person = self._square.person(
            _text(body, "handle"),
            display_name=_maybe(body, "display_name"),
            followers=_number(body, "followers"),
            followed=followed if isinstance(followed, bool) else None,
            limited=limited if isinstance(limited, bool) else None,
        )
        return self._square.server.shapes.account(person)

    async def fault(self, body: Mapping[str, object]) -> object:
        seconds = body.get("seconds")
        active = self._square.fault(
            Fault(_text(body, "fault")),
            times=_number(body, "times"),
            seconds=float(seconds) if isinstance(seconds, (int, float)) else None,
            status=_number(body, "status"),
            where=Where(_maybe(body, "where") or "publish"),
            error=_maybe(body, "error"),
        )
        return active.as_json()

    async def clear(self, body: Mapping[str, object]) -> object:
        name = _maybe(body, "fault")
        self._square.clear_faults(Fault(name) if name else None)
        return {"faults": self._square.server.faults.as_json()}

    def _shown(self, status: Status) -> object:
        return self._square.server.shapes.status(status)


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is missing or no text")
    return value


def _maybe(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    return str(value) if value else None


def _number(body: Mapping[str, object], name: str) -> int | None:
    value = body.get(name)
    return value if isinstance(value, int) else None
