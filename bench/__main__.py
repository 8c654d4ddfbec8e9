"""Runs every measurement, prints the table, and writes it to docs/benchmarks.md with the machine it was made on."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from adapters.registry import title
from bench import bare_slack, bare_teams, history, holding, intake, likeness, payloads, reader, storms, sweeping, teams
from bench.acknowledging import acknowledge, acknowledge_reactions, times_of
from bench.answering import approve, at_rest, prepare
from bench.databases import databases
from bench.town import Town, process, town
from sandbox.ports import free_port

ROUNDS, CALLS = 8, 500
#: Drafts that are approved one after the other, and then so many at once.
ALONE, AT_ONCE = 16, 50


@dataclass(frozen=True)
class Row:
    """One figure. `reached` is None where nothing is to be reached."""

    what: str
    ours: str
    baseline: str
    goal: str
    reached: bool | None


def main() -> int:
    rows = [*intakes(), *telling(), *reading(), *copies(), *asyncio.run(sweeps()), *asyncio.run(talking())]
    rows += [in_teams(), *asyncio.run(posts_read()), alike(), asyncio.run(stopping()), *starting()]
    table = as_table(rows)
    print(table)
    write(table)
    return 0


def say(sentence: str) -> None:
    print(f"… {sentence}", file=sys.stderr, flush=True)


def intakes() -> list[Row]:
    """Posts a second, beside bare inserts of the same rows by the same driver in as many transactions."""
    say(f"intake; baseline: {intake.bare.__module__}.{intake.bare.__qualname__}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, databases(Path(folder)) as new:
        ours, bare = intake.measured(new["SQLite"]("bench"))
        rows = [_intake("SQLite", ours, bare, goal="1,500 posts/s", reached=ours >= 1500)]
        ours, bare = intake.measured(new["PostgreSQL"]("bench"))
    rows.append(_intake("PostgreSQL", ours, bare, goal="0.5 of bare", reached=ours >= bare / 2))
    return rows


def _intake(database: str, ours: float, bare: float, *, goal: str, reached: bool) -> Row:
    return Row(
        f"posts taken in, {database}, new conversations",
        f"{ours:,.0f} posts/s",
        f"{bare:,.0f} posts/s bare ({ours / bare:.2f})",
        goal,
        reached,
    )


def telling() -> list[Row]:
    """A summary over a busy day, with nothing behind it and with a year; `YEAR=10000000 make bench`: a whole one."""
    day, year = 100_000, int(os.environ.get("YEAR") or 1_000_000)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for kind, alone, behind in history.measured(Path(folder), day=day, year=year, say=say):
            seconds = max(alone.seconds, behind.seconds)
            ours = f"{alone.seconds:.2f} s, {alone.peak:.0f} MB"
            rows.append(Row(f"a day's summary, {day:,} events, {kind}", ours, "", "2 s", seconds < 2))
            ratio = behind.seconds / alone.seconds
            ours = f"{behind.seconds:.2f} s, {behind.peak:.0f} MB"
            baseline = f"the day alone {alone.seconds:.2f} s, {alone.peak:.0f} MB ({ratio:.2f})"
            rows.append(Row(f"the same, {year:,} events before, {kind}", ours, baseline, "1.2 of alone", ratio <= 1.2))
    return rows


def reading() -> list[Row]:
    """Payloads a second for each platform, from the bytes to our values."""
    say("payloads; baseline: the parser beneath")
    rows: list[Row] = []
    for name in payloads.SAMPLES:
        ours, bare = payloads.measured(name)
        baseline = f"{bare:,.0f} payloads/s bare `{payloads.SAMPLES[name]().beneath}` ({ours / bare:.2f})"
        rows.append(Row(f"payloads read, {title(name)}", f"{ours:,.0f} payloads/s", baseline, "", None))
    return rows


def copies() -> list[Row]:
    """How well and how fast the same text is found again."""
    say(f"copies: {storms.__name__}")
    found = storms.quality(
        storms.distinct(iter([*storms.own_posts(), *storms.shared_posts(storms.SHARED_DATA, 4_000)]))
    )
    fast = storms.speed(100_000)
    return [
        Row(
            f"the same text found again, {found.copies:,} copies of five kinds",
            f"{100 * found.mean:.1f} %",
            "",
            "97 %",
            found.mean >= 0.97,
        ),
        Row(
            f"others pulled into a storm, of {found.others:,}",
            f"{found.foreign:.2f} %",
            "",
            "at most 0.25 %",
            found.foreign <= 0.25,
        ),
        Row(
            "the same text looked for among 100,000, signature included, by the processor's time",
            f"{fast.a_second:,.0f} posts/s, p99 {fast.p99_ms:.2f} ms, {fast.megabytes:.0f} MB",
            "",
            "7,000 posts/s, p99 under 1 ms",
            fast.a_second >= 7_000 and fast.p99_ms < 1,
        ),
    ]


async def sweeps() -> list[Row]:
    """What looking again at everything costs on each platform."""
    say(f"sweeps; baseline: {sweeping.bare.__module__}.{sweeping.bare.__qualname__}")
    rows: list[Row] = []
    for name in sweeping.PLACES:
        found = await sweeping.measured(name)
        what = f"one sweep over {sweeping.POSTS} posts, {title(name)}"
        baseline = f"{found.bare * 1000:.0f} ms bare aiohttp, calls: {found.calls} ({found.ours / found.bare:.1f})"
        rows.append(Row(what, f"{found.ours * 1000:.0f} ms", baseline, "", None))
    return rows


async def posts_read() -> list[Row]:
    """What comes in, read: one post, many, the first one after installation."""
    say(f"reader; baseline: {reader.bare.__module__}.{reader.bare.__qualname__}")
    found = await reader.measured()
    alone = f"{found.alone_median * 1000:.1f} ms, p95 {found.alone_p95 * 1000:.1f} ms"
    batches = [
        (f"posts read by 32, {what}", ours, raw)
        for what, ours, raw in (
            ("of many lengths", found.batch, found.bare),
            ("all of one length", found.even_batch, found.even_bare),
        )
    ]
    first = f"{found.first:.1f} s, later {found.again:.1f} s"
    memory = f"{found.memory:.0f} MB, at most {found.most_memory:.0f} MB"
    return [
        Row("one post read whole, model warm", alone, "", "p95 15 ms", found.alone_p95 < 0.015),
        *(
            Row(what, f"{ours:,.0f} posts/s", f"{raw:,.0f} posts/s bare session", "0.9", ours >= 0.9 * raw)
            for what, ours, raw in batches
        ),
        Row("first start to the first post read", first, "", "6 s", found.first < 6),
        Row("memory of the reader's process", memory, "", "700 MB", found.most_memory < 700),
        Row("a head fitted to 1,000 corrections", f"{found.lesson:.2f} s", "", "1 s", found.lesson < 1),
    ]


def alike() -> Row:
    """What resembles a post, among as many as are remembered."""
    say("what resembles a post; baseline: one product in numpy")
    found = likeness.measured()
    ours = f"{found.median * 1000:.1f} ms, p95 {found.p95 * 1000:.1f} ms, {found.memory:.0f} MB"
    what = f"what resembles a post, exactly, among {likeness.POSTS:,} vectors"
    return Row(what, ours, f"p95 {found.bare * 1000:.1f} ms the product alone", "p95 10 ms", found.p95 < 0.01)


async def talking() -> list[Row]:
    """Acknowledgements beside a bare bolt handler; approvals; replies."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "bench.db")
        async with town(Path(folder), f"sqlite:///{database}") as here:
            started, idle = here.bot.started_in, here.bot.memory()
            rows = await acknowledgements(here)
            rows += await replies(here, database)
            rows.append(Row("start: `twoway run` to listening", f"{started:.1f} s", "", "", None))
            busy = here.bot.memory()
            measured = f"{idle:.0f} MB, {busy:.0f} MB after all this"
            return [*rows, Row("memory of the running bot", measured, "", "150 MB", busy < 150)]


async def acknowledgements(here: Town) -> list[Row]:
    """In turns, so that a noisy moment meets both; the inbox is empty before each turn."""
    say(f"acknowledgements; baseline: {bare_slack.__name__}.{bare_slack.bare.__qualname__}")
    port = free_port()
    secret, nowhere = here.slack.signing_secret, here.slack.api_url.replace("/api/", "/nowhere")
    environment = {"SLACK_SIGNING_SECRET": secret, "SLACK_API_URL": here.slack.api_url}
    ours: list[float] = []
    theirs: list[float] = []
    async with process(["-m", "bench.bare_slack", str(port)], port, environment):
        for turn in range(ROUNDS + 1):
            bare = await acknowledge(f"http://127.0.0.1:{port}/slack/events", secret, CALLS, "help", nowhere)
            own = await acknowledge(f"http://127.0.0.1:{here.bot.port}/slack/events", secret, CALLS, "help", nowhere)
            await at_rest(here.bot.port)
            if turn:  # the first turn warms both up
                theirs += bare
                ours += own
    own_times, bare_times = times_of(ours), times_of(theirs)
    ratio = own_times.p99 / bare_times.p99
    return [
        Row(
            "slash command to acknowledgement, 50 at a time",
            f"p50 {own_times.p50:.0f} ms, p99 {own_times.p99:.0f} ms",
            f"bare bolt p50 {bare_times.p50:.0f} ms, p99 {bare_times.p99:.0f} ms ({ratio:.2f})",
            "p99 at most 1.5 of bare",
            ratio <= 1.5,
        )
    ]


def in_teams() -> Row:
    """The same for Teams, beside a bare botbuilder handler."""
    say(f"Teams; baseline: {bare_teams.__name__}.{bare_teams.bare.__qualname__}")
    ours, bare = asyncio.run(teams.measured())
    ratio = ours.p99 / bare.p99
    return Row(
        "activity of Teams to acknowledgement, 50 at a time",
        f"p50 {ours.p50:.0f} ms, p99 {ours.p99:.0f} ms",
        f"bare botbuilder p50 {bare.p50:.0f} ms, p99 {bare.p99:.0f} ms ({ratio:.2f})",
        "p99 at most 1.5 of bare",
        ratio <= 1.5,
    )


async def replies(here: Town, database: Path) -> list[Row]:
    say(f"{ALONE + AT_ONCE} drafts")
    drafts = await prepare(here, ALONE + AT_ONCE)
    alone, alone_out = [], []
    for draft in drafts[:ALONE]:
        await at_rest(here.bot.port)
        took, out = await approve(here, database, [draft])
        alone += took
        alone_out += out
    await at_rest(here.bot.port)
    together, together_out = await approve(here, database, drafts[ALONE:])
    port, secret = free_port(), here.slack.signing_secret
    say(f"reactions; baseline: {bare_slack.__name__}.{bare_slack.bare.__qualname__}")
    environment = {"SLACK_SIGNING_SECRET": secret, "SLACK_API_URL": here.slack.api_url}
    async with process(["-m", "bench.bare_slack", str(port)], port, environment):
        bare = await acknowledge_reactions(f"http://127.0.0.1:{port}/slack/events", secret, AT_ONCE)
    one, many = times_of(alone), times_of(together)
    first, last = times_of(alone_out), times_of(together_out)
    nothing = times_of(bare)
    return [
        Row(
            f"✅ to durable approval, {AT_ONCE} at a time",
            f"p50 {many.p50:.0f} ms, p99 {many.p99:.0f} ms (one alone: p50 {one.p50:.0f} ms)",
            f"bare bolt's empty acknowledgement p50 {nothing.p50:.0f} ms, p99 {nothing.p99:.0f} ms",
            "",
            None,
        ),
        Row(
            "approval (hold 0) to the reply on the platform, one after the other",
            f"p50 {first.p50:.0f} ms, p99 {first.p99:.0f} ms ({AT_ONCE} at a time: p50 {last.p50:.0f} ms)",
            "",
            "p50 under 100 ms",
            first.p50 < 100,
        ),
    ]


async def stopping() -> Row:
    """The stop button against a thousand approved replies."""
    say(f"hold: {holding.REPLIES:,} approved replies")
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "bench.db")
        async with town(Path(folder), f"sqlite:///{database}") as here:
            found = await holding.race(here, database)
    return Row(
        f"`/twoway hold all` against {holding.REPLIES:,} approved replies: the last one to leave",
        f"{found.last * 1000:.0f} ms after its acknowledgement; {found.late} after it, {found.waiting} stayed",
        "",
        "250 ms",
        found.last <= 0.25,
    )


def starting() -> list[Row]:
    say("help")
    took: list[float] = []
    for _ in range(9):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bot", "--help"], check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    best = sorted(took)[len(took) // 2]
    return [Row("`twoway --help`", f"{best:.2f} s (median of 9)", "", "0.3 s", best < 0.3)]


def as_table(rows: list[Row]) -> str:
    lines = ["| what | ours | baseline | to reach | |", "|---|---|---|---|---|"]
    marks = {True: "✓", False: "**missed**", None: ""}
    lines += [f"| {row.what} | {row.ours} | {row.baseline} | {row.goal} | {marks[row.reached]} |" for row in rows]
    return "\n".join(lines)


def write(table: str) -> None:
    page = Path(__file__).parent.parent / "docs" / "benchmarks.md"
    cores = os.cpu_count()
    page.write_text(
        f"""# Figures

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {cores} cores, \
Python {platform.python_version()}. Ratios are against a bare baseline in the same run; absolute times belong to
that machine. The bot is a real `twoway run`; the stand-ins and the client share the other core.

{table}

Runs that take longer than a bench have pages of their own: [a storm of 50,000 posts](explanation/storms.md), [ten
million events, 10,000 posts a second, four machines](explanation/scale.md), and [what was tried with kills, freezes,
inputs and races](reliability.md). How right the reader is stands in [its reference](reference/reader.md).
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main())
