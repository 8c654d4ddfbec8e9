"""What Bluesky's servers say: recorded answers all parse, and anything else gives a value or a named error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bluesky_facets import read_text
from adapters.bluesky_find import receipt_of
from adapters.bluesky_jetstream import Change, read_event
from adapters.bluesky_listen import State
from adapters.bluesky_read import (
    came_at,
    cid_of,
    error_name,
    read_author,
    read_hidden,
    read_notification,
    read_own,
    read_page,
    read_place,
    read_place_in_list,
    read_posts,
    read_profiles,
    read_quiet,
    read_thread,
    read_view,
)
from adapters.bluesky_refs import read_did, read_uri
from adapters.bluesky_session import read_session
from adapters.errors import Malformed, PlatformError
from adapters.posts import Author, Cursor, MediaKind, Receipt
from tests.adapters.shared_data import shared

LEA = {"did": "did:plc:lea", "handle": "lea.test", "displayName": "Lea", "labels": [], "followersCount": 3}
ROOT = {"uri": "at://did:plc:acme/app.bsky.feed.post/3m5z2yxqzpk2v", "cid": "bafyroot"}
RECORD: dict[str, object] = {
    "$type": "app.bsky.feed.post",
    "text": "hello",
    "createdAt": "2026-11-21T10:00:00.000Z",
    "langs": ["en"],
    "reply": {"root": ROOT, "parent": ROOT},
}
VIEW: dict[str, object] = {
    "uri": "at://did:plc:lea/app.bsky.feed.post/3m5z2yxqzpk2w",
    "cid": "bafyone",
    "author": LEA,
    "record": RECORD,
    "indexedAt": "2026-11-21T10:00:01.000Z",
    "labels": [],
    "viewer": {},
}
NOTIFICATION = {**VIEW, "reason": "mention", "isRead": False}
NODE = {"$type": "app.bsky.feed.defs#threadViewPost", "post": VIEW, "replies": []}

_WORDS = """
embed thread parent replies post facets index features images items media external values val threadgate record kind
commit account reason did:plc:x at://did:plc:x/app.bsky.feed.post/3m5 2026-01-01T00:00:00Z 0001-01-01T00:00:00+23:59
app.bsky.embed.images#view app.bsky.embed.recordWithMedia#view https://a.example app.bsky.feed.defs#threadViewPost
app.bsky.feed.defs#blockedPost app.bsky.richtext.facet#link
"""
_known = st.sampled_from([*_WORDS.split(), *RECORD, *VIEW, *LEA])
_words = st.text(max_size=12) | _known | st.sampled_from(["\ud800", "a\x00b", "\u202e\u200b"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**53, 2**70) | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_known | st.text(max_size=5), inner, max_size=8),
    max_leaves=20,
)
# A whole view in which one thing is wrong reaches deeper than wholly random values.
nearly = st.builds(lambda key, value: {**NOTIFICATION, key: value}, _known, anything)
nearly_record = st.builds(lambda key, value: {**NOTIFICATION, "record": {**RECORD, key: value}}, _known, anything)
nearly_node = st.builds(lambda key, value: {"thread": {**NODE, key: value}}, _known, anything | nearly)
any_view = anything | nearly | nearly_record

READERS: dict[str, Callable[[object], object]] = {
    "view": lambda value: read_view(value, me="did:plc:acme"),
    "posts": lambda value: read_posts({"posts": [value]}, me=None),
    "posts as they came": lambda value: read_posts(value, me=None),
    "page": lambda value: read_page(value, "posts"),
    "profiles": lambda value: read_profiles({"profiles": [value]}),
    "author": read_author,
    "notification": lambda value: read_notification(value, me="did:plc:acme"),
    "thread": lambda value: read_thread(value, me="did:plc:acme"),
    "thread with": lambda value: read_thread({"thread": {**NODE, "post": value}}, me="did:plc:acme"),
    "place": lambda value: read_place(value, me="did:plc:acme"),
    "place with": lambda value: read_place({"thread": {**NODE, "post": value, "parent": value}}, me=None),
    "own": lambda value: receipt_of(read_own(value), "acme.test"),
    "own with": lambda value: read_own({"uri": ROOT["uri"], "cid": "c", "value": value}),
    "hidden": read_hidden,
    "quiet": read_quiet,
    "error": error_name,
    "session": lambda value: read_session(value, server="https://a.example"),
    "session with": lambda value: (
        read_session(
            {"did": "did:plc:x", "handle": "x.test", "accessJwt": "a", "refreshJwt": "b", "didDoc": value},
            server="https://a.example",
        ).ends
    ),
    "did": lambda value: read_did(value, "did"),
    "uri": lambda value: read_uri(value, "uri"),
    "text": lambda value: read_text(value if isinstance(value, dict) else {"text": "x", "facets": value}),
    "event": lambda value: read_event(json.dumps(value)),
    "commit": lambda value: read_event(
        json.dumps({"did": "did:plc:lea", "time_us": 1, "kind": "commit", "commit": value})
    ),
    "account": lambda value: read_event(
        json.dumps({"did": "did:plc:lea", "time_us": 1, "kind": "account", "account": value})
    ),
    "cursor": lambda value: State.read(Cursor(json.dumps(value))),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40)  # 25 readers: a thousand payloads in all
@given(value=any_view | nearly_node)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except PlatformError:
        pass


@given(value=nearly | nearly_record)
def test_what_was_read_can_be_stored(value: object) -> None:
    try:
        post = read_view(value, me="did:plc:acme")
    except Malformed:
        return
    stored = json.dumps([post.text.to_json(), post.author.to_json(), dict(post.extra)], ensure_ascii=False)
    assert "\x00" not in stored.encode().decode()
    assert Author.from_json(post.author.to_json()) == post.author
    assert post.at.astimezone(UTC).year >= 1970
    came_at(post)
    cid_of(post)


@given(st.text())
def test_any_stream_message_is_an_event_or_nothing_or_a_named_error(data: str) -> None:
    try:
        read_event(data)
    except Malformed:
        pass


@given(st.text())
def test_any_cursor_is_a_place_or_none(words: str) -> None:
    read_place_in_list(words)


def test_a_cursor_tells_how_far_back_it_is() -> None:
    at = datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert read_place_in_list("2026-11-21T10:00:00.000Z") == at
    assert read_place_in_list("opaque") is None


def test_a_post_is_read_whole() -> None:
    images = [{"fullsize": "https://cdn.example/1", "thumb": "https://cdn.example/1t", "alt": "a cat"}]
    quoted = {"uri": ROOT["uri"], "author": {"did": "did:plc:acme", "handle": "acme.test"}}
    view = {
        **VIEW,
        "record": {**RECORD, "labels": {"values": [{"val": "graphic-media"}, {"val": "!hide"}]}},
        "embed": {
            "$type": "app.bsky.embed.recordWithMedia#view",
            "media": {"$type": "app.bsky.embed.images#view", "images": images},
            "record": {"$type": "app.bsky.embed.record#view", "record": quoted},
        },
    }
    post = read_view(view, me="did:plc:lea")
    assert post.ours
    assert post.parent == post.root
    assert post.root is not None
    assert post.root.id == ROOT["uri"]
    assert post.extra["root"] == ROOT
    assert post.language == "en"
    assert post.warning == "graphic-media"
    assert post.edited_at is None
    assert post.author.followers == 3
    assert post.url == "https://bsky.app/profile/lea.test/post/3m5z2yxqzpk2w"
    assert [(one.kind, one.description) for one in post.media] == [
        (MediaKind.IMAGE, "a cat"),
        (MediaKind.OTHER, "A quoted post of @acme.test"),
    ]
    assert Receipt.from_json(receipt_of(read_own({**ROOT, "value": RECORD}), "acme.test").to_json()).text == "hello"


@pytest.mark.parametrize(
    ("created", "at"),
    [
        ("2026-11-21T10:00:00.000Z", "2026-11-21T10:00:00+00:00"),
        ("2029-01-01T00:00:00.000Z", "2026-11-21T10:00:01+00:00"),  # in the future: when it came
        ("0001-01-01T00:00:00.000Z", "1970-01-01T00:00:00+00:00"),
        ("yesterday", "2026-11-21T10:00:01+00:00"),
        (None, "2026-11-21T10:00:01+00:00"),
    ],
)
def test_a_post_is_as_old_as_it_claims_but_no_younger_than_it_came(created: object, at: str) -> None:
    post = read_view({**VIEW, "record": {**RECORD, "createdAt": created}}, me=None)
    assert post.at == datetime.fromisoformat(at)


def test_a_thread_of_a_thousand_levels_is_read_without_a_thousand_calls_deep() -> None:
    node: dict[str, object] = {**NODE}
    for at in range(1500):
        view = {**VIEW, "uri": f"at://did:plc:lea/app.bsky.feed.post/{at}"}
        node = {"$type": "app.bsky.feed.defs#threadViewPost", "post": view, "replies": [node], "parent": None}
    assert len(read_thread({"thread": node}, me=None)) == 1501


def test_an_account_that_left_or_is_hidden_is_told() -> None:
    def event(**account: object) -> object:
        return read_event(json.dumps({"did": "did:plc:lea", "time_us": 2, "kind": "account", "account": account}))

    assert getattr(event(active=False, status="deleted"), "change", None) is Change.LEFT
    assert getattr(event(active=False, status="takendown"), "change", None) is Change.HIDDEN
    assert event(active=True) is None


# Recorded answers


def _shaped(text: str) -> object:
    """A snapshot whose redacted ids are ids again."""
    text = re.sub(r"user\((\d+)\)", r"did:plc:user\1", text)
    return json.loads(re.sub(r'"record\((\d+)\)"', r'"at://did:plc:someone/app.bsky.feed.post/\1"', text))


def _found(value: object, keys: set[str]) -> Iterator[dict[str, object]]:
    if isinstance(value, list):
        for item in value:
            yield from _found(item, keys)
    elif isinstance(value, dict):
        if keys <= set(value):
            yield value
        for item in value.values():
            yield from _found(item, keys)


@pytest.mark.needs("shared")
def test_every_post_and_notification_of_the_recorded_views_is_read() -> None:
    posts = notifications = media = 0
    for path in sorted(shared("bluesky", "appview-snapshots").glob("*.json")):
        document = _shaped(path.read_text("utf-8"))
        for view in _found(document, {"uri", "cid", "author", "record", "indexedAt", "likeCount"}):
            post = read_view(view, me="did:plc:user0")
            assert post.author.handle, path.name
            posts, media = posts + 1, media + len(post.media)
        for entry in _found(document, {"reason", "isRead", "uri", "author"}):
            assert read_notification(entry, me=None).reason
            notifications += 1
    assert posts > 100
    assert notifications > 20
    assert media > 10


@pytest.mark.needs("shared")
def test_recorded_threads_are_read_and_their_gates_seen() -> None:
    threads = json.loads(json.dumps(_shaped(shared("bluesky", "appview-snapshots", "thread.json").read_text("utf-8"))))
    read = [read_thread({"thread": one}, me=None) for one in threads["snapshots"].values() if isinstance(one, dict)]
    assert sum(len(one) for one in read) > 20
    document = json.loads(shared("bluesky", "sdk-testdata", "thread_view_post_with_embed_media.json").read_text())
    (post, *_) = read_thread(document, me=None)
    assert post.author.handle == "test.marshal.dev"
    assert read_place(document, me=None).post == post


@pytest.mark.needs("shared")
def test_a_recorded_did_document_says_where_the_account_is() -> None:
    document = json.loads(shared("bluesky", "sdk-testdata", "did_doc.json").read_text("utf-8"))
    session = read_session({**document, "accessJwt": "a", "refreshJwt": "b"}, server="https://bsky.social")
    assert session.server.startswith("https://")
    assert session.did == "did:plc:kvwvcn5iqfooopmyzvb4qzba"
