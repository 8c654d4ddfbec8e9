"""Looks whether everything that Twoway needs is there and works: what `twoway check` shows.

Looks only: nothing is posted or changed; a session or a token that it had to renew is kept. Each thing found wrong
stands with what to do about it.
"""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from adapters.noting import noting
from bot import trail
from bot.keeping import one_of_many
from bot.ops import check_account, upgrading
from bot.ops.catalogue import catalogue
from bot.ops.options import NOT_CURRENT
from bot.ops.plain import plain
from bot.reports.writers import NOT_INSTALLED, local_is_there
from bot.settings import ModelKind, Reads, Settings, SettingsError, load
from bot.triage.engine.model import Model, model_of
from bot.triage.engine.process import ReaderProcess
from bot.triage.vectors import Unavailable
from models import migrate
from models.reading.health import clock_of
from models.store import Store
from models.trouble import DatabaseTrouble, first_line, may_not

# Long enough for a slow server, short enough for somebody who waits at a prompt.
PATIENCE = 20.0
#: A `Date` is exact to the second, and on its way for some; Slack refuses what is five minutes off.
CLOCK_MAY_DIFFER = timedelta(seconds=60)
#: What to do where the database is there, and we may not write it.
MAY_WRITE_FILE = "run `twoway` as the user who owns the file, or let this one write it and its folder"
MAY_WRITE_SERVER = "give this role its rights there, or name the server that takes changes, if this one only follows it"


class State(StrEnum):
    """How one thing stands. UNTRIED: something before it must be put right first."""

    GOOD = "good"
    DOUBT = "doubt"
    WRONG = "wrong"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    about: str
    state: State
    sentence: str
    remedy: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)  # for programs: what the sentence is made of


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was looked at. `code` is the program's: 0 good, 1 something is wrong, 2 settings."""

    lines: tuple[Line, ...]
    code: int

    def as_json(self) -> dict[str, object]:
        """For programs: docs/reference/command-line.md."""
        return {"code": self.code, "lines": [plain(line) for line in self.lines]}

    def as_text(self) -> str:
        """For people: one thing a line of at most 80 columns, its remedy below it."""
        marks = {State.GOOD: "ok  ", State.DOUBT: "hm  ", State.WRONG: "BAD ", State.UNTRIED: "-   "}
        said = [
            row
            for line in self.lines
            for row in (
                *_rows(f"{marks[line.state]} {line.about}: {line.sentence}", ""),
                *(_rows(line.remedy, " " * 6) if line.remedy else ()),
            )
        ]
        wrong = sum(line.state is State.WRONG for line in self.lines)
        end = "Everything is set up." if not self.code else f"{wrong} to put right." if wrong else "Look again."
        return "\n".join([*said, end])


def _rows(words: str, before: str) -> list[str]:
    return textwrap.wrap(
        words, 80, initial_indent=before, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False
    )


async def check(path: Path | None, env: Mapping[str, str], *, now: Callable[[str], None] = lambda what: None) -> Report:
    """Looks at settings, tokens, the database, then asks Slack, Teams and each platform who we are. Says what it asks
    `now`, before it does."""
    platforms = catalogue()
    try:
        settings = load(path, env, catalogue=platforms, need_secrets=False)
    except SettingsError as error:
        return Report(tuple(_of_mistakes(error)), 2)
    lines = [Line(settings.path.name, State.GOOD, "reads well"), *_routes(settings)]
    lost: list[Line] = []
    try:
        load(path, env, catalogue=platforms)
    except SettingsError as error:
        lost = list(_of_mistakes(error))
    lines += lost
    now("the database")
    database = await of_database(settings)
    lines.append(database)
    store = Store(settings.service.database, owner=one_of_many("check")) if database.state is not State.WRONG else None
    with noting() as noted:
        try:
            if store is not None and not store.embedded:
                async with store.reading() as session:
                    noted.clocks["the database"] = store.clock() - await clock_of(session)
            for account in settings.accounts:
                now(f"account {account.name}")
                lines.append(await check_account.line(account, settings, store, noted))
        finally:
            if store is not None:
                await store.close()
        lines += _model(settings)
        now("the reader")
        lines += [line async for line in _reader(settings)]
        now("Slack")
        lines += [line async for line in _slack(settings)]
        now("Teams")
        lines += [line async for line in _teams(settings)]
    lines += clock(noted.clocks)
    lines += _traces(env)
    if lost or database.state is State.WRONG:
        return Report(tuple(lines), 2)
    return Report(tuple(lines), 1 if any(line.state is State.WRONG for line in lines) else 0)


def _of_mistakes(error: SettingsError) -> Iterator[Line]:
    for mistake in error.mistakes:
        about = f"{mistake.file}: {mistake.key}" if mistake.key else mistake.file
        yield Line(about, State.WRONG, mistake.wrong, mistake.right)


def _routes(settings: Settings) -> Iterator[Line]:
    """What is not a mistake, and may not be what was meant: a route between an account and its own channel."""
    if not settings.routes:
        return
    idle = [
        number
        for number, one in enumerate(settings.routes, start=1)
        if number == len(settings.routes)
        and {settings.home_of(account) for account in one.accounts or _names(settings)} == {one.to}
    ]
    count = "1 route" if len(settings.routes) == 1 else f"{len(settings.routes)} routes"
    yield Line("routes", State.GOOD, f'{count}; `twoway route test "…"` tries them')
    for number in idle:
        wrong = f"leads where its posts come without it, to {settings.routes[number - 1].to}"
        yield Line(f"route {number}", State.DOUBT, wrong, "take it out, or name another channel")


def _names(settings: Settings) -> list[str]:
    return [one.name for one in settings.accounts]


async def of_database(settings: Settings) -> Line:
    """Whether it is there, at our version, and ours to write."""
    url = settings.service.database
    try:
        # Blocks, so it runs in a thread.
        version, coming = await asyncio.wait_for(asyncio.to_thread(_looked_at, url), PATIENCE)
    except TimeoutError:
        return Line("database", State.WRONG, f"did not answer within {PATIENCE:.0f} s", "is its server running?")
    except Exception as error:
        if isinstance(error, DatabaseTrouble) and may_not(error):
            remedy = MAY_WRITE_FILE if url.startswith("sqlite") else MAY_WRITE_SERVER
            return Line("database", State.WRONG, f"is not writable by this user: {first_line(error)}", remedy)
        # Whatever the driver raises: it did not let us look, and why stands in its first line.
        said = (str(error).splitlines() or [type(error).__name__])[0]
        return Line("database", State.WRONG, f"did not answer: {said}", "is its server running, its address right?")
    if version in NOT_CURRENT:
        sentence, remedy = NOT_CURRENT[version]
        more = [] if coming is None else upgrading.notice(coming, stopped=False)
        return Line("database", State.WRONG, sentence, f"{remedy}. {' '.join(more)}" if more else remedy)
    if version == "ahead":
        sentence = "is ahead of this program, by migrations that only added: it works"
        return Line("database", State.DOUBT, sentence, "install the newer twoway on every machine")
    facts = {"version": migrate.head(url)}
    return Line("database", State.GOOD, "is at this version", facts=facts)


def _looked_at(url: str) -> tuple[str, migrate.Coming | None]:
    """How it stands to us, and what an upgrade would do."""
    version = migrate.version(url)
    if version not in NOT_CURRENT:
        migrate.try_to_write(url)
    return version, migrate.coming(url) if version == "behind" else None


def clock(clocks: Mapping[str, timedelta]) -> list[Line]:
    """Ours against everybody's who told us theirs: what is signed with a wrong time is refused."""
    if not clocks:
        return []
    facts = {"servers": len(clocks), "ahead_seconds": min((span.total_seconds() for span in clocks.values()), key=abs)}
    off = {name: span for name, span in clocks.items() if abs(span) > CLOCK_MAY_DIFFER}
    if not off:
        return [Line("clock", State.GOOD, f"agrees with {_servers(len(clocks))}", facts=facts)]
    name, span = min(off.items(), key=lambda one: abs(one[1]))
    sentence = f"is {abs(span).total_seconds():.0f} s {'ahead of' if span > timedelta() else 'behind'} {name}"
    if len(off) * 2 <= len(clocks):
        sentence += f", and agrees with {_servers(len(clocks) - len(off))}"
        return [Line("clock", State.DOUBT, sentence, facts=facts)]
    remedy = "let this machine's clock be set (NTP): Slack and platforms refuse what is signed minutes off"
    return [Line("clock", State.WRONG, sentence, remedy, facts=facts)]


def _servers(count: int) -> str:
    return "1 server's" if count == 1 else f"{count} servers'"


def _traces(env: Mapping[str, str]) -> list[Line]:
    name = trail.wanted(env)
    if name is None:
        return []
    if find_spec("opentelemetry") is None:
        wrong, _, right = trail.NOT_INSTALLED.format(name).partition(": ")
        return [Line("traces", State.WRONG, wrong.partition(", and ")[2], right.rstrip("."))]
    return [Line("traces", State.GOOD, f"are sent where {name} says; not tried here")]


def _model(settings: Settings) -> list[Line]:
    """Nothing is asked of a language model here: some ask for money."""
    model = settings.model
    if model is None:
        return []
    if model.kind is ModelKind.TRANSFORMERS and not local_is_there():
        return [Line("summary.model", State.WRONG, "torch is not installed", NOT_INSTALLED.partition(": ")[2])]
    where = f"at {model.url}" if model.url else "on this machine"
    return [Line("summary.model", State.GOOD, f"{model.name} {where} adds a paragraph to summaries; not tried here")]


async def _reader(settings: Settings) -> AsyncIterator[Line]:
    """One post is read, in a process of its own, as the bot does it."""
    if settings.reader.use is Reads.OFF:
        return
    if settings.reader.use is Reads.RULES:
        yield Line("reader", State.GOOD, "reads by rules alone, as the settings want it")
        return
    process = model_of(settings.reader)
    assert process is not None
    try:
        await process.of(["Is anybody there?"])
    except Unavailable as error:
        yield Line("reader", State.DOUBT, f"no model: {error}", "until there is one, rules alone read what comes in")
    else:
        yield Line("reader", State.GOOD, _read_by(settings, process))
    finally:
        await process.close()


def _read_by(settings: Settings, process: Model) -> str:
    """Who reads, and what its heads know."""
    if isinstance(process, ReaderProcess):
        beside = f", with {settings.reader.model} beside it" if settings.reader.model else ""
        return f"has its model{beside}, opened in {process.opened_in or 0:.1f} s"
    if process.heads is not None and process.heads.card:
        return "has its vectors from a server that runs the model of our heads"
    return "has its vectors from a server; heads know nothing until people corrected hints, rules read until then"


async def _slack(settings: Settings) -> AsyncIterator[Line]:
    if settings.slack is None:
        return
    from bot.ops.check_slack import lines

    async for line in lines(settings, settings.slack):
        yield line


async def _teams(settings: Settings) -> AsyncIterator[Line]:
    if settings.teams is None:
        return
    from bot.ops.check_teams import lines

    async for line in lines(settings, settings.teams):
        yield line
