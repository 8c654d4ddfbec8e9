"""Publishing where a post has one place for an answer, and the platform looks at it before anybody sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from aiohttp import web
from sqlalchemy import select

from adapters.contract import Edited, PostRef, PublicPost
from adapters.google_business import GoogleBusiness
from adapters.google_business_settings import Settings
from bot.desk.approving import SignKind, sign
from bot.desk.drafting import Writing, draft
from bot.desk.outcomes import Outcome, Refused
from bot.hearing.receive import take_in
from models.journal import Event
from models.lifecycle import State
from models.reply import DraftKind
from models.telling import EventKind
from sandbox.google_business import Fault, MapsStandIn, Review
from tests.publishing.conftest import LATE, House, compose

WORDS = "We look into it ^AN"
OTHER = "It is mended ^AN"


class Crowded(MapsStandIn):
    """Others are there as well: `before` happens between our last look and what our call does, `after` right after."""

    before: Callable[[], Awaitable[object]] | None = None
    after: Callable[[], Awaitable[object]] | None = None

    async def _reply(self, request: web.Request) -> web.Response:
        before, self.before = self.before, None
        after, self.after = self.after, None
        if before is not None:
            await before()
        answer = await super()._reply(request)
        if after is not None:
            await after()
        return answer


@dataclass
class Shop:
    """The house, whose square is a business with reviews."""

    house: House
    maps: Crowded

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
    async with Crowded.serve(moderates=True) as maps:
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


async def test_of_two_corrections_approved_at_once_the_one_that_was_shown_last_stands(shop: Shop) -> None:
    number, review = await shop.answered()
    house = shop.house
    older = await house.draft(number, OTHER)
    newer = await house.draft(number, f"{OTHER}!", base=2)

    async def approved(message: int, by: int) -> Outcome:
        async with house.dossier(number) as dossier:
            who, now = house.actor(by), dossier.work.now
            return await sign(dossier, who, SignKind.APPROVE, given=True, message=message, at=now)

    cyd = await house.colleague("cyd")
    async with AsyncExitStack() as machines:
        for _ in range(2):
            await machines.enter_async_context(house.publishing())
        outcomes = await asyncio.gather(approved(older, house.bea), approved(newer, cyd))
        assert isinstance(outcomes[0], Refused), "its message was closed by the newer one"
        await shop.maps.wait_for(lambda maps: shop.stands(review) == [f"{OTHER}!"])
        await house.until(number, State.ANSWERED)
    assert [call.words for call in shop.maps.publish_calls] == [WORDS, f"{OTHER}!"]


async def test_a_correction_written_while_another_is_on_its_way_waits_and_takes_its_place(shop: Shop) -> None:
    number, review = await shop.answered()
    house = shop.house
    refused: list[Outcome] = []

    async def quick() -> None:
        async with house.dossier(number) as dossier:
            writing = Writing(typed="Two at once", kind=DraftKind.CORRECTION)
            refused.append(await draft(dossier, house.actor(house.ana), writing, compose))

    shop.maps.before = quick
    async with AsyncExitStack() as machines:
        for _ in range(2):
            await machines.enter_async_context(house.publishing())
        await house.approve(number, await house.draft(number, OTHER))
        await shop.maps.wait_for(lambda maps: shop.stands(review) == [OTHER])
        await house.until(number, State.ANSWERED)
        assert isinstance(refused[0], Refused), "nothing is written on top of what is on the wire"
        await house.approve(number, await house.draft(number, f"{OTHER}!", base=2))
        await shop.maps.wait_for(lambda maps: shop.stands(review) == [f"{OTHER}!"])
        await house.until(number, State.ANSWERED)
    assert [call.words for call in shop.maps.publish_calls] == [WORDS, OTHER, f"{OTHER}!"]


async def test_what_a_colleague_writes_in_the_way_of_our_call_is_written_over_once_and_ours_is_what_stands(
    shop: Shop,
) -> None:
    """What no look can close: docs/reference/platforms/google_business.md says so."""
    number, review = await shop.hear()
    shop.maps.before = partial(shop.maps.answer_by_hand, review, "A colleague was quicker.")
    async with shop.house.publishing():
        await shop.house.order(number, WORDS)
        await shop.house.until(number, State.ANSWERED)
    assert shop.stands(review) == [WORDS]
    assert len(shop.maps.publish_calls) == 1


async def test_an_answer_that_a_colleague_wrote_over_before_we_knew_of_it_is_not_sent_again(shop: Shop) -> None:
    number, review = await shop.hear()
    house = shop.house
    shop.maps.after = partial(shop.maps.answer_by_hand, review, "A colleague was later.")
    shop.maps.fault(Fault.ACCEPT_AND_DROP)
    async with house.publishing():
        await house.order(number, WORDS)
        await house.until(number, State.UNSURE)
        house.forward(timedelta(minutes=1))
        async with asyncio.timeout(30):
            while [one.why for one in await house.deliveries(number)] != ["asked"]:
                await asyncio.sleep(0.02)
    assert await house.state(number) is State.UNSURE, "a person says what became of it"
    assert shop.stands(review) == ["A colleague was later."]
    assert len(shop.maps.publish_calls) == 1


async def test_a_review_that_goes_between_the_yes_and_the_call_gets_no_answer_and_the_team_is_told(shop: Shop) -> None:
    number, review = await shop.hear()
    message = await shop.house.draft(number, WORDS)
    await shop.maps.delete(review)
    async with shop.house.publishing():
        await shop.house.approve(number, message)
        await shop.house.event(number, EventKind.UNFIT)
    assert (await shop.last(number, EventKind.UNFIT))["why"] == "parent_unavailable"
    assert shop.maps.publish_calls == []
    later, other = await shop.hear()
    shop.maps.before = partial(shop.maps.delete, other)
    async with shop.house.publishing():
        await shop.house.order(later, WORDS)
        await shop.house.event(later, EventKind.REFUSED)
    assert (await shop.last(later, EventKind.REFUSED))["why"] == "gone"
    assert [call.answered for call in shop.maps.publish_calls] == ["404"]
    assert await shop.house.state(later) is State.DRAFTED
