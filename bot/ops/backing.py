"""A copy of an embedded database, made while the bot runs. A PostgreSQL brings its own (docs/how-to/backup.md)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

#: So many pages of 4 KiB with one lock: writers wait for no longer than they would for each other.
AT_ONCE = 1000


class NotCopied(Exception):
    """One sentence about why there is no copy."""


def backup(database: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy a database to `target` as it stands at one moment, for its owner alone. Blocks. The copy is looked through
    before it gets its name; one that is there already stays."""
    if target.exists():
        raise NotCopied(f"{target} is there already: name another file, or take it away.")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    # Not read-only: a database in WAL mode that nobody has open could not be opened then.
    there = sqlite3.connect(f"file:{database}?mode=rw", uri=True)
    with closing(there) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy, pages=AT_ONCE, progress=lambda _state, left, all_: progress(all_ - left, all_), sleep=0.01)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without another beside it
        (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise NotCopied(f"{database} is damaged: {said}")
    part.rename(target)
