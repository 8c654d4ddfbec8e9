"""The example of docs/how-to/add-a-platform.md: installed as anybody would, found, and passing its own tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "guestbook"


def run(packages: Path, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=env, capture_output=True, text=True, timeout=110, check=False
    )


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example is installed, without what it depends on: no network is needed."""
    folder = tmp_path_factory.mktemp("packages")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    pip += ["--no-compile", "--target", str(folder), str(EXAMPLE)]
    subprocess.run(pip, check=True, capture_output=True, timeout=60, env={**os.environ, "PIP_CACHE_DIR": str(folder)})
    return folder


@pytest.mark.ways
def test_it_is_found_by_its_entry_point_and_passes_the_suite(packages: Path, tmp_path: Path) -> None:
    shown = run(packages, "bot", "platforms", "guestbook", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "Guest book" in shown.stdout
    assert "TWOWAY_ACCOUNT_TOKEN (environment), required" in shown.stdout
    # From the checkout's own files, so that what it says of a failure leads there.
    tests = run(packages, "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests"), folder=EXAMPLE)
    assert tests.returncode == 0, tests.stdout[-4000:]
    passed = re.search(r"(\d+) passed", tests.stdout)
    assert passed is not None
    assert int(passed[1]) >= 35, "the whole suite has run"


def test_the_how_to_shows_the_example_as_it_is() -> None:
    """Every piece of Python and TOML on the page stands in the example word for word."""
    page = (ROOT / "docs" / "how-to" / "add-a-platform.md").read_text("utf-8")
    files = [path.read_text("utf-8") for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml")]
    shown = re.findall(r"```(?:python|toml)\n(.*?)```", page, re.S)
    assert shown
    for piece in shown:
        assert any(piece.strip() in whole for whole in files) or "[[accounts]]" in piece, piece
