"""how urgent the words of a storm are"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

adds_only = True


def upgrade() -> None:
    op.add_column(
        "storm",
        sa.Column("urgency", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("storm", "urgency")
