"""What people see who say what a post really is."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.cards.reading import choices, corrected, how_to_ask_the_reader, how_to_correct, not_read, went_back
from bot.chat.contract import Card
from models.reading.hint import HintFacts

READ = HintFacts(True, ("complaint",), "negative", 2, 80, ("Speaks of a lawyer",), "en", "delivery")
TOPICS = ("delivery", "billing")


def hints() -> Iterator[tuple[str, Card]]:
    yield "hint: what is it really, no topics", choices(142, HintFacts(True, (), "", 0, 12, (), "en"))
    yield "hint: what is it really", choices(142, READ, TOPICS)
    yield "hint: said", corrected(142, {"kind": ("praise",), "topic": ("billing",), "urgency": ()})
    yield "hint: not understood", how_to_correct("kind=anger")
    yield "hint: not understood, with topics", how_to_correct("topic=hats", TOPICS)
    yield "hint: not read yet", not_read(142)
    yield "reader: not understood", how_to_ask_the_reader()
    yield "reader: back", went_back("topic", (2, 1))
    yield "reader: back to what came", went_back("topic", (1, 0))
    yield "reader: nothing to go back from", went_back("topic", None)
