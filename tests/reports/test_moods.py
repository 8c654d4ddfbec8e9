"""What a summary says of how customers sounded, and which of them complained: by hints alone, and nothing without."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.chat.cards.liked import about, sound
from bot.chat.contract import Line, Plain, Words
from bot.reports.daily import numbers
from bot.reports.moods import Sounded, came_by_kind, moods_of, read_of, sounded, topics_of
from bot.reports.praise import Kind, kinds_of
from bot.reports.timing import Target
from models.conversation import Post
from models.reading.mood import Mood, moods
from models.triage import Hint, keep_hints
from tests.reading.world import World

TARGET = Target(timedelta(minutes=30))


async def read(world: World, number: int, *said: tuple[str, str]) -> None:
    """Hints for a conversation's posts, as (mood, kind)."""
    async with world.store.work() as work:
        posts = await work.session.scalars(select(Post).where(Post.conversation_id == number).order_by(Post.id))
        found = [
            Hint(post.id, number, post.version, "a model", kinds=(kind,), mood=mood, topic="delivery" if mood else "")
            for post, (mood, kind) in zip(posts, said, strict=True)
        ]
        await keep_hints(work, found)


async def test_moods_and_complaints_come_with_the_reader_and_without_it_there_are_none(world: World) -> None:
    angry, happy, unsure, unread = [await world.heard(handle=name) for name in ("ann", "bob", "cid", "dot")]
    await world.says_more(angry, "Ah, it came. Thank you!")
    today = world.store.clock().date()
    asked = [angry, happy, unsure, unread]
    async with world.store.reading() as session:
        counted = await numbers(session, world.channel, TARGET, today, today, names=False, now=world.store.clock())
        assert moods_of(counted, await read_of(session, counted)) is None
        assert came_by_kind(counted, await read_of(session, counted)) == {}
        assert kinds_of(counted, await read_of(session, counted)) == {
            Kind.PRAISE: frozenset(),
            Kind.COMPLAINT: frozenset(),
        }
    await read(world, angry, ("negative", "complaint"), ("positive", "praise"))
    await read(world, happy, ("positive", "praise"))
    await read(world, unsure, ("", "other"))
    async with world.store.reading() as session:
        assert await moods(session, asked) == {angry: Mood("negative", "positive"), happy: Mood("positive", None)}
        found = moods_of(counted, await read_of(session, counted))
        assert kinds_of(counted, await read_of(session, counted))[Kind.COMPLAINT] == {angry}
        assert await topics_of(session, counted) == {"delivery": 2}
        came = came_by_kind(counted, await read_of(session, counted))
    assert {name: sum(minutes.values()) for name, minutes in came.items()} == {
        "complaints": 2,
        "praise": 1,
        "other": 1,
        "unsure": 1,
    }
    assert sum(sum(minutes.values()) for minutes in counted.came.values()) == 5
    assert found == Sounded({"negative": 1, "positive": 1}, 2, 1)
    (line,) = sound(found)
    assert isinstance(line, Line)
    said = "".join(part.text for part in line.parts if isinstance(part, Plain))
    assert said == (
        "How they sounded at first: negative 1 · positive 1 · unsure 2; of those who began negative 1 ended better."
    )
    (line,) = about({"delivery": 2, "billing": 1})
    assert isinstance(line, Line)
    assert "".join(part.text for part in line.parts if isinstance(part, Plain | Words)) == (
        "What it was about: delivery 2 · billing 1."
    )
    assert about({}) == []
    assert sound(sounded(frozenset(asked), {})) == []
