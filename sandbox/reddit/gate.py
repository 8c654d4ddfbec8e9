"""The door of the server: the name of the app, tokens, limits, forms, faults, and errors as Reddit words them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.reddit.faults import Active, Fault, Where
from sandbox.reddit.server import Bearer, FormError, PublishCall, Rejected, Server
from sandbox.serving import drop

Answer = Callable[["Call"], Awaitable[object]]
_AGENT = re.compile(r"[\w-]+:[\w.-]+:[\w.-]+ \(by /u/[\w-]+\)")


@dataclass(slots=True)
class Call:
    """A call that got in."""

    request: web.Request
    bearer: Bearer
    form: Mapping[str, str] = field(default_factory=dict)
    publish: PublishCall | None = None

    def get(self, name: str) -> str | None:
        return self.request.query.get(name) or None

    def part(self, name: str) -> str:
        return self.request.match_info[name]

    def number(self, name: str, *, default: int, most: int) -> int:
        """Reddit takes what it can of a number, and never says that it could not."""
        value = self.request.query.get(name, "")
        return max(1, min(int(value), most)) if value.isdecimal() else default


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the API."""

    method: str
    path: str
    answer: Answer
    where: Where = Where.READ
    ours: bool = True  # only with a token of an account


def enter_by(server: Server, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind the door."""

    async def enter(request: web.Request) -> web.StreamResponse:
        check_agent(server, request)
        left, headers = server.count()
        try:
            if left < 0:
                raise Rejected(429, "Too Many Requests")
            bearer = server.bearer(request.headers.get("Authorization", ""))
            if endpoint.ours and not bearer.ours:
                raise Rejected(403, "Forbidden")
            if server.faults.on(Fault.SUSPENDED) and endpoint.path != "/api/v1/me":
                raise Rejected(403, "Forbidden")
            call = Call(request, bearer, await _form(request))
        except Rejected as no:
            return _with(refusal(no), headers)
        response = await _pass(server, endpoint, call)
        if call.publish is not None and not call.publish.answered:
            call.publish.answered = str(response.status)
        return _with(response, headers)

    return enter


def check_agent(server: Server, request: web.Request) -> None:
    """Whoever does not say who they are is slowed down to nothing."""
    agent = request.headers.get("User-Agent", "")
    server.agents.add(agent)
    if not _AGENT.fullmatch(agent):
        raise web.HTTPTooManyRequests(text="<!doctype html><title>Too Many Requests</title>", content_type="text/html")


async def _form(request: web.Request) -> Mapping[str, str]:
    """What a form says; JSON says nothing here."""
    if request.method == "GET":
        return {}
    return {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


async def _pass(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    if endpoint.where is Where.PUBLISH:
        call.publish = PublishCall(server.world.clock(), call.form)
        server.publish_calls.append(call.publish)
    if endpoint.where is Where.READ and server.faults.on(Fault.NONSENSE):
        return web.Response(text="<!doctype html><title>Our CDN was unable to reach our servers</title>")
    active = server.faults.strike(endpoint.where)
    if active is None:
        return await _answer(server, endpoint, call)
    server.world.changes.tell()
    return await _STRIKES[active.fault](server, endpoint, call, active)


async def _answer(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    try:
        return web.json_response(await endpoint.answer(call))
    except Rejected as no:
        return refusal(no)
    except FormError as no:
        if call.publish is not None:
            call.publish.error = no.code
        return form_refusal(no)


def refusal(no: Rejected) -> web.Response:
    return web.json_response(no.body(), status=no.status)


def form_refusal(no: FormError, *, seconds: float | None = None) -> web.Response:
    """Status 200 all the same."""
    said: dict[str, object] = {"errors": [[no.code, no.words, no.field]]}
    return web.json_response({"json": said if seconds is None else {"ratelimit": seconds, **said}})


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
    response = refusal(Rejected(429, "Too Many Requests"))
    response.headers["x-ratelimit-remaining"] = "0.0"
    response.headers["x-ratelimit-reset"] = str(int(active.seconds))
    return response


async def _pace(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    minutes = int(active.seconds // 60)
    wait = f"{minutes} minutes" if minutes else f"{int(active.seconds)} seconds"
    words = f"Looks like you've been doing that a lot. Take a break for {wait} before trying again."
    return form_refusal(FormError("RATELIMIT", words, "ratelimit"))


async def _refuse(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    no = FormError(active.error or "SUBREDDIT_NOTALLOWED", "you aren't allowed to do that", "thing_id")
    if call.publish is not None:
        call.publish.error = no.code
    return form_refusal(no)


_STRIKES = {
    Fault.ACCEPT_AND_DROP: _accept_and_drop,
    Fault.ACCEPT_AND_HANG: _accept_and_hang,
    Fault.ACCEPT_LATE: _accept_late,
    Fault.HANG: _hang,
    Fault.FAIL_BEFORE: _fail_before,
    Fault.FAIL_AFTER: _fail_after,
    Fault.THROTTLE: _throttle,
    Fault.PACE: _pace,
    Fault.REFUSE: _refuse,
}


def failure(status: int) -> web.Response:
    """What a proxy in front of a server that fails says: HTML, not JSON."""
    return web.Response(status=status, content_type="text/html", text="<!DOCTYPE html><title>Unavailable</title>")


def _note_and_drop(call: Call, answered: str) -> web.Response:
    if call.publish is not None:
        call.publish.answered = answered
    return drop(call.request)


def _with(response: web.StreamResponse, headers: Mapping[str, str]) -> web.StreamResponse:
    """Where the limits stand, on every answer; what is there already stays."""
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
