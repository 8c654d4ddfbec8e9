"""What takes long begins first, so that no worker is left alone with it at the end; shared servers stay in one hand.

`make test` hands tests out one by one: the order here is the order in which they begin.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

#: Folders and files of tests that wait for long, or work for long, the longest first.
FIRST = (
    "kills/test_random_kills.py",
    "page",
    "live",
    "lifecycle",
    "model",
    "kills",
    "packaging",
    "stories/test_deletions.py",
    "stories/test_outcomes.py",
    "stories",
)

#: Folders whose tests share a server or a browser that takes seconds to start: one worker runs them all.
TOGETHER = ("live", "page")

ROOT = Path(__file__).parents[1]


class OneByOne(LoadScopeScheduling):
    """Each test to whoever is free, but for the folders that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.removeprefix("tests/").partition("/")[0]
        return folder if folder in TOGETHER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneByOne:
    return OneByOne(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by the table; what is not in it keeps its place after it."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return _place_of(item.path)


@cache
def _place_of(path: Path) -> int:
    here = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)
    return next((place for place, begin in enumerate(FIRST) if here.is_relative_to(begin)), len(FIRST))
