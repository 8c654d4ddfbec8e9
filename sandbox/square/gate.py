"""The door of the server: cuts, faults, tokens, rate limits, and errors as the server words them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.serving import drop
from sandbox.square.calls import Params, PublishCall, read_params
from sandbox.square.faults import Active, Fault, Where
from sandbox.square.limits import Family, Standing
from sandbox.square.server import Server
from sandbox.square.world import Rejected

Answer = Callable[["Call"], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Call:
    """A call that got in. `known`: it carries the account's token."""

    request: web.Request
    params: Params
    known: bool
    publish: PublishCall | None = None

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the API. `scope` None: anybody may call it."""

    method: str
    path: str
    answer: Answer
    scope: str | None = None
    where: Where | None = None
    family: Family = Family.API


def enter_by(server: Server, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind the door."""

    async def enter(request: web.Request) -> web.StreamResponse:
        try:
            known = check_token(server, request.headers.get("Authorization", ""), endpoint.scope)
        except Rejected as no:
            return refusal(server, no)
        standing = server.limits.count(endpoint.family, server.world.clock())
        if standing.left < 0:
            return with_headers(server, refusal(server, Rejected(429, "Too many requests")), standing)
        try:
            call = Call(request, await read_params(request), known)
        except Rejected as no:
            return with_headers(server, refusal(server, no), standing)
        response = await _pass(server, endpoint, call)
        if call.publish is not None and not call.publish.answered:
            call.publish.answered = str(response.status)
        return with_headers(server, response, standing)

    return enter


async def _pass(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    if endpoint.where is Where.PUBLISH:
        call.publish = PublishCall(
            server.world.clock(), call.request.headers.get("Idempotency-Key"), call.params.as_json()
        )
        server.publish_calls.append(call.publish)
    active = server.faults.strike(endpoint.where) if endpoint.where is not None else None
    if active is None:
        return await _answer(server, endpoint, call)
    server.world.changes.tell()
    return await _STRIKES[active.fault](server, endpoint, call, active)


async def _answer(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    try:
        return await endpoint.answer(call)
    except Rejected as no:
        if call.publish is not None:
            call.publish.error = no.error
        return refusal(server, no)


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
    return failure(active.status, active.error)


async def _fail_after(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, to, call)
    return failure(active.status, active.error)


async def _throttle(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    response = refusal(server, Rejected(429, active.error or "Too many requests"))
    return with_headers(server, response, Standing(300, 0, server.after(active.seconds)))


async def _refuse(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    error = active.error or REFUSALS.get(active.status, "Unprocessable Content")
    if call.publish is not None:
        call.publish.error = error
    return refusal(server, Rejected(active.status, error))


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

REFUSALS = {
    401: "The access token is invalid",
    403: "This action is not allowed",
    404: "Record not found",
    422: "Validation failed: Text is not acceptable",
}


def check_token(server: Server, authorization: str, scope: str | None) -> bool:
    """Whether the account's token came. A wrong one, or none where one is needed, is refused."""
    if not authorization and scope is None:
        return False
    if authorization != f"Bearer {server.token}":
        raise Rejected(401, "The access token is invalid")
    if scope is not None and not {scope, scope.split(":", 1)[0]} & server.scopes:
        raise Rejected(403, "This action is outside the authorized scopes")
    return True


def refusal(server: Server, no: Rejected) -> web.Response:
    """The error as this server writes it. The odd one writes 400, and plain text to a bad token."""
    if server.faults.on(Fault.ODD_ERRORS) and no.status in (401, 422):
        if no.status == 401:
            return web.Response(status=400, text="bad token\n")
        return web.json_response({"error": no.error}, status=400)
    return web.json_response({"error": no.error}, status=no.status)


def failure(status: int, error: str | None) -> web.Response:
    """What a proxy in front of a server that fails says: HTML, not JSON."""
    text = error or "We're sorry, but something went wrong on our end."
    return web.Response(status=status, content_type="text/html", text=f"<!DOCTYPE html><title>{text}</title>")


def _note_and_drop(call: Call, answered: str) -> web.Response:
    if call.publish is not None:
        call.publish.answered = answered
    return drop(call.request)


def with_headers(server: Server, response: web.StreamResponse, standing: Standing) -> web.StreamResponse:
    """Rate limits on every answer; those that are there already stay."""
    for name, value in standing.headers(unix=server.faults.on(Fault.UNIX_RESET)).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
