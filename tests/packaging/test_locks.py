"""The lock files name everything by its hash, for every machine, and no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock", "requirements-docs.lock")


def entries(lock: str) -> dict[str, tuple[str, int]]:
    """Each package's version and number of hashes."""
    found = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip()):
        pinned = re.match(r"([a-z0-9.-]+)==(\S+)", entry)
        assert pinned is not None, entry
        found[pinned[1]] = (pinned[2], entry.count("--hash=sha256:"))
    return found


def wanted(requirements: list[str]) -> set[str]:
    """The names in a list of requirements."""
    return {re.split(r"[\[<>=~]", one)[0].strip().lower().replace("_", "-") for one in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_address(lock: str) -> None:
    assert all(hashes > 0 for _, hashes in entries(lock).values())
    assert not re.search(r"https?:|index-url|find-links|file:|@ ", (ROOT / lock).read_text(encoding="utf-8"))


def test_everything_we_ask_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    assert wanted(project["project"]["dependencies"]) <= entries("requirements.lock").keys()
    assert wanted(groups["dev"]) <= entries("requirements-dev.lock").keys()
    assert wanted(groups["docs"]) <= entries("requirements-docs.lock").keys()
    assert wanted(groups["build"]) <= entries("requirements-build.lock").keys()


def test_tests_run_on_the_versions_that_users_get() -> None:
    tested = entries("requirements-dev.lock")
    assert {name: tested.get(name) for name in entries("requirements.lock")} == entries("requirements.lock")


def test_what_another_program_calls_by_our_name_is_not_among_them() -> None:
    assert not {"adapters", "bot", "models", "sandbox"} & entries("requirements-dev.lock").keys()
