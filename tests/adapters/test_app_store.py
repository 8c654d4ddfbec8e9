"""App Store Connect over HTTP on loopback: what only it does, and what it says read by any means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.app_store import AppStore
from adapters.app_store_read import STATES, read_cursor, read_error, read_made, read_one, read_page
from adapters.app_store_settings import Settings
from adapters.conformance.world import Ears
from adapters.contract import (
    AuthFailed,
    Lost,
    Malformed,
    Posted,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Receipt,
    Refused,
    Reply,
    Text,
    Visibility,
)
from adapters.errors import PlatformError
from adapters.settings import SettingError
from sandbox.app_store import AppStoreStandIn, Fault, Review
from tests.adapters.shared_data import shared


@pytest.fixture
async def shop() -> AsyncIterator[AppStoreStandIn]:
    async with AppStoreStandIn.serve(moderates=True) as one:
        yield one


@asynccontextmanager
async def account(shop: AppStoreStandIn, **changed: object) -> AsyncIterator[AppStore]:
    table: dict[str, object] = {"server": shop.base_url, "app": shop.app_id, "key_id": shop.key_id, "key": shop.key}
    table |= {"issuer": shop.issuer, "call_limit": timedelta(seconds=4), "poll": timedelta(milliseconds=50)}
    one = AppStore(Settings(**(table | changed)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


async def reply_to(one: AppStore, review: Review, words: str = "We are on it.") -> Reply:
    ref = PostRef(review.id)
    post = (await one.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))


async def test_an_answer_is_pending_until_apple_publishes_it(shop: AppStoreStandIn) -> None:
    async with account(shop) as one:
        review = await shop.post("Lea", "It crashes.")
        reply = await reply_to(one, review)
        assert isinstance(ready := await one.preflight(reply), Ready)
        assert any("pending" in note for note in ready.notes)
        receipt = await one.publish(reply, "k")
        assert receipt.visibility is Visibility.PENDING
        assert (await one.thread(receipt.ref))[-1].shown is Visibility.PENDING
        assert Receipt.from_json(receipt.to_json()) == receipt
        assert await one.look(receipt) is Visibility.PENDING
        assert isinstance(await one.find_own_reply(reply, "k"), Receipt), "pending is there all the same"
        await shop.moderate(review)
        assert await one.look(receipt) is Visibility.VISIBLE
        await one.correct(receipt, Text.of("It is mended."), "k")
        assert await one.look(receipt) is Visibility.PENDING, "other words wait again"


async def test_keys_that_do_not_fit_are_told_apart(shop: AppStoreStandIn) -> None:
    for changed in ({"key": "wrong"}, {"key": ""}):
        async with account(shop, **changed) as one:
            with pytest.raises(AuthFailed, match=r"whole \.p8 file"):
                await one.open()
            with pytest.raises(Refused) as caught:
                await one.publish(Reply(parent=PostRef("1"), text=Text.of("x")), "k")
            assert caught.value.reason is Reason.AUTH
    for wrong in ({"key_id": "ANOTHER123"}, {"issuer": "somebody-else"}):
        async with account(shop, **wrong) as one:
            with pytest.raises(AuthFailed, match="does not take the API key"):
                await one.open()
    async with account(shop, app="99999") as one:
        with pytest.raises(AuthFailed, match="no app 99999"):
            await one.open()
    async with account(shop, issuer="") as one:  # an individual key
        await one.open()
    shop.may = False
    async with account(shop) as one:
        await one.open()
        with pytest.raises(Refused) as caught:
            await one.publish(await reply_to(one, await shop.post("Lea", "x")), "k")
        assert caught.value.reason is Reason.NOT_ALLOWED


async def test_a_changed_review_keeps_its_place_and_is_seen_all_the_same(shop: AppStoreStandIn) -> None:
    async with account(shop) as one, Ears(one) as ears:
        first = await shop.post("Lea", "It crashes.", stars=1)
        await ears.post(PostRef(first.id))
        await shop.post("Kim", "Fine.")
        await shop.edit(first, "It is fine now.", stars=5)
        heard = await ears.until(lambda all_: any("★★★★★" in item.post.text.plain for item in all_))  # type: ignore[union-attr]
        edited = next(item for item in heard if not isinstance(item, Posted))
        assert edited.post.ref.id == first.id  # type: ignore[union-attr]


async def test_a_conflict_that_names_our_words_is_a_no_and_any_other_is_looked_into(shop: AppStoreStandIn) -> None:
    async with account(shop, longest=7000) as one:
        review = await shop.post("Lea", "It crashes.")
        with pytest.raises(Refused) as caught:
            await one.publish(await reply_to(one, review, "x" * 6000), "k")
        assert caught.value.reason is Reason.INVALID
        shop.fault(Fault.FAIL_BEFORE, status=409)
        with pytest.raises(Lost):
            await one.publish(await reply_to(one, review), "k")


def test_settings_that_cannot_be_meant_are_told() -> None:
    right = {"app": "1234567890", "key_id": "2X9R4HXF34", "key": "x"}
    for wrong in ({"app": "shop"}, {"app": "../1"}, {"key_id": "a b"}, {"server": "http://x.example"}, {"longest": 0}):
        with pytest.raises(SettingError):
            Settings(**(right | wrong))  # type: ignore[arg-type]


# Reading

REVIEW: dict[str, object] = {
    "type": "customerReviews",
    "id": "00000018-1",
    "attributes": {
        "rating": 2,
        "title": "Too slow",
        "body": "It takes minutes.",
        "reviewerNickname": "Lea",
        "createdDate": "2026-11-20T05:31:55-07:00",
        "territory": "DEU",
    },
    "relationships": {"response": {"data": {"type": "customerReviewResponses", "id": "r-1"}}},
}
RESPONSE: dict[str, object] = {
    "type": "customerReviewResponses",
    "id": "r-1",
    "attributes": {"responseBody": "Sorry!", "lastModifiedDate": "2026-11-20T15:00:00Z", "state": "PENDING_PUBLISH"},
}


def test_a_review_is_read_with_its_stars_its_country_and_its_response() -> None:
    one = read_one({"data": REVIEW, "included": [RESPONSE]}, app="1")
    assert (one.said, one.author.name, one.about) == (
        "★★☆☆☆ Too slow\nIt takes minutes.",
        "Lea",
        "from the App Store of DEU",
    )
    assert one.at == datetime(2026, 11, 20, 12, 31, 55, tzinfo=UTC)
    assert one.answer is not None
    assert (one.answer.words, one.answer.shown, one.answer.id) == ("Sorry!", Visibility.PENDING, "r-1")
    bare = {**REVIEW, "attributes": {"rating": 5, "createdDate": "2026-11-20T12:00:00Z"}, "relationships": None}
    assert read_one({"data": bare}, app="1").said == "★★★★★"
    with pytest.raises(Malformed):  # an answer stands there, and it is not said which
        read_one({"data": REVIEW}, app="1")


def test_of_a_link_to_the_next_page_only_what_it_asks_for_is_taken() -> None:
    assert read_cursor("https://elsewhere.example/v1/apps/1/customerReviews?cursor=AA.Bc%3D&limit=200") == "AA.Bc="
    assert read_cursor("https://api.example/v1?limit=200") == read_cursor(None) == ""


def test_apples_own_description_knows_no_other_states_and_calls_than_we_do() -> None:
    path = shared("appstore", "app_store_connect_4.4.1_customerReviews_subset.json")
    described = json.loads(path.read_text("utf-8"))
    response = described["components"]["schemas"]["CustomerReviewResponseV1"]["properties"]["attributes"]
    assert set(response["properties"]["state"]["enum"]) == set(STATES)
    review = described["components"]["schemas"]["CustomerReview"]["properties"]["attributes"]["properties"]
    assert set(review) == set(REVIEW["attributes"])  # type: ignore[call-overload]
    assert "patch" not in described["paths"]["/v1/customerReviewResponses/{id}"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
_INSIDE = ("rating", "title", "body", "createdDate", "territory", "responseBody", "lastModifiedDate", "state", "id")


@settings(max_examples=40, deadline=None)
@given(value=anything, key=st.sampled_from([*REVIEW, *_INSIDE, "data", "included", "links", "next", "errors", "code"]))
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str) -> None:
    review = {**REVIEW, "attributes": {**REVIEW["attributes"], key: value}}  # type: ignore[dict-item]
    response = {**RESPONSE, "attributes": {**RESPONSE["attributes"], key: value}}  # type: ignore[dict-item]
    for given_value in (
        value,
        {"data": {**REVIEW, key: value}, "included": [RESPONSE]},
        {"data": review, "included": [response]},
        {"data": [review, {**REVIEW, key: value}], "included": [response], "links": {"next": value}, key: value},
        {"data": response},
        {"errors": [{key: value}], key: value},
    ):
        for reader in (
            lambda one: read_one(one, app="1"),
            lambda one: read_page(one, app="1"),
            read_made,
            read_error,
            lambda one: read_cursor(one if isinstance(one, str) else None),
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
