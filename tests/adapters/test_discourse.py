"""Discourse over HTTP on loopback: what only Discourse does, its webhook, and what it says read by any means."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conformance.world import Ears
from adapters.contract import (
    VOTES,
    Absent,
    AuthFailed,
    CannotTell,
    Edited,
    Gone,
    Hook,
    HookAnswer,
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
    Voted,
)
from adapters.discourse import Discourse
from adapters.discourse_calls import DiscourseCalls
from adapters.discourse_read import (
    Forum,
    judge,
    place_of,
    read_errors,
    read_hits,
    read_me,
    read_pending,
    read_post,
    read_posts,
    read_topic,
    read_voted,
    read_votes,
)
from adapters.discourse_settings import Counted, Settings
from adapters.errors import PlatformError
from adapters.http import Answer
from adapters.settings import SettingError
from sandbox.boards import Fault, Item
from sandbox.boards.standin import Called
from sandbox.discourse import DiscourseStandIn
from tests.adapters.shared_data import shared

FORUM = Forum("https://forum.example", "acme", likes=True)


@pytest.fixture
async def board() -> AsyncIterator[DiscourseStandIn]:
    async with DiscourseStandIn.serve() as one:
        yield one


@asynccontextmanager
async def account(board: DiscourseStandIn, **changed: object) -> AsyncIterator[Discourse]:
    table: dict[str, object] = {
        "server": board.base_url,
        "username": board.username,
        "token": board.token,
        "hook_secret": board.hook_secret,
        "poll": timedelta(milliseconds=50),
        "call_limit": timedelta(seconds=1),
    }
    one = Discourse(Settings(**(table | changed)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


def ref(board: DiscourseStandIn, item: Item) -> PostRef:
    return PostRef(board.name(item))


async def post_of(one: Discourse, at: PostRef) -> PublicPost:
    post = (await one.fetch([at]))[at]
    assert isinstance(post, PublicPost)
    return post


async def reply_to(one: Discourse, at: PostRef, words: str = "We are on it.") -> Reply:
    return Reply.to(await post_of(one, at), text=Text.of(words), attempts=(datetime.now(UTC),))


async def call(one: Discourse, called: Called, **changed: str) -> HookAnswer:
    return await one.hook(Hook(method="POST", path="", query={}, headers=called.headers | changed, body=called.body))


async def test_a_topic_is_heard_with_its_title_and_its_likes_and_new_likes_are_votes(board: DiscourseStandIn) -> None:
    async with account(board) as one, Ears(one) as ears:
        wish = await board.post("lea", "At night it blinds me.", title="Dark mode")
        post = (await ears.post(ref(board, wish))).post
        assert (post.text.plain, post.extra[VOTES]) == ("Dark mode\n\nAt night it blinds me.", 0)
        await board.vote(wish, "kim", "sam")
        await ears.until(lambda heard: Voted(post.ref, 2) in heard)
        assert (await post_of(one, post.ref)).extra[VOTES] == 2
        below = await board.post("kim", "Me too", reply_to=wish)
        answer = (await ears.post(ref(board, below))).post
        assert (answer.root, answer.parent, answer.text.plain) == (post.ref, post.ref, "Me too")
        assert VOTES not in answer.extra


async def test_votes_of_the_plugin_are_told_by_the_webhook_by_asking_and_now_and_then() -> None:
    async with (
        DiscourseStandIn.serve(voting=True) as board,
        account(board, counts=Counted.VOTES, sweep_every=timedelta(milliseconds=100)) as one,
    ):
        wish = await board.post("lea", "Dark mode")
        at = ref(board, wish)
        async with Ears(one) as ears:
            await ears.post(at)
            await board.vote(wish, "kim")
            assert (await call(one, board.outbox[-1])).heard == (Voted(at, 1),)
            await ears.until(lambda heard: Voted(at, 1) in heard)
        assert (await post_of(one, at)).extra[VOTES] == 1


async def test_likes_of_topics_of_long_ago_are_asked_for_by_number(board: DiscourseStandIn) -> None:
    given = Settings(server=board.base_url, username=board.username, token=board.token)
    calls = DiscourseCalls(given, lambda: datetime.now(UTC))
    try:
        few, many = await board.post("lea", "a map"), await board.post("kim", "dark mode")
        await board.vote(many, "lea", "sam")
        assert list((await calls.counted()).items()) == [(ref(board, many), 2), (ref(board, few), 0)]
    finally:
        await calls.close()


async def test_categories_that_are_not_named_are_not_heard(board: DiscourseStandIn) -> None:
    async with account(board, categories="4") as one, Ears(one) as ears:
        other = await board.post("kim", "off topic")
        other.category = 9
        await ears.post(ref(board, await board.post("lea", "help")))
        assert {heard.post.ref for heard in ears.heard if isinstance(heard, Posted)}.isdisjoint({ref(board, other)})
        await board.edit(other, "still off topic")
        assert (await call(one, board.outbox[-1])).heard == ()


async def test_small_actions_whispers_and_private_messages_are_nobodys_words(board: DiscourseStandIn) -> None:
    async with account(board) as one, Ears(one) as ears:
        wish = await board.post("lea", "help")
        for kind in (2, 3, 4):
            (await board.post("mod", "closed this", reply_to=wish)).kind = kind
        last = await board.post("kim", "hello")
        await ears.post(ref(board, last))
        heard = [found.post.ref for found in ears.heard if isinstance(found, Posted)]
        assert heard == [ref(board, wish), ref(board, last)]
        private = signed_again(board, board.outbox[-1], topic_archetype="private_message")
        assert (await call(one, private)).heard == ()


def signed_again(board: DiscourseStandIn, called: Called, **changed: object) -> Called:
    """The same call with something of its post changed, signed as the forum does."""
    body = json.loads(called.body)
    body["post"] |= changed
    raw = json.dumps(body).encode()
    digest = hmac.new(board.hook_secret.encode(), raw, hashlib.sha256).hexdigest()
    return Called({**called.headers, "x-discourse-event-signature": f"sha256={digest}"}, raw)


async def test_the_webhook_tells_what_it_says_and_nothing_that_is_not_signed(board: DiscourseStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "help")
        at = ref(board, wish)
        created = board.outbox[-1]
        (told,) = (await call(one, created)).heard
        assert isinstance(told, Posted)
        now = await post_of(one, at)
        assert (told.post.text, told.post.edited_at, told.post.author) == (now.text, None, now.author)
        await board.edit(wish, "help me")
        (edited,) = (await call(one, board.outbox[-1])).heard
        assert isinstance(edited, Edited)
        assert edited.post.edited_at is not None
        await board.delete(wish)
        destroyed = board.outbox[-1]
        assert (await call(one, destroyed)).heard == (Removed(at),)
        await board.bring_back(wish)
        assert (await call(one, destroyed)).heard == (), "a call that comes again takes nothing away"
        for header in ("sha256=00", "", "sha1=x", "sha256=zz"):
            with pytest.raises(AuthFailed):
                await call(one, created, **{"x-discourse-event-signature": header})
        with pytest.raises(AuthFailed):
            await call(one, Called(created.headers, created.body + b" "))
        ping = signed_again(board, created)
        assert (await call(one, ping, **{"x-discourse-event-type": "ping", "x-discourse-event": "ping"})).status == 200
        assert (await call(one, ping, **{"x-discourse-event": "post_liked"})).heard == ()
        broken = Called(created.headers, b"{")
        digest = hmac.new(board.hook_secret.encode(), broken.body, hashlib.sha256).hexdigest()
        with pytest.raises(Malformed):
            await call(one, broken, **{"x-discourse-event-signature": f"sha256={digest}"})
        assert (await one.hook(Hook(method="GET", path="", query={}, headers={}, body=b""))).status == 405
    async with account(board, hook_secret="") as deaf:
        assert (await call(deaf, created)).status == 404
        assert any("No webhook" in note for note in deaf.notes())


async def test_a_reply_that_waits_for_a_moderator_is_pending_found_and_then_visible(board: DiscourseStandIn) -> None:
    async with account(board) as one:
        board.fault(Fault.HOLD)
        reply = await reply_to(one, ref(board, await board.post("lea", "help")))
        receipt = await one.publish(reply, "k1")
        assert receipt.visibility is Visibility.PENDING
        assert await one.look(receipt) is Visibility.PENDING
        assert isinstance(await one.find_own_reply(reply, "k1"), Receipt)
        with pytest.raises(Refused):
            await one.correct(receipt, Text.of("We were on it."), "k2")
        (waiting,) = [item for item in board.world.items.values() if item.waiting]
        await board.let_in(waiting)
        assert await one.look(receipt) is Visibility.VISIBLE
        await board.delete(waiting)
        assert await one.look(receipt) is Visibility.REJECTED


async def test_too_similar_is_no_refusal_but_found_in_its_topic() -> None:
    async with DiscourseStandIn.serve(guards_repeats=True) as board, account(board) as one:
        reply = await reply_to(one, ref(board, await board.post("lea", "help")), 'It\'s "fine" -- & 2 < 3 …')
        board.fault(Fault.FAIL_AFTER)
        for _ in range(2):
            with pytest.raises(Lost):
                await one.publish(reply, "k1")
        assert isinstance(await one.find_own_reply(reply, "k1"), Receipt)
        assert [board.seen(item) for item in board.posted_by_us()] == [reply.text.plain]


async def test_to_whom_the_same_words_went_is_told_apart(board: DiscourseStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "help")
        kims, sams = await board.post("kim", "me too", reply_to=wish), await board.post("sam", "and me", reply_to=wish)
        first = await reply_to(one, ref(board, kims))
        await one.publish(first, "k1")
        second = await reply_to(one, ref(board, sams))
        assert isinstance(await one.find_own_reply(first, "k1"), Receipt)
        assert isinstance(await one.find_own_reply(second, "k2"), CannotTell), "ours, and of this very time"
        later = Reply.to(await post_of(one, ref(board, sams)), text=second.text)
        assert isinstance(await one.find_own_reply(later, "k2"), Absent)


async def test_closed_hidden_private_and_gone_topics_are_told_before_anybody_writes(board: DiscourseStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "help")
        reply = await reply_to(one, ref(board, wish))
        assert isinstance(await one.preflight(reply), Ready)
        board.shut(wish)
        assert isinstance(refusal := await one.preflight(reply), Refusal)
        assert refusal.reason is Reason.CLOSED
        with pytest.raises(Refused):
            await one.publish(reply, "k1")
        wish.hidden = True
        assert isinstance(refusal := await one.preflight(reply), Refusal)
        assert refusal.reason is Reason.GONE
        assert isinstance((await one.fetch([ref(board, wish)]))[ref(board, wish)], Unavailable)
        with pytest.raises(Refused):
            await one.publish(Reply(parent=PostRef("1.1"), text=Text.of("x")), "k1")
        short = await reply_to(one, ref(board, await board.post("kim", "hi")), "ok")
        with pytest.raises(Refused, match="too short"):
            await one.publish(short, "k1")
        board.fault(Fault.THROTTLE, seconds=7)
        with pytest.raises(Throttled) as caught:
            await one.publish(await reply_to(one, ref(board, await board.post("kim", "hi"))), "k1")
        assert caught.value.until - datetime.now(UTC) < timedelta(seconds=8)


async def test_of_a_long_topic_the_end_is_read_and_deleted_posts_are_gone_for_staff_too() -> None:
    async with DiscourseStandIn.serve(staff=True) as board, account(board) as one:
        wish = await board.post("lea", "help")
        below = [await board.post("kim", f"number {number}", reply_to=wish) for number in range(45)]
        thread = await one.thread(ref(board, below[44]))
        assert [post.ref for post in thread] == [ref(board, item) for item in (wish, *below)]
        await board.delete(below[30])
        gone = ref(board, below[30])
        assert await one.fetch([gone]) == {gone: Gone(gone)}
        assert len(await one.thread(ref(board, wish))) == 45


async def test_a_wrong_key_another_name_and_no_forum_are_told_apart(board: DiscourseStandIn) -> None:
    for wrong in ({"token": "wrong"}, {"username": "somebody"}):
        async with account(board, **wrong) as one:
            with pytest.raises(AuthFailed):
                await one.open()
            with pytest.raises(AuthFailed):
                async with Ears(one) as ears:
                    await ears.until(lambda heard: False, seconds=5)
    board.fault(Fault.NONSENSE)
    async with account(board) as one:
        with pytest.raises(PlatformError):
            await one.open()


def test_settings_of_a_forum_that_cannot_be_meant_are_told() -> None:
    given_settings: dict[str, object] = {"server": "https://forum.example", "username": "acme", "token": "x"}
    for wrong in ({"server": "forum"}, {"username": "@acme"}, {"username": ""}, {"categories": "help"}):
        with pytest.raises(SettingError):
            Settings(**(given_settings | wrong))  # type: ignore[arg-type]


# Reading

POST: dict[str, object] = {
    "id": 2**60,
    "topic_id": 12,
    "post_number": 1,
    "post_type": 1,
    "username": "lea",
    "name": "Lea & Kim",
    "user_id": 7,
    "avatar_template": "/avatar/{size}.png",
    "created_at": "2026-11-20T09:00:00.000Z",
    "updated_at": "2026-11-20T10:00:00.000Z",
    "version": 2,
    "cooked": "<p>Does it <b>work</b>?<script>alert(1)</script></p>",
    "topic_title": "A ‮question",
    "topic_slug": "a-question",
    "reply_to_post_number": None,
    "actions_summary": [{"id": 2, "count": 3}],
    "hidden": False,
    "deleted_at": None,
    "user_deleted": False,
}


def test_a_post_is_read_as_visitors_see_it() -> None:
    entry = read_post(POST, FORUM)
    assert entry is not None
    post = entry.post
    assert (post.ref.id, post.root, post.parent) == ("12.1", PostRef("12.1"), None)
    assert post.text.plain == "A ‮question\n\nDoes it work?"
    assert (post.author.name, post.author.avatar) == ("Lea & Kim", "https://forum.example/avatar/96.png")
    assert (post.edited_at, post.url) == (
        datetime(2026, 11, 20, 10, tzinfo=UTC),
        "https://forum.example/t/a-question/12/1",
    )
    assert (post.extra[VOTES], post.extra["id"]) == (3, str(2**60))
    below = read_post({**POST, "post_number": 5, "reply_to_post_number": 3, "version": 1}, FORUM)
    assert below is not None
    assert (below.post.parent, below.post.text.plain, below.post.edited_at) == (PostRef("12.3"), "Does it work?", None)
    ours = read_post({**POST, "username": "Acme", "raw": "2 \\< 3  \nfine", "post_number": 2}, FORUM)
    assert ours is not None
    assert (ours.post.ours, ours.post.text.plain) == (True, "2 < 3\nfine")
    nobody = read_post({**POST, "username": None, "user_id": None, "name": None}, FORUM)
    assert nobody is not None
    assert (nobody.post.author.name, nobody.post.ours) == ("Somebody", False)
    assert read_post({**POST, "post_type": 4}, FORUM) is None
    assert place_of(PostRef("12.1")) == (12, 1)
    assert [place_of(PostRef(wrong)) for wrong in ("12", "0.1", "a.b", "12.1.1", "")] == [None] * 5


def test_recorded_answers_are_read() -> None:
    folder = "discourse_api-fixtures"
    latest = json.loads(shared("discourse", folder, "posts_latest.json").read_text("utf-8"))
    posts, _ = read_posts(latest["latest_posts"], FORUM)
    assert posts[0].post.ref.id == "11.2"
    topic = read_topic(json.loads(shared("discourse", folder, "topic.json").read_text("utf-8")), FORUM)
    assert (topic.id, topic.posts[0].post.text.plain[:8], len(topic.posts)) == (57, "THIS SIT", 3)
    assert topic.posts[0].post.at.tzinfo is UTC


def test_what_a_refusal_says() -> None:
    def said(status: int, body: object) -> object:
        return judge(Answer(status, {}, body, True), datetime.now(UTC))

    assert isinstance(said(422, {"errors": ["Body is too similar to what you recently posted"]}), Lost)
    short = said(422, {"errors": ["Body is too short"]})
    assert isinstance(short, Refused)
    assert short.reason is Reason.INVALID
    assert isinstance(said(403, {"errors": ["no"]}), Refused)
    assert isinstance(said(502, "<h1>"), Lost)
    assert isinstance(said(429, {"errors": ["slow"], "extras": {"wait_seconds": 3}}), Throttled)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KEYS = [*sorted(POST), "raw", "posts", "stream", "vote_count", "title", "pending_posts", "topics", "errors"]


@settings(max_examples=40, deadline=None)
@given(value=anything, key=st.sampled_from(KEYS))
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str) -> None:
    post = {**POST, key: value}
    topic = {"id": 12, "title": "x", "post_stream": {"posts": [post], "stream": [1]}, key: value}
    for given_value in (value, post, topic, {"post_stream": value}, {"current_user": post}, {"topic_list": topic}):
        for reader in (
            lambda one: read_post(one, FORUM),
            lambda one: read_posts([one], FORUM),
            lambda one: read_topic(one, FORUM),
            lambda one: read_me(one, FORUM),
            lambda one: read_pending(one, 12),
            read_votes,
            read_voted,
            read_hits,
            read_errors,
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
