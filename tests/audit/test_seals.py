"""Seals: once a day, one hash over every head, chained to the day before."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from models.audit import TooLate, Wrong, seal, verify
from models.conversation import Conversation
from models.erasing import erase_customer
from models.journal import Event, Seal
from models.retention import forget_old
from models.store import Store
from models.telling import EventKind

MONDAY = date(2026, 11, 23)


async def test_a_day_is_sealed_once(world, clock):
    await world.heard()
    made = await seal(world.store, MONDAY)
    again = await seal(world.store, MONDAY)
    assert (made.day, made.before, made.digest) == ("2026-11-23", "", again.digest)
    async with world.store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Seal)) == 1
        assert await session.scalar(select(Event.data).where(Event.kind == EventKind.SEALED.value)) == {
            "day": "2026-11-23",
            "digest": made.digest,
            "last_event": made.last_event,
        }


async def test_each_day_is_chained_to_the_day_before_even_when_some_were_missed(world, clock):
    await world.heard()
    first = await seal(world.store, MONDAY)
    await world.heard("More.")
    second = await seal(world.store, MONDAY + timedelta(days=3))
    assert second.before == first.digest
    report = await verify(world.store)
    assert (report.whole, report.seals) == (True, 2)


async def test_a_day_before_the_last_seal_can_no_longer_be_sealed(world):
    await seal(world.store, MONDAY)
    with pytest.raises(TooLate):
        await seal(world.store, MONDAY - timedelta(days=1))


async def test_ten_at_once_make_one_seal(world, database, clock):
    for words in ("One", "Two", "Three"):
        await world.heard(words)
    others = [Store(database, clock=clock, owner=f"other-{n}") for n in range(1 if world.store.embedded else 4)]
    try:
        made = await asyncio.gather(*(seal(one, MONDAY) for one in [world.store, *others] for _ in range(2)))
    finally:
        for one in others:
            await one.close()
    assert len({one.digest for one in made}) == 1
    assert (await verify(world.store)).whole


async def test_what_is_written_while_a_day_is_sealed_belongs_to_it_or_to_the_next(world):
    """Whichever comes first: nothing falls between two seals, and both verify."""
    number = await world.heard()

    async def write():
        for _ in range(20):
            async with world.store.work() as work:
                conversation = await world.open(work, number)
                await work.write_down(conversation.conversation, EventKind.READY)

    writing = asyncio.create_task(write())
    for day in range(5):
        await seal(world.store, MONDAY + timedelta(days=day))
    await writing
    await seal(world.store, MONDAY + timedelta(days=9))
    assert (await verify(world.store)).faults == ()


async def test_a_chain_rewritten_to_its_end_is_betrayed_by_the_seal(world, clock):
    """Head and length changed to match: only the seal knows better."""
    number = await world.heard()
    async with world.store.work() as work:
        conversation = await work.session.get_one(Conversation, number)
        await work.write_down(conversation, EventKind.READY)
    await seal(world.store, MONDAY)
    async with world.store.work() as work:
        await work.session.execute(delete(Event).where(Event.chain == number, Event.seq == 2))
        first = await work.session.scalar(select(Event.digest).where(Event.chain == number))
        await work.session.execute(update(Conversation).values(head=first, length=1))
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.SEAL, None)
    assert "2026-11-23" in fault.what


async def test_a_changed_seal_is_found(world):
    await world.heard()
    await seal(world.store, MONDAY)
    await seal(world.store, MONDAY + timedelta(days=1))
    async with world.store.work() as work:
        await work.session.execute(update(Seal).where(Seal.day == "2026-11-23").values(digest="0" * 64))
    assert [fault.wrong for fault in (await verify(world.store)).faults] == [Wrong.SEAL]


async def three_days(world):
    for day in range(3):
        await world.heard(f"Number {day}")
        await seal(world.store, MONDAY + timedelta(days=day))


@pytest.mark.parametrize("gone", ["2026-11-23", "2026-11-24", "2026-11-25"])
async def test_a_seal_that_is_missing_is_named_and_the_days_around_it_still_fit(world, gone):
    await three_days(world)
    async with world.store.work() as work:
        await work.session.execute(delete(Seal).where(Seal.day == gone))
    report = await verify(world.store)
    assert [(fault.wrong, fault.chain) for fault in report.faults] == [(Wrong.SEAL, None)]
    assert report.faults[0].what == f"the seal of {gone} is missing: the journal tells of it"
    assert report.sealed == {"2026-11-23", "2026-11-24", "2026-11-25"}


async def test_every_seal_that_is_missing_is_named_and_none_that_the_journal_does_not_know(world):
    await three_days(world)
    async with world.store.work() as work:
        await work.session.execute(delete(Seal))
    report = await verify(world.store)
    assert [fault.what[:22] for fault in report.faults] == [f"the seal of 2026-11-{day}" for day in (23, 24, 25)]
    assert report.seals == 0


async def test_a_seal_of_which_the_journal_does_not_tell_is_found(world):
    """The service's own chain has no row that knows its end: its last events could be cut."""
    await three_days(world)
    async with world.store.work() as work:
        last = await work.session.scalar(select(func.max(Event.seq)).where(Event.chain == 0))
        await work.session.execute(delete(Event).where(Event.chain == 0, Event.seq == last))
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.what) == (Wrong.SEAL, "the journal does not tell of the seal of 2026-11-25")


async def test_erasing_retention_and_a_second_sealing_take_no_seal_away(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.answered(number, ana, bea)
    await seal(world.store, MONDAY)
    clock.forward(timedelta(days=400))
    assert await forget_old(world.store, {world.channel: timedelta(days=365)}) == 1
    await erase_customer(world.store, 1)
    await seal(world.store, MONDAY + timedelta(days=400))
    report = await verify(world.store)
    assert (report.faults, report.seals) == ((), 2)
