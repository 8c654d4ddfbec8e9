"""How migrations run: one connection, one transaction a migration, our names for constraints."""

from alembic import context
from sqlalchemy import create_engine

from models.base import UTCDateTime
from models.tables import Base


def render(kind: str, item: object, _context: object) -> str | bool:
    """A migration names no class of ours: it must stay true when they change."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "JSON":
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def applied(*, heads: set[str], **_more: object) -> None:
    """Tells whoever waits how far we are."""
    if tell := context.config.attributes.get("applied"):
        tell(heads)


def run() -> None:
    """Online only: nobody asks for SQL files."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_item=render,
                render_as_batch=connection.dialect.name == "sqlite",
                transaction_per_migration=True,
                on_version_apply=applied,
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


run()
