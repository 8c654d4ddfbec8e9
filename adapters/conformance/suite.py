"""What every platform has to keep, whatever it is. Steered by its declared capabilities; a *no* is tested too.

A folder with worlds makes a subclass of `Conformance` and gives it the fixture `world`.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest

from adapters.conformance.answering import Answering
from adapters.conformance.certainty import Certainty
from adapters.conformance.hearing import Hearing
from adapters.conformance.parts import skip_unless
from adapters.conformance.picturing import Picturing
from adapters.conformance.searching import Searching
from adapters.conformance.world import World
from adapters.contract import AuthFailed, Platform


class Conformance(Hearing, Searching, Answering, Picturing, Certainty):
    """The whole suite."""

    async def test_it_is_a_platform_and_says_what_it_can_with_sources(self, world: World) -> None:
        platform = world.platform()
        assert isinstance(platform, Platform)
        assert world.kind.name == world.platform_name
        can = world.can
        numbers = [
            item.name
            for item in fields(can)
            if isinstance(getattr(can, item.name), timedelta)
            or (item.name in ("pace", "search_pace", "cost", "recheck") and getattr(can, item.name))
        ]
        assert [name for name in numbers if name not in can.sources] == []

    async def test_opening_tells_who_we_are_and_what_fits(self, world: World) -> None:
        platform = world.platform()
        me = await platform.open()
        assert me.ref
        assert me.handle
        assert not me.handle.startswith("@")
        assert platform.limits().length > 0

    async def test_a_wrong_token_is_told_as_such(self, world: World) -> None:
        skip_unless(bool(world.secrets()), "has no secrets")
        platform = world.platform(secrets=dict.fromkeys(world.secrets(), "wrong"))
        with pytest.raises(AuthFailed):
            await platform.open()
