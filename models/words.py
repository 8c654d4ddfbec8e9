"""The words of posts, as the database's own full text finds them: FTS5 in SQLite, tsvector in PostgreSQL.

The database itself keeps the index: what is written, edited, deleted or erased in a post is so in it, in the same
transaction, whoever did it. What is found is read in `reading/search.py`; the statements stand in a migration, too. A
later migration that makes `post` anew in SQLite must make the triggers anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

#: FTS5 over the posts themselves: it holds no copy of the words.
SQLITE: Sequence[str] = (
    "CREATE VIRTUAL TABLE words_said USING fts5("
    "words, content='post', content_rowid='id', tokenize=\"unicode61 remove_diacritics 2\")",
    "CREATE TRIGGER words_said_new AFTER INSERT ON post BEGIN "
    "INSERT INTO words_said (rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER words_said_gone AFTER DELETE ON post BEGIN "
    "INSERT INTO words_said (words_said, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER words_said_changed AFTER UPDATE OF words ON post WHEN old.words <> new.words BEGIN "
    "INSERT INTO words_said (words_said, rowid, words) VALUES ('delete', old.id, old.words); "
    "INSERT INTO words_said (rowid, words) VALUES (new.id, new.words); END",
)

#: Cut into words as `asked` cuts a question, whatever they look like (addresses, dates), and no longer than PostgreSQL
#: takes (a tsvector holds 1 MB: postgresql.org/docs/current/textsearch-limitations.html). A column, kept by the
#: database: to cut a post anew takes 17 µs, and a search looks at thousands of the newest.
COLUMN = "words_said"
VECTOR = r"to_tsvector('simple', regexp_replace(left(words, 100000), '\W+', ' ', 'g'))"

#: Without fastupdate each post pays for itself, instead of one in thousands for all.
POSTGRESQL: Sequence[str] = (
    f"ALTER TABLE post ADD COLUMN {COLUMN} tsvector GENERATED ALWAYS AS ({VECTOR}) STORED",
    f"CREATE INDEX ix_post_words_said ON post USING gin ({COLUMN}) WITH (fastupdate = off)",
)

#: So many words of a question count.
MOST = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: posts with all of these words, and with a word that begins with each of `beginnings`."""

    words: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.words or self.beginnings)

    @property
    def for_sqlite(self) -> str:
        """In FTS5's language. Quoted, nothing in it is an operator."""
        return " ".join([*(f'"{word}"' for word in self.words), *(f'"{word}" *' for word in self.beginnings)])

    @property
    def for_postgresql(self) -> str:
        """In the language of to_tsquery."""
        return " & ".join([*(f"'{word}'" for word in self.words), *(f"'{word}':*" for word in self.beginnings)])


_WORD = re.compile(r"[^\W_]+\*?")


def asked(typed: str) -> Asked:
    """Read what somebody typed: words, and with a star at the end what words begin with. Pure."""
    found = [word.casefold() for word in _WORD.findall(typed)][:MOST]
    return Asked(
        tuple(dict.fromkeys(word for word in found if not word.endswith("*"))),
        tuple(dict.fromkeys(word[:-1] for word in found if word.endswith("*"))),
    )


def make_index(connection: Connection) -> None:
    """Where tables are made without migrations."""
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)
