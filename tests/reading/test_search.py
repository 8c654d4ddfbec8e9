"""Searching what was said: by the database's own full text, and nothing that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import NullPool, create_engine, select, text

from models import words as index
from models.conversation import Post
from models.erasing import erase_customer, erase_post
from models.letting_go import let_go
from models.migrate import sync_url
from models.people import Identity
from models.reading.search import HITS, search
from models.words import Asked, asked
from tests.reading.world import World


async def found(world: World, typed: str, channel: int | None = None) -> list[tuple[int, str]]:
    async with world.store.reading() as session:
        hits = await search(session, channel or world.channel, asked(typed))
    return [(one.number, one.words) for one in hits.hits]


async def test_all_words_must_be_there_and_the_newest_comes_first(world: World) -> None:
    one = await world.heard("My parcel never came, where is it?")
    two = await world.heard("WHERE is my Parcel")
    await world.heard("The bike came.")
    assert [number for number, _ in await found(world, "parcel")] == [two, one]
    assert [number for number, _ in await found(world, "parcel came")] == [one]
    assert [number for number, _ in await found(world, "parc* whe*")] == [two, one]
    assert await found(world, "parc") == []
    assert await found(world, "") == await found(world, "  …!? ") == []
    assert await found(world, "parcel", channel=99) == []


async def test_what_looks_like_a_question_to_the_database_is_only_words(world: World) -> None:
    number = await world.heard('50% of them: it\'s my_thing at shop.example/a-b (v2.0) OR NOT "so"')
    for typed in ("it's", "50%", "my_thing", "shop.example", "a-b", "v2.0", "OR", 'NOT "so"', "words:so", "(so)"):
        assert (await found(world, typed) == []) is (typed == "words:so"), typed
        if typed != "words:so":
            assert (await found(world, typed))[0][0] == number
    for typed in ("'", '"', "*", "a OR", "' & '", "\\", "\x00", "NEAR(a b)", "-so", "so:*", "so | none"):
        await found(world, typed)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_words_without_anything_that_means_something(typed: str) -> None:
    wanted = asked(typed)
    for word in (*wanted.words, *wanted.beginnings):
        assert word
        assert not set(word) & set("'\"*&|!():\\ _")
    assert wanted.nothing is (wanted == Asked())


async def test_what_was_said_in_other_scripts_is_found(world: World) -> None:
    for said, typed in (
        ("Wo bleibt meine Bestellung für Müller?", "müller"),
        ("Где моя посылка?", "посылка"),
        ("أين طردي", "طردي"),
        ("荷物が 届きません", "荷物*"),
    ):
        number = await world.heard(said)
        assert [hit[0] for hit in await found(world, typed)] == [number], typed


async def test_an_edit_changes_what_is_found_and_a_deletion_takes_it_away(world: World) -> None:
    number = await world.heard("My parcel is late")
    async with world.store.reading() as session:
        post = (await session.scalars(select(Post.id))).one()
    await world.edits(post, "My bicycle is late")
    assert await found(world, "parcel") == []
    assert [hit[0] for hit in await found(world, "bicycle")] == [number]
    await world.deletes(post)  # the channel keeps the words a while
    assert await found(world, "bicycle") == []
    async with world.store.work() as work:
        await erase_post(work, await work.session.get_one(Post, post))
    assert await found(world, "late") == []
    assert await index_of(world, "late") == 0


async def test_erased_words_leave_the_index(world: World) -> None:
    await world.heard("my number is 5550199", handle="lou@far.example")
    assert await index_of(world, "5550199") == 1
    async with world.store.reading() as session:
        customer = (await session.scalars(select(Identity.customer_id))).one()
    await erase_customer(world.store, customer)
    assert await index_of(world, "5550199") == 0
    assert await found(world, "5550199") == []


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
async def test_erased_words_are_in_no_byte_of_the_database(world: World, database: str) -> None:
    for nth in range(60):
        await world.heard(f"my number is {nth}, says nobody", handle=f"kim{nth}@far.example")
    await world.heard("xylophonist wanted", handle="lou@far.example")
    for nth in range(60):
        await world.heard(f"and mine is {nth}", handle=f"zoe{nth}@far.example")
    assert b"xylophonist" in bytes_of(database)
    async with world.store.work() as work:
        post = (await work.session.scalars(select(Post).where(Post.words.contains("xylophonist")))).one()
        await erase_post(work, post)
    await let_go(world.store)
    await world.store.close()  # the last to leave takes the log along
    assert b"xylophonist" not in bytes_of(database)


def bytes_of(database: str) -> bytes:
    path = Path(database.removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


async def index_of(world: World, word: str) -> int:
    """How many posts the index itself knows with this word, whatever the post says."""
    query = "SELECT count(*) FROM words_said WHERE words_said MATCH :word"
    if not world.store.embedded:
        query = f"SELECT count(*) FROM post WHERE {index.COLUMN} @@ to_tsquery('simple', :word)"
    async with world.store.reading() as session:
        return (await session.execute(text(query.replace("\\", "\\\\")), {"word": word})).scalar_one()


async def test_many_hits_are_cut_and_several_in_one_conversation_are_one(world: World) -> None:
    number = await world.heard("Hello there")
    for nth in range(3):
        await world.says_more(number, f"Hello again {nth}")
    assert await found(world, "hello") == [(number, "Hello again 2")]
    for _ in range(11):
        await world.heard("Hello")
    async with world.store.reading() as session:
        hits = await search(session, world.channel, asked("hello"))
    assert (len(hits.hits), hits.more) == (10, True)
    assert HITS[0] > 10


async def test_who_says_it_over_and_over_hides_no_other(world: World) -> None:
    others = [await world.heard(f"Hello {name}") for name in ("one", "two")]
    talker = await world.heard("Hello")
    for nth in range(HITS[0] + 3):
        await world.says_more(talker, f"Hello again {nth}")
    assert [number for number, _ in await found(world, "hello")] == [talker, *reversed(others)]


@pytest.mark.parametrize("newest", [1, 300])
async def test_what_was_said_before_all_the_newest_posts_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    monkeypatch.setattr("models.reading.search.LATELY", (1, 2))
    monkeypatch.setattr("models.reading.search.NEWEST", newest)
    one, other = [await world.heard(f"An umbrella for {name}") for name in ("one", "another")]
    for _ in range(4):
        await world.heard("Hello")
    assert await found(world, "umbrella") == [(other, "An umbrella for another"), (one, "An umbrella for one")]


def test_migrated_tables_have_the_same_index_as_those_that_are_made(database: str) -> None:
    """The migration names no class of ours; what both make is compared."""
    engine = create_engine(sync_url(database), poolclass=NullPool)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = "SELECT sql FROM sqlite_master WHERE name LIKE 'words_said%' AND type IN ('table', 'trigger')"
            assert set(index.SQLITE) <= {row[0] for row in connection.exec_driver_sql(query)}
        else:
            query = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_post_words_said'"
            said = connection.exec_driver_sql(query).scalar_one()
            assert "gin" in said
            assert "fastupdate" in said


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
async def test_the_index_agrees_with_the_posts(world: World) -> None:
    """FTS5's own check, after all that can happen to a post."""
    number = await world.heard("My parcel is late")
    post = await world.says_more(number, "Where is it?")
    await world.edits(post, "Where is my parcel?")
    await world.deletes(post)
    async with world.store.work() as work:
        await erase_post(work, await work.session.get_one(Post, post))
        await work.session.execute(text("INSERT INTO words_said (words_said, rank) VALUES ('integrity-check', 1)"))
