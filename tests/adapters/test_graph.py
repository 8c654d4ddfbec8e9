"""Meta's Graph API: what its errors mean, its usage headers, its lists, its proof; over real connections."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.errors import AuthFailed, Lost, Malformed, PlatformError, Reason, Refused, Throttled, Unreachable
from adapters.graph import (
    Graph,
    NotOffered,
    NotPermitted,
    NotThere,
    Usage,
    judge,
    proof_of,
    read_error,
    read_page,
    read_usage,
)
from adapters.http import Answer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMIT = timedelta(seconds=2)


def error(code: int, subcode: int = 0, **more: object) -> dict[str, object]:
    return {
        "error": {"message": "Some words", "type": "OAuthException", "code": code, "error_subcode": subcode, **more}
    }


@asynccontextmanager
async def serving(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], *, app_secret: str = ""
) -> AsyncIterator[Graph]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    async def token() -> str:
        return "the token"

    graph = Graph(f"http://127.0.0.1:{runner.addresses[0][1]}", version="v26.0", token=token, app_secret=app_secret)
    try:
        yield graph
    finally:
        await graph.close()
        await runner.cleanup()


# Each row: an error's code and subcode, with which status, and what it means for a write and for a read.
WRITES: tuple[tuple[int, int, int, type[PlatformError], Reason | None], ...] = (
    (1, 0, 500, Lost, None),
    (2, 0, 503, Lost, None),
    (2, 0, 400, Lost, None),
    (4, 0, 403, Throttled, None),
    (17, 0, 400, Throttled, None),
    (32, 0, 400, Throttled, None),
    (613, 0, 400, Throttled, None),
    (80001, 0, 400, Throttled, None),
    (4, 0, 429, Throttled, None),
    (10, 0, 403, Refused, Reason.NOT_ALLOWED),
    (10, 2018278, 400, Refused, Reason.CLOSED),
    (100, 0, 400, Refused, Reason.INVALID),
    (100, 33, 400, Refused, Reason.GONE),
    (190, 463, 401, Refused, Reason.AUTH),
    (200, 0, 403, Refused, Reason.NOT_ALLOWED),
    (299, 0, 403, Refused, Reason.NOT_ALLOWED),
    (368, 0, 400, Refused, Reason.NOT_ALLOWED),
    (506, 0, 400, Lost, None),
    (551, 0, 400, Refused, Reason.NOT_ALLOWED),
    (803, 0, 404, Refused, Reason.GONE),
    (10900, 0, 400, Lost, None),
    (77777, 0, 400, Refused, Reason.OTHER),
    (77777, 0, 500, Lost, None),
)


@pytest.mark.parametrize(("code", "subcode", "status", "kind", "reason"), WRITES)
def test_what_an_error_says_about_a_write(
    code: int, subcode: int, status: int, kind: type[PlatformError], reason: Reason | None
) -> None:
    found = judge(Answer(status, {}, error(code, subcode), True), NOW)
    assert type(found) is kind
    assert getattr(found, "reason", None) is reason
    if isinstance(found, Refused) and reason is not Reason.AUTH:
        assert found.sentence.endswith("It says: Some words")


def test_a_transient_error_may_have_done_its_work() -> None:
    assert isinstance(judge(Answer(400, {}, error(77777, is_transient=True), True), NOW), Lost)


def test_without_an_error_of_metas_the_status_says_it() -> None:
    assert isinstance(judge(Answer(502, {}, "<html>", False), NOW), Lost)
    assert isinstance(judge(Answer(404, {}, "", False), NOW), Refused)


def test_a_limit_says_when_it_ends() -> None:
    usage = {"123": [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 7}]}
    headers = {"x-business-use-case-usage": json.dumps(usage)}
    found = judge(Answer(400, headers, error(80001), True), NOW)
    assert isinstance(found, Throttled)
    assert found.until == NOW + timedelta(minutes=7)


@pytest.mark.parametrize(
    ("code", "subcode", "status", "kind"),
    [
        (100, 33, 400, NotThere),
        (803, 0, 404, NotThere),
        (10, 0, 403, NotPermitted),
        (200, 0, 403, NotPermitted),
        (12, 0, 400, NotOffered),
        (190, 460, 400, AuthFailed),
        (190, 463, 401, AuthFailed),
        (4, 0, 403, Throttled),
        (77777, 0, 400, Unreachable),
    ],
)
async def test_what_an_error_says_about_a_read(code: int, subcode: int, status: int, kind: type[PlatformError]) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(error(code, subcode), status=status)

    async with serving(answer) as graph:
        with pytest.raises(kind) as caught:
            await graph.get("/me")
    assert type(caught.value) is kind


async def test_every_call_carries_token_and_proof_and_no_address_carries_the_token() -> None:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return web.json_response({"id": "1"})

    async with serving(answer, app_secret="shh") as graph:
        await graph.get("/me", [("fields", "id")])
        assert await graph.write("POST", "/1/comments", {"message": "hello"}, limit=LIMIT) == {"id": "1"}
    for request in seen:
        assert request.path.startswith("/v26.0/")
        assert request.headers["Authorization"] == "Bearer the token"
        assert request.query["appsecret_proof"] == proof_of("the token", "shh")
        assert "token" not in request.query_string


async def test_a_list_is_read_to_its_end_page_by_page_and_never_the_same_page_twice() -> None:
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(dict(request.query))
        at = int(request.query.get("after", "0"))
        following = f"https://graph.facebook.com/v26.0/x/feed?access_token=SECRET&limit=2&after={min(at + 1, 2)}"
        return web.json_response({"data": [at], "paging": {"next": following}})

    async with serving(answer) as graph:
        pages = [list(items) async for items in graph.pages("/x/feed", [("limit", "2")])]
    assert pages == [[0], [1], [2]]
    assert not any("access_token" in query for query in asked)


async def test_where_the_limit_is_near_only_replies_go_on_and_asking_slows_down() -> None:
    percent = 10

    async def answer(request: web.Request) -> web.StreamResponse:
        usage = json.dumps({"call_count": percent, "total_time": 3, "total_cputime": 1})
        return web.json_response({"id": "1"}, headers={"X-App-Usage": usage})

    async with serving(answer) as graph:
        await graph.get("/me")
        assert graph.slowness == 1
        percent = 90
        await graph.get("/me")
        assert graph.slowness == 3
        percent = 97
        await graph.get("/me")
        with pytest.raises(Throttled):
            await graph.get("/me")
        percent = 100
        await graph.write("POST", "/1/comments", {}, limit=LIMIT)
        with pytest.raises(Throttled):
            await graph.write("POST", "/1/comments", {}, limit=LIMIT)


async def test_an_answer_that_was_taken_and_says_nothing_is_lost() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(True)

    async with serving(answer) as graph:
        with pytest.raises(Lost):
            await graph.write("POST", "/1/comments", {}, limit=LIMIT)


async def test_a_success_with_an_error_inside_is_no_success() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(error(368))

    async with serving(answer) as graph:
        with pytest.raises(Refused):
            await graph.write("POST", "/1/comments", {}, limit=LIMIT)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "error_subcode", "message", "paging", "next", "data", "call_count", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(value=anything)
def test_any_json_is_an_error_a_page_a_usage_or_named(value: object) -> None:
    read_error(value)
    usage = read_usage({"x-app-usage": json.dumps(value), "x-business-use-case-usage": "{"})
    assert usage is None or (usage.percent >= 0 and usage.regain >= timedelta(0))
    judge(Answer(400, {"x-app-usage": json.dumps(value)}, value, True), NOW)
    try:
        read_page(value)
    except Malformed:
        pass


def test_usage_is_the_worst_of_what_is_said() -> None:
    said = {
        "x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":40}',
        "x-business-use-case-usage": '{"9":[{"type":"pages","call_count":60,"estimated_time_to_regain_access":0}]}',
    }
    assert read_usage(said) == Usage(60, timedelta(0))
    assert read_usage({}) is None
