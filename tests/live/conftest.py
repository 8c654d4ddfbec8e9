"""One server for all tests of this folder, and a fresh look at it for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.conformance.world import World
from tests.live.mock import Running, mock_world, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("mock")) as one:
        yield one


@pytest.fixture
async def world(server: Running) -> AsyncIterator[World]:
    async with mock_world(server) as one:
        yield one
