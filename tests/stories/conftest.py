"""Stories run over Slack's HTTP and Socket Mode and in Teams, on SQLite and on PostgreSQL.

Usually in two pairs that meet both of Slack's ways and both databases; the core of them in Teams as well. The rest
belongs to the long run (`make torture`).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.teams_town import teams_town
from tests.stories.town import Town, town

#: What the usual run leaves to the long one.
LATER = ({"sqlite", "http"}, {"postgresql", "socket"}, {"postgresql", "teams"})

#: Stories of what Teams does not have, and why.
NOT_IN_TEAMS: dict[str, str] = {
    "test_the_card_says_who_is_writing": "no bot hears of a dialog that is closed",
    "test_a_dead_slack_token_degrades_the_bot_and_heals": "tests/teams has its own",
    "test_slack_asks_us_to_wait_and_the_cards_come_later_folded": "tests/teams has its own",
    "test_a_picture_that_slack_cannot_load_is_left_out_and_the_card_stands": "an image that fails shows its words",
    "test_a_lost_acknowledgement_changes_nothing": "tests/teams has its own",
    "test_an_event_counts_once_however_often_it_comes_and_across_a_restart": "tests/teams has its own",
    "test_talk_never_leaks": "talk without a mention does not reach the bot",
}

#: What the usual run tells in Teams, on SQLite.
CORE = frozenset(
    {
        "test_newcomer",
    }
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the pairs of the long run; without it, and unless somebody asks for them by name, they are left out."""
    asked = bool(config.getoption("keyword")) or os.environ.get("TWOWAY_RUNS") == "all"
    later = [item for item in items if "stories" in item.path.parts and _is_later(item)]
    for item in later:
        item.add_marker(pytest.mark.torture)
    if later and not asked:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in set(later)]


def _is_later(item: pytest.Item) -> bool:
    pair = _pair(item)
    name = getattr(item, "originalname", item.name)
    if "teams" in pair and name in NOT_IN_TEAMS:
        item.add_marker(pytest.mark.skip(reason=f"Teams: {NOT_IN_TEAMS[name]}"))
    return pair in LATER or (pair == {"sqlite", "teams"} and name not in CORE)


def _pair(item: pytest.Item) -> set[object]:
    """The database and the mode of a story; fewer than two for a test that needs no town."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    pair = {params[name] for name in ("new_database", "mode") if name in params}
    if "mode" in params and len(pair) != 2:
        raise pytest.UsageError(f"{item.nodeid}: which database?")
    return pair


@pytest.fixture(params=["socket", "http", "teams"])
def mode(request: pytest.FixtureRequest) -> str:
    """How Slack reaches the bot; or Teams."""
    return str(request.param)


@pytest.fixture
async def quiet_town(tmp_path: Path, database: str, mode: str) -> AsyncIterator[Town]:
    """A town whose bot does not run yet."""
    async with teams_town(tmp_path, database) if mode == "teams" else town(tmp_path, database, mode) as made:
        yield made


@pytest.fixture
async def here(quiet_town: Town) -> Town:
    """A town with its bot."""
    await quiet_town.start()
    return quiet_town
