"""What is particular to Instagram: mentions elsewhere, no edits, two ways of answering; and payloads of any kind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.conformance.world import Ears
from adapters.contract import (
    Absent,
    AuthFailed,
    CannotTell,
    Hook,
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
)
from adapters.errors import PlatformError
from adapters.graph_hooks import Passed
from adapters.graph_refs import Kind, Ref, parse
from adapters.http import Clock, utc_now
from adapters.instagram import Instagram
from adapters.instagram_read import (
    Commented,
    mention_ref,
    read_change,
    read_comment,
    read_me,
    read_media,
    read_mention,
    with_replies,
)
from adapters.instagram_settings import Settings
from adapters.posts import Audience, Author
from adapters.settings import build
from sandbox.instagram import Fault, GramStandIn
from tests.adapters.shared_data import shared

ME = Author(ref="17841400000000001", handle="acme", name="Acme")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MADE: list[Instagram] = []


@pytest.fixture
async def gram() -> AsyncIterator[GramStandIn]:
    async with GramStandIn.serve() as one:
        yield one
        while MADE:
            await MADE.pop().close()


def instagram(gram: GramStandIn, *, clock: Clock = utc_now, **table: object) -> Instagram:
    fast = {"server": gram.base_url, "poll": "50ms", "sweep_every": "1h", "call_limit": "2s"}
    server = gram.server
    secrets = {"token": server.token, "app_secret": server.app_secret, "verify_token": server.verify_token}
    made = Instagram(build(Settings, {**fast, **table}, secrets), clock=clock)
    MADE.append(made)
    return made


def called(gram: GramStandIn, raw: bytes, signature: str | None = None) -> Hook:
    headers = {"x-hub-signature-256": gram.server.sign(raw) if signature is None else signature}
    return Hook(method="POST", path="", query={}, headers=headers, body=raw)


async def told(platform: Instagram, gram: GramStandIn) -> PublicPost:
    (one,) = (await platform.hook(called(gram, gram.webhooks[-1]))).heard
    assert isinstance(one, Posted)
    return one.post


def answer(post: PublicPost, words: str = "We are on it.", *, private: bool = False) -> Reply:
    reply = Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))
    return replace(reply, visibility=Audience.DIRECT) if private else reply


# Hearing


async def test_what_is_pushed_is_what_is_found_by_asking(gram: GramStandIn) -> None:
    comment = await gram.post("lea", "help \u202e\u200b <b>&</b> 👩🏽‍💻")
    await gram.post("kim", "me too", under=comment)
    gram.write("lea", "psst")
    platform = instagram(gram)
    pushed = [one for raw in gram.webhooks for one in (await platform.hook(called(gram, raw))).heard]
    async with Ears(instagram(gram)) as ears:
        heard = await ears.until(lambda all_: len(all_) == 3)
    assert len(pushed) == 3
    there = {one.post.ref: one.post for one in heard if isinstance(one, Posted)}
    for one in pushed:
        assert isinstance(one, Posted)
        other = there[one.post.ref]
        assert (one.post.text.plain, one.post.root, one.post.parent) == (other.text.plain, other.root, other.parent)
        assert one.post.author.ref == other.author.ref
        assert one.post.url == other.url
        assert one.post.visibility is other.visibility


async def test_mentions_come_by_webhook_and_are_answered_where_they_are(gram: GramStandIn) -> None:
    platform = instagram(gram)
    media = gram.mention("lea", "thanks for nothing @acme")
    post = await told(platform, gram)
    assert post.ref == PostRef(f"mention/{media.id}")
    assert post.author.handle == "lea"
    assert post.url == media.link
    await platform.publish(answer(post), "k")
    comment = await gram.post("kim", "same here @acme", under=media)
    second = await told(platform, gram)
    assert second.ref == PostRef(f"mention/{media.id}_{comment.id}")
    await platform.publish(answer(second, "And you."), "k")
    assert [(one.words, one.parent) for one in gram.posted_by_us()] == [("We are on it.", None), ("And you.", comment)]
    assert isinstance(await platform.find_own_reply(answer(second), "k"), CannotTell)
    refusal = await platform.preflight(answer(second, private=True))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.UNSUPPORTED
    assert isinstance(await platform.preflight(answer(second)), Ready)
    await gram.delete(comment)
    assert isinstance((await platform.fetch([second.ref]))[second.ref], Unavailable)
    assert isinstance(await platform.preflight(answer(second)), Refusal)


async def test_a_mention_that_is_gone_and_calls_that_are_not_signed_are_not_heard(gram: GramStandIn) -> None:
    platform = instagram(gram)
    media = gram.mention("lea", "@acme")
    await gram.delete(media)
    assert (await platform.hook(called(gram, gram.webhooks[-1]))).heard == ()
    for signature in ("", "sha256=00"):
        with pytest.raises(AuthFailed):
            await platform.hook(called(gram, gram.webhooks[-1], signature))
    with pytest.raises(Malformed):
        await platform.hook(called(gram, b"{"))
    story = {"object": "instagram", "entry": [{"id": ME.ref, "time": 1, "changes": [{"field": "story_insights"}]}]}
    assert (await platform.hook(called(gram, json.dumps(story).encode()))).heard == ()


async def test_a_message_is_taken_back_and_a_hidden_comment_is_said_to_be_hidden(gram: GramStandIn) -> None:
    message = gram.write("lea", "psst")
    await gram.delete(message)
    platform = instagram(gram)
    (one,) = (await platform.hook(called(gram, gram.webhooks[-1]))).heard
    assert one == Removed(PostRef(f"message/{message.id}"))
    comment = await gram.post("lea", "damn")
    gram.hide(comment)
    async with Ears(platform) as ears:
        heard = await ears.until(lambda all_: len(all_) == 2)
    assert isinstance(heard[0], Posted)
    assert isinstance(heard[1], Unavailable)


# Answering


async def test_a_private_reply_goes_to_the_author_alone_only_once_and_is_found(gram: GramStandIn) -> None:
    await gram.post("lea", "my number is 4711")
    platform = instagram(gram)
    post = await told(platform, gram)
    reply = answer(post, "Dear Lea", private=True)
    assert isinstance(await platform.preflight(reply), Ready)
    assert isinstance(await platform.find_own_reply(reply, "k"), Absent)
    gram.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    assert isinstance(await platform.find_own_reply(reply, "k"), Receipt)
    with pytest.raises(Lost):  # "already replied to" may be our own first try
        await platform.publish(reply, "k")
    assert gram.posted_by_us() == []
    assert [one.words for one in gram.written_by_us()] == ["Dear Lea"]
    late = await instagram(gram, clock=lambda: utc_now() + timedelta(days=7, minutes=1)).preflight(reply)
    assert isinstance(late, Refusal)
    assert late.reason is Reason.CLOSED
    long = await platform.preflight(answer(post, "ü" * 501, private=True))
    assert isinstance(long, Refusal)
    assert long.reason is Reason.TOO_LONG


@pytest.mark.parametrize(("hours", "human", "fits"), [(23, False, True), (25, False, False), (25, True, True)])
async def test_messages_are_answered_in_their_window(gram: GramStandIn, hours: int, human: bool, fits: bool) -> None:
    message = gram.write("lea", "psst")
    chat = gram.world.of(message)
    message.at = chat.heard = message.at - timedelta(hours=hours)
    platform = instagram(gram, human_agent=human)
    post = (await platform.fetch([PostRef(f"message/{message.id}")]))[PostRef(f"message/{message.id}")]
    assert isinstance(post, PublicPost)
    assert isinstance(await platform.preflight(answer(post)), Ready if fits else Refusal)
    if fits:
        receipt = await platform.publish(answer(post), "k")
        assert gram.posted_by_us() == []
        assert len(await platform.thread(receipt.ref)) == 2
    else:
        with pytest.raises(Refused):
            await platform.publish(answer(post), "k")


async def test_an_answer_to_an_answer_stands_beside_it_and_is_found(gram: GramStandIn) -> None:
    comment = await gram.post("lea", "help")
    ours = await gram.answer_by_hand(comment, "Which number?")
    await gram.post("lea", "4711", under=ours)
    platform = instagram(gram)
    reply = answer(await told(platform, gram), "Thank you!")
    receipt = await platform.publish(reply, "k")
    assert [one.words for one in gram.replies_to(comment)] == ["Which number?", "4711", "Thank you!"]
    known = replace(reply, known=frozenset({PostRef(f"comment/{ours.id}")}))
    found = await platform.find_own_reply(known, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref


async def test_where_comments_are_off_or_the_token_has_ended_nothing_goes_out(gram: GramStandIn) -> None:
    comment = await gram.post("lea", "help")
    platform = instagram(gram)
    post = await told(platform, gram)
    comment.media.open = False
    refusal = await platform.preflight(answer(post))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_ALLOWED
    with pytest.raises(Refused):
        await platform.publish(answer(post), "k")
    comment.media.open = True
    gram.fault(Fault.SUSPENDED)
    with pytest.raises(Refused):
        await platform.publish(answer(post), "k")
    gram.clear_faults()
    gram.fault(Fault.EXPIRED)
    with pytest.raises(Refused) as caught:
        await platform.publish(answer(post), "k")
    assert caught.value.reason is Reason.AUTH
    gram.clear_faults()
    gram.fault(Fault.THROTTLE)
    with pytest.raises(Throttled):
        await platform.publish(answer(post), "k")
    assert gram.posted_by_us() == []


async def test_a_page_without_an_instagram_account_is_told_as_such(gram: GramStandIn) -> None:
    platform = instagram(gram, page="5")
    with pytest.raises(PlatformError):
        await platform.open()
    assert (await instagram(gram, page=gram.world.page_id).open()).handle == "acme"


async def test_the_stand_in_refuses_what_instagram_refuses(gram: GramStandIn) -> None:
    """By raw calls of the adapter's own door: length, empty words, strangers' media, unknown things, a second time."""
    comment = await gram.post("lea", "help")
    theirs = gram.mention("kim", "no names here")
    platform = instagram(gram)
    await platform.open()
    write, limit = platform._graph.write, timedelta(seconds=2)
    mention, reply, box = f"/{ME.ref}/mentions", f"/{comment.id}/replies", "/me/messages"
    private = {"recipient": {"comment_id": comment.id}, "message": {"text": "Dear Lea"}}
    assert (await write("POST", box, private, limit=limit))["recipient_id"] == comment.author.id
    for method, path, body, kind in (
        ("POST", reply, {"message": " "}, Refused),
        ("POST", reply, {"message": "x" * 301}, Refused),
        ("POST", "/5/replies", {"message": "x"}, Refused),
        ("POST", mention, {"media_id": theirs.id, "message": "x"}, Refused),
        ("POST", box, {"recipient": {"comment_id": "5"}, "message": {"text": "x"}}, Refused),
        ("POST", box, {"recipient": {"id": "5"}, "message": {"text": "x"}, "messaging_type": "RESPONSE"}, Refused),
        ("POST", box, {"recipient": {"comment_id": comment.id}, "message": {"text": "ü" * 501}}, Lost),
        ("POST", box, private, Lost),
        ("DELETE", "/5", None, Refused),
        ("POST", "/5/nothing", {"x": 1}, Refused),
    ):
        with pytest.raises(kind):
            await write(method, path, body, limit=limit)
    for path in (f"/{theirs.id}", "/5", "/me/nothing", "/a/b/c"):
        with pytest.raises(PlatformError):
            await platform._graph.get(path, [("fields", "id")])


# Payloads

LEA = {"id": "9100000000000007", "username": "lea"}
COMMENT: dict[str, object] = {
    "id": "17858154961981086",
    "text": "help",
    "timestamp": "2026-11-21T10:00:00+0000",
    "from": LEA,
    "username": "lea",
    "hidden": False,
    "parent_id": "17858154961981000",
    "media": {"id": "1", "permalink": "https://www.instagram.com/p/x/", "is_comment_enabled": True},
    "replies": {"data": [{"id": "2", "text": "yes", "timestamp": "2026-11-21T10:00:01+0000", "username": "acme"}]},
}
_WORDS = """
id text timestamp from username hidden parent_id media permalink replies data comments caption mentioned_comment
mentioned_media media_type media_url field value comment_id media_id comments mentions instagram_business_account
2026-01-01T00:00:00+0000 https://a.example 17858154961981086
"""
_known = st.sampled_from(_WORDS.split())
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**53, 2**70) | st.floats() | st.text(max_size=8) | _known,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_known, inner, max_size=8),
    max_leaves=20,
)
nearly = st.builds(lambda key, value: {**COMMENT, key: value}, st.sampled_from([*COMMENT]), anything)
READERS: dict[str, Callable[[object], object]] = {
    "comment": lambda value: read_comment(value, me=ME),
    "with replies": lambda value: list(with_replies(value, me=ME, link=None)),
    "media": read_media,
    "mention": lambda value: read_mention({"mentioned_comment": value}, Ref(Kind.MENTION, "1_2")),
    "mention as it came": lambda value: read_mention(value, Ref(Kind.MENTION, "1")),
    "mention ref": lambda value: mention_ref(value, value),
    "me": lambda value: read_me({"instagram_business_account": value}),
    "change": lambda value: read_change({"field": "comments", "value": value}, NOW, me=ME),
    "mentions": lambda value: read_change({"field": "mentions", "value": value}, NOW, me=ME),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(value=anything | nearly)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        found = READERS[name](value)
    except (PlatformError, Passed):
        return
    if isinstance(found, Commented):
        assert parse(found.ref.post) is not None


async def test_any_signed_call_is_read_or_refused_by_name(gram: GramStandIn) -> None:
    platform = instagram(gram)
    await platform.open()
    odd = {"changes": [{"field": "comments", "value": {"id": {}}}, 7], "messaging": [{"message": {"mid": 1}}, None]}
    call = platform.read({"object": "instagram", "entry": [{"id": ME.ref, "time": 1, **odd}, {}, 5]})
    assert call.events == ()
    assert "comments (unreadable: change id)" in call.passed
    assert platform.read({"object": "page", "entry": []}).events == ()


@pytest.mark.needs("shared")
async def test_recorded_webhooks_and_answers_are_read(gram: GramStandIn) -> None:
    platform = instagram(gram)
    await platform.open()
    seen: dict[str, int] = {}
    for path in sorted(shared("instagram", "restfb").glob("*.json")):
        body = json.loads(path.read_text("utf-8"))
        if "entry" not in body:
            continue
        body["entry"][0]["id"] = ME.ref
        call = platform.read(body)
        assert call.events or call.passed, path.name
        seen[path.stem] = len(call.events)
    assert seen["wh-comments"] == seen["wh-comments-2021"] == seen["wh-livecomments"] == seen["wh-mentions"] == 1
    assert seen["messaging-attachment-unsupported"] == 1
    assert seen["wh-story_insights"] == seen["messaging-seen"] == 0
    folder = shared("instagram", "restfb")
    for name in ("comment.json", "comment_missing_user.json"):
        assert read_comment(json.loads((folder / name).read_text("utf-8")), me=ME).post.text
    users = shared("instagram", "python-facebook-testdata", "users")
    for name in ("mentioned_comment.json", "mentioned_media.json"):
        mention = read_mention(json.loads((users / name).read_text("utf-8")), Ref(Kind.MENTION, "1"))
        assert "@ikroskun" in mention.text.plain
