"""What people read of saved answers."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.chat.cards.saved import LISTED, answers_card, said
from bot.desk.answers import Dropped, Kept, Not, NotKept
from models.answers import SavedAnswer
from tests.chat.plain_text import text_of


def saved(name: str, words: str = "We look into it.", uses: int = 0) -> SavedAnswer:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return SavedAnswer(key=name, name=name, words=words, uses=uses, channel_id=1, rep_id=1, conversation_id=1, at=at)


def test_the_list_names_each_with_its_beginning_and_says_how_to_go_on() -> None:
    rows = [saved("late parcel", "So sorry!\nIt is on its way. " * 20, uses=2), saved("thanks", uses=1), saved("new")]
    text = text_of(answers_card(rows, 3, "care", ""))
    for words in (
        "3 saved answers of #care",
        "late parcel",
        "used 2 times",
        "used 1 time",
        "…",
        "use NAME",
        "drop NAME",
    ):
        assert words in text, words
    assert "So sorry! It is on its way." in text
    assert "1 of 3 saved answers" in text_of(answers_card(rows[:1], 3, "care", "parcel"))
    assert "save late parcel" in text_of(answers_card([], 0, "care", ""))
    assert "None of the 3" in text_of(answers_card([], 3, "care", "bike"))
    many = text_of(answers_card([saved(f"answer {n}") for n in range(LISTED + 5)], LISTED + 5, "care", ""))
    assert "5 more" in many
    assert f"answer {LISTED}" not in many


def test_every_end_is_a_sentence_that_names_what_it_is_about() -> None:
    for why in NotKept:
        text = text_of(said(Not(why, "late {parcel}")))
        assert "{name}" not in text
        assert text.rstrip().endswith(".")
    assert "late {parcel}" in text_of(said(Not(NotKept.UNKNOWN, "late {parcel}")))
    assert "We look into it." in text_of(said(Kept("late", "We look into it.")))
    assert "late" in text_of(said(Dropped("late")))
