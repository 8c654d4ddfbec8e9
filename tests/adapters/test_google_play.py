"""Google Play over HTTP on loopback: what only it does, and what it says read by any means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import (
    AuthFailed,
    Malformed,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Reply,
    Text,
    Throttled,
)
from adapters.errors import PlatformError
from adapters.google_errors import read_error
from adapters.google_play import GooglePlay
from adapters.google_play_read import read_result, read_review, read_reviews
from adapters.google_play_settings import Settings
from adapters.google_service import read_key
from adapters.settings import SettingError
from sandbox.google_play import Fault, PlayStandIn, Review, Where
from tests.adapters.shared_data import shared

PACKAGE = "com.example.shop"


@asynccontextmanager
async def account(play: PlayStandIn, **changed: object) -> AsyncIterator[GooglePlay]:
    table = {"server": play.base_url, "token_server": play.base_url, "package": play.package, "key": play.key}
    one = GooglePlay(Settings(**(table | {"call_limit": timedelta(seconds=8)} | changed)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


@pytest.fixture
async def play() -> AsyncIterator[PlayStandIn]:
    async with PlayStandIn.serve() as one:
        yield one


async def reply_to(one: GooglePlay, review: Review, words: str = "We are on it.") -> Reply:
    ref = PostRef(review.id)
    post = (await one.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words))


async def test_a_key_that_is_none_and_an_account_that_was_not_invited_are_told_apart(play: PlayStandIn) -> None:
    wrong = {
        "not one": "wrong",
        "of another kind": json.dumps({"type": "authorized_user"}),
        "without a key": json.dumps({**json.loads(play.key), "private_key": "wrong"}),
    }
    for key in wrong.values():
        async with account(play, key=key) as one:
            with pytest.raises(AuthFailed, match="whole JSON file"):
                await one.open()
    async with account(play, package="com.example.other") as one:
        with pytest.raises(AuthFailed, match=r"no app com\.example\.other"):
            await one.open()
    play.invited = False
    async with account(play) as one:
        with pytest.raises(AuthFailed, match="Reply to reviews"):
            await one.open()
        with pytest.raises(Refused) as caught:
            await one.publish(Reply(parent=PostRef("1"), text=Text.of("x")), "k")
        assert caught.value.reason is Reason.AUTH


async def test_a_token_that_ended_is_made_anew_for_reading_and_costs_a_reply_a_second(play: PlayStandIn) -> None:
    async with account(play) as one:
        await one.open()
        play.forget_tokens()
        reply = await reply_to(one, await play.post("Lea", "It crashes."))
        play.fault(Fault.STALE)
        with pytest.raises(Throttled) as caught:
            await one.publish(reply, "k")
        assert caught.value.until - datetime.now(UTC) < timedelta(seconds=2)
        assert isinstance(await one.publish(reply, "k"), Receipt)
        assert len(play.posted_by_us()) == 1


async def test_what_google_would_take_out_is_told_before_and_nothing_is_sent(play: PlayStandIn) -> None:
    async with account(play) as one:
        review = await play.post("Lea", "It crashes.")
        reply = await reply_to(one, review, "Tap <b>Menu</b>.")
        assert one.fit(reply.text).lost == ("Google Play takes out what looks like HTML: “<b>”.",)
        assert isinstance(refusal := await one.preflight(reply), Refusal)
        assert refusal.reason is Reason.INVALID
        with pytest.raises(Refused):
            await one.publish(reply, "k")
        assert play.publish_calls == []
        assert isinstance(await one.preflight(await reply_to(one, review, "2 < 3 > 1, <3")), Ready)
        assert one.fit(Text.of("👍🏽")).length == 4, "as the larger way to count has it"


async def test_the_hours_questions_used_up_are_waited_for_not_lost() -> None:
    async with PlayStandIn.serve(most_reads=3) as play, account(play) as one:
        reply = await reply_to(one, await play.post("Lea", "It crashes."))
        for _ in range(2):
            await one.fetch([reply.parent])
        with pytest.raises(Throttled):
            await one.fetch([reply.parent])
        with pytest.raises(Throttled):
            await one.publish(reply, "k")
        assert play.publish_calls == []
        play.most_reads = 100


async def test_a_review_that_cannot_be_read_hides_none_of_the_others(play: PlayStandIn) -> None:
    async with account(play) as one:
        broken = await play.post("Kim", "Hm.")
        broken.more["starRating"] = "five"
        fine = await play.post("Lea", "It crashes.")
        refs = [PostRef(one_more.id) for one_more in [fine, *[await play.post("x", "y") for _ in range(3)]]]
        assert all(isinstance(now, PublicPost) for now in (await one.fetch(refs)).values())
        with pytest.raises(Malformed):
            await one.fetch([PostRef(broken.id)])
        play.fault(Fault.FAIL_BEFORE, where=Where.READ)
        assert isinstance((await one.fetch([refs[0]]))[refs[0]], PublicPost), "a question may be asked again"


def test_settings_that_cannot_be_meant_are_told() -> None:
    right = {"package": PACKAGE, "key": "x"}
    for wrong in (
        {"package": "shop"},
        {"package": "com.example/../x"},
        {"server": "http://elsewhere.example"},
        {"token_server": "oauth2"},
        {"longest": 0},
        {"poll": timedelta(0)},
    ):
        with pytest.raises(SettingError):
            Settings(**(right | wrong))  # type: ignore[arg-type]


# Reading

AT = {"seconds": "1763888400", "nanos": 713_000_000}
REVIEW: dict[str, object] = {
    "reviewId": "gp:AOqpTOE-1",
    "authorName": "Lea",
    "comments": [
        {
            "userComment": {
                "text": "Too slow\tIt takes minutes.",
                "lastModified": AT,
                "starRating": 2,
                "reviewerLanguage": "en_GB",
                "device": "shiba",
                "androidOsVersion": 34,
                "appVersionName": "4.2.0",
                "deviceMetadata": {"productName": "shiba (Pixel 8)"},
            }
        },
        {"developerComment": {"text": "Sorry!", "lastModified": AT}},
    ],
}


def test_a_review_is_read_with_its_stars_its_device_and_what_stands_under_it() -> None:
    one = read_review(REVIEW, package=PACKAGE)
    assert (one.said, one.language, one.author.name) == ("★★☆☆☆ Too slow\nIt takes minutes.", "en-GB", "Lea")
    assert one.at == datetime(2025, 11, 23, 9, 0, 0, 713_000, tzinfo=UTC)
    assert one.about == "shiba (Pixel 8), Android API 34, version 4.2.0"
    assert one.url == "https://play.google.com/store/apps/details?id=com.example.shop&reviewId=gp%3AAOqpTOE-1"
    assert one.answer is not None
    assert one.answer.words == "Sorry!"
    hidden = {"text": "‮zero​width" + "x" * 10_000, "lastModified": AT, "starRating": 1}
    assert len(read_review({"reviewId": "1", "comments": [{"userComment": hidden}]}, package=PACKAGE).words) > 10_000
    nameless = {**REVIEW, "authorName": None}
    assert read_review(nameless, package=PACKAGE).author.name == "A Google user"
    translated = {"text": "So langsam", "originalText": "So slow", "lastModified": AT, "starRating": 9}
    turned = read_review({"reviewId": 2**60, "comments": [{"userComment": translated}]}, package=PACKAGE)
    assert (turned.id, turned.said) == (str(2**60), "So slow"), "nobody gives nine stars"


def test_recorded_reviews_are_read() -> None:
    value = json.loads(shared("google-play", "reviews-list.sample.json").read_text("utf-8"))
    page = read_reviews(value, package=PACKAGE)
    assert [one.said for one in page.reviews] == ["★★★★★\nThis is the best app ever!", "★★★★★\nI love using this app!"]
    assert (page.left, page.more) == (0, "")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
_THEIRS = ("text", "originalText", "lastModified", "starRating", "reviewerLanguage", "device", "deviceMetadata")


@settings(max_examples=40, deadline=None)
@given(value=anything, key=st.sampled_from([*REVIEW, *_THEIRS, "seconds", "nanos", "tokenPagination"]))
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str) -> None:
    theirs = {"text": "x", "lastModified": {**AT, key: value}, "starRating": 1}
    result = {"replyText": "x", "lastEdited": AT}
    for given_value in (
        value,
        {**REVIEW, key: value},
        {"reviewId": "1", "comments": [{"userComment": {**theirs, key: value}}]},
        {"reviewId": "1", "comments": [{"userComment": theirs}, {"developerComment": {"text": "x", key: value}}]},
        {"reviews": [{**REVIEW, key: value}], key: value},
        {"result": {**result, key: value}},
        {"error": {"status": value, "message": value}},
    ):
        for reader in (
            lambda one: read_review(one, package=PACKAGE),
            lambda one: read_reviews(one, package=PACKAGE),
            read_result,
            read_error,
            lambda one: read_key(json.dumps(one)),
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
