"""`make` sets itself up, and where it cannot it says what to install."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """#!/bin/sh
# A Python that has no venv, as Debian's has without python3-venv.
case "$2" in
    *sys.executable*) echo {version_answer} ;;
    *version_info*) echo 3.11 ;;
    *) exit 1 ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as set-up looks at, and a PATH beside it that holds few programs."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/venv.sh", tmp_path / "scripts")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text("nothing==1\n", encoding="utf-8")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "cksum", "cat", "dirname", "readlink", "grep", "rm"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    return tmp_path


def set_up(checkout: Path, python: str) -> subprocess.CompletedProcess[str]:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        path = checkout / "programs" / name
        path.write_text(python, encoding="utf-8")
        path.chmod(0o755)
    return subprocess.run(
        ["sh", "scripts/venv.sh", "run"],
        cwd=checkout,
        env={"PATH": str(checkout / "programs")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_python_without_venv_is_named_with_the_package_to_install(checkout: Path) -> None:
    done = set_up(checkout, PYTHON.format(version_answer='"$0"'))
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_set_up_leaves_nothing_that_looks_finished(checkout: Path) -> None:
    set_up(checkout, PYTHON.format(version_answer='"$0"'))
    assert not (checkout / ".venv/.locked-run").exists()
