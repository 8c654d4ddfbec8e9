"""Keeps the bot running as a child process: starts it, reads its log, starts it again when it dies by itself.

It knows nothing of the bot but a command line and the address that answers 200 when it is ready.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum

import aiohttp

from sandbox.square.changes import Changes

# A child that ran this long was healthy: the next pause is the shortest again.
_HEALTHY_SECONDS = 30.0
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
_POLL_SECONDS = 0.1
_LINES = 400
# Wrong settings or a database behind its migrations: starting again would not help.
_EXIT_SETTINGS = 2
_PR_SET_PDEATHSIG = 1  # prctl(2)


class State(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    DOWN = "down"


class Supervisor:
    """One child. `prepare` runs to its end once, before the first start; if it fails, so does the start."""

    def __init__(
        self,
        *,
        command: Sequence[str],
        ready_url: str,
        environment: Mapping[str, str],
        prepare: Sequence[str] | None = None,
        pauses: Sequence[float] = _PAUSES,
        grace: float = 4.0,
    ) -> None:
        self._command = list(command)
        self._prepare = list(prepare) if prepare else None
        self._ready_url = ready_url
        self._environment = dict(environment)
        self._pauses = list(pauses)
        self._grace = grace
        self._child: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._since = datetime.now(UTC)
        self.changes = Changes()
        self.state = State.DOWN
        self.starts = 0
        self.exit_code: int | None = None
        self.log: deque[str] = deque(maxlen=_LINES)

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    @property
    def given_up(self) -> bool:
        """Down, and nothing will start it but `start`."""
        return self._keeping is None or self._keeping.done()

    async def start(self) -> None:
        """See to it that the child runs. Nothing happens when it does."""
        if self.given_up:
            self._turn(State.STARTING)
            self._keeping = asyncio.create_task(self._keep())

    async def kill(self) -> None:
        """End it hard (SIGKILL), as a power cut would; it stays down until `start`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end, and end it hard when it has not within the time of grace."""
        await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def ready(self, *, timeout: float) -> bool:
        """Whether it came to run: True; False when it gave up. TimeoutError when neither happens in time."""
        await self.changes.until(lambda: self.state is State.RUNNING or self.given_up, timeout=timeout)
        return self.state is State.RUNNING

    def as_json(self, *, lines: int = 40) -> dict[str, object]:
        return {
            "state": self.state.value,
            "since": self._since.isoformat(),
            "pid": self.pid,
            "starts": self.starts,
            "exit": self.exit_code,
            "log": list(self.log)[-lines:],
        }

    async def _keep(self) -> None:
        try:
            if self._prepare is not None and not await self._prepared(self._prepare):
                return
            self._prepare = None
            await self._again_and_again()
        finally:
            self._turn(State.DOWN)

    async def _prepared(self, command: Sequence[str]) -> bool:
        self.exit_code = await self._run(command)
        return self.exit_code == 0

    async def _again_and_again(self) -> None:
        """Until it is ended by us, or says that its settings are wrong."""
        deaths = 0
        clock = asyncio.get_running_loop().time
        while True:
            self._turn(State.STARTING)
            self.starts += 1
            began = clock()
            watching = asyncio.create_task(self._watch())
            try:
                self.exit_code = await self._run(self._command)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            if self._keeping is None:
                return self._note(f"the bot was ended, with {self.exit_code}")
            if self.exit_code == _EXIT_SETTINGS:
                return None
            deaths = 0 if clock() - began > _HEALTHY_SECONDS else deaths
            pause = self._pauses[min(deaths, len(self._pauses) - 1)]
            self._note(f"the bot ended with {self.exit_code}; again in {pause:g} s")
            self._turn(State.DOWN)
            await asyncio.sleep(pause)
            deaths += 1

    async def _run(self, command: Sequence[str]) -> int:
        """Run to the end, in a process group of its own; its output becomes our log."""
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
            preexec_fn=_tied_to_us(),
            limit=1024 * 1024,
        )
        self._child = child
        self.changes.tell()
        try:
            if child.stdout is not None:
                async for line in child.stdout:
                    self._note(line.decode(errors="replace").rstrip())
            return await child.wait()
        finally:
            await self._reap(child)

    async def _reap(self, child: asyncio.subprocess.Process) -> None:
        """Whatever happened, nothing of its group is left."""
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()

    async def _watch(self) -> None:
        """Running, once the address answers 200."""
        limit = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=limit) as session:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(self._ready_url) as answer:
                        if answer.status == 200:
                            return self._turn(State.RUNNING)
                await asyncio.sleep(_POLL_SECONDS)

    async def _end(self, how: signal.Signals) -> None:
        keeping, self._keeping = self._keeping, None
        if keeping is None:
            return
        child = self._child
        if child is not None and child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, how)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._grace):
                    await child.wait()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        self.exit_code = child.returncode if child is not None else None
        self._turn(State.DOWN)

    def _note(self, line: str) -> None:
        self.log.append(line)
        self.changes.tell()

    def _turn(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self._since = datetime.now(UTC)
        self.changes.tell()


def _tied_to_us() -> Callable[[], object] | None:
    """What the child does first: ask Linux to end it when we are gone, even by SIGKILL. None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
