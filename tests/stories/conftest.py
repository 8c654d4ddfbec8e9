"""Stories run over HTTP and over Socket Mode, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.town import Town, town


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> str:
    """How Slack reaches the bot."""
    return str(request.param)


@pytest.fixture
async def quiet_town(tmp_path: Path, database: str, mode: str) -> AsyncIterator[Town]:
    """A town whose bot does not run yet."""
    async with town(tmp_path, database, mode) as made:
        yield made


@pytest.fixture
async def here(quiet_town: Town) -> Town:
    """A town with its bot."""
    await quiet_town.start()
    return quiet_town
