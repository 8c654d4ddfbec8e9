"""What all shops of reviews have in common, shown on Google Play: one place for an answer, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.world import Ears
from adapters.contract import (
    THE_ANSWER,
    Absent,
    CannotTell,
    Edited,
    Posted,
    PostRef,
    PublicPost,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Removed,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Visibility,
)
from adapters.google_play import GooglePlay
from adapters.google_play_settings import Settings
from adapters.reviews_values import answer_to, stars
from sandbox.google_play import Fault, PlayStandIn, Review, Where


@pytest.fixture
async def play() -> AsyncIterator[PlayStandIn]:
    async with PlayStandIn.serve(most_reads=10_000) as one:
        yield one


@asynccontextmanager
async def account(play: PlayStandIn, **changed: object) -> AsyncIterator[GooglePlay]:
    table: dict[str, object] = {"poll": timedelta(milliseconds=50), "call_limit": timedelta(seconds=2)}
    here = {"server": play.base_url, "token_server": play.base_url, "package": play.package, "key": play.key}
    one = GooglePlay(Settings(**(table | here | changed)))  # type: ignore[arg-type]
    try:
        await one.open()
        yield one
    finally:
        await one.close()


async def reply_to(one: GooglePlay, review: Review, words: str = "We are on it.") -> Reply:
    ref = PostRef(review.id)
    post = (await one.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return Reply.to(post, text=Text.of(words), attempts=(datetime.now(UTC),))


def test_stars_are_words() -> None:
    assert [stars(number) for number in (1, 2, 5)] == ["★☆☆☆☆", "★★☆☆☆", "★★★★★"]
    assert [stars(number) for number in (0, 6, -1)] == ["", "", ""]


async def test_a_rating_that_turned_is_an_edit_though_the_words_stayed(play: PlayStandIn) -> None:
    async with account(play) as one, Ears(one) as ears:
        review = await play.post("Lea", "It crashes.", stars=1, title="Meh")
        assert (await ears.post(PostRef(review.id))).post.text.plain == "★☆☆☆☆ Meh\nIt crashes."
        await play.edit(review, "It crashes.", stars=4)
        heard = await ears.until(lambda all_: any(isinstance(item, Edited) for item in all_))
        edited = next(item for item in heard if isinstance(item, Edited)).post
        assert edited.text.plain == "★★★★☆ Meh\nIt crashes."
        assert edited.edited_at is not None
        assert edited.edited_at > edited.at


async def test_answers_given_elsewhere_are_heard_and_so_is_that_they_changed_or_went(play: PlayStandIn) -> None:
    async with account(play) as one, Ears(one) as ears:
        review = await play.post("Lea", "It crashes.")
        place = answer_to(review.id)
        await ears.post(PostRef(review.id))
        await play.answer_by_hand(review, "Which version?")
        answer = (await ears.post(place)).post
        assert (answer.ours, answer.parent, answer.text.plain) == (True, PostRef(review.id), "Which version?")
        assert answer.extra[THE_ANSWER] is True
        cursor = ears.cursors[-1]
        await play.answer_by_hand(review, "Which version, please?")
        await ears.until(lambda all_: any(isinstance(item, Edited) and item.post.ref == place for item in all_))
        play.world.take_back(review.id)
        await ears.until(lambda all_: Removed(place) in all_)
    async with account(play) as other, Ears(other, cursor) as ears:  # another life: it knows what was told
        await ears.until(lambda all_: Removed(place) in all_)


async def test_what_was_there_before_we_began_is_heard_once_it_changes(play: PlayStandIn) -> None:
    async with account(play, look_back=timedelta(minutes=1)) as one:
        old = await play.post("Kim", "Fine.", stars=4)
        old.changed = old.at = datetime.now(UTC) - timedelta(minutes=5)
        async with Ears(one) as ears:
            new = await play.post("Lea", "It crashes.")
            heard = await ears.told([PostRef(new.id)])
            assert [item.post.ref.id for item in heard if isinstance(item, Posted)] == [new.id]
            await play.edit(old, "Not fine any more.", stars=1)
            await ears.until(lambda all_: any(isinstance(item, Edited) for item in all_))


async def test_what_is_not_there_any_more_is_not_said_to_be_deleted(play: PlayStandIn) -> None:
    async with account(play) as one:
        review = await play.post("Lea", "It crashes.")
        reply = await reply_to(one, review)
        await play.delete(review)
        place = answer_to(review.id)
        found = await one.fetch([PostRef(review.id), place])
        assert all(isinstance(now, Unavailable) for now in found.values())
        assert isinstance(refusal := await one.preflight(reply), Refusal)
        assert refusal.reason is Reason.GONE
        with pytest.raises(Refused) as caught:
            await one.publish(reply, "k")
        assert caught.value.reason is Reason.GONE
        assert isinstance(await one.find_own_reply(reply, "k"), CannotTell)
        assert await one.look(Receipt(ref=place, url=None, at=datetime.now(UTC))) is Visibility.REJECTED
        assert list(await one.thread(PostRef(review.id))) == []
        assert play.publish_calls == []


async def test_an_older_answer_in_the_one_place_says_that_ours_never_arrived(play: PlayStandIn) -> None:
    async with account(play) as one:
        review = await play.post("Lea", "It crashes.")
        reply = await reply_to(one, review)
        assert isinstance(await one.find_own_reply(reply, "k"), Absent)
        standing = await play.answer_by_hand(review, "Which version?")
        assert isinstance(await one.find_own_reply(reply, "k"), CannotTell), "ours may have stood before it"
        standing.changed -= timedelta(hours=1)
        assert isinstance(await one.find_own_reply(reply, "k"), Absent)


async def test_a_correction_says_what_it_replaces_or_is_not_made(play: PlayStandIn) -> None:
    async with account(play) as one:
        review = await play.post("Lea", "It crashes.")
        receipt = await one.publish(await reply_to(one, review), "k")
        blind = Receipt(ref=receipt.ref, url=None, at=receipt.at)
        with pytest.raises(Refused) as caught:
            await one.correct(blind, Text.of("Other words."), "k")
        assert caught.value.reason is Reason.DIFFERENT
        await one.correct(receipt, Text.of("Other words."), "k")
        await one.correct(receipt, Text.of("Other words."), "k")  # stands there already: no call
        assert [call.words for call in play.publish_calls] == ["We are on it.", "Other words."]
        play.world.take_back(review.id)
        with pytest.raises(Refused) as caught:
            await one.correct(receipt, Text.of("Once more."), "k")
        assert caught.value.reason is Reason.GONE


async def test_where_the_review_cannot_be_read_nothing_is_sent_and_that_is_certain(play: PlayStandIn) -> None:
    async with account(play, call_limit=timedelta(seconds=1)) as one:
        reply = await reply_to(one, await play.post("Lea", "It crashes."))
        play.fault(Fault.NONSENSE)
        with pytest.raises(Throttled):
            await one.publish(reply, "k")
        play.clear_faults()
        play.fault(Fault.ACCEPT_AND_HANG, where=Where.READ)
        with pytest.raises(Throttled):
            await one.publish(reply, "k")
        assert play.publish_calls == []


async def test_questions_for_one_review_at_one_time_are_one_question(play: PlayStandIn) -> None:
    async with account(play) as one:
        review = await play.post("Lea", "It crashes.")
        reply = await reply_to(one, review)
        before = play.asked
        await asyncio.gather(one.preflight(reply), one.fetch([PostRef(review.id)]))
        assert play.asked == before + 1
        many = [PostRef((await play.post("Kim", f"number {number}")).id) for number in range(9)]
        before = play.asked
        assert len(await one.fetch([*many, PostRef(review.id)])) == 10
        assert play.asked == before + 1, "the list's beginning holds them all"
