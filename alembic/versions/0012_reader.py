"""what the reader makes of posts, what people say of it, and what it learns from that"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("post_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("mood", sa.String(length=16), nullable=False),
        sa.Column("score", WHOLE, nullable=False),
        sa.Column("band", WHOLE, nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("chances", JSON, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_reading_conversation_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_reading_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_conversation_id", "reading", ["conversation_id"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("post_id", WHOLE, nullable=False),
        sa.Column("channel_id", WHOLE, nullable=False),
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("meant", JSON, nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_correction_channel_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_correction_post_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"], name=op.f("fk_correction_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("post_id", "task", name=op.f("uq_correction_post_id_task")),
    )
    op.create_index("ix_correction_channel_id", "correction", ["channel_id", "task"], unique=False)
    op.create_table(
        "lesson",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("channel_id", WHOLE, nullable=False),
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("learnt", WHOLE, nullable=False),
        sa.Column("learnt_to", WHOLE, nullable=False),
        sa.Column("held", WHOLE, nullable=False),
        sa.Column("before", WHOLE, nullable=False),
        sa.Column("after", WHOLE, nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_lesson_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
        sa.UniqueConstraint("channel_id", "task", "number", name=op.f("uq_lesson_channel_id_task_number")),
    )


def downgrade() -> None:
    op.drop_table("lesson")
    op.drop_index("ix_correction_channel_id", table_name="correction")
    op.drop_table("correction")
    op.drop_index("ix_reading_conversation_id", table_name="reading")
    op.drop_table("reading")
