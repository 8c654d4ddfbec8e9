"""`[abuse]`: what a team adds and takes out, and one sentence for what cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.phrases import read_line, taken_apart
from bot.rules import folds_of
from bot.settings import SettingsError
from bot.settings.abuse import _line
from bot.settings.parsing import Wrong
from tests.settings.example import ENV, TOML, read


def test_without_the_section_posts_are_folded_by_the_lines_that_come_with_it(tmp_path: Path) -> None:
    folds = folds_of(read(tmp_path, TOML, ENV))
    assert folds is not None
    assert folds("you idiots", "en")


def test_a_team_adds_lines_and_takes_words_out_by_language(tmp_path: Path) -> None:
    more = '\n[abuse]\nalso = { en = ["you muppet|muppets"], any = ["blockhead*"] }\nnever.en = ["idiots"]\n'
    folds = folds_of(read(tmp_path, TOML + more, ENV))
    assert folds is not None
    assert folds("you muppets", "en")
    assert folds("Blockheads", "de")
    assert not folds("you idiots", "en")
    assert folds_of(read(tmp_path, TOML + "\n[abuse]\nfold = false\n", ENV)) is None


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('also = ["you"]', "is no table by language"),
        ('also.klingon = ["petaQ"]', "is not a language"),
        ('also.en = ["!?"]', "cannot be looked for"),
        ('also.en = ["you .. .. .. idiot"]', "cannot be looked for"),
        ('also.ja = ["死....ね"]', "cannot be looked for"),
        ('also.en = "you"', "also"),
        ("folds = true", "folds"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(tmp_path: Path, written: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, f"{TOML}\n[abuse]\n{written}\n", ENV)
    (mistake,) = refused.value.mistakes
    assert "abuse" in str(mistake)
    assert says in str(mistake)


@settings(deadline=None)
@given(st.text("ab1|*_. -死🙂'́", max_size=12))
def test_whatever_the_settings_take_can_be_looked_for_in_every_language(line: str) -> None:
    try:
        taken = _line(line, "any")
    except Wrong:
        return
    for spelling in (read_line(taken), read_line(taken, apostrophe=" "), read_line(taken, unspaced=True)):
        spelling.is_in(taken_apart("a b"))
