"""The posts and rules that triage is made from: whole, told apart, and readable."""

from __future__ import annotations

from scripts import words


def test_every_row_is_whole_and_says_something_of_its_own() -> None:
    assert words.faults({part: words.read(part) for part in words.FIELDS}) == []


def test_a_row_with_a_fault_is_named() -> None:
    row: words.Row = {
        "id": "en-1",
        "lang": "xx",
        "text": "the brakes failed on the hill",
        "urgent": 3,
        "kinds": ["danger"],
        "looks_like": [],
        "reason": "brakes",
        "scene": "brakes",
    }
    kept: words.Row = {**row, "id": "en-2", "lang": "en", "kinds": [], "urgent": 0}
    assert words.faults({"urgency": [row], "held_out/urgency": [kept]}) == [
        "urgency, en-1: 'xx' is none of our languages",
        "urgency, en-1: danger and its kind go together",
        "brakes: a scene is kept aside as a whole or not at all",
    ]


def test_twins_are_found_within_a_language_alone() -> None:
    rows: list[words.Row] = [
        {"id": "a", "lang": "en", "text": "my parcel never came and nobody answers"},
        {"id": "b", "lang": "en", "text": "My parcel never came and nobody answers!!"},
        {"id": "c", "lang": "de", "text": "my parcel never came and nobody answers"},
    ]
    assert words.twins(rows) == [("a", "b")]


def test_there_is_enough_of_everything() -> None:
    posts = words.read("urgency") + words.read("held_out/urgency")
    assert len(posts) >= 1000
    assert {row["lang"] for row in posts} == words.LANGUAGES
    seeds = words.read("seeds")
    few = [
        (language, kind)
        for language in sorted(words.LANGUAGES)
        for kind in words.KINDS
        if sum(row["lang"] == language and kind in _list(row["kinds"]) for row in seeds) < 20
    ]
    assert few == []
    assert len(words.read("drafts")) >= 300


def test_a_third_of_each_kind_is_kept_aside() -> None:
    every, kept = words.read("urgency"), words.read("held_out/urgency")
    blind = words.read("held_out/fresh") + words.read("held_out/unseen")
    assert len(kept + blind) > (len(every) + len(kept + blind)) / 3
    seen = [row for row in every if not str(row["id"]).startswith("gr-")]  # those have their share in `unseen`
    for kind in (*words.URGENT, *words.DANGERS):
        aside = sum(kind in _list(row["kinds"]) for row in kept)
        whole = aside + sum(kind in _list(row["kinds"]) for row in seen)
        assert 0.2 < aside / whole < 0.45, kind


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
