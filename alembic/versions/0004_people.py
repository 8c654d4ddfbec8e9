"""hours and time away of each rep, conversations put aside, returning customers offered"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision: str | None = "0003"
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
        "duty",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("hours", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pings", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_due(),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"], name=op.f("fk_duty_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("rep_id", name=op.f("uq_duty_rep_id")),
    )
    op.create_index(op.f("ix_duty_due_at"), "duty", ["due_at"], unique=False)
    op.create_table(
        "snooze",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        *_due(),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_snooze_conversation_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"], name=op.f("fk_snooze_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_snooze_conversation_id")),
    )
    op.create_index(op.f("ix_snooze_due_at"), "snooze", ["due_at"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("rep_id", WHOLE, nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        *_due(),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_offer_conversation_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"], name=op.f("fk_offer_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_offer_conversation_id")),
    )
    op.create_index(op.f("ix_offer_due_at"), "offer", ["due_at"], unique=False)


def downgrade() -> None:
    for table in ("offer", "snooze", "duty"):
        op.drop_index(op.f(f"ix_{table}_due_at"), table_name=table)
        op.drop_table(table)
