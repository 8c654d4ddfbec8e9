"""What `twoway check` and `twoway connect` say of an account that works."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapters.registry import load, names, title
from adapters.settings import declared
from bot.ops.notes import BOUNDS, unknown_bounds


def test_of_every_platform_a_bound_that_nobody_knows_is_named_with_what_follows_and_its_setting() -> None:
    for name in names():
        kind = load(name)
        can, keys = kind.declares, {one.key for one in declared(kind.settings)}
        for bounds in ((), ("late_bound",), ("listing_lag",), tuple(BOUNDS)):
            known = {bound: timedelta(minutes=1) for bound in BOUNDS if bound not in bounds}
            said = unknown_bounds(replace(can, **dict.fromkeys(BOUNDS) | known), title(name), keys)  # type: ignore[arg-type]  # as many
            if not bounds or not (can.replies and can.finds):  # where nobody looks, a person decides anyhow
                assert said == []
                continue
            (sentence,) = said
            assert sentence.startswith(f"{title(name)} does not say ")
            assert "until a person has decided" in sentence
            assert sentence.endswith(f". Set {' and '.join(bounds)} if you know."), sentence
        unknown = can.replies and can.finds and None in (can.late_bound, can.listing_lag)
        assert bool(unknown_bounds(can, title(name), keys)) == unknown


def test_nobody_is_asked_for_a_bound_that_cannot_be_set_or_helps_nothing() -> None:
    can = replace(load("mastodon").declares, late_bound=None)
    (sentence,) = unknown_bounds(can, "Mastodon", keys=())
    assert "Set " not in sentence
    assert unknown_bounds(replace(can, finds=False), "Mastodon", keys=("late_bound",)) == []
