"""What a day's summary costs: over 100,000 events, and with a year of other days behind it.

    python -m bench.history [--events 1000000] [--day 100000] [--only sqlite|postgresql] [--folder DIR]

A generator writes the year straight into the tables, in bulk, with a journal whose chains hold. Each summary, with all
that stands in it, is made in a process of its own, so that its memory is its own: the same day first with nothing
behind it, then with the year.
`--events 10000000` is a year of a busy team; it takes 5 GB under `--folder` for each database.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import make_url

from bench.databases import databases
from bot.chat.cards.summary import summary_card
from bot.chat.channels import ChannelRules
from bot.chat.sections import told_of
from bot.garbage import look_rarely
from bot.reports.daily import Figure, numbers
from bot.reports.timing import Calendar, Target
from bot.settings import kinds
from models.migrate import upgrade
from models.permits import Policy
from models.store import Store

#: The day that is told; the year lies before it.
DAY = date(2026, 11, 23)
BERLIN = ZoneInfo("Europe/Berlin")
TARGET = Target(timedelta(hours=1), Calendar(BERLIN, kinds.hours("Mon-Fri 09:00-18:00, Sat 10:00-14:00")))
RULES = ChannelRules(1, "care", "slack", "C0CARE", Policy(), timezone=BERLIN, target=TARGET, names_in_summary=True)
NOW = datetime(2026, 11, 24, 0, 5, tzinfo=BERLIN).astimezone(UTC)

#: What happens to a conversation that is answered: kind, seconds after the one before, rep, data.
LIFE: Sequence[tuple[str, int, int | None, str]] = (
    ("heard", 0, None, '{{"post":{post}}}'),
    ("claimed", 240, 1, "{{}}"),
    ("drafted", 180, 1, '{{"revision":1,"to":"drafted"}}'),
    ("approved", 300, 2, '{{"sign":"approve"}}'),
    ("ordered", 0, None, '{{"approved_by":[2],"to":"approved"}}'),
    ("intent", 31, None, '{{"to":"sending"}}'),
    ("sent", 2, None, '{{"to":"answered"}}'),
)
ACCOUNTS, PEOPLE = 3, 10_000
#: What customers write: so many words, the common ones often (Zipf), and a number that nobody else has.
VOCABULARY, LENGTH = 4_000, 9
#: A year's customers come back so often; fewer than `PEOPLE` there never are.
COME_BACK = 3
#: One in so many of the day waited since the evening before; one in so many still waits.
SINCE_BEFORE, WAITING = 12, 25
OVERNIGHT = timedelta(hours=9)
CHUNK = 20_000  # conversations with one transaction
ROUNDS, TURNS = 2, 3  # in one process; processes, one after the other on each database

Row = tuple[object, ...]
COLUMNS = {
    "conversation": "id account_id channel_id identity_id key state version urgency opened_at waiting_since "
    "answered_at revisions pending writing head length",
    "post": "id account_id conversation_id identity_id ours ref words spans warning media extra visibility at heard_at "
    "version digest fence tries",
    "event": "id chain seq at kind rep_id data before digest",
    "card": "id kind ref channel_id conversation_id urgency wanted shown chat_id ts link picture given_up fence tries",
}


@dataclass(frozen=True)
class Found:
    """What telling the day cost: seconds (the best of a few), the processor's of them in our process, megabytes at its
    peak, and how much there was to tell."""

    seconds: float
    ours: float
    peak: float
    posts: int
    answered: int


# ------------------------------------------------------------------------------------------------ the generator


@dataclass
class Generator:
    """Where the next row goes."""

    conversation: int = 0
    post: int = 0
    event: int = 0
    people: int = PEOPLE
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # the same year every time

    def lives(self, moments: Iterator[datetime], *, ends: Callable[[int], int]) -> Iterator[dict[str, list[Row]]]:
        """Conversations that begin at these moments, in chunks of rows; `ends(n)`: how far the nth of them comes."""
        rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        for nth, at in enumerate(moments):
            self._one(rows, at, ends(nth), nth)
            if len(rows["conversation"]) == CHUNK:
                yield rows
                rows = {table: [] for table in COLUMNS}
        if rows["conversation"]:
            yield rows

    def _one(self, rows: dict[str, list[Row]], began: datetime, length: int, nth: int) -> None:
        self.conversation += 1
        self.post += 1
        number, account, at, before = self.conversation, self.conversation % ACCOUNTS + 1, began, ""
        person = number % self.people + 1
        for seq in range(1, length + 1):
            kind, after, rep, template = LIFE[seq - 1]
            at += timedelta(seconds=after * (1 + nth % 7))
            if seq == 2 and nth % SINCE_BEFORE == 0:
                at += OVERNIGHT
            data = template.format(post=self.post)
            self.event += 1
            text = (
                f'["{before}",{number},{seq},"{at.isoformat(timespec="microseconds")}","{kind}",{rep or "null"},{data}]'
            )
            digest = hashlib.sha256(text.encode()).hexdigest()
            rows["event"].append((self.event, number, seq, at, kind, rep, data, before, digest))
            before = digest
        done = length == len(LIFE)
        rows["conversation"].append(
            (number, account, 1, person, f"thread-{number}", "answered" if done else "open", length, 0, began,
             None if done else began, at if done else None, 1 if done else 0, "[]", "{}", before, length)
        )  # fmt: skip
        rows["card"].append(
            (number, "conversation", number, 1, number, 0, length, length, "C0CARE", f"{number}.0",
             f"https://chat.example/{number}", "", "", 0, 0)
        )  # fmt: skip
        rows["post"].append(
            (self.post, account, number, person, False, f"post-{self.post}", self._words(), "[]", "", "[]", "{}",
             "public", began, began, 1, "", 0, 0)
        )  # fmt: skip

    def _words(self) -> str:
        return f"{' '.join(self.chance.choices(WORDS, cum_weights=COMMON, k=LENGTH))} no{self.post}"


def _word(nth: int) -> str:
    """Something that can be spoken, another for each number."""
    said = ""
    while True:
        nth, at = divmod(nth, 70)
        said += "bcdfghklmnprst"[at % 14] + "aeiou"[at // 14]
        if not nth:
            return said
        nth -= 1


WORDS = tuple(map(_word, range(VOCABULARY)))
COMMON = tuple(accumulate(1 / (rank + 1) for rank in range(VOCABULARY)))


def the_day(events: int) -> Iterator[datetime]:
    """When the day's conversations begin, over its working hours; some on the evening before."""
    count = events // len(LIFE)
    first = datetime(DAY.year, DAY.month, DAY.day, 6, tzinfo=UTC)
    for nth in range(count):
        yield first - timedelta(hours=8) if nth % SINCE_BEFORE == 0 else first + timedelta(hours=12) * nth / count


def the_year(events: int) -> Iterator[datetime]:
    """The same over the 365 days before."""
    count = events // len(LIFE)
    first = datetime(DAY.year - 1, DAY.month, DAY.day, tzinfo=UTC)
    for nth in range(count):
        yield first + timedelta(days=364.5) * nth / count


def before_everything(people: int) -> dict[str, list[Row]]:
    """Accounts, channel, people: what everything else names."""
    at = datetime(DAY.year - 1, 1, 1, tzinfo=UTC)
    return {
        "account": [(n, f"acme-{n}", "mastodon", "{}", 0, 0) for n in range(1, ACCOUNTS + 1)],
        "channel": [(1, "care", "slack", "T1", "C0CARE", 0, 0)],
        "route": [(n, n, 1) for n in range(1, ACCOUNTS + 1)],
        "rep": [(n, "slack", "T1", f"U{n}", f"rep {n}", "", "[]") for n in (1, 2)],
        "customer": [(n, at) for n in range(1, people + 1)],
        "identity": [(n, n, n % ACCOUNTS + 1, f"p{n}", f"p{n}", "P", False, at) for n in range(1, people + 1)],
    }


FIRST = {
    "account": "id name platform me fence tries",
    "channel": "id name surface team chat_id fence tries",
    "route": "id account_id channel_id",
    "rep": "id surface team user name signoff languages",
    "customer": "id since",
    "identity": "id customer_id account_id ref handle name bot seen_at",
}


class Writer:
    """Rows into a database, in bulk."""

    def __init__(self, url: str) -> None:
        self._embedded = url.startswith("sqlite")
        if self._embedded:
            self._file = sqlite3.connect(str(make_url(url).database))
            self._file.execute("PRAGMA synchronous=OFF")
            self._file.execute("PRAGMA cache_size=-400000")
        else:
            self._server = psycopg.connect(url)
            self._server.execute("SET synchronous_commit = off")

    def write(self, rows: dict[str, list[Row]]) -> None:
        for table, some in rows.items():
            columns = (COLUMNS.get(table) or FIRST[table]).split()
            names = ", ".join(f'"{name}"' for name in columns)
            if self._embedded:
                marks = ", ".join("?" * len(columns))
                plain = ([_text(value) for value in row] for row in some)
                self._file.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", plain)
            else:
                with self._server.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    copy.write("".join("\t".join(map(_field, row)) + "\n" for row in some))
        (self._file if self._embedded else self._server).commit()

    def close(self) -> None:
        """The database then knows how much there is, as it would after a night, and goes on counting from there."""
        if self._embedded:
            self._file.execute("PRAGMA analysis_limit=1000")
            self._file.execute("ANALYZE")
            self._file.commit()
            self._file.close()
        else:
            for table in {**COLUMNS, **FIRST}:
                if "id" in (COLUMNS.get(table) or FIRST[table]).split():
                    last = f"setval(pg_get_serial_sequence('{table}', 'id'), max(id))"
                    self._server.execute(f"SELECT {last} FROM {table} HAVING max(id) IS NOT NULL")
            self._server.commit()
            self._server.autocommit = True
            self._server.execute("VACUUM ANALYZE")
            self._server.close()


def _text(value: object) -> object:
    """As SQLAlchemy writes a moment into SQLite."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def _field(value: object) -> str:
    """One field of COPY's text. Nothing here has a tab or a backslash in it."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def fill(url: str, *, day: int, year: int) -> None:
    """An empty, migrated database gets the day and a year of `year` events before it, with a bar."""
    upgrade(url)
    people = max(PEOPLE, (day + year) // len(LIFE) // COME_BACK)
    generator, writer = Generator(people=people), Writer(url)
    writer.write(before_everything(people))
    began = time.perf_counter()
    whole = len(LIFE)
    for rows in generator.lives(the_year(year), ends=lambda nth: whole):
        writer.write(rows)
        _bar(generator.event, year + day, began)
    for rows in generator.lives(the_day(day), ends=lambda nth: 1 if nth % WAITING == 1 else whole):
        writer.write(rows)
        _bar(generator.event, year + day, began)
    _bar(year + day, year + day, began)
    print(file=sys.stderr)
    writer.close()


def _bar(done: int, of: int, began: float) -> None:
    share = min(done / of, 1)
    rate = done / max(time.perf_counter() - began, 0.001)
    print(f"\r  {'#' * int(40 * share):40} {done:>12,} of {of:,} events, {rate:,.0f}/s ", end="", file=sys.stderr)


# ------------------------------------------------------------------------------------------------ the measurement


async def _told(url: str) -> Found:
    """In this process."""
    store = Store(url)
    look_rarely()  # as the bot does once it has started
    took, worked = [], []
    try:
        for _ in range(ROUNDS):
            began, busy = time.perf_counter(), time.process_time()
            async with store.reading() as session:
                told = await numbers(session, 1, TARGET, DAY, DAY, names=True, now=NOW)
                summary_card(await told_of(session, RULES, told))
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - busy)
    finally:
        await store.close()
    # Not ru_maxrss, which a child has from whoever began it (getrusage(2)).
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(lines["VmHWM"].split()[0]) / 1024
    return Found(min(took), min(worked), peak, told.of(Figure.POSTS), told.of(Figure.ANSWERED))


def told(url: str) -> Found:
    """In a process of its own."""
    run = subprocess.run([sys.executable, "-m", "bench.history", "--told", url], check=True, stdout=subprocess.PIPE)
    return Found(**json.loads(run.stdout))


def measured(
    folder: Path, *, day: int, year: int, only: str = "", say: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[str, Found, Found]]:
    """For each kind of database: the day with nothing behind it, and with the year."""
    with databases(folder, only) as kinds_of:
        for kind, new in kinds_of.items():
            empty, full = new("empty"), new("full")
            say(f"{kind}: {day:,} events")
            fill(empty, day=day, year=0)
            say(f"{kind}: {day:,} events and {year:,} before them")
            fill(full, day=day, year=year)
            # By turns: what else the machine does meets both.
            turns = [(told(empty), told(full)) for _ in range(TURNS)]
            alone, behind = (min(one, key=lambda found: found.seconds) for one in zip(*turns, strict=True))
            assert (alone.posts, alone.answered) == (behind.posts, behind.answered)
            yield kind, alone, behind
            if kind == "SQLite":
                for name in ("empty", "full"):
                    for file in folder.glob(f"{name}.db*"):
                        file.unlink()


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--events", type=int, default=1_000_000, help="in the year before (1,000,000)")
    read.add_argument("--day", type=int, default=100_000, help="in the day itself (100,000)")
    read.add_argument("--only", choices=("sqlite", "postgresql"), default="")
    read.add_argument("--folder", type=Path, default=None, help="where the databases go for the time being")
    read.add_argument("--told", default="", help=argparse.SUPPRESS)
    given = read.parse_args()
    if given.told:
        print(json.dumps(asyncio.run(_told(given.told)).__dict__))
        return
    with tempfile.TemporaryDirectory(dir=given.folder, ignore_cleanup_errors=True) as folder:
        for kind, alone, behind in measured(
            Path(folder), day=given.day, year=given.events, only=given.only, say=lambda s: print(s, file=sys.stderr)
        ):
            print(
                f"{kind}: {alone.seconds:.2f} s ({alone.ours:.2f} s of ours), {alone.peak:.0f} MB with nothing before; "
                f"{behind.seconds:.2f} s ({behind.ours:.2f}), {behind.peak:.0f} MB after {given.events:,} events: "
                f"{behind.seconds / alone.seconds:.2f} ({behind.ours / alone.ours:.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
