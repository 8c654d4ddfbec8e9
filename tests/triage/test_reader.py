"""The reader over a real store and in its own process, with a tiny model: hints, order, calls, learning, forgetting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.settings.triage import Topic
from bot.triage.engine.process import BATCH, Patience, ReaderProcess
from bot.triage.heads import shipped
from bot.triage.reader import Reader
from bot.triage.topics import Topics
from models import learning, triage
from models.chat import Card, CardKind
from models.conversation import Conversation, Post
from models.erasing import erase_post
from models.journal import Event
from models.places import Channel
from models.reading.card import card_facts
from models.reading.queue import queue
from models.reading.storms import folded_into
from models.rerouting import Asked, Met
from models.store import Store
from models.storms import Apart, Joining, Storm, begin, join
from models.telling import EventKind
from models.triage import Correction, Lesson, Reading
from tests.reading.world import World
from tests.triage import tiny

GRAVE = "I want to kill myself, nobody at your office answers"

HURRY = Patience(start=60, answer=20, first_pause=0.01, longest_pause=0.05, end=5)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    store = Store(f"sqlite:///{tmp_path}/reader.db")
    await store.create_all()
    yield await World(store).begin()
    await store.close()


@pytest.fixture
async def model(tmp_path: Path) -> AsyncIterator[ReaderProcess]:
    path = tmp_path / "tiny.bin"
    process = ReaderProcess(tmp_path / "reader", threads=1, packed=(path, tiny.write(path)), patience=HURRY)
    yield process
    await process.close()


async def until(reader: Reader, done: Callable[[], Awaitable[bool]]) -> None:
    """Rounds until it is so."""
    while not await done():
        await reader.round()
        await asyncio.sleep(0.01)


async def reading_of(here: World, number: int) -> Reading | None:
    async with here.store.reading() as session:
        return await triage.latest_reading(session, number)


async def test_rules_alone_order_the_queue_and_call_people_once(here: World) -> None:
    calm = await here.heard("love the new colour")
    grave = await here.heard(GRAVE, handle="kim")
    reader = Reader(here.store, None)
    assert await reader.round() is False
    async with here.store.reading() as session:
        waiting = await queue(session, here.channel, now=here.store.clock())
        facts = await card_facts(session, grave)
        cards = list(await session.scalars(select(Card).where(Card.kind == CardKind.CHANNEL_NOTICE.value)))
    assert [row.number for row in waiting] == [grave, calm]
    assert facts is not None
    assert facts.hint is not None
    assert (facts.hint.read, facts.hint.band) == (False, 3)
    assert [card.conversation_id for card in cards] == [grave]
    await here.says_more(grave, "i will end my life tonight")
    await reader.round()
    async with here.store.reading() as session:
        called = list(await session.scalars(select(Event).where(Event.kind == EventKind.GRAVE.value)))
    assert len(called) == 1
    assert (await reading_of(here, calm)) is not None


async def test_who_finds_what_the_reader_missed_calls_people_once(here: World) -> None:
    number = await here.heard("see you all at the bridge tonight")
    await Reader(here.store, None).round()
    rep = await here.rep("ana")
    async with here.store.work() as work:
        conversation = await work.session.get_one(Conversation, number)
        row = await triage.latest_reading(work.session, number)
        assert row is not None
        for _ in range(2):
            await triage.correct(work, conversation, row, "urgency", ("self_harm",), rep=rep, grave="self_harm")
    found = await reading_of(here, number)
    assert found is not None
    assert (found.band, found.reasons) == (3, ["self_harm"])
    async with here.store.reading() as session:
        called = list(await session.scalars(select(Event).where(Event.kind == EventKind.GRAVE.value)))
    assert [(event.chain, event.data["about"], event.data["said"]) for event in called] == [(number, "self_harm", True)]


async def test_what_rules_read_is_read_again_when_the_model_is_there_and_an_edit_as_well(
    here: World, model: ReaderProcess
) -> None:
    number = await here.heard("the bag is lost", language=None)
    reader = Reader(here.store, model)
    await reader.round()
    first = await reading_of(here, number)
    assert first is not None
    assert first.model == "", "nobody waits for the model"

    async def read() -> bool:
        row = await reading_of(here, number)
        return row is not None and row.model == shipped().model

    await until(reader, read)
    row = await reading_of(here, number)
    assert row is not None
    assert row.vector is not None
    assert set(row.chances) == {"kind", "mood", "urgency"}
    await here.edits(row.post_id, "the good bag is good")
    await reader.round()
    again = await reading_of(here, number)
    assert again is not None
    assert (again.version, again.model) == (2, shipped().model)
    assert again.vector != row.vector
    assert await reader.round() is False, "nothing is left to read"
    await reader_ends(reader)


async def test_where_more_waits_than_is_read_at_once_who_is_in_danger_is_found_before_their_turn(
    here: World, model: ReaderProcess
) -> None:
    await model.of([""])
    calm = [await here.heard(f"the bag is lost {n}", handle=f"kim{n}", language="en") for n in range(BATCH + 8)]
    grave = await here.heard(GRAVE, handle="lea", language="en")
    reader = Reader(here.store, model)
    assert await reader.round() is True
    first, ahead, found = [await reading_of(here, number) for number in (calm[0], calm[-1], grave)]
    assert first is not None
    assert first.model == shipped().model
    assert ahead is None, "what is calm waits for its turn"
    assert found is not None
    assert (found.band, found.model) == (3, "")
    async with here.store.reading() as session:
        calls = select(Card.conversation_id).where(Card.kind == CardKind.CHANNEL_NOTICE.value)
        assert list(await session.scalars(calls)) == [grave]
    while await reader.round():
        pass
    late = await reading_of(here, grave)
    assert late is not None
    assert late.model == shipped().model, "the model reads it as well"
    await reader_ends(reader)


async def reader_ends(reader: Reader) -> None:
    stop = asyncio.Event()
    stop.set()
    await reader.run(stop)


async def test_corrections_become_a_head_which_can_be_taken_back_and_forgets_what_is_deleted(
    here: World, model: ReaderProcess
) -> None:
    numbers = [await here.heard("the bag is lost") for _ in range(3)]
    rep = await here.rep("ana")
    reader = Reader(here.store, model)

    async def all_read() -> bool:
        rows = [await reading_of(here, number) for number in numbers]
        return all(row is not None and row.model for row in rows)

    await until(reader, all_read)
    before = (await _row(here, numbers[2])).chances["kind"]
    for number in numbers[:2]:
        async with here.store.work() as work:
            conversation = await work.session.get_one(Conversation, number)
            row = await triage.latest_reading(work.session, number)
            assert row is not None
            await triage.correct(work, conversation, row, "kind", ["spam"], rep=rep)
    assert (await _row(here, numbers[0])).kinds == ["spam"], "shown at once"
    await reader.round()
    lessons = await _lessons(here)
    assert [(one.number, one.learnt, one.standing, one.refused) for one in lessons] == [(1, 2, True, "")]
    later = await here.heard("the bag is lost")
    await reader.round()
    after = (await _row(here, later)).chances["kind"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert after["spam"] > before["spam"], "the same words are read by what was learnt"

    async with here.store.work() as work:
        assert await learning.back(work, here.channel, "kind") == (1, 0)
        assert await learning.back(work, here.channel, "kind") is None
    await reader.round()
    assert not [one for one in await _lessons(here) if one.standing], "taken back is not learnt again by itself"

    for number in numbers[:2]:
        async with here.store.work() as work:
            post = await work.session.scalar(select(Post).where(Post.conversation_id == number))
            assert post is not None
            await erase_post(work, post)
    async with here.store.reading() as session:
        assert list(await session.scalars(select(Correction))) == []
        assert await learning.read_count(session, here.channel) == 2
    await reader.round()
    lessons = await _lessons(here)
    assert [(one.learnt, one.standing, one.lines) for one in lessons] == [(0, False, b"")]
    await reader_ends(reader)


async def test_a_topic_is_what_its_words_say_or_what_people_called_such_posts(
    here: World, model: ReaderProcess
) -> None:
    topics = Topics([Topic("delivery", ("parcel",)), Topic("billing", ("invoice",))])
    reader = Reader(here.store, model, topics=topics)
    numbers = [await here.heard("the bag is lost") for _ in range(12)]
    rep = await here.rep("ana")

    async def all_read() -> bool:
        rows = [await reading_of(here, number) for number in numbers]
        return all(row is not None and row.model for row in rows)

    await until(reader, all_read)
    assert (await _row(here, numbers[0])).topic == ""
    for number in numbers:
        async with here.store.work() as work:
            conversation = await work.session.get_one(Conversation, number)
            row = await triage.latest_reading(work.session, number)
            assert row is not None
            await triage.correct(work, conversation, row, "topic", ["delivery"], rep=rep)
    assert (await _row(here, numbers[0])).topic == "delivery", "shown at once"
    later, named = await here.heard("the bag is lost"), await here.heard("the bag is lost, see the invoice")
    await reader.round()
    assert [(one.task, one.learnt, one.refused) for one in await _lessons(here)] == [("topic", 12, "")]
    assert [(await _row(here, one)).topic for one in (later, named)] == ["delivery", "billing"], "words go first"

    async with here.store.work() as work:
        conversation = await work.session.get_one(Conversation, later)
        row = await triage.latest_reading(work.session, later)
        assert row is not None
        await triage.correct(work, conversation, row, "topic", [], rep=rep)
    assert (await _row(here, later)).topic == ""
    await reader_ends(reader)


async def _row(here: World, number: int) -> Reading:
    row = await reading_of(here, number)
    assert row is not None
    return row


async def _lessons(here: World) -> list[Lesson]:
    async with here.store.reading() as session:
        return list(await learning.lessons(session, here.channel))


async def test_what_stands_folded_in_a_storm_is_read_and_nobody_draws_its_card_for_that(here: World) -> None:
    calm = await here.heard("my bag is lost", handle="kim", language="en")
    grave = await here.heard(GRAVE, handle="lea", language="en")
    async with here.store.work() as work:
        posts = {one.conversation_id: one for one in await work.session.scalars(select(Post))}
        storm = await begin(work, channel=here.channel, first=calm, began_at=work.now, last_at=work.now)
        joining = [Joining(n, posts[n].id, posts[n].version, Apart.NOT, work.now) for n in (calm, grave)]
        assert await join(work, storm, joining) == 2
    reader = Reader(here.store, None)
    assert await reader.round() is False
    async with here.store.reading() as session:
        query = select(Card.ref).where(Card.kind == CardKind.CONVERSATION.value, Card.wanted > Card.shown)
        assert list(await session.scalars(query)) == [grave]
    assert await reading_of(here, calm) is not None


async def test_who_repeats_urgent_words_stands_in_their_storm_and_who_is_worse_off_stands_out(here: World) -> None:
    down = "The whole system is down, nobody in our shop can pay since this morning, when will it be back?"
    first = await here.heard(down, handle="kim", language="en")
    again = await here.heard(f"RT {down}", handle="lea", language="en")
    worse = await here.heard(f"{down} I want to kill myself", handle="mia", language="en")
    more = await here.heard(f"{down} #fail", handle="uma", language="en")
    reader = Reader(here.store, None)
    await reader.round()

    async def joins(*numbers: int) -> None:
        async with here.store.work() as work:
            posts = {one.conversation_id: one for one in await work.session.scalars(select(Post))}
            storm = await begin(work, channel=here.channel, first=first, began_at=work.now, last_at=work.now)
            await join(work, storm, [Joining(n, posts[n].id, posts[n].version, Apart.NOT, work.now) for n in numbers])

    await joins(first, again, worse)
    async with here.store.reading() as session:
        band = (await session.scalars(select(Storm.urgency))).one()
        assert band > 0, "the words themselves are urgent"
        folded = [number for number in (first, again, worse) if await folded_into(session, number) is not None]
    assert folded == [first, again]
    # Read before it joins, or after: the same.
    late = await here.heard(f"{down} i will end my life tonight", handle="zoe", language="en")
    await joins(more, late)
    async with here.store.reading() as session:
        assert await folded_into(session, late) is not None
    await reader.round()
    async with here.store.reading() as session:
        assert await folded_into(session, late) is None
        assert await folded_into(session, more) is not None


async def test_people_are_called_once_for_all_who_repeat_the_same_words(here: World) -> None:
    numbers = [await here.heard(GRAVE, handle="kim", language="en")]
    reader = Reader(here.store, None)
    await reader.round()
    numbers += [await here.heard(GRAVE, handle=f"lea{n}", language="en") for n in range(3)]
    async with here.store.work() as work:
        posts = {one.conversation_id: one for one in await work.session.scalars(select(Post))}
        storm = await begin(work, channel=here.channel, first=numbers[0], began_at=work.now, last_at=work.now)
        await join(work, storm, [Joining(n, posts[n].id, 1, Apart.NOT, work.now) for n in numbers])
    alone = await here.heard("I will kill you all", handle="zoe", language="en")
    await reader.round()
    async with here.store.reading() as session:
        calls = select(Card.conversation_id).where(Card.kind == CardKind.CHANNEL_NOTICE.value)
        assert sorted((await session.scalars(calls)).all()) == [numbers[0], alone]


async def test_a_post_that_is_deleted_while_it_is_read_leaves_no_hint(here: World) -> None:
    number = await here.heard("the bag is lost")
    async with here.store.reading() as session:
        posts = await triage.unread(session, now=here.store.clock(), with_model=False, limit=9)
    async with here.store.work() as work:
        await erase_post(work, await work.session.get_one(Post, posts[0].post))
    async with here.store.work() as work:
        await triage.keep_hints(work, [triage.Hint(posts[0].post, number, 1, "")])
    assert await reading_of(here, number) is None


async def test_the_loop_reads_what_comes_and_ends_when_asked(here: World) -> None:
    stop = asyncio.Event()
    loop = asyncio.create_task(Reader(here.store, None).run(stop))
    number = await here.heard(GRAVE)
    async with asyncio.timeout(20):
        while await reading_of(here, number) is None:
            await asyncio.sleep(0.01)
    stop.set()
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            await loop
    assert loop.done()


async def test_a_post_goes_where_it_belongs_once_it_was_read_and_stays_where_people_are_at_it(here: World) -> None:
    calm, grave, taken = [await here.heard(words) for words in ("love the new colour", GRAVE, GRAVE + " again")]
    await here.claims(taken, await here.rep("Ana"))
    async with here.store.work() as work:
        other = Channel(name="urgent", surface="slack", chat_id="C0URGENT")
        work.add(other)
        await work.flush()
        there = other.id

    def meets(asked: Asked) -> Met | None:
        assert (asked.account, asked.kinds) == ("acme", None), "rules alone do not say what it is"
        return Met(there, 2) if asked.urgency >= 2 else None

    reader = Reader(here.store, None, meets)
    await reader.round()
    async with here.store.work() as work:  # read anew, as after an edit: it is not moved or said twice
        for post in await work.session.scalars(select(Reading)):
            post.version -= 1
    await reader.round()
    async with here.store.reading() as session:
        lives = {row.id: row.channel_id for row in await session.scalars(select(Conversation))}
        said = list(await session.scalars(select(Event).where(Event.kind.in_(["moved", "belongs"]))))
        cards = list(await session.scalars(select(Card).where(Card.kind == CardKind.CONVERSATION.value)))
    assert lives == {calm: here.channel, grave: there, taken: here.channel}
    assert {(one.chain, one.kind, one.data["route"]) for one in said} == {(grave, "moved", 2), (taken, "belongs", 2)}
    assert len(said) == 2
    assert {one.channel_id for one in cards if one.ref == grave} == {here.channel, there}, "and a pointer where it was"
