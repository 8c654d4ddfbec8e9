"""GitHub over HTTP on loopback: what only GitHub does, its webhook, and what it says read by any means."""

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

from adapters.boards_words import mark_of
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
    Reason,
    Receipt,
    Refusal,
    Refused,
    Removed,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Unreachable,
    Visibility,
    Voted,
)
from adapters.errors import PlatformError
from adapters.github import GitHub
from adapters.github_read import (
    Failed,
    Says,
    failure,
    judge,
    read_discussions,
    read_event,
    read_graph,
    read_hits,
    read_ids,
    read_me,
    read_node,
    read_thread,
)
from adapters.github_settings import Settings
from adapters.http import Answer
from adapters.settings import SettingError
from sandbox.boards import Fault, Item, Where
from sandbox.boards.standin import Called
from sandbox.github import GitHubStandIn
from tests.adapters.shared_data import shared


@pytest.fixture
async def board() -> AsyncIterator[GitHubStandIn]:
    async with GitHubStandIn.serve() as one:
        yield one


@asynccontextmanager
async def account(board: GitHubStandIn, **changed: object) -> AsyncIterator[GitHub]:
    table: dict[str, object] = {
        "server": board.base_url,
        "repository": "acme/app",
        "token": board.token,
        "hook_secret": board.hook_secret,
        "poll": timedelta(milliseconds=50),
        "call_limit": timedelta(seconds=1),
    }
    one = GitHub(Settings(**(table | changed)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


def ref(board: GitHubStandIn, item: Item) -> PostRef:
    return PostRef(board.name(item))


async def post_of(one: GitHub, at: PostRef) -> PublicPost:
    post = (await one.fetch([at]))[at]
    assert isinstance(post, PublicPost)
    return post


async def reply_to(one: GitHub, at: PostRef, words: str = "We are on it.") -> Reply:
    return Reply.to(await post_of(one, at), text=Text.of(words), attempts=(datetime.now(UTC),))


async def call(one: GitHub, called: Called, **changed: str) -> HookAnswer:
    return await one.hook(Hook(method="POST", path="", query={}, headers=called.headers | changed, body=called.body))


async def test_an_issue_is_heard_with_its_title_and_thumbs_and_pull_requests_are_not(board: GitHubStandIn) -> None:
    async with account(board, sweep_every=timedelta(milliseconds=100)) as one, Ears(one) as ears:
        pull = await board.post("kim", "my patch")
        board.pulls.add(pull.topic)
        await board.post("sam", "looks good", reply_to=pull)
        wish = await board.post("lea", "At night **it** blinds me.", title="Dark mode")
        post = (await ears.post(ref(board, wish))).post
        assert (post.text.plain, post.extra[VOTES]) == ("Dark mode\n\nAt night **it** blinds me.", 0)
        await board.vote(wish, "kim", "sam")
        await ears.until(lambda heard: Voted(post.ref, 2) in heard)
        assert [found.post.ref for found in ears.heard if isinstance(found, Posted)] == [post.ref]


async def test_a_discussion_is_answered_beneath_the_comment_that_is_answered() -> None:
    async with GitHubStandIn.serve(discussing=True) as board, account(board) as one:
        wish = await board.post("lea", "dark mode?")
        await board.vote(wish, "kim")
        top = await board.post("kim", "me too", reply_to=wish)
        nested = await board.post("sam", "and me", reply_to=top)
        async with Ears(one) as ears:
            heard = (await ears.post(ref(board, nested))).post
        assert (heard.root, heard.parent) == (ref(board, wish), ref(board, top))
        assert (await post_of(one, ref(board, wish))).extra[VOTES] == 1
        answers = {}
        for item in (wish, top, nested):
            reply = await reply_to(one, ref(board, item), f"To {item.author}.")
            receipt = await one.publish(reply, f"k{item.id}")
            assert isinstance(await one.find_own_reply(reply, f"k{item.id}"), Receipt)
            answers[item.author] = board.named(receipt.ref.id).above
        assert answers == {"lea": wish, "kim": top, "sam": top}, "one level deep, as GitHub has it"
        thread = await one.thread(ref(board, nested))
        assert len(thread) == 6
        better = await one.correct(receipt, Text.of("To Sam."), "k9")
        assert board.seen(board.named(better.ref.id)) == "To Sam."
        await one.retract(better)
        assert await one.look(better) is Visibility.REJECTED


async def test_the_marker_finds_our_reply_also_when_a_colleague_changed_its_words(board: GitHubStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "help")
        reply = await reply_to(one, ref(board, wish))
        board.fault(Fault.ACCEPT_AND_DROP)
        with pytest.raises(Lost):
            await one.publish(reply, "k1")
        (stands,) = board.posted_by_us()
        assert mark_of("k1") in stands.source
        assert board.seen(stands) == "We are on it."
        await board.edit(stands, stands.source.replace("We are on it", "We *are* on it"))
        assert isinstance(await one.find_own_reply(reply, "k1"), Receipt)
        assert isinstance(await one.find_own_reply(reply, "k2"), CannotTell)
        assert len(board.publish_calls) == 1


async def test_the_webhook_names_a_post_which_is_then_asked_for(board: GitHubStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "help")
        opened = board.outbox[-1]
        (told,) = (await call(one, opened)).heard
        assert isinstance(told, Posted)
        assert told.post == await post_of(one, ref(board, wish))
        await board.edit(wish, "help me")
        (edited,) = (await call(one, board.outbox[-1])).heard
        assert isinstance(edited, Edited)
        assert edited.post.edited_at is not None
        (again,) = (await call(one, opened)).heard
        assert isinstance(again, Posted)
        assert "help me" in again.post.text.plain, "a call that comes late tells what stands now"
        comment = await board.post("kim", "me too", reply_to=wish)
        (said,) = (await call(one, board.outbox[-1])).heard
        assert isinstance(said, Posted)
        assert said.post.parent == ref(board, wish)
        await board.delete(comment)
        assert (await call(one, board.outbox[-1])).heard == (Removed(ref(board, comment)),)
        for header in ("sha256=00", "", "sha1=x", "sha256=zz"):
            with pytest.raises(AuthFailed):
                await call(one, opened, **{"x-hub-signature-256": header})
        with pytest.raises(AuthFailed):
            await call(one, Called(opened.headers, opened.body + b" "))
        assert (await call(one, opened, **{"x-github-event": "ping"})).heard == ()
        strange = json.loads(opened.body) | {"repository": {"full_name": "other/app"}}
        assert (await call(one, board.signed("issues", strange))).heard == ()
        labelled = json.loads(opened.body) | {"action": "labeled"}
        assert (await call(one, board.signed("issues", labelled))).heard == ()
        with pytest.raises(Malformed):
            await call(one, board.signed("issues", {"action": "opened"}))
        board.fault(Fault.FAIL_BEFORE, where=Where.READ)
        with pytest.raises(Unreachable):
            await call(one, opened)
        assert (await one.hook(Hook(method="GET", path="", query={}, headers={}, body=b""))).status == 405
    async with account(board, hook_secret="") as deaf:
        assert (await call(deaf, opened)).status == 404
    async with account(board, issues=False) as other:
        assert (await call(other, opened)).heard == ()


async def test_what_is_not_found_is_gone_only_while_the_repository_is_there(board: GitHubStandIn) -> None:
    async with account(board) as one:
        wish, hidden = await board.post("lea", "help"), await board.post("kim", "hello")
        spam = await board.post("bot", "buy!", reply_to=hidden)
        board.minimized.add(spam.id)
        await board.delete(wish)
        refs = [ref(board, item) for item in (wish, hidden, spam)]
        now = await one.fetch(refs)
        assert [type(now[each]) for each in refs] == [Gone, PublicPost, Unavailable]
        reply = await reply_to(one, refs[1])
        board.hidden = True
        with pytest.raises(AuthFailed):
            await one.fetch(refs)
        assert isinstance(await one.find_own_reply(reply, "k1"), CannotTell)
        assert isinstance(refusal := await one.preflight(reply), Refusal)
        assert refusal.reason is Reason.AUTH


async def test_locked_threads_limits_and_refusals_are_told(board: GitHubStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "help")
        reply = await reply_to(one, ref(board, wish))
        board.shut(wish)
        assert isinstance(refusal := await one.preflight(reply), Refusal)
        assert refusal.reason is Reason.CLOSED
        with pytest.raises(Refused) as caught:
            await one.publish(reply, "k1")
        assert caught.value.reason is Reason.NOT_ALLOWED
        board.fault(Fault.THROTTLE, seconds=7)
        with pytest.raises(Throttled) as limited:
            await one.publish(reply, "k1")
        assert timedelta(seconds=5) < limited.value.until - datetime.now(UTC) < timedelta(seconds=8)
        board.fault(Fault.THROTTLE, seconds=7, where=Where.READ)
        with pytest.raises(Throttled):
            await one.fetch([ref(board, wish)])
        with pytest.raises(Refused):
            await one.publish(Reply(parent=PostRef("I_1"), text=Text.of("x"), extra={"topic": "I_1"}), "k1")


async def test_a_wrong_token_and_a_repository_out_of_reach_are_told_apart(board: GitHubStandIn) -> None:
    async with account(board, token="wrong") as one:
        with pytest.raises(AuthFailed, match="new one"):
            await one.open()
    async with account(board, repository="acme/other") as one:
        with pytest.raises(AuthFailed, match="acme/other"):
            await one.open()
    async with GitHubStandIn.serve(discussions=False) as plain, account(plain, hook_secret="") as one:
        await one.open()
        assert any("no discussions" in note for note in one.notes())
        assert any("No webhook" in note for note in one.notes())
    board.fault(Fault.NONSENSE)
    async with account(board) as one:
        with pytest.raises(PlatformError):
            await one.open()


def test_settings_of_a_repository_that_cannot_be_meant_are_told() -> None:
    for wrong in (
        {"repository": "acme"},
        {"repository": "https://github.com/acme/app"},
        {"server": "github"},
        {"issues": False, "discussions": False},
    ):
        with pytest.raises(SettingError):
            Settings(**({"repository": "acme/app", "token": "x"} | wrong))  # type: ignore[arg-type]


# Reading

WHO: dict[str, object] = {"__typename": "User", "login": "lea", "databaseId": 2**60, "name": None}
COMMENT: dict[str, object] = {
    "__typename": "DiscussionComment",
    "id": "DC_kwDO1",
    "body": "Me ‮too\r\n<!-- twoway:0123456789abcdef0123456789abcdef -->",
    "createdAt": "2026-11-20T09:00:00Z",
    "lastEditedAt": "2026-11-20T08:59:59Z",
    "url": "https://github.example/x",
    "isMinimized": False,
    "minimizedReason": None,
    "deletedAt": None,
    "author": WHO,
    "discussion": {"id": "D_kwDO1", "locked": False},
    "replyTo": {"id": "DC_kwDO0"},
}


def test_a_comment_is_read_whole() -> None:
    entry = read_node(COMMENT, me="user:2")
    assert entry is not None
    post = entry.post
    assert (post.root, post.parent, post.text.plain) == (PostRef("D_kwDO1"), PostRef("DC_kwDO0"), "Me ‮too")
    assert (post.author.ref, post.edited_at, entry.mark) == (f"user:{2**60}", post.at, ""), "only ours have a marker"
    ours = read_node(COMMENT, me=f"user:{2**60}")
    assert ours is not None
    assert (ours.post.ours, ours.mark[:4]) == (True, "0123")
    ghost = read_node({**COMMENT, "author": None}, me="user:2")
    assert ghost is not None
    assert ghost.post.author.handle == "ghost"
    assert read_node({"__typename": "PullRequest"}, me="user:2") is None
    gone = read_node({**COMMENT, "deletedAt": "2026-11-20T09:00:00Z"}, me="user:2")
    assert gone is not None
    assert gone.gone


def test_recorded_webhooks_are_read() -> None:
    root = shared("github", "octokit-payloads")
    read = {}
    for path in sorted(root.glob("*/*.payload.json")):
        told = read_event(path.parent.name, json.loads(path.read_text("utf-8")))
        if told is not None:
            read[f"{path.parent.name} {path.name.split('.')[0]}"] = told.says
    assert read == {
        "discussion created": Says.SAID,
        "discussion edited": Says.EDITED,
        "discussion_comment created": Says.SAID,
        "discussion_comment deleted": Says.DELETED,
        "discussion_comment edited": Says.EDITED,
        "issue_comment created": Says.SAID,
        "issue_comment deleted": Says.DELETED,
        "issue_comment edited": Says.EDITED,
        "issues deleted": Says.DELETED,
        "issues edited": Says.EDITED,
        "issues opened": Says.SAID,
    }


def test_what_a_failure_says() -> None:
    now = datetime.now(UTC)

    def said(kind: str, message: str = "no") -> object:
        return failure([Failed(kind, ("addComment",), message)], Answer(200, {}, {}, True), now)

    assert isinstance(said("RATE_LIMITED"), Throttled)
    assert isinstance(said("SOMETHING_NEW"), Lost)
    long = said("UNPROCESSABLE", "Body is too long (maximum is 65536 characters)")
    assert isinstance(long, Refused)
    assert long.reason is Reason.TOO_LONG
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now.timestamp()) + 60)}
    assert isinstance(judge(Answer(403, reset, {}, True), now), Throttled)
    assert isinstance(judge(Answer(403, {}, {"message": "Forbidden"}, True), now), Refused)
    assert isinstance(judge(Answer(502, {}, "<h1>", False), now), Lost)


async def test_a_reply_that_was_never_made_is_absent(board: GitHubStandIn) -> None:
    async with account(board) as one:
        wish = await board.post("lea", "help")
        reply = await reply_to(one, ref(board, wish))
        assert isinstance(await one.find_own_reply(reply, "k1"), Absent)
        digest = hmac.new(b"k", b"v", hashlib.sha256).hexdigest()
        assert digest not in mark_of("k1")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KEYS = [*sorted(COMMENT), *sorted(WHO), "title", "reactions", "upvoteCount", "comments", "nodes", "pageInfo", "errors"]
KINDS = ["Issue", "IssueComment", "Discussion", "DiscussionComment"]


@settings(max_examples=40, deadline=None)
@given(value=anything, key=st.sampled_from(KEYS), kind=st.sampled_from(KINDS))
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str, kind: str) -> None:
    node = {**COMMENT, "title": "x", "reactions": {"totalCount": 1}, "upvoteCount": 1, "issue": {"id": "I1"}}
    node |= {"__typename": kind, key: value}
    page = {"nodes": [node], "pageInfo": {"hasNextPage": True, "endCursor": "x"}, key: value}
    event = {"action": "created", "comment": {"node_id": value}, "issue": value, "repository": {"full_name": value}}
    thread, listed = {"node": {**node, "comments": page}}, {"repository": {"discussions": page}}
    for given_value in (value, node, thread, listed, event):
        whole = given_value if isinstance(given_value, dict) else {}
        for reader in (
            lambda one: read_node(one, me="user:2"),
            read_graph,
            read_hits,
            lambda one: read_ids([one], datetime.now(UTC)),
            lambda one: read_event("issue_comment", one),
            lambda one, whole=whole: read_me({"viewer": one, **whole}),
            lambda _, whole=whole: read_thread(whole),
            lambda _, whole=whole: read_discussions(whole),
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
