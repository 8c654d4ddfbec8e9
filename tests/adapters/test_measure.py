"""Lengths as the platforms count them."""

from __future__ import annotations

import json
import time

from adapters.measure import graphemes, mastodon_length
from tests.adapters.shared_data import shared


def test_mastodon_counts_all_recorded_cases_as_its_own_composer_does() -> None:
    cases = json.loads(shared("mastodon", "status_length_cases.json").read_text("utf-8"))["cases"]
    assert len(cases) == 31
    wrong = [
        (c["text"], c["expected_length"], got)
        for c in cases
        if (got := mastodon_length(c["text"])) != c["expected_length"]
    ]
    assert wrong == []


def test_a_family_emoji_is_one_character() -> None:
    assert graphemes("👨‍👩‍👧‍👦") == 1


def test_a_link_counts_what_the_server_reserves_for_it() -> None:
    assert mastodon_length("https://example.com/" + "a" * 80) == 23
    assert mastodon_length("https://example.com/" + "a" * 80, per_url=30) == 30


def test_a_link_to_a_name_that_no_server_knows_counts_in_full() -> None:
    assert mastodon_length("http://wiki.internal/page-of-the-team") == 37


def test_the_warning_counts_too() -> None:
    assert mastodon_length("hello", warning="careful") == 12


def test_nasty_texts_are_counted_in_reasonable_time() -> None:
    for nasty in (
        "https://a.com/" + "(" * 20_000,
        "https://" + "a." * 20_000,
        "@a" * 20_000,
        "https://a.com/" + "(a" * 9_000 + ")" * 9_000,
    ):
        began = time.monotonic()
        mastodon_length(nasty)
        assert time.monotonic() - began < 5
