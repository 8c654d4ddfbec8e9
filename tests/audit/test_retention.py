"""What is old is forgotten: words and profiles leave, the journal proves itself, the young stay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from models.audit import verify
from models.conversation import Note
from models.people import Identity
from models.retention import forget_old
from tests.audit.test_erasing import everything

YEAR = timedelta(days=365)


async def test_words_of_conversations_that_ended_long_ago_leave_and_the_journal_stays_whole(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("my number is 555-0199", handle="lou.miller")
    async with world.store.reading() as session:
        post = await session.scalar(text("SELECT id FROM post"))
    await world.edits(post, "my number is 555-0199, at night")
    await world.answered(number, ana, bea, "@lou.miller We call 555-0199.")
    async with world.store.work() as work:
        work.add(Note(conversation_id=number, rep_id=ana, words="lou.miller, 555-0199", at=work.now))
    clock.forward(timedelta(days=300))
    young = await world.heard("young words", handle="kim")
    await world.answered(young, ana, bea, "@kim Yes.")
    waits = await world.heard("old and still waiting", handle="max")
    ages = {world.channel: YEAR}
    assert await forget_old(world.store, ages) == 0
    clock.forward(timedelta(days=66))
    assert await forget_old(world.store, ages) == 1
    assert await forget_old(world.store, ages) == 0, "once"
    left = await everything(world.store)
    for words in ("555-0199", "lou.miller", "Lou.Miller", "person-1'"):
        assert words not in left, words
    assert all(words in left for words in ("young words", "@kim Yes.", "old and still waiting"))
    report = await verify(world.store)
    assert (report.faults, report.unproven) == ((), 1)
    clock.forward(YEAR * 3)
    assert await forget_old(world.store, ages) == 1
    assert "old and still waiting" in await everything(world.store), "nobody answered it"
    assert waits


async def test_who_wrote_again_since_keeps_the_profile_and_what_ends_again_is_forgotten_again(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("first words", handle="lou")
    await world.answered(number, ana, bea)
    clock.forward(YEAR)
    await world.says_more(number, "second words")
    assert await forget_old(world.store, {world.channel: YEAR}) == 0
    await world.answered(number, ana, bea)
    again = await world.heard("third words", handle="lou")
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE identity SET customer_id = 1"))
    clock.forward(YEAR + timedelta(days=1))
    assert await forget_old(world.store, {world.channel: YEAR}) == 1
    left = await everything(world.store)
    assert ("second words" in left, "third words" in left) == (False, True)
    async with world.store.reading() as session:
        assert (await session.scalars(select(Identity.handle).order_by(Identity.id))).all() == ["lou", "lou"]
    await world.says_more(number, "fourth words")
    await world.answered(number, ana, bea)
    await world.answered(again, ana, bea)
    clock.forward(YEAR + timedelta(days=1))
    assert await forget_old(world.store, {world.channel: YEAR}, limit=1) == 1
    assert await forget_old(world.store, {world.channel: YEAR}) == 1
    left = await everything(world.store)
    assert ("fourth words" in left, "third words" in left, "'lou'" in left) == (False, False, False)
    assert (await verify(world.store)).faults == ()
