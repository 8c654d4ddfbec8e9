"""A run of tests ends with what did not run and how to get it; where a part is required, that is a failure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TESTS = """
import pytest

@pytest.mark.needs("browser")
def test_a_page():
    pass

@pytest.mark.needs("live")
def test_a_server():
    pass

def test_something():
    pass
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A few tests of their own, with our plugin."""
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/conftest.py").write_text('pytest_plugins = ["tests.plugins.not_run"]\n', encoding="utf-8")
    (tmp_path / "checks/test_few.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\ntestpaths = checks\naddopts = --strict-markers\nmarkers =\n    needs: parts\n", encoding="utf-8"
    )
    return tmp_path


def run(tree: Path, *arguments: str, require: str = "", programs: str | None = None) -> tuple[int, list[str]]:
    """The exit code, and what stands after pytest's own last line."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("TWOWAY_", "PYTEST_"))}
    env |= {"PYTHONPATH": str(ROOT), "TWOWAY_REQUIRE": require, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    env["PATH"] = str(tree / "none") if programs is None else programs
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=tree,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    ends = [number for number, line in enumerate(lines) if re.search(r"(passed|failed).* in [\d.]+s", line)]
    return done.returncode, lines[ends[-1] + 1 :] if ends else []


def test_the_last_lines_say_what_did_not_run_and_how_to_get_it(tree: Path) -> None:
    code, last = run(tree)
    assert code == 0
    assert last[0] == "Did not run: the page in a real browser (1 test), because no Chromium was found."
    assert last[1].strip().startswith("To get it:  sudo apt-get install chromium")


def test_a_required_part_that_is_missing_fails(tree: Path) -> None:
    code, _ = run(tree, require="browser")
    assert code == 1


def test_a_required_part_that_no_test_asks_for_fails_a_whole_run(tree: Path) -> None:
    code, last = run(tree, require="live,postgres")
    assert code == 1
    assert last[0] == "Required, and no test of it ran: postgres (everything on PostgreSQL)."


def test_a_selection_of_tests_owes_nothing(tree: Path) -> None:
    assert run(tree, "checks/test_few.py", require="live,postgres")[0] == 0
    assert run(tree, "-k", "something", require="live,postgres")[0] == 0


def test_a_part_that_is_there_runs(tree: Path) -> None:
    programs = tree / "programs"
    programs.mkdir()
    (programs / "chromium").write_text("#!/bin/sh\n", encoding="utf-8")
    (programs / "chromium").chmod(0o755)
    code, last = run(tree, require="browser,live", programs=str(programs))
    assert (code, last[0]) == (0, "Every part ran.")


def test_a_requirement_that_nobody_knows_is_a_mistake(tree: Path) -> None:
    code, _ = run(tree, require="browsers")
    assert code == 4
