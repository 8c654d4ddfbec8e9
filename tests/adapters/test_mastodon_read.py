"""What servers say: recorded answers all parse, and anything else gives a value or a named error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Malformed, PlatformError
from adapters.http import utc_now
from adapters.mastodon_listen import State, read_event
from adapters.mastodon_read import (
    fingerprint,
    read_account,
    read_blocked_by,
    read_context,
    read_dropped,
    read_instance,
    read_notification,
    read_source,
    read_status,
    read_statuses,
)
from adapters.payload import read_json, read_time
from adapters.posts import Audience, Author, Cursor, MediaKind, PostRef, Receipt
from adapters.waits import read_moment
from tests.adapters.shared_data import shared

DOMAIN = "mastodon.example"

STATUS: dict[str, object] = {
    "id": "7",
    "created_at": "2026-11-21T10:00:00.000Z",
    "in_reply_to_id": None,
    "content": "<p>hello</p>",
    "spoiler_text": "",
    "visibility": "public",
    "language": "en",
    "uri": "https://mastodon.example/users/ann/statuses/7",
    "url": "https://mastodon.example/@ann/7",
    "account": {"id": "1", "username": "ann", "acct": "ann", "display_name": "Ann", "followers_count": 3},
    "mentions": [],
    "media_attachments": [],
    "edited_at": None,
}

_keys = st.sampled_from(
    [*STATUS, "username", "acct", "status", "type", "descendants", "ancestors", "configuration", "x"]
)
_words = st.text(max_size=12) | st.sampled_from(["<p>", "@", "public", "2026-01-01T00:00:00Z", "\ud800", "a\x00b", "1"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys | st.text(max_size=5), inner, max_size=8),
    max_leaves=20,
)
# A whole status in which one thing is wrong reaches deeper than wholly random values.
nearly = st.builds(lambda key, value: {**STATUS, key: value}, _keys, anything)
nearly_account = st.builds(
    lambda key, value: {**STATUS, "account": {"id": "1", "acct": "ann", key: value}}, _keys, anything
)

READERS: dict[str, Callable[[object], object]] = {
    "status": lambda value: read_status(value, me="1", domain=DOMAIN),
    "statuses": lambda value: read_statuses([value], me=None, domain=DOMAIN),
    "context": lambda value: read_context({"ancestors": [], "descendants": [value]}, me="1", domain=DOMAIN),
    "context as it came": lambda value: read_context(value, me="1", domain=DOMAIN),
    "notification": lambda value: read_notification(value, me="1", domain=DOMAIN),
    "notification with": lambda value: read_notification(
        {"id": "1", "type": "mention", "created_at": "2026-01-01T00:00:00Z", "status": value}, me="1", domain=DOMAIN
    ),
    "account": lambda value: read_account(value, DOMAIN),
    "instance": lambda value: read_instance(value, DOMAIN),
    "policy": read_dropped,
    "relationships": read_blocked_by,
    "source": read_source,
    "author": Author.from_json,
    "receipt": Receipt.from_json,
    "reference": PostRef.from_json,
    "cursor": lambda value: State.read(Cursor(json.dumps(value))),
    "time": lambda value: read_time(value, "time"),
}


@pytest.mark.parametrize("name", READERS)
@given(value=anything | nearly | nearly_account)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except PlatformError:
        pass


@given(value=nearly | nearly_account)
def test_what_was_read_can_be_stored(value: object) -> None:
    try:
        post = read_status(value, me="1", domain=DOMAIN)
    except Malformed:
        return
    stored = json.dumps([post.text.to_json(), post.author.to_json(), dict(post.extra)], ensure_ascii=False)
    assert "\x00" not in stored.encode().decode()
    assert Author.from_json(post.author.to_json()) == post.author
    fingerprint(post)


@given(
    event=st.sampled_from(["update", "status.update", "delete", "notification", "x"]),
    data=st.text() | anything.map(json.dumps),
)
def test_any_stream_event_gives_news_or_nothing_or_a_named_error(event: str, data: str) -> None:
    try:
        read_event(event, data, me="1", domain=DOMAIN)
    except Malformed:
        pass


@given(st.text())
def test_any_header_gives_a_moment_or_nothing(value: str) -> None:
    read_moment(value, utc_now())


@given(anything)
def test_any_json_survives_reading(value: object) -> None:
    json.dumps(read_json(value, "it"), ensure_ascii=False).encode()


def test_a_status_is_read_whole() -> None:
    post = read_status(
        {
            **STATUS,
            "in_reply_to_id": "5",
            "spoiler_text": "careful",
            "visibility": "private",
            "edited_at": "2026-11-21T10:05:00+01:00",
            "mentions": [{"acct": "acme@mastodon.example", "url": "https://mastodon.example/@acme"}],
            "media_attachments": [
                {
                    "type": "gifv",
                    "url": "https://f.example/1.mp4",
                    "preview_url": "https://f.example/1.png",
                    "description": "a cat",
                },
                {"type": "image", "url": None},
            ],
        },
        me="1",
        domain=DOMAIN,
    )
    assert post.root is None
    assert post.parent == PostRef("5")
    assert post.ours
    assert post.warning == "careful"
    assert post.visibility is Audience.FOLLOWERS
    assert post.edited_at is not None
    assert post.edited_at.hour == 9
    assert [(media.kind, media.description) for media in post.media] == [(MediaKind.VIDEO, "a cat")]
    assert post.extra["mentions"] == ["acme"]


def test_an_audience_that_nobody_knows_is_taken_for_the_narrowest() -> None:
    assert read_status({**STATUS, "visibility": "local"}, me=None, domain=DOMAIN).visibility is Audience.DIRECT


def test_limits_are_found_in_every_spelling() -> None:
    assert read_instance({"configuration": {"statuses": {"max_characters": 5000}}}, DOMAIN).length == 5000
    assert read_instance({"max_toot_chars": 1312}, DOMAIN).length == 1312
    assert read_instance({"configuration": {"statuses": {"max_characters": "many"}}}, DOMAIN).length == 500


# Recorded answers of real servers


def _statuses_in(value: object) -> Iterator[object]:
    """Every status anywhere in a recorded answer."""
    if isinstance(value, list):
        for item in value:
            yield from _statuses_in(item)
    elif isinstance(value, dict):
        if {"id", "content", "account", "visibility", "created_at"} <= set(value) and "scheduled_at" not in value:
            yield value
        for item in value.values():
            yield from _statuses_in(item)


def _notifications_in(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and {"id", "type", "created_at", "account"} <= set(item):
                yield item


def _documents(folder: Path) -> Iterator[tuple[str, object]]:
    for path in sorted(folder.rglob("*.json")):
        try:
            yield path.name, json.loads(path.read_text("utf-8"))
        except ValueError:
            continue  # a sample of an answer without a body
    for path in sorted(folder.rglob("*.yaml")):
        yaml = pytest.importorskip("yaml", reason="PyYAML reads the recorded answers")
        for exchange in yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))[
            "interactions"
        ]:
            words = exchange["response"]["body"]["string"]
            try:
                yield path.name, json.loads(words)
            except (ValueError, TypeError):
                continue  # a stream, or no JSON


def test_every_recorded_status_and_notification_is_read() -> None:
    statuses = notifications = 0
    for name, document in _documents(shared("mastodon")):
        for status in _statuses_in(document):
            post = read_status(status, me="1", domain=DOMAIN)
            assert post.author.handle, name
            assert "<" not in post.text.plain or "&lt;" in json.dumps(status), name
            statuses += 1
        for notification in _notifications_in(document):
            read_notification(notification, me="1", domain=DOMAIN)
            notifications += 1
    assert statuses > 200
    assert notifications > 20


def test_every_recorded_stream_event_is_read() -> None:
    samples = json.loads(shared("mastodon", "streaming_sse_events.json").read_text("utf-8"))
    told = [
        read_event(sample["event"], sample["data"], me="1", domain=DOMAIN)
        for sample in samples
        if sample["event"] in ("update", "status.update", "delete", "notification") and "..." not in sample["data"]
    ]
    assert len(told) >= 3


def test_recorded_instances_are_read() -> None:
    document = json.loads(shared("mastodon", "doc-samples", "Instance-01-Example.json").read_text("utf-8"))
    instance = read_instance(document, "elsewhere.example")
    takes = instance.pictures
    assert (instance.domain, instance.length, instance.per_url, takes.count) == ("mastodon.social", 500, 23, 4)
    assert (takes.size, takes.pixels, takes.alt) == (16_777_216, 33_177_600, 1_500)
    assert {"image/jpeg", "image/png"} <= takes.kinds
    assert instance.streaming == "wss://streaming.mastodon.social"


def test_a_recorded_policy_names_what_is_dropped() -> None:
    document = json.loads(shared("mastodon", "doc-samples", "NotificationPolicy-01-Example.json").read_text("utf-8"))
    assert read_dropped(document) == ("private mentions",)
