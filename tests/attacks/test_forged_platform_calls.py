"""Calls to `/hooks/{account}/…` that no platform made, or made for somebody else: nothing of them is heard."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from sandbox.facebook import PageStandIn
from sandbox.slack import SlackStandIn
from sandbox.x import XStandIn
from tests.stories.test_facebook import PageTown
from tests.stories.test_x import XTown, started
from tests.stories.town import Town

#: A number that a reader of doubles would take for its neighbour.
ODD = 2**53 + 1


@pytest.fixture
async def x(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[XTown]:
    """X and a bot that asks at its start and then once an hour."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with XStandIn.serve(rate_limit=100_000) as square, SlackStandIn.serve() as slack:
        made = XTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]  # the square
        made.account_settings |= {"consumer_key": f'"{square.server.consumer_key}"', "poll": '"1h"'}
        try:
            yield await started(made)
        finally:
            await made.stop()


@pytest.fixture
async def page(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[PageTown]:
    """A Page and a bot that asks at its start and then once an hour."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with PageStandIn.serve() as square, SlackStandIn.serve() as slack:
        made = PageTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]  # the square
        made.account_settings |= {"poll": '"1h"', "streaming": "false"}
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def call(here: Town, path: str, body: bytes | None, headers: Mapping[str, str], **query: str) -> tuple[int, str]:
    """Status and words of the answer; a GET where there is no body."""
    url = f"http://127.0.0.1:{here.port}/hooks/{path}"
    method = "GET" if body is None else "POST"
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(
            method, url, data=None if body is None else io.BytesIO(body), headers=headers, params=query
        ) as answer,
    ):
        return answer.status, await answer.text()


async def x_calls(here: XTown, body: bytes, *, signature: str | None = None, **headers: str) -> int:
    signed = {"x-twitter-webhooks-signature": here.square.hooks.sign(body) if signature is None else signature}
    return (await call(here, "acme/x", body, signed | headers))[0]


async def meta_calls(here: PageTown, body: bytes, *, signature: str | None = None, **headers: str) -> int:
    signed = {"X-Hub-Signature-256": here.square.server.sign(body) if signature is None else signature}
    return (await call(here, "acme/", body, signed | headers))[0]


async def spoken(here: XTown, words: str) -> bytes:
    """A call about a post that was not told yet."""
    post = await here.square.post("lea", words, tell=False)
    return here.square.hooks.spoken("post.mention.create", post)


async def test_a_challenge_of_xs_signs_no_call_for_whoever_asks(x: XTown) -> None:
    """X's challenges are answered as its calls are signed, with one secret: who may ask for one has the other."""
    body = await spoken(x, "@acme forged xylophone")
    status, said = await call(x, "acme/x", None, {}, crc_token="YmVmb3JlLTQ3MTE=")
    assert (status, json.loads(said)) == (200, {"response_token": x.square.hooks.sign(b"YmVmb3JlLTQ3MTE=")})
    spellings = (body.decode(), f" {body.decode()}", body.decode().replace('"data"', '"d\\u0061ta"'), "{}")
    for asked in (*spellings, "\ufeff{}", "\x00{\x00}"):
        status, said = await call(x, "acme/x", None, {}, crc_token=asked)
        assert (status, said) == (400, "")


async def test_what_x_tells_another_account_of_the_app_is_not_ours(x: XTown) -> None:
    body = json.loads(await spoken(x, "@other_brand their xylophone"))
    body["data"]["filter"]["user_id"] = str(ODD)
    assert await x_calls(x, json.dumps(body).encode()) == 200
    assert await x_calls(x, await spoken(x, "@acme the real one")) == 200
    await x.card("the real one")
    assert len(x.slack.messages(x.room)) == 1
    assert x.in_store("xylophone") == []


async def test_odd_bodies_from_x_are_refused_and_the_next_one_is_heard(x: XTown) -> None:
    good = await spoken(x, "@acme the real one")
    sign = x.square.hooks.sign
    forged = ("", "sha256=", sign(good)[:-4] + "AAA=", sign(good + b" "), sign(good).replace("sha256", "sha1"))
    for one in forged:
        assert await x_calls(x, good, signature=one) == 403, one
    doubled = good.replace(b'"event_type"', b'"event_type": "post.delete", "event_type"', 1)
    tries: list[tuple[bytes, set[int]]] = [
        (b"[" * 100_000, {400}),
        (b'{"data":' * 50_000 + b"1" + b"}" * 50_000, {400}),
        (b'{"data": {"event_type": "post.delete", "payload": {"id": ' + b"9" * 5000 + b"}}}", {400}),
        (b'{"data": {"event_type": "post.delete", "payload": {"id": "' + b"9" * 300 + b'"}}}', {200, 400}),
        (b'{"data": {"event_type": "post.delete", "payload": {"id": 1e400}}}', {400}),
        (b'{"data": {"event_type": "post.delete", "payload": {"id": NaN}}}', {400}),
        (b'{"data": {"event_type": "post.delete", "payload": {"id": "%d"}}}' % ODD, {200}),
        (b'{"data": {"event_type": "\\ud800", "filter": {"user_id": ["a"]}}}', {200}),
        (b"\xff\xfe{\x00}\x00", {400}),
        (b"{}", {400}),
        (b"", {400}),
        (b" " * 10_000_000, {413}),
        (doubled, {200}),
    ]
    wrong = {body[:60]: status for body, right in tries if (status := await x_calls(x, body)) not in right}
    assert wrong == {}
    assert await x_calls(x, gzip.compress(b" " * 50_000_000), **{"Content-Encoding": "gzip"}) in {400, 403, 413}
    for kind in ("text/html", "multipart/form-data", "application/json; charset=utf-7", "%"):
        assert await x_calls(x, good, **{"Content-Type": kind}) == 200
    await x.card("the real one")
    assert len(x.slack.messages(x.room)) == 1


async def test_what_a_page_is_told_counts_with_its_own_secret_and_for_itself_alone(page: PageTown) -> None:
    await page.square.server.verify()
    page.square.call_back(None)
    await page.square.post("Lea", "the real one")
    (good,) = page.square.webhooks
    sign = page.square.server.sign
    for one in (
        "",
        "sha256=",
        sign(good + b" "),
        sign(good).replace("sha256=", "sha1="),
        sign(good).upper(),
        "sha256=ä",
    ):
        assert await meta_calls(page, good, signature=one) == 403, one
    for query in (
        {"hub.mode": "subscribe", "hub.challenge": "<script>", "hub.verify_token": "guessed"},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {
            "hub.mode": "subscribe",
            "hub.challenge": "1",
            "hub.verify_token": "\ud800".encode("utf-8", "replace").decode(),
        },
        {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": page.square.server.verify_token},
    ):
        assert await call(page, "acme/", None, {}, **query) == (403, "not our verify token")
    for method in ("PUT", "DELETE", "PATCH"):
        url = f"http://127.0.0.1:{page.port}/hooks/acme/"
        async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
            assert answer.status == 405
    other = json.loads(good)
    other["entry"][0]["id"] = str(ODD)  # another Page of the same app
    elsewhere = json.loads(good) | {"object": "instagram"}
    tries: list[tuple[bytes, set[int]]] = [
        (json.dumps(other).replace("the real one", "xylophone").encode(), {200}),
        (json.dumps(elsewhere).replace("the real one", "xylophone").encode(), {200}),
        (good.replace(b'"page"', b'"page", "object": "user"', 1).replace(b"the real one", b"xylophone"), {200}),
        (b"[" * 100_000, {400}),
        (b'{"object": "page", "entry": ' + b"[" * 50_000, {400}),
        (b'{"object": "page", "entry": [{"id": ' + b"9" * 5000 + b"}]}", {400}),
        (b'{"object": "page", "entry": [null, 1, [], {"id": 1e999}]}', {200}),
        (b" " * 10_000_000, {413}),
        (b"{}", {400}),
        (b"", {400}),
    ]
    wrong = {body[:60]: status for body, right in tries if (status := await meta_calls(page, body)) not in right}
    assert wrong == {}
    for kind in ("text/html", "multipart/form-data", "application/x-www-form-urlencoded"):
        assert await meta_calls(page, good, **{"Content-Type": kind}) == 200
    await page.card("the real one")
    assert len(page.slack.messages(page.room)) == 1
    assert page.in_store("xylophone") == []
