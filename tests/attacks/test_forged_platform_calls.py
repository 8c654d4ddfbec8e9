"""Calls to `/hooks/{account}/…` that no platform made, or made for somebody else: nothing of them is heard."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from tests.attacks.hooked import ODD, call, meta_calls, town_on
from tests.stories.test_facebook import PageTown
from tests.stories.test_instagram import GramTown
from tests.stories.test_threads import ThreadsTown
from tests.stories.test_x import XTown
from tests.stories.town import Town


@pytest.fixture
async def x(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[XTown]:
    async with town_on("x", tmp_path, sqlite_template) as made:
        yield cast(XTown, made)


@pytest.fixture
async def page(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[PageTown]:
    async with town_on("facebook", tmp_path, sqlite_template) as made:
        yield cast(PageTown, made)


@pytest.fixture
async def gram(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[GramTown]:
    async with town_on("instagram", tmp_path, sqlite_template) as made:
        yield cast(GramTown, made)


@pytest.fixture
async def strings(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ThreadsTown]:
    async with town_on("threads", tmp_path, sqlite_template) as made:
        yield cast(ThreadsTown, made)


async def x_calls(here: XTown, body: bytes, *, signature: str | None = None, **headers: str) -> int:
    signed = {"x-twitter-webhooks-signature": here.square.hooks.sign(body) if signature is None else signature}
    return (await call(here, "acme/x", body, signed | headers))[0]


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


async def strangers(here: Town, good: bytes) -> None:
    """What anybody may try at the address: none of it counts, and none of it is taken for Meta's."""
    square: Any = here.square  # one of Meta's
    sign, token = square.server.sign, square.server.verify_token
    spelled = json.dumps(json.loads(good), indent=1).encode()  # the same words, but it is the bytes that are signed
    forged = ["", "sha256=", sign(good + b" "), sign(good).replace("sha256=", "sha1="), sign(good).upper(), "sha256=ä"]
    for one in forged:
        assert await meta_calls(here, good, signature=one) == 403, one
    assert await meta_calls(here, spelled, signature=sign(good)) == 403
    for query in (
        {"hub.mode": "subscribe", "hub.challenge": "<script>", "hub.verify_token": "guessed"},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "\ufffd"},
        {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": token},
    ):
        assert await call(here, "acme/", None, {}, **query) == (403, "not our verify token")
    for method in ("PUT", "DELETE", "PATCH"):
        url = f"http://127.0.0.1:{here.port}/hooks/acme/"
        async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
            assert answer.status == 405


async def odd_and_signed(here: Town, good: bytes, tries: list[tuple[bytes, set[int]]]) -> None:
    """Signed all of them, and refused or passed over; then the good one is heard, once, however often it comes."""
    tries = [
        *tries,
        (b"[" * 100_000, {400}),
        (b"9" * 5000, {400}),
        (b"\xff\xfe{\x00}\x00", {400}),
        (b" " * 10_000_000, {413}),
        (b"[]", {400}),
        (b"{}", {400}),
        (b"", {400}),
    ]
    wrong = {body[:60]: status for body, right in tries if (status := await meta_calls(here, body)) not in right}
    assert wrong == {}
    for kind in ("text/html", "multipart/form-data", "application/x-www-form-urlencoded"):
        assert await meta_calls(here, good, **{"Content-Type": kind}) == 200
    await here.card("the real one")
    assert len(here.slack.messages(here.room)) == 1
    assert here.in_store("xylophone") == []


async def test_what_a_page_is_told_counts_with_its_own_secret_and_for_itself_alone(page: PageTown) -> None:
    await page.square.post("Lea", "the real one")
    (good,) = page.square.webhooks
    await strangers(page, good)
    other = json.loads(good)
    other["entry"][0]["id"] = str(ODD)  # another Page of the same app
    elsewhere = json.loads(good) | {"object": "instagram"}
    await odd_and_signed(
        page,
        good,
        [
            (json.dumps(other).replace("the real one", "xylophone").encode(), {200}),
            (json.dumps(elsewhere).replace("the real one", "xylophone").encode(), {200}),
            (good.replace(b'"page"', b'"page", "object": "user"', 1).replace(b"the real one", b"xylophone"), {200}),
            (b'{"object": "page", "entry": ' + b"[" * 50_000, {400}),
            (b'{"object": "page", "entry": [{"id": ' + b"9" * 5000 + b"}]}", {400}),
            (b'{"object": "page", "entry": [null, 1, [], {"id": 1e999}]}', {200}),
        ],
    )


async def test_what_an_instagram_account_is_told_counts_with_its_own_secret_and_for_itself_alone(
    gram: GramTown,
) -> None:
    await gram.square.post("lea", "the real one")
    (good,) = gram.square.webhooks
    await strangers(gram, good)
    told = json.loads(good)

    def changed(**parts: object) -> bytes:
        """The same call with another entry, about a xylophone."""
        entry = {**told["entry"][0], **parts}
        return json.dumps(told | {"entry": [entry]}).replace("the real one", "xylophone").encode()

    (change,) = told["entry"][0]["changes"]
    value = change["value"]
    await odd_and_signed(
        gram,
        good,
        [
            (changed(id=str(ODD)), {200}),  # another account of the same app
            (changed(id=ODD - 1), {200}),
            (good.replace(b'"instagram"', b'"page"', 1).replace(b"the real one", b"xylophone"), {200}),
            (changed(changes=[change | {"field": "story_insights"}]), {200}),
            (changed(changes=[change | {"field": "\x00comments"}]), {200}),
            (changed(changes=[change | {"value": value | {"id": None}}]), {200}),
            (changed(changes=[change | {"value": value | {"id": "../../me?fields=access_token"}}]), {200}),
            (changed(changes=[change | {"value": value | {"id": 1.5}}]), {200}),
            (changed(changes=[change | {"value": value | {"text": ["xylophone"]}}]), {200}),
            (changed(changes=[change | {"value": value | {"parent_id": {}}}]), {200}),
            (changed(changes=[change | {"value": "xylophone"}], time="yesterday"), {200}),
            (changed(changes={"0": change}), {200}),
            (changed(changes=[{"field": "mentions", "value": {"media_id": "1_2", "comment_id": "x"}}]), {200}),
            (changed(changes=[], messaging=[{"sender": {"id": "1"}, "message": {"mid": 7}}]), {200}),
            (b'{"object": "instagram", "entry": [null, 1, [], {"id": 1e999}]}', {200}),
            (b'{"object": "instagram", "entry": {}}', {400}),
        ],
    )


async def test_what_threads_tells_counts_with_its_own_secret_and_for_the_account_alone(strings: ThreadsTown) -> None:
    await strings.square.post("lea", "@acme the real one")
    (good,) = strings.square.webhooks
    await strangers(strings, good)
    told = json.loads(good)

    def changed(field: str = "mentions", **parts: object) -> bytes:
        """The same call about another post, with a xylophone."""
        value = {**told["values"]["value"], "id": str(ODD), "text": "@acme xylophone", **parts}
        return json.dumps(told | {"values": {"value": value, "field": field}}).encode()

    elsewhere = {"id": "4711", "owner_id": "1", "username": "other_brand"}
    await odd_and_signed(
        strings,
        good,
        [
            (changed(text="@other_brand xylophone"), {200}),  # another account of the same app
            (changed(text="@acme_too xylophone, and mail@acme"), {200}),
            (changed(text="xylophone", replied_to={"id": "4711"}, root_post=elsewhere), {200}),
            (changed("publish"), {200}),
            (changed("follows"), {200}),
            (changed("Mentions"), {200}),
            (changed("delete", id=["4711"]), {200}),
            (changed("delete", id="4711"), {200}),
            (changed(id=None), {200}),
            (changed(id=1e300), {200}),
            (changed(username=""), {200}),
            (changed(timestamp="yesterday"), {200}),
            (changed(text={"xylophone": 1}), {200}),
            (changed(replied_to={"id": {}}), {200}),
            (json.dumps(told | {"values": [None, 1, [], "xylophone", {"field": 7}]}).encode(), {200}),
            (json.dumps(told | {"values": None}).encode(), {200}),
            (json.dumps({"object": "instagram", "entry": []}).encode(), {400}),
        ],
    )
