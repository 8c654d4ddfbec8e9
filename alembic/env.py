"""How migrations run: one connection, one transaction a migration, our names for constraints."""

import time
from datetime import UTC, datetime, timedelta

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine.interfaces import DBAPICursor

from models.base import UTCDateTime
from models.tables import Base
from models.upgrades import PATIENCE, Upgrade

MILLISECOND = timedelta(milliseconds=1)


def render(kind: str, item: object, _context: object) -> str | bool:
    """A migration names no class of ours: it must stay true when they change."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "JSON":
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def made(*, ctx: MigrationContext, step: MigrationInfo, **_more: object) -> None:
    """What programs that do not know this migration are to know about it, in its own transaction."""
    connection = ctx.connection
    if connection is None or not inspect(connection).has_table(Upgrade.__tablename__):
        return
    script = step.up_revision
    if not step.is_upgrade:
        connection.execute(Upgrade.__table__.delete().where(Upgrade.revision == script.revision))
        return
    before = script.down_revision if isinstance(script.down_revision, str) else ""
    adds_only = bool(getattr(script.module, "adds_only", False))
    row = {"revision": script.revision, "before": before, "adds_only": adds_only, "at": datetime.now(UTC)}
    connection.execute(Upgrade.__table__.insert().values(row))


def ours(_item: object, name: str | None, *_more: object) -> bool:
    """Full text's own tables and its index are made by hand: see models/words.py."""
    return not (name or "").startswith(("words_said", "ix_post_words"))


def applied(*, heads: set[str], **_more: object) -> None:
    """Tells whoever waits how far we are."""
    if tell := context.config.attributes.get("applied"):
        tell(heads)


def bound(engine: Engine) -> None:
    """No transaction lasts longer than PATIENCE, counted over all of its statements: whoever waits for what it holds
    waits no longer. What is done outside of one (an index beside whoever writes) holds nobody up, and SET LOCAL is
    nothing there."""
    began = 0.0

    def begun(_connection: Connection) -> None:
        nonlocal began
        began = time.monotonic()

    def before(_connection: Connection, cursor: DBAPICursor, *_more: object) -> None:
        left = PATIENCE - timedelta(seconds=time.monotonic() - began)
        most = max(2, left // MILLISECOND)  # 0 would be no bound
        # Sooner for a lock than for the whole: what somebody else holds is another reason than what takes long.
        words = f"SET LOCAL statement_timeout = {most}; SET LOCAL lock_timeout = {most * 3 // 4}"
        cursor.execute(words)

    event.listen(engine, "begin", begun)
    event.listen(engine, "before_cursor_execute", before)


def run() -> None:
    """Online only: nobody asks for SQL files."""
    address = context.config.get_main_option("sqlalchemy.url") or ""
    server = address.startswith("postgresql")
    # Where machines are stopped for it a migration takes the time that it needs, whatever the server's rule is for all.
    bounds = f"-c lock_timeout={PATIENCE // MILLISECOND} -c statement_timeout=0"
    engine = create_engine(address, connect_args={"options": bounds} if server else {})
    if server and context.config.attributes.get("bounded"):
        bound(engine)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_item=render,
                include_object=ours,
                render_as_batch=connection.dialect.name == "sqlite",
                transaction_per_migration=True,
                on_version_apply=(made, applied),
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


run()
