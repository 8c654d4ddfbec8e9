"""The same text again is found, and nothing else is taken for it."""

from __future__ import annotations

import random

import pytest

from bench.storms import KINDS, copied, distinct, own_posts, quality
from bot.triage.copies import Copies, own_letters, pieces, shared
from bot.triage.storms import OWN_WORDS, improbable

SAID = "The app of Acme shows me the invoices of other customers, with names and addresses and all"


def test_copies_of_every_kind_join_the_first() -> None:
    dice = random.Random(1)
    copies = Copies(window=3600)
    first = copies.see(1, 7, 0.0, SAID)
    assert first is not None
    assert (first.first, first.own) == (1, 0)
    missed = []
    for number, kind in enumerate(KINDS * 5, start=2):
        seen = copies.see(number, 7, float(number), copied(SAID, kind, dice))
        if seen is None or seen.first != 1:
            missed.append(kind)
    assert not missed


def test_a_copy_with_words_of_its_own_says_so() -> None:
    copies = Copies(window=3600)
    copies.see(1, 7, 0.0, SAID)
    seen = copies.see(
        2, 7, 1.0, f"{SAID}. My mother found her address there and is afraid now, what shall we tell her?"
    )
    assert seen is not None
    assert seen.first == 1
    assert seen.own > OWN_WORDS
    same = copies.see(3, 7, 2.0, f"RT @lea: {SAID} https://t.example/12 #now")
    assert same is not None
    assert same.own == 0


@pytest.mark.parametrize("kind", KINDS)
def test_typos_and_other_words_here_and_there_are_no_words_of_ones_own(kind: str) -> None:
    dice, first = random.Random(3), pieces(SAID)
    assert max(own_letters(copied(SAID, kind, dice), first) for _ in range(300)) <= OWN_WORDS


def test_rooms_and_times_apart_are_apart_and_short_texts_say_nothing() -> None:
    copies = Copies(window=100)
    numbers = [copies.see(n, room, at, SAID) for n, room, at in [(1, 7, 0.0), (2, 8, 1.0), (3, 7, 50.0), (4, 7, 200.0)]]
    assert [seen.first if seen else None for seen in numbers] == [1, 2, 1, 4]
    assert copies.see(5, 7, 201.0, "Thanks a lot!") is None
    assert copies.see(6, 7, 202.0, "\ud800 @x https://a.example") is None


def test_what_is_old_leaves_the_memory() -> None:
    copies = Copies(window=10, fresh=100)
    words = sorted({word for text in own_posts() for word in text.split()})
    dice = random.Random(3)
    for number in range(350):
        copies.see(number, 1, float(number), " ".join(dice.choices(words, k=12)))
    assert len(copies) < 200
    seen = copies.see(10**6, 1, 350.0, SAID)
    assert seen is not None
    assert seen.first == 10**6


def test_the_promised_figures_hold_on_our_own_posts() -> None:
    found = quality(distinct(own_posts())[::4], seeds=30)
    assert found.mean >= 0.97, found
    assert found.foreign <= 0.25, found


def test_how_alike_two_texts_are() -> None:
    said = pieces(SAID)
    assert shared(said, pieces(SAID.upper() + "!")) == (1.0, 1.0)
    assert shared(said, pieces("Something else entirely, about a bike"))[0] < 0.1
    assert len(pieces("")) == 0


def test_what_is_improbable_depends_on_what_is_usual() -> None:
    assert improbable(5, 0.1) < 0.001
    assert improbable(5, 4.0) > 0.3
    assert improbable(60, 20.0) < 1e-6
    assert improbable(0, 3.0) == 1.0
    assert improbable(5_000, 4_000.0) < 0.001
