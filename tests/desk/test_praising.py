"""Praise: who called it so, whether it may be quoted, in which lane it waits, by which target, and its share."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.desk import leaving_alone, praising
from bot.desk.outcomes import Praised, QuoteKept, Why
from bot.reports.daily import Figure, numbers
from bot.reports.ideas import ideas_of
from bot.reports.moods import read_of
from bot.reports.praise import Kind, Share, praise_of, shares
from bot.reports.timing import Target
from bot.reports.warnings import Stage, Watching, stages
from models.conversation import Post
from models.erasing import erase_customer
from models.journal import Event, words_digest
from models.people import Identity
from models.praise import is_praise, praise_in
from models.reading.notice import notice_facts
from models.reading.praised import Praised as DayPraised
from models.reading.praised import praised
from models.reading.queue import next_unclaimed, queue
from models.telling import EventKind
from models.waiting import Watch
from tests.conftest import Clock
from tests.desk.conftest import Desk

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MONDAY = date(2026, 11, 23)
TARGET = Target(30 * MINUTE, thanks=8 * HOUR)


async def praises(desk: Desk, words: str = "You are the best!", who: str = "ana") -> int:
    desk.number = await desk.world.heard(words)
    await desk.asks(praising.mark, desk.people[who], given=True, at=desk.world.store.clock())
    return desk.number


async def test_a_mark_stands_until_it_is_taken_back_and_the_latest_sign_wins(desk: Desk, clock: Clock) -> None:
    at = clock()
    await praises(desk)
    mark = praising.mark
    assert await desk.asks(mark, desk.bea, given=False, at=at, own=True) == Praised(desk.number, True, changed=False)
    assert await desk.asks(mark, desk.ana, given=False, at=at + MINUTE, own=True) == Praised(desk.number, False)
    assert await desk.asks(mark, desk.ana, given=True, at=at) == Praised(desk.number, False, changed=False)
    assert await desk.asks(mark, desk.bea, given=True, at=at + 2 * MINUTE) == Praised(desk.number, True)
    assert (await desk.asks(mark, desk.gil, given=False, at=at + HOUR)).why is Why.NO_RIGHT


async def test_praise_waits_behind_everybody_who_needs_help(desk: Desk, clock: Clock) -> None:
    first = await praises(desk)
    clock.forward(MINUTE)
    second = await desk.world.heard("Where is my bike?")
    async with desk.world.store.reading() as session:
        rows = await queue(session, desk.world.channel, now=clock())
        taken = await next_unclaimed(session, desk.world.channel, now=clock())
    assert [(row.number, row.praise) for row in rows][-2:] == [(second, False), (first, True)]
    assert taken is not None
    assert not taken.praise


async def test_praise_has_a_target_of_its_own(desk: Desk, clock: Clock) -> None:
    watching = Watching(TARGET, 15 * MINUTE)
    asked = clock()
    assert stages(watching, asked)[-1] == (asked + 30 * MINUTE, Stage.MISSED)
    assert stages(watching, asked, praise=True)[-1] == (asked + 8 * HOUR, Stage.MISSED)
    number = await praises(desk)
    async with desk.world.store.work() as work:
        watch = Watch(conversation_id=number, since=asked, stage=Stage.REMIND.value, due_at=asked + 7 * HOUR)
        work.add(watch)
    desk.number = number
    await desk.asks(praising.mark, desk.ana, given=False, at=asked + MINUTE)
    async with desk.world.store.reading() as session:
        assert await session.scalar(select(Watch.due_at)) == clock(), "its warnings are reckoned anew"


async def test_permission_is_asked_once_of_praise_only_and_never_of_who_wants_to_be_left_alone(desk: Desk) -> None:
    assert (await desk.asks(praising.may_ask, desk.ana)).why is Why.NO_PRAISE
    await praises(desk)
    assert await desk.asks(praising.may_ask, desk.ana) is None
    drafted = await desk.drafts(desk.ana, "May we quote you?")
    await desk.asks(praising.asked, desk.ana, drafted.draft)
    assert await desk.asks(praising.may_ask, desk.ana) is None, "it may be thrown away and asked anew"
    await desk.approved(desk.bea, drafted.message)
    assert (await desk.asks(praising.may_ask, desk.ana)).why is Why.ASKED_ALREADY
    await praises(desk)
    await desk.asks(leaving_alone.quiet, desk.ana)
    assert (await desk.asks(praising.may_ask, desk.ana)).why is Why.QUIET
    assert (await desk.asks(leaving_alone.quiet, desk.ana)).why is Why.QUIET
    await desk.asks(leaving_alone.welcome, desk.ana)
    assert (await desk.asks(leaving_alone.welcome, desk.ana)).why is Why.NOT_QUIET


async def wall(desk: Desk) -> list[tuple[int, str | None, str | None]]:
    clock = desk.world.store.clock
    async with desk.world.store.reading() as session:
        found = await praised(session, desk.world.channel, clock() - HOUR, clock() + HOUR)
    return [(one.number, one.words, None if one.who is None else one.who.handle) for one in found]


async def test_only_what_may_be_quoted_stands_on_the_wall_with_words_and_name(desk: Desk) -> None:
    yes, no, silent = [await praises(desk, f"You are the best {n}!") for n in range(3)]

    async def answered(number: int, allowed: bool, address: str = "https://square.example/7") -> Any:
        desk.number = number
        return await desk.asks(praising.answered, desk.ana, allowed=allowed, address=address)

    assert await answered(yes, True) == QuoteKept(yes, True)
    assert await answered(no, False) == QuoteKept(no, False)
    assert (await answered(yes, True, "sure")).why is Why.NO_LINK
    assert await wall(desk) == [(yes, "You are the best 0!", "lou"), (no, None, None), (silent, None, None)]
    await answered(yes, False)
    assert (await wall(desk))[0] == (yes, None, None), "the later word counts"
    await answered(yes, True)
    async with desk.world.store.work() as work:
        post = (await work.session.scalars(select(Post.id).where(Post.conversation_id == yes))).one()
        await work.session.execute(update(Post).where(Post.id == post).values(digest="changed"))
    assert (await wall(desk))[0] == (yes, None, None), "a permission is for the words as they stood"
    async with desk.world.store.work() as work:
        await work.session.execute(update(Post).where(Post.id == post).values(digest=""))
        events = await work.session.scalars(select(Event).where(Event.chain == yes))
        assert "best" not in repr([event.data for event in events])
    desk.number = silent
    await desk.asks(praising.mark, desk.ana, given=False, at=desk.world.store.clock() + MINUTE)
    assert [number for number, _, _ in await wall(desk)] == [yes, no]


async def test_where_a_quote_was_allowed_leaves_with_the_post(desk: Desk) -> None:
    """The address of a customer's post has their handle in it: the journal holds its hash, the row forgets it."""
    number = await praises(desk)
    address = "https://square.example/@lou/7"
    await desk.asks(praising.answered, desk.ana, allowed=True, address=address)
    store = desk.world.store
    async with store.reading() as session:
        event = (await session.scalars(select(Event).where(Event.kind == EventKind.QUOTE_ALLOWED.value))).one()
        assert event.data["address"] == words_digest(address)
        shown = await notice_facts(session, event.id)
        assert shown is not None
        assert shown.said_at == address
        customer = (await session.scalars(select(Identity.customer_id).order_by(Identity.id.desc()))).first()
    assert customer is not None
    await erase_customer(store, customer)
    async with store.reading() as session:
        row = await praise_in(session, number)
        assert row is not None
        assert (row.quote, row.quote_url) == ("yes", None)
        shown = await notice_facts(session, event.id)
        assert shown is not None
        assert shown.said_at is None
        assert await praised(session, desk.world.channel, store.clock() - HOUR, store.clock() + HOUR) == (
            DayPraised(number, event.at),
        )


async def test_a_days_numbers_judge_praise_by_its_own_target_and_tell_its_share(desk: Desk, clock: Clock) -> None:
    other = desk.number
    number = await praises(desk)
    again = await praises(desk)
    clock.forward(2 * HOUR)
    await desk.world.answered(number, desk.ana.rep, desk.bea.rep)
    await desk.world.answered(other, desk.ana.rep, desk.bea.rep)
    async with desk.world.store.reading() as session:
        day = await numbers(session, desk.world.channel, TARGET, MONDAY, MONDAY, names=False, now=clock())
        found = await praise_of(session, desk.world.channel, TARGET, day, await read_of(session, day))
        assert await ideas_of(session, desk.world.channel, TARGET, day) == ()
        week = await numbers(
            session, desk.world.channel, TARGET, MONDAY - timedelta(days=6), MONDAY, names=False, now=clock()
        )
        walled = await praise_of(session, desk.world.channel, TARGET, week, await read_of(session, week))
        assert await is_praise(session, number)
    assert day.counts[Figure.LATE] == (other,)
    assert found.shares == (Share(Kind.PRAISE, (number, again), (number,)),)
    assert (len(found.wall), len(walled.wall)) == (0, 2)
    both = shares(day, {Kind.PRAISE: {number}, Kind.COMPLAINT: {other, again, 99}})
    assert both == (Share(Kind.PRAISE, (number,), (number,)), Share(Kind.COMPLAINT, (other, again), (other,)))
    assert shares(day, {}) == ()
