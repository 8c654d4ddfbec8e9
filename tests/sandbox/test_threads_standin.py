"""Every refusal that Threads' stand-in claims to make, provoked by a raw request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from sandbox.threads import Fault, ThreadsStandIn


class Raw:
    """Requests as they are, with our token."""

    def __init__(self, strings: ThreadsStandIn, http: aiohttp.ClientSession) -> None:
        self.strings = strings
        self.http = http

    async def ask(self, method: str, path: str, body: object = None, **params: str) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {self.strings.token}"}
        address = f"{self.strings.base_url}/v1.0/{path}"
        async with self.http.request(method, address, json=body, params=params, headers=headers) as answer:
            return answer.status, await answer.json()

    async def code(self, method: str, path: str, body: object = None, **params: str) -> object:
        status, answer = await self.ask(method, path, body, **params)
        assert status >= 400, answer
        error = answer["error"]
        assert isinstance(error, dict)
        return error["code"]

    async def container(self, text: str = "hello", **more: str) -> str:
        body = {"media_type": "TEXT", "text": text, **more}
        status, answer = await self.ask("POST", "me/threads", body)
        assert status == 200, answer
        return str(answer["id"])


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    async with ThreadsStandIn.serve() as strings, aiohttp.ClientSession() as http:
        yield Raw(strings, http)


async def test_without_token_version_or_known_fields_nothing_is_told(raw: Raw) -> None:
    base = raw.strings.base_url
    async with raw.http.get(f"{base}/v1.0/me") as answer:
        assert (await answer.json())["error"]["code"] == 104
    async with raw.http.get(f"{base}/v26.0/me", headers={"Authorization": f"Bearer {raw.strings.token}"}) as answer:
        assert (await answer.json())["error"]["code"] == 2500
    assert await raw.code("GET", "me", fields="id,shoe_size") == 100
    assert await raw.code("GET", "999") == 100
    assert await raw.code("GET", "nowhere/at/all") == 100
    assert await raw.code("GET", "me/mentions", since="5") == 100
    assert await raw.code("GET", "keyword_search") == 100
    assert await raw.code("GET", "keyword_search", q="akme", search_type="NEWEST") == 100
    assert await raw.code("GET", "me/mentions", limit="none") == 100
    raw.strings.fault(Fault.EXPIRED)
    assert await raw.code("GET", "me") == 190


async def test_a_container_is_refused_for_what_it_says_and_where(raw: Raw) -> None:
    post = await raw.strings.post("lea", "@acme hello")
    for body in (
        {},
        {"media_type": "TEXT"},
        {"media_type": "TEXT", "text": "x" * 501},
        {"media_type": "TEXT", "text": "😀" * 126},
        {"media_type": "TEXT", "text": " ".join(f"https://a.example/{n}" for n in range(6))},
        {"media_type": "TEXT", "text": "x", "reply_to_id": "999"},
    ):
        assert await raw.code("POST", "me/threads", body) == 100, body
    await raw.container(reply_to_id=post.id)
    raw.strings.hides_away("lea")
    assert await raw.code("POST", "me/threads", {"media_type": "TEXT", "text": "x", "reply_to_id": post.id}) == 100


async def test_a_container_is_published_once_when_it_is_ready_and_not_too_old(raw: Raw) -> None:
    id = await raw.container()
    assert (await raw.ask("POST", "me/threads_publish", {"creation_id": id}))[0] == 200
    assert await raw.code("POST", "me/threads_publish", {"creation_id": id}) == 24
    assert (await raw.ask("GET", id, fields="status"))[1]["status"] == "PUBLISHED"
    assert await raw.code("POST", "me/threads_publish", {"creation_id": "999"}) == 24
    raw.strings.world.slow = 3600
    id = await raw.container()
    assert (await raw.ask("GET", id, fields="status"))[1]["status"] == "IN_PROGRESS"
    assert await raw.code("POST", "me/threads_publish", {"creation_id": id}) == 24
    raw.strings.world.slow = 0
    raw.strings.world.containers[id].made -= timedelta(hours=25)
    raw.strings.world.containers[id].status = "FINISHED"
    assert (await raw.ask("GET", id, fields="status"))[1]["status"] == "EXPIRED"
    assert await raw.code("POST", "me/threads_publish", {"creation_id": id}) == 24
    assert len(raw.strings.publish_calls) == 5


async def test_quotas_are_kept(raw: Raw) -> None:
    world = raw.strings.world
    post = await raw.strings.post("lea", "@acme hello")
    world.most_replies = world.most_posts = world.most_deletions = 0
    for more in ({}, {"reply_to_id": post.id}):
        id = await raw.container(**more)
        assert await raw.code("POST", "me/threads_publish", {"creation_id": id}) == 613
    ours = await raw.strings.answer_by_hand(post, "x")
    assert await raw.code("DELETE", ours.id) == 613
    asked = "quota_usage,config,reply_quota_usage,reply_config,delete_quota_usage,delete_config"
    _, answer = await raw.ask("GET", "me/threads_publishing_limit", fields=asked)
    assert "'reply_quota_usage': 1" in repr(answer)


async def test_what_is_not_ours_is_not_ours_to_change_or_to_see_through(raw: Raw) -> None:
    post = await raw.strings.post("lea", "@acme hello")
    assert await raw.code("DELETE", post.id) == 100
    assert await raw.code("POST", f"{post.id}/manage_reply", {"hide": True}) == 100
    assert await raw.code("GET", f"{post.id}/conversation") == 100
    assert await raw.code("GET", f"{post.id}/replies") == 100
    ours = raw.strings.world.post(raw.strings.account, "News")
    answer = await raw.strings.post("kim", "hi", reply_to=ours)
    assert await raw.code("POST", f"{answer.id}/manage_reply", {}) == 100
    raw.strings.world.finders = False
    assert await raw.code("GET", "profile_lookup", username="lea") == 10
    raw.strings.world.shy = True
    assert await raw.code("GET", post.id) == 100
    raw.strings.fault(Fault.SUSPENDED)
    assert await raw.code("POST", "me/threads", {"media_type": "TEXT", "text": "x"}) == 368


async def test_lists_have_places_to_go_on_from_and_no_addresses(raw: Raw) -> None:
    for number in range(5):
        await raw.strings.post("lea", f"@acme {number}")
    _, first = await raw.ask("GET", "me/mentions", limit="3", fields="id,text")
    paging = first["paging"]
    assert isinstance(paging, dict)
    assert "next" not in paging
    _, second = await raw.ask("GET", "me/mentions", limit="3", fields="id,text", after=paging["cursors"]["after"])
    assert [item["text"] for item in second["data"]] == ["@acme 1", "@acme 0"]  # type: ignore[attr-defined]
    assert "after" not in second["paging"]["cursors"]  # type: ignore[index]


async def test_tokens_are_given_for_proof_only(raw: Raw) -> None:
    base, secret = raw.strings.base_url, raw.strings.server.app_secret
    form = {"client_id": "123456", "client_secret": secret, "code": "wrong", "grant_type": "authorization_code"}
    async with raw.http.post(f"{base}/oauth/access_token", data=form) as answer:
        assert answer.status == 400
    for path, asked in (
        ("access_token", {"grant_type": "th_exchange_token", "client_secret": secret, "access_token": "wrong"}),
        ("refresh_access_token", {"grant_type": "th_refresh_token", "access_token": "wrong"}),
    ):
        async with raw.http.get(f"{base}/{path}", params=asked) as answer:
            assert (await answer.json())["error"]["code"] == 190
    async with raw.http.get(f"{base}/oauth/authorize", params={"client_id": "9"}) as answer:
        assert answer.status == 400
