"""Reads `[reader]`: who reads posts before people do, and where its files are."""

from __future__ import annotations

from pathlib import Path

from bot.settings import kinds
from bot.settings.parsing import Parser, Table, Wrong, one_of, text
from bot.settings.values import ReaderSettings, Reads
from bot.triage.rulebook import read_rulebooks


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
        rules=table.take("rules", _rules_in(folder), usual.rules),
    )
    table.finish()
    return read


def _rules_in(folder: Path) -> Parser[Path]:
    """A folder with files of rules, each of which can be read."""

    def parse(value: object) -> Path:
        found = folder / text(value)
        if not found.is_dir():
            raise Wrong(f"is no folder: {found}", "make it, or leave the key out")
        try:
            read_rulebooks(found)
        except ValueError as error:
            raise Wrong(str(error), "put it right there; docs/reference/reader.md says how rules are written") from None
        return found

    return parse
