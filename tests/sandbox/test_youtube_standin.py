"""YouTube's stand-in is as strict as what it stands for: raw calls, each refusal by its reason."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from sandbox.youtube import FAULTS, Fault, TubeStandIn

BACK = "http://127.0.0.1:1/connect/callback"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"


class Raw:
    """Calls as a client makes them: a status and a body."""

    def __init__(self, tube: TubeStandIn, session: aiohttp.ClientSession) -> None:
        self.tube = tube
        self.http = session
        self.token = tube.token

    async def get(self, name: str, **params: object) -> tuple[int, dict[str, object]]:
        return await self._call("GET", name, params=params)

    async def insert(self, snippet: object, part: str = "snippet") -> tuple[int, dict[str, object]]:
        return await self._call("POST", "comments", params={"part": part}, json={"snippet": snippet})

    async def threads(self, **params: object) -> tuple[int, dict[str, object]]:
        return await self.get("commentThreads", **{"part": "snippet,replies", **params})

    async def _call(self, method: str, name: str, **more: object) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        address = f"{self.tube.base_url}/youtube/v3/{name}"
        async with self.http.request(method, address, headers=headers, **more) as answer:  # type: ignore[arg-type]
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw.startswith(b"{") else {}


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    async with TubeStandIn.serve() as tube, aiohttp.ClientSession() as session:
        yield Raw(tube, session)


def reason(body: object) -> str:
    assert isinstance(body, dict)
    return str(body["error"]["errors"][0]["reason"])


def items(body: dict[str, object]) -> list[dict[str, object]]:
    found = body["items"]
    assert isinstance(found, list)
    return found


async def test_asking_is_refused_by_its_reason(raw: Raw) -> None:
    us = raw.tube.account.id
    comment = await raw.tube.post("lea", "help")
    cases: list[tuple[str, dict[str, object], int, str]] = [
        ("commentThreads", {"videoId": raw.tube.video.id}, 400, "missingRequiredParameter"),  # no part
        ("commentThreads", {"part": "snippet"}, 400, "missingRequiredParameter"),  # no filter
        ("commentThreads", {"part": "secrets", "id": "x"}, 400, "unknownPart"),
        ("commentThreads", {"part": "snippet", "id": "x", "videoId": "y"}, 400, "incompatibleParameters"),
        ("commentThreads", {"part": "id", "id": "x", "moderationStatus": "published"}, 400, "incompatibleParameters"),
        ("commentThreads", {"part": "snippet", "id": "x", "maxResults": 5}, 400, "incompatibleParameters"),
        ("commentThreads", {"part": "snippet", "channelId": us, "maxResults": 101}, 400, "invalidParameter"),
        ("commentThreads", {"part": "snippet", "channelId": us, "order": "newest"}, 400, "invalidParameter"),
        ("commentThreads", {"part": "snippet", "channelId": us, "pageToken": "?"}, 400, "invalidPageToken"),
        ("commentThreads", {"part": "snippet", "channelId": us, "since": "x"}, 400, "badRequest"),
        ("commentThreads", {"part": "snippet", "channelId": "UCnobody"}, 404, "channelNotFound"),
        ("commentThreads", {"part": "snippet", "videoId": "nothing"}, 404, "videoNotFound"),
        ("comments", {"part": "snippet", "parentId": "nothing"}, 404, "commentNotFound"),
        ("comments", {"part": "snippet", "id": comment.id, "pageToken": "x"}, 400, "incompatibleParameters"),
        ("comments", {"part": "snippet", "id": ",".join(map(str, range(51)))}, 400, "invalidFilters"),
        ("channels", {"part": "snippet"}, 400, "missingRequiredParameter"),
        ("videos", {"part": "snippet"}, 400, "missingRequiredParameter"),
    ]  # fmt: skip
    found = [(await raw.get(name, **params), params) for name, params, _, _ in cases]
    assert [(status, reason(body)) for (status, body), _ in found] == [(status, why) for *_, status, why in cases]
    kim = raw.tube.person("kim").id
    status, body = await raw.threads(allThreadsRelatedToChannelId=kim, moderationStatus="heldForReview")
    assert (status, reason(body)) == (403, "forbidden")
    assert (await raw.get("playlists", part="snippet"))[0] == 404


async def test_a_search_gives_videos_escaped_and_cut_the_newest_first_and_a_hundred_times_a_day(raw: Raw) -> None:
    found = raw.tube.new_video("Akme & I", by="lea", about="x" * 200)
    raw.tube.new_video("another", by="lea")
    status, body = await raw.get("search", part="snippet", type="video", order="date", q="akme")
    assert status == 200
    (one,) = items(body)
    snippet = one["snippet"]
    assert isinstance(snippet, dict)
    assert one["id"] == {"kind": "youtube#video", "videoId": found.id}
    assert (snippet["title"], len(snippet["description"])) == ("Akme &amp; I", 100)
    later = {"publishedAfter": "2999-01-01T00:00:00Z"}
    assert items((await raw.get("search", part="snippet", type="video", q="akme", **later))[1]) == []
    for wrong in ({"part": "secrets", "type": "video"}, {"part": "snippet"}, {"part": "snippet", "type": "channel"}):
        assert (await raw.get("search", q="akme", **wrong))[0] == 400, wrong
    raw.tube.server.searched = 100
    status, body = await raw.get("search", part="snippet", type="video", q="akme")
    assert (status, reason(body)) == (403, "quotaExceeded")
    assert (await raw.threads(allThreadsRelatedToChannelId=raw.tube.account.id))[0] == 200


async def test_answering_is_refused_by_its_reason(raw: Raw) -> None:
    tube = raw.tube
    comment = await tube.post("lea", "help")
    answer = await tube.post("kim", "me too", reply_to=comment)
    held = await tube.post("lea", "held", status="heldForReview")
    shut = await tube.post("lea", "shut")
    shut.can_reply = False
    off = await tube.post("lea", "off", video=tube.new_video("Off"))
    cases = [
        ({"parentId": comment.id}, 400, "commentTextRequired"),
        ({"parentId": comment.id, "textOriginal": " "}, 400, "commentTextRequired"),
        ({"parentId": comment.id, "textOriginal": "x" * 10_001}, 400, "commentTextTooLong"),
        ({"textOriginal": "hi"}, 400, "parentIdMissing"),
        ({"parentId": "nothing", "textOriginal": "hi"}, 404, "parentCommentNotFound"),
        ({"parentId": answer.id, "textOriginal": "hi"}, 400, "invalidCommentMetadata"),
        ({"parentId": held.id, "textOriginal": "hi"}, 400, "parentCommentIsPrivate"),
        ({"parentId": shut.id, "textOriginal": "hi"}, 400, "operationNotSupported"),
        ({"parentId": off.id, "textOriginal": "hi"}, 403, "commentsDisabled"),
    ]
    assert off.video is not None
    off.video.comments_on = False
    found = [await raw.insert(snippet) for snippet, _, _ in cases]
    assert [(status, reason(body)) for status, body in found] == [(status, why) for _, status, why in cases]
    assert tube.posted_by_us() == []
    async with raw.http.post(
        f"{tube.base_url}/youtube/v3/comments?part=snippet",
        data="{",
        headers={"Authorization": f"Bearer {raw.token}", "Content-Type": "application/json"},
    ) as broken:
        assert (broken.status, reason(await broken.json())) == (400, "parseError")


async def test_an_answer_is_taken_as_often_as_it_comes(raw: Raw) -> None:
    comment = await raw.tube.post("lea", "help")
    made = [await raw.insert({"parentId": comment.id, "textOriginal": "hi"}) for _ in range(2)]
    assert [status for status, _ in made] == [200, 200]
    assert made[0][1]["id"] != made[1][1]["id"]
    assert all(str(body["id"]).startswith(f"{comment.id}.") for _, body in made)
    assert [call.accepted for call in raw.tube.publish_calls] == [body["id"] for _, body in made]


async def test_only_our_own_comments_can_be_changed(raw: Raw) -> None:
    comment = await raw.tube.post("lea", "help")
    _, made = await raw.insert({"parentId": comment.id, "textOriginal": "hi"})
    changed = {"id": made["id"], "snippet": {"textOriginal": "hello"}}
    status, body = await raw._call("PUT", "comments", params={"part": "snippet"}, json=changed)
    assert (status, raw.tube.posted_by_us()[0].text) == (200, "hello")
    assert body["snippet"]["updatedAt"] > body["snippet"]["publishedAt"]  # type: ignore[index]  # as it came
    foreign = {"id": comment.id, "snippet": {"textOriginal": "x"}}
    status, body = await raw._call("PUT", "comments", params={"part": "snippet"}, json=foreign)
    assert (status, reason(body)) == (403, "forbidden")
    for id, status, why in ((comment.id, 403, "forbidden"), ("nothing", 404, "commentNotFound")):
        answered, body = await raw._call("DELETE", "comments", params={"id": id})
        assert (answered, reason(body)) == (status, why)
    assert (await raw._call("DELETE", "comments", params={"id": made["id"]}))[0] == 204
    assert (await raw._call("DELETE", "comments", params={"id": made["id"]}))[0] == 404
    nameless = {"snippet": {"textOriginal": "x"}}
    status, body = await raw._call("PUT", "comments", params={"part": "snippet"}, json=nameless)
    assert (status, reason(body)) == (400, "commentIdMissing")


async def test_a_new_answer_does_not_bring_its_thread_up_and_five_are_shown(raw: Raw) -> None:
    us = raw.tube.account.id
    old = await raw.tube.post("lea", "old", at=datetime.now(UTC) - timedelta(days=1))
    new = await raw.tube.post("kim", "new")
    for number in range(8):
        await raw.tube.post("kim", f"{number}", reply_to=old)
    _, body = await raw.threads(allThreadsRelatedToChannelId=us, order="time", maxResults=100)
    assert [one["id"] for one in items(body)] == [new.id, old.id]
    second = items(body)[1]
    assert second["snippet"]["totalReplyCount"] == 8  # type: ignore[index]  # as it came
    shown = second["replies"]["comments"]  # type: ignore[index]  # as it came
    assert [one["snippet"]["textDisplay"] for one in shown] == ["7", "6", "5", "4", "3"]
    _, first = await raw.get("comments", part="snippet", parentId=old.id, maxResults=5)
    _, rest = await raw.get("comments", part="snippet", parentId=old.id, maxResults=5, pageToken=first["nextPageToken"])
    assert [len(items(first)), len(items(rest)), "nextPageToken" in rest] == [5, 3, False]


async def test_html_has_addresses_and_plain_text_has_titles(raw: Raw) -> None:
    words = f"<b> & https://www.youtube.com/watch?v={raw.tube.video.id}\nso"
    comment = await raw.tube.post("lea", words)
    texts = []
    for way in ("html", "plainText"):
        _, body = await raw.get("comments", part="snippet", id=comment.id, textFormat=way)
        texts.append(items(body)[0]["snippet"]["textDisplay"])  # type: ignore[index]  # as it came
    address = f"https://www.youtube.com/watch?v={raw.tube.video.id}"
    assert texts[0] == f'&lt;b&gt; &amp; <a href="{address}">How to ride a bike</a><br>so'
    assert texts[1] == "<b> & How to ride a bike\nso"


async def test_comments_that_are_not_there_are_left_out_in_silence(raw: Raw) -> None:
    one = await raw.tube.post("lea", "one")
    gone = await raw.tube.post("lea", "gone")
    await raw.tube.delete(gone)
    status, body = await raw.get("comments", part="snippet", id=f"{one.id},{gone.id}")
    assert (status, [item["id"] for item in items(body)]) == (200, [one.id])
    raw.tube.video.comments_on = False
    assert items((await raw.threads(id=one.id))[1]) == []
    status, body = await raw.threads(videoId=raw.tube.video.id)
    assert (status, reason(body)) == (403, "commentsDisabled")


async def test_a_token_must_be_there_and_alive(raw: Raw) -> None:
    for token in ("", "wrong"):
        raw.token = token
        status, body = await raw.get("channels", part="id", mine="true")
        assert (status, reason(body)) == (401, "authError")
    raw.token = raw.tube.token
    assert (await raw.get("channels", part="id", mine="true"))[0] == 200
    raw.tube.fault(Fault.EXPIRED)
    assert (await raw.get("channels", part="id", mine="true"))[0] == 401
    raw.token = raw.tube.server.new_access()
    raw.tube.fault(Fault.SUSPENDED)
    assert (await raw.get("channels", part="id", mine="true"))[0] == 403


async def test_the_quota_is_counted_and_ends() -> None:
    async with TubeStandIn.serve(quota=52) as tube, aiohttp.ClientSession() as session:
        raw = Raw(tube, session)
        comment = await tube.post("lea", "help")
        await raw.threads(id=comment.id)
        assert (await raw.insert({"parentId": comment.id, "textOriginal": "hi"}))[0] == 200
        assert tube.spent() == 51
        status, body = await raw.insert({"parentId": comment.id, "textOriginal": "hi"})
        assert (status, reason(body)) == (403, "quotaExceeded")
        assert (await raw.threads(id=comment.id))[0] == 200
        assert (await raw.threads(id=comment.id))[0] == 403


# Sign-in


async def consent(raw: Raw, **more: str) -> tuple[int, dict[str, list[str]]]:
    asked = {
        "response_type": "code",
        "client_id": raw.tube.server.client_id,
        "redirect_uri": BACK,
        "scope": SCOPE,
        "state": "s",
        **more,
    }
    address = f"{raw.tube.base_url}/o/oauth2/v2/auth"
    async with raw.http.get(address, params=asked, allow_redirects=False) as answer:
        return answer.status, parse_qs(urlsplit(answer.headers.get("Location", "")).query)


async def exchange(raw: Raw, **form: str) -> tuple[int, dict[str, object]]:
    own = {"client_id": raw.tube.server.client_id, "client_secret": raw.tube.server.client_secret}
    async with raw.http.post(f"{raw.tube.base_url}/token", data={**own, **form}) as answer:
        return answer.status, await answer.json()


async def test_a_code_opens_once_and_only_with_its_verifier_and_its_address(raw: Raw) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).decode().rstrip("=")
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    right = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": "verifier"}
    for wrong, error in (
        ({"code_verifier": "other"}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:2/"}, "redirect_uri_mismatch"),
        ({"client_secret": "x"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ):
        _, back = await consent(raw, **pkce)
        status, body = await exchange(raw, **{**right, "code": back["code"][0], **wrong})
        assert (status in (400, 401), body["error"]) == (True, error)
    _, back = await consent(raw, **pkce)
    status, tokens = await exchange(raw, **right, code=back["code"][0])
    assert (status, back["state"], tokens["expires_in"]) == (200, ["s"], 3599)
    assert (await exchange(raw, **right, code=back["code"][0]))[1]["error"] == "invalid_grant"
    status, renewed = await exchange(raw, grant_type="refresh_token", refresh_token=str(tokens["refresh_token"]))
    assert status == 200
    assert "refresh_token" not in renewed
    raw.token = str(renewed["access_token"])
    assert (await raw.get("channels", part="id", mine="true"))[0] == 200
    raw.tube.fault(Fault.REVOKED)
    status, body = await exchange(raw, grant_type="refresh_token", refresh_token=str(tokens["refresh_token"]))
    assert (status, body["error"]) == (400, "invalid_grant")


async def test_a_consent_is_for_our_app_our_scope_and_a_good_challenge(raw: Raw) -> None:
    assert (await consent(raw, client_id="x"))[0] == 401
    for wrong in ({"scope": "email"}, {"response_type": "token"}, {"code_challenge": "x"}):
        assert (await consent(raw, **wrong))[0] == 400


# Misbehaving


@pytest.mark.parametrize("fault", [one for one in FAULTS if FAULTS[one].strikes])
async def test_each_fault_that_strikes_is_used_up_by_one_call(raw: Raw, fault: Fault) -> None:
    comment = await raw.tube.post("lea", "help")
    short = 0.05 if fault in (Fault.ACCEPT_LATE, Fault.ACCEPT_AND_HANG, Fault.HANG, Fault.THROTTLE) else None
    raw.tube.fault(fault, seconds=short)
    snippet = {"parentId": comment.id, "textOriginal": "hi"}
    try:
        first: int | None = (await raw.insert(snippet))[0]
    except aiohttp.ClientError:
        first = None
    expected = {Fault.FAIL_BEFORE: 502, Fault.FAIL_AFTER: 502, Fault.THROTTLE: 429, Fault.REFUSE: 400}
    assert first == expected.get(fault)
    if fault is Fault.ACCEPT_LATE:
        await raw.tube.wait_for(lambda tube: tube.posted_by_us())
    accepted = fault in (Fault.ACCEPT_AND_DROP, Fault.ACCEPT_AND_HANG, Fault.ACCEPT_LATE, Fault.FAIL_AFTER)
    assert len(raw.tube.posted_by_us()) == int(accepted)
    assert (await raw.insert(snippet))[0] == 200


async def test_a_list_that_lags_and_a_line_that_is_cut(raw: Raw) -> None:
    raw.tube.fault(Fault.LAG, seconds=60)
    comment = await raw.tube.post("lea", "help")
    assert items((await raw.threads(id=comment.id))[1]) == []
    raw.tube.clear_faults(Fault.LAG)
    assert len(items((await raw.threads(id=comment.id))[1])) == 1
    raw.tube.fault(Fault.CUT_OFF)
    with pytest.raises(aiohttp.ClientError):
        await raw.threads(id=comment.id)
    raw.tube.clear_faults()
    raw.tube.fault(Fault.HANG)
    asking = asyncio.create_task(raw.insert({"parentId": comment.id, "textOriginal": "hi"}))
    await raw.tube.wait_for(lambda tube: not tube.server.faults.on(Fault.HANG))
    raw.tube.clear_faults()
    with pytest.raises(aiohttp.ClientError):
        await asking


async def test_our_own_channel_does_not_post_as_a_customer(raw: Raw) -> None:
    with pytest.raises(ValueError, match="our own channel"):
        await raw.tube.post("acme", "hi")
