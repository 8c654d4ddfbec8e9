"""`twoway` as a process of its own, forked from one that has loaded the program already.

A start costs two seconds of processor time, nearly all of it for loading modules, and the tests start the program some
hundred times. Where loading is what is tested they start it from its command line, and so does every long run
(TWOWAY_RUNS=all).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]

#: Whether this run starts each process anew.
EACH_ANEW = os.environ.get("TWOWAY_RUNS") == "all"

#: What the program loads when it starts between stand-ins.
LOADED = ["bot.cli", "bot.process", "bot.ops.catalogue", "models.migrate", "bot.chat.slack.app", "adapters.mastodon"]

#: No command of the program that ends by itself takes so long.
LIMIT = 60.0


class Forked:
    """`twoway` with these arguments, in a session of its own; as much of `asyncio.subprocess.Process` as tests need."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, *, out: Path, err: Path
    ) -> None:
        given = (list(arguments), dict(environment), folder, out, err)
        self._process = _server().Process(target=_run, args=given)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    async def wait(self) -> int:
        """How it ended: an exit code, or a signal's number below zero."""
        loop, ended, sentinel = asyncio.get_running_loop(), asyncio.Event(), self._process.sentinel
        loop.add_reader(sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(sentinel)
        return self.ended()

    def ended(self, limit: float | None = None) -> int:
        """Blocks until it is over. TimeoutError when it is not, within so many seconds."""
        self._process.join(limit)
        if self._process.exitcode is None:
            self._process.kill()
            raise TimeoutError
        return self._process.exitcode


def completed(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run it in a folder until it ends."""
    if EACH_ANEW:
        return started_anew(arguments, environment, folder)
    with TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        code = Forked(arguments, environment, folder, out=out, err=err).ended(LIMIT)
        return subprocess.CompletedProcess(["twoway", *arguments], code, *(_text(one) for one in (out, err)))


def started_anew(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run it in a folder until it ends, from its command line."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "bot", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def _run(arguments: list[str], environment: dict[str, str], folder: Path, out: Path, err: Path) -> None:
    """In the child: its own session, folder, environment and output; then the program."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for target, opened in enumerate((_opened(Path(os.devnull), os.O_RDONLY), _opened(out), _opened(err))):
        os.dup2(opened, target)
    from bot.cli import main

    main(arguments)


def _opened(file: Path, how: int = os.O_WRONLY | os.O_CREAT | os.O_APPEND) -> int:
    return os.open(file, how, 0o644)
