"""Two edits of one text, together: nothing is lost, nothing is invented, and it does not take long."""

from __future__ import annotations

import re
import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.desk.merging import merge

WORD = st.sampled_from(["sorry", "bike", "Monday", "comes", "the", "no", "ünder", "🚲", "!", ",", "5 €"])
LINE = st.lists(WORD, max_size=6).map(" ".join)
TEXT = st.lists(LINE, max_size=5).map("\n".join)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+|[^\w\s]", text))


@given(TEXT, TEXT)
def test_an_edit_of_one_side_alone_is_taken_as_it_is(base: str, edit: str):
    for merged in (merge(base=base, theirs=base, mine=edit), merge(base=base, theirs=edit, mine=base)):
        assert (merged.text, merged.conflicts) == (edit, ())


@given(TEXT, TEXT)
def test_the_same_edit_of_both_is_taken_once(base: str, edit: str):
    merged = merge(base=base, theirs=edit, mine=edit)
    assert (merged.text, merged.conflicts) == (edit, ())


@given(TEXT, TEXT, TEXT)
def test_nothing_that_either_wrote_is_lost(base: str, theirs: str, mine: str):
    """What one side wrote is new against the base; it is in the text, whoever else wrote what."""
    merged = words(merge(base=base, theirs=theirs, mine=mine).text)
    for side in (theirs, mine):
        for word, count in (words(side) - words(base)).items():
            assert merged[word] >= count, word


@given(TEXT, TEXT, TEXT)
def test_no_words_are_invented(base: str, theirs: str, mine: str):
    known = words(base) | words(theirs) | words(mine)
    assert set(words(merge(base=base, theirs=theirs, mine=mine).text)) <= set(known)


@given(TEXT, TEXT, TEXT)
def test_every_conflict_shows_both_sides_in_the_text(base: str, theirs: str, mine: str):
    merged = merge(base=base, theirs=theirs, mine=mine)
    for conflict in merged.conflicts:
        assert conflict.theirs in merged.text
        assert conflict.mine in merged.text
        assert conflict.theirs != conflict.mine


def test_edits_of_different_words_in_one_line_come_together():
    merged = merge(base="It comes on Friday.", theirs="It surely comes on Friday.", mine="It comes on Monday.")
    assert (merged.text, merged.conflicts) == ("It surely comes on Monday.", ())


def test_edits_of_different_lines_come_together():
    merged = merge(base="One.\nTwo.\nThree.", theirs="One!\nTwo.\nThree.", mine="One.\nTwo.\nThree!")
    assert (merged.text, merged.conflicts) == ("One!\nTwo.\nThree!", ())


def test_the_same_words_changed_differently_stand_side_by_side():
    merged = merge(base="It comes on Friday.", theirs="It comes on Monday.", mine="It comes on Tuesday.")
    assert merged.text == "It comes on Monday Tuesday."
    assert [(one.base, one.theirs, one.mine) for one in merged.conflicts] == [("Friday", "Monday", "Tuesday")]


def test_three_thousand_characters_are_merged_before_anybody_notices():
    base = "\n".join(f"Line {number} says that the bike comes on day {number % 7}." for number in range(75))
    theirs, mine = base.replace("day 3", "Monday").upper(), base.replace("bike", "parcel")
    began = time.perf_counter()
    merge(base=base, theirs=theirs, mine=mine)
    one_line = base.replace("\n", " ")
    merge(base=one_line, theirs=one_line.upper(), mine=one_line.replace("bike", "parcel"))
    assert len(base) > 3_000
    assert time.perf_counter() - began < 2
