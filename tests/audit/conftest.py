"""The world that the tests of this room read."""

import pytest

from models.store import Store
from tests.reading.world import World


@pytest.fixture
async def world(store: Store) -> World:
    """An account, a channel, nobody yet."""
    return await World(store).begin()
