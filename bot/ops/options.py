"""What every command of the command line takes, and the codes that it ends with. Light: `twoway --help` reads it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])

GOOD, FOUND, SETTINGS = 0, 1, 2
INTERRUPTED = 130  # as a shell says it of a program ended by Ctrl-C


#: By `models.migrate.Version`: why a command cannot work with the database, and what to do.
NOT_CURRENT = {
    "behind": ("is behind this version of Twoway", "run `twoway db upgrade`"),
    "newer": ("is newer than this program", "install the newer twoway"),
}


#: Where a database has seen migrations that this program does not know, and all of them only added.
AHEAD = "the database is ahead of this program, by migrations that only added: it works on; install the newer twoway"


def not_current(version: str) -> str:
    """The sentence about a database that is behind or newer."""
    return "The database {}; {} first.".format(*NOT_CURRENT[version])


@dataclass
class Said:
    """What was said before the command, or after it: both are read."""

    config: Path | None = None
    debug: bool = False


def shared(command: F) -> F:
    """--config and --debug, which every command takes."""

    def keep(ctx: click.Context, param: click.Parameter, value: object) -> object:
        said = ctx.ensure_object(Said)
        if value and param.name == "config":
            said.config = Path(str(value))
        elif value and param.name == "debug":
            said.debug = True
        return value

    for option in (
        click.option(
            "--debug", is_flag=True, callback=keep, expose_value=False, help="Show where an error comes from."
        ),
        click.option(
            "--config",
            type=click.Path(),
            metavar="PATH",
            callback=keep,
            expose_value=False,
            help="The settings; else TWOWAY_CONFIG, else ./twoway.toml.",
        ),
    ):
        command = option(command)
    return command


def config(ctx: click.Context) -> Path | None:
    """The settings' file that was named, if one was."""
    named = os.environ.get("TWOWAY_CONFIG")
    return ctx.ensure_object(Said).config or (Path(named) if named else None)
