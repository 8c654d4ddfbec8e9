"""What an HTTP outcome means: over real connections to a server that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from adapters import http
from adapters.errors import AuthFailed, Lost, Reason, Refused, Throttled, Unreachable
from adapters.http import Http
from adapters.waits import read_moment, read_wait

LIMIT = timedelta(seconds=5)
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[Http]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with Http(base, headers={"Authorization": "Bearer t"}, retry_pause=timedelta(milliseconds=1)) as client:
        try:
            yield client
        finally:
            await client.close()
            await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.INVALID),
        (401, Reason.AUTH),
        (403, Reason.NOT_ALLOWED),
        (404, Reason.GONE),
        (410, Reason.GONE),
        (422, Reason.INVALID),
    ],
)
async def test_a_no_is_a_refusal_with_the_servers_words(status: int, reason: Reason) -> None:
    async def no(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "Text is too long"}, status=status)

    async with serving(no) as client:
        with pytest.raises(Refused) as caught:
            await client.write_once("POST", "/x", body={}, limit=LIMIT)
    assert caught.value.reason is reason
    assert "Text is too long" in caught.value.sentence


@pytest.mark.parametrize("status", [301, 302, 307, 408, 409, 425, 500, 502, 503, 504])
async def test_whatever_is_no_clear_no_is_lost_and_sent_once(status: int) -> None:
    calls = []

    async def unclear(request: web.Request) -> web.StreamResponse:
        calls.append(request.method)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with serving(unclear) as client:
        for method in ("POST", "PUT", "DELETE"):
            with pytest.raises(Lost):
                await client.write_once(method, "/x", body={}, limit=LIMIT)
    assert calls == ["POST", "PUT", "DELETE"]


async def test_a_line_that_drops_is_lost_and_the_call_is_not_repeated() -> None:
    calls = []

    async def drop(request: web.Request) -> web.StreamResponse:
        calls.append(await request.read())
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with serving(drop) as client:
        for method in ("POST", "PUT", "DELETE"):
            with pytest.raises(Lost):
                await client.write_once(method, "/x", body={"a": 1}, limit=LIMIT)
    assert len(calls) == 3


async def test_every_write_has_a_connection_of_its_own() -> None:
    ports = []

    async def remember(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.json_response({})

    async with serving(remember) as client:
        for _ in range(4):
            await client.write_once("PUT", "/x", body={}, limit=LIMIT)
    assert len(set(ports)) == 4


async def test_a_write_ends_in_time_even_if_the_answer_trickles() -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1_000):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    async with serving(trickle) as client:
        began = asyncio.get_running_loop().time()
        with pytest.raises(Lost):
            await client.write_once("POST", "/x", body={}, limit=timedelta(seconds=0.5))
        assert asyncio.get_running_loop().time() - began < 30


async def test_a_connection_that_could_not_be_opened_is_a_certain_no(unused_tcp_port: int) -> None:
    async with Http(f"http://127.0.0.1:{unused_tcp_port}", headers={}) as client:
        with pytest.raises(Throttled) as caught:
            await client.write_once("POST", "/x", body={}, limit=LIMIT)
    assert caught.value.until > datetime.now(UTC)


async def test_throttled_says_until_when_and_holds_back_what_follows() -> None:
    calls = []

    async def later(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        return web.json_response({}, status=429, headers={"Retry-After": "40"})

    async with serving(later) as client:
        for _ in range(2):
            with pytest.raises(Throttled) as caught:
                await client.write_once("POST", "/x", body={}, limit=LIMIT)
            assert timedelta(seconds=30) < caught.value.until - datetime.now(UTC) <= timedelta(seconds=40)
        with pytest.raises(Throttled):
            await client.get("/y")
    assert calls == ["/x"]


async def test_reading_leaves_a_reserve_for_replies() -> None:
    async def nearly_used_up(request: web.Request) -> web.StreamResponse:
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "60"}
        return web.json_response({}, headers=headers)

    async with serving(nearly_used_up) as client:
        await client.get("/a")
        with pytest.raises(Throttled):
            await client.get("/b")
        assert (await client.write_once("POST", "/x", body={}, limit=LIMIT)).good


async def test_reading_is_tried_again_and_then_unreachable() -> None:
    answers = [503, 500, 200]

    async def shaky(request: web.Request) -> web.StreamResponse:
        return web.json_response({}, status=answers.pop(0) if answers else 503)

    async with serving(shaky) as client:
        assert (await client.get("/a")).good
        with pytest.raises(Unreachable):
            await client.get("/a")


async def test_reading_with_a_dead_token_says_so() -> None:
    async def no(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "The access token is invalid"}, status=401)

    async with serving(no) as client:
        with pytest.raises(AuthFailed):
            await client.get("/a")


async def test_the_token_follows_no_redirect() -> None:
    async def away(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/elsewhere")

    async with serving(away) as client:
        with pytest.raises(Unreachable, match="redirects"):
            await client.get("/a")


async def test_a_huge_answer_is_not_taken_in() -> None:
    async def huge(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(http.LARGEST_ANSWER // 2**20 + 2):
            await response.write(b" " * 2**20)
        return response

    async with serving(huge) as client:
        with pytest.raises(Unreachable):
            await client.get("/a")
        with pytest.raises(Lost):
            await client.write_once("POST", "/x", body={}, limit=timedelta(seconds=10))


@pytest.mark.parametrize(
    "spelling",
    ["2026-11-21T12:00:40.000000Z", "2026-11-21T13:00:40+01:00", "1795262440", "40", "Sat, 21 Nov 2026 12:00:40 GMT"],
)
def test_a_moment_is_read_in_every_spelling_seen(spelling: str) -> None:
    assert read_moment(spelling, NOW) == NOW + timedelta(seconds=40)


def test_no_header_makes_us_wait_for_ever() -> None:
    assert read_wait({"retry-after": "9999999"}, NOW) == NOW + timedelta(hours=1)
    assert read_wait({"retry-after": "soon"}, NOW) is None
