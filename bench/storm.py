"""A storm: one complaint goes viral, and the ordinary day goes on beneath it. What reaches the team, and how soon?

    python -m bench.storm [--posts 50000] [--minutes 10] [--reader rules] [--write]

A real `twoway run` between the stand-ins of the square and of a Slack that takes one message a second and answers 429
to more. Posts come at an even rate. Of a thousand 994 say the same, as people repeat each other (word for word, cut,
with tags, typos, swapped words, a remark before it); the rest are those who must not drown in them (`SORTS`).

`--write` draws docs/pictures/storm.png, and prints the table for docs/explanation/storms.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.storms import KINDS, copied, distinct, own_posts
from bench.town import Town, town

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "storm.png"

CARE = "C0CARE"
SAID = (
    "The app of Acme shows me the invoices of other customers, with their names, their addresses and everything they "
    "bought last year, and nobody at your hotline knows anything about it"
)
#: Of a thousand posts so many are not the viral one. Together at most one in two seconds at 83 posts a second: a
#: channel that takes one message a second could not show more, whoever wrote the bot.
SORTS: Mapping[str, float] = {"danger": 1, "followed": 1, "different": 1, "question": 2, "ordinary": 1}
FOLLOWERS = 250_000
#: Before words about something else.
DANGER = (
    "Help, your charger caught fire and there is smoke coming out of the wall!",
    "I am bleeding, the blade came off, somebody call me please.",
    "The brakes failed on the motorway with my children in the car.",
    "It smells of gas in the whole house since your man was here.",
)
#: How the stand-in's posts are known again in a card: nobody else writes so.
MARK = re.compile(r"\bref (\w+)-(\d+)\b")

#: So soon it counts as over, so that what is said of it then belongs to what is measured.
OVER = '[storms]\nover_after = "20s"'

#: How far behind the last post's row may be when it ends, and how long whatever waits may take after that.
SETTLED_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Said:
    """One post to come."""

    sort: str
    words: str
    followers: int


@dataclass(slots=True)
class Found:
    """What was measured. Times in seconds since the first post."""

    posts: int = 0
    stored: int = 0
    conversations: int = 0
    elapsed: float = 0.0
    sent: list[tuple[float, int]] = field(default_factory=list)  # time, posts so far
    rows: list[tuple[float, int]] = field(default_factory=list)  # time, rows so far
    behind: list[tuple[float, float]] = field(default_factory=list)  # time, seconds that intake is behind
    memory: list[tuple[float, float]] = field(default_factory=list)
    messages: list[float] = field(default_factory=list)
    waits: dict[str, list[float]] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    members: int = 0
    storms: int = 0
    people: str = ""
    digests: list[str] = field(default_factory=list)

    @property
    def late(self) -> float:
        return max((seconds for _, seconds in self.behind), default=0.0)

    @property
    def largest(self) -> float:
        return max((megabytes for _, megabytes in self.memory), default=0.0)


def said(count: int, *, seed: int = 20261122) -> Iterator[Said]:
    """So many posts in a fixed random order; the first is the complaint itself."""
    dice = random.Random(seed)
    others = [text for text in distinct(own_posts()) if len(text) > 60]
    dice.shuffle(others)
    sorts, weights = [*SORTS, "viral"], [*SORTS.values(), 1000 - sum(SORTS.values())]
    for nth in range(count):
        sort = "viral" if nth < 10 else dice.choices(sorts, weights)[0]
        match sort:
            case "viral":
                words = SAID if nth == 0 or dice.random() < 0.4 else copied(SAID, dice.choice(KINDS), dice)
            case "followed":
                words = f"{copied(SAID, 'remark', dice)} ref followed-{nth}"
            case "different":
                more = "and now somebody rang at my door at night who knew my name and what I have at home, I am afraid"
                words = f"{SAID} ref different-{nth} {more}"
            case "danger":
                words = f"{DANGER[nth % len(DANGER)]} {others.pop()[:250]} ref danger-{nth}"
            case _:
                words = f"{others.pop()[:300]} ref {sort}-{nth}"
        yield Said(sort, f"@acme {words}"[:490], FOLLOWERS if sort == "followed" else dice.randrange(3_000))


async def storm(posts: int, minutes: float, reader: str) -> Found:
    """Play it, and wait until everything that is to be shown is shown."""
    found = Found(posts=posts)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "bench.db")
        url = f"sqlite:///{database}"
        async with town(Path(folder), url, post_every="1s", limits="real", reader=reader, more=OVER) as here:
            await _play(here, database, posts, 60 * minutes, found)
    return found


async def _play(here: Town, database: Path, posts: int, seconds: float, found: Found) -> None:
    at: dict[str, float] = {}
    seen = sqlite3.connect(database, timeout=20, isolation_level=None)
    begun, clock = time.monotonic(), time.time()
    over = asyncio.Event()
    watching = asyncio.create_task(_watch(here, seen, begun, found, over))
    for nth, one in enumerate(said(posts)):
        due = begun + nth * seconds / posts
        if (early := due - time.monotonic()) > 0:
            await asyncio.sleep(early)
        elif nth % 20 == 0:
            await asyncio.sleep(0)  # late ourselves: the stand-ins live on the same loop
        mark = MARK.search(one.words)
        if mark is not None:
            at[mark[2]] = time.time()
        await here.square.post(f"p{nth}", one.words, followers=one.followers)
        found.sent.append((time.monotonic() - begun, nth + 1))
    deadline = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < deadline and not _at_rest(seen, posts):
        await asyncio.sleep(1)
    found.elapsed = time.monotonic() - begun
    over.set()
    await watching
    _count(here, seen, at, clock, found)
    seen.close()


def _at_rest(seen: sqlite3.Connection, posts: int) -> bool:
    stored = seen.execute("SELECT count(*) FROM post WHERE NOT ours").fetchone()[0]
    waiting = seen.execute("SELECT count(*) FROM card WHERE wanted > shown AND given_up = ''").fetchone()[0]
    return stored >= posts and not waiting


async def _watch(here: Town, seen: sqlite3.Connection, begun: float, found: Found, over: asyncio.Event) -> None:
    """How far behind intake is, and how much memory the bot takes."""
    nth = 0
    while not over.is_set():
        now = time.monotonic() - begun
        if nth % 4 == 0:
            stored = seen.execute("SELECT count(*) FROM post WHERE NOT ours").fetchone()[0]
            found.rows.append((now, stored))
            # The oldest post without a row: everything before it has one.
            sent = found.sent[stored][0] if stored < len(found.sent) else now
            found.behind.append((now, now - sent))
            found.memory.append((now, here.bot.memory()))
            if nth % 40 == 0:
                sentence = f"{now:.0f} s: {len(found.sent):,} posts, {stored:,} rows, {found.memory[-1][1]:.0f} MB"
                print(f"… {sentence}", file=sys.stderr, flush=True)
        nth += 1
        await asyncio.sleep(0.25)


def _count(here: Town, seen: sqlite3.Connection, at: Mapping[str, float], clock: float, found: Found) -> None:
    found.stored = seen.execute("SELECT count(DISTINCT ref) FROM post WHERE NOT ours").fetchone()[0]
    found.conversations = seen.execute("SELECT count(DISTINCT conversation_id) FROM post WHERE NOT ours").fetchone()[0]
    found.members = seen.execute("SELECT count(*) FROM storm_member").fetchone()[0]
    found.storms = seen.execute("SELECT count(*) FROM storm").fetchone()[0]
    found.refused = sum(call.status == 429 for call in here.slack.calls("chat.postMessage"))
    shown: dict[str, float] = {}
    for message in here.slack.messages(CARE):
        found.messages.append(float(message.ts) - clock)
        words = here.slack.text_of(message)
        if "Storm " in words and "say the same" in words:
            found.people = words.splitlines()[0]
        if "is over:" in words:
            found.digests.append(words.splitlines()[0])
        for mark in MARK.finditer(words):
            shown.setdefault(mark[2], float(message.ts))
    for one in said(found.posts):
        if (mark := MARK.search(one.words)) is not None:
            if mark[2] in shown:
                found.waits.setdefault(one.sort, []).append(shown[mark[2]] - at[mark[2]])
            else:
                found.unseen[one.sort] = found.unseen.get(one.sort, 0) + 1


def p99(values: Sequence[float]) -> float:
    """The slowest of a hundred; of fewer, the slowest."""
    return statistics.quantiles(values, n=100)[98] if len(values) >= 100 else max(values, default=0.0)


def table(found: Found) -> str:
    """What was to be reached, and what was."""
    most = busiest(found.messages, 60.0)
    rows = [
        (
            "posts stored, each with its conversation",
            f"{found.stored:,} of {found.posts:,}",
            found.stored == found.posts,
        ),
        ("conversations", f"{found.conversations:,}", found.conversations == found.posts),
        ("storm cards", f"{found.storms} ({found.people})", found.storms == 1),
        ("summed up once it was over", "; ".join(found.digests) or "never", len(found.digests) == 1),
        ("messages in the channel", f"{len(found.messages):,}, at most {most} in a minute", most <= 64),
        ("calls that Slack refused with 429", f"{found.refused:,}", None),
        ("intake behind", f"at most {found.late:.1f} s", found.late <= 30),
        ("memory", f"at most {found.largest:.0f} MB", found.largest < 400),
    ]
    for sort in SORTS:
        waits = found.waits.get(sort, [])
        p50 = statistics.median(waits) if waits else 0.0
        unseen = found.unseen.get(sort, 0)
        good = None if sort in {"ordinary", "different"} else p99(waits) <= 10 and not unseen
        never = f", {unseen} never" if unseen else ""
        rows.append((f"card of its own: {sort}, {len(waits)}", f"p50 {p50:.1f} s, p99 {p99(waits):.1f} s{never}", good))
    marks = {True: "✓", False: "**missed**", None: ""}
    return "\n".join(["| what | measured | |", "|---|---|---|", *(f"| {a} | {b} | {marks[c]} |" for a, b, c in rows)])


def busiest(times: Sequence[float], within: float) -> int:
    """The most of them in any stretch of so many seconds."""
    ordered, first, most = sorted(times), 0, 0
    for nth, one in enumerate(ordered):
        while one - ordered[first] >= within:
            first += 1
        most = max(most, nth - first + 1)
    return most


def draw(found: Found, path: Path) -> None:
    """In a process of its own: what draws takes more memory than the bot."""
    lines = {
        "sent": found.sent[:: max(1, len(found.sent) // 600)],
        "behind": found.behind,
        "memory": found.memory,
        "messages": sorted(found.messages),
    }
    subprocess.run(
        [sys.executable, "-m", "bench.storm_picture", str(path)],
        input=json.dumps(lines).encode(),
        check=True,
        timeout=120,
    )


def main() -> None:
    """Prints what was measured."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--posts", type=int, default=50_000)
    wanted.add_argument("--minutes", type=float, default=10)
    wanted.add_argument("--reader", choices=("rules", "model"), default="rules", help="who reads what comes in (rules)")
    wanted.add_argument("--write", action="store_true")
    given = wanted.parse_args()
    print(f"… {given.posts:,} posts in {given.minutes:g} minutes", file=sys.stderr, flush=True)
    found = asyncio.run(storm(given.posts, given.minutes, given.reader))
    print(table(found))
    if given.write:
        draw(found, PICTURE)


if __name__ == "__main__":
    main()
