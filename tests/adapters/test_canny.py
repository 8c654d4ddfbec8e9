"""Canny over HTTP on loopback: its webhook signs a nonce and nothing else; and what it says read by any means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.canny import (
    API,
    Canny,
    read_author,
    read_comment,
    read_event,
    read_page,
    read_suggestion,
)
from adapters.canny_settings import Settings
from adapters.conformance.world import Ears
from adapters.contract import (
    VOTES,
    AuthFailed,
    Edited,
    Gone,
    Hook,
    HookAnswer,
    Malformed,
    Posted,
    PostRef,
    PublicPost,
    Reason,
    Receipt,
    Refused,
    Removed,
    Reply,
    Text,
    Throttled,
    Visibility,
    Voted,
)
from adapters.errors import PlatformError
from adapters.settings import SettingError
from sandbox.boards import Fault, Item, Where
from sandbox.boards.standin import Called
from sandbox.canny import CannyStandIn
from tests.adapters.shared_data import shared

ME = CannyStandIn.author


@pytest.fixture
async def board() -> AsyncIterator[CannyStandIn]:
    async with CannyStandIn.serve() as one:
        yield one


@asynccontextmanager
async def account(board: CannyStandIn, **changed: object) -> AsyncIterator[Canny]:
    table: dict[str, object] = {
        "server": board.base_url,
        "author": board.author,
        "token": board.token,
        "poll": timedelta(milliseconds=50),
        "call_limit": timedelta(seconds=1),
    }
    one = Canny(Settings(**(table | changed)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


def ref(board: CannyStandIn, item: Item) -> PostRef:
    return PostRef(board.name(item))


async def reply_to(one: Canny, at: PostRef, words: str = "We are on it.") -> Reply:
    post = (await one.fetch([at]))[at]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))


async def call(one: Canny, called: Called, **changed: str) -> HookAnswer:
    return await one.hook(Hook(method="POST", path="", query={}, headers=called.headers | changed, body=called.body))


async def test_a_suggestion_is_heard_with_its_votes_and_a_comment_is_answered_beneath_it(board: CannyStandIn) -> None:
    async with account(board, sweep_every=timedelta(milliseconds=100)) as one, Ears(one) as ears:
        wish = await board.post("lea", "At night it blinds me.", title="Dark mode")
        post = (await ears.post(ref(board, wish))).post
        assert (post.text.plain, post.extra[VOTES], post.author.handle) == (
            "Dark mode\n\nAt night it blinds me.",
            0,
            "",
        )
        await board.vote(wish, "kim", "sam")
        await ears.until(lambda heard: Voted(post.ref, 2) in heard)
        comment = await board.post("kim", "me too", reply_to=wish)
        await ears.post(ref(board, comment))
        reply = await reply_to(one, ref(board, comment))
        receipt = await one.publish(reply, "k1")
        assert board.named(receipt.ref.id).above is comment
        assert isinstance(await one.find_own_reply(reply, "k1"), Receipt)
        with pytest.raises(Refused) as caught:
            await one.correct(receipt, Text.of("x"), "k2")
        assert caught.value.reason is Reason.UNSUPPORTED
        await one.retract(receipt)
        assert await one.look(receipt) is Visibility.REJECTED


async def test_what_a_webhook_says_is_asked_for_and_never_believed(board: CannyStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "dark mode")
        created = board.outbox[-1]
        (told,) = (await call(one, created)).heard
        assert isinstance(told, Posted)
        assert (await call(one, created)).heard == (), "the same nonce again"
        forged = json.loads(created.body)
        forged["object"] |= {"details": "buy my pills", "score": 9999}
        (said,) = (await call(one, board.signed(forged))).heard
        assert isinstance(said, Posted)
        assert ("pills" in said.post.text.plain, said.post.extra[VOTES]) == (False, 0)
        away = {"type": "post.deleted", "objectType": "post", "object": {"id": forged["object"]["id"]}}
        assert (await call(one, board.signed(away))).heard == (), "it still stands"
        await board.vote(wish, "kim")
        assert (await call(one, board.outbox[-1])).heard == (Voted(ref(board, wish), 1),)
        await board.edit(wish, "dark mode at night")
        (edited,) = (await call(one, board.outbox[-1])).heard
        assert isinstance(edited, Edited)
        await board.delete(wish)
        assert (await call(one, board.outbox[-1])).heard == (Removed(ref(board, wish)),)
        assert (await call(one, board.signed({"type": "company.created", "object": {"id": "1"}}))).heard == ()


async def test_calls_that_are_not_signed_or_too_old_are_refused(board: CannyStandIn) -> None:
    async with account(board) as one:
        await board.post("lea", "dark mode")
        good = board.outbox[-1]
        old = str(int((datetime.now(UTC) - timedelta(minutes=6)).timestamp() * 1000))
        for wrong in (
            {"canny-signature": "AAAA"},
            {"canny-signature": "?"},
            {"canny-nonce": "other"},
            {"canny-nonce": ""},
            {"canny-timestamp": old},
            {"canny-timestamp": "now"},
        ):
            with pytest.raises(AuthFailed):
                await call(one, good, **wrong)
        with pytest.raises(Malformed):
            await call(one, Called(board.signed({}).headers, b"["))
        board.fault(Fault.FAIL_BEFORE, where=Where.READ)
        with pytest.raises(PlatformError):
            await call(one, good)
        assert (await call(one, good)).heard, "what failed may come again"
        assert (await one.hook(Hook(method="GET", path="", query={}, headers={}, body=b""))).status == 405


async def test_wrong_keys_other_boards_and_limits_are_told(board: CannyStandIn) -> None:
    async with account(board, token="wrong") as one:
        with pytest.raises(AuthFailed, match="API key"):
            await one.open()
    async with account(board, author="f" * 24) as one:
        with pytest.raises(AuthFailed, match="author"):
            await one.open()
    async with account(board) as one:
        wish = await board.post("lea", "dark mode")
        reply = await reply_to(one, ref(board, wish))
        await board.delete(wish)
        with pytest.raises(Refused) as caught:
            await one.publish(reply, "k1")
        assert caught.value.reason is Reason.GONE
        assert await one.fetch([ref(board, wish)]) == {ref(board, wish): Gone(ref(board, wish))}
        board.fault(Fault.THROTTLE, seconds=7)
        with pytest.raises(Throttled):
            await one.publish(reply, "k1")
    async with account(board, boards="e" * 24) as one:
        other = await board.post("lea", "a map")
        assert not isinstance((await one.fetch([ref(board, other)]))[ref(board, other)], PublicPost)
    for wrong in ({"author": "me"}, {"boards": "wishes"}, {"server": "canny"}):
        with pytest.raises(SettingError):
            Settings(**({"author": ME, "token": "x"} | wrong))  # type: ignore[arg-type]


def test_every_call_of_ours_is_in_the_description_of_the_api() -> None:
    described = shared("canny", "canny-openapi.yml").read_text("utf-8")
    ours = ["/users/retrieve", "/posts/list", "/posts/retrieve", "/comments/list", "/comments/retrieve"]
    assert API == "/api/v1"
    assert [one for one in (*ours, "/comments/create", "/comments/delete") if f"\n  {one}:\n" not in described] == []


# Reading

AUTHOR: dict[str, object] = {"id": "a" * 24, "name": "Lea ‮", "avatarURL": None, "url": None}
POST: dict[str, object] = {
    "id": "b" * 24,
    "author": AUTHOR,
    "title": "Dark mode",
    "details": "",
    "score": 3,
    "created": "2026-11-20T09:00:00.000Z",
    "url": None,
}
COMMENT: dict[str, object] = {
    "id": "c" * 24,
    "author": AUTHOR,
    "value": "me too",
    "private": False,
    "parentID": None,
    "post": {"id": "b" * 24, "url": None},
    "created": "2026-11-20T09:00:00.000Z",
}


def test_what_only_the_team_sees_is_not_heard() -> None:
    assert read_comment({**COMMENT, "private": True}, me=ME) is None
    entry = read_comment({**COMMENT, "parentID": "d" * 24}, me=ME)
    assert entry is not None
    assert entry.post.parent == PostRef("comment:" + "d" * 24)
    assert read_suggestion({**POST, "author": None}, me=ME).post.author.name == "Somebody"
    assert read_suggestion({**POST, "author": {**AUTHOR, "id": ME}}, me=ME).post.ours


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KEYS = sorted({*POST, *COMMENT, *AUTHOR, "type", "object", "posts", "hasMore"})


@settings(max_examples=40, deadline=None)
@given(
    value=anything, key=st.sampled_from(KEYS), kind=st.sampled_from(["post.created", "comment.edited", "vote.deleted"])
)
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str, kind: str) -> None:
    event = {"type": kind, "object": {**COMMENT, key: value}, key: value}
    for given_value in (value, {**POST, key: value}, {**COMMENT, key: value}, {**AUTHOR, key: value}, event):
        for reader in (
            lambda one: read_suggestion(one, me=ME),
            lambda one: read_comment(one, me=ME),
            lambda one: read_page(one, "posts"),
            read_author,
            read_event,
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
