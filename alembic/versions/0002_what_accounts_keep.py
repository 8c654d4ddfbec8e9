"""what accounts keep: tokens, a ledger, consents on their way"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "kept",
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", WHOLE, nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["account.id"], name=op.f("fk_kept_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept")),
    )
    op.create_index(op.f("ix_kept_due_at"), "kept", ["due_at"], unique=False)
    op.create_table(
        "spending",
        sa.Column("account_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", WHOLE, nullable=False),
        sa.Column("units", WHOLE, nullable=False),
        sa.Column("billionths", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_spending_account_id")),
        sa.PrimaryKeyConstraint("account_id", "hour", name=op.f("pk_spending")),
    )
    op.create_table(
        "consent",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_consent_account_id")),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_consent")),
    )


def downgrade() -> None:
    op.drop_table("consent")
    op.drop_table("spending")
    op.drop_index(op.f("ix_kept_due_at"), table_name="kept")
    op.drop_table("kept")
