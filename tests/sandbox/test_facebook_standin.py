"""The stand-in of a Facebook Page keeps Meta's rules: every refusal it claims to make, provoked by a raw request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web

from sandbox.facebook import Fault, PageStandIn, Where
from sandbox.ports import free_port


@pytest.fixture
async def page() -> AsyncIterator[PageStandIn]:
    async with PageStandIn.serve() as one:
        yield one


async def ask(
    page: PageStandIn,
    method: str,
    path: str,
    body: object = None,
    *,
    token: str | None = "",
    version: str = "v26.0",
    **query: str,
) -> tuple[int, dict[str, object]]:
    """A raw call with token and proof, unless others are given; status and body."""
    server = page.server
    headers = {} if token is None else {"Authorization": f"Bearer {token or server.token}"}
    asked = {"appsecret_proof": server.proof(), **query}
    asked = {key: value for key, value in asked.items() if value != "-"}
    address = f"{page.base_url}/{version}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, address, params=asked, json=body, headers=headers) as response,
    ):
        return response.status, await response.json()


async def refused(page: PageStandIn, method: str, path: str, body: object = None, **more: str) -> tuple[int, int]:
    """Code and subcode of the refusal."""
    status, answer = await ask(page, method, path, body, **more)  # type: ignore[arg-type]
    assert status >= 400, answer
    error = answer["error"]
    assert isinstance(error, dict)
    return error["code"], error.get("error_subcode", 0)


async def test_nobody_comes_in_without_token_proof_and_version(page: PageStandIn) -> None:
    assert await refused(page, "GET", "/me", token=None) == (104, 0)  # type: ignore[arg-type]
    assert await refused(page, "GET", "/me", token="guess") == (190, 0)
    assert await refused(page, "GET", "/me", appsecret_proof="-") == (100, 0)
    assert await refused(page, "GET", "/me", appsecret_proof="0" * 64) == (100, 0)
    assert await refused(page, "GET", "/me", version="v3.1") == (2500, 0)
    page.fault(Fault.EXPIRED)
    assert await refused(page, "GET", "/me") == (190, 463)


async def test_only_fields_that_a_node_has_are_given_and_only_those_asked_for(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    assert await refused(page, "GET", f"/{comment.id}", fields="id,followers") == (100, 0)
    assert await refused(page, "GET", f"/{comment.id}", fields="id,from{id") == (2500, 0)
    assert await refused(page, "GET", f"/{comment.id}", fields="id,,") == (2500, 0)
    _, found = await ask(page, "GET", f"/{comment.id}", fields="message,from{name}")
    assert found == {"id": comment.id, "message": "help", "from": {"name": "lea"}}


async def test_what_is_not_there_is_not_told_from_what_is_not_ours(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    assert await refused(page, "GET", "/1_2") == (100, 33)
    page.block("lea")
    assert await refused(page, "GET", f"/{comment.id}") == (100, 33)
    assert await refused(page, "GET", "/", ids=f"{comment.id},1_2") == (100, 33)
    assert await refused(page, "GET", "/", ids="-") == (100, 0)
    assert await refused(page, "GET", "/me/nothing") == (2500, 0)
    assert await refused(page, "GET", "/a/b/c") == (2500, 0)
    assert await refused(page, "POST", "/me/nothing") == (2500, 0)


async def test_recommendations_are_listed_nowhere_any_more(page: PageStandIn) -> None:
    page.review("lea", "fine")
    assert await refused(page, "GET", "/me/ratings") == (12, 0)


async def test_a_list_goes_page_by_page_and_its_next_carries_a_token(page: PageStandIn) -> None:
    for number in range(5):
        await page.post("lea", f"number {number}")
    path = f"/{page.first.id}/comments"
    _, first = await ask(page, "GET", path, fields="message", limit="2", order="reverse_chronological")
    assert [one["message"] for one in first["data"]] == ["number 4", "number 3"]  # type: ignore[attr-defined]
    following = first["paging"]["next"]  # type: ignore[index]
    assert "access_token=" in following
    assert "order=reverse_chronological" in following
    assert await refused(page, "GET", path, limit="many") == (100, 0)
    assert await refused(page, "GET", path, order="sideways") == (100, 0)
    assert await refused(page, "GET", path, after="!!") == (100, 0)


async def test_comments_are_checked(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    path = f"/{comment.id}/comments"
    assert await refused(page, "POST", path, {"message": " "}) == (100, 0)
    assert await refused(page, "POST", path, {"message": "x" * 8001}) == (100, 0)
    assert await refused(page, "POST", "/1_2/comments", {"message": "x"}) == (100, 33)
    status, made = await ask(page, "POST", path, {"message": "x" * 8000})
    assert status == 200
    assert await refused(page, "POST", path, {"message": "x" * 8000}) == (506, 0)
    comment.closed = True
    assert await refused(page, "POST", path, {"message": "more"}) == (200, 0)
    assert await refused(page, "POST", f"/{comment.id}", {"message": "not mine"}) == (200, 0)
    assert await refused(page, "POST", f"/{made['id']}", {"message": ""}) == (100, 0)
    assert (await ask(page, "POST", f"/{made['id']}", {"message": "better"}))[0] == 200
    assert (await ask(page, "DELETE", f"/{made['id']}"))[0] == 200
    assert await refused(page, "DELETE", f"/{made['id']}") == (100, 33)


async def test_there_are_two_levels_of_comments_and_a_deleted_one_takes_its_answers_along(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    answer = await page.post("kim", "me too", under=comment)
    deeper = await page.post("lea", "and me", under=answer)
    assert deeper.parent is comment
    await page.delete(comment)
    assert page.replies_to(page.first) == []
    assert await refused(page, "GET", f"/{deeper.id}") == (100, 33)


async def test_a_private_reply_is_given_once_and_in_time(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    path = f"/{page.account.id}/messages"
    body = {"recipient": {"comment_id": comment.id}, "message": {"text": "Dear Lea"}}
    assert await refused(page, "POST", path, {"recipient": {}, "message": {}}) == (100, 0)
    assert await refused(page, "POST", path, {**body, "message": {"text": "x" * 2001}}) == (100, 0)
    status, made = await ask(page, "POST", path, body)
    assert status == 200
    assert made["recipient_id"] == comment.author.id
    assert await refused(page, "POST", path, body) == (10900, 0)
    old = await page.post("kim", "help")
    old.at -= timedelta(days=7, minutes=1)
    assert await refused(page, "POST", path, {**body, "recipient": {"comment_id": old.id}}) == (10903, 0)
    ours = await page.answer_by_hand(comment, "Hello")
    assert await refused(page, "POST", path, {**body, "recipient": {"comment_id": ours.id}}) == (100, 0)
    assert await refused(page, "POST", path, {**body, "recipient": {"post_id": comment.id}}) == (100, 33)


async def test_messages_keep_to_their_window(page: PageStandIn) -> None:
    message = page.write("lea", "psst")
    chat = page.world.of(message)
    path = f"/{page.account.id}/messages"
    body = {"recipient": {"id": message.author.id}, "messaging_type": "RESPONSE", "message": {"text": "Hush."}}
    assert (await ask(page, "POST", path, body))[0] == 200
    assert await refused(page, "POST", path, {**body, "messaging_type": "SHOUT"}) == (100, 0)
    assert await refused(page, "POST", path, {**body, "recipient": {"id": "5"}}) == (100, 2018001)
    assert chat.heard is not None
    chat.heard -= timedelta(hours=25)
    assert await refused(page, "POST", path, body) == (10, 2018278)
    tagged = {**body, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert (await ask(page, "POST", path, tagged))[0] == 200
    chat.heard -= timedelta(days=7)
    assert await refused(page, "POST", path, tagged) == (10, 2018278)


async def test_bodies_are_json_objects(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    assert await refused(page, "POST", f"/{comment.id}/comments", ["x"]) == (100, 0)
    headers = {"Authorization": f"Bearer {page.token}", "Content-Type": "application/json"}
    address = f"{page.base_url}/v26.0/{comment.id}/comments?appsecret_proof={page.server.proof()}"
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(address, data=b"{") as response:
            assert response.status == 400
        async with session.post(address, data=b"x=1", headers={"Content-Type": "text/plain"}) as response:
            assert response.status == 400


async def test_limits_are_told_on_every_answer_and_kept(page: PageStandIn) -> None:
    async with PageStandIn.serve(most_calls=2) as busy:
        for _ in range(2):
            assert (await ask(busy, "GET", "/me"))[0] == 200
        assert await refused(busy, "GET", "/me") == (32, 0)
        assert json.loads(busy.server.usage()["X-App-Usage"])["call_count"] == 100


async def test_faults_do_what_the_table_says(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    path = f"/{comment.id}/comments"
    page.fault(Fault.FAIL_BEFORE)
    assert await refused(page, "POST", path, {"message": "one"}) == (2, 0)
    page.fault(Fault.FAIL_AFTER)
    assert await refused(page, "POST", path, {"message": "two"}) == (2, 0)
    page.fault(Fault.REFUSE, error="368")
    assert await refused(page, "POST", path, {"message": "three"}) == (368, 0)
    page.fault(Fault.THROTTLE)
    assert await refused(page, "POST", path, {"message": "four"}) == (80001, 0)
    page.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(aiohttp.ClientError):
        await ask(page, "POST", path, {"message": "five"})
    page.fault(Fault.HANG, seconds=0.05)
    with pytest.raises(aiohttp.ClientError):
        await ask(page, "POST", path, {"message": "six"})
    page.fault(Fault.GARBLE, where=Where.READ)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|Invalid"):
        await ask(page, "GET", "/me")
    page.fault(Fault.SUSPENDED)
    assert await refused(page, "POST", path, {"message": "seven"}) == (368, 0)
    page.clear_faults()
    page.fault(Fault.CUT_OFF)
    with pytest.raises(aiohttp.ClientError):
        await ask(page, "GET", "/me")
    assert [one.words for one in page.posted_by_us()] == ["two", "five"]
    assert [call.answered for call in page.publish_calls] == ["500", "500", "400", "400", "dropped", "hung"]


async def test_webhooks_are_signed_escaped_and_sent_again_until_they_are_taken(page: PageStandIn) -> None:
    came: list[bytes] = []
    twice = asyncio.Event()
    signed: list[bool] = []

    async def take(request: web.Request) -> web.Response:
        raw = await request.read()
        came.append(raw)
        digest = hmac.new(page.server.app_secret.encode(), raw, hashlib.sha256).hexdigest()
        signed.append(request.headers["X-Hub-Signature-256"] == f"sha256={digest}")
        if len(came) == 2:
            twice.set()
        return web.Response(status=503 if len(came) == 1 else 200)

    async def check(request: web.Request) -> web.Response:
        return web.Response(text=request.query["hub.challenge"])

    app = web.Application()
    app.add_routes([web.post("/hooks", take), web.get("/hooks", check)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        page.call_back(f"http://127.0.0.1:{port}/hooks")
        assert await page.server.verify() == "1158201444"
        await page.post("lea", "grüße")
        async with asyncio.timeout(60):
            await twice.wait()
    finally:
        await runner.cleanup()
    assert came[0] == came[1]
    assert all(signed)
    assert b"gr\\u00fc\\u00dfe" in came[0]


async def test_the_sign_in_gives_a_pages_token_for_the_right_words_only(page: PageStandIn) -> None:
    """What is refused, and why; the good way is walked in tests/ops/test_connect_platforms.py."""
    base, secret, app = f"{page.base_url}/v26.0", page.server.app_secret, page.sign_in.app_id
    here = "https://care.example.com/connect/callback"
    asked = {"client_id": app, "response_type": "code", "redirect_uri": here, "scope": "pages_show_list", "state": "s"}
    async with aiohttp.ClientSession() as session:

        async def consent(**more: str) -> str | None:
            """The code; None: the dialog gives none."""
            words = {**asked, **more}
            async with session.get(f"{base}/dialog/oauth", params=words, allow_redirects=False) as answer:
                where = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
                assert where.get("state", ["s"]) == ["s"]
                return where["code"][0] if answer.status == 302 else None

        async def code_of(method: str, path: str, words: dict[str, str], token: str = "") -> tuple[int, int] | str:
            """Code and subcode of a refusal; the token that was given otherwise."""
            more = {"data": words} if method == "POST" else {"params": words}
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with session.request(method, f"{base}/{path}", headers=headers, **more) as answer:  # type: ignore[arg-type]
                body = await answer.json()
            if answer.status != 200:
                return body["error"]["code"], body["error"].get("error_subcode", 0)
            return str(body.get("access_token", ""))

        for key, wrong in (("client_id", "9"), ("response_type", "token"), ("redirect_uri", ""), ("scope", "email")):
            assert await consent(**{key: wrong}) is None, key
        words = {"client_id": app, "client_secret": secret, "redirect_uri": here, "code": await consent() or ""}
        token = "oauth/access_token"
        assert await code_of("POST", token, {**words, "client_id": "9"}) == (101, 0)
        assert await code_of("POST", token, {**words, "client_secret": "guess"}) == (1, 0)
        assert await code_of("POST", token, {**words, "code": "guess"}) == (100, 0)
        short = await code_of("POST", token, words)
        assert isinstance(short, str)
        assert await code_of("POST", token, words) == (100, 36009)
        other = {**words, "code": await consent() or "", "redirect_uri": "https://care.example.com/"}
        assert await code_of("POST", token, other) == (100, 36008)
        assert await code_of("GET", "me/accounts", {}, short) == (190, 0)
        longer = {"client_id": app, "client_secret": secret, "grant_type": "fb_exchange_token"}
        assert await code_of("GET", token, {**longer, "fb_exchange_token": "guess"}) == (190, 0)
        lasting = await code_of("GET", token, {**longer, "fb_exchange_token": short})
        assert isinstance(lasting, str)
        assert await code_of("GET", "me/accounts", {}, lasting) == (100, 0)
        assert await refused(page, "GET", "/me", token=lasting) == (190, 0)  # it is a person's, not the Page's
