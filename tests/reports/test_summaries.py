"""When summaries come: at the channel's own time of each local day, none twice, none missing."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.chat.summaries import Span, span
from bot.reports.daily import Figure
from bot.reports.summaries import Daily, post_due, settle
from models.chat import Card, CardKind
from models.days import Summary, bring_forward
from models.places import Channel
from models.store import Store
from tests.conftest import Clock
from tests.reading.world import World

BERLIN = ZoneInfo("Europe/Berlin")
HALF_PAST_FIVE = Daily(BERLIN, time(17, 30))
HOUR = timedelta(hours=1)


async def looks(store: Store, *dailies: tuple[int, Daily], settles: bool = False) -> None:
    """As the loop does: until there is nothing left to do now."""
    if settles:
        await settle(store, dict(dailies))
    while await post_due(store, dict(dailies)):
        pass


async def posted(world: World, channel: int | None = None) -> dict[str, datetime]:
    """The days that were posted, each with its moment; every one of them has one card."""
    async with world.store.reading() as session:
        mine = Summary.channel_id == (channel or world.channel)
        query = select(Summary.day, Summary.posted_at).where(mine, Summary.posted_at.is_not(None))
        days = {row.day: row.posted_at for row in await session.execute(query.order_by(Summary.day))}
        where = (Card.kind == CardKind.SUMMARY.value, Card.channel_id == (channel or world.channel))
        assert await session.scalar(select(func.count()).select_from(Card).where(*where)) == len(days)
        return days


def local(days: dict[str, datetime], zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{day} at {at.astimezone(zone):%Y-%m-%d %H:%M}" for day, at in days.items()]


async def test_each_day_has_one_at_its_time_through_both_changes_of_the_clock(world: World, clock: Clock) -> None:
    """At half past two, which comes twice in autumn and not at all in spring; a restart at every look."""
    at_night = (world.channel, Daily(BERLIN, time(2, 30)))
    for first, expected in (
        (date(2026, 3, 28), ["03-28 02:30", "03-29 03:00", "03-30 02:30"]),
        (date(2026, 10, 24), ["10-24 02:30", "10-25 02:30", "10-26 02:30"]),
    ):
        clock.at = datetime.combine(first, time(), tzinfo=BERLIN).astimezone(UTC)
        for _ in range(24 * 3):
            await looks(world.store, at_night, settles=True)
            clock.forward(HOUR / 2 if clock().astimezone(BERLIN).hour in {0, 1, 2, 3} else HOUR)
        days = {day: at for day, at in (await posted(world)).items() if day >= first.isoformat()}
        wanted = [f"2026-{one[:5]} at 2026-{one}" for one in expected]
        assert [one for one in local(days) if one[:10] <= f"2026-{expected[-1][:5]}"] == wanted
    autumn = (await posted(world))["2026-10-25"]
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of the two


async def test_channels_have_their_own_time_and_their_own_midnight(world: World, clock: Clock) -> None:
    async with world.store.work() as work:
        work.add(Channel(name="apac", surface="slack", team="T1", chat_id="C0APAC"))
    auckland = ZoneInfo("Pacific/Auckland")
    both = ((world.channel, HALF_PAST_FIVE), (world.channel + 1, Daily(auckland, time(17, 30))))
    clock.at = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    await looks(world.store, *both, settles=True)
    for _ in range(48):
        clock.forward(HOUR / 2)
        await looks(world.store, *both)
    assert local(await posted(world)) == ["2026-11-22 at 2026-11-22 17:30"]
    assert local(await posted(world, world.channel + 1), auckland) == [
        "2026-11-22 at 2026-11-22 17:30",
    ]


async def test_after_days_off_every_missing_day_is_told(world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    clock.forward(timedelta(days=3))
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    assert list(await posted(world)) == ["2026-11-16", "2026-11-17", "2026-11-18"]
    clock.forward(timedelta(days=300))
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    assert len(await posted(world)) <= 3 + 33


async def test_a_channel_that_is_new_in_the_evening_begins_tomorrow(world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 16, 20, tzinfo=UTC)
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    assert await posted(world) == {}
    clock.forward(timedelta(days=1))
    await looks(world.store, (world.channel, HALF_PAST_FIVE))
    assert list(await posted(world)) == ["2026-11-17"]


async def test_what_is_switched_off_comes_no_more_until_it_is_switched_on(world: World, clock: Clock) -> None:
    on, off = (world.channel, HALF_PAST_FIVE), (world.channel, Daily(BERLIN, None))
    clock.at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    await looks(world.store, on, settles=True)
    await looks(world.store, off, settles=True)
    clock.forward(timedelta(days=2))
    await looks(world.store, off, settles=True)
    assert await posted(world) == {}
    await looks(world.store, on, settles=True)
    clock.forward(timedelta(days=1))
    await looks(world.store, on)
    assert list(await posted(world)) == ["2026-11-18"]


async def test_an_earlier_hour_counts_from_the_next_start_on(world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    earlier = (world.channel, Daily(BERLIN, time(14, 0)))
    await looks(world.store, earlier, settles=True)
    clock.forward(HOUR)
    await looks(world.store, earlier)
    assert local(await posted(world)) == ["2026-11-16 at 2026-11-16 14:00"]


async def test_one_that_is_wanted_now_comes_though_the_bot_starts_anew_in_between(world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    async with world.store.work() as work:
        assert await bring_forward(work, world.channel, date(2026, 11, 16)) is False
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    assert local(await posted(world)) == ["2026-11-16 at 2026-11-16 13:00"]
    async with world.store.work() as work:
        assert await bring_forward(work, world.channel, date(2026, 11, 16)) is True
    clock.forward(timedelta(days=1))
    await looks(world.store, (world.channel, HALF_PAST_FIVE), settles=True)
    assert list(await posted(world)) == ["2026-11-16"], "and the next at its usual hour"
    clock.forward(6 * HOUR)
    await looks(world.store, (world.channel, HALF_PAST_FIVE))
    assert list(await posted(world)) == ["2026-11-16", "2026-11-17"]


async def test_several_machines_tell_a_day_once(world: World, clock: Clock, database: str) -> None:
    clock.at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    others = [Store(database, clock=clock, owner=f"machine-{nth}") for nth in range(2)]
    mine = (world.channel, HALF_PAST_FIVE)
    try:
        await asyncio.gather(*(looks(store, mine, settles=True) for store in (world.store, *others)))
        for _ in range(3):
            clock.forward(timedelta(days=1))
            await asyncio.gather(*(looks(store, mine, settles=True) for store in (world.store, *others)))
    finally:
        for store in others:
            await store.close()
    assert list(await posted(world)) == ["2026-11-16", "2026-11-17", "2026-11-18"]


async def test_a_posted_summary_is_looked_over_for_what_came_late(world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    mine = (world.channel, HALF_PAST_FIVE)
    await looks(world.store, mine, settles=True)
    wanted: list[int] = []
    for _ in range(2 * 24):
        clock.forward(HOUR)
        await looks(world.store, mine)
        async with world.store.reading() as session:
            query = select(Card.wanted).join(Summary, Summary.id == Card.ref).where(Card.kind == "summary")
            wanted.append(await session.scalar(query.where(Summary.day == "2026-11-16")) or 0)
    # Every hour until midnight; then a minute, an hour and a day after it.
    assert wanted[4:13] == [1, 2, 3, 4, 5, 6, 7, 8, 8]
    assert wanted[-1] == 9


def test_what_can_be_asked_for() -> None:
    today, day = date(2026, 11, 23), timedelta(days=1)
    cases = {
        "": Span(today, today),
        "today": Span(today, today),
        "Yesterday": Span(today - day, today - day),
        "week": Span(today - 6 * day, today),
        "2026-10-25": Span(date(2026, 10, 25), date(2026, 10, 25)),
        "late": Span(today, today, Figure.LATE),
        "week by-hand": Span(today - 6 * day, today, Figure.BY_HAND),
        "2026-10-25 posts": Span(date(2026, 10, 25), date(2026, 10, 25), Figure.POSTS),
        "tuesday": None,
        "2026-13-01": None,
        "today tomorrow": None,
    }
    assert {words: span(words, today) for words in cases} == cases
