"""Trustpilot over HTTP on loopback: what only it does, its webhooks, and what it says read by any means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.capabilities import Hears, Notices
from adapters.contract import (
    AuthFailed,
    Edited,
    Hook,
    HookAnswer,
    Malformed,
    Posted,
    PostRef,
    PublicPost,
    Reason,
    Receipt,
    Refused,
    Removed,
    Reply,
    Text,
    Throttled,
    Unavailable,
)
from adapters.errors import PlatformError
from adapters.settings import SettingError
from adapters.trustpilot import Trustpilot
from adapters.trustpilot_read import Event, Happened, read_events, read_review, read_reviews, read_said, read_unit
from adapters.trustpilot_settings import Settings
from sandbox.trustpilot import Fault, Review, TrustpilotStandIn
from tests.adapters.shared_data import shared

SECRET = "words-of-our-own-choice"


@pytest.fixture
async def pilot() -> AsyncIterator[TrustpilotStandIn]:
    async with TrustpilotStandIn.serve() as one:
        yield one


@asynccontextmanager
async def account(pilot: TrustpilotStandIn, **changed: object) -> AsyncIterator[Trustpilot]:
    table: dict[str, object] = {"server": pilot.base_url, "business_unit": pilot.unit, "business_user": pilot.user}
    table |= {"api_key": pilot.api_key, "api_secret": pilot.api_secret, "call_limit": timedelta(seconds=4)}
    one = Trustpilot(Settings(**(table | {"hook_secret": SECRET} | changed)))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


async def reply_to(one: Trustpilot, review: Review, words: str = "We are on it.") -> Reply:
    ref = PostRef(review.id)
    post = (await one.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))


async def called(one: Trustpilot, body: object, *, path: str = SECRET, method: str = "POST") -> HookAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await one.hook(Hook(method=method, path=path, query={}, headers={}, body=raw))


async def test_of_a_webhook_only_which_review_is_believed(pilot: TrustpilotStandIn) -> None:
    async with account(pilot) as one:
        review = await pilot.post("Lea", "Late again.", stars=1)
        told = pilot.told("created", review)
        told["events"][0]["eventData"]["text"] = "What a wonderful shop!"  # type: ignore[index]  # as a forger would
        (heard,) = (await called(one, told)).heard
        assert isinstance(heard, Posted)
        assert heard.post.text.plain == "★☆☆☆☆\nLate again."
        assert (heard.post.author.ref, heard.post.author.url) == (
            "consumer:c-Lea",
            "https://www.trustpilot.com/users/c-Lea",
        )
        assert (await called(one, told)).heard[0] == heard, "told again it says the same"
        await pilot.edit(review, "Better.", stars=3)
        (edited,) = (await called(one, pilot.told("updated", review))).heard
        assert isinstance(edited, Edited)
        assert edited.post.edited_at is not None
        (still,) = (await called(one, pilot.told("deleted", review.id))).heard
        assert isinstance(still, Edited), "it is there all the same"
        await pilot.delete(review)
        assert (await called(one, pilot.told("deleted", review.id))).heard == (Removed(PostRef(review.id)),)
        assert (await called(one, pilot.told("created", review.id))).heard == ()
        assert isinstance((await one.fetch([PostRef(review.id)]))[PostRef(review.id)], Unavailable)


async def test_who_does_not_know_the_address_is_not_listened_to(pilot: TrustpilotStandIn) -> None:
    told = pilot.told("created", await pilot.post("Lea", "Late again."))
    async with account(pilot) as one:
        for path in ("", "wrong", SECRET + "x", SECRET[:-1], "é" * 20):
            with pytest.raises(AuthFailed):
                await called(one, told, path=path)
        assert (await called(one, told, method="GET")).status == 405
        for body in (b"\xff", b"[", {"events": {}}, {"events": [{}] * 51}, {"events": [{"eventName": 1}]}):
            with pytest.raises(Malformed):
                await called(one, body)
        strange = {"events": [{"eventName": "product-review-created", "eventData": None}]}
        assert (await called(one, strange)) == HookAnswer(status=200)
        pilot.fault(Fault.CUT_OFF)
        with pytest.raises(PlatformError):  # answered with 503: they call again
            await called(one, told)
    async with account(pilot, hook_secret="") as one:
        assert (await called(one, told)).status == 404
        assert one.can.hears == {Hears.POLL}
        assert one.can.sees_edits is one.can.sees_deletions is Notices.POLL
        assert one.notes()


async def test_keys_plans_and_users_that_do_not_fit_are_told(pilot: TrustpilotStandIn) -> None:
    async with account(pilot, api_secret="wrong") as one:
        with pytest.raises(AuthFailed, match="API key and its secret"):
            await one.open()
    async with account(pilot, business_unit="another") as one:
        with pytest.raises(AuthFailed, match="no business unit another"):
            await one.open()
    async with account(pilot, business_user="another") as one:
        assert (await one.open()).name == "Acme Bikes"
        reply = await reply_to(one, await pilot.post("Lea", "Late again."))
        with pytest.raises(Refused) as caught:
            await one.publish(reply, "k")
        assert caught.value.reason is Reason.NOT_ALLOWED
    pilot.plan = False
    async with account(pilot) as one:
        with pytest.raises(AuthFailed, match="plan"):
            await one.open()


async def test_a_token_that_ended_is_made_anew_and_no_answer_is_sent_twice(pilot: TrustpilotStandIn) -> None:
    async with account(pilot) as one:
        await one.open()
        pilot.forget_tokens()
        reply = await reply_to(one, await pilot.post("Lea", "Late again."))
        pilot.fault(Fault.STALE)
        with pytest.raises(Throttled):
            await one.publish(reply, "k")
        receipt = await one.publish(reply, "k")
        assert [call.words for call in pilot.posted_by_us()] == ["We are on it."]
        await one.retract(Receipt(ref=receipt.ref, url=None, at=receipt.at, text=receipt.text))
        assert pilot.posted_by_us() == []


async def test_a_review_of_somebody_elses_is_none_of_ours(pilot: TrustpilotStandIn) -> None:
    async with account(pilot) as one:
        review = await pilot.post("Lea", "Late again.")
        review.more["businessUnit"] = {"id": "another"}
        assert (await called(one, pilot.told("created", review.id))).heard == ()
        with pytest.raises(Refused):
            await one.publish(Reply(parent=PostRef(review.id), text=Text.of("x")), "k")
        assert pilot.publish_calls == []


def test_settings_that_cannot_be_meant_are_told() -> None:
    right = {"business_unit": "1", "business_user": "2", "api_key": "k", "api_secret": "s"}
    for wrong in (
        {"business_unit": "../1"},
        {"business_user": ""},
        {"hook_secret": "short"},
        {"hook_secret": "a/b" * 9},
    ):
        with pytest.raises(SettingError):
            Settings(**(right | wrong))  # type: ignore[arg-type]


# Reading

REVIEW: dict[str, object] = {
    "id": "53bffd360000640002975387",
    "language": "en",
    "title": "Too slow",
    "text": "It took weeks.",
    "stars": 2,
    "createdAt": "2026-11-20T09:00:00Z",
    "updatedAt": None,
    "isVerified": True,
    "consumer": {"id": "c1", "displayName": "Lea"},
    "companyReply": {"text": "Sorry!", "createdAt": "2026-11-20T11:00:00Z", "updatedAt": None},
    "businessUnit": {"id": "u1"},
}


def test_a_review_is_read_with_its_stars_its_author_and_its_reply() -> None:
    one = read_review(REVIEW)
    assert (one.said, one.author.name, one.about, one.changed) == (
        "★★☆☆☆ Too slow\nIt took weeks.",
        "Lea",
        "verified",
        None,
    )
    assert one.answer is not None
    assert (one.answer.words, one.answer.at) == ("Sorry!", datetime(2026, 11, 20, 11, tzinfo=UTC))
    assert read_review({**REVIEW, "consumer": None}).author.ref == "review:53bffd360000640002975387"
    assert read_unit(REVIEW) == "u1"
    assert [read_reviews({"reviews": [REVIEW] * 2}, page=3, most=most).more for most in (2, 3)] == ["4", ""]


def test_trustpilots_own_example_of_a_webhook_is_read() -> None:
    value = json.loads(shared("trustpilot", "webhook-service-review-created.sample.json").read_text("utf-8"))
    assert read_events(value) == (Event(Happened.CREATED, "53bffd360000640002975387"),)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=40, deadline=None)
@given(value=anything, key=st.sampled_from([*REVIEW, "displayName", "eventName", "eventData", "events", "message"]))
def test_any_json_gives_a_value_or_a_named_error(value: object, key: str) -> None:
    event = {"eventName": "service-review-updated", "eventData": {"id": "1", key: value}}
    for given_value in (
        value,
        {**REVIEW, key: value},
        {**REVIEW, "consumer": {"id": "c", key: value}, "companyReply": {**REVIEW["companyReply"], key: value}},  # type: ignore[dict-item]
        {"reviews": [{**REVIEW, key: value}], key: value},
        {"events": [event, {**event, key: value}], key: value},
    ):
        for reader in (
            read_review,
            lambda one: read_reviews(one, page=1, most=100),
            read_events,
            read_unit,
            read_said,
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure
