"""What an upgrade asks of running machines: how long they wait, who has to be stopped, and what an operator is told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result

from bot.cli import twoway
from bot.ops import upgrading
from bot.ops.options import Said
from models import migrate, upgrades
from models.migrate import Anew, Coming, GivenUp, NotBegun, Version, coming, head, upgrade, version
from tests.databases import Databases

MIGRATIONS = Path(__file__).parents[2] / "alembic"
#: Instead of ten seconds.
PATIENCE = timedelta(seconds=1)

NEXT = '''"""the next one"""

from alembic import op

revision = "next"
down_revision = "{head}"
branch_labels = depends_on = None
{said}


def upgrade() -> None:
    {statements}
'''
ADDS_ONLY, MORE = "adds_only = True", "adds_only = False"
#: None of these statements alone is too long.
LONG = "; ".join(['op.execute("SELECT pg_sleep(0.4)")'] * 4)
BESIDE = f"with op.get_context().autocommit_block():\n        {LONG}"
LOCKS = 'op.execute("LOCK TABLE post IN ACCESS EXCLUSIVE MODE")'
ANEW = 'adds_only = False\nwrites_anew = ("channel", 0.02)'


class Newer:
    """A program that knows one migration more than this one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._patch = monkeypatch

    def knows(self, address: str, said: str, statements: str = "pass") -> None:
        shutil.copytree(MIGRATIONS, self._folder, ignore=shutil.ignore_patterns("__pycache__"))
        words = NEXT.format(head=head(address), said=said, statements=statements)
        (self._folder / "versions" / "next.py").write_text(words, encoding="utf-8")
        before = migrate.config

        def config(url: str) -> Config:
            found = before(url)
            found.set_main_option("script_location", str(self._folder))
            return found

        self._patch.setattr(migrate, "config", config)
        self._patch.setattr(upgrades, "PATIENCE", PATIENCE)


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newer:
    return Newer(tmp_path / "migrations", monkeypatch)


@pytest.fixture
def served(databases: Databases) -> Iterator[str]:
    """A database on a server, where others may be at work."""
    address = databases.lend()
    yield address
    databases.take_back(address)


@pytest.mark.needs("postgres")
def test_one_that_only_adds_is_given_up_where_machines_would_wait(newer: Newer, served: str) -> None:
    newer.knows(served, ADDS_ONLY, LONG)
    with pytest.raises(GivenUp) as error:
        upgrade(served)
    assert not isinstance(error.value, NotBegun)
    assert version(served) is Version.BEHIND
    upgrade(served, stopped=True)
    assert version(served) is Version.CURRENT


@pytest.mark.needs("postgres")
@pytest.mark.parametrize(("said", "statements"), [(MORE, LONG), (ADDS_ONLY, BESIDE)])
def test_where_nobody_waits_for_it_it_takes_its_time(newer: Newer, served: str, said: str, statements: str) -> None:
    newer.knows(served, said, statements)
    upgrade(served)
    assert version(served) is Version.CURRENT


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("said", [ADDS_ONLY, MORE])
def test_what_somebody_holds_is_not_waited_for_longer(newer: Newer, served: str, said: str) -> None:
    newer.knows(served, said, LOCKS)
    with psycopg.connect(served) as reader:
        reader.execute("SELECT count(*) FROM post")
        began = time.monotonic()
        with pytest.raises(GivenUp):
            upgrade(served, stopped=True)
        assert time.monotonic() - began < upgrades.PATIENCE.total_seconds() + 20
    upgrade(served)
    assert version(served) is Version.CURRENT


@pytest.mark.needs("postgres")
def test_what_somebody_holds_is_no_reason_to_stop_machines(newer: Newer, served: str) -> None:
    newer.knows(served, ADDS_ONLY, LOCKS)
    with psycopg.connect(served) as reader:
        reader.execute("SELECT count(*) FROM post")
        with pytest.raises(NotBegun) as error:
            upgrade(served)
    assert not error.value.begun
    assert upgrading.BEGUN not in upgrading.given_up(error.value)
    said = upgrading.given_up(NotBegun(begun=True))
    assert said.startswith(upgrading.BEGUN)
    assert "as before" not in said


@pytest.mark.needs("postgres")
def test_a_bound_that_the_server_has_for_all_is_not_ours(newer: Newer, served: str) -> None:
    newer.knows(served, MORE, LONG)
    bound = "EXECUTE format('ALTER DATABASE %I SET statement_timeout = 200', current_database())"
    with psycopg.connect(served, autocommit=True) as connection:
        connection.execute(f"DO $$ BEGIN {bound}; END $$")
    upgrade(served)
    assert version(served) is Version.CURRENT


@pytest.mark.parametrize(("said", "adds_only"), [(ADDS_ONLY, True), (MORE, False), ("", False)])
def test_it_is_known_before_whether_machines_may_work_on(
    newer: Newer, new_database: Callable[[], str], said: str, adds_only: bool
) -> None:
    address = new_database()
    assert coming(address) == Coming(False, True, ())
    newer.knows(address, said)
    assert coming(address) == Coming(False, adds_only, ())


@pytest.mark.needs("postgres")
def test_the_words_of_posts_are_written_anew_and_that_is_known_before(served: str) -> None:
    command.downgrade(migrate.config(served), "0017")
    found = coming(served)
    assert (found.adds_only, [one.table for one in found.anew]) == (False, ["post"])
    upgrade(served)
    assert version(served) is Version.CURRENT


def test_where_there_is_no_database_nobody_has_to_be_stopped(tmp_path: Path) -> None:
    found = coming(f"sqlite:///{tmp_path}/new.db")
    assert found.first
    assert upgrading.notice(found, stopped=False) == []
    assert not (tmp_path / "new.db").exists()


def twoway_db_upgrade(address: str, *more: str) -> Result:
    return CliRunner().invoke(twoway, ["db", "upgrade", *more], obj=Said(), env={"TWOWAY_DATABASE": address})


def test_the_command_says_before_it_begins_who_has_to_be_stopped_and_for_how_long(
    newer: Newer, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    address = new_database()
    newer.knows(address, ANEW, "raise ValueError('begun')")
    done = twoway_db_upgrade(address)
    said = [upgrading.STOP]
    if address.startswith("postgresql"):
        said.append("It writes 0 rows of channel anew, and nobody can read them meanwhile: expect some seconds.")
    assert done.stderr.splitlines() == said
    assert "begun" in str(done.exception)
    assert upgrading.STOP not in twoway_db_upgrade(address, "--stopped").stderr


@pytest.mark.needs("postgres")
def test_the_command_says_what_to_do_where_it_was_given_up(
    newer: Newer, served: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    newer.knows(served, ADDS_ONLY, f"{LOCKS}; {LONG}")
    done = twoway_db_upgrade(served)
    assert (done.stderr, str(done.exception)) == ("", upgrading.TOO_LONG)
    with psycopg.connect(served) as reader:
        reader.execute("SELECT count(*) FROM post")
        assert str(twoway_db_upgrade(served, "--stopped").exception) == upgrading.NOT_BEGUN
    assert twoway_db_upgrade(served, "--stopped").output.endswith("is at this version now.\n")


@pytest.mark.parametrize(
    ("rows", "seconds", "said"),
    [
        (1, 0.1, "1 row of post anew, and nobody can read them meanwhile: expect some seconds."),
        (200_000, 83, "200,000 rows of post anew, and nobody can read them meanwhile: expect 83 to 166 s."),
        (2_000_000, 830, "2,000,000 rows of post anew, and nobody can read them meanwhile: expect 14 to 28 min."),
    ],
)
def test_how_long_is_said_as_people_say_it(rows: int, seconds: float, said: str) -> None:
    found = Coming(False, False, (Anew("post", rows, timedelta(seconds=seconds)),))
    assert upgrading.notice(found, stopped=True) == [f"It writes {said}"]
