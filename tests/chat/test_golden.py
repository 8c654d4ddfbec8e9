"""Every card, notice and answer as text in `golden/`: read them, and think of a tired rep at night.

`TWOWAY_GOLDEN=write pytest tests/chat/test_golden.py` writes them anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.chat.plain_text import text_of
from tests.chat.samples import cards

FOLDER = Path(__file__).parent / "golden"
PAGES = ("conversation", "customer", "draft", "notices", "answers", "people", "summary", "ideas", "storms")


def page(wanted: str) -> str:
    shown = [f"== {name}\n{text_of(card)}\n" for where, name, card in cards() if where == wanted]
    return "\n".join(shown)


@pytest.mark.parametrize("name", PAGES)
def test_cards_read_as_they_did(name: str) -> None:
    path = FOLDER / f"{name}.txt"
    now = page(name)
    if os.environ.get("TWOWAY_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == now


@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_called_he_or_she_and_no_code_shows_through(name: str) -> None:
    text = page(name)
    assert not re.findall(r"\b(?:he|she|his|her|him)\b", text, re.IGNORECASE)
    assert not re.findall(r"\b(?:None|State\.|Why\.|\w+_\w+ )", re.sub(r"^==.*$", "", text, flags=re.MULTILINE))


def test_a_notifications_first_line_fits_a_lock_screen() -> None:
    for _, name, card in cards():
        assert 0 < len(card.summary) <= 150, name
        assert "\n" not in card.summary, name
