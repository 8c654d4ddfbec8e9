"""Files in the Slack stand-in: the three steps, what it refuses at each, and who may look."""

from __future__ import annotations

import aiohttp

from sandbox.slack import SlackStandIn
from tests.sandbox.slack.conftest import Raw

PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"


def block(file: object, **more: object) -> dict:
    return {"type": "image", "slack_file": file, "alt_text": "numbers", **more}


async def uploaded(raw: Raw, http: aiohttp.ClientSession, body: bytes = PNG, *, complete: bool = True) -> str:
    asked = await raw("files.getUploadURLExternal", filename="a.png", length=len(body), alt_txt="numbers")
    async with http.post(asked["upload_url"], data=body) as answer:
        assert answer.status == 200
    if complete:
        assert (await raw("files.completeUploadExternal", files=[{"id": asked["file_id"]}]))["ok"]
    return str(asked["file_id"])


async def posted(raw: Raw, *blocks: object) -> dict:
    return await raw("chat.postMessage", channel="C0CARE", text="x", blocks=list(blocks))


async def test_a_file_in_three_steps_stands_in_a_message(raw: Raw, http: aiohttp.ClientSession, slack: SlackStandIn):
    file = await uploaded(raw, http)
    assert (await posted(raw, block({"id": file})))["ok"]
    async with http.get(f"{slack.base_url}/files/{file}") as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", PNG)


async def test_every_step_refuses_what_the_real_one_refuses(raw: Raw, http: aiohttp.ClientSession, slack: SlackStandIn):
    ask, complete = "files.getUploadURLExternal", "files.completeUploadExternal"
    refused = [
        (await raw(ask, filename="a.png", length=0))["error"],
        (await raw(ask, filename="a.png", length="many"))["error"],
        (await raw(ask, filename="a.png", length=10**12))["error"],
        (await raw(ask, filename="a.png", length=5, alt_txt="x" * 1001))["error"],
        (await raw(ask, length=5))["error"],
        (await raw(complete, files=[]))["error"],
        (await raw(complete, files="{"))["error"],
        (await raw(complete, files=[{"id": "F0NOBODY"}]))["error"],
        (await raw(complete, files=[{"id": "F0NOBODY"}], channel_id="C0CARE"))["error"],
    ]
    assert refused == [
        "missing_argument",
        "invalid_arguments",
        "file_upload_size_restricted",
        "alt_txt_too_large",
        "invalid_arguments",
        "invalid_arguments",
        "invalid_arguments",
        "file_not_found",
        "invalid_arguments",
    ]
    asked = await raw(ask, filename="a.png", length=5)
    assert (await raw(complete, files=[{"id": asked["file_id"]}]))["error"] == "file_not_found"  # no bytes yet
    statuses = []
    for url, body, headers in (
        (asked["upload_url"] + "x", b"12345", {}),
        (asked["upload_url"], b"1234", {}),
        (asked["upload_url"], b"12345", {"Authorization": "Bearer given-away"}),
        (asked["upload_url"], b"12345", {}),
        (asked["upload_url"], b"12345", {}),
    ):
        async with http.post(url, data=body, headers=headers) as answer:
            statuses.append(answer.status)
    assert statuses == [404, 400, 404, 200, 404]
    slack.scopes.discard("files:write")
    assert (await raw(ask, filename="a.png", length=5))["error"] == "missing_scope"


async def test_a_block_shows_only_a_whole_image_of_ours(raw: Raw, http: aiohttp.ClientSession, slack: SlackStandIn):
    whole = await uploaded(raw, http)
    for wrong in (
        block({"id": "F0NOBODY"}),
        block({"id": await uploaded(raw, http, complete=False)}),
        block({"id": await uploaded(raw, http, b"just words")}),
        block({"id": whole, "url": "https://files.slack.com/x"}),
        block(whole),
        block({"id": whole}, image_url="https://pictures.example/1"),
    ):
        assert (await posted(raw, wrong))["error"] == "invalid_blocks", wrong
    slack.slow_files(2)
    slow = await uploaded(raw, http)
    answers = [await posted(raw, block({"id": slow})) for _ in range(3)]
    assert [answer["ok"] for answer in answers] == [False, False, True]
    assert "invalid slack file" in answers[0]["response_metadata"]["messages"][0]
