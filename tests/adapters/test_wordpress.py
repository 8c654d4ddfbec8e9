"""WordPress over HTTP on loopback: what only WordPress does, and what it says read by any means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conformance.world import Ears
from adapters.contract import (
    AuthFailed,
    CannotTell,
    Gone,
    Lost,
    Malformed,
    Posted,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Removed,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Visibility,
)
from adapters.errors import PlatformError
from adapters.settings import SettingError
from adapters.wordpress import WordPress
from adapters.wordpress_read import read_code, read_comment, read_comments, read_me, same_shown, to_wordpress
from adapters.wordpress_settings import Settings
from sandbox.wordpress import Comment, Fault, PressStandIn
from tests.adapters.shared_data import shared


@pytest.fixture
async def press() -> AsyncIterator[PressStandIn]:
    async with PressStandIn.serve() as one:
        yield one


@asynccontextmanager
async def account(press: PressStandIn, **changed: object) -> AsyncIterator[WordPress]:
    table = {"poll": timedelta(milliseconds=50), "call_limit": timedelta(seconds=1), **changed}
    secrets = {"username": press.username, "password": press.password}
    one = WordPress(Settings(server=press.base_url, **(secrets | table)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


async def reply_to(one: WordPress, comment: Comment, words: str = "We are on it.") -> Reply:
    ref = PostRef(str(comment.id))
    post = (await one.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))


async def test_a_held_comment_is_heard_when_somebody_approves_it(press: PressStandIn) -> None:
    async with account(press) as one, Ears(one) as ears:
        held = await press.post("kim", "first words", status="hold")
        await ears.post(PostRef(str((await press.post("lea", "later words")).id)))
        assert not any(isinstance(heard, Posted) and heard.post.ref.id == str(held.id) for heard in ears.heard)
        await press.move(held, "approved")
        await ears.post(PostRef(str(held.id)))
        await press.move(held, "spam")
        assert await one.fetch([PostRef(str(held.id))]) == {PostRef(str(held.id)): Gone(PostRef(str(held.id)))}
        again = await press.post("kim", "held again")
        await ears.post(PostRef(str(again.id)))
        await press.move(again, "hold")
        await ears.until(lambda heard: Removed(PostRef(str(again.id))) in heard)
        assert isinstance((await one.fetch([PostRef(str(again.id))]))[PostRef(str(again.id))], Unavailable)


async def test_a_duplicate_is_no_refusal_but_found_by_its_parent(press: PressStandIn) -> None:
    async with account(press) as one:
        reply = await reply_to(one, await press.post("lea", "help"), 'It\'s "fine" -- & 2 < 3 …')
        press.fault(Fault.FAIL_AFTER)
        with pytest.raises(Lost):
            await one.publish(reply, "k1")
        with pytest.raises(Lost):
            await one.publish(reply, "k1")
        found = await one.find_own_reply(reply, "k1")
        assert isinstance(found, Receipt)
        assert [press.seen(shown) for shown in press.posted_by_us()] == [reply.text.plain]


async def test_there_are_never_two_at_once(press: PressStandIn) -> None:
    async with account(press, call_limit=timedelta(seconds=4)) as one:
        replies = [await reply_to(one, await press.post("lea", f"help {number}")) for number in range(4)]
        press.fault(Fault.ACCEPT_AND_HANG, seconds=0.3)
        got = await asyncio.gather(*(one.publish(each, "k") for each in replies), return_exceptions=True)
        assert [type(each) for each in got] == [Lost, Receipt, Receipt, Receipt]
    async with account(press) as one:
        press.fault(Fault.ACCEPT_AND_HANG)
        got = await asyncio.gather(*(one.publish(each, "k") for each in replies[:2]), return_exceptions=True)
        assert {type(each) for each in got} == {Lost, Throttled}


async def test_a_reply_that_waits_for_approval_is_pending_and_found(press: PressStandIn) -> None:
    async with account(press) as one:
        press.fault(Fault.HOLD)
        reply = await reply_to(one, await press.post("lea", "help"))
        receipt = await one.publish(reply, "k1")
        assert receipt.visibility is await one.look(receipt) is Visibility.PENDING
        assert isinstance(found := await one.find_own_reply(reply, "k1"), Receipt)
        assert found.visibility is Visibility.PENDING
        await press.move(receipt.ref.id, "approved")
        assert await one.look(receipt) is Visibility.VISIBLE
        await one.retract(receipt)
        await one.retract(receipt)
        assert await one.look(receipt) is Visibility.REJECTED


async def test_what_is_closed_held_or_spam_is_told_before_anybody_writes(press: PressStandIn) -> None:
    async with account(press) as one:
        closed = await reply_to(one, await press.post("lea", "help", page=8))
        open_one = await press.post("lea", "help")
        ready = await reply_to(one, open_one)
        assert isinstance(await one.preflight(ready), Ready)
        assert isinstance(refusal := await one.preflight(closed), Refusal)
        assert refusal.reason is Reason.CLOSED
        for status in ("hold", "spam", "trash"):
            await press.move(open_one, status)
            assert isinstance(refusal := await one.preflight(ready), Refusal)
            assert refusal.reason is Reason.GONE
        with pytest.raises(Refused):
            await one.publish(Reply(parent=PostRef("1"), text=Text.of("x")), "k1")
        press.fault(Fault.FLOOD)
        with pytest.raises(Throttled):
            await one.publish(ready, "k1")


async def test_an_account_that_may_not_moderate_is_told_and_hears_what_everybody_sees() -> None:
    async with PressStandIn.serve(moderates=False) as press, account(press) as one:
        await one.open()
        assert any("may not moderate" in note for note in one.notes())
        comment = await press.post("lea", "help")
        async with Ears(one) as ears:
            await ears.post(PostRef(str(comment.id)))
        reply = await reply_to(one, comment, 'It\'s "fine".')
        assert isinstance(await one.find_own_reply(reply, "k1"), CannotTell)
        await one.publish(reply, "k1")
        assert isinstance(await one.find_own_reply(reply, "k1"), Receipt)
        await press.move(comment, "hold")
        ref = PostRef(str(comment.id))
        assert isinstance((await one.fetch([ref]))[ref], Unavailable), "its words are not erased"


async def test_wrong_passwords_and_no_api_are_told_apart(press: PressStandIn) -> None:
    async with account(press, password="wrong") as one:
        with pytest.raises(AuthFailed):
            await one.open()
        with pytest.raises(Refused) as caught:
            await one.publish(Reply(parent=PostRef("1"), text=Text.of("x"), extra={"page": "7"}), "k1")
        assert caught.value.reason is Reason.AUTH
    press.fault(Fault.NONSENSE)
    async with account(press) as one:
        with pytest.raises(PlatformError, match="REST API"):
            await one.open()


def test_settings_that_cannot_be_meant_are_told() -> None:
    for wrong in ({"server": "blog"}, {"username": "a:b"}, {"username": ""}, {"call_limit": timedelta(0)}):
        with pytest.raises(SettingError):
            Settings(**({"server": "https://blog.example", "username": "acme", "password": "x"} | wrong))  # type: ignore[arg-type]


# Reading

COMMENT: dict[str, object] = {
    "id": 12,
    "post": 7,
    "parent": 0,
    "author": 0,
    "author_name": "Lea &amp; Kim",
    "date_gmt": "2026-11-20T09:00:00",
    "content": {"rendered": "<p>Does it <b>work</b>?</p>\n"},
    "link": "https://blog.example/?p=7#comment-12",
    "status": "approved",
    "type": "comment",
}


def test_a_comment_is_read_as_visitors_see_it() -> None:
    post = read_comment(COMMENT, me=2).post
    assert (post.text.plain, post.author.name, post.ref, post.root) == (
        "Does it work?",
        "Lea & Kim",
        PostRef("12"),
        PostRef("12"),
    )
    assert post.at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    below = read_comment({**COMMENT, "parent": 9}, me=2).post
    assert (below.parent, below.root) == (PostRef("9"), None)
    mail = read_comment({**COMMENT, "author_email": "lea@acme.example"}, me=2).post.author.ref
    assert mail != post.author.ref
    assert "lea@" not in mail
    ours = read_comment({**COMMENT, "author": 2, "content": {"rendered": "<p>x</p>", "raw": "2 &lt; 3"}}, me=2).post
    assert (ours.ours, ours.text.plain) == (True, "2 < 3")
    hidden = "<p>‮<script>alert(1)</script><a href='javascript:x'>look</a>" + "x" * 10_000
    assert "alert" not in read_comment({**COMMENT, "content": {"rendered": hidden}}, me=2).post.text.plain
    pings = read_comments([COMMENT, {**COMMENT, "type": "pingback"}, {"id": "x"}, None], me=2)
    assert (len(pings[0]), pings[1]) == (1, 3)


def test_recorded_shapes_are_read() -> None:
    value = json.loads(shared("wordpress", "comment.synthetic.json").read_text("utf-8"))
    assert read_comment(value["comment"], me=2).post.author.name == "Ann"
    assert [read_code(one["body"]) for one in value["errors"]] == ["comment_duplicate", "comment_flood"]


def test_words_are_compared_as_typed_and_as_shown() -> None:
    assert same_shown('It\'s "fine" -- so...', "It’s “fine” — so…")
    assert not same_shown("2 < 3", "2 > 3")
    assert to_wordpress("2 < 3 & <b>") == "2 &lt; 3 &amp; &lt;b&gt;"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=30, deadline=None)
@given(
    value=anything,
    key=st.sampled_from([*sorted(COMMENT), "author_email", "author_avatar_urls", "capabilities", "name"]),
)
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str) -> None:
    for given_value in (value, {**COMMENT, key: value}, [{**COMMENT, key: value}]):
        for reader in (
            lambda one: read_comment(one, me=2),
            lambda one: read_comments(one, me=2),
            read_me,
            read_code,
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
