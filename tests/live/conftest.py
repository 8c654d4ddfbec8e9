"""One server for all tests of this folder, and a fresh look at it for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

pytest.register_assert_rewrite("tests.conformance.suite", "tests.conformance.world")

from tests.conformance.world import World  # noqa: E402 - after the registration
from tests.live.mock import Running, mock_world, running  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("mock")) as one:
        yield one


@pytest.fixture
async def world(server: Running) -> AsyncIterator[World]:
    async with mock_world(server) as one:
        yield one
