"""summaries by their local date, and waits watched against a target"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _due() -> list[sa.Column[object]]:
    return [
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", WHOLE, nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "summary",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("channel_id", WHOLE, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        *_due(),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_summary_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary")),
        sa.UniqueConstraint("channel_id", "day", name=op.f("uq_summary_channel_id_day")),
    )
    op.create_index(op.f("ix_summary_due_at"), "summary", ["due_at"], unique=False)
    op.create_table(
        "watch",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        *_due(),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_watch_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sa.UniqueConstraint("conversation_id", "since", name=op.f("uq_watch_conversation_id_since")),
    )
    op.create_index(op.f("ix_watch_due_at"), "watch", ["due_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_watch_due_at"), table_name="watch")
    op.drop_table("watch")
    op.drop_index(op.f("ix_summary_due_at"), table_name="summary")
    op.drop_table("summary")
