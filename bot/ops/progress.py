"""How far long work is, on stderr and only where somebody looks: a bar, or what is being done just now."""

from __future__ import annotations

import sys
from types import TracebackType

import click

#: The line that is written over again, and how to empty it.
_BACK = "\r\x1b[K"


class Bar:
    """How far work is that can be counted."""

    def __init__(self, label: str, *, quiet: bool = False) -> None:
        self._label = label
        self._quiet = quiet or not sys.stderr.isatty()
        self._shown = -1

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown >= 0:
            click.echo(err=True)

    def at(self, done: int, in_all: int) -> None:
        """Draw it, if it moved by a hundredth."""
        part = 100 if in_all <= 0 else min(100, done * 100 // in_all)
        if self._quiet or part == self._shown:
            return
        self._shown = part
        filled = "#" * (part // 3)
        click.echo(f"\r{self._label} [{filled:-<33}] {part:3} %", nl=False, err=True)


class Now:
    """What is being done just now, where nobody knows how much is left. Its line is gone when the work ends."""

    def __init__(self) -> None:
        self._quiet = not sys.stderr.isatty()
        self._shown = False

    def __enter__(self) -> Now:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            click.echo(_BACK, nl=False, err=True)

    def at(self, what: str) -> None:
        """Say it, in the place of what was said before."""
        if self._quiet:
            return
        self._shown = True
        click.echo(f"{_BACK}{what[:76]} …", nl=False, err=True)
