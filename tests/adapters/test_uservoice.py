"""UserVoice over HTTP on loopback: tokens for a key, supporters as votes; and what it says read by any means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conformance.world import Ears
from adapters.contract import (
    VOTES,
    AuthFailed,
    Edited,
    Gone,
    Malformed,
    PostRef,
    PublicPost,
    Receipt,
    Refused,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Voted,
)
from adapters.errors import PlatformError
from adapters.settings import SettingError
from adapters.uservoice import UserVoice, read_comment, read_more, read_people, read_suggestion
from adapters.uservoice_settings import Settings
from sandbox.boards import Fault, Item, Where
from sandbox.uservoice import UserVoiceStandIn


@pytest.fixture
async def board() -> AsyncIterator[UserVoiceStandIn]:
    async with UserVoiceStandIn.serve() as one:
        yield one


@asynccontextmanager
async def account(board: UserVoiceStandIn, **changed: object) -> AsyncIterator[UserVoice]:
    table: dict[str, object] = {
        "server": board.base_url,
        "user": "2",
        "client_id": board.client_id,
        "client_secret": board.token,
        "poll": timedelta(milliseconds=50),
        "call_limit": timedelta(seconds=1),
    }
    one = UserVoice(Settings(**(table | changed)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


def ref(board: UserVoiceStandIn, item: Item) -> PostRef:
    return PostRef(board.name(item))


async def reply_to(one: UserVoice, at: PostRef, words: str = "We are on it.") -> Reply:
    post = (await one.fetch([at]))[at]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))


async def test_a_suggestion_is_heard_with_its_supporters_and_edits_are_seen_by_comparing(
    board: UserVoiceStandIn,
) -> None:
    async with account(board, sweep_every=timedelta(milliseconds=100)) as one, Ears(one) as ears:
        wish = await board.post("lea", "At night it blinds me.", title="Dark mode")
        post = (await ears.post(ref(board, wish))).post
        assert (post.text.plain, post.extra[VOTES], post.author.name) == (
            "Dark mode\n\nAt night it blinds me.",
            0,
            "Lea",
        )
        await board.vote(wish, "kim", "sam")
        await ears.until(lambda heard: Voted(post.ref, 2) in heard)
        await board.edit(wish, "It is too bright.")
        heard = await ears.until(lambda all_: any(isinstance(found, Edited) for found in all_))
        edited = next(found for found in heard if isinstance(found, Edited))
        assert edited.post.edited_at is not None
        assert edited.post.extra[VOTES] == 2


async def test_an_edit_made_while_nobody_listened_is_dated_too(board: UserVoiceStandIn) -> None:
    wish = await board.post("lea", "dark mode")
    async with account(board) as one, Ears(one) as ears:
        await ears.post(ref(board, wish))
        cursor = ears.cursors[-1]
    await board.edit(wish, "dark mode at night")
    async with account(board) as one, Ears(one, cursor) as ears:
        heard = await ears.until(lambda all_: any(isinstance(found, Edited) for found in all_))
        assert [found.post.edited_at is not None for found in heard if isinstance(found, Edited)] == [True]
        now = (await one.fetch([ref(board, wish)]))[ref(board, wish)]
        assert isinstance(now, PublicPost)
        assert now.edited_at is not None


async def test_a_comment_is_answered_under_its_suggestion(board: UserVoiceStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "dark mode")
        comment = await board.post("kim", "me too", reply_to=wish)
        reply = await reply_to(one, ref(board, comment))
        receipt = await one.publish(reply, "k1")
        assert isinstance(found := await one.find_own_reply(reply, "k1"), Receipt)
        assert found.ref == receipt.ref
        for call in (one.correct(receipt, Text.of("x"), "k2"), one.retract(receipt)):
            with pytest.raises(Refused):
                await call
        assert any("by mail" in note for note in one.notes())


async def test_a_token_that_has_ended_is_asked_for_anew_once(board: UserVoiceStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "dark mode")
        await one.open()
        board.bearer = "bearer-2"
        assert isinstance((await one.fetch([ref(board, wish)]))[ref(board, wish)], PublicPost)
    async with account(board, client_secret="wrong") as one:
        with pytest.raises(AuthFailed, match="API key"):
            await one.open()
    async with account(board, user="99") as one:
        with pytest.raises(AuthFailed, match="number"):
            await one.open()


async def test_waits_are_unix_times_and_without_a_token_nothing_was_sent(board: UserVoiceStandIn) -> None:
    async with account(board) as one:
        reply = await reply_to(one, ref(board, await board.post("lea", "dark mode")))
        board.fault(Fault.THROTTLE, seconds=20)
        with pytest.raises(Throttled) as caught:
            await one.publish(reply, "k1")
        assert timedelta(seconds=15) < caught.value.until - datetime.now(UTC) < timedelta(seconds=21)
    async with account(board) as fresh:
        board.fault(Fault.FAIL_BEFORE, where=Where.READ)
        with pytest.raises(Throttled):
            await fresh.publish(reply, "k1")
        assert len(board.publish_calls) == 1


async def test_what_is_not_published_or_in_another_forum_cannot_be_seen(board: UserVoiceStandIn) -> None:
    async with account(board, forums="9") as one:
        wish = await board.post("lea", "dark mode")
        assert isinstance((await one.fetch([ref(board, wish)]))[ref(board, wish)], Unavailable)
    async with account(board) as one:
        wish.hidden = True
        assert isinstance((await one.fetch([ref(board, wish)]))[ref(board, wish)], Unavailable)
        await board.delete(wish)
        assert isinstance((await one.fetch([ref(board, wish)]))[ref(board, wish)], Gone)
    given_settings: dict[str, object] = {"server": board.base_url, "user": "2", "client_id": "x", "client_secret": "x"}
    for wrong in ({"user": "me"}, {"forums": "wishes"}, {"server": "acme"}):
        with pytest.raises(SettingError):
            Settings(**(given_settings | wrong))  # type: ignore[arg-type]


# Reading

SUGGESTION: dict[str, object] = {
    "id": 2**60,
    "title": "Dark mode",
    "body": "<p>At <b>night</b><script>x</script></p>",
    "body_mime_type": "text/html",
    "created_at": "2026-11-20T09:00:00Z",
    "state": "published",
    "supporters_count": 3,
    "portal_url": None,
    "links": {"created_by": 7, "forum": 1},
}
COMMENT: dict[str, object] = {**SUGGESTION, "links": {"created_by": 7, "suggestion": 5}}


def test_a_suggestion_is_read_as_visitors_see_it() -> None:
    people = read_people({"users": [{"id": 7, "name": "Lea"}]})
    entry = read_suggestion(SUGGESTION, people, me="2")
    assert (entry.post.text.plain, entry.post.author.name) == ("Dark mode\n\nAt night", "Lea")
    assert (entry.post.ref.id, entry.post.extra[VOTES]) == (f"suggestion:{2**60}", 3)
    assert read_comment(COMMENT, {}, me="7").post.ours
    with pytest.raises(Malformed):
        read_comment(SUGGESTION, {}, me="2")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=40, deadline=None)
@given(value=anything, key=st.sampled_from([*sorted(SUGGESTION), "users", "pagination"]))
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str) -> None:
    for given_value in (value, {**SUGGESTION, key: value}, {**COMMENT, key: value}, {"links": value}, {key: [value]}):
        for reader in (
            lambda one: read_suggestion(one, {}, me="2"),
            lambda one: read_comment(one, {}, me="2"),
            read_people,
            read_more,
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
