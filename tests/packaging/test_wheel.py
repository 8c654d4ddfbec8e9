"""The wheel carries everything: installed alone in an empty environment it makes its database in an empty folder."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("adapters", "bot", "models", "sandbox")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel; what it depends on is lent by ours, to need no network."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "install", "--quiet", "--no-compile"]
    pip += ["--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=300)
    (packages,) = home.glob("lib/python3*/site-packages")
    # A .pth file in a folder lent this way is not read, so this checkout does not come along.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home / "bin"


def run(installed: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(installed / command[0]), *command[1:]],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_file_of_ours_is_in_the_wheel_but_what_the_reader_is_made_from(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    left_out = tuple(table["wheel"]["exclude"])
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert {name for name in ours - held if not name.startswith(left_out)} == set()
    assert {name for name in held if name.startswith(left_out)} == set()


def test_migrations_travel_under_models_and_shadow_nothing(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert "models/migrations/env.py" in held
    assert "models/migrations/script.py.mako" in held
    assert any(name.startswith("models/migrations/versions/0001") for name in held)
    assert {name.split("/")[0] for name in held if ".dist-info" not in name} == set(PACKAGES)


def test_the_installed_program_makes_its_database_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    first = run(installed, tmp_path, "twoway", "db", "upgrade")
    assert first.returncode == 0, first.stderr
    assert [path.name for path in tmp_path.glob("*.db")] == ["twoway.db"]
    second = run(installed, tmp_path, "twoway", "db", "upgrade")
    assert (second.returncode, "already" in second.stdout) == (0, True)


def test_the_installed_program_runs_its_own_files(installed: Path, tmp_path: Path) -> None:
    where = run(installed, tmp_path, "python", "-c", "import models, bot; print(models.__file__, bot.__file__)")
    assert str(ROOT) not in where.stdout
    assert where.stdout.count("site-packages") == 2


def test_the_installed_program_knows_its_version(installed: Path, tmp_path: Path, wheel: Path) -> None:
    said = run(installed, tmp_path, "twoway", "--version")
    assert said.stdout == f"twoway {wheel.name.split('-')[1]}\n"
