"""A small world in the store, whose clock the test moves."""

from __future__ import annotations

import pytest

from models.store import Store
from tests.reading.world import World


@pytest.fixture
async def world(store: Store) -> World:
    return await World(store).begin()
