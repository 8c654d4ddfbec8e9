"""What holds for every command: tables fit a terminal, programs get JSON, long work says how far it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import click
import pytest
from click.testing import CliRunner

from bot.cli import twoway
from bot.ops.check import Line, Report, State
from bot.ops.options import Said
from bot.ops.progress import Bar, Now
from bot.ops.tables import width
from models.migrate import upgrade

#: Commands that print no table and no list, and what they print instead.
NO_TABLE = {
    "run": "a log",
    "sandbox": "one address",
    "connect": "sentences for a person at a browser",
    "manifest": "a manifest, for Slack JSON as it is",
    "db upgrade": "one sentence",
    "db backup": "one sentence",
    "db restored": "one sentence",
    "db rotate-key": "one sentence",
    "completion": "a script for a shell",
}


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        yield before + name, command


def test_every_help_fits_80_columns() -> None:
    wide: list[tuple[str, str]] = []
    for name, command in (("", twoway), *commands(twoway)):
        done = CliRunner().invoke(twoway, [*name.split(), "--help"], obj=Said(), env={"COLUMNS": "200"})
        assert done.exit_code == 0, name
        assert command.help, name
        wide += [(name, line) for line in done.output.splitlines() if width(line) > 80]
    assert wide == []


def test_what_prints_a_table_prints_json_too() -> None:
    without = {
        name
        for name, command in commands(twoway)
        if not isinstance(command, click.Group) and not any("--json" in one.opts for one in command.params)
    }
    assert without == NO_TABLE.keys()


def test_what_check_says_fits_80_columns() -> None:
    lines = [Line("account acme", state, "many words " * 20, "a remedy of many words " * 10) for state in State]
    said = Report(tuple(lines), 1).as_text().splitlines()
    assert max(map(len, said)) <= 80
    assert said[0].startswith("ok   account acme: many words")
    assert all(line.startswith("      ") for line in said[1:4])


class Terminal:
    """A stderr that somebody looks at."""

    def __init__(self) -> None:
        self.written = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written += text
        return len(text)

    def flush(self) -> None:
        pass

    def __enter__(self) -> Self:
        self._before, sys.stderr = sys.stderr, self  # type: ignore[assignment]  # as much of a file as click needs
        return self

    def __exit__(self, *ended: object) -> None:
        sys.stderr = self._before


def test_an_upgrade_says_how_far_it_is(tmp_path: Path) -> None:
    with Terminal() as terminal, Bar("Upgrading") as bar:
        upgrade(f"sqlite:///{tmp_path}/new.db", progress=bar.at)
    assert terminal.written.endswith("100 %\n")
    assert terminal.written.count("\r") > 3
    assert max(map(len, terminal.written.split("\r"))) <= 80


def test_what_is_done_now_is_told_and_leaves_nothing_behind() -> None:
    with Terminal() as terminal, Now() as now:
        now.at("account acme")
        now.at("Slack" * 50)
    assert "account acme …" in terminal.written
    assert terminal.written.endswith("\r\x1b[K")
    assert max(map(len, terminal.written.split("\r"))) <= 83  # with the three characters that empty the line


def test_where_nobody_looks_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("Verifying") as bar, Now() as now:
        bar.at(1, 2)
        now.at("Slack")
    assert capsys.readouterr().err == ""
