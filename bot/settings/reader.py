"""Reads `[reader]`: who reads posts before people do, and where its files are."""

from __future__ import annotations

from pathlib import Path

from bot.settings import kinds
from bot.settings.parsing import Table, one_of, text
from bot.settings.values import ReaderSettings, Reads


def reading(top: Table, folder: Path) -> ReaderSettings:
    """`folder` is where relative paths begin."""
    usual = ReaderSettings()
    table = top.table("reader")
    if table is None:
        return ReaderSettings(folder=folder / usual.folder)
    read = ReaderSettings(
        use=table.take("use", one_of({one.value: one for one in Reads}), usual.use),
        folder=folder / table.take("folder", text, str(usual.folder)),
        threads=table.take("threads", kinds.threads, usual.threads),
    )
    table.finish()
    return read
