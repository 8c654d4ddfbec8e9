"""Publishing where a post has one place for an answer, and the platform looks at it before anybody sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from adapters.contract import Edited, PostRef, PublicPost
from adapters.google_business import GoogleBusiness
from adapters.google_business_settings import Settings
from bot.hearing.receive import take_in
from models.journal import Event
from models.lifecycle import State
from models.reply import DraftKind
from models.telling import EventKind
from sandbox.google_business import Fault, MapsStandIn, Review
from tests.publishing.conftest import LATE, House

WORDS = "We look into it ^AN"
OTHER = "It is mended ^AN"


@dataclass
class Shop:
    """The house, whose square is a business with reviews."""

    house: House
    maps: MapsStandIn

    async def hear(self) -> tuple[int, Review]:
        """A review, and its conversation is there."""
        number, review = await self.house.hear("my bike never came")
        return number, review.review  # type: ignore[attr-defined]  # see `_Square`

    def stands(self, review: Review) -> list[str]:
        return [reply.words for reply in self.maps.replies_to(review)]

    async def answered(self) -> tuple[int, Review]:
        """A review with our answer, which Google shows."""
        number, review = await self.hear()
        async with self.house.publishing():
            await self.house.order(number, WORDS)
            await self.house.until(number, State.ANSWERED)
        await self.maps.moderate(review)
        return number, review

    async def hears_our_answer(self, review: Review) -> None:
        """As the listener tells what stands there."""
        ref = PostRef(review.id + "#answer")
        post = (await self.house.platform.fetch([ref]))[ref]
        assert isinstance(post, PublicPost)
        assert review.reply is not None
        heard = [Edited(replace(post, edited_at=review.reply.changed))]
        await take_in(self.house.store, self.house.account, heard, cursor=None, policies=self.house.policies)

    async def looked(self, number: int, before: int) -> None:
        """Until it was looked at again, and the next look is due later."""
        async with asyncio.timeout(60):
            while True:
                (delivery,) = await self.house.deliveries(number)
                due = delivery.due_at is not None and delivery.due_at > self.house.clock()
                if due and self.maps.asked > before:
                    return
                await asyncio.sleep(0.02)

    async def last(self, number: int, kind: EventKind) -> dict[str, object]:
        async with self.house.store.reading() as session:
            query = select(Event).where(Event.chain == number, Event.kind == kind.value).order_by(Event.seq.desc())
            found = (await session.scalars(query)).first()
            assert found is not None
            return dict(found.data)


class _Square:
    """What the house posts with."""

    def __init__(self, maps: MapsStandIn) -> None:
        self.maps = maps

    async def post(self, author: str, words: str) -> object:
        review = await self.maps.post(author, words, stars=2)
        return SimpleNamespace(id=review.id, now=SimpleNamespace(text=f"★★☆☆☆\n{words}"), review=review)


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with MapsStandIn.serve(moderates=True) as maps:
        mastodon = house.platform
        settings = Settings(
            server=maps.base_url,
            account=maps.account,
            location=maps.location,
            token=maps.token,
            call_limit=timedelta(seconds=8),  # a quarter of it is for the look before: a busy machine needs that
            late_bound=LATE,
            listing_lag=timedelta(),
        )
        business = GoogleBusiness(settings, clock=house.clock)
        square, house.square, house.platform = house.square, _Square(maps), business  # type: ignore[assignment]
        maps.sign_in.accesses[maps.token] += timedelta(days=60)
        maps.world.clock = house.clock
        try:
            yield Shop(house, maps)
        finally:
            house.square, house.platform = square, mastodon
            await business.close()


async def test_what_waits_for_the_platforms_yes_is_followed_until_it_is_public(shop: Shop) -> None:
    number, review = await shop.hear()
    house = shop.house
    async with house.publishing():
        await house.order(number, WORDS)
        await house.until(number, State.ANSWERED)
        assert (await shop.last(number, EventKind.SENT))["visible"] == "pending"
        (delivery,) = await house.deliveries(number)
        assert delivery.visible == "pending"
        for _ in range(5):  # days, and nobody at Google looked at it
            before = shop.maps.asked
            house.forward(timedelta(hours=25))
            await shop.looked(number, before)
        assert EventKind.VISIBLE.value not in await house.events(number)
        await shop.maps.moderate(review)
        house.forward(timedelta(hours=25))
        await house.event(number, EventKind.VISIBLE)
    assert (await shop.last(number, EventKind.VISIBLE))["visible"] == "visible"
    assert len(shop.maps.publish_calls) == 1


async def test_what_the_platform_rejects_is_told(shop: Shop) -> None:
    number, review = await shop.hear()
    async with shop.house.publishing():
        await shop.house.order(number, WORDS)
        await shop.house.until(number, State.ANSWERED)
        await shop.maps.moderate(review, why_not="It names a person.")
        shop.house.forward(timedelta(seconds=11))
        await shop.house.event(number, EventKind.HIDDEN)
    assert (await shop.last(number, EventKind.HIDDEN))["visible"] == "rejected"


async def test_a_second_answer_is_a_correction_and_found_when_its_line_dropped(shop: Shop) -> None:
    number, review = await shop.answered()
    house = shop.house
    shop.maps.fault(Fault.ACCEPT_AND_DROP)
    async with house.publishing():
        await house.approve(number, await house.draft(number, OTHER))
        await house.until(number, State.UNSURE)
        house.forward(timedelta(seconds=30))
        await house.until(number, State.ANSWERED)
    assert shop.stands(review) == [OTHER]
    ours = [post.words for post in await house.posts(number) if post.ours]
    assert ours == [OTHER]
    assert [call.words for call in shop.maps.publish_calls] == [WORDS, OTHER]


async def test_a_review_that_changed_while_a_correction_was_approved_gets_none(shop: Shop) -> None:
    number, review = await shop.answered()
    message = await shop.house.draft(number, OTHER)
    await shop.maps.edit(review, "my bike came, and it is lovely", stars=5)
    async with shop.house.publishing():
        await shop.house.approve(number, message)
        await shop.house.event(number, EventKind.UNFIT)
    assert (await shop.last(number, EventKind.UNFIT))["why"] == "parent_edited"
    assert shop.stands(review) == [WORDS]


async def test_what_a_colleague_put_there_meanwhile_is_not_written_over(shop: Shop) -> None:
    number, review = await shop.answered()
    house = shop.house
    message = await house.draft(number, OTHER)
    await shop.maps.answer_by_hand(review, "A colleague wrote this.")
    async with house.publishing():
        await house.approve(number, message)
        await house.event(number, EventKind.UNFIT)
        assert (await shop.last(number, EventKind.UNFIT))["why"] == "different"
        assert shop.stands(review) == ["A colleague wrote this."]
        await shop.hears_our_answer(review)  # then the team sees it, and decides anew
        assert (await shop.last(number, EventKind.ANSWERED_ELSEWHERE))["post"]
        await house.approve(number, await house.draft(number, f"{OTHER}!", base=2))
        await house.until(number, State.ANSWERED)
    assert shop.stands(review) == [f"{OTHER}!"]


async def test_where_an_answer_was_taken_back_another_may_stand(shop: Shop) -> None:
    number, review = await shop.answered()
    house = shop.house
    async with house.publishing():
        await house.approve(number, await house.draft(number, "", kind=DraftKind.RETRACTION))
        await shop.maps.wait_for(lambda maps: maps.replies_to(review) == [])
        await house.until(number, State.ANSWERED)
        await house.approve(number, await house.draft(number, OTHER))
        await shop.maps.wait_for(lambda maps: shop.stands(review) == [OTHER])
        await house.until(number, State.ANSWERED)
    ours = [post for post in await house.posts(number) if post.ours]
    assert [(post.words, post.gone_at) for post in ours] == [(OTHER, None)]
    assert [delivery.state for delivery in await house.deliveries(number)] == ["sent", "sent", "sent"]
