"""What a system of one's own tells: all that the description allows is read, anything else is a named error."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.errors import AuthFailed, Malformed, PlatformError
from adapters.inbound_calls import find
from adapters.inbound_describe import description
from adapters.inbound_read import (
    Standing,
    read_author,
    read_body,
    read_event,
    read_found,
    read_message,
    read_receipt,
    read_standing,
)
from adapters.inbound_settings import Settings
from adapters.inbound_signing import Door, Reused, headers_for, keys_of
from adapters.posts import (
    BY_HAND,
    Absent,
    Audience,
    CannotTell,
    Edited,
    Posted,
    PostRef,
    Receipt,
    Removed,
    Reply,
    Unavailable,
)
from adapters.settings import SettingError
from adapters.text import Text
from tests.adapters.from_schema import allowed

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "platforms" / "inbound.openapi.json"
SECRET = "a-secret-of-at-least-24-characters"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GIVEN = Settings(secret=SECRET, webhook="https://forms.example/twoway")
MESSAGE: dict[str, object] = {"id": "m1", "author": {"name": "Lea"}, "text": "hello"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)
READERS: tuple[Callable[[object], object], ...] = (
    lambda value: read_event(value, at=NOW, settings=GIVEN),
    lambda value: read_message(value, at=NOW, settings=GIVEN),
    read_author,
    lambda value: read_found(value, "message"),
    lambda value: read_standing(value, now=NOW),
    lambda value: read_receipt(value, key="k", now=NOW),
)


def printed() -> str:
    return json.dumps(description(), ensure_ascii=False, indent=2) + "\n"


def message(**changed: object) -> object:
    return read_message({**MESSAGE, **changed}, at=NOW, settings=GIVEN)


def event(kind: str, data: object) -> object:
    return read_event({"type": kind, "data": data}, at=NOW, settings=GIVEN)


@settings(max_examples=40, deadline=None)
@given(value=anything, word=st.sampled_from(["id", "author", "text", "at", "media", "data", "found", "replies"]))
def test_any_json_gives_a_value_or_a_named_error(value: object, word: str) -> None:
    whole = {**MESSAGE, "type": "message.posted", "data": {**MESSAGE, word: value}, "found": True, word: value}
    for reader in READERS:
        for given_value in (value, whole, [whole]):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=allowed(description()))
def test_whatever_the_description_allows_is_read(value: object) -> None:
    """Bodies are made from the OpenAPI description that we serve."""
    heard = read_event(read_body(json.dumps(value).encode()), at=NOW, settings=GIVEN)
    assert isinstance(heard, Posted | Edited | Removed | Unavailable)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=allowed(description()), spoilt=anything, draw=st.data())
def test_what_the_description_allows_with_one_thing_changed_is_read_or_named(
    value: object, spoilt: object, draw: st.DataObject
) -> None:
    entry = value["data"] if draw.draw(st.booleans()) else value  # type: ignore[index]
    entry[draw.draw(st.sampled_from(sorted(entry)))] = spoilt
    try:
        read_event(value, at=NOW, settings=GIVEN)
    except Malformed:
        pass


def test_the_description_in_the_repository_is_the_one_that_is_served() -> None:
    assert PAGE.read_text("utf-8") == printed(), "write it anew: python -m tests.adapters.test_inbound_read"


def test_a_message_is_read_with_all_that_it_says() -> None:
    post = message(
        parent="m0",
        thread="m0",
        author={"id": 2**60, "name": " Lea ", "handle": "@lea", "url": "https://acme.example/lea", "followers": 7},
        at="2026-11-22T12:30:00+01:00",
        edited_at="2026-11-22T11:40:00Z",
        audience="direct",
        language="de",
        url="https://acme.example/m1",
        media=[{"kind": "image", "url": "https://acme.example/a.png", "description": "wet"}, {"url": "javascript:1"}],
    )
    assert post.root == post.parent == PostRef("m0")
    assert (post.author.ref, post.author.name, post.author.handle) == (str(2**60), "Lea", "lea")
    assert post.at == datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
    assert post.edited_at == datetime(2026, 11, 22, 11, 40, tzinfo=UTC)
    assert (post.visibility, post.language) == (Audience.DIRECT, "de")
    assert [one.description for one in post.media] == ["wet"]
    assert not post.extra


def test_little_is_enough_and_an_answer_joins_by_its_parent() -> None:
    post = message()
    assert (post.root, post.parent, post.at) == (PostRef("m1"), None, NOW)
    assert post.author.ref == "name:Lea"
    answer = message(id="m2", parent="m1")
    assert (answer.root, answer.parent) == (None, PostRef("m1"))
    in_thread = message(id="m3", thread="m1")
    assert in_thread.root == in_thread.parent == PostRef("m1")


def test_html_that_tries_to_be_clever_becomes_words() -> None:
    html = '<p>look <a href="javascript:alert(1)">here</a><script>alert(2)</script> <b>now</b></p>'
    post = message(text=None, html=html)
    assert post.text.plain == "look here now"
    words = "‮evil\u200b " + "x" * 10_000
    assert message(text=words).text.plain == words


def test_without_a_webhook_the_card_says_to_answer_there() -> None:
    post = read_message(MESSAGE, at=NOW, settings=Settings(secret=SECRET))
    assert BY_HAND in post.extra
    ours = read_message({"id": "m2", "ours": True, "text": "done"}, at=NOW, settings=Settings(secret=SECRET))
    assert ours.ours
    assert not ours.extra


def test_events_say_what_became_of_a_message() -> None:
    assert event("message.deleted", {"id": "m1"}) == Removed(PostRef("m1"))
    assert isinstance(event("message.hidden", {"id": "m1"}), Unavailable)
    assert isinstance(event("message.edited", {**MESSAGE, "edited_at": "2026-11-22T11:00:00Z"}), Edited)


@pytest.mark.parametrize(
    ("kind", "data", "where"),
    [
        ("message.sent", MESSAGE, "event type"),
        ("message.edited", MESSAGE, "edited_at"),
        ("message.posted", {**MESSAGE, "html": "<p>"}, "either text or html"),
        ("message.posted", {"id": "m1", "author": {"name": "Lea"}}, "either text or html"),
        ("message.posted", {"id": "m1", "text": "hello"}, "author"),
        ("message.posted", {**MESSAGE, "author": {"name": " "}}, "author name"),
        ("message.posted", {**MESSAGE, "id": "x" * 300}, "message id"),
        ("message.posted", {**MESSAGE, "id": ""}, "message id"),
        ("message.posted", {**MESSAGE, "at": "yesterday"}, "message at"),
        ("message.posted", {**MESSAGE, "text": "x" * 100_001}, "at most"),
        ("message.posted", {**MESSAGE, "audience": "everybody"}, "audience"),
        ("message.posted", {**MESSAGE, "media": [{}] * 21}, "at most 20"),
    ],
)
def test_what_is_wrong_is_named(kind: str, data: object, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        event(kind, data)
    assert where in str(caught.value)


def test_a_body_that_is_no_json_is_named() -> None:
    for body in (b"", b"\xff", b"{", b"[" * 100_000):
        with pytest.raises(Malformed):
            read_body(body)


# Signatures


def signed(body: bytes = b"{}", *, id: str = "e1", at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    return dict(headers_for(keys_of(secret)[0], body, id=id, at=at))


def door(secret: str = SECRET) -> Door:
    return Door(secret, window=timedelta(minutes=5))


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    # standard-webhooks, spec/standard-webhooks.md, "Example"
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    made = headers_for(keys_of(key)[0], body, id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=at)
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_signed_and_fresh_gets_in_also_twice() -> None:
    one = door()
    assert one.enter(signed(), b"{}", now=NOW) == NOW
    assert one.enter(signed(at=NOW + timedelta(seconds=9)), b"{}", now=NOW) == NOW + timedelta(seconds=9)


def test_both_secrets_open_while_one_is_changed() -> None:
    new = "whsec_" + base64.b64encode(b"n" * 32).decode()
    assert door(f"{new} {SECRET}").enter(signed(), b"{}", now=NOW) == NOW
    assert door(f"{SECRET} {new}").enter(signed(secret=new), b"{}", now=NOW) == NOW
    both = signed()["webhook-signature"] + " v1,bm9uZQ== v1a,x"
    assert door().enter({**signed(), "webhook-signature": both}, b"{}", now=NOW) == NOW


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**signed(), "webhook-id": ""},
        {**signed(), "webhook-id": "e2"},
        {**signed(), "webhook-timestamp": "soon"},
        {**signed(), "webhook-timestamp": "9" * 11},
        {**signed(), "webhook-timestamp": "9" * 30},
        {**signed(), "webhook-signature": ""},
        {**signed(), "webhook-signature": "v1,"},
        {**signed(), "webhook-signature": "v2," + signed()["webhook-signature"][3:]},
        {**signed(), "webhook-signature": "v1,ä"},
        signed(b"[]"),
        signed(secret="another-secret-as-long-as-needed"),
        signed(at=NOW - timedelta(minutes=6)),
        signed(at=NOW + timedelta(minutes=6)),
    ],
)
def test_what_is_not_signed_or_not_fresh_stays_outside(headers: dict[str, str]) -> None:
    with pytest.raises(AuthFailed):
        door().enter(headers, b"{}", now=NOW)


def test_an_id_that_comes_again_with_another_body_is_refused_until_it_is_forgotten() -> None:
    one = door()
    one.enter(signed(), b"{}", now=NOW)
    with pytest.raises(Reused):
        one.enter(signed(b"[]"), b"[]", now=NOW)
    later = NOW + timedelta(minutes=11)
    assert one.enter(signed(b"[]", at=later), b"[]", now=later) == later


def test_a_secret_that_keeps_nobody_out_is_told() -> None:
    for secret in ("", "short", "whsec_###", "whsec_c2hvcnQ=", f"{SECRET} short"):
        with pytest.raises(AuthFailed):
            keys_of(secret)


def test_settings_that_cannot_be_meant_are_told() -> None:
    for given_settings in (
        {"webhook": "forms.example"},
        {"asks": True},
        {"idempotent": True},
        {"webhook": "https://a.example", "longest": 0},
        {"window": timedelta(0)},
    ):
        with pytest.raises(SettingError):
            Settings(secret=SECRET, **given_settings)  # type: ignore[arg-type]


# Looking for our own


def test_our_reply_is_known_by_its_key_or_its_words() -> None:
    def standing(key: str | None, text: str) -> Standing:
        return Standing(PostRef("r1"), key, text, NOW, None)

    reply = Reply(parent=PostRef("m1"), text=Text.of("Sorry, Lea!"), attempts=(NOW,))
    assert isinstance(find([standing("k1", "shortened")], reply, "k1"), Receipt)
    assert isinstance(find([standing(None, "Sorry,  Lea!")], reply, "k1"), Receipt)
    assert isinstance(find([standing("k2", "A colleague's")], reply, "k1"), CannotTell)
    assert isinstance(find([], reply, "k1"), Absent)


if __name__ == "__main__":
    PAGE.write_text(printed(), "utf-8")
