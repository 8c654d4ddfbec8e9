"""The queue: who waits, most urgent first, each with what a line needs."""

from datetime import timedelta

from models.permits import OwnWords
from models.reading import queue


async def test_the_queue_is_most_urgent_first_then_longest_waiting(world, clock):
    calm = await world.heard("Nice shop.\nReally.")
    late = await world.heard("Where is it?", urgency=2, waiting_since=clock() - timedelta(hours=1))
    later = await world.heard("Broken!", urgency=2, waiting_since=clock() - timedelta(hours=2))
    async with world.store.reading() as session:
        rows = await queue.queue(session, world.channel, now=clock())
        assert [row.number for row in rows] == [later, late, calm]
        assert await queue.count_waiting(session, world.channel) == 3
        second = await queue.queue(session, world.channel, now=clock(), limit=1, offset=1)
        longest = await queue.longest_waiting(session, world.channel, now=clock(), limit=2)
    assert [row.number for row in second] == [late]
    assert [row.number for row in longest] == [later, late]
    last = rows[2]
    assert (last.line, last.who.handle, last.state, last.claim) == ("Nice shop.", "lou", "open", None)
    assert last.link == f"https://chat.example/{calm}"
    assert rows[0].waited == timedelta(hours=2)


async def test_a_claim_is_named_and_the_next_one_is_unclaimed(world, clock):
    ana = await world.rep("ana")
    first, second = await world.heard("One", urgency=1), await world.heard("Two")
    await world.claims(first, ana)
    async with world.store.reading() as session:
        rows = await queue.queue(session, world.channel, now=clock())
        free = await queue.next_unclaimed(session, world.channel, now=clock())
        hers = await queue.mine(session, ana, now=clock())
    assert rows[0].claim is not None
    assert rows[0].claim.rep.name == "ana"
    assert rows[0].claim.until == clock() + timedelta(minutes=30)
    assert free is not None
    assert free.number == second
    assert [row.number for row in hers] == [first]


async def test_the_queue_keeps_to_the_languages_that_somebody_reads(world, clock):
    brazilian = await world.heard("Cadê?", language="pt-BR")
    unknown = await world.heard("?", language=None)
    german = await world.heard("Wo?", language="de")
    async with world.store.reading() as session:
        read = [row.number for row in await queue.queue(session, world.channel, languages=["pt"], now=clock())]
        everything = await queue.count_waiting(session, world.channel, languages=["PT", "de"])
    assert read == [brazilian, unknown]
    assert german not in read
    assert everything == 3


async def test_words_that_were_deleted_are_in_no_queue(world, clock):
    number = await world.heard("I am Lou Miller, 7 Elm Street")
    async with world.store.work() as work:
        dossier = await world.open(work, number)
        dossier.posts[0].gone_at = work.now
    async with world.store.reading() as session:
        (row,) = await queue.queue(session, world.channel, now=clock())
    assert row.line is None
    assert "Elm" not in repr(row)


async def test_who_was_answered_waits_no_more(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.answered(number, ana, bea)
    async with world.store.reading() as session:
        assert await queue.queue(session, world.channel, now=clock()) == ()
        assert await queue.next_unclaimed(session, world.channel, now=clock()) is None


async def test_a_draft_waits_for_the_approval_of_everybody_but_its_last_writer(world, clock):
    ana, bea, cyd = [await world.rep(name) for name in ("ana", "bea", "cyd")]
    number = await world.heard()
    await world.drafts(number, ana)
    await world.drafts(number, bea, "@lou We are sorry.")

    async def waits_for(rep: int, own_words: OwnWords = OwnWords.REFUSE) -> list[int]:
        async with world.store.reading() as session:
            rows = await queue.to_approve(session, world.channel, rep, now=clock(), own_words=own_words)
            return [row.number for row in rows]

    assert [await waits_for(rep) for rep in (ana, bea, cyd)] == [[number], [], [number]]
    assert await waits_for(ana, OwnWords.REFUSE_ALL) == []
    assert await waits_for(bea, OwnWords.ALLOW) == [number]
    await world.signs(number, cyd)
    assert await waits_for(ana) == []
