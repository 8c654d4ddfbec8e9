"""Facets, lengths and keys on Bluesky: pure rules, held against what its own clients do."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.bluesky import MOST_BYTES, MOST_GRAPHEMES, Bluesky
from adapters.bluesky_facets import Kind, detect, mentioned, read_text, with_dids
from adapters.bluesky_refs import Uri, page, parse, post_of, reply_key, tid, time_of
from adapters.bluesky_settings import Settings
from adapters.measure import graphemes
from adapters.payload import storable
from adapters.posts import PostRef, Unit
from adapters.settings import SettingError, build
from adapters.text import Mark, Span, Text
from tests.adapters.shared_data import shared

PARENT = PostRef("at://did:plc:lea/app.bsky.feed.post/3m5z2yxqzpk2v")
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
PIECES = [
    "@a.com",
    " ",
    "(",
    ")",
    "https://a.com/b",
    "a.com.",
    "#tag",
    "#",
    "＃x",
    "$ABC",
    "é",
    "👩🏽‍💻",
    "\u200b",
    "\n",
    "\u202e",
    "@",
]
pieced = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map("".join)


# Recorded cases


@pytest.mark.needs("shared")
def test_every_mention_and_link_of_the_official_cases_is_found_where_it_is() -> None:
    cases = json.loads(shared("bluesky", "richtext_detection.json").read_text("utf-8"))["mentions_and_links"]
    assert len(cases) == 40
    for case in cases:
        dids = {handle: f"did:fake:{handle}" for handle in mentioned(case["text"])}
        found = [one for one in with_dids(detect(case["text"]), dids) if one.kind is not Kind.TAG]
        told = [{"index": {"byteStart": one.start, "byteEnd": one.end}, "value": one.value} for one in found]
        assert told == [{"index": one["index"], "value": one["value"]} for one in case["facets"]], case["text"]


@pytest.mark.needs("shared")
@pytest.mark.parametrize(("group", "count"), [("tags", 39), ("cashtags", 18)])
def test_every_tag_of_the_official_cases_is_found_where_it_is(group: str, count: int) -> None:
    cases = json.loads(shared("bluesky", "richtext_detection.json").read_text("utf-8"))[group]
    assert len(cases) == count
    for case in cases:
        found = [one for one in detect(case["text"]) if one.kind is Kind.TAG]
        assert [one.value for one in found] == case["tags"], case["text"]
        assert [{"byteStart": one.start, "byteEnd": one.end} for one in found] == case["indices"], case["text"]


@pytest.mark.needs("shared")
def test_lengths_are_those_of_the_official_cases() -> None:
    cases = json.loads(shared("bluesky", "richtext_lengths.json").read_text("utf-8"))["cases"]
    assert len(cases) == 3
    for case in cases:
        assert len(case["text"].encode()) == case["utf8_bytes"]
        assert graphemes(case["text"]) == case["graphemes"]


# Our own


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("see https://shop.example/a?b=c#d, please", [("https://shop.example/a?b=c#d", Kind.LINK)]),
        ("(shop.com/a)", [("https://shop.com/a", Kind.LINK)]),
        ("no e.g. and no photo.jpg", []),
        ("mail care@shop.com", []),
        ("Hi @Lea.Test: #fixed", [("lea.test", Kind.MENTION), ("fixed", Kind.TAG)]),
        ("https://a.com/(@lea.test", [("https://a.com/(@lea.test", Kind.LINK)]),
    ],
)
def test_links_mentions_and_tags_are_found(words: str, found: list[tuple[str, Kind]]) -> None:
    assert [(one.value, one.kind) for one in detect(words)] == found


@given(pieced | st.text())
def test_facets_never_overlap_and_always_stand_on_whole_characters(words: str) -> None:
    raw, reached = words.encode("utf-8", "surrogatepass"), 0
    for one in detect(words):
        assert reached <= one.start < one.end <= len(raw)
        raw[one.start : one.end].decode("utf-8", "surrogatepass")
        reached = one.end


@given(pieced | st.text())
def test_what_we_send_is_read_back_with_the_very_same_characters(words: str) -> None:
    facets = [one.to_json() for one in with_dids(detect(words), {})]
    assert read_text({"text": words, "facets": facets}).plain == storable(words)


@pytest.mark.parametrize("words", ["1" * 10_000, "#" * 10_000, "a." * 5000, "https://" + "(" * 10_000, "@a-" * 3000])
def test_ten_thousand_characters_are_read_at_once(words: str) -> None:
    began = datetime.now(UTC)
    detect(words)
    assert datetime.now(UTC) - began < timedelta(seconds=1)


def facet(start: int, end: int, uri: str = "https://shop.example/orders/4711") -> dict[str, object]:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


@pytest.mark.parametrize(
    ("words", "facets", "plain"),
    [
        ("see shop.example/orders/47...", [facet(4, 29)], "see https://shop.example/orders/4711"),
        ("see shop.example/orders/4711", [facet(4, 28)], "see shop.example/orders/4711"),
        ("your bank", [facet(5, 9, "https://evil.example")], "your bank (https://evil.example)"),
        ("é👍 here", [facet(0, 1)], "é👍 here"),  # in the middle of a letter
        ("here", [facet(0, 99)], "here"),
        ("here", [facet(3, 2)], "here"),
        ("here", [facet(0, 4, "javascript:alert(1)")], "here"),
        ("here", ["x", {"index": None}, {"features": 1}], "here"),
    ],
)
def test_a_link_hides_nothing_and_a_wrong_facet_harms_nothing(words: str, facets: list[object], plain: str) -> None:
    assert read_text({"text": words, "facets": facets}).plain == plain


def test_mentions_and_tags_are_read_with_where_they_lead() -> None:
    kinds = {"mention": {"did": "did:plc:lea"}, "tag": {"tag": "late"}}
    facets = [
        {
            "index": {"byteStart": at, "byteEnd": at + 5},
            "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **what}],
        }
        for at, (kind, what) in zip((0, 6), kinds.items(), strict=True)
    ]
    assert read_text({"text": "@leaa #late", "facets": facets}) == Text(
        (
            Span("@leaa", Mark.MENTION, "https://bsky.app/profile/did:plc:lea"),
            Span(" "),
            Span("#late", Mark.TAG, "https://bsky.app/hashtag/late"),
        )
    )


# Lengths


def platform() -> Bluesky:
    return Bluesky(build(Settings, {"identifier": "acme.test"}, {"token": "x"}))


def test_a_text_is_counted_as_people_count_it_and_in_bytes_where_those_do_not_fit() -> None:
    family = "👨‍👩‍👧‍👧"
    assert platform().fit(Text.of(family * 3)).length == 3
    heavy = platform().fit(Text.of(family * 121))  # 121 characters, 3,025 bytes
    assert (heavy.unit, heavy.limit, heavy.fits) == (Unit.BYTES, MOST_BYTES, False)
    long = platform().fit(Text.of("x" * 301))
    assert (long.unit, long.limit, long.length) == (Unit.GRAPHEMES, MOST_GRAPHEMES, 301)


def test_what_gets_lost_is_said() -> None:
    text = Text((Span("here", Mark.LINK, "https://a.example"), Span("x", Mark.STRONG)))
    assert platform().fit(text).lost == ("bold becomes plain words", "labels of links stand beside their addresses")


# Keys


@given(st.text(min_size=1, max_size=64), st.text(max_size=20))
def test_a_reply_has_one_valid_key_and_another_one_has_another(key: str, other: str) -> None:
    made = reply_key(key, PARENT)
    assert TID.fullmatch(made)
    assert made == reply_key(key, PARENT)
    assert other == key or reply_key(other, PARENT) != made


def test_a_reply_is_filed_in_the_second_of_the_post_it_answers() -> None:
    written = time_of("3m5z2yxqzpk2v")
    filed = time_of(reply_key("k", PARENT))
    assert written is not None
    assert filed is not None
    assert written.replace(microsecond=0) <= filed < written.replace(microsecond=0) + timedelta(seconds=1)


@pytest.mark.parametrize("key", ["self", "zzzzzzzzzzzzz", "2222222222222", "jzzzzzzzzzzzz"])
def test_a_post_whose_key_names_no_time_can_be_answered_too(key: str) -> None:
    parent = PostRef(f"at://did:plc:lea/app.bsky.feed.post/{key}")
    assert TID.fullmatch(reply_key("k", parent))


@given(st.datetimes(datetime(2022, 12, 1), datetime(2099, 1, 1), timezones=st.just(UTC)), st.integers(0, 1023))
def test_a_key_tells_its_time(at: datetime, clock: int) -> None:
    assert time_of(tid(at, clock)) == at


@given(st.text())
def test_any_words_are_an_address_or_not(words: str) -> None:
    uri = parse(words)
    assert uri is None or str(uri) == words
    post_of(PostRef(words))
    time_of(words)


def test_a_post_has_a_page_under_the_handle_or_the_did() -> None:
    uri = Uri("did:plc:lea", "app.bsky.feed.post", "3m5")
    assert page(uri, "lea.test") == "https://bsky.app/profile/lea.test/post/3m5"
    assert page(uri, "handle.invalid") == "https://bsky.app/profile/did:plc:lea/post/3m5"


@pytest.mark.parametrize(
    ("key", "value"), [("server", "bsky.social"), ("jetstream", "jetstream"), ("call_limit", "0s"), ("poll", "soon")]
)
def test_a_wrong_setting_is_named(key: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        build(Settings, {"identifier": "acme.test", key: value}, {"token": "x"})
    assert caught.value.key == key
