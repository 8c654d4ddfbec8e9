"""ideas with their supporters, who is told of them, who wants to be left alone, and praise"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _due() -> list[sa.Column[object]]:
    return [
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("fence", WHOLE, nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
    ]


def _to(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    """Foreign keys of `table`: "rep_id" points to rep."""
    return [
        sa.ForeignKeyConstraint(
            [column],
            [f"{column.removeprefix('quote_').removesuffix('_id')}.id"],
            name=op.f(f"fk_{table}_{column}"),
        )
        for column in columns
    ]


def upgrade() -> None:
    op.create_table(
        "idea",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("root_id", WHOLE, nullable=False),
        sa.Column("into_id", WHOLE, nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_at", MOMENT, nullable=True),
        sa.Column("rep_id", WHOLE, nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        *_to("idea", "rep_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea")),
    )
    op.create_index(op.f("ix_idea_root_id"), "idea", ["root_id"], unique=False)
    op.create_table(
        "support",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("idea_id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("identity_id", WHOLE, nullable=False),
        sa.Column("post_id", WHOLE, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *_to("support", "idea_id", "conversation_id", "identity_id", "post_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support")),
        sa.UniqueConstraint("conversation_id", "source", name=op.f("uq_support_conversation_id_source")),
    )
    op.create_index(op.f("ix_support_idea_id"), "support", ["idea_id"], unique=False)
    op.create_table(
        "votes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("idea_id", WHOLE, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("count", WHOLE, nullable=False),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *_to("votes", "idea_id", "rep_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes")),
        sa.UniqueConstraint("idea_id", "source", name=op.f("uq_votes_idea_id_source")),
    )
    op.create_table(
        "news",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("idea_id", WHOLE, nullable=False),
        sa.Column("made_for", WHOLE, nullable=False),
        sa.Column("identity_id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", WHOLE, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        *_due(),
        *_to("news", "idea_id", "identity_id", "conversation_id", "rep_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
        sa.UniqueConstraint("idea_id", "identity_id", name=op.f("uq_news_idea_id_identity_id")),
    )
    for column in ("due_at", "identity_id", "conversation_id"):
        op.create_index(op.f(f"ix_news_{column}"), "news", [column], unique=False)
    op.create_table(
        "quiet",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("identity_id", WHOLE, nullable=False),
        sa.Column("rep_id", WHOLE, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        *_to("quiet", "identity_id", "rep_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiet")),
        sa.UniqueConstraint("identity_id", name=op.f("uq_quiet_identity_id")),
    )
    op.create_table(
        "praise",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("conversation_id", WHOLE, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("rep_id", WHOLE, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("post_id", WHOLE, nullable=True),
        sa.Column("post_digest", sa.String(length=64), nullable=False),
        sa.Column("asked", WHOLE, nullable=True),
        sa.Column("quote", sa.String(length=8), nullable=False),
        sa.Column("quote_url", sa.String(), nullable=True),
        sa.Column("quote_at", MOMENT, nullable=True),
        sa.Column("quote_rep_id", WHOLE, nullable=True),
        *_to("praise", "conversation_id", "rep_id", "post_id", "quote_rep_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_praise")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_praise_conversation_id")),
    )


def downgrade() -> None:
    op.drop_table("praise")
    op.drop_table("quiet")
    for column in ("conversation_id", "identity_id", "due_at"):
        op.drop_index(op.f(f"ix_news_{column}"), table_name="news")
    op.drop_table("news")
    op.drop_table("votes")
    op.drop_index(op.f("ix_support_idea_id"), table_name="support")
    op.drop_table("support")
    op.drop_index(op.f("ix_idea_root_id"), table_name="idea")
    op.drop_table("idea")
