"""The door of the Graph API: version, token, proof, limits, faults, and errors as Meta words them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from sandbox.graph.errors import Rejected
from sandbox.graph.faults import Active, Fault, Where
from sandbox.graph.fields import Field, read_fields
from sandbox.graph.server import GraphServer, PublishCall
from sandbox.serving import drop

VERSION = "v26.0"


@dataclass(slots=True)
class Call:
    """A call that got in. `parts` is its path behind the version."""

    request: web.Request
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, object]
    publish: PublishCall | None = None

    @property
    def method(self) -> str:
        return self.request.method

    def asked(self, *, usual: str = "id") -> Field:
        """The fields and the list's own words, as one field that was asked for."""
        own = {"fields", "access_token", "appsecret_proof", "ids"}
        words = {key: value for key, value in self.query.items() if key not in own}
        return Field("", words, read_fields(self.query.get("fields") or usual))

    def text(self, name: str) -> str:
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


Api = Callable[[Call], Awaitable[object]]
Places = Callable[[str, tuple[str, ...]], Where]


def application(
    server: GraphServer,
    api: Api,
    where: Places,
    *,
    open_paths: frozenset[str] = frozenset(),
    version: str = VERSION,
    beside: Sequence[web.RouteDef] = (),
) -> web.Application:
    """The server with its one door. `where` says what kind of call a path is; `open_paths` need no token; `beside`
    are other doors, without a version."""

    async def enter(request: web.Request) -> web.StreamResponse:
        if server.faults.on(Fault.CUT_OFF):
            return drop(request)
        inside = server.use()
        try:
            call = await _call(request, version)
            if "/".join(call.parts) not in open_paths:
                server.check(request.headers.get("Authorization", ""), call.query)
            if not inside:
                raise Rejected(32, "(#32) Page request limit reached")
            if server.faults.on(Fault.SUSPENDED) and request.method != "GET":
                raise Rejected(368, "The action attempted has been deemed abusive or is otherwise disallowed")
        except Rejected as no:
            return _with(no.answer(), server)
        response = await _pass(server, api, where(call.method, call.parts), call)
        if call.publish is not None and not call.publish.answered:
            call.publish.answered = str(response.status)
        return _with(response, server)

    app = web.Application(client_max_size=2**20)
    app.add_routes(beside)
    app.router.add_route("*", "/{path:.*}", enter)
    app.on_shutdown.append(lambda _: server.close())
    return app


async def _call(request: web.Request, version: str) -> Call:
    given, *parts = request.match_info["path"].strip("/").split("/")
    if given != version:
        raise Rejected(2500, f"Unknown path components: /{given}")
    body: object = {}
    raw = await request.read()
    if raw:
        if request.content_type != "application/json":
            raise Rejected(100, "(#100) this stand-in takes JSON")
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            raise Rejected(100, "(#100) The body is no JSON") from None
        if not isinstance(body, dict):
            raise Rejected(100, "(#100) The body must be an object")
    assert isinstance(body, dict)
    return Call(request, tuple(part for part in parts if part), dict(request.query), body)


async def _pass(server: GraphServer, api: Api, where: Where, call: Call) -> web.StreamResponse:
    if where is Where.PUBLISH:
        call.publish = PublishCall(server.clock(), "/".join(call.parts), call.body)
        server.publish_calls.append(call.publish)
    active = server.faults.strike(where)
    if active is None:
        return await _answer(server, api, call)
    server.changes.tell()
    return await _STRIKES[active.fault](server, api, call, active)


async def _answer(server: GraphServer, api: Api, call: Call) -> web.StreamResponse:
    try:
        body = await api(call)
    except Rejected as no:
        if call.publish is not None:
            call.publish.error = no.code
        return no.answer()
    if call.method != "GET":
        server.changes.tell()
    return web.json_response(body)


# One function a fault that strikes.


async def _accept_and_drop(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, api, call)
    return _note_and_drop(call, "dropped")


async def _accept_and_hang(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, api, call)
    return await _hang(server, api, call, active)


async def _hang(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    if call.publish is not None:
        call.publish.answered = "hung"
        server.changes.tell()
    try:
        async with asyncio.timeout(active.seconds):
            await server.released.wait()
    except TimeoutError:
        pass
    return drop(call.request)


async def _accept_late(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    async def later() -> None:
        await asyncio.sleep(active.seconds)
        await _answer(server, api, call)

    server.later(later())
    return _note_and_drop(call, "dropped")


async def _fail_before(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    return _failure(active).answer()


async def _fail_after(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    await _answer(server, api, call)
    return _failure(active).answer()


async def _throttle(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    minutes = max(1, round(active.seconds / 60))
    used = {"type": "pages", "call_count": 100, "total_cputime": 9, "total_time": 9}
    usage = {"1": [{**used, "estimated_time_to_regain_access": minutes}]}
    response = Rejected(80001, "(#80001) There have been too many calls to this Page account.").answer()
    response.headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
    return response


async def _refuse(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    code = int(active.error or 100)
    if call.publish is not None:
        call.publish.error = code
    return Rejected(code, f"(#{code}) The stand-in was told to refuse this", status=active.status).answer()


async def _garble(server: GraphServer, api: Api, call: Call, active: Active) -> web.StreamResponse:
    return web.Response(text='{"data": [{"id": "1', content_type="application/json")


_STRIKES = {
    Fault.ACCEPT_AND_DROP: _accept_and_drop,
    Fault.ACCEPT_AND_HANG: _accept_and_hang,
    Fault.ACCEPT_LATE: _accept_late,
    Fault.HANG: _hang,
    Fault.FAIL_BEFORE: _fail_before,
    Fault.FAIL_AFTER: _fail_after,
    Fault.THROTTLE: _throttle,
    Fault.REFUSE: _refuse,
    Fault.GARBLE: _garble,
}


def _failure(active: Active) -> Rejected:
    return Rejected(
        2,
        "An unexpected error has occurred. Please retry your request later.",
        status=active.status,
        transient=True,
    )


def _note_and_drop(call: Call, answered: str) -> web.Response:
    if call.publish is not None:
        call.publish.answered = answered
    return drop(call.request)


def _with(response: web.StreamResponse, server: GraphServer) -> web.StreamResponse:
    for name, value in server.usage().items():
        response.headers.setdefault(name, value)
    return response
