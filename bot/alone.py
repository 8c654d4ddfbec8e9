"""An embedded database belongs to one process: a second one is told so, instead of both writing."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AnotherOne(Exception):
    """Another `twoway run` has this database."""


@contextmanager
def alone(database: str) -> Iterator[None]:
    """Hold the database's lock file. The system gives it back when the process dies, however it dies."""
    prefix = "sqlite:///"
    if not database.startswith(prefix):
        yield
        return
    path = Path(database.removeprefix(prefix) + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherOne(
                f"Another twoway run is using {path.name.removesuffix('.lock')}. SQLite is for one process; for more, "
                "set service.database to a postgresql:// address."
            ) from None
        yield
    finally:
        os.close(descriptor)
