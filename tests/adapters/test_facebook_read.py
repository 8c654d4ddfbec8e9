"""What Meta says about a Page: recorded webhooks and answers all parse, and anything else gives a value or a name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.errors import Malformed, PlatformError
from adapters.facebook_hooks import Commented, read_call
from adapters.facebook_read import (
    NOBODY,
    read_author,
    read_comment,
    read_me,
    read_post,
    read_review,
    read_story,
    read_text,
    verdict_of,
)
from adapters.graph import Graph
from adapters.graph_chats import Box, Chats
from adapters.graph_connect import choose
from adapters.graph_hooks import Verb, read_moment
from adapters.graph_refs import Kind, Ref, parse, read_ref
from adapters.graph_rounds import State
from adapters.http import utc_now
from adapters.posts import Audience, Author, Cursor, MediaKind, PostRef
from adapters.text import Mark
from tests.adapters.shared_data import shared

ME = "104500000000001"
LEA = {"id": "9100000000000007", "name": "Lea", "picture": {"data": {"url": "https://cdn.example/lea.png"}}}
PHOTO = {
    "type": "photo",
    "description": "a wet floor",
    "url": "https://www.facebook.com/photo.php?fbid=5",
    "media": {"image": {"src": "https://cdn.example/5.jpg?x=1"}},
    "target": {"id": "5", "url": "https://www.facebook.com/photo.php?fbid=5"},
}
COMMENT: dict[str, object] = {
    "id": "9100000000000014_9100000000000021",
    "message": "hello Acme Bikes!",
    "created_time": "2026-11-21T10:00:00+0000",
    "from": LEA,
    "parent": {"id": "9100000000000014_9100000000000018"},
    "permalink_url": "https://www.facebook.com/1/posts/2?comment_id=3",
    "message_tags": [{"id": ME, "name": "Acme Bikes", "offset": 6, "length": 10, "type": "page"}],
    "attachment": PHOTO,
    "is_hidden": False,
    "is_private": False,
    "can_comment": True,
    "can_reply_privately": True,
}
POST: dict[str, object] = {
    "id": f"{ME}_9100000000000014",
    "message": "where is my bike?",
    "created_time": "2026-11-21T10:00:00+0000",
    "updated_time": "2026-11-21T11:00:00+0000",
    "from": LEA,
    "attachments": {"data": [{"type": "album", "subattachments": {"data": [PHOTO, PHOTO]}}]},
}
MESSAGE: dict[str, object] = {
    "id": "m_abc-_XYZ",
    "message": "psst",
    "created_time": "2026-11-21T10:00:00+0000",
    "from": {"id": "77", "name": "Lea"},
    "to": {"data": [{"id": ME, "name": "Acme"}]},
    "attachments": {"data": [{"id": "1", "mime_type": "image/png", "name": "floor.png", "image_data": {"url": "x"}}]},
}
REVIEW: dict[str, object] = {
    "created_time": "2026-11-21T10:00:00+0000",
    "recommendation_type": "negative",
    "review_text": "too slow",
    "reviewer": {"id": "77", "name": "Lea"},
    "open_graph_story": {"id": "904801129604590"},
}


def chats(me: str = ME) -> Chats:
    """The messages of an account that is never asked."""

    async def token() -> str:
        return "x"

    found = Chats(Graph("http://127.0.0.1:9", version="v26.0", token=token), home="/me", clock=utc_now)
    found.box = Box(me, "https://inbox.example", "messenger", NOBODY)
    return found


def change(field: str, /, **value: object) -> dict[str, object]:
    entry = {"id": ME, "time": 1763719200, "changes": [{"field": field, "value": value}]}
    return {"object": "page", "entry": [entry]}


FEED = change(
    "feed",
    item="comment",
    verb="add",
    comment_id="1_2",
    post_id=f"{ME}_1",
    parent_id=f"{ME}_1",
    message="hello",
    created_time=1763719200,
    **{"from": {"id": "77", "name": "Lea"}},
)
WRITTEN = {
    "sender": {"id": "77"},
    "recipient": {"id": ME},
    "timestamp": 1763719200000,
    "message": {"mid": "m_1", "text": "psst"},
}

_WORDS = """
id from name picture data url parent message created_time updated_time attachment attachments subattachments media
image src target title description type is_hidden message_tags offset length object entry time changes field value item
verb comment_id post_id parent_id sender_id sender_name open_graph_story_id reviewer_id reviewer_name review_text rating
recommendation_type messaging standby sender recipient timestamp mid text is_echo is_deleted message_edit photo
page feed mention ratings comment post status add edited remove hide unhide 1_2 104500000000001_1 104500000000001
2026-01-01T00:00:00+0000 0001-01-01T00:00:00+23:59 https://a.example start until seen access_token paging next
"""
_known = st.sampled_from(_WORDS.split())
_words = st.text(max_size=12) | _known | st.sampled_from(["\ud800", "a\x00b", "\u202e\u200b", "../me", "m/x?y=1"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**53, 2**70) | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_known | st.text(max_size=5), inner, max_size=8),
    max_leaves=20,
)


def nearly(whole: dict[str, object]) -> st.SearchStrategy[dict[str, object]]:
    """A whole thing in which one is wrong: it reaches deeper than wholly random values."""
    return st.builds(lambda key, value: {**whole, key: value}, st.sampled_from([*whole, "x"]), anything)


near_change = st.builds(
    lambda key, value, field: change(field, **{**FEED["entry"][0]["changes"][0]["value"], key: value}),  # type: ignore[index]
    _known,
    anything,
    st.sampled_from(["feed", "mention", "ratings"]),
)
near_message = st.builds(
    lambda key, value: {"object": "page", "entry": [{"id": ME, "time": 1, "messaging": [{**WRITTEN, key: value}]}]},
    st.sampled_from([*WRITTEN, "message_edit", "x"]),
    anything,
)
any_thing = anything | nearly(COMMENT) | nearly(POST) | nearly(MESSAGE) | nearly(REVIEW) | near_change | near_message

READERS: dict[str, Callable[[object], object]] = {
    "comment": lambda value: read_comment(value, me=ME).placed(None),
    "comment under theirs": lambda value: read_comment(value, me=ME).placed(Ref(Kind.POST, "1_2")),
    "post": lambda value: read_post(value, me=ME),
    "review": lambda value: read_review(value, me=ME),
    "story": lambda value: read_story(value, me=ME, verdict=""),
    "message": lambda value: chats().read(value),
    "author": lambda value: read_author(value, nobody="1"),
    "me": read_me,
    "text": lambda value: read_text("hello Acme Bikes!", value),
    "words": lambda value: read_text(value, None),
    "moment": lambda value: read_moment(value, "x"),
    "verdict": lambda value: verdict_of(value if isinstance(value, dict) else {}),
    "call": lambda value: read_call(value, chats=chats()),
    "entry": lambda value: read_call({"object": "page", "entry": [value]}, chats=chats()),
    "cursor": lambda value: State.read(Cursor(json.dumps(value))),
    "choose": lambda value: choose(value, ""),
    "ref": lambda value: read_ref(Kind.COMMENT, value, "x"),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(value=any_thing)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except PlatformError:
        pass


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(value=nearly(COMMENT) | nearly(MESSAGE))
def test_what_was_read_can_be_stored(value: dict[str, object]) -> None:
    try:
        post = read_comment(value, me=ME).placed(None) if "parent" in value else chats().read(value)
    except Malformed:
        return
    stored = json.dumps([post.text.to_json(), post.author.to_json(), dict(post.extra)], ensure_ascii=False)
    assert "\x00" not in stored.encode().decode()
    assert Author.from_json(post.author.to_json()) == post.author
    assert post.at.astimezone(UTC).year >= 1970
    assert parse(post.ref) is not None


@given(words=st.text(max_size=30))
def test_a_reference_is_ours_or_none_and_leads_nowhere_else(words: str) -> None:
    found = parse(PostRef(words or "x"))
    assert found is None or "/" not in found.path[1:]


def test_a_comment_is_read_whole() -> None:
    comment = read_comment(COMMENT, me=ME)
    post = comment.placed(None)
    assert post.ref == PostRef("comment/9100000000000014_9100000000000021")
    assert post.root == post.parent == PostRef("comment/9100000000000014_9100000000000018")
    assert [span.mark for span in post.text.spans] == [Mark.PLAIN, Mark.MENTION, Mark.PLAIN]
    assert post.text.plain == "hello Acme Bikes!"
    assert post.author.name == "Lea"
    assert post.author.avatar == "https://cdn.example/lea.png"
    (picture,) = post.media
    assert picture.kind is MediaKind.IMAGE
    assert picture.description == "a wet floor"
    assert picture.preview_url == "https://cdn.example/5.jpg?x=1"
    assert comment.can_write
    theirs = comment.placed(Ref(Kind.POST, "1_2"))
    assert theirs.root == PostRef("post/1_2")


def test_a_tag_whose_name_does_not_stand_where_it_says_is_no_tag() -> None:
    text = read_text(
        "👩🏽‍💻 Acme", [{"id": "1", "name": "Acme", "offset": 400}, {"id": "1", "name": "Acme", "offset": 0}]
    )
    assert text.marks() == frozenset()
    assert text.plain == "👩🏽‍💻 Acme"


def test_whoever_does_not_want_to_be_seen_is_somebody() -> None:
    comment = read_comment({key: value for key, value in COMMENT.items() if key != "from"}, me=ME)
    assert comment.author.name == NOBODY
    assert comment.author.ref == "unknown/9100000000000014_9100000000000021"
    assert not comment.ours


def test_an_album_shows_each_of_its_pictures() -> None:
    standing = read_post(POST, me=ME)
    assert len(standing.post.media) == 2
    assert standing.moved > standing.post.at


def test_a_message_is_in_the_chat_of_its_customer_and_seen_by_two() -> None:
    post = chats().read(MESSAGE)
    assert post.root == PostRef("chat/77")
    assert post.parent is None
    assert post.visibility is Audience.DIRECT
    ours = chats().read({**MESSAGE, "from": {"id": ME}, "to": {"data": [{"id": "77"}]}})
    assert ours.root == ours.parent == PostRef("chat/77")
    assert ours.ours


def test_a_review_says_whether_it_recommends() -> None:
    assert [one.description for one in read_review(REVIEW, me=ME).media] == ["Does not recommend the Page"]
    assert verdict_of({"rating": 3}) == "3 of 5 stars"
    assert verdict_of({"rating": True}) == ""


def test_a_time_is_seconds_milliseconds_or_words_and_never_before_1970() -> None:
    at = datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert read_moment(int(at.timestamp()), "x") == at
    assert read_moment(int(at.timestamp()) * 1000, "x") == at
    assert read_moment("2026-11-21T10:00:00+0000", "x") == at
    assert read_moment(-5, "x") == datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(Malformed):
        read_moment(True, "x")


# Webhooks


def test_one_change_that_cannot_be_read_does_not_hide_the_others() -> None:
    (entry,) = FEED["entry"]  # type: ignore[misc]
    broken = {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": {"no": 1}}}
    call = read_call(
        {"object": "page", "entry": [{**entry, "changes": [broken, *entry["changes"]]}, 7, None]}, chats=chats()
    )  # type: ignore[misc]
    assert [event.ref.id for event in call.events] == ["1_2"]
    assert call.passed[0] == "feed/comment/add (unreadable: change comment_id)"


def test_another_page_and_other_objects_are_passed_over_by_name() -> None:
    assert read_call(FEED, chats=chats("5")).passed == ("another account",)
    user = {"object": "user", "entry": [{"id": "1", "changes": [{"field": "email", "value": "a"}]}]}
    assert read_call(user, chats=chats()).passed == ("user/email",)
    with pytest.raises(Malformed):
        read_call([], chats=chats())


@pytest.mark.parametrize(
    ("message", "verb", "words"),
    [
        ({"message": {"mid": "m_1", "text": "psst"}}, Verb.SAID, "psst"),
        ({"message_edit": {"mid": "m_1", "text": "pst"}}, Verb.EDITED, "pst"),
        ({"message": {"mid": "m_1", "is_deleted": True}}, Verb.REMOVED, None),
        ({"message": {"mid": "m_1", "is_unsupported": True}}, Verb.SAID, ""),
    ],
)
def test_a_message_is_said_edited_or_removed(message: dict[str, object], verb: Verb, words: str | None) -> None:
    ends = {"sender": {"id": "77"}, "recipient": {"id": ME}, "timestamp": 1763719200000}
    body = {"object": "page", "entry": [{"id": ME, "time": 1763719200000, "messaging": [{**ends, **message}]}]}
    (event,) = read_call(body, chats=chats()).events
    assert event.verb is verb
    assert (None if event.post is None else event.post.text.plain) == words


@pytest.mark.needs("shared")
def test_every_recorded_webhook_says_something_or_is_refused_by_name() -> None:
    told: Counter[str] = Counter()
    for path in sorted(shared("facebook", "restfb-webhooks").glob("*.json")):
        body = json.loads(path.read_text("utf-8"))
        me = str(body["entry"][0]["id"])
        call = read_call(body, chats=chats(me))
        assert call.events or call.passed, path.name
        for event in call.events:
            assert event.at.year >= 1970, path.name
            gone = event.verb in (Verb.REMOVED, Verb.HIDDEN)
            assert gone or isinstance(event, Commented) or event.post is not None, path.name
            told[f"{event.verb.value} {event.ref.kind.value}"] += 1
        told["passed"] += len(call.passed)
    assert told["said comment"] >= 6
    assert told["edited comment"] >= 4
    assert told["removed comment"] >= 2
    assert told["hidden comment"] == 1
    assert told["said message"] > 30
    assert told["said review"] == 2
    assert told["removed review"] == 1
    assert told["said post"] >= 3
    assert told["passed"] > 50


@pytest.mark.needs("shared")
def test_recorded_comments_posts_and_messages_are_read() -> None:
    folder = shared("facebook", "python-facebook-testdata")
    comments = json.loads((folder / "comments" / "comments_info.json").read_text("utf-8"))
    read = [read_comment(node, me=ME) for node in comments.values()]
    assert all(one.text for one in read)
    assert all(one.author.name == NOBODY for one in read)
    feed = json.loads((folder / "posts" / "feed_fields_p1.json").read_text("utf-8"))
    assert len([read_post(node, me=ME) for node in feed["data"]]) == 5
    message = json.loads((folder / "messages" / "message_info.json").read_text("utf-8"))
    post = chats("2121008874780932").read(message)
    assert post.root == PostRef("chat/2711636948859886")
    assert post.media[0].kind is MediaKind.IMAGE
    pages = json.loads((folder / "user_accounts_token.json").read_text("utf-8"))
    assert choose(pages, "") == ("2121008874780932", "access_token")
