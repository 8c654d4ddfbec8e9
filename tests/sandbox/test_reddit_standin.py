"""Every refusal that Reddit's stand-in claims to make, provoked by a raw request."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.reddit import Fault, RedditStandIn

AGENT = "server:sandbox-app:0 (by /u/acme_support)"


class Raw:
    """Requests as they are, with a token of ours."""

    def __init__(self, forum: RedditStandIn, http: aiohttp.ClientSession) -> None:
        self.forum = forum
        self.http = http
        self.headers = {"User-Agent": AGENT}

    async def login(self, *, secret: str | None = None, **form: str) -> tuple[int, dict[str, object]]:
        server = self.forum.server
        pair = f"{server.client_id}:{server.client_secret if secret is None else secret}"
        headers = {"User-Agent": AGENT, "Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        address = f"{self.forum.base_url}/api/v1/access_token"
        async with self.http.post(address, data=form, headers=headers) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, **params: str) -> tuple[int, object]:
        async with self.http.get(self.forum.base_url + path, params=params, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, **form: str) -> tuple[int, object]:
        asked = {"api_type": "json", **form}
        async with self.http.post(self.forum.base_url + path, data=asked, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def refused(self, thing: str, text: str = "hello") -> str:
        status, body = await self.post("/api/comment", thing_id=thing, text=text)
        assert status == 200
        assert isinstance(body, dict)
        return str(body["json"]["errors"][0][0])


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    async with RedditStandIn.serve() as forum, aiohttp.ClientSession() as http:
        one = Raw(forum, http)
        _, tokens = await one.login(grant_type="refresh_token", refresh_token=forum.token)
        one.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        yield one


async def test_who_does_not_say_who_they_are_is_slowed_down(raw: Raw) -> None:
    for agent in ("python-aiohttp/3", "Twoway", "server:x:1"):
        async with raw.http.get(raw.forum.base_url + "/api/v1/me", headers={"User-Agent": agent}) as answer:
            assert answer.status == 429, agent
            assert answer.content_type == "text/html"


async def test_tokens_are_given_for_proof_only(raw: Raw) -> None:
    given = {"grant_type": "refresh_token", "refresh_token": raw.forum.token}
    assert (await raw.login(secret="wrong", **given))[0] == 401
    assert (await raw.login(grant_type="refresh_token", refresh_token="wrong"))[0] == 400
    assert (await raw.login(grant_type="authorization_code", code="wrong"))[0] == 400
    assert (await raw.login(grant_type="password"))[0] == 400
    here = "https://care.example.com/connect/callback"
    given = {"grant_type": "authorization_code", "code": raw.forum.server.new_code(here), "redirect_uri": here}
    assert (await raw.login(**given))[0] == 200
    assert (await raw.login(**given))[0] == 400  # it opens once
    elsewhere = {**given, "code": raw.forum.server.new_code("https://care.example.com/")}
    assert (await raw.login(**elsewhere))[0] == 400


async def test_without_a_token_nothing_is_told_and_nobody_has_no_inbox(raw: Raw) -> None:
    ours = raw.headers.pop("Authorization")
    assert await raw.get("/api/v1/me") == (401, {"message": "Unauthorized", "error": 401})
    _, tokens = await raw.login(grant_type="client_credentials")
    raw.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert (await raw.get("/message/inbox"))[0] == 403
    assert (await raw.get("/api/info", id="t1_x"))[0] == 200
    raw.headers["Authorization"] = ours
    raw.forum.server.expire()
    assert (await raw.get("/api/v1/me"))[0] == 401


async def test_a_comment_is_refused_by_name_with_status_200(raw: Raw) -> None:
    forum = raw.forum
    post = await forum.post("lea", "hello")
    other = await forum.post("kim", "hello", place="bikes")
    assert await raw.refused("") == "NO_THING_ID"
    assert await raw.refused("t3_nothing") == "DELETED_LINK"
    assert await raw.refused("t1_nothing") == "DELETED_COMMENT"
    assert await raw.refused(post.name, " ") == "NO_TEXT"
    assert await raw.refused(post.name, "x" * 10_001) == "TOO_LONG"
    post.archived = True
    assert await raw.refused(post.name) == "TOO_OLD"
    post.archived, post.locked = False, True
    assert await raw.refused(post.name) == "THREAD_LOCKED"
    forum.place("bikes").bans_us = True
    assert await raw.refused(other.name) == "SUBREDDIT_NOTALLOWED"
    forum.place("bikes").bans_us = False
    forum.block("kim")
    assert await raw.refused(other.name) == "USER_BLOCKED"
    await forum.delete(other)
    assert await raw.refused(other.name) == "DELETED_LINK"
    assert forum.posted_by_us() == []
    assert (await raw.post("/api/comment", thing_id=post.name, text="x", api_type=""))[0] == 400
    body = await raw.post("/api/editusertext", thing_id=post.name, text="x")
    assert "NOT_AUTHOR" in repr(body)


async def test_listings_have_an_end_and_names_are_asked_for_by_the_hundred(raw: Raw) -> None:
    for number in range(30):
        await raw.forum.post("lea", f"number {number}")
    _, first = await raw.get("/r/acme/new", limit="25")
    assert isinstance(first, dict)
    after = first["data"]["after"]
    assert len(first["data"]["children"]) == 25
    _, second = await raw.get("/r/acme/new", limit="25", after=after)
    assert isinstance(second, dict)
    assert (len(second["data"]["children"]), second["data"]["after"]) == (5, None)
    await raw.forum.delete(after)
    _, broken = await raw.get("/r/acme/new", after=after)  # it is not in the list any more
    assert isinstance(broken, dict)
    assert broken["data"]["children"] == []
    assert (await raw.get("/api/info", id=",".join(["t1_x"] * 101)))[0] == 400
    assert (await raw.get("/r/nowhere/new"))[0] == 404
    raw.forum.place("secret").private = True
    assert await raw.get("/r/secret/new") == (403, {"message": "Forbidden", "error": 403, "reason": "private"})
    assert (await raw.get("/comments/nothing"))[0] == 404
    assert (await raw.get("/nowhere"))[0] == 404


async def test_words_come_escaped_unless_asked_for_raw_and_limits_stand_on_every_answer(raw: Raw) -> None:
    post = await raw.forum.post("lea", "1 < 2 & 3")
    assert "1 &lt; 2 &amp; 3" in repr(await raw.get("/api/info", id=post.name))
    assert "1 < 2 & 3" in repr(await raw.get("/api/info", id=post.name, raw_json="1"))
    async with raw.http.get(raw.forum.base_url + "/api/v1/me", headers=raw.headers) as answer:
        said = {key: answer.headers[f"x-ratelimit-{key}"] for key in ("used", "remaining", "reset")}
    assert said["used"] == "3"
    assert said["remaining"] == "997.0"
    assert 0 <= int(said["reset"]) <= 600


async def test_suspended_means_forbidden_and_faults_are_used_up(raw: Raw) -> None:
    post = await raw.forum.post("lea", "hello")
    raw.forum.fault(Fault.SUSPENDED)
    assert "'is_suspended': True" in repr(await raw.get("/api/v1/me"))
    assert (await raw.get("/message/inbox"))[0] == 403
    raw.forum.clear_faults()
    raw.forum.fault(Fault.PACE, seconds=120)
    assert await raw.refused(post.name) == "RATELIMIT"
    raw.forum.fault(Fault.THROTTLE)
    assert (await raw.post("/api/comment", thing_id=post.name, text="x"))[0] == 429
    assert (await raw.post("/api/comment", thing_id=post.name, text="x"))[0] == 200
