"""A program that is run for one answer and ends with it. It knows nothing of our tokens, and none is left behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

#: What every such program may know of where it runs.
_ALL_KNOW = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMPDIR")


class NoAnswer(Exception):
    """It did not begin, or did not end in time. The message is for the log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How it ended (0: well), what it wrote, and the last line that it complained in, for the log."""

    code: int
    out: bytes
    last_word: str


async def ask(program: Sequence[str], given: bytes, *, within: timedelta, knows: Collection[str] = ()) -> Answer:
    """Run it with `given` on its standard input. `knows`: further names of our environment that it may see.

    Raises NoAnswer; whatever happens, also when we are cancelled, the process is gone afterwards.
    """
    environment = {name: os.environ[name] for name in (*_ALL_KNOW, *knows) if name in os.environ}
    pipe = asyncio.subprocess.PIPE
    try:
        child = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    except OSError as error:
        raise NoAnswer(f"not started: {type(error).__name__}") from error
    try:
        async with asyncio.timeout(within.total_seconds()):
            out, said = await child.communicate(given)
    except TimeoutError as error:
        raise NoAnswer(f"not within {within.total_seconds():g} s") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    last = (said.decode(errors="replace").strip().splitlines() or ["nothing said"])[-1]
    return Answer(child.returncode or 0, out, last[:200])
