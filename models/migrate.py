"""Bringing a database up to date, and telling whether it is. The migrations travel inside the wheel."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, false, func, select, table, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from models.chat import Card
from models.engines import make_file
from models.trouble import DatabaseTrouble, is_busy
from models.upgrades import only_added_since

#: What PostgreSQL calls it when a lock, or a statement, took longer than it may (its manual, appendix A).
LOCK_NOT_AVAILABLE, QUERY_CANCELED = "55P03", "57014"


def sync_url(url: str) -> str:
    """The address for migrations, which run before anything else does."""
    parsed = make_url(url)
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[parsed.get_backend_name()]
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


def config(url: str) -> Config:
    """Alembic's configuration, without a file: from the wheel or from a checkout."""
    inside = Path(__file__).parent / "migrations"
    folder = inside if inside.is_dir() else Path(__file__).parent.parent / "alembic"
    made = Config()
    made.set_main_option("script_location", str(folder).replace("%", "%%"))
    made.set_main_option("sqlalchemy.url", sync_url(url).replace("%", "%%"))
    return made


def head(url: str) -> str:
    """The last migration that this program knows."""
    return ScriptDirectory.from_config(config(url)).get_current_head() or ""


class GivenUp(Exception):
    """Running machines would have waited for longer than `models.upgrades.PATIENCE`: the migration was undone. `begun`:
    others before it were made, and stay."""

    def __init__(self, *, begun: bool = False) -> None:
        super().__init__()
        self.begun = begun


class NotBegun(GivenUp):
    """Something held for as long what the migration needs."""


@dataclass(frozen=True, slots=True)
class Anew:
    """A table of which a migration writes every row, while nobody can read it; `lasts` as far as was measured."""

    table: str
    rows: int
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Coming:
    """What an upgrade will do to a database. `first`: make it, so that no machine can be at work on it. `adds_only`:
    machines of the version before may be; else all have to be stopped. `anew`: what takes long."""

    first: bool
    adds_only: bool
    anew: tuple[Anew, ...]


def coming(url: str) -> Coming:
    """What `upgrade` will do. Blocks: it counts rows. Raises what the driver raises when the database is away."""
    server = make_url(url).get_backend_name() != "sqlite"
    if not server and not Path(make_url(url).database or "").exists():
        return Coming(True, False, ())
    script = ScriptDirectory.from_config(config(url))
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            seen = MigrationContext.configure(connection).get_current_heads()
            modules = [one.module for one in script.iterate_revisions("head", seen or "base")] if seen else []
            rates = [module.writes_anew for module in modules if server and hasattr(module, "writes_anew")]
            anew = []
            for name, a_second in rates:
                rows = connection.scalar(select(func.count()).select_from(table(name))) or 0
                anew.append(Anew(name, rows, timedelta(seconds=rows / a_second)))
    finally:
        engine.dispose()
    return Coming(not seen, bool(seen) and all(getattr(one, "adds_only", False) for one in modules), tuple(anew))


def upgrade(url: str, *, progress: Callable[[int, int], None] | None = None, stopped: bool = False) -> None:
    """Runs every migration that the database has not seen, and tells how many of all are done. Blocks; makes a missing
    SQLite file, for its owner alone, and its folder. Where all of them only add, none makes machines that run on a
    PostgreSQL wait for longer than `models.upgrades.PATIENCE`, unless they are said to be `stopped`: `GivenUp`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        make_file(Path(parsed.database))
    made = config(url)
    # Both are read by our env.py: whether machines may wait for us, and whom to tell after each migration what the
    # database has seen then.
    bounded = made.attributes["bounded"] = not stopped and coming(url).adds_only
    told = None if progress is None else _counted(ScriptDirectory.from_config(made), progress)
    done: list[Collection[str]] = []

    def applied(heads: Collection[str]) -> None:
        done.append(heads)
        if told is not None:
            told(heads)

    made.attributes["applied"] = applied
    try:
        command.upgrade(made, "head")
    except OperationalError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == LOCK_NOT_AVAILABLE:
            raise NotBegun(begun=bool(done)) from error
        if state == QUERY_CANCELED and bounded:
            raise GivenUp(begun=bool(done)) from error
        raise


def _counted(script: ScriptDirectory, progress: Callable[[int, int], None]) -> Callable[[Collection[str]], None]:
    of = sum(1 for _ in script.walk_revisions())

    def applied(heads: Collection[str]) -> None:
        progress(sum(1 for _ in script.iterate_revisions(tuple(heads), "base")), of)

    return applied


class Version(StrEnum):
    """How a database stands to this program."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"  # it has seen migrations that we do not know, and they only added: we work on
    NEWER = "newer"


def version(url: str) -> Version:
    """Whether the database has seen every migration, or ones that this program does not know. Blocks. Raises what
    the driver raises when it is away."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return Version.BEHIND
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            seen = MigrationContext.configure(connection).get_current_heads()
            script = ScriptDirectory.from_config(config(url))
            if set(seen) == set(script.get_heads()):
                return Version.CURRENT
            known = {one.revision for one in script.walk_revisions()}
            if known.issuperset(seen):
                return Version.BEHIND
            return Version.AHEAD if only_added_since(connection, script.get_heads(), seen) else Version.NEWER
    finally:
        engine.dispose()


def try_to_write(url: str) -> None:
    """Whether this user may write a database that is at our version. Changes nothing: it writes no row. Blocks. Raises
    `DatabaseTrouble`, of which `models.trouble.may_not` knows more."""
    server = make_url(url).get_backend_name() != "sqlite"
    engine = create_engine(sync_url(url), connect_args={} if server else {"timeout": 1})
    try:
        with engine.begin() as connection:
            connection.execute(update(Card).values(given_up="").where(false()))
    except DatabaseTrouble as error:
        if not is_busy(error):  # then somebody else writes it just now
            raise
    finally:
        engine.dispose()
