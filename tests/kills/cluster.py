"""A city of several machines on a PostgreSQL that is restarted under them, with a day that is played on its square."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from models.base import Due
from models.store import LEASE
from models.tables import Base
from sandbox.day import Player, read_script
from sandbox.slack import SlackStandIn
from sandbox.slack.things import BOT_USER, Channel
from sandbox.square import SquareStandIn
from sandbox.square.faults import Fault
from sandbox.squares.mastodon import Mastodon
from tests.kills.chaos import Chaos, Figures
from tests.kills.city import City, Machine
from tests.servers import Server

ZONE = ZoneInfo("Europe/Berlin")

#: The rooms in which a summary falls due during the run, besides the first.
ROOMS = ("C0NORTH", "C0SOUTH", "C0WEST")

#: Every table whose rows are work that one machine holds for a while.
HELD = tuple(mapper.class_.__tablename__ for mapper in Base.registry.mappers if issubclass(mapper.class_, Due))


class Cluster(City):
    """Two machines that do everything and two that share the parts, as a large team would run them."""

    parts = (None, None, "hear,read", "show,deliver")

    def __init__(self, folder: Path, square: SquareStandIn, slack: SlackStandIn, database: str, mode: str) -> None:
        super().__init__(folder, square, slack, database, mode)
        self.summaries_at: list[datetime] = []

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """As ever; while the database is away, once it is back."""
        while True:
            try:
                return super().ask(sql)
            except psycopg.OperationalError:
                time.sleep(0.05)

    def summaries_within(self, seconds: float) -> None:
        """Let each room's summary fall due at a minute of its own within this time. Before `start`."""
        first = datetime.now(ZONE).replace(second=0, microsecond=0) + timedelta(minutes=1)
        last = datetime.now(ZONE) + timedelta(seconds=seconds)
        minutes = max(1, int((last - first) / timedelta(minutes=1)))
        rooms = len(ROOMS) + 1
        self.summaries_at = [first + timedelta(minutes=minutes * nth // rooms) for nth in range(rooms)]
        self.channel_settings["summary_at"] = f'"{self.summaries_at[0]:%H:%M}"'
        members = list(self.slack.channel(self.room).members)
        for room, at in zip(ROOMS, self.summaries_at[1:], strict=True):
            self.slack.add_channel(Channel(room, room[2:].lower(), [*members, BOT_USER]))
            self.more += f"""
[[channels]]
name = "{room[2:].lower()}"
chat = "slack:{room}"
accounts = []
timezone = "{ZONE.key}"
summary_at = "{at:%H:%M}"
"""

    def summaries(self) -> list[tuple[object, ...]]:
        """Each room's summaries by local date, and how many messages count as them."""
        return self.ask(
            "SELECT h.name, s.day, count(c.id) FROM summary s JOIN channel h ON h.id = s.channel_id "
            "LEFT JOIN card c ON c.kind = 'summary' AND c.ref = s.id AND c.ts IS NOT NULL "
            "WHERE s.posted_at IS NOT NULL GROUP BY h.name, s.day ORDER BY h.name, s.day"
        )

    def held_by(self, process: int) -> list[str]:
        """The tables in which this process still holds work that is due."""
        query = " UNION ALL ".join(
            f"SELECT '{table}' FROM {table} WHERE due_at IS NOT NULL AND lease_owner LIKE '%-{process}-%'"
            for table in HELD
        )
        return [str(name) for (name,) in self.ask(query)]


@dataclass
class Troubles:
    """What was done to them, and how fast the others took over."""

    restarts: int = 0
    cut: float = 0.0
    refused: int = 0  # as their logs tell it: verdicts and leases of accounts
    taken_over: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        slowest = max(self.taken_over, default=0.0)
        return (
            f"{self.restarts} restarts of the database, {self.cut:.0f} s without the network to the square; "
            f"taken over within {slowest:.1f} s at most, {len(self.taken_over)} times seen; {self.refused} writes of "
            "machines that had been frozen refused"
        )


class BadDay:
    """A played day during which machines die and freeze, the database is restarted and the square cut off."""

    def __init__(self, city: Cluster, server: Server, chance: random.Random, figures: Figures) -> None:
        self.city = city
        self.server = server
        self.chance = chance
        self.chaos = Chaos(city, chance, figures)
        self.troubles = Troubles()
        self._away: list[tuple[float, float]] = []  # when the database was

    async def play(self, seconds: float) -> None:
        """All of it, for this long; then everything is well again."""
        player = Player([Mastodon(self.city.square)], read_script())
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            await player.start(seconds=seconds)
            tasks.create_task(self._machines(end))
            tasks.create_task(self._database(seconds))
            tasks.create_task(self._network(seconds))
        for machine in self.city.machines:
            await self._up(machine)
        while player.playing:
            await asyncio.sleep(0.1)
        await player.stop()
        said = "\n".join(machine.log.read_text(encoding="utf-8") for machine in self.city.machines)
        self.troubles.refused = said.count('"told": false') + said.count("somebody else listens")

    async def _machines(self, end: float) -> None:
        while time.monotonic() < end:
            self.chaos.misbehave()
            machine = self.chance.choice(self.city.machines)
            await self._up(machine)
            await self.chaos.moment()
            if self.chance.random() < 0.5:
                await self._dies(machine)
            else:
                long = self.chance.random() < 0.3
                await self._freezes(machine, 1.2 * LEASE.total_seconds() if long else self.chance.random() * 1.5)

    async def _up(self, machine: Machine) -> None:
        """Until it listens. One that could not begin, since the database was away, is begun again, as whoever looks
        after it would."""
        while machine.child.returncode is not None or not await self._listens(machine):
            await asyncio.sleep(0.5)
            await machine.start()

    async def _listens(self, machine: Machine) -> bool:
        try:
            await machine.ready()
        except AssertionError:
            if machine.child.returncode is None:
                raise
            return False
        return True

    async def _dies(self, machine: Machine) -> None:
        process, died = machine.child.pid, time.monotonic()
        await machine.kill()
        self.chaos.figures.kills += 1
        while self.city.held_by(process):
            await asyncio.sleep(0.05)
        over = time.monotonic()
        # Nobody is taken for dead until a lease has passed since the database came back.
        if not any(died < back + LEASE.total_seconds() and over > went for went, back in self._away):
            self.troubles.taken_over.append(over - died)
        await machine.start()

    async def _freezes(self, machine: Machine, seconds: float) -> None:
        machine.send(signal.SIGSTOP)
        self.chaos.figures.freezes += 1
        await asyncio.sleep(seconds)
        machine.send(signal.SIGCONT)

    async def _database(self, seconds: float) -> None:
        for how in ("fast", "immediate"):
            await asyncio.sleep(seconds / 3)
            went = time.monotonic()
            self._away.append((went, float("inf")))
            await asyncio.to_thread(self.server.restart, how)
            self._away[-1] = (went, time.monotonic())
            self.troubles.restarts += 1

    async def _network(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 2)
        self.troubles.cut = seconds / 10
        self.city.square.fault(Fault.CUT_OFF)
        await asyncio.sleep(self.troubles.cut)
        self.city.square.clear_faults(Fault.CUT_OFF)
