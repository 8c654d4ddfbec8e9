"""A network and our account on it, for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.bluesky import Bluesky
from sandbox.bluesky import SkyStandIn
from tests.adapters.sky import MADE, bluesky


@pytest.fixture
async def sky() -> AsyncIterator[SkyStandIn]:
    async with SkyStandIn.serve(rate_limit=100_000) as one:
        yield one
        while MADE:
            await MADE.pop().close()


@pytest.fixture
async def platform(sky: SkyStandIn) -> Bluesky:
    one = bluesky(sky)
    await one.open()
    return one
