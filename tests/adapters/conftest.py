"""A network and our account on it, for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.bluesky import Bluesky
from sandbox.bluesky import SkyStandIn
from sandbox.facebook import PageStandIn
from tests.adapters import page as facebook_page
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


@pytest.fixture
async def page() -> AsyncIterator[PageStandIn]:
    async with PageStandIn.serve() as one:
        yield one
        while facebook_page.MADE:
            await facebook_page.MADE.pop().close()
