"""What cards show in the place of abuse."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.cards.storms import storm_card
from tests.chat.plain_text import text_of
from tests.chat.storming import SAID, STORM


def test_the_words_of_a_storm_are_folded_and_everything_else_is_told() -> None:
    folded = text_of(storm_card(STORM, folded=True))
    assert SAID not in folded
    assert "Abusive words, folded." in folded
    assert "42 people say the same" in folded
    assert "deleted" in text_of(storm_card(replace(STORM, words=None), folded=True))
