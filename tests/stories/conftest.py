"""Stories run over HTTP and over Socket Mode, on SQLite and on PostgreSQL.

Usually in two pairs that meet all four; the other two pairs belong to the long run (`make torture`).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.town import Town, town

#: What the usual run leaves to the long one.
LATER = ({"sqlite", "http"}, {"postgresql", "socket"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the pairs of the long run; without it, and unless somebody asks for them by name, they are left out."""
    asked = bool(config.getoption("keyword")) or os.environ.get("TWOWAY_RUNS") == "all"
    later = [item for item in items if "stories" in item.path.parts and _pair(item) in LATER]
    for item in later:
        item.add_marker(pytest.mark.torture)
    if later and not asked:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in set(later)]


def _pair(item: pytest.Item) -> set[object]:
    """The database and the mode of a story; fewer than two for a test that needs no town."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    pair = {params[name] for name in ("new_database", "mode") if name in params}
    if "mode" in params and len(pair) != 2:
        raise pytest.UsageError(f"{item.nodeid}: which database?")
    return pair


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
