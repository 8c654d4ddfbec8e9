"""X's stand-in is as strict as what it stands for: raw calls, each refusal as X words it. Signs for itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from sandbox.x import FAULTS, BadWebhook, Fault, Where, XStandIn

Told = tuple[int, dict[str, object], dict[str, str]]


def q(words: str) -> str:
    return quote(words, safe="-._~")


class Raw:
    """Calls as a client makes them, signed by OAuth 1.0a unless told otherwise."""

    def __init__(self, x: XStandIn, session: aiohttp.ClientSession) -> None:
        self.x = x
        self.http = session

    def sign(self, method: str, path: str, params: dict[str, str], **other: str) -> str:
        one = self.x.server
        own = {
            "oauth_consumer_key": one.consumer_key,
            "oauth_nonce": secrets.token_hex(8),
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(int(time.time())),
            "oauth_token": one.token,
            "oauth_version": "1.0",
            **other,
        }
        words = "&".join(f"{q(key)}={q(value)}" for key, value in sorted({**params, **own}.items()))
        base = f"{method}&{q(self.x.base_url + path)}&{q(words)}"
        key = f"{q(one.consumer_secret)}&{q(one.token_secret)}"
        own["oauth_signature"] = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
        return "OAuth " + ", ".join(f'{name}="{q(value)}"' for name, value in own.items())

    async def call(
        self, method: str, path: str, body: object = None, *, authorization: str | None = None, **params: str
    ) -> Told:
        given = self.sign(method, path, params) if authorization is None else authorization
        async with self.http.request(
            method, self.x.base_url + path, params=params, json=body, headers={"Authorization": given}
        ) as answer:
            raw = await answer.read()
            told = {key.lower(): value for key, value in answer.headers.items()}
            return answer.status, json.loads(raw) if raw.startswith(b"{") else {}, told

    async def reply(self, to: str, text: object = "On it.", **more: object) -> Told:
        return await self.call("POST", "/2/tweets", {"text": text, "reply": {"in_reply_to_tweet_id": to}, **more})


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    async with XStandIn.serve() as x, aiohttp.ClientSession() as session:
        yield Raw(x, session)


async def test_a_signature_is_good_for_one_call_and_a_short_time(raw: Raw) -> None:
    good = raw.sign("GET", "/2/users/me", {})
    assert (await raw.call("GET", "/2/users/me", authorization=good))[0] == 200
    assert (await raw.call("GET", "/2/users/me", authorization=good))[0] == 401  # the nonce was used
    old = raw.sign("GET", "/2/users/me", {}, oauth_timestamp="1318622958")
    unsigned = raw.sign("GET", "/2/users/me", {"user.fields": "name"})
    elsewhere = raw.sign("GET", "/2/tweets", {})
    stranger = raw.sign("GET", "/2/users/me", {}, oauth_token="somebody")
    for given in (old, unsigned, elsewhere, stranger, "", "Bearer nothing", "Basic eA==", "OAuth "):
        status, body, _ = await raw.call("GET", "/2/users/me", authorization=given)
        assert (status, body["title"]) == (401, "Unauthorized"), given


async def test_parameters_that_it_does_not_know_and_wrong_ids_are_refused(raw: Raw) -> None:
    us = raw.x.account.id
    wrong: list[tuple[str, dict[str, str]]] = [
        ("/2/users/me", {"limit": "5"}),
        ("/2/tweets", {}),
        ("/2/tweets", {"ids": "1,x"}),
        ("/2/tweets", {"ids": "1" * 20}),
        ("/2/tweets", {"ids": ",".join(str(n) for n in range(1, 102))}),
        (f"/2/users/{us}/mentions", {"max_results": "4"}),
        (f"/2/users/{us}/mentions", {"max_results": "101"}),
        (f"/2/users/{us}/mentions", {"since_id": "x"}),
        (f"/2/users/{us}/mentions", {"pagination_token": "x"}),
        ("/2/users/1/mentions", {}),
        ("/2/tweets/search/recent", {}),
        ("/2/tweets/search/recent", {"query": "a", "max_results": "9"}),
        ("/2/tweets/search/recent", {"query": "a" * 513}),
        ("/2/tweets/search/recent", {"query": "(a b"}),
        ("/2/tweets/search/recent", {"query": "( ) -is:retweet"}),
    ]
    for path, params in wrong:
        status, body, _ = await raw.call("GET", path, **params)
        assert status == 400, (path, params)
        assert str(body["type"]).endswith("/invalid-request")
    assert (await raw.call("GET", "/2/nothing"))[0] == 404


async def test_a_new_post_is_taken_as_the_schema_says_and_otherwise_refused(raw: Raw) -> None:
    post = await raw.x.post("lea", "@acme hello")
    status, body, headers = await raw.reply(post.id)
    assert status == 201
    (ours,) = raw.x.replies_to(post)
    assert body["data"] == {"id": ours.id, "text": "On it.", "edit_history_tweet_ids": [ours.id]}
    assert headers["x-rate-limit-limit"] == "100"
    for status, words, told in [
        (403, "duplicate content", await raw.reply(post.id)),
        (400, "missing or empty", await raw.reply(post.id, "")),
        (400, "missing or empty", await raw.reply(post.id, 5)),
        (400, "too long", await raw.reply(post.id, "x" * 281)),
        (400, "too long", await raw.reply(post.id, "水" * 141)),
        (400, "invalid characters", await raw.reply(post.id, "a\ufeff")),
        (400, "additional properties", await raw.reply(post.id, "a", key="k")),
        (400, "in_reply_to_tweet_id", await raw.reply("x", "b")),
        (400, "reply.cid", await raw.call("POST", "/2/tweets", {"text": "c", "reply": {"cid": "x"}})),
        (400, "$", await raw.call("POST", "/2/tweets", ["text"])),
        (403, "deleted or not visible", await raw.reply("1234567890123456789", "d")),
    ]:
        assert (told[0], words in str(told[1]["detail"])) == (status, True), told
    assert len(raw.x.replies_to(post)) == 1


async def test_only_who_mentioned_or_quoted_us_may_be_answered(raw: Raw) -> None:
    ours = await raw.x.answer_by_hand(await raw.x.post("lea", "@acme hello"), "Hello!")
    strange = await raw.x.post("kim", "hello")
    quote_ = await raw.x.post("kim", "look", quotes=ours)
    few = await raw.x.post("kim", "@acme hello", reply_settings="following")
    status, body, _ = await raw.reply(strange.id, "a")
    assert (status, "mentioned or are the author" in str(body["detail"])) == (403, True)
    assert (await raw.reply(quote_.id, "b"))[0] == 201
    assert (await raw.reply(ours.id, "c"))[0] == 201
    status, body, _ = await raw.reply(few.id, "d")
    assert (status, "restricted who can reply" in str(body["detail"])) == (403, True)
    raw.x.block("kim")
    assert (await raw.reply(quote_.id, "e"))[0] == 403


async def test_lists_go_by_pages_newest_first_and_forward_by_id(raw: Raw) -> None:
    posts = [await raw.x.post("lea", f"@acme {number}") for number in range(12)]
    await raw.x.post("lea", "not to us")
    path = f"/2/users/{raw.x.account.id}/mentions"
    _, first, _ = await raw.call("GET", path, max_results="7")
    meta = first["meta"]
    assert isinstance(meta, dict)
    assert meta["newest_id"] == posts[-1].id
    _, second, _ = await raw.call("GET", path, max_results="7", pagination_token=str(meta["next_token"]))
    ids = [one["id"] for page in (first, second) for one in page["data"]]  # type: ignore[attr-defined]  # lists
    assert ids == [post.id for post in reversed(posts)]
    _, new, _ = await raw.call("GET", path, since_id=posts[-2].id)
    assert [one["id"] for one in new["data"]] == [posts[-1].id]  # type: ignore[attr-defined]  # a list
    _, none, _ = await raw.call("GET", path, since_id=posts[-1].id)
    assert none == {"meta": {"result_count": 0}}


async def test_an_edit_is_a_new_id_and_the_old_one_tells_of_it(raw: Raw) -> None:
    post = await raw.x.post("lea", "@acme frist & <b> https://acme.com/a")
    await raw.x.edit(post, "@acme first")
    _, body, _ = await raw.call("GET", "/2/tweets", ids=f"{post.first},{post.id},5")
    old, new = body["data"]  # type: ignore[misc]  # a list of two
    assert old["edit_history_tweet_ids"] == new["edit_history_tweet_ids"] == [post.first, post.id]
    assert old["text"].startswith("@acme frist &amp; &lt;b&gt; https://t.co/")
    assert old["entities"]["urls"][0]["expanded_url"] == "https://acme.com/a"
    assert new["text"] == "@acme first"
    (error,) = body["errors"]  # type: ignore[misc]  # a list of one
    assert (error["resource_id"], error["title"]) == ("5", "Not Found Error")
    for number in range(4):
        await raw.x.edit(post, f"@acme {number}")
    with pytest.raises(ValueError, match="edit"):
        await raw.x.edit(post, "@acme once more")


async def test_a_post_is_deleted_once_and_only_by_its_author(raw: Raw) -> None:
    post = await raw.x.post("lea", "@acme hello")
    _, body, _ = await raw.reply(post.id)
    id = str(body["data"]["id"])  # type: ignore[index,call-overload]  # an object
    assert (await raw.call("DELETE", f"/2/tweets/{id}"))[1] == {"data": {"deleted": True}}
    assert (await raw.call("DELETE", f"/2/tweets/{id}"))[0] == 404
    assert (await raw.call("DELETE", f"/2/tweets/{post.id}"))[0] == 403
    event = await raw.x.wait_for(lambda x: next((d for d in x.deliveries if d.kind == "post.delete"), None))
    assert event is not None


async def test_limits_are_kept_for_each_kind_of_call() -> None:
    async with XStandIn.serve(rate_limit=1) as x, aiohttp.ClientSession() as session:
        raw = Raw(x, session)
        assert (await raw.call("GET", "/2/users/me"))[0] == 200
        status, body, headers = await raw.call("GET", "/2/users/me")
        assert (status, body["title"]) == (429, "Too Many Requests")
        assert headers["x-rate-limit-remaining"] == "0"
        assert 0 < int(headers["x-rate-limit-reset"]) - time.time() <= 901
        assert (await raw.call("GET", "/2/tweets", ids="5"))[0] == 200


async def test_a_refresh_token_opens_once_and_a_code_with_its_proof(raw: Raw) -> None:
    one = raw.x.server
    basic = "Basic " + base64.b64encode(f"{one.client_id}:{one.client_secret}".encode()).decode()

    async def exchange(auth: str = basic, **form: str) -> tuple[int, dict[str, str]]:
        async with raw.http.post(
            f"{raw.x.base_url}/2/oauth2/token", data=form, headers={"Authorization": auth}
        ) as answer:
            return answer.status, await answer.json()

    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"response_type": "code", "client_id": one.client_id}
    asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}

    async def code() -> str:
        page = f"{raw.x.base_url}/i/oauth2/authorize"
        params = {**asked, "redirect_uri": "http://here/back", "state": "s"}
        async with raw.http.get(page, params=params, allow_redirects=False) as back:
            assert back.status == 302
            return str(aiohttp.client.URL(back.headers["Location"]).query["code"])

    form = {"grant_type": "authorization_code", "redirect_uri": "http://here/back"}
    assert (await exchange(**form, code=await code(), code_verifier="wrong"))[0] == 400
    assert (await exchange("Basic eA==", **form, code=await code(), code_verifier=verifier))[0] == 401
    given = await code()
    status, tokens = await exchange(**form, code=given, code_verifier=verifier)
    assert status == 200
    assert (await exchange(**form, code=given, code_verifier=verifier))[0] == 400
    assert (await raw.call("GET", "/2/users/me", authorization=f"Bearer {tokens['access_token']}"))[0] == 200
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await exchange(**refresh))[0] == 200
    assert (await exchange(**refresh))[0] == 400
    assert (await exchange(grant_type="password"))[0] == 400
    async with raw.http.get(f"{raw.x.base_url}/i/oauth2/authorize", params={**asked, "client_id": "x"}) as no:
        assert no.status == 400


async def test_a_webhook_has_to_know_the_secret_and_gets_signed_events(raw: Raw) -> None:
    came: list[tuple[str, bytes]] = []
    knows = True

    async def door(request: web.Request) -> web.Response:
        if request.method == "GET":
            token = request.query["crc_token"].encode()
            return web.json_response({"response_token": raw.x.hooks.sign(token) if knows else "sha256=x"})
        came.append((request.headers["x-twitter-webhooks-signature"], await request.read()))
        return web.Response(status=200)

    app = web.Application()
    app.router.add_route("*", "/hook", door)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        await raw.x.hooks.register(address)
        raw.x.hooks.subscriptions.add(("post.mention.create", raw.x.account.id))
        await raw.x.post("lea", "@acme hello")
        ((signature, body),) = came
        assert signature == raw.x.hooks.sign(body)
        assert json.loads(body)["data"]["event_type"] == "post.mention.create"
        assert raw.x.deliveries[-1].answers == [200]
        knows = False
        with pytest.raises(BadWebhook):
            await raw.x.hooks.register(address)
    finally:
        await runner.cleanup()


async def test_events_are_for_those_who_asked_for_them(raw: Raw) -> None:
    us, webhook = raw.x.account.id, raw.x.hooks.id
    lea = raw.x.person("lea").id

    async def ask(kind: str, who: str, **more: object) -> int:
        body = {"event_type": kind, "filter": {"user_id": who}, "webhook_id": webhook, **more}
        return (await raw.call("POST", "/2/activity/subscriptions", body))[0]

    assert await ask("post.mention.create", us, tag="x") == 200
    assert await ask("post.mention.create", us) == 409
    assert await ask("post.delete", lea) == 200
    assert await ask("post.mention.create", lea) == 403  # private to its owner
    for kind, who, more in (
        ("post.dance", us, {}),
        ("post.create", "5", {}),
        ("post.create", us, {"webhook_id": "5"}),
        ("post.create", us, {"url": "x"}),
    ):
        assert await ask(kind, who, **more) == 400
    _, body, _ = await raw.call("GET", "/2/activity/subscriptions", max_results="1000")
    assert [one["filter"]["user_id"] for one in body["data"]] == [lea, us]  # type: ignore[attr-defined]  # a list
    assert (await raw.call("GET", "/2/activity/subscriptions", max_results="1001"))[0] == 400
    raw.x.hooks.address = raw.x.base_url  # not asked for: not sent
    await raw.x.answer_by_hand(await raw.x.post("kim", "@acme hi"), "Hello!")
    assert [one.kind for one in raw.x.deliveries] == ["post.mention.create"]


async def test_every_fault_does_what_its_table_says(raw: Raw) -> None:
    post = await raw.x.post("lea", "@acme hello")
    assert set(FAULTS) == set(Fault)

    async def attempt(words: str) -> int:
        try:
            return (await raw.reply(post.id, words))[0]
        except aiohttp.ClientError:
            return 0

    accepted = {
        Fault.ACCEPT_AND_DROP: (0, True),
        Fault.FAIL_BEFORE: (503, False),
        Fault.FAIL_AFTER: (503, True),
        Fault.THROTTLE: (429, False),
        Fault.REFUSE: (403, False),
        Fault.SUSPENDED: (403, False),
        Fault.NO_CREDIT: (402, False),
        Fault.CUT_OFF: (0, False),
    }
    for fault, (status, stands) in accepted.items():
        raw.x.fault(fault)
        assert (await attempt(fault.value), fault) == (status, fault)
        assert any(one.text == fault.value for one in raw.x.replies_to(post)) is stands
        raw.x.clear_faults()
    raw.x.fault(Fault.ACCEPT_LATE, seconds=0.01)
    assert await attempt("late") == 0
    await raw.x.wait_for(lambda x: any(one.text == "late" for one in x.posted_by_us()))
    for fault in (Fault.HANG, Fault.ACCEPT_AND_HANG):
        raw.x.fault(fault, seconds=0.01)
        assert await attempt(fault.value) == 0
    raw.x.fault(Fault.LAG, seconds=60)
    assert (await raw.call("GET", f"/2/users/{raw.x.account.id}/tweets"))[1] == {"meta": {"result_count": 0}}
    raw.x.clear_faults()
    raw.x.fault(Fault.GARBLED)
    _, body, _ = await raw.call("GET", "/2/tweets", ids=post.id)
    assert "text" not in body["data"][0]  # type: ignore[index]  # a list
    raw.x.clear_faults()
    raw.x.fault(Fault.EXPIRED)
    token = raw.x.server.new_tokens()["access_token"]
    assert (await raw.call("GET", "/2/users/me", authorization=f"Bearer {token}"))[0] == 401
    raw.x.clear_faults()
    raw.x.fault(Fault.THROTTLE, where=Where.READ)
    assert (await raw.call("GET", "/2/users/me"))[0] == 429
    assert (await raw.call("GET", "/2/users/me"))[0] == 200
