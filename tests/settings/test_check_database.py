"""What `twoway check` says of a database that is there, and cannot be worked with as it stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.ops import upgrading
from bot.ops.check import MAY_WRITE_FILE, MAY_WRITE_SERVER, Line, State, check, of_database
from models import migrate
from models.migrate import Anew, Coming, Version, upgrade
from tests.databases import Databases
from tests.powers import modes_count
from tests.settings.example import ENV, TOML, read, write

#: Nobody answers.
ALONE = TOML.replace("https://mastodon.example", "http://127.0.0.1:1").replace(
    'mode = "socket"', 'mode = "socket"\napi_url = "http://127.0.0.1:1/"\n\n[reader]\nuse = "off"'
)


async def looked(folder: Path, **env: str) -> Line:
    return await of_database(read(folder, env={**ENV, **env}))


async def test_nothing_else_needs_one_that_may_not_be_written(tmp_path: Path) -> None:
    path = tmp_path / "twoway.db"
    upgrade(f"sqlite:///{path}")
    path.chmod(0o400)
    with modes_count():
        report = await check(write(tmp_path, ALONE), ENV)
    assert report.code == 2
    (found,) = [one for one in report.lines if one.about == "database"]
    assert found.state is State.WRONG
    assert "readonly" not in "".join(one.sentence for one in report.lines if one is not found)


@pytest.mark.parametrize(
    ("file", "folder", "journal"),
    [
        (0o400, 0o700, "DELETE"),
        (0o400, 0o700, "WAL"),
        (0o600, 0o500, "WAL"),
        (0o400, 0o500, "DELETE"),
        (0o000, 0o700, "DELETE"),
    ],
)
async def test_one_that_this_user_may_not_write_is_one_sentence(
    tmp_path: Path, file: int, folder: int, journal: str
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    path = kept / "twoway.db"
    upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as lite:
        lite.execute(f"PRAGMA journal_mode={journal}")
    before = path.read_bytes()
    path.chmod(file)
    kept.chmod(folder)
    with modes_count():
        found = await looked(tmp_path, TWOWAY_DATABASE=f"sqlite:///{path}")
    kept.chmod(0o700)
    assert (found.state, found.remedy) == (State.WRONG, MAY_WRITE_FILE)
    assert found.sentence.startswith("is not writable by this user: ")
    path.chmod(0o600)
    assert path.read_bytes() == before


async def test_one_that_is_written_just_now_is_writable(tmp_path: Path) -> None:
    path = tmp_path / "twoway.db"
    upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as lite:
        lite.execute("PRAGMA journal_mode=WAL")
        lite.execute("BEGIN IMMEDIATE")
        assert (await looked(tmp_path)).state is State.GOOD


@pytest.fixture
def served(databases: Databases) -> Iterator[str]:
    address = databases.lend()
    yield address
    databases.take_back(address)


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("option", ["-c default_transaction_read_only=on", "-c role=pg_read_all_data"])
async def test_a_server_that_takes_no_changes_of_ours_is_one_sentence(tmp_path: Path, served: str, option: str) -> None:
    joined = "&" if "?" in served else "?"
    found = await looked(tmp_path, TWOWAY_DATABASE=f"{served}{joined}options={quote(option)}")
    assert (found.state, found.remedy) == (State.WRONG, MAY_WRITE_SERVER)
    assert found.sentence.startswith("is not writable by this user: ")


@pytest.mark.parametrize(
    ("coming", "remedy"),
    [
        (Coming(False, True, ()), "run `twoway db upgrade`"),
        (Coming(False, False, ()), f"run `twoway db upgrade`. {upgrading.STOP}"),
        (
            Coming(False, False, (Anew("post", 200_000, timedelta(seconds=83)),)),
            f"run `twoway db upgrade`. {upgrading.STOP} It writes 200,000 rows of post anew, and nobody can read them "
            "meanwhile: expect 83 to 166 s.",
        ),
    ],
)
async def test_who_has_to_be_stopped_for_an_upgrade_is_known_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coming: Coming, remedy: str
) -> None:
    monkeypatch.setattr(migrate, "version", lambda _url: Version.BEHIND)
    monkeypatch.setattr(migrate, "coming", lambda _url: coming)
    assert (await looked(tmp_path)).remedy == remedy
