"""PostgreSQL databases for tests, migrated and empty: lent, taken back and emptied, since making one costs a hundred
times as much (a quarter of a second of processor time on a slow disk, and nine hundred tests want one).
"""

from __future__ import annotations

from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from models.migrate import upgrade

#: Everything that a test may have changed besides rows, and which migration it stands at.
_SHAPE = """
SELECT md5(string_agg(line, chr(10) ORDER BY line)), (SELECT max(version_num) FROM alembic_version)
FROM (
    SELECT c.relname || '.' || a.attname || ' ' || a.atttypid || ' ' || a.attnotnull AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
    UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
) AS shape
"""
#: What a database knows of its own migrations.
KEPT = ("alembic_version", "upgrade")
_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def of_database(address: str, name: str) -> str:
    """The same server, another database."""
    return make_url(address).set(database=name, drivername="postgresql").render_as_string(hide_password=False)


class Databases:
    """Those of one server; not for two threads at once."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._free: list[str] = []
        self._template = f"template_{uuid4().hex[:8]}"
        self._on_server("CREATE DATABASE {}", self._template)
        upgrade(of_database(server, self._template))
        with psycopg.connect(of_database(server, self._template)) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            kinds = "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            found = connection.execute(kinds).fetchall()
        tables = [sql.Identifier(name) for name, kind in found if kind == "r" and name not in KEPT]
        sequences = [name for name, kind in found if kind == "S"]
        self._empty = sql.SQL("; ").join(
            [
                sql.SQL("SET LOCAL session_replication_role = replica"),  # in any order
                *(sql.SQL("DELETE FROM {}").format(table) for table in tables),
                *(sql.SQL("SELECT setval({}, 1, false)").format(sql.Literal(name)) for name in sequences),
            ]
        )

    def lend(self) -> str:
        """The address of an empty one."""
        if not self._free:
            self._free.append(f"test_{uuid4().hex[:12]}")
            self._on_server("CREATE DATABASE {} TEMPLATE {}", self._free[-1], self._template)
        return of_database(self._server, self._free.pop())

    def take_back(self, address: str) -> None:
        """Whoever is still connected is cut off. One whose tables are not as they were is not lent again."""
        name = str(make_url(address).database)
        try:
            with psycopg.connect(address) as connection:
                connection.execute(_OTHERS)
                whole = connection.execute(_SHAPE).fetchone() == self._shape
                if whole:
                    connection.execute(self._empty)
        except psycopg.Error:
            whole = False
        if whole:
            self._free.append(name)
        else:
            self._on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _on_server(self, words: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(words).format(*map(sql.Identifier, names)))
