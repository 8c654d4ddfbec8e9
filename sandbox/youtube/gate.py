"""The door of the API: faults, tokens, the quota, parameters, and errors as YouTube words them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.serving import drop
from sandbox.youtube.faults import Active, Fault, Where
from sandbox.youtube.refusal import Rejected, failure, refusal
from sandbox.youtube.server import PublishCall, Server

Answer = Callable[["Call"], Awaitable[dict[str, object] | None]]
#: Parameters that every method takes (the discovery document).
COMMON = frozenset({"access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint", "quotaUser"})


@dataclass(slots=True)
class Call:
    """A call that got in."""

    request: web.Request
    body: Mapping[str, object]
    publish: PublishCall | None = None

    def get(self, name: str) -> str | None:
        return self.request.query.get(name)

    def parts(self, known: set[str]) -> set[str]:
        """`part`, which may be given once with commas, or several times."""
        given = {one for value in self.request.query.getall("part", []) for one in value.split(",") if one}
        if not given:
            raise Rejected(400, "missingRequiredParameter", "No filter selected. Required parameter: part")
        if not given <= known:
            raise Rejected(400, "unknownPart", f"{', '.join(sorted(given - known))}")
        return given

    def ids(self, name: str = "id", *, most: int = 50) -> list[str]:
        given = [one for value in self.request.query.getall(name, []) for one in value.split(",") if one]
        if len(given) > most:
            raise Rejected(400, "invalidFilters", f"The request specifies too many values for {name}.")
        return given

    def one_of(self, *names: str) -> str:
        """The one filter that is given."""
        given = [name for name in names if name in self.request.query]
        if not given:
            raise Rejected(400, "missingRequiredParameter", f"No filter selected. Expected one of: {', '.join(names)}")
        if len(given) > 1:
            raise Rejected(400, "incompatibleParameters", f"Incompatible parameters: {', '.join(given)}")
        return given[0]

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        value = self.request.query.get(name)
        if value is None:
            return default
        if not value.isdecimal() or not least <= int(value) <= most:
            raise Rejected(400, "invalidParameter", f"Invalid value '{value}'. Values must be in [{least}, {most}]")
        return int(value)

    def choice(self, name: str, *known: str) -> str:
        value = self.request.query.get(name, known[0])
        if value not in known:
            raise Rejected(400, "invalidParameter", f"Invalid string value: '{value}'. Allowed values: {list(known)}")
        return value

    def snippet(self) -> Mapping[str, object]:
        found = self.body.get("snippet")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method by its documented name: what it costs, and which parameters it knows."""

    method: str
    name: str
    answer: Answer
    where: Where
    knows: frozenset[str]
    units: int = 1
    input: bool = False

    @property
    def path(self) -> str:
        return f"/youtube/v3/{self.name.partition('.')[0]}"


def enter_by(server: Server, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind the door."""

    async def enter(request: web.Request) -> web.StreamResponse:
        try:
            server.check_access(request.headers.get("Authorization", ""))
            server.pay(endpoint.name, endpoint.units)
            unknown = set(request.query) - endpoint.knows - COMMON
            if unknown:
                raise Rejected(400, "badRequest", f'Unknown name "{sorted(unknown)[0]}": Cannot bind query parameter.')
            call = Call(request, await _body(request, endpoint))
        except Rejected as no:
            return refusal(no)
        response = await _pass(server, endpoint, call)
        if call.publish is not None and not call.publish.answered:
            call.publish.answered = str(response.status)
        return response

    return enter


async def _body(request: web.Request, endpoint: Endpoint) -> Mapping[str, object]:
    raw = await request.read()
    if not endpoint.input:
        return {}
    if request.content_type != "application/json":
        raise Rejected(415, "badContent", "Unsupported content with type: " + request.content_type)
    try:
        body: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise Rejected(400, "parseError", "Parse Error") from None
    if not isinstance(body, dict):
        raise Rejected(400, "parseError", "Invalid JSON payload received.")
    return body


async def _pass(server: Server, endpoint: Endpoint, call: Call) -> web.StreamResponse:
    if endpoint.where is Where.PUBLISH:
        call.publish = PublishCall(server.world.clock(), call.body)
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
            call.publish.error = no.reason
        return refusal(no)
    return web.Response(status=204) if body is None else web.json_response(body)


# One function a fault that strikes.


async def _accept_and_drop(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, to, call)
    return _note_and_drop(call)


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
    return _note_and_drop(call)


async def _fail_before(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    return failure(active.status)


async def _fail_after(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, to, call)
    return failure(active.status)


async def _throttle(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    response = refusal(Rejected(active.status, "rateLimitExceeded", "Rate Limit Exceeded"))
    response.headers["Retry-After"] = f"{active.seconds:g}"
    return response


async def _refuse(server: Server, to: Endpoint, call: Call, active: Active) -> web.StreamResponse:
    reason = active.error or "invalidCommentMetadata"
    if call.publish is not None:
        call.publish.error = reason
    said = "The request metadata is invalid. See the <code>comment</code> resource."
    return refusal(Rejected(active.status, reason, said))


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


def _note_and_drop(call: Call) -> web.Response:
    if call.publish is not None:
        call.publish.answered = "dropped"
    return drop(call.request)
