"""The model in a process of its own: started when somebody asks, fed over pipes, ended with the bot.

When it falls it is started anew, later each time; whoever asks meanwhile hears `Unavailable` at once and goes on
without. The bot's own memory holds no model.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from bot.triage.engine.frames import SIZES, Broken, Head, frame, read_head, sizes
from bot.triage.engine.widened import Outside, as_argument, widened
from bot.triage.heads import Heads, shipped
from bot.triage.shelf import Likeness
from bot.triage.vectors import WIDTH, Matrix, Unavailable

log = logging.getLogger("twoway.reader")

#: So many texts in one frame: others who ask wait no longer than for one.
BATCH = 32
#: Of a longer text the rest is past what the model reads anyway.
CHARACTERS = 4_000
#: Where the bot itself does not import from the folder that somebody stands in, neither does the reader.
_SAFE = ("-P",) if sys.flags.safe_path else ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what may take, in seconds, and how soon it is tried again."""

    start: float = 300.0  # the first start builds files, perhaps on a machine that is busy
    answer: float = 30.0
    first_pause: float = 1.0
    longest_pause: float = 300.0
    end: float = 2.0


#: A language's code, "" where none can be told, and how likely it is.
Tongue: TypeAlias = tuple[str, float]


class ReaderProcess:
    """`Vectors` from a child process."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        outside: Outside | None = None,
        packed: tuple[Path, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`folder` is where the model's files are built. `threads`: 0 takes as many as there are processors, at most
        four. `outside` stands beside our model."""
        self._outside = outside
        self._heads = widened(shipped(), outside)
        self._folder = folder
        self._threads = threads or min(os.cpu_count() or 1, 4)
        self._packed = packed
        self._patience = patience or Patience()
        self._lock = asyncio.Lock()
        self._process: Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._why = "it is starting"
        self._not_before = 0.0
        self._pause = self._patience.first_pause
        self._asking: set[asyncio.Task[tuple[Head, bytes]]] = set()
        self._closed = self._open = False
        self.opened_in: float | None = None

    async def of(self, texts: Sequence[str]) -> Matrix:
        """See `Vectors`. The first call waits until the model is open."""
        return (await self.read(texts))[0]

    async def read(self, texts: Sequence[str]) -> tuple[Matrix, list[Tongue]]:
        """Vectors, and in which language each text is. Raises Unavailable."""
        rows: list[Matrix] = []
        tongues: list[Tongue] = []
        for start in range(0, len(texts), BATCH):
            part = [text[:CHARACTERS] for text in texts[start : start + BATCH]]
            head, body = await self.ask({"do": "vectors", "texts": part})
            rows.append(np.frombuffer(body, dtype=np.float32).reshape(len(part), -1))
            tongues += _tongues(head)
        return (np.concatenate(rows) if rows else np.zeros((0, WIDTH), dtype=np.float32)), tongues

    async def ask(self, head: Head, body: bytes = b"") -> tuple[Head, bytes]:
        """One question. Raises Unavailable; a caller that is cancelled leaves the pipe in order."""
        task = asyncio.create_task(self._asked(head, body), name="reader-asks")
        self._asking.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[tuple[Head, bytes]]) -> None:
        """Who asked may be gone by now: then nobody else hears of an error, and nobody needs to."""
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()

    async def close(self) -> None:
        """End the process, and wait for its end."""
        self._closed = True
        for task in tuple(self._asking):
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        await self._end()

    @property
    def is_open(self) -> bool:
        """Whether the model can be asked now, without waiting for it to open."""
        return self._process is not None and self._process.returncode is None and self._open

    @property
    def heads(self) -> Heads:
        """Those that look at its vectors."""
        return self._heads

    @property
    def likeness(self) -> Likeness:
        """Our model's own numbers are compared, whatever stands behind them."""
        return Likeness(shipped().model, WIDTH, self._heads.mean)

    @property
    def pid(self) -> int | None:
        """The process, where there is one."""
        return None if self._process is None else self._process.pid

    async def _asked(self, head: Head, body: bytes) -> tuple[Head, bytes]:
        async with self._lock:
            process = await self._running()
            try:
                async with asyncio.timeout(self._patience.answer):
                    assert process.stdin is not None
                    process.stdin.write(frame(head, body))
                    await process.stdin.drain()
                    said, raw = await _read(process)
            except TimeoutError as error:  # an OSError too: so it comes first
                await self._fell(f"it did not answer within {self._patience.answer:.0f} s")
                raise Unavailable(self._why) from error
            except (OSError, Broken, asyncio.IncompleteReadError) as error:
                await self._fell(f"its process ended ({type(error).__name__})")
                raise Unavailable(self._why) from error
            except asyncio.CancelledError:
                await self._end()
                raise
            self._pause = self._patience.first_pause
            if "wrong" in said:
                raise ValueError(f"the reader could not make anything of a question: {said['wrong']}")
            return said, raw

    async def _running(self) -> Process:
        """The process, started when there is none."""
        if self._process is not None and self._process.returncode is None:
            return self._process
        loop = asyncio.get_running_loop()
        if self._process is not None:
            await self._fell(f"its process ended by itself (code {self._process.returncode})")
        if self._closed or loop.time() < self._not_before:
            raise Unavailable(self._why)
        arguments = [str(self._folder), str(self._threads), as_argument(self._outside), *map(str, self._packed or ())]
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *_SAFE, "-m", "bot.triage.engine.serving", *arguments,
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment(self._outside),
            )  # fmt: skip
        except OSError as error:
            await self._fell(f"its process cannot be started ({error.strerror})")
            raise Unavailable(self._why) from error
        try:
            async with asyncio.timeout(self._patience.start):
                said, _ = await _read(self._process)
        except (OSError, Broken, asyncio.IncompleteReadError, TimeoutError) as error:
            await self._fell(f"its process did not start ({type(error).__name__})")
            raise Unavailable(self._why) from error
        if "unavailable" in said:
            # Nothing that trying again soon would change.
            self._pause = self._patience.longest_pause
            await self._fell(str(said["unavailable"]))
            raise Unavailable(self._why)
        self._open = True
        ready = said.get("ready")
        self.opened_in = ready if isinstance(ready, float) else None
        log.info("reader opened", extra={"seconds": round(self.opened_in or 0.0, 1)})
        return self._process

    async def _fell(self, why: str) -> None:
        """Said once for each reason; tried again later."""
        await self._end()
        if why != self._why:
            log.warning(f"no model reads posts: {why}. Rules alone read them until it is back.")
        self._why = why
        self._not_before = asyncio.get_running_loop().time() + self._pause
        self._pause = min(self._pause * 2, self._patience.longest_pause)

    async def _end(self) -> None:
        process, self._process = self._process, None
        self._open = False
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(self._patience.end):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _read(process: Process) -> tuple[Head, bytes]:
    assert process.stdout is not None
    long, longer = sizes(await process.stdout.readexactly(SIZES.size))
    head = read_head(await process.stdout.readexactly(long))
    return head, await process.stdout.readexactly(longer)


def _tongues(head: Head) -> list[Tongue]:
    said = head.get("languages")
    return [(str(code), float(chance)) for code, chance in said] if isinstance(said, list) else []


#: No library asks a network or prints; and what we reckon ourselves is small: threads that wait for each other on a
#: busy machine cost more than they bring.
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


def _environment(outside: Outside | None) -> Mapping[str, str]:
    """None of our secrets, and nothing that would let a library look for models elsewhere, unless it may."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
    known = {name: os.environ[name] for name in kept if name in os.environ}
    if outside is not None and "HF_HOME" in os.environ:
        known["HF_HOME"] = os.environ["HF_HOME"]
    offline = "0" if outside is not None and outside.download else "1"
    return known | _QUIET | {"HF_HUB_OFFLINE": offline}
