"""What X says: recorded answers and printed samples parse, and anything else gives a value or a named error."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import BY_HAND
from adapters.errors import Lost, Malformed, PlatformError, Refused
from adapters.http import Answer
from adapters.posts import Author, Cursor, MediaKind, Receipt
from adapters.text import Mark
from adapters.x_calls import judge
from adapters.x_find import as_compared
from adapters.x_hooks import Says, read_event, read_events
from adapters.x_listen import State
from adapters.x_read import (
    Included,
    Us,
    is_repost,
    read_created,
    read_deleted,
    read_included,
    read_me,
    read_page,
    read_post,
    read_problems,
    read_user,
)
from adapters.x_refs import id_at, time_of
from adapters.x_reply import receipt_for
from adapters.x_watch import read_subscriptions
from tests.adapters.shared_data import shared

US = Us("1111111111111111111", "ExampleUser")
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
LEA = {
    "id": "2222222222222222222",
    "username": "lea",
    "name": "Lea",
    "profile_image_url": "https://pbs.twimg.com/a_normal.jpg",
    "public_metrics": {"followers_count": 97},
}
POST: dict[str, object] = {
    "id": "2090000000000000002",
    "text": "@ExampleUser &lt;b&gt;late&lt;/b&gt; https://t.co/abc #parcel https://t.co/pic",
    "author_id": "2222222222222222222",
    "created_at": "2026-08-12T18:00:00.000Z",
    "conversation_id": "2090000000000000002",
    "edit_history_tweet_ids": ["2090000000000000002"],
    "lang": "en",
    "display_text_range": [0, 40],
    "entities": {
        "mentions": [{"start": 0, "end": 12, "username": "ExampleUser", "id": US.id}],
        "urls": [
            {"url": "https://t.co/abc", "expanded_url": "https://acme.com/orders/4711?a=1&b=2", "display_url": "acme…"},
            {"url": "https://t.co/pic", "expanded_url": "https://x.com/lea/status/1/photo/1", "media_key": "3_1"},
        ],
        "hashtags": [{"start": 1, "end": 2, "tag": "parcel"}],
    },
    "attachments": {"media_keys": ["3_1", "3_2"]},
}
REPOST = {"type": "retweeted", "id": "6"}
INCLUDES: dict[str, object] = {
    "users": [LEA],
    "media": [
        {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/1.jpg", "alt_text": "a wet box"},
        {"media_key": "3_2", "type": "video", "variants": [{"bit_rate": 1, "url": "https://v.example/1.mp4"}]},
    ],
}
EVENT: dict[str, object] = {
    "event_uuid": "1",
    "event_type": "post.mention.create",
    "filter": {"user_id": US.id},
    "payload": POST,
    "includes": INCLUDES,
}

_WORDS = """
entities mentions urls hashtags username tag url expanded_url media_key attachments media_keys referenced_tweets
referenced_posts type replied_to quoted retweeted note_tweet note_post text includes users tweets posts media data
errors meta next_token edit_history_tweet_ids edit_history_post_ids payload event_type post.delete post.create
oauth.revoke for_user_id tweet_delete_events status variants bit_rate 2090000000000000001 0 99999999999999999999
https://t.co/abc 2026-01-01T00:00:00Z 0001-01-01T00:00:00+23:59
"""
_known = st.sampled_from([*_WORDS.split(), *POST, *LEA, *EVENT])
_words = st.text(max_size=12) | _known | st.sampled_from(["\ud800", "a\x00b", "\u202e\u200b", "@" * 30])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**53, 2**70) | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_known | st.text(max_size=5), inner, max_size=8),
    max_leaves=20,
)
# A whole post in which one thing is wrong reaches deeper than wholly random values.
nearly = st.builds(lambda key, value: {**POST, key: value}, _known, anything)
nearly_entities = st.builds(
    lambda key, value: {**POST, "entities": {**POST["entities"], key: [value]}},  # type: ignore[dict-item]  # a dict
    _known,
    anything,
)
any_post = anything | nearly | nearly_entities

READERS: dict[str, Callable[[object], object]] = {
    "post": lambda value: read_post(value, Included(), us=US),
    "post with": lambda value: read_post(POST, read_included(value), us=US),
    "page": lambda value: read_page(value, us=US),
    "page of": lambda value: read_page({"data": [value], "includes": INCLUDES, "errors": value}, us=US),
    "page with": lambda value: read_page({"data": [POST], "includes": value, "meta": value}, us=US),
    "user": read_user,
    "me": read_me,
    "repost": is_repost,
    "created": read_created,
    "receipt": lambda value: receipt_for(value, "acme", NOW).to_json(),
    "deleted": read_deleted,
    "problems": read_problems,
    "subscriptions": lambda value: read_subscriptions({"data": [value]}),
    "judged": lambda value: judge(Answer(403, {}, value, True), NOW).args,
    "judged as wrong": lambda value: judge(Answer(400, {}, {"errors": [value]}, True), NOW).args,
    "event": lambda value: read_event(value, us=US),
    "event of": lambda value: read_event({**EVENT, "payload": value}, us=US),
    "event with": lambda value: read_event({**EVENT, "includes": value}, us=US),
    "event kind": lambda value: read_event({**EVENT, "event_type": value}, us=US),
    "events": lambda value: read_events(json.dumps(value).encode(), us=US),
    "cursor": lambda value: State.read(Cursor(json.dumps(value))),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25)  # 20 readers: 500 payloads in all
@given(value=any_post)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except PlatformError:
        pass


@given(value=nearly | nearly_entities)
def test_what_was_read_can_be_stored(value: object) -> None:
    try:
        post = read_post(value, read_included(INCLUDES), us=US)
    except Malformed:
        return
    stored = json.dumps([post.text.to_json(), post.author.to_json(), dict(post.extra)], ensure_ascii=False)
    assert "\x00" not in stored.encode().decode()
    assert Author.from_json(post.author.to_json()) == post.author
    assert post.at.astimezone(UTC).year >= 1


@given(st.binary(max_size=60))
def test_any_body_is_events_or_a_named_error(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_events(body, us=US)


@given(st.datetimes(datetime(2011, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)))
def test_an_id_tells_its_moment(at: datetime) -> None:
    told = time_of(id_at(at))
    assert told is not None
    assert timedelta(0) <= at - told < timedelta(milliseconds=2)


def test_a_post_is_read_whole() -> None:
    post = read_post(POST, read_included(INCLUDES), us=US)
    assert post.text.plain == "@ExampleUser <b>late</b> https://acme.com/orders/4711?a=1&b=2 #parcel"
    assert [(one.mark, one.target) for one in post.text.spans if one.mark is not Mark.PLAIN] == [
        (Mark.MENTION, "https://x.com/ExampleUser"),
        (Mark.LINK, "https://acme.com/orders/4711?a=1&b=2"),
        (Mark.TAG, "https://x.com/hashtag/parcel"),
    ]
    assert [(one.kind, one.url, one.description) for one in post.media] == [
        (MediaKind.IMAGE, "https://pbs.twimg.com/1.jpg", "a wet box"),
        (MediaKind.VIDEO, "https://v.example/1.mp4", None),
    ]
    assert post.author == Author(
        ref="2222222222222222222",
        handle="lea",
        name="Lea",
        avatar="https://pbs.twimg.com/a.jpg",
        url="https://x.com/lea",
        followers=97,
    )
    assert post.url == "https://x.com/lea/status/2090000000000000002"
    assert post.root == post.ref
    assert post.edited_at is None
    assert not post.ours
    assert BY_HAND not in post.extra


def test_what_stands_twice_is_marked_twice_and_nothing_between_is_lost() -> None:
    links = [{"url": "https://t.co/abc", "expanded_url": "https://acme.com/a"}] * 2
    names = [{"username": "kim"}, {"username": "ki"}, {"username": "kim"}]
    words = "İ @kim https://t.co/abc @ki @KIM https://t.co/abc @kimono"
    post = read_post({**POST, "text": words, "entities": {"urls": links, "mentions": names}}, Included(), us=US)
    assert post.text.plain == "İ @kim https://acme.com/a @ki @KIM https://acme.com/a @kimono"
    marked = [one.words for one in post.text.spans if one.mark is not Mark.PLAIN]
    assert marked == ["@kim", "https://acme.com/a", "@ki", "@KIM", "https://acme.com/a"]


def test_one_broken_post_hides_no_other_and_nothing_but_broken_ones_are_no_page() -> None:
    page = read_page({"data": [5, {"id": "7"}, POST, {"id": "8", "referenced_tweets": [REPOST]}]}, us=US)
    assert ([post.ref.id for post in page.posts], page.broken, page.unnamed) == ([POST["id"]], ("7",), 1)
    with pytest.raises(Malformed):
        read_page({"data": [5, {}]}, us=US)


def test_a_long_post_is_read_from_its_note_and_an_unknown_language_is_none() -> None:
    post = read_post({**POST, "note_tweet": {"text": "x" * 10_000}, "lang": "qme"}, Included(), us=US)
    assert post.text.plain == "x" * 10_000
    assert post.language is None


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_an_edited_post_keeps_its_first_id_and_its_conversation(spelling: str) -> None:
    first, second = id_at(NOW), id_at(NOW + timedelta(minutes=2))
    entry = {key: value for key, value in POST.items() if not key.startswith("edit_history")}
    entry |= {"id": second, "conversation_id": second, f"edit_history_{spelling}_ids": [first, second]}
    post = read_post(entry, read_included(INCLUDES), us=US)
    assert post.ref.id == first
    assert post.root == post.ref
    assert post.at == NOW
    assert post.edited_at == NOW + timedelta(minutes=2)
    assert post.extra["id"] == second
    assert post.url is not None
    assert post.url.endswith(second)


def test_only_a_mention_or_a_quote_of_ours_summons_us() -> None:
    plain = {**POST, "entities": {}}
    assert "mentioned us" in str(read_post(plain, Included(), us=US).extra[BY_HAND])
    assert BY_HAND not in read_post(plain, Included(), us=Us(US.id, US.handle, summoned_only=False)).extra
    quoting = {**plain, "referenced_tweets": [{"type": "quoted", "id": "2090000000000000001"}]}
    ours = {"tweets": [{"id": "2090000000000000001", "author_id": US.id}]}
    others = {"tweets": [{"id": "2090000000000000001", "author_id": "5"}]}
    assert BY_HAND not in read_post(quoting, read_included(ours), us=US).extra
    assert BY_HAND in read_post(quoting, read_included(others), us=US).extra
    assert "summoned" not in read_post(quoting, Included(), us=US).extra  # the answer does not tell
    named = {**POST, "entities": {"mentions": [{"username": "EXAMPLEUSER"}]}}
    assert BY_HAND not in read_post(named, Included(), us=US).extra


def test_a_reply_is_read_as_it_is_shown_without_the_mentions_before_it() -> None:
    reply = {
        **POST,
        "text": "@ExampleUser @kim thanks!",
        "referenced_tweets": [{"type": "replied_to", "id": "2090000000000000001"}],
        "display_text_range": [18, 25],
    }
    post = read_post(reply, Included(), us=US)
    assert post.text.plain == "thanks!"
    assert post.parent is not None
    assert read_post({**reply, "display_text_range": [0, 25]}, Included(), us=US).text.plain == reply["text"]


@pytest.mark.parametrize(
    ("approved", "shown"),
    [
        ("See acme.com/help today", "@lea See http://acme.com/help today"),
        ("See https://acme.com.", "See https://acme.com."),
        ("@lea on it", "@lea @kim on it"),
        ("on  it\n", "on it"),
    ],
)
def test_a_reply_is_known_by_its_words_whatever_x_makes_of_them(approved: str, shown: str) -> None:
    assert as_compared(approved) == as_compared(shown)
    assert as_compared(approved) != as_compared(shown + " not")


def test_right_to_left_zero_width_and_html_are_words() -> None:
    words = "\u202eשלום\u202c \u200bעולם &lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;"
    post = read_post({**POST, "text": words, "entities": {}}, Included(), us=US)
    assert post.text.plain == "\u202eשלום\u202c \u200bעולם <script>alert(1)</script> &amp;"


# Printed samples and recorded answers


def _recorded() -> Iterator[tuple[str, str, object]]:
    yaml = pytest.importorskip("yaml")
    for path in sorted(shared("x", "tweepy-cassettes").glob("*.yaml")):
        for one in yaml.safe_load(path.read_text("utf-8"))["interactions"]:
            body: Any = one["response"]["body"]["string"]  # whatever the recorder wrote
            raw = body if isinstance(body, bytes) else str(body).encode()
            text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
            yield path.name, str(one["request"]["uri"]), json.loads(text)


@pytest.mark.needs("shared")
def test_every_recorded_page_of_posts_is_read_or_its_posts_are_named() -> None:
    pages = posts = 0
    for name, uri, body in _recorded():
        path = uri.partition("?")[0]
        if path.endswith(("/mentions", "/2/users/783214/tweets", "/quote_tweets", "/search/recent")) or "ids=" in uri:
            page = read_page(body, us=US)
            assert page.count, name
            assert not page.problems, name
            pages, posts = pages + 1, posts + page.count
    assert pages == 5
    assert posts > 10


@pytest.mark.needs("shared")
def test_every_recorded_answer_about_one_thing_is_read() -> None:
    seen = set()
    for name, uri, body in _recorded():
        if "users/me" in uri or "by/username" in uri:
            assert read_me(body).handle
            seen.add("user")
        if uri.endswith("/2/tweets") and "create_and_delete" in name:
            id, text = read_created(body)
            assert id
            assert text
            assert Receipt.from_json(receipt_for(body, "i", NOW).to_json()).text == text
            seen.add("created")
        if "/2/tweets/1" in uri and "create_and_delete" in name:
            assert read_deleted(body)
            seen.add("deleted")
    assert seen == {"user", "created", "deleted"}


@pytest.mark.needs("shared")
def test_every_printed_event_is_read_or_let_pass_by_name() -> None:
    told: dict[str, Says | None] = {}
    for path in sorted(shared("x", "activity-api-events").glob("xaa-*.json")):
        (event,) = read_events(path.read_bytes(), us=US)
        told[path.name[7:-5]] = event.says
        if event.says in (Says.SPOKEN, Says.WRITTEN):
            assert event.post is not None, path.name
            assert event.post.text.plain
    assert {name: says for name, says in told.items() if says} == {
        "post.create": Says.WRITTEN,
        "post.delete": Says.DELETED,
        "post.mention.create": Says.SPOKEN,
        "post.reply.create": Says.SPOKEN,
        "post.quote.create": Says.SPOKEN,
        "oauth.revoke": Says.REVOKED,
    }
    assert len(told) == 27
    for path in sorted(shared("x", "account-activity-events").glob("*.json")):
        events = read_events(path.read_bytes(), us=US)
        assert [one.id for one in events] == (["1045405559317569537"] if "delete" in path.name else [])


@pytest.mark.needs("shared")
def test_the_printed_samples_of_edits_problems_and_pages_are_read() -> None:
    def sample(name: str) -> object:
        return json.loads(shared("x", "doc-samples", name).read_text("utf-8"))

    page = read_page(sample("edit-03-Getting-edit-history.json"), us=US)
    assert ("1234567890", "1234567891") in page.histories
    (problem,) = read_page(sample("err-02-Partial-errors.json"), us=US).problems
    assert problem.not_found
    assert problem.about == "456"
    (problem,) = read_problems(sample("err-01-Error-response-format.json"))
    assert "required" in problem.detail
    page = read_page(sample("user-mention-quickstart-01-Get-mentions-timeline-with-pagination.json"), us=US)
    assert page.next == "t3buvdr5pujq9g7bggsnf3ep2ha28"
    assert [post.author.handle for post in page.posts] == ["developer"]


@pytest.mark.needs("shared")
def test_the_recorded_refusals_mean_what_they_mean() -> None:
    samples = json.loads(shared("x", "error-samples.json").read_text("utf-8"))
    told = {one["case"]: judge(Answer(one["http_status"], {}, one["body"], True), NOW) for one in samples}
    assert isinstance(told["duplicate text"], Lost)
    refused = next(one for case, one in told.items() if "not summoned" in case)
    assert isinstance(refused, Refused)
    assert "mentioned or quoted" in refused.sentence
