"""What people read of a hint, and what they may type to correct it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.chat.cards.reading import choices, hint_parts, stats_card
from bot.chat.contract import Buttons, Line, Plain, Words
from bot.chat.reading import NotMeant, meant_by
from models.learning import Judged
from models.reading.hint import HintFacts

READ = HintFacts(True, ("complaint", "question"), "negative", 2, 80, ("Speaks of a lawyer",), "de")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def said(hint: HintFacts) -> str:
    return "".join(part.text for part in hint_parts(hint) if isinstance(part, Plain | Words))


def test_a_hint_is_one_small_line_and_says_when_it_is_unsure() -> None:
    assert said(READ) == "Reads like: complaint and question · negative · urgent now: Speaks of a lawyer"
    assert said(HintFacts(True, (), "", 0, 10, (), None)) == "Reads like: unsure what it is"
    assert said(HintFacts(False, (), "", 3, 95, ("Fire",), None)) == "urgent, at once: Fire"
    assert hint_parts(HintFacts(False, (), "", 0, 20, (), None)) == ()


def test_a_correction_is_typed_in_full_or_as_one_word() -> None:
    assert meant_by("kind=praise,question mood=positive urgency=none language=de") == {
        "kind": ("praise", "question"),
        "mood": ("positive",),
        "urgency": (),
        "language": ("de",),
    }
    assert meant_by("Spam") == {"kind": ("spam",)}
    assert meant_by("negative outage") == {"mood": ("negative",), "urgency": ("outage",)}
    assert meant_by("right") == {}


@pytest.mark.parametrize("words", ["kind=", "kind=sad", "great", "mood=negative,positive", "language=xx1", "urgency=3"])
def test_what_no_post_can_be_is_refused(words: str) -> None:
    with pytest.raises(NotMeant):
        meant_by(words)


def test_every_button_of_a_correction_says_what_can_be_typed() -> None:
    rows = [row for row in choices(142, READ).blocks if isinstance(row, Buttons)]
    values = [button.value for row in rows for button in row.shown]
    assert "142:urgency=none" in values
    for value in values:
        number, words = value.split(":")
        assert number == "142"
        meant_by(words)


def test_the_figures_of_the_reader_say_how_often_it_was_right_by_kind_and_language_and_over_time() -> None:
    judged = [Judged("kind", "de", ("praise",), ("praise" if n > 2 else "spam",), NOON) for n in range(6)]
    card = stats_card("care", 1_200, judged, [])
    text = " ".join(
        part.text
        for block in card.blocks
        if isinstance(block, Line)
        for part in block.parts
        if isinstance(part, Plain | Words)
    )
    for words in (
        "1,200 posts read",
        "of 6 hints",
        "kind (praise) 3 of 3 · kind (spam) 0 of 3",
        "de 3 of 6",
        "0 % → 100 %",
    ):
        assert words in text
