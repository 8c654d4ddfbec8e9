"""Bringing a database up to date, and telling whether it is. The migrations travel inside the wheel."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from models.upgrades import only_added_since


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


def upgrade(url: str, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Runs every migration that the database has not seen, and tells how many of all are done. Blocks; makes a missing
    SQLite file and its folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    made = config(url)
    if progress is not None:
        # Read by our env.py, which calls it after each migration with what the database has seen then.
        made.attributes["applied"] = _counted(ScriptDirectory.from_config(made), progress)
    command.upgrade(made, "head")


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
