"""Which wishes are offered as one, by their words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.alike import nearest, normal, same

NEAR = [
    ("@acme please add a dark mode!", "A dark mode would be great"),
    ("@acme dark mode please", "Could you add dark mode to the app?"),
    ("I wish I could pay by PayPal", "Please let us pay with PayPal"),
    ("Bitte Zahlung mit PayPal anbieten", "Könnt ihr bitte PayPal als Zahlung anbieten?"),
    ("ダークモードがほしいです", "ダークモードを追加してください"),
    ("It would be great if you shipped to Norway", "Please ship to Norway too!"),
    ("Please let us rent child seats", "Could I rent a child seat with the bike?"),
    ("CHILD-SEATS, please. https://acme.example/seats", "child seats would be lovely"),
]
FAR = [
    ("It would be great if the app had a timer", "It would be great if the app had a map"),
    ("please add a dark mode", "please add a map mode"),
    ("Please ship to Norway", "Please ship to Denmark"),
    ("My bike is late", "please add a dark mode"),
    ("It would be great to have child seats for the bike", "It would be great to have a basket for the bike"),
    ("ダークモードがほしいです", "地図を追加してください"),
    ("💡💡", "💡💡"),
    ("", ""),
]


def test_the_same_wish_in_other_words_is_near_and_another_wish_in_the_same_words_is_not() -> None:
    wrong = [(one, other) for one, other in NEAR if not nearest(one, {1: [other]})]
    wrong += [(one, other) for one, other in FAR if nearest(one, {1: [other]})]
    assert wrong == []


def test_the_nearest_comes_first_and_an_idea_is_as_near_as_the_nearest_of_its_texts() -> None:
    others = {1: ["a map"], 2: ["Could you add a dark mode for night rides?"], 3: ["a bell", "dark mode please"]}
    assert [number for number, _ in nearest("Dark mode, please!", others)] == [3, 2]


def test_the_very_same_words_are_the_same_however_they_are_written() -> None:
    assert same("@acme Please add DARK mode!", "please add dark mode")
    assert same("Über die Straße", "uber die strasse")
    assert not same("dark mode", "dark mode for the map")
    assert not same("💡", "💡")


@pytest.mark.parametrize("text", ["@acme @shop.example dark", "dark https://acme.example/x?y=z", "  ‘dark’ … "])
def test_addresses_people_and_punctuation_say_nothing_about_a_wish(text: str) -> None:
    assert normal(text) == "dark"


@given(st.text(), st.text())
def test_nearness_goes_both_ways_and_nothing_breaks_it(one: str, other: str) -> None:
    there, back = nearest(one, {1: [other]}), nearest(other, {1: [one]})
    assert there == back
    assert all(0 <= score <= 1.0001 for _, score in there)
