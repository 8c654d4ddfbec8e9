"""A network, a YouTube, and our account on each, for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.bluesky import Bluesky
from adapters.youtube import YouTube
from sandbox.bluesky import SkyStandIn
from sandbox.facebook import PageStandIn
from sandbox.youtube import TubeStandIn
from tests.adapters import page as facebook_page
from tests.adapters import tube as our_channel
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


@pytest.fixture
async def tube() -> AsyncIterator[TubeStandIn]:
    async with TubeStandIn.serve(quota=our_channel.PLENTY) as one:
        yield one
        while our_channel.MADE:
            await our_channel.MADE.pop().close()


@pytest.fixture
async def channel(tube: TubeStandIn) -> YouTube:
    one = our_channel.youtube(tube)
    await one.open()
    return one
