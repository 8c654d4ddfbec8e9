"""A town whose bot is one or more real processes (`twoway run`), which can be killed and frozen at any moment.

The stand-ins live in the test's process: for the bot they are another machine, and they count what arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from models.audit import verify
from models.store import Store
from sandbox.ports import free_port
from sandbox.slack.things import CannotDo, Message
from sandbox.square import SquareStandIn
from sandbox.square.world import Status
from tests.forking import EACH_ANEW, ROOT, Forked
from tests.stories.town import ANA, CARE, CYD, YES, Town, listening

#: A process needs up to 3 s of processor time to begin, and the machine may be busy.
START_LIMIT = 60.0
#: While machines die all the time nobody promises when a post is heard; when they are well again, it has to be soon.
NEVER = 3_000.0

#: Each start pays for what is not compiled yet, and here are many: where somebody switched that off, it is on.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


#: A test that runs on one kind of database only.
ON_SQLITE = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize(
    "new_database", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))], indirect=True
)


class Machine:
    """One `twoway run`: a process in a group of its own."""

    def __init__(
        self, name: str, port: int, settings: Path, environment: dict[str, str], *, only: str | None = None
    ) -> None:
        self.name = name
        self._arguments = ["run"] if only is None else ["run", "--only", only]
        self.port = port
        self._settings = settings
        self._environment = environment
        self.log = settings.with_suffix(".log")
        self._child: asyncio.subprocess.Process | Forked | None = None

    async def start(self, **environment: str) -> None:
        """Begin; it may take a while until it listens."""
        assert self._child is None or self._child.returncode is not None, f"{self.name} still runs"
        whole = os.environ | self._environment | {"TWOWAY_CONFIG": str(self._settings)} | environment
        if not EACH_ANEW:
            self._child = Forked(self._arguments, whole, ROOT, out=self.log, err=self.log)
            return
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *self._arguments,
                cwd=ROOT,
                env=whole | COMPILED,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def child(self) -> asyncio.subprocess.Process | Forked:
        assert self._child is not None, f"{self.name} was never started"
        return self._child

    async def ready(self) -> None:
        """Until it listens. AssertionError, with its log, if it ends before."""
        hears, ends = asyncio.ensure_future(listening(self.port)), asyncio.ensure_future(self.child.wait())
        await asyncio.wait({hears, ends}, timeout=START_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        hears_now = hears.done()
        for one in (hears, ends):
            one.cancel()
        assert hears_now, f"{self.name} does not listen ({self.child.returncode}):\n{self.last_words()}"

    def last_words(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    async def died(self, limit: float = START_LIMIT) -> int:
        """How it ended, once it has."""
        async with asyncio.timeout(limit):
            return await self.child.wait()

    def send(self, what: signal.Signals) -> None:
        """A signal to the whole group; nothing if it is over."""
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, what)

    async def kill(self) -> None:
        """At once, without any goodbye."""
        self.send(signal.SIGKILL)
        assert await self.died() == -signal.SIGKILL, self.last_words()

    async def end(self) -> None:
        """Whatever it does, it is over then."""
        if self._child is not None:
            self.send(signal.SIGKILL)
            await self._child.wait()


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation as the database has it."""

    number: int
    state: str


class City(Town):
    """A town with machines instead of a bot in the test's own process."""

    machines: list[Machine]
    more = ""  # further settings
    parts: tuple[str | None, ...] = ()  # what the first machines do; the others do everything

    def toml(self, port: int) -> str:
        return super().toml(port) + self.more

    async def start(self, machines: int = 1, **environment: str) -> None:
        """Start so many processes on the one database and wait until they listen."""
        self.account_settings |= {"call_limit": '"500ms"', "late_bound": '"700ms"', "listing_lag": '"300ms"'}
        self.slack.set_retries(
            0.1, 1.0, 3.0, 6.0, 10.0, 10.0, 10.0, 10.0
        )  # longer than a start takes on a busy machine
        self.machines = []
        for nth in range(machines):
            port = self.port if nth == 0 else free_port()
            settings = self.folder / f"machine-{nth}.toml"
            settings.write_text(self.toml(port), encoding="utf-8")
            only = self.parts[nth] if nth < len(self.parts) else None
            self.machines.append(Machine(f"machine {nth}", port, settings, self.environment, only=only))
        for machine in self.machines:
            await machine.start(**environment)
        for machine in self.machines:
            await machine.ready()
        await self.connected()

    async def connected(self) -> None:
        """Until Slack can reach the bot."""
        if self.mode == "socket":
            await self.slack.socket_connected(timeout=START_LIMIT)
        elif self.slack.delivery.request_url is None:
            await self.slack.set_request_url(f"http://127.0.0.1:{self.port}/slack/events")

    @property
    def machine(self) -> Machine:
        return self.machines[0]

    async def stop(self) -> None:
        for machine in getattr(self, "machines", []):
            await machine.end()

    # ------------------------------------------------------------------------------------------------ looking

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the bot's database, as they are committed now."""
        if self.database.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=60)) as lite:
                return list(lite.execute(sql))
        with psycopg.connect(self.database) as post:
            return list(post.execute(sql).fetchall())  # type: ignore[call-overload]

    def conversation(self, status: Status) -> Row | None:
        """The conversation that a customer's post opened."""
        found = self.ask(
            "SELECT c.id, c.state FROM conversation c JOIN post p ON p.conversation_id = c.id "
            f"WHERE p.ref = '{status.id}'"
        )
        return Row(int(str(found[0][0])), str(found[0][1])) if found else None

    async def state(self, status: Status, *states: str, limit: float = START_LIMIT) -> Row:
        """The conversation, once it is in one of these states."""
        row = None
        try:
            async with asyncio.timeout(limit):
                while (row := self.conversation(status)) is None or (states and row.state not in states):
                    await asyncio.sleep(0.2)
                return row
        except TimeoutError:
            raise AssertionError(f"{row} is never {states}; the channel shows:\n{self.transcript()}") from None

    def card_now(self, number: int = 1) -> Message | None:
        """The card that counts: a machine that died or froze in the middle may have left another one behind."""
        stored = self.ask(f"SELECT ts FROM card WHERE kind = 'conversation' AND ref = {number}")
        return next((one for one in self.slack.messages(CARE) if (one.ts,) in stored), None)

    def approved_words(self, status: Status) -> set[str]:
        """Every text that the team approved for this post."""
        found = self.ask(
            "SELECT r.final FROM delivery d JOIN revision r ON r.id = d.revision_id JOIN post p ON p.id = r.parent_id "
            f"WHERE p.ref = '{status.id}'"
        )
        return {str(words) for (words,) in found}

    async def journal_is_whole(self) -> bool:
        """Whether every chain of the journal proves itself."""
        store = Store(self.database)
        try:
            report = await verify(store)
        finally:
            await store.close()
        assert report.whole, report.faults
        return True

    # -------------------------------------------------------------------------------------------------- doing

    async def answers(self, status: Status, words: str) -> Row:
        """Ana drafts and Cyd approves until the conversation moves on by itself. Whatever Slack says did not
        work, or nobody answered, they do again, as people do. What was acknowledged they do once."""
        row = await self.state(status, limit=NEVER)
        while row.state in {"open", "drafted"}:
            if row.state == "open":
                seen = await self.command(ANA, f"draft {row.number} {words}")
                row = await self._moved(status, row, limit=START_LIMIT if not seen.error else 1.0)
            else:
                row = await self._approved(status, row)
        return row

    async def _approved(self, status: Status, row: Row) -> Row:
        """Cyd reacts to the draft that stands. One that a dying bot posted twice is touched in vain: once more."""
        drafts = [one for one in self.thread_now(row.number) if "last words by" in self.slack.text_of(one)]
        if drafts:
            with contextlib.suppress(CannotDo):  # it was deleted under her finger
                if CYD in drafts[-1].reactions.get(YES, []):
                    await self.unreacts(CYD, drafts[-1])
                await self.reacts(CYD, drafts[-1])
        return await self._moved(status, row, limit=5.0)

    async def _moved(self, status: Status, before: Row, *, limit: float) -> Row:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while (row := self.conversation(status)) is None or row.state == before.state:
                    await asyncio.sleep(0.1)
                return row
        return self.conversation(status) or before


def replies_to(square: SquareStandIn, status: Status) -> list[Status]:
    """Our public replies to a customer's post."""
    return [one for one in square.replies_to(status) if one.author is square.account]


def cards_stored(city: City, status: Status) -> list[str]:
    """The messages that count as the card of the conversation of this post."""
    row = city.conversation(status)
    assert row is not None
    stored = f"SELECT ts FROM card WHERE kind = 'conversation' AND ref = {row.number} AND ts IS NOT NULL"
    return [str(ts) for (ts,) in city.ask(stored)]


def stands(city: City, ts: str) -> bool:
    return any(message.ts == ts for message in city.slack.messages(CARE))
