"""The measured storm in small: what it plays, and what it says of what it found."""

from __future__ import annotations

from collections import Counter

from bench.storm import MARK, SORTS, Found, busiest, p99, said, table
from bot.triage.copies import Copies


def test_the_storm_that_is_played_is_always_the_same_and_nearly_all_of_it_is_one_text() -> None:
    posts = list(said(5_000))
    assert posts == list(said(5_000))
    sorts = Counter(one.sort for one in posts)
    assert sorts["viral"] > 4_900
    posts = [one for nth, one in enumerate(posts) if one.sort != "viral" or nth < 1_000]
    sorts = Counter(one.sort for one in posts)
    assert set(sorts) == {"viral", *SORTS}
    copies = Copies(window=1e9)
    groups = {one.sort: Counter[int]() for one in posts}
    for number, one in enumerate(posts, start=1):
        seen = copies.see(number, 1, float(number), one.words)
        assert bool(MARK.search(one.words)) == (one.sort != "viral"), one
        groups[one.sort][0 if seen is None else seen.first] += 1
    assert groups["viral"][1] > 0.97 * sorts["viral"]
    assert groups["followed"][1] == sorts["followed"]
    for sort in ("danger", "question", "ordinary"):
        assert groups[sort][1] == 0, sort


def test_what_was_found_is_judged() -> None:
    assert busiest([0.0, 0.5, 1.0, 9.0], 1.0) == 2
    assert p99([1.0, 3.0]) == 3.0
    once = ["over"]
    good = Found(
        posts=10, stored=10, conversations=10, storms=1, digests=once, waits={"danger": [1.0], "question": [2.0]}
    )
    assert "missed" not in table(good)
    assert table(Found(posts=10, stored=9, conversations=10, storms=1, digests=once)).count("missed") == 1
    late = Found(
        posts=10, stored=10, conversations=10, storms=1, digests=once, waits={"danger": [11.0]}, unseen={"followed": 1}
    )
    assert table(late).count("missed") == 2
