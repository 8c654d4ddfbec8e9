"""The door of the server: faults, tokens, rate limits, parameters, and errors as XRPC words them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.bluesky.faults import Active, Fault, Where
from sandbox.bluesky.lexicon import Rejected
from sandbox.bluesky.server import Family, PublishCall, Server, Standing
from sandbox.serving import drop

Answer = Callable[["Call"], Awaitable[dict[str, object] | None]]


@dataclass(slots=True)
class Call:
    """A call that got in."""

    request: web.Request
    body: Mapping[str, object]
    publish: PublishCall | None = None

    def need(self, name: str) -> str:
        value = self.request.query.get(name)
        if not value:
            raise Rejected(400, "InvalidRequest", f'Error: Params must have the property "{name}"')
        return value

    def get(self, name: str) -> str | None:
        return self.request.query.get(name)

    def all(self, name: str, *, most: int) -> list[str]:
        values = self.request.query.getall(name, [])
        if len(values) > most:
            raise Rejected(400, "InvalidRequest", f"Error: {name} must not have more than {most} elements")
        return values

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        value = self.request.query.get(name)
        if value is None:
            return default
        if not value.isdecimal() or not least <= int(value) <= most:
            raise Rejected(400, "InvalidRequest", f"Error: {name} must be an integer from {least} to {most}")
        return int(value)

    def text(self, name: str) -> str:
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise Rejected(400, "InvalidRequest", f'Input must have the property "{name}"')
        return value


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method of XRPC. `open`: without an access token. `input`: takes a body; `raw`: as bytes, whatever they are."""

    method: str
    name: str
    answer: Answer
    where: Where
    open: bool = False
    input: bool = True
    family: Family = Family.API
    points: int = 1
    raw: bool = False


def enter_by(server: Server, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind the door."""

    async def enter(request: web.Request) -> web.StreamResponse:
        standing = server.count(endpoint.family, endpoint.points)
        if standing.left < 0:
            return _with(refusal(Rejected(429, "RateLimitExceeded", "Rate Limit Exceeded")), standing)
        try:
            if not endpoint.open:
                server.check_access(request.headers.get("Authorization", ""))
            call = Call(request, await _body(request, endpoint))
        except Rejected as no:
            return _with(refusal(no), standing)
        response = await _pass(server, endpoint, call)
        if call.publish is not None and not call.publish.answered:
            call.publish.answered = str(response.status)
        return _with(response, standing)

    return enter


async def _body(request: web.Request, endpoint: Endpoint) -> Mapping[str, object]:
    raw = await request.read()
    if endpoint.raw:
        return {}
    if endpoint.method == "GET" or not endpoint.input:
        if raw:
            raise Rejected(400, "InvalidRequest", "A request body was provided when none was expected")
        return {}
    if request.content_type != "application/json":
        raise Rejected(400, "InvalidRequest", f"Wrong request encoding (Content-Type): {request.content_type}")
    try:
        body: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise Rejected(400, "InvalidRequest", "The request body is no JSON") from None
    if not isinstance(body, dict):
        raise Rejected(400, "InvalidRequest", "Input must be an object")
    return body


async def _pass(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    if endpoint.where is Where.PUBLISH:
        call.publish = PublishCall(server.world.clock(), str(call.body.get("rkey", "")), call.body)
        server.publish_calls.append(call.publish)
    active = server.faults.strike(endpoint.where)
    if active is None:
        return await _answer(server, endpoint, call)
    server.world.changes.tell()
    return await _STRIKES[active.fault](server, endpoint, call, active)


async def _answer(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    try:
        body = await endpoint.answer(call)
    except Rejected as no:
        if call.publish is not None:
            call.publish.error = no.name
        return refusal(no)
    return web.Response(status=200) if body is None else web.json_response(body)


# One function a fault that strikes.


async def _accept_and_drop(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, to, call)
    return _note_and_drop(call, "dropped")


async def _accept_and_hang(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, to, call)
    return await _hang(server, to, call, active)


async def _hang(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    if call.publish is not None:
        call.publish.answered = "hung"
        server.world.changes.tell()
    try:
        async with asyncio.timeout(active.seconds):
            await server.released.wait()
    except TimeoutError:
        pass
    return drop(call.request)


async def _accept_late(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    async def later() -> None:
        await asyncio.sleep(active.seconds)
        await _answer(server, to, call)

    server.later(later())
    return _note_and_drop(call, "dropped")


async def _fail_before(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    return failure(active.status)


async def _fail_after(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, to, call)
    return failure(active.status)


async def _throttle(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    until = int(server.world.clock().timestamp() + active.seconds)
    return _with(refusal(Rejected(429, "RateLimitExceeded", "Rate Limit Exceeded")), Standing(3000, 0, until, 300))


async def _refuse(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    name = active.error or "InvalidRequest"
    if call.publish is not None:
        call.publish.error = name
    return refusal(Rejected(active.status, name, "Invalid app.bsky.feed.post record: Record is not acceptable"))


_STRIKES = {
    Fault.ACCEPT_AND_DROP: _accept_and_drop,
    Fault.ACCEPT_AND_HANG: _accept_and_hang,
    Fault.ACCEPT_LATE: _accept_late,
    Fault.HANG: _hang,
    Fault.FAIL_BEFORE: _fail_before,
    Fault.FAIL_AFTER: _fail_after,
    Fault.THROTTLE: _throttle,
    Fault.REFUSE: _refuse,
}


def refusal(no: Rejected) -> web.Response:
    return web.json_response({"error": no.name, "message": no.message}, status=no.status)


def failure(status: int) -> web.Response:
    """What a proxy in front of a server that fails says: HTML, not JSON."""
    return web.Response(status=status, content_type="text/html", text="<!DOCTYPE html><title>Bad Gateway</title>")


def _note_and_drop(call: Call, answered: str) -> web.Response:
    if call.publish is not None:
        call.publish.answered = answered
    return drop(call.request)


def _with(response: web.StreamResponse, standing: Standing) -> web.StreamResponse:
    """Rate limits on every answer; those that are there already stay."""
    for name, value in standing.headers().items():
        response.headers.setdefault(name, value)
    return response
