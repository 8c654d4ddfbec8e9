"""pictures that we draw, and what a language model says of a day"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
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
        "drawing",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("drawn", sa.String(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", WHOLE, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        *_due(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawing")),
        sa.UniqueConstraint("digest", name=op.f("uq_drawing_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_drawing_name")),
    )
    op.create_index(op.f("ix_drawing_due_at"), "drawing", ["due_at"], unique=False)
    op.create_index(op.f("ix_drawing_until"), "drawing", ["until"], unique=False)
    op.create_index("ix_drawing_shown", "drawing", ["kind", "ref"], unique=False)
    op.create_table(
        "paragraph",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("summary_id", WHOLE, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        *_due(),
        sa.ForeignKeyConstraint(["summary_id"], ["summary.id"], name=op.f("fk_paragraph_summary_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paragraph")),
        sa.UniqueConstraint("summary_id", name=op.f("uq_paragraph_summary_id")),
    )
    op.create_index(op.f("ix_paragraph_due_at"), "paragraph", ["due_at"], unique=False)
    op.create_table(
        "sentence",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("summary_id", WHOLE, nullable=False),
        sa.Column("nth", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("words", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_sentence_conversation_id")),
        sa.ForeignKeyConstraint(["summary_id"], ["summary.id"], name=op.f("fk_sentence_summary_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sentence")),
        sa.UniqueConstraint(
            "summary_id", "nth", "conversation_id", name=op.f("uq_sentence_summary_id_nth_conversation_id")
        ),
    )
    op.create_index(op.f("ix_sentence_conversation_id"), "sentence", ["conversation_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sentence_conversation_id"), table_name="sentence")
    op.drop_table("sentence")
    op.drop_index(op.f("ix_paragraph_due_at"), table_name="paragraph")
    op.drop_table("paragraph")
    op.drop_index("ix_drawing_shown", table_name="drawing")
    op.drop_index(op.f("ix_drawing_until"), table_name="drawing")
    op.drop_index(op.f("ix_drawing_due_at"), table_name="drawing")
    op.drop_table("drawing")
