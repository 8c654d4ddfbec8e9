"""on PostgreSQL the words of a post are a column, so that a search need not cut them anew"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# PostgreSQL writes all of `post` anew meanwhile, and the version before searched by the index that goes.
adds_only = False
#: Of which table every row is written anew on PostgreSQL, while nobody reads it; and how many a second, as measured.
writes_anew = ("post", 2_400)

VECTOR = r"to_tsvector('simple', regexp_replace(left(words, 100000), '\W+', ' ', 'g'))"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        return
    op.add_column("post", sa.Column("words_said", TSVECTOR(), sa.Computed(VECTOR, persisted=True), nullable=True))
    op.create_index(
        "ix_post_words_said",
        "post",
        ["words_said"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index("ix_post_words", table_name="post")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        return
    op.create_index(
        "ix_post_words",
        "post",
        [sa.text(VECTOR)],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index("ix_post_words_said", table_name="post")
    op.drop_column("post", "words_said")
