"""Seen before: what resembles what, from readings to the card; what is not offered; what is forgotten."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select

from bot.chat.seen import begun_with
from bot.triage.delicate import is_delicate
from bot.triage.handing_on import handed_on
from bot.triage.seen import Seen
from bot.triage.shelf import Likeness, Shelf, packed
from bot.triage.vectors import Matrix
from models import triage
from models.conversation import Post
from models.erasing import erase_post
from models.reading.card import CardFacts, card_facts
from models.reading.seen import answer_of
from models.resembling import Resemblance
from models.store import Store
from tests.reading.world import World

TINY = Likeness("tiny", 4, np.zeros(4))
#: About a parcel, the same in other words, and about something else.
PARCEL, PACKAGE, COLOUR = (1.0, 0.1, 0.0, 0.0), (1.0, 0.4, 0.1, 0.0), (0.0, 0.1, 1.0, 0.0)


@pytest.fixture
async def here(store: Store) -> World:
    return await World(store).begin()


async def post_of(here: World, number: int) -> Post:
    async with here.store.reading() as session:
        post = await session.scalar(select(Post).where(Post.conversation_id == number, Post.ours.is_(False)))
    assert post is not None
    return post


async def read(here: World, number: int, vector: tuple[float, ...], **more: object) -> int:
    """As the reader does: what it made of the first post."""
    post = await post_of(here, number)
    row = np.array(vector) / np.linalg.norm(vector)
    hint = triage.Hint(post.id, number, post.version, "tiny", vector=row.astype(np.float16).tobytes())
    async with here.store.work() as work:
        await triage.keep_hints(work, [hint])
    return post.id


async def facts_of(here: World, number: int) -> CardFacts:
    async with here.store.reading() as session:
        facts = await card_facts(session, number)
    assert facts is not None
    return facts


async def test_a_card_shows_what_was_answered_before_and_who_else_says_so_of_late(here: World) -> None:
    ana, bea = await here.rep("ana"), await here.rep("bea")
    seen = Seen(here.store, lambda: TINY)
    old, other, waits = [await here.heard(words) for words in ("no parcel", "love the colour", "the package is late")]
    await here.answered(old, ana, bea, "@lou So sorry! It is on its way.")
    await here.answered(other, ana, bea, "@lou Thank you!")
    for number, vector in ((old, PARCEL), (other, COLOUR), (waits, PACKAGE)):
        await read(here, number, vector)
    await seen.look()
    new = await here.heard("where is it")
    await read(here, new, PARCEL)
    await seen.look()
    facts = (await facts_of(here, new)).seen
    assert [(one.number, one.words, one.by.name, one.asked) for one in facts.answered] == [
        (old, "@lou So sorry! It is on its way.", "ana", "no parcel")
    ]
    assert facts.others == (waits,)

    # What waited is answered: the cards of those like it are wanted anew, and say so.
    await here.answered(waits, bea, ana, "@lou We look for it.")
    await seen.look()
    assert [one.number for one in (await facts_of(here, new)).seen.answered] == [old, waits]

    # After a new start the same is known, from the rows.
    again = Seen(here.store, lambda: TINY)
    await again.look()
    assert len(again.shelf) == 4
    late = await here.heard("and mine?")
    await read(here, late, PARCEL)
    await again.look()
    assert [one.number for one in (await facts_of(here, late)).seen.answered] == [old, waits]


async def test_what_is_erased_resembles_nothing_any_more(here: World) -> None:
    ana, bea = await here.rep("ana"), await here.rep("bea")
    seen = Seen(here.store, lambda: TINY)
    old = await here.heard("no parcel")
    await here.answered(old, ana, bea)
    gone = await read(here, old, PARCEL)
    new = await here.heard("where is it")
    await read(here, new, PARCEL)
    await seen.look()
    assert (await facts_of(here, new)).seen.answered
    async with here.store.work() as work:
        await erase_post(work, await work.session.get_one(Post, gone))
    await seen.let_go()
    assert len(seen.shelf) == 1
    assert not (await facts_of(here, new)).seen.answered
    async with here.store.reading() as session:
        assert (await session.scalars(select(Resemblance))).all() == []

    # Another memory that did not hear of it writes nothing down of it.
    deaf = Seen(here.store, lambda: TINY)
    await deaf.look()
    deaf.shelf.put(gone, old, here.channel, packed(deaf.shelf.level([b"\0\x3c" + 6 * b"\0"]))[0])
    late = await here.heard("and mine?")
    await read(here, late, PARCEL)
    await deaf.look()
    assert not (await facts_of(here, late)).seen.answered


async def test_nothing_is_offered_for_danger_and_law_nor_while_nothing_is_near(here: World) -> None:
    ana, bea = await here.rep("ana"), await here.rep("bea")
    seen = Seen(here.store, lambda: TINY)
    old = await here.heard("no parcel")
    await here.answered(old, ana, bea)
    await read(here, old, PARCEL)
    cases = {
        "my lawyer will sue you in court": PARCEL,
        "I want to kill myself": PARCEL,
        "what a colour": COLOUR,
    }
    for words, vector in cases.items():
        number = await here.heard(words)
        await read(here, number, vector)
        await seen.look()
        assert (await facts_of(here, number)).seen.answered == (), words
    # People say so after it was offered.
    number = await here.heard("where is it")
    await read(here, number, PARCEL)
    await seen.look()
    assert (await facts_of(here, number)).seen.answered
    async with here.store.work() as work:
        dossier = await here.open(work, number)
        row = await triage.latest_reading(work.session, number)
        assert row is not None
        await triage.correct(work, dossier.conversation, row, "urgency", ["danger"], rep=ana)
    assert (await facts_of(here, number)).seen.answered == ()


def test_law_and_danger_are_told_by_rules_and_by_the_head() -> None:
    sure = {"urgent": 0.9, "legal": 0.7}
    assert is_delicate("I am going to sue", "en", {})
    assert is_delicate("the usual", "en", sure)
    assert not is_delicate("where is my parcel?", "en", {"urgent": 0.9, "stranded": 0.9})


def test_the_nearest_are_exactly_the_nearest() -> None:
    numbers = np.random.default_rng(3)
    rows: Matrix = numbers.standard_normal((700, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    shelf = Shelf(16, most=600)
    for post, row in enumerate(packed(rows), start=1):
        shelf.put(post, post, post % 2, row)
    assert len(shelf) <= 600
    kept = sorted(shelf.known())
    assert kept[-1] == 700
    assert kept[0] > 90, "the oldest made room"
    shelf.drop([700, 650, 1])
    left = [post for post in kept if post not in (700, 650)]
    for asked in (3, 500, 698):
        scores = {post: float(rows[post - 1] @ rows[asked]) for post in left if post % 2 == 0 and post != asked + 1}
        wanted = sorted((post for post in scores if scores[post] >= 0.1), key=lambda post: -scores[post])[:9]
        found = shelf.nearest(rows[asked], channel=0, apart_from=asked + 1, least=0.1, limit=9)
        assert [one.post for one in found] == wanted


def test_the_first_look_leaves_nothing_out_that_the_second_would_find() -> None:
    """A thousand posts of which each is a hair nearer than the next, about the bound: 8 bits cannot tell them apart."""
    numbers = np.random.default_rng(8)
    asked, other = numbers.standard_normal((2, 384))
    asked /= np.linalg.norm(asked)
    other -= (other @ asked) * asked
    other /= np.linalg.norm(other)
    near = np.linspace(0.51, 0.49, 1_000)[:, None]
    rows: Matrix = (near * asked + np.sqrt(1 - near**2) * other).astype(np.float32)
    shelf = Shelf(384)
    for post, row in enumerate(packed(rows), start=1):
        shelf.put(post, post, 0, row)
    true = rows.astype(np.float16).astype(np.float32) @ asked.astype(np.float16).astype(np.float32)
    for least, limit in ((0.5, 1_000), (0.5, 20), (0.495, 100)):
        wanted = sorted((post for post in range(1, 1_001) if true[post - 1] >= least), key=lambda post: -true[post - 1])
        found = shelf.nearest(asked.astype(np.float32), channel=0, apart_from=0, least=least, limit=limit)
        assert [one.score for one in found] == pytest.approx([true[post - 1] for post in wanted[:limit]], abs=1e-6)
        assert len({one.post for one in found} ^ set(wanted[:limit])) <= 4, "but for those that are equal by rounding"


def test_what_belonged_to_the_other_customer_becomes_a_gap() -> None:
    cases = [
        (
            "Hi Lea, so sorry! Your order AB-12345 left Hamburg on 12 March and arrives by Thursday at 5 pm. Track it: "
            "https://t.example/x?1. Call +49 30 1234567 or write to jo@acme.example.",
            {"said": "my order to Hamburg is late", "here": "where is mine"},
            "Hi ⟦name⟧, so sorry! Your order ⟦number⟧ left ⟦name⟧ on ⟦date⟧ and arrives by ⟦date⟧ at ⟦number⟧ pm. "
            "Track it: ⟦link⟧. Call ⟦number⟧ or write to ⟦e-mail⟧.",
        ),
        (
            "Hallo Frau Meier, Ihr Paket Nr. 4711 kommt morgen, am 3. Mai.",
            {"language": "de", "said": "Paket"},
            "Hallo Frau ⟦name⟧, Ihr Paket Nr. ⟦number⟧ kommt ⟦date⟧, am ⟦date⟧.",
        ),
        ("Sorry @lea@far.example! It may take a while.", {}, "Sorry ⟦name⟧! It may take a while."),
        ("田中様、荷物は5月3日に届きます。", {"language": "ja"}, "⟦name⟧様、荷物は⟦date⟧に届きます。"),
        ("Merci, vos 25,90 € arrivent demain.", {"language": "fr"}, "Merci, vos ⟦number⟧ € arrivent ⟦date⟧."),
        ("Ваш заказ 12345 прибудет завтра.", {"language": "ru"}, "Ваш заказ ⟦number⟧ прибудет ⟦date⟧."),
        ("Thank you, Lou! We are happy.", {"names": ["lou"]}, "Thank you, ⟦name⟧! We are happy."),
        ("We are happy. Tell Tom ⟦x⟧.", {"said": "Tom helped", "here": "Tom helped"}, "We are happy. Tell Tom (x)."),
    ]
    wrong = []
    for answer, more, wanted in cases:
        got = handed_on(answer, **{"names": ["Lea"], **more})  # type: ignore[arg-type]  # a table of keywords
        if got != wanted:
            wrong.append((got, wanted))
    assert not wrong


async def test_an_answer_is_begun_with_what_was_written_and_not_with_whom_it_was_for(here: World) -> None:
    ana, bea = await here.rep("ana"), await here.rep("bea")
    old = await here.heard("my parcel to Rome is lost", handle="lea")
    await here.answered(old, ana, bea, "Sorry Lea! The one to Rome, number 4711, was found.")
    async with here.store.reading() as session:
        found = await answer_of(session, old, here.channel)
        assert await answer_of(session, old, here.channel + 1) is None
        assert await answer_of(session, old + 7, here.channel) is None
    assert found is not None
    assert begun_with(found, "and mine?") == "Sorry ⟦name⟧! The one to ⟦name⟧, number ⟦number⟧, was found."
