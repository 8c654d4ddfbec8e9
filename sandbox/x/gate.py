"""The door of the server: faults, who calls, rate limits, parameters, and errors as X words them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from aiohttp import web

from sandbox.serving import drop
from sandbox.x.faults import Active, Fault, Where
from sandbox.x.problems import Rejected, invalid
from sandbox.x.server import PublishCall, Server, Standing

Answer = Callable[["Call"], Awaitable[dict[str, object]]]


@dataclass(slots=True)
class Call:
    """A call that got in."""

    request: web.Request
    body: Mapping[str, object]
    publish: PublishCall | None = None

    def get(self, name: str) -> str | None:
        return self.request.query.get(name)

    def ids(self, name: str, *, most: int) -> list[str]:
        ids = (self.get(name) or "").split(",")
        wrong = next((one for one in ids if not (one.isdecimal() and len(one) <= 19)), None)
        if wrong is not None:
            raise invalid(f"The `{name}` query parameter value [{wrong}] is not valid")
        if len(ids) > most:
            raise invalid(f"size must be between 1 and {most}")
        return ids

    def id(self, name: str) -> int:
        value = self.get(name)
        if value is None:
            return 0
        if not value.isdecimal() or len(value) > 19:
            raise invalid(f"The `{name}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$")
        return int(value)

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        value = self.get(name) or str(default)
        if not value.isdecimal() or not least <= int(value) <= most:
            raise invalid(f"The `{name}` query parameter value [{value}] is not between {least} and {most}")
        return int(value)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the API. `takes`: the parameters it knows besides those for fields."""

    method: str
    path: str
    kind: str
    answer: Answer
    where: Where = Where.READ
    takes: tuple[str, ...] = ()
    good: int = 200


# What every reading call may name: openapi.json 2.159 and 2.167.
FIELDS = frozenset(
    {"tweet.fields", "post.fields", "user.fields", "media.fields", "poll.fields", "place.fields", "expansions"}
)


def enter_by(server: Server, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind the door."""

    async def enter(request: web.Request) -> web.StreamResponse:
        standing = server.count(endpoint.kind)
        if standing.left < 0:
            return _with(refusal(Rejected(429, "Too Many Requests", title="Too Many Requests")), standing)
        # What was signed: our own address, also where the server is mounted under a path of it.
        address = urljoin(server.shapes.base, request.path)
        try:
            server.check(request.method, address, list(request.query.items()), request.headers.get("Authorization", ""))
            call = Call(request, await _body(request, endpoint))
        except Rejected as no:
            return _with(refusal(no), standing)
        response = await _pass(server, endpoint, call)
        if call.publish is not None and not call.publish.answered:
            call.publish.answered = str(response.status)
        return _with(response, standing)

    return enter


async def _body(request: web.Request, endpoint: Endpoint) -> Mapping[str, object]:
    known = {*endpoint.takes, *(FIELDS if endpoint.method == "GET" else ())}
    for name in request.query:
        if name not in known:
            raise invalid(f"The query parameter [{name}] is not one of [{','.join(sorted(known))}]")
    raw = await request.read()
    if endpoint.method != "POST":
        return {}
    if request.content_type != "application/json":
        raise Rejected(415, "The content type has to be application/json", title="Unsupported Media Type")
    try:
        body: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise invalid("Requests with bodies must have content-type of application/json.") from None
    if not isinstance(body, dict):
        raise invalid("$: must be an object")
    return body


async def _pass(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    if endpoint.where is Where.PUBLISH:
        call.publish = PublishCall(server.world.clock(), call.body)
        server.publish_calls.append(call.publish)
    active = server.faults.strike(endpoint.where)
    if active is None:
        return await _answer(endpoint, call)
    server.world.changes.tell()
    return await _STRIKES[active.fault](server, endpoint, call, active)


async def _answer(endpoint: Endpoint, call: Call) -> web.StreamResponse:
    try:
        body = await endpoint.answer(call)
    except Rejected as no:
        if call.publish is not None:
            call.publish.error = no.detail
        return refusal(no)
    return web.json_response(body, status=endpoint.good)


# One function a fault that strikes.


async def _accept_and_drop(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(to, call)
    return _note_and_drop(call, "dropped")


async def _accept_and_hang(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(to, call)
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
        await _answer(to, call)

    server.later(later())
    return _note_and_drop(call, "dropped")


async def _fail_before(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    return failure(active.status)


async def _fail_after(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(to, call)
    return failure(active.status)


async def _throttle(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    until = int(server.world.clock().timestamp() + active.seconds)
    no = Rejected(429, "Too Many Requests", title="Too Many Requests")
    return _with(refusal(no), Standing(100, 0, until))


async def _refuse(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    detail = active.error or "You are not permitted to perform this action."
    if call.publish is not None:
        call.publish.error = detail
    return refusal(Rejected(active.status, detail))


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
    return web.json_response(no.as_json(), status=no.status, content_type="application/problem+json")


def failure(status: int) -> web.Response:
    """What a proxy in front of a server that fails says: no JSON."""
    return web.Response(status=status, content_type="text/html", text="<!DOCTYPE html><title>Over capacity</title>")


def _note_and_drop(call: Call, answered: str) -> web.Response:
    if call.publish is not None:
        call.publish.answered = answered
    return drop(call.request)


def _with(response: web.StreamResponse, standing: Standing) -> web.StreamResponse:
    """Rate limits on every answer; those that are there already stay."""
    for name, value in standing.headers().items():
        response.headers.setdefault(name, value)
    return response
