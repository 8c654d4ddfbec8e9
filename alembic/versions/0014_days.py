"""a day's events are read in their order, and the rare kinds of them without looking at the others"""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# Whether the version before works on while this one comes: see CONTRIBUTING.md.
adds_only = True


def upgrade() -> None:
    # In PostgreSQL beside whoever writes, which no transaction can do: ten million events take half a minute. What a
    # try before this one left half made is no index, and goes first.
    with op.get_context().autocommit_block():
        op.drop_index("ix_event_at_id_kind_chain", table_name="event", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            "ix_event_at_id_kind_chain", "event", ["at", "id", "kind", "chain"], postgresql_concurrently=True
        )
        op.drop_index("ix_event_at", table_name="event", if_exists=True, postgresql_concurrently=True)


def downgrade() -> None:
    op.create_index("ix_event_at", "event", ["at"])
    op.drop_index("ix_event_at_id_kind_chain", table_name="event")
