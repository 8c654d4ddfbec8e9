"""In how many of its ways a test runs: on which database, by which chat.

Usually in all of them. `make test` runs each in one (TWOWAY_WAYS=one), dealt by its name, so that each folder meets
both databases; `make ways` runs what that leaves out (TWOWAY_WAYS=rest). A check runs both; what takes minutes even
when it is short (`@pytest.mark.slow`) has a target of its own. What looks more closely, which takes seconds
(`@pytest.mark.ways`), is left to `make ways`.
"""

from __future__ import annotations

import os
from zlib import crc32

import pytest

#: What is about the databases themselves, or about losing nothing in them: always on both.
BOTH = ("kills", "models")
#: Has its own rule.
ELSEWHERE = ("stories",)

DATABASES = ("sqlite", "postgresql")


def ways() -> str:
    """ "one", "rest", or "" for all."""
    found = os.environ.get("TWOWAY_WAYS", "")
    if found not in {"", "one", "rest"}:
        raise pytest.UsageError(f"TWOWAY_WAYS={found}: one or rest")
    return found


def leave_out(config: pytest.Config, items: list[pytest.Item], left: list[pytest.Item]) -> None:
    """Take these out of the run, and say so."""
    if left:
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = ways()
    if not wanted:
        return
    there = {item.nodeid for item in items}
    leave_out(config, items, [item for item in items if not _runs(item, wanted, there)])


def _runs(item: pytest.Item, wanted: str, there: set[str]) -> bool:
    folder = item.nodeid.split("/")[1]
    if item.get_closest_marker("slow") is not None:
        return False
    closely = item.get_closest_marker("ways") is not None
    if closely and wanted == "one":
        return False
    if folder in ELSEWHERE:
        return True
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    here = params.get("new_database")
    other = DATABASES[here == DATABASES[0]]
    only = here is None or item.nodeid.replace(str(here), other) not in there
    if closely:
        return only or here == DATABASES[0]
    if only or folder in BOTH:
        return wanted == "one"
    dealt = DATABASES[crc32(item.nodeid.replace(str(here), "").encode()) % 2]
    return (here == dealt) == (wanted == "one")
