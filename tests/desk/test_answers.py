"""Saved answers: what may be kept, under which name, for whom, and when somebody took one as it is."""

from __future__ import annotations

from typing import Any

from bot.desk import answers
from bot.desk.answers import Dropped, Kept, Not, NotKept
from bot.desk.outcomes import Actor, Why
from models.answers import LONGEST_NAME, SavedAnswer, answers_of, key_of
from models.erasing import erase_customer
from models.reading.people import find_customers
from models.reply import DraftKind
from tests.desk.conftest import Desk


async def sent(desk: Desk, words: str, **more: Any) -> None:
    """A reply of Ana's that Bea approved stands in public."""
    desk.number = await desk.world.heard("Where is my bike?")
    drafted = await desk.drafts(desk.ana, words, **more)
    await desk.approved(desk.bea, drafted.message)
    await desk.world.goes_out(desk.number)


async def drops(desk: Desk, who: Actor, name: str) -> object:
    async with desk.world.store.work() as work:
        return await answers.drop(work, who, desk.world.channel, name)


async def names(desk: Desk) -> list[str]:
    async with desk.world.store.reading() as session:
        return [row.name for row in await answers_of(session, desk.world.channel)]


async def test_what_went_out_is_kept_as_it_was_written_and_found_by_its_name(desk: Desk) -> None:
    await sent(desk, "So sorry! It is in Hamburg.", signoff="^AN")
    assert await desk.asks(answers.keep, desk.mia, "  Late \n parcel ") == Kept(
        "Late parcel", "So sorry! It is in Hamburg."
    )
    async with desk.world.store.work() as work:
        assert await answers.begin_with(work, desk.world.channel, "late PARCEL") == Kept(
            "Late parcel", "So sorry! It is in Hamburg."
        )
        assert await answers.begin_with(work, desk.world.channel, "bike") == Not(NotKept.UNKNOWN, "bike")
        assert await answers.begin_with(work, desk.world.channel + 1, "late parcel") == Not(
            NotKept.UNKNOWN, "late parcel"
        )
    async with desk.world.store.reading() as session:
        assert [row.uses for row in await answers_of(session, desk.world.channel)] == [1]
    assert await drops(desk, desk.bea, "LATE parcel") == Dropped("Late parcel")
    assert await names(desk) == []


async def test_what_cannot_be_kept_is_refused_with_the_reason(desk: Desk) -> None:
    keep = answers.keep
    desk.number = await desk.world.heard("Where is my bike?")
    assert await desk.asks(keep, desk.ana, "late") == Not(NotKept.NOTHING_SAID, "late")
    await desk.drafts(desk.ana, "Only a draft.")
    assert await desk.asks(keep, desk.ana, "late") == Not(NotKept.NOTHING_SAID, "late")
    await sent(desk, "We look into it.")
    assert await desk.asks(keep, desk.ana, " ") == Not(NotKept.NO_NAME, "")
    assert (await desk.asks(keep, desk.ana, "x" * (LONGEST_NAME + 1))).why is NotKept.LONG_NAME
    assert (await desk.asks(keep, desk.gil, "late")).why is Why.NO_RIGHT
    assert await desk.asks(keep, desk.ana, "Late") == Kept("Late", "We look into it.")
    assert await desk.asks(keep, desk.bea, "LATE") == Not(NotKept.TAKEN, "Late")
    refused: Any = await drops(desk, desk.gil, "late")
    assert refused.why is Why.NO_RIGHT
    assert await drops(desk, desk.ana, "later") == Not(NotKept.UNKNOWN, "later")
    assert await names(desk) == ["Late"]


async def test_words_for_one_pair_of_eyes_are_never_kept_for_all(desk: Desk) -> None:
    await sent(desk, "Your order 4711 is at your neighbour's.", kind=DraftKind.PRIVATE)
    assert await desk.asks(answers.keep, desk.ana, "neighbour") == Not(NotKept.NOTHING_SAID, "neighbour")


async def test_a_customer_who_is_erased_is_named_in_no_saved_answer(desk: Desk) -> None:
    await sent(desk, "Dear lou, it is on its way.")
    await desk.asks(answers.keep, desk.ana, "late")
    async with desk.world.store.reading() as session:
        (*_, lou) = await find_customers(session, "lou")
    await erase_customer(desk.world.store, lou.id, policies=desk.world.policies)
    async with desk.world.store.reading() as session:
        (row,) = await answers_of(session, desk.world.channel)
    assert "lou" not in row.words
    assert "it is on its way" in row.words


def test_taken_as_it_is_means_the_same_words_whatever_stands_between_them() -> None:
    kept = [SavedAnswer(name="late", words="So sorry! It is on its way.")]
    for typed in ("So sorry! It is on its way.", "so sorry, it is on its way", " So  sorry! It is on its way. 🙏"):
        assert answers.word_for_word(typed, kept) == "late", typed
    for typed in ("So sorry, Lea! It is on its way.", "It is on its way.", "", "!"):
        assert answers.word_for_word(typed, kept) is None, typed


def test_names_that_people_would_call_the_same_are_the_same() -> None:
    assert len({key_of(name) for name in ("Straße", "STRASSE", " strasse ", "ｓtrasse")}) == 1
    assert key_of("late parcel") != key_of("lateparcel")
