"""What comes after one machine: what a post costs the bot and its PostgreSQL when several processes take posts in at
once, and by these costs, in a simulation, how many of each a rate needs.

    python -m bench.scale [--posts 4000]

Prints the tables of docs/explanation/scale.md. The processes are real and write through `receive`; an account is one
listener's, so each has its own. The simulation knows three costs: a process's processor time for a post, the
database's, and the log that the database writes.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, make_url

from adapters.contract import Batch, Cursor, Posted
from bench.databases import databases
from bench.intake import posts
from bot.hearing.receive import receive
from models.places import Account, Channel, Route
from models.store import Store
from models.tables import Base
from models.words import make_index

PROCESSES = (1, 2, 4)
RATES = (10, 100, 1_000, 3_000, 10_000)
BATCH = 250

#: A database server that one can still rent; beyond it the work has to be split by account.
MOST_CORES = 64
#: What is heard should be stored within this, nine hundred and ninety-nine times of a thousand.
LAG = 1.0
#: Seconds that are simulated for each try.
SIMULATED = 30.0


@dataclass(frozen=True)
class Cost:
    """Of one post: seconds of processor time in the bot and in the database, bytes of the database's log."""

    bot: float
    database: float
    log: float


@dataclass(frozen=True)
class Measured:
    processes: int
    rate: float  # posts a second, all together
    cost: Cost


@dataclass(frozen=True)
class Plan:
    """What a rate needs. `lag`: seconds from heard to stored, 99.9 of a hundred."""

    rate: int
    processes: int
    cores: int
    lag: float
    log: float  # megabytes a second


# ------------------------------------------------------------------------------------------------- measuring


def measure(url: str, data: Path, processes: int, count: int) -> Measured:
    """So many processes at once, each with an account of its own, on an empty database."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        make_index(connection)
    try:
        asyncio.run(_accounts(url, processes))
        before, log, began = _spent_by(data), _log(url), time.perf_counter()
        working = [
            subprocess.Popen([sys.executable, "-m", "bench.scale", "--work", url, str(number), str(count)])
            for number in range(processes)
        ]
        own = sum(_ended(process) for process in working)
        took, posts_all = time.perf_counter() - began, processes * count
        cost = Cost(own / posts_all, (_spent_by(data) - before) / posts_all, (_log(url) - log) / posts_all)
        return Measured(processes, posts_all / took, cost)
    finally:
        Base.metadata.drop_all(engine)
        engine.dispose()


async def _accounts(url: str, count: int) -> None:
    store = Store(url)
    async with store.work() as work:
        for number in range(count):
            account = Account(name=f"acme{number}", platform="bench")
            channel = Channel(name=f"care{number}", surface="slack", chat_id=f"C{number}")
            work.add_all([account, channel])
            await work.flush()
            work.add(Route(account_id=account.id, channel_id=channel.id))
    await store.close()


async def work(url: str, number: int, count: int) -> None:
    """One process's share: what another machine's listener of this account would do."""
    store = Store(url, owner=f"machine-{number}")
    said = posts(count, 0.0, first=number * count)
    for start in range(0, count, BATCH):
        heard = tuple(Posted(post) for post in said[start : start + BATCH])
        await receive(store, number + 1, Batch(heard, Cursor(str(start))), policies={})
    await store.close()


def _ended(process: subprocess.Popen[bytes]) -> float:
    """Its processor time, less what it takes to begin."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"a process ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime - _begin()


@cache
def _begin() -> float:
    """What a process takes before it does anything."""
    process = subprocess.Popen([sys.executable, "-c", "import bench.scale"])
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def _spent_by(data: Path) -> float:
    """Processor time of the server in this folder: its processes' and those that have ended (proc(5))."""
    first = int((data / "postmaster.pid").read_text().split()[0])
    spent = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(folder.name) == first:
            spent += sum(int(one) for one in fields[11:15])
        elif int(fields[1]) == first:
            spent += sum(int(one) for one in fields[11:13])
    return spent / os.sysconf("SC_CLK_TCK")


def _log(url: str) -> float:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
    return float(row[0]) if row else 0.0


# ------------------------------------------------------------------------------------------------ simulating


def lag_of(rate: float, processes: int, cores: int, cost: Cost, chance: random.Random) -> float:
    """Seconds from heard to stored, 99.9 of a hundred, when posts come at random to so many processes, each with a
    core of its own, and a database of so many cores. What came while a batch was on its way is the next one."""
    share = rate / processes
    free = [0.0] * cores
    heapq.heapify(free)
    lags: list[float] = []
    ready = [(0.0, number) for number in range(processes)]
    heapq.heapify(ready)
    taken = [0.0] * processes  # until when this process's posts are taken
    while ready:
        now, number = heapq.heappop(ready)
        if taken[number] >= SIMULATED:
            continue
        came = _came(share * (now - taken[number]), chance)
        if came == 0:
            heapq.heappush(ready, (now + 0.01, number))
            continue
        some = min(came, BATCH)
        oldest, taken[number] = taken[number], taken[number] + (now - taken[number]) * some / came
        begun = max(now + some * cost.bot, heapq.heappop(free))
        done = begun + some * cost.database
        heapq.heappush(free, done)
        lags.append(done - oldest)
        heapq.heappush(ready, (done, number))
        if done - oldest > 20 * LAG:
            return done - oldest  # it only grows
    lags.sort()
    return lags[int(0.999 * (len(lags) - 1))] if lags else 0.0


def _came(expected: float, chance: random.Random) -> int:
    """Posts in a time in which so many are expected, as they come at random (normal beyond what matters)."""
    return max(0, round(chance.gauss(expected, expected**0.5)))


def plan(rate: int, cost: Cost) -> Plan:
    """The fewest processes and cores of the database that keep up."""
    chance = random.Random(rate)
    cores = max(1, int(rate * cost.database) + 1)
    while True:
        processes = max(1, int(rate * (cost.bot + cost.database)))
        while processes < 4 * rate * (cost.bot + cost.database) + 4:
            lag = lag_of(rate, processes, cores, cost, chance)
            if lag <= LAG:
                return Plan(rate, processes, cores, lag, rate * cost.log / 1e6)
            processes += 1
        cores += 1


def tables(measured: Sequence[Measured]) -> str:
    lines = [
        "| processes at once | posts/s together | bot, ms a post | database, ms a post | log, bytes a post |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.processes} | {one.rate:,.0f} | {one.cost.bot * 1000:.2f} | {one.cost.database * 1000:.2f} "
        f"| {one.cost.log:,.0f} |"
        for one in measured
    ]
    worst = measured[-1].cost
    lines += [
        "",
        "| posts/s | processes | cores of the database | from heard to stored (99.9 %) | log of the database |",
    ]
    lines += ["|---|---|---|---|---|"]
    for rate in RATES:
        found = plan(rate, worst)
        cores = f"{found.cores}" + (" (more than one server)" if found.cores > MOST_CORES else "")
        lag = f"{found.lag * 1000:,.0f} ms"
        lines.append(f"| {rate:,} | {found.processes} | {cores} | {lag} | {found.log:,.1f} MB/s |")
    return "\n".join(lines)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--posts", type=int, default=4000, help="by each process")
    read.add_argument("--work", nargs=3, metavar=("URL", "NUMBER", "COUNT"), help=argparse.SUPPRESS)
    given = read.parse_args()
    if given.work:
        url, number, count = given.work
        asyncio.run(work(url, int(number), int(count)))
        return
    measured = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        databases(Path(folder), only="postgresql") as new,
    ):
        for processes in PROCESSES:
            print(f"… {processes} processes", file=sys.stderr, flush=True)
            url = new["PostgreSQL"](f"with_{processes}")
            measured.append(measure(url, Path(folder, "postgres"), processes, given.posts))
    print(tables(measured))


if __name__ == "__main__":
    main()
