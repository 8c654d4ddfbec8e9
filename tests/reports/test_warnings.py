"""Who is told before a target is missed, and who when it is: once each, whatever restarts and however many machines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.reports.timing import Calendar, Target
from bot.reports.warnings import Stage, Watching, stages, warn, watch_new
from bot.settings import kinds
from models.chat import Card, CardKind
from models.journal import Event
from models.store import Store
from models.telling import EventKind
from models.waiting import Watch
from tests.conftest import Clock
from tests.reading.world import World

MINUTE = timedelta(minutes=1)
HOUR = Target(timedelta(hours=1))
USUAL = Watching(HOUR, 15 * MINUTE, escalates=True)
KINDS = [EventKind.REMINDED.value, EventKind.WARNED.value, EventKind.OVERDUE.value]


async def looks(world: World, watching: Watching = USUAL, store: Store | None = None) -> None:
    """As the loop does: until there is nothing left to do now."""
    while await watch_new(store or world.store, {world.channel: watching}):
        pass
    while await warn(store or world.store, {world.channel: watching}, world.policies):
        pass


async def said(world: World) -> list[str]:
    async with world.store.reading() as session:
        found = await session.scalars(select(Event.kind).where(Event.kind.in_(KINDS)).order_by(Event.id))
        return list(found)


async def cards(world: World, kind: CardKind) -> int:
    async with world.store.reading() as session:
        about = select(Event.id).where(Event.kind.in_(KINDS))
        query = select(func.count()).select_from(Card).where(Card.kind == kind.value, Card.ref.in_(about))
        return await session.scalar(query) or 0


async def test_the_claimer_is_reminded_then_the_channel_told_then_the_group_called(world: World, clock: Clock) -> None:
    number = await world.heard()
    await world.claims(number, await world.rep("ana"))
    expected: list[str] = []
    for minute, kind in ((44, None), (45, KINDS[0]), (52, None), (53, KINDS[1]), (59, None), (60, KINDS[2])):
        clock.at = datetime(2026, 11, 23, 10, 15, tzinfo=UTC) + minute * MINUTE
        await looks(world)
        expected += [kind] if kind else []
        assert await said(world) == expected, minute
        await looks(world)
        assert await said(world) == expected, minute
    assert await cards(world, CardKind.NOTICE) == 1
    assert await cards(world, CardKind.CHANNEL_NOTICE) == 2
    clock.forward(timedelta(days=30))
    await looks(world)
    assert await said(world) == expected


async def test_what_nobody_has_is_told_the_channel_at_once_and_not_again(world: World, clock: Clock) -> None:
    await world.heard()
    await looks(world)
    clock.forward(45 * MINUTE)
    await looks(world)
    assert await said(world) == [EventKind.WARNED.value]
    clock.forward(10 * MINUTE)
    await looks(world)
    assert await said(world) == [EventKind.WARNED.value]


async def test_without_a_group_a_missed_target_is_written_down_and_nobody_is_called(world: World, clock: Clock) -> None:
    await world.heard()
    quiet = Watching(HOUR, timedelta())
    await looks(world, quiet)
    clock.forward(60 * MINUTE)
    await looks(world, quiet)
    assert await said(world) == [EventKind.OVERDUE.value]
    assert await cards(world, CardKind.CHANNEL_NOTICE) == 0


async def test_who_was_answered_is_warned_about_no_more_and_their_row_is_put_away(world: World, clock: Clock) -> None:
    number = await world.heard()
    await looks(world)
    ana, bea = await world.rep("ana"), await world.rep("bea")
    await world.answered(number, ana, bea)
    clock.forward(timedelta(hours=2))
    await looks(world)
    assert await said(world) == []
    async with world.store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Watch)) == 0


async def test_who_writes_again_while_waiting_has_waited_since_the_first_words(world: World, clock: Clock) -> None:
    number = await world.heard()
    await looks(world)
    clock.forward(40 * MINUTE)
    await world.says_more(number, "Hello?")
    clock.forward(5 * MINUTE)
    await looks(world)
    assert await said(world) == [EventKind.WARNED.value]


async def test_who_writes_again_after_an_answer_begins_a_new_wait(world: World, clock: Clock) -> None:
    number = await world.heard()
    ana, bea = await world.rep("ana"), await world.rep("bea")
    await world.answered(number, ana, bea)
    await looks(world)
    clock.forward(timedelta(hours=3))
    await world.says_more(number, "It came broken.")
    await looks(world)
    clock.forward(44 * MINUTE)
    await looks(world)
    assert await said(world) == []
    clock.forward(MINUTE)
    await looks(world)
    assert await said(world) == [EventKind.WARNED.value]


async def test_an_approved_reply_on_its_way_warns_nobody_until_the_target_is_missed(world: World, clock: Clock) -> None:
    number = await world.heard()
    await world.drafts(number, await world.rep("ana"))
    await world.signs(number, await world.rep("bea"))
    await looks(world)
    for minutes in (45, 10):
        clock.forward(minutes * MINUTE)
        await looks(world)
        assert await said(world) == []
    clock.forward(5 * MINUTE)
    await looks(world)
    assert await said(world) == [EventKind.OVERDUE.value]


async def test_after_a_night_off_only_what_is_still_true_is_said(world: World, clock: Clock) -> None:
    await world.heard()
    await looks(world)
    clock.forward(timedelta(hours=9))
    await looks(world)
    assert await said(world) == [EventKind.OVERDUE.value]


async def test_what_is_heard_too_late_to_be_answered_in_time_makes_no_noise(world: World, clock: Clock) -> None:
    await world.heard(waiting_since=clock() - timedelta(hours=5))
    await looks(world)
    clock.forward(timedelta(hours=5))
    await looks(world)
    assert await said(world) == []


async def test_a_target_made_longer_meanwhile_is_the_one_that_counts(world: World, clock: Clock) -> None:
    await world.heard()
    await looks(world)
    clock.forward(45 * MINUTE)
    longer = Watching(Target(timedelta(hours=4)), 15 * MINUTE)
    await looks(world, longer)
    assert await said(world) == []
    clock.forward(timedelta(hours=3))
    await looks(world, longer)
    assert await said(world) == [EventKind.WARNED.value]


async def test_several_machines_say_it_once(
    world: World, clock: Clock, new_database: Callable[[], str], database: str
) -> None:
    """Of an embedded database there is one process: there the second is what comes after a restart."""
    for _ in range(3):
        await world.heard()
    others = [Store(database, clock=clock, owner=f"machine-{nth}") for nth in range(2)]
    try:
        await asyncio.gather(*(looks(world, store=store) for store in (world.store, *others)))
        clock.forward(45 * MINUTE)
        await asyncio.gather(*(looks(world, store=store) for store in (world.store, *others)))
        clock.forward(15 * MINUTE)
        await asyncio.gather(*(looks(world, store=store) for store in others))
    finally:
        for store in others:
            await store.close()
    assert sorted(await said(world)) == [EventKind.OVERDUE.value] * 3 + [EventKind.WARNED.value] * 3


async def test_a_machine_that_died_with_a_warning_in_its_hands_is_replaced(world: World, clock: Clock) -> None:
    from models.worklist import take

    await world.heard()
    await looks(world)
    clock.forward(45 * MINUTE)
    dead = Store(world.store.url.replace("+aiosqlite", "").replace("+psycopg", ""), clock=clock, owner="dead")
    try:
        async with dead.work() as work:
            assert len(await take(work, Watch, limit=5)) == 1
    finally:
        await dead.close()
    await looks(world)
    assert await said(world) == []
    clock.forward(timedelta(seconds=9))
    await looks(world)
    assert await said(world) == [EventKind.WARNED.value]


def test_warnings_are_counted_in_working_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    target = Target(30 * MINUTE, Calendar(berlin, kinds.hours("Mon-Fri 09:00-17:00")))
    friday = datetime(2026, 11, 20, 16, 45, tzinfo=berlin)
    plan = [(at.astimezone(berlin).strftime("%a %H:%M:%S"), stage) for at, stage in stages(_before(target, 10), friday)]
    assert plan == [
        ("Mon 09:05:00", Stage.REMIND),
        ("Mon 09:10:00", Stage.TELL),
        ("Mon 09:15:00", Stage.MISSED),
    ]


def test_where_a_target_is_short_the_claimer_is_reminded_at_half_of_it() -> None:
    asked = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    plan = stages(_before(Target(10 * MINUTE), 15), asked)
    assert [(at - asked).total_seconds() / 60 for at, _ in plan] == [5, 7.5, 10]


def _before(target: Target, minutes: int) -> Watching:
    return Watching(target, minutes * MINUTE)
