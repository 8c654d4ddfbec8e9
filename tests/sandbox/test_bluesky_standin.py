"""Bluesky's stand-in is as strict as what it stands for: raw XRPC calls, each refusal by its name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from sandbox.bluesky import FAULTS, Fault, Post, SkyStandIn, Where
from sandbox.bluesky.lexicon import tid

KEY = tid(1_790_000_000_000_000)
POSTS = "app.bsky.feed.post"


class Raw:
    """Calls as a client makes them: a status, a body, headers in lower case."""

    def __init__(self, sky: SkyStandIn, session: aiohttp.ClientSession) -> None:
        self.sky = sky
        self.http = session
        self.access = ""
        self.refresh = ""

    async def sign_in(self) -> None:
        _, body, _ = await self.post(
            "com.atproto.server.createSession", {"identifier": "acme.test", "password": self.sky.token}
        )
        self.access, self.refresh = str(body["accessJwt"]), str(body["refreshJwt"])

    async def get(self, name: str, **params: object) -> tuple[int, dict[str, object], dict[str, str]]:
        pairs = [
            (key, str(one)) for key, value in params.items() for one in (value if isinstance(value, list) else [value])
        ]
        return await self._call("GET", name, params=pairs)

    async def post(
        self, name: str, body: object = None, token: str | None = None
    ) -> tuple[int, dict[str, object], dict[str, str]]:
        return await self._call("POST", name, json=body, token=token)

    async def put(self, record: object, **more: object) -> tuple[int, dict[str, object], dict[str, str]]:
        body = {"repo": self.sky.account.did, "collection": POSTS, "rkey": KEY, "record": record, **more}
        return await self.post("com.atproto.repo.putRecord", body)

    async def _call(
        self, method: str, name: str, token: str | None = None, **more: object
    ) -> tuple[int, dict[str, object], dict[str, str]]:
        given = self.access if token is None else token
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        async with self.http.request(method, f"{self.sky.base_url}/xrpc/{name}", headers=headers, **more) as answer:  # type: ignore[arg-type]
            raw = await answer.read()
            told = {key.lower(): value for key, value in answer.headers.items()}
            return answer.status, json.loads(raw) if raw.startswith(b"{") else {}, told


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    async with SkyStandIn.serve(rate_limit=10_000) as sky, aiohttp.ClientSession() as session:
        one = Raw(sky, session)
        await one.sign_in()
        yield one


def record(text: str = "hi", **more: object) -> dict[str, object]:
    return {"$type": POSTS, "text": text, "createdAt": "2026-11-21T10:00:00.000Z", **more}


async def test_writing_the_same_again_is_no_commit_and_other_words_are_refused(raw: Raw) -> None:
    status, first, _ = await raw.put(record(), swapRecord=None)
    assert (status, "commit" in first) == (200, True)
    status, again, _ = await raw.put(record(), swapRecord=None)
    assert (status, again["cid"], "commit" in again) == (200, first["cid"], False)
    status, no, _ = await raw.put(record("other"), swapRecord=None)
    assert (status, no["error"]) == (400, "InvalidSwap")
    status, no, _ = await raw.put(record("other"), swapRecord="bafywrong")
    assert (status, no["error"]) == (400, "InvalidSwap")
    status, _, _ = await raw.put(record("other"))  # without it, it overwrites in silence
    assert status == 200
    assert [one.text for one in raw.sky.posted_by_us()] == ["other"]


async def test_a_search_is_given_in_pages_newest_first(raw: Raw) -> None:
    posts = [await raw.sky.post("lea", f"akme number {number}") for number in range(3)]
    _, first, _ = await raw.get("app.bsky.feed.searchPosts", q="AKME", sort="latest", limit=2)
    _, rest, _ = await raw.get("app.bsky.feed.searchPosts", q="akme", limit=2, cursor=first["cursor"])
    pages = [[one["uri"] for one in page["posts"]] for page in (first, rest)]  # type: ignore[attr-defined]
    assert pages == [[posts[2].uri, posts[1].uri], [posts[0].uri]]
    assert "cursor" not in rest
    for wrong in ({"sort": "newest"}, {"cursor": "x"}, {"limit": 101}):
        status, no, _ = await raw.get("app.bsky.feed.searchPosts", **{"q": "akme", **wrong})
        assert (status, no["error"]) == (400, "InvalidRequest"), wrong


async def test_creating_over_a_key_that_is_taken_stumbles(raw: Raw) -> None:
    await raw.put(record())
    body = {"repo": raw.sky.account.did, "collection": POSTS, "rkey": KEY, "record": record()}
    assert (await raw.post("com.atproto.repo.createRecord", body))[0] == 500


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "x" * 301},
        {"text": "👩🏽‍💻" * 210},
        {"text": None},
        {"createdAt": "yesterday"},
        {"createdAt": None},
        {"$type": "app.bsky.feed.like"},
        {"reply": {"root": {"uri": "x", "cid": "y"}}},
        {"facets": [{"index": {"byteStart": 0, "byteEnd": 9}, "features": []}]},
        {
            "facets": [
                {"index": {"byteStart": 0, "byteEnd": 2}, "features": [{"$type": "app.bsky.richtext.facet#link"}]}
            ]
        },
        {"langs": ["en", "de", "fr", "it"]},
        {"langs": ["not a language"]},
    ],
)
async def test_a_record_that_breaks_the_lexicon_is_refused(raw: Raw, bad: dict[str, object]) -> None:
    status, no, _ = await raw.put(record(**bad))
    assert (status, no["error"]) == (400, "InvalidRequest")
    assert raw.sky.posts() == []
    assert raw.sky.publish_calls[-1].error == "InvalidRequest"


@pytest.mark.parametrize("key", ["self", "", "3m5", "z" * 13, 7])
async def test_a_key_that_is_no_tid_is_refused(raw: Raw, key: object) -> None:
    assert (await raw.put(record(), rkey=key))[0] == 400


async def test_nobody_writes_into_the_repository_of_others(raw: Raw) -> None:
    assert (await raw.put(record(), repo=raw.sky.person("lea").did))[0] == 401


async def test_what_is_not_there_is_named_and_deleting_it_is_no_error(raw: Raw) -> None:
    asked = {"repo": raw.sky.account.did, "collection": POSTS, "rkey": KEY}
    status, no, _ = await raw.get("com.atproto.repo.getRecord", **asked)
    assert (status, no["error"]) == (400, "RecordNotFound")
    for _ in range(2):
        assert (await raw.post("com.atproto.repo.deleteRecord", asked))[0] == 200
    status, no, _ = await raw.get("app.bsky.feed.getPostThread", uri=f"at://{asked['repo']}/{POSTS}/{KEY}")
    assert (status, no["error"]) == (400, "NotFound")
    assert (await raw.get("app.bsky.feed.getNothing"))[0] == 404


async def test_records_are_listed_by_key_from_the_newest(raw: Raw) -> None:
    keys = [tid(1_790_000_000_000_000 + number) for number in range(5)]
    for key in keys:
        await raw.put(record(key), rkey=key)
    found: list[str] = []
    cursor: dict[str, object] = {}
    while True:
        _, body, _ = await raw.get(
            "com.atproto.repo.listRecords", repo=raw.sky.account.did, collection=POSTS, limit=2, **cursor
        )
        found += [str(one["value"]["text"]) for one in body["records"]]  # type: ignore[attr-defined]
        if "cursor" not in body:
            break
        cursor = {"cursor": body["cursor"]}
    assert found == keys[::-1]


@pytest.mark.parametrize(
    ("token", "status", "name"),
    [("", 401, "AuthMissing"), ("rubbish", 400, "InvalidToken"), (None, 400, "ExpiredToken")],
)
async def test_a_token_that_is_missing_wrong_or_expired_is_told_apart(
    raw: Raw, token: str | None, status: int, name: str
) -> None:
    raw.sky.server.expire()
    raw.access = raw.access if token is None else token
    got, no, _ = await raw.get("app.bsky.notification.listNotifications")
    assert (got, no["error"]) == (status, name)


async def test_a_refresh_token_opens_once(raw: Raw) -> None:
    name = "com.atproto.server.refreshSession"
    assert (await raw.post(name, token=raw.refresh))[0] == 200
    status, no, _ = await raw.post(name, token=raw.refresh)
    assert (status, no["error"]) == (400, "ExpiredToken")


async def test_signing_in_is_counted_by_itself(raw: Raw) -> None:
    body = {"identifier": "acme.test", "password": "wrong"}
    for _ in range(29):
        assert (await raw.post("com.atproto.server.createSession", body))[0] == 401
    status, no, headers = await raw.post("com.atproto.server.createSession", body)
    assert (status, no["error"], headers["ratelimit-remaining"]) == (429, "RateLimitExceeded", "0")
    assert (await raw.get("com.atproto.server.getSession"))[0] == 200


async def test_notifications_are_sorted_by_the_time_that_posts_claim_and_reasons_are_picked_after_the_page(
    raw: Raw,
) -> None:
    now = datetime.now(UTC)
    new = [
        await raw.sky.post("lea", f"@acme.test {number}", created_at=now - timedelta(minutes=3 - number))
        for number in range(3)
    ]
    back = await raw.sky.post("kim", "@acme.test back", created_at=now - timedelta(days=3))
    raw.sky.server.world.notify("like", await raw.sky.post("kim", "like"))
    _, body, _ = await raw.get("app.bsky.notification.listNotifications", limit=2, reasons=["mention", "reply"])
    assert [one["uri"] for one in body["notifications"]] == [new[2].uri]  # type: ignore[attr-defined]
    _, body, _ = await raw.get("app.bsky.notification.listNotifications", limit=100, cursor=body["cursor"])
    assert [one["uri"] for one in body["notifications"]] == [new[1].uri, new[0].uri, back.uri]  # type: ignore[attr-defined]
    assert "cursor" not in body
    for wrong in ({"limit": 101}, {"limit": 0}, {"seenAt": "2026-01-01T00:00:00Z"}):
        assert (await raw.get("app.bsky.notification.listNotifications", **wrong))[0] == 400


async def test_an_edit_shows_inside_the_old_notification_and_a_block_removes_it(raw: Raw) -> None:
    post = await raw.sky.post("lea", "@acme.test one")
    await raw.sky.edit(post, "@acme.test two")
    _, body, _ = await raw.get("app.bsky.notification.listNotifications")
    (one,) = body["notifications"]  # type: ignore[misc]
    assert (one["record"]["text"], one["cid"] == post.cid) == ("@acme.test two", False)  # type: ignore[index]
    raw.sky.block("lea")
    assert (await raw.get("app.bsky.notification.listNotifications"))[1]["notifications"] == []
    assert (await raw.get("app.bsky.feed.getPosts", uris=[post.uri]))[1]["posts"] == []
    _, body, _ = await raw.get("app.bsky.feed.getPostThread", uri=post.uri)
    assert body["thread"]["$type"] == "app.bsky.feed.defs#blockedPost"  # type: ignore[index]


async def test_the_pds_takes_what_nobody_will_see(raw: Raw) -> None:
    post = await raw.sky.post("lea", "hello")
    raw.sky.gate(post)
    raw.sky.block("lea")
    ref = post.ref()
    assert (await raw.put(record(reply={"root": ref, "parent": ref})))[0] == 200


# The Jetstream


async def stream(raw: Raw, **query: str) -> aiohttp.ClientWebSocketResponse:
    return await raw.http.ws_connect(raw.sky.jetstream_url, params=query)


def hello(*dids: str) -> str:
    return json.dumps({"type": "options_update", "payload": {"wantedCollections": [POSTS], "wantedDids": list(dids)}})


async def operations(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[tuple[str, str]]:
    async with asyncio.timeout(60):
        events = [json.loads((await socket.receive()).data) for _ in range(count)]
    return [(event["commit"]["operation"], event["commit"]["rkey"]) for event in events]


async def test_a_stream_tells_of_those_that_were_asked_for_from_the_cursor_on(raw: Raw) -> None:
    early = await raw.sky.post("lea", "one")
    since = raw.sky.server.events[-1].time_us
    socket = await stream(raw, requireHello="true", cursor=str(since))
    await raw.sky.post("kim", "not asked for")
    await socket.send_str(hello(raw.sky.person("lea").did))
    late = await raw.sky.post("lea", "two")
    await raw.sky.edit(late, "three")
    await raw.sky.delete(late)
    told = await operations(socket, 4)
    assert told == [("create", early.key), ("create", late.key), ("update", late.key), ("delete", late.key)]
    await socket.close()


@pytest.mark.parametrize(
    "message", ["", "{}", '{"type": "options_update"}', hello("lea.test"), hello(*["did:x"] * 10_001)]
)
async def test_a_wrong_update_of_the_filter_ends_the_stream(raw: Raw, message: str) -> None:
    socket = await stream(raw, requireHello="true")
    await socket.send_str(message)
    async with asyncio.timeout(60):
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    await socket.close()


# Misbehaving


async def dropped(raw: Raw) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await raw.put(record())


async def test_every_fault_says_what_it_does() -> None:
    assert set(FAULTS) == set(Fault)
    assert all(kind.does for kind in FAULTS.values())


async def test_it_accepts_and_drops_the_line_once(raw: Raw) -> None:
    raw.sky.fault(Fault.ACCEPT_AND_DROP)
    await dropped(raw)
    (post,) = raw.sky.posted_by_us()
    (call,) = raw.sky.publish_calls
    assert (call.answered, call.accepted, call.made) == ("dropped", post.uri, True)
    assert (await raw.put(record(), swapRecord=None))[0] == 200
    assert not raw.sky.publish_calls[-1].made


async def test_it_accepts_later(raw: Raw) -> None:
    raw.sky.fault(Fault.ACCEPT_LATE, seconds=0.05)
    await dropped(raw)
    assert raw.sky.posted_by_us() == []
    await raw.sky.wait_for(lambda sky: sky.posted_by_us())


async def test_it_refuses_by_name_throttles_and_fails(raw: Raw) -> None:
    raw.sky.fault(Fault.REFUSE, error="AccountDeactivated")
    assert (await raw.put(record()))[1]["error"] == "AccountDeactivated"
    raw.sky.fault(Fault.THROTTLE, seconds=60)
    status, _, headers = await raw.put(record())
    assert status == 429
    assert int(headers["ratelimit-reset"]) > datetime.now(UTC).timestamp()
    raw.sky.fault(Fault.FAIL_BEFORE, where=Where.READ)
    assert (await raw.get("com.atproto.server.getSession"))[0] == 502
    assert raw.sky.posted_by_us() == []
    raw.sky.fault(Fault.FAIL_AFTER)
    assert (await raw.put(record()))[0] == 502
    assert len(raw.sky.posted_by_us()) == 1


async def test_the_appview_can_be_behind_the_pds(raw: Raw) -> None:
    raw.sky.fault(Fault.LAG, seconds=60)
    post: Post = await raw.sky.post("lea", "@acme.test hello")
    assert (await raw.get("app.bsky.feed.getPosts", uris=[post.uri]))[1]["posts"] == []
    raw.sky.clear_faults()
    assert len((await raw.get("app.bsky.feed.getPosts", uris=[post.uri]))[1]["posts"]) == 1  # type: ignore[arg-type]
