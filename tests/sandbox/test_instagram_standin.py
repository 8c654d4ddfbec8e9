"""The stand-in of an Instagram account keeps Meta's rules: every refusal of its own, provoked by a raw request.

What it shares with the stand-in of a Page (the door, fields, lists) is tried there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from sandbox.instagram import Fault, GramStandIn


@pytest.fixture
async def gram() -> AsyncIterator[GramStandIn]:
    async with GramStandIn.serve() as one:
        yield one


async def ask(
    gram: GramStandIn, method: str, path: str, body: object = None, *, token: str = "", **query: str
) -> tuple[int, dict[str, object]]:
    """A raw call with token and proof, unless others are given; status and body."""
    headers = {"Authorization": f"Bearer {token or gram.token}"}
    asked = {"appsecret_proof": gram.server.proof(), **query}
    address = f"{gram.base_url}/v26.0{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, address, params=asked, json=body, headers=headers) as response,
    ):
        return response.status, await response.json()


async def refused(gram: GramStandIn, method: str, path: str, body: object = None, **more: str) -> tuple[int, int]:
    """Code and subcode of the refusal."""
    status, answer = await ask(gram, method, path, body, **more)
    assert status >= 400, answer
    error = answer["error"]
    assert isinstance(error, dict)
    return error["code"], error.get("error_subcode", 0)


async def test_nobody_comes_in_without_token_and_proof(gram: GramStandIn) -> None:
    assert await refused(gram, "GET", "/me", token="guess") == (190, 0)
    assert await refused(gram, "GET", "/me", appsecret_proof="0" * 64) == (100, 0)
    gram.fault(Fault.EXPIRED)
    assert await refused(gram, "GET", "/me") == (190, 463)


async def test_paths_and_fields_that_are_not_there_are_refused_by_name(gram: GramStandIn) -> None:
    comment = await gram.post("lea", "help")
    for path in ("/me/nothing", f"/{gram.account.id}/stories", f"/{comment.id}/likes", "/a/b/c"):
        code = await refused(gram, "GET", path)
        assert code in ((2500, 0), (100, 33)), path
    assert await refused(gram, "POST", "/me/nothing") == (2500, 0)
    assert await refused(gram, "GET", f"/{comment.id}", fields="id,edited") == (100, 0)
    assert await refused(gram, "GET", "/", ids="") == (100, 0)
    assert await refused(gram, "GET", "/", ids=",".join(["1"] * 51)) == (100, 0)


async def test_answers_under_a_comment_are_checked(gram: GramStandIn) -> None:
    comment = await gram.post("lea", "help")
    path = f"/{comment.id}/replies"
    assert await refused(gram, "POST", path, {"message": " "}) == (100, 0)
    assert await refused(gram, "POST", path, {"message": "x" * 301}) == (100, 0)
    assert await refused(gram, "POST", "/17/replies", {"message": "x"}) == (100, 33)
    assert await refused(gram, "POST", f"/{gram.first.id}/replies", {"message": "x"}) == (100, 33)
    status, made = await ask(gram, "POST", path, {"message": "x" * 300})
    assert status == 200
    assert [one.id for one in gram.replies_to(comment)] == [made["id"]]
    comment.media.open = False
    assert await refused(gram, "POST", path, {"message": "more"}) == (200, 0)


async def test_what_is_gone_or_blocks_us_or_stands_elsewhere_is_not_there(gram: GramStandIn) -> None:
    comment = await gram.post("lea", "help")
    answer = await gram.post("kim", "me too", under=comment)
    elsewhere = gram.mention("kim", "look, @acme")
    assert await refused(gram, "GET", f"/{elsewhere.id}") == (100, 33)
    await gram.delete(comment)
    assert await refused(gram, "GET", f"/{answer.id}") == (100, 33)
    assert await refused(gram, "DELETE", f"/{comment.id}") == (100, 33)
    other = await gram.post("pat", "hello")
    gram.block("pat")
    assert await refused(gram, "GET", f"/{other.id}") == (100, 33)


async def test_a_mention_is_answered_only_where_it_names_us(gram: GramStandIn) -> None:
    media = gram.mention("lea", "thanks for nothing @acme")
    silent = await gram.post("kim", "not about you", under=media)
    path = f"/{gram.account.id}/mentions"
    assert await refused(gram, "POST", path, {"message": "x", "media_id": "17"}) == (100, 33)
    assert await refused(gram, "POST", path, {"message": "x", "media_id": gram.first.id}) == (100, 33)
    other = {"message": "x", "media_id": media.id, "comment_id": silent.id}
    assert await refused(gram, "POST", path, other) == (100, 33)
    asked = f"mentioned_comment.comment_id({silent.id}){{text}}"
    assert await refused(gram, "GET", f"/{gram.account.id}", fields=asked) == (100, 33)
    assert (await ask(gram, "POST", path, {"message": "x", "media_id": media.id}))[0] == 200


async def test_a_private_reply_is_given_once_in_time_and_under_our_own_media(gram: GramStandIn) -> None:
    comment = await gram.post("lea", "help")
    path = "/me/messages"
    body = {"recipient": {"comment_id": comment.id}, "message": {"text": "Dear lea"}}
    assert await refused(gram, "POST", path, {**body, "message": {"text": "é" * 501}}) == (100, 0)
    assert (await ask(gram, "POST", path, body))[0] == 200
    assert await refused(gram, "POST", path, body) == (10900, 0)
    old = await gram.post("kim", "help")
    old.at -= timedelta(days=7, minutes=1)
    assert await refused(gram, "POST", path, {**body, "recipient": {"comment_id": old.id}}) == (10903, 0)
    ours = await gram.answer_by_hand(comment, "Hello")
    assert await refused(gram, "POST", path, {**body, "recipient": {"comment_id": ours.id}}) == (100, 0)
    there = await gram.post("pat", "same here @acme", under=gram.mention("pat", "look, @acme"))
    assert (await refused(gram, "POST", path, {**body, "recipient": {"comment_id": there.id}}))[0] == 100
