"""Cities on both databases, or on one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kills.city import City
from tests.stories.town import town


@pytest.fixture
async def city(tmp_path: Path, database: str) -> AsyncIterator[City]:
    """A city whose bot does not run yet."""
    async with town(tmp_path, database, "socket", City) as made:
        yield made
