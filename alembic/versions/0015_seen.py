"""which earlier conversations resemble one; what a language model suggested"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The index on `reading`, which grows, is made while nobody writes there.
adds_only = False

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_index("ix_reading_at", "reading", ["at"], unique=False)
    op.create_table(
        "resemblance",
        sa.Column("post_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("other_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("other_post_id", WHOLE, nullable=False),
        sa.Column("score", WHOLE, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_resemblance_conversation_id")),
        sa.ForeignKeyConstraint(["other_id"], ["conversation.id"], name=op.f("fk_resemblance_other_id")),
        sa.ForeignKeyConstraint(["other_post_id"], ["post.id"], name=op.f("fk_resemblance_other_post_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_resemblance_post_id")),
        sa.PrimaryKeyConstraint("post_id", "other_id", name=op.f("pk_resemblance")),
    )
    op.create_index("ix_resemblance_conversation_id", "resemblance", ["conversation_id"], unique=False)
    op.create_index("ix_resemblance_other_id", "resemblance", ["other_id"], unique=False)
    op.create_index("ix_resemblance_other_post_id", "resemblance", ["other_post_id"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("post_id", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_suggestion_conversation_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_suggestion_post_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"], name=op.f("fk_suggestion_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    op.create_index(op.f("ix_suggestion_conversation_id"), "suggestion", ["conversation_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_suggestion_conversation_id"), table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_index("ix_resemblance_other_post_id", "resemblance")
    op.drop_index("ix_resemblance_other_id", "resemblance")
    op.drop_index("ix_resemblance_conversation_id", "resemblance")
    op.drop_table("resemblance")
    op.drop_index("ix_reading_at", "reading")
