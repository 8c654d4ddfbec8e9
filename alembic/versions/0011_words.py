"""what was said can be searched: FTS5 in SQLite, tsvector in PostgreSQL"""

from collections.abc import Sequence

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# The version before would work on, but these are statements of the databases' own, which no check can read: it says
# nothing about that (see CONTRIBUTING.md).

SQLITE = (
    "CREATE VIRTUAL TABLE words_said USING fts5("
    "words, content='post', content_rowid='id', tokenize=\"unicode61 remove_diacritics 2\")",
    "CREATE TRIGGER words_said_new AFTER INSERT ON post BEGIN "
    "INSERT INTO words_said (rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER words_said_gone AFTER DELETE ON post BEGIN "
    "INSERT INTO words_said (words_said, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER words_said_changed AFTER UPDATE OF words ON post WHEN old.words <> new.words BEGIN "
    "INSERT INTO words_said (words_said, rowid, words) VALUES ('delete', old.id, old.words); "
    "INSERT INTO words_said (rowid, words) VALUES (new.id, new.words); END",
    # What was said before.
    "INSERT INTO words_said (rowid, words) SELECT id, words FROM post",
)
POSTGRESQL = (
    r"CREATE INDEX ix_post_words ON post USING gin "
    r"(to_tsvector('simple', regexp_replace(left(words, 100000), '\W+', ' ', 'g'))) WITH (fastupdate = off)"
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else (POSTGRESQL,):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_index("ix_post_words", table_name="post")
        return
    for trigger in ("words_said_changed", "words_said_gone", "words_said_new"):
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE words_said")
