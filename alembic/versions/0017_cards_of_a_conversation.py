"""cards are found by their conversation in a channel"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The index on `card`, which grows, is made while nobody writes there.
adds_only = False


def upgrade() -> None:
    op.create_index("ix_card_conversation", "card", ["conversation_id", "channel_id"], unique=False)
    op.drop_index("ix_card_conversation_id", table_name="card")


def downgrade() -> None:
    op.create_index("ix_card_conversation_id", "card", ["conversation_id"], unique=False)
    op.drop_index("ix_card_conversation", table_name="card")
