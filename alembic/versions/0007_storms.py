"""storms, the conversations in them, and answers prepared for several"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "storm",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("channel_id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("in_week", WHOLE, nullable=False),
        sa.Column("loud", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_storm_channel_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_storm_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storm")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_storm_conversation_id")),
    )
    op.create_index(op.f("ix_storm_channel_id"), "storm", ["channel_id"], unique=False)
    op.create_index(op.f("ix_storm_last_at"), "storm", ["last_at"], unique=False)
    op.create_table(
        "storm_member",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("storm_id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("post_id", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("apart", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("out_at", MOMENT, nullable=True),
        sa.Column("out_by", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["storm_id"], ["storm.id"], name=op.f("fk_storm_member_storm_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_storm_member_conversation_id")),
        sa.ForeignKeyConstraint(["out_by"], ["rep.id"], name=op.f("fk_storm_member_out_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storm_member")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_storm_member_conversation_id")),
    )
    op.create_index(op.f("ix_storm_member_storm_id"), "storm_member", ["storm_id"], unique=False)
    op.create_table(
        "storm_answer",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("storm_id", WHOLE, nullable=False),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["storm_id"], ["storm.id"], name=op.f("fk_storm_answer_storm_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["rep.id"], name=op.f("fk_storm_answer_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storm_answer")),
    )
    op.create_index(op.f("ix_storm_answer_storm_id"), "storm_answer", ["storm_id"], unique=False)
    op.create_table(
        "storm_draft",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("answer_id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("message_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["storm_answer.id"], name=op.f("fk_storm_draft_answer_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_storm_draft_conversation_id")),
        sa.ForeignKeyConstraint(["message_id"], ["draft_message.id"], name=op.f("fk_storm_draft_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storm_draft")),
        sa.UniqueConstraint("answer_id", "conversation_id", name=op.f("uq_storm_draft_answer_id_conversation_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_storm_draft_message_id")),
    )
    op.create_index(op.f("ix_storm_draft_conversation_id"), "storm_draft", ["conversation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("storm_draft")
    op.drop_table("storm_answer")
    op.drop_table("storm_member")
    op.drop_table("storm")
