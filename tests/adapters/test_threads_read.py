"""What Threads says: recorded answers all parse, and anything else gives a value or a named error."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.errors import Malformed, PlatformError
from adapters.graph import read_error
from adapters.measure import threads_length
from adapters.posts import Author, Cursor, MediaKind, Receipt
from adapters.remembering import Told
from adapters.text import Mark
from adapters.threads_containers import Container
from adapters.threads_publish import receipt_of
from adapters.threads_read import (
    Ready,
    Thread,
    fingerprint,
    placed,
    read_call,
    read_container,
    read_list_of,
    read_made,
    read_me,
    read_profile,
    read_quotas,
    read_text,
    read_thread,
)
from tests.adapters.shared_data import shared

REPLY: dict[str, object] = {
    "id": "18012345678901234",
    "text": "hello @acme, see https://shop.example/a.",
    "username": "Lea.L",
    "permalink": "https://www.threads.net/@lea.l/post/Pp",
    "timestamp": "2024-08-07T10:33:16+0000",
    "media_type": "TEXT_POST",
    "shortcode": "Pp",
    "has_replies": False,
    "is_reply": True,
    "is_reply_owned_by_me": False,
    "root_post": {"id": "17900000000000001"},
    "replied_to": {"id": "17900000000000002"},
    "hide_status": "NOT_HUSHED",
    "reply_audience": "EVERYONE",
    "profile_picture_url": "https://cdn.example/lea.png",
}
CHILDREN = {
    "data": [
        {"media_type": "IMAGE", "media_url": "https://cdn.example/1.png", "alt_text": "a wet floor"},
        {"media_type": "VIDEO", "media_url": "https://cdn.example/2.mp4", "thumbnail_url": "https://cdn.example/2.png"},
    ]
}
CALL = {"app_id": "1", "topic": "moderate", "values": {"field": "replies", "value": REPLY}}
QUOTA = {"reply_quota_usage": 1, "reply_config": {"quota_total": 1000, "quota_duration": 86400}}


def thread(**more: object) -> Thread:
    return read_thread({**REPLY, **more}, me="acme")


_WORDS = """
data id children paging cursors after value values field replies mentions publish delete owner_id username status
error_message media_type media_url gif_url thumbnail_url alt_text link_attachment_url quota_total quota_duration
reply_quota_usage reply_config delete_quota_usage delete_config follower_count name profile_picture_url IMAGE FINISHED
https://a.example 2024-08-07T10:33:16+0000 0001-01-01T00:00:00+23:59 HIDDEN
"""
_known = st.sampled_from([*_WORDS.split(), *REPLY])
_words = st.text(max_size=12) | _known | st.sampled_from(["\ud800", "a\x00b", "\u202e\u200b"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**53, 2**70) | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_known | st.text(max_size=5), inner, max_size=8),
    max_leaves=20,
)
# A whole post in which one thing is wrong reaches deeper than wholly random values.
nearly = st.builds(lambda key, value: {**REPLY, "children": CHILDREN, key: value}, _known, anything)
any_post = anything | nearly

READERS: dict[str, Callable[[object], object]] = {
    "thread": lambda value: read_thread(value, me="acme"),
    "list": lambda value: read_list_of(value, me="acme"),
    "list with": lambda value: read_list_of({"data": [value], "paging": value}, me=None),
    "me": read_me,
    "me with": lambda value: read_me({"username": "acme", "name": value, "threads_profile_picture_url": value}),
    "profile": lambda value: read_profile(value, Author(ref="lea", handle="lea", name="lea")),
    "quotas": read_quotas,
    "quotas with": lambda value: read_quotas({"data": [{**QUOTA, "reply_config": value}]}),
    "container": read_container,
    "made": read_made,
    "call": lambda value: read_call(value, me="acme"),
    "call with": lambda value: read_call({"values": value}, me="acme"),
    "call of": lambda value: read_call({"values": {"field": "mentions", "value": value}}, me="acme"),
    "cursor": lambda value: Told.read(Cursor(json.dumps(value))),
    "kept container": lambda value: Container.read(str(value)),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25)  # 15 readers: 375 payloads in all
@given(value=any_post)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except PlatformError:
        pass


@settings(max_examples=50)
@given(value=nearly)
def test_what_was_read_can_be_stored(value: object) -> None:
    try:
        one = read_thread(value, me="acme")
    except Malformed:
        return
    for under_ours in (True, False):
        post = placed(one, under_ours=under_ours)
        stored = json.dumps([post.text.to_json(), post.author.to_json(), dict(post.extra)], ensure_ascii=False)
        assert "\x00" not in stored.encode().decode()
        assert Author.from_json(post.author.to_json()) == post.author
    assert Receipt.from_json(receipt_of(one).to_json()) == receipt_of(one)
    fingerprint(one)


@settings(max_examples=50)
@given(value=nearly)
def test_one_post_that_cannot_be_read_hides_no_other(value: object) -> None:
    found, broken, _ = read_list_of({"data": [REPLY, value]}, me=None)
    assert found[0].id == REPLY["id"]
    assert len(found) + len(broken) <= 2


@given(st.text(max_size=60))
def test_no_word_is_lost_between_links_and_mentions(words: str) -> None:
    assert read_text(words).plain == words
    assert threads_length(words) >= 0


def test_a_reply_is_read_whole() -> None:
    one = thread(children=CHILDREN, media_type="CAROUSEL_ALBUM", link_attachment_url="https://shop.example/b")
    post = one.post
    assert (one.id, one.root, post.parent and post.parent.id) == (REPLY["id"], "17900000000000001", "17900000000000002")
    assert post.text.plain == "hello @acme, see https://shop.example/a.\n\nhttps://shop.example/b"
    assert [(span.words, span.mark) for span in post.text.spans if span.mark is not Mark.PLAIN] == [
        ("@acme", Mark.MENTION),
        ("https://shop.example/a", Mark.LINK),
        ("https://shop.example/b", Mark.LINK),
    ]
    assert post.at == datetime(2024, 8, 7, 10, 33, 16, tzinfo=UTC)
    assert (post.author.ref, post.author.handle) == ("lea.l", "Lea.L")
    assert [(media.kind, media.description) for media in post.media] == [
        (MediaKind.IMAGE, "a wet floor"),
        (MediaKind.VIDEO, None),
    ]
    assert not post.ours
    assert thread(username="ACME").post.ours
    assert thread(is_reply_owned_by_me=True).post.ours
    assert thread(hide_status="HIDDEN").hidden


def test_where_a_post_belongs_hangs_on_whose_post_is_at_the_top() -> None:
    deep, top = thread(), thread(replied_to={"id": "17900000000000001"})
    own = read_thread({key: REPLY[key] for key in ("id", "text", "username", "timestamp")}, me=None)
    assert (placed(deep, under_ours=True).root, placed(deep, under_ours=True).parent) == (None, deep.post.parent)
    assert placed(top, under_ours=True).root == top.post.ref
    assert placed(top, under_ours=True).parent is None
    assert placed(top, under_ours=False).parent == top.post.parent
    assert placed(own, under_ours=False).root == own.post.ref
    assert placed(thread(root_post=None), under_ours=False).root is None


@pytest.mark.parametrize("id", [2**60, "9" * 40])
def test_ids_above_two_to_the_53_stay_as_they_are(id: object) -> None:
    assert thread(id=id).id == str(id)
    assert read_made({"id": id}) == str(id)


def test_a_call_with_many_parts_gives_what_it_can() -> None:
    parts = [{"field": "replies", "value": REPLY}, {"field": "replies", "value": {}}, {"field": "likes"}, "x"]
    events, passed = read_call({"values": parts}, me="acme")
    assert [event.thread and event.thread.id for event in events] == [REPLY["id"]]
    assert passed == ("replies (unreadable: post id)", "likes", "unnamed")
    events, _ = read_call({"values": {"field": "delete", "value": {"id": "7", "deleted_at": "x"}}}, me="acme")
    assert events[0].gone == "7"


def test_a_kept_container_is_read_as_it_was_written() -> None:
    for media in ("", "17"):
        container = Container("18", datetime(2026, 11, 22, 10, tzinfo=UTC), media)
        assert Container.read(container.to_words()) == container
    with pytest.raises(Malformed):
        Container.read("18 2026-11-22T10:00:00")


# Recorded answers, and those of the documentation


@pytest.mark.needs("shared")
def test_the_documented_webhook_is_heard() -> None:
    body = json.loads(shared("threads", "webhook-reply.sample.json").read_text("utf-8"))
    (event,), passed = read_call(body, me="test_username_2")
    assert passed == ()
    assert event.thread is not None
    assert (event.thread.id, event.thread.root_author) == ("8901234", "test_username_2")


@pytest.mark.needs("shared")
def test_every_recorded_answer_is_read() -> None:
    def recorded(name: str) -> object:
        return json.loads(shared("threads", "restfb", f"{name}.json").read_text("utf-8"))

    assert read_thread(recorded("basic-media"), me="threadsapitestuser").post.ours
    # The recorded replies have lost their authors: they are named, not dropped.
    found, broken, after = read_list_of(recorded("basic-list-reply"), me=None)
    assert (found, len(broken), after) == ((), 3, "AFTER_CURSOR")
    assert read_me(recorded("basic-profile")).handle == "threadsapitestuser"
    quota = read_quotas(recorded("basic-quota")).replies
    assert quota is not None
    assert (quota.used, quota.left, quota.per) == (1, 999, timedelta(days=1))
    assert read_container(recorded("media-container-success")) == (Ready.FINISHED, "")
    assert read_container(recorded("media-container-error")) == (Ready.ERROR, "FAILED_DOWNLOADING_VIDEO")
    error = read_error(recorded("exception"))
    assert error is not None
    assert error.missing


@pytest.mark.needs("shared")
def test_the_answers_of_the_postman_collection_are_read() -> None:
    collection = json.loads(shared("threads", "threads-api.postman_collection.json").read_text("utf-8"))
    waiting, read = list(collection["item"]), 0
    while waiting:
        item = waiting.pop()
        waiting += item.get("item", [])
        for answer in item.get("response", []):
            text = (answer.get("body") or "").replace("<string>", '"string"').replace('""string""', '"string"')
            try:
                body = json.loads(text)
            except ValueError:
                continue
            if "reply_quota_usage" in text:
                assert read_quotas(body).replies is not None
            elif '"timestamp"' in text and isinstance(body.get("data"), list):
                found, broken, _ = read_list_of(body, me=None)
                assert len(found) + len(broken) == len(body["data"]), item["name"]
            elif '"timestamp"' in text:
                assert read_thread(body, me=None).id
            elif list(body) == ["id"]:
                assert read_made(body)
            else:
                continue
            read += 1
    assert read >= 10
