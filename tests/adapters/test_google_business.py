"""Google Business Profile over HTTP on loopback: what only it does, and what it says read by any means."""

from __future__ import annotations

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
    Reason,
    Receipt,
    Refused,
    Reply,
    Text,
    Throttled,
    Visibility,
)
from adapters.errors import PlatformError
from adapters.google_business import GoogleBusiness
from adapters.google_business_read import original, read_reply, read_review, read_reviews
from adapters.google_business_settings import Settings
from adapters.keeping import Forgetful
from adapters.settings import SettingError
from adapters.tokens import Tokens
from sandbox.google_business import Fault, MapsStandIn, Review


@pytest.fixture
async def maps() -> AsyncIterator[MapsStandIn]:
    async with MapsStandIn.serve(moderates=True) as one:
        yield one


@asynccontextmanager
async def account(
    maps: MapsStandIn, keeper: Forgetful | None = None, **changed: object
) -> AsyncIterator[GoogleBusiness]:
    table: dict[str, object] = {"server": maps.base_url, "account": maps.account, "location": maps.location}
    table |= {"token": maps.token, "call_limit": timedelta(seconds=4)}
    one = GoogleBusiness(Settings(**(table | changed)), keeper)  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


async def reply_to(one: GoogleBusiness, review: Review, words: str = "We are on it.") -> Reply:
    ref = PostRef(review.id)
    post = (await one.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))


async def test_an_answer_is_pending_then_public_or_rejected(maps: MapsStandIn) -> None:
    async with account(maps) as one:
        review = await maps.post("Lea", "The bike is broken.")
        receipt = await one.publish(await reply_to(one, review), "k")
        assert receipt.visibility is await one.look(receipt) is Visibility.PENDING
        await maps.moderate(review)
        assert await one.look(receipt) is Visibility.VISIBLE
        await maps.moderate(review, why_not="It names a person.")
        assert await one.look(receipt) is Visibility.REJECTED
        # What was rejected stands in the one place all the same: it is corrected, not written beside.
        with pytest.raises(Refused) as caught:
            await one.publish(await reply_to(one, review, "Other words."), "k")
        assert caught.value.reason is Reason.CLOSED
        assert (await one.correct(receipt, Text.of("Other words."), "k")).visibility is Visibility.PENDING
        maps.states = False  # as before Google moderated answers
        assert await one.look(receipt) is Visibility.VISIBLE
        await one.retract(Receipt(ref=receipt.ref, url=None, at=receipt.at, text="Other words."))
        assert maps.replies_to(review) == []


async def test_a_token_that_ended_is_renewed_and_no_answer_is_sent_twice(maps: MapsStandIn) -> None:
    maps.sign_in.refreshes.add("1//again")
    keeper = Forgetful()
    await keeper.keep(Tokens(access="ended", refresh="1//again", made=datetime.now(UTC)).to_json())
    client = {"token": "", "client_id": maps.sign_in.client_id, "client_secret": maps.sign_in.client_secret}
    async with account(maps, keeper, **client, token_server=maps.base_url) as one:
        assert (await one.open()).name == "Acme Bikes"
        reply = await reply_to(one, await maps.post("Lea", "The bike is broken."))
        maps.fault(Fault.STALE)
        with pytest.raises(Throttled):
            await one.publish(reply, "k")
        assert isinstance(await one.publish(reply, "k"), Receipt)
        assert len(maps.posted_by_us()) == 1
        maps.sign_in.refreshes.clear()
        maps.forget_tokens()
        with pytest.raises(AuthFailed, match="twoway connect"):
            await one.fetch([reply.parent])
        with pytest.raises(Refused) as caught:
            await one.publish(reply, "k")
        assert caught.value.reason is Reason.AUTH


async def test_a_profile_that_is_not_ours_is_told(maps: MapsStandIn) -> None:
    async with account(maps, location="1") as one:
        with pytest.raises(AuthFailed, match="no such account and location"):
            await one.open()
    maps.verified = False
    async with account(maps) as one:
        with pytest.raises(AuthFailed, match="verified"):
            await one.open()
    with pytest.raises(SettingError, match="client_id"):
        GoogleBusiness.grant(Settings(account="1", location="2"))
    for wrong in ({"account": "acme"}, {"location": "../1"}, {"token_server": "http://x.example"}, {"longest": 0}):
        with pytest.raises(SettingError):
            Settings(**({"account": "1", "location": "2"} | wrong))  # type: ignore[arg-type]


# Reading

REVIEW: dict[str, object] = {
    "reviewId": "AbFvOqk1",
    "reviewer": {"displayName": "Lea", "profilePhotoUrl": "https://lh3.example/1"},
    "starRating": "TWO",
    "comment": "(Translated by Google) The bike is broken.\n\n(Original)\nDas Rad ist kaputt.",
    "createTime": "2026-11-20T09:00:00.123456789Z",
    "updateTime": "2026-11-20T10:00:00Z",
    "reviewReply": {
        "comment": "Sorry!",
        "updateTime": "2026-11-20T11:00:00Z",
        "reviewReplyState": "REJECTED",
        "policyViolation": "It names a person.",
    },
}


def test_a_review_is_read_in_the_words_of_its_author() -> None:
    one = read_review(REVIEW, place="https://maps.example/acme")
    assert (one.said, one.author.name, one.url) == (
        "★★☆☆☆\nDas Rad ist kaputt.",
        "Lea",
        "https://maps.example/acme",
    )
    assert one.listed == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert one.answer is not None
    assert (one.answer.shown, one.answer.why) == (Visibility.REJECTED, "It names a person.")
    hidden = {**REVIEW, "reviewer": {"displayName": "Lea", "isAnonymous": True}, "comment": None, "starRating": "FIVE"}
    assert (read_review(hidden).author.name, read_review(hidden).said) == ("A Google user", "★★★★★")
    assert original("Sehr gut\n\n(Translated by Google)\nVery good") == "Sehr gut"
    assert original("(Original) thought, badly made") == "(Original) thought, badly made"
    assert original("(Translated by Google) alone") == "(Translated by Google) alone"
    new = {"comment": "x", "updateTime": "2026-11-20T11:00:00Z", "reviewReplyState": "LOOKED_AT"}
    assert read_reply(new).shown is Visibility.PENDING, "a state that we do not know is no yes"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
_REPLY = ("updateTime", "reviewReplyState", "policyViolation", "displayName", "isAnonymous", "nextPageToken")


@settings(max_examples=40, deadline=None)
@given(value=anything, key=st.sampled_from([*REVIEW, *_REPLY]), words=st.text())
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str, words: str) -> None:
    original(f"(Translated by Google){words}(Original){words}")
    for given_value in (
        value,
        {**REVIEW, key: value},
        {**REVIEW, "reviewer": {key: value}, "reviewReply": {**REVIEW["reviewReply"], key: value}},  # type: ignore[dict-item]
        {"reviews": [{**REVIEW, key: value}], key: value},
        {"comment": "x", "updateTime": "2026-11-20T11:00:00Z", key: value},
    ):
        for reader in (read_review, read_reviews, read_reply):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
