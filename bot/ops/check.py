"""Looks whether everything that Twoway needs is there and works: what `twoway check` shows.

Looks only: nothing is posted or changed; a session or a token that it had to renew is kept. Each thing found wrong
stands with what to do about it.
"""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from adapters import registry
from adapters.errors import PlatformError
from adapters.settings import SettingError
from bot.keeping import one_of_many, platform_of
from bot.ops.catalogue import catalogue
from bot.ops.notes import notes_of
from bot.ops.options import NOT_CURRENT
from bot.reports.writers import NOT_INSTALLED, local_is_there
from bot.settings import AccountSettings, ModelKind, Reads, Settings, SettingsError, load
from bot.triage.engine.process import ReaderProcess
from bot.triage.vectors import Unavailable
from models import migrate
from models.keeping import STEPS, kept_of, spent_of
from models.reading.heard import account_named
from models.store import Store

# Long enough for a slow server, short enough for somebody who waits at a prompt.
PATIENCE = 20.0


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


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was looked at. `code` is the program's: 0 good, 1 something is wrong, 2 settings."""

    lines: tuple[Line, ...]
    code: int

    def as_json(self) -> dict[str, object]:
        """For programs: docs/reference/command-line.md."""
        return {"code": self.code, "lines": [asdict(line) for line in self.lines]}

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
    database = await _database(settings)
    lines.append(database)
    store = Store(settings.service.database, owner=one_of_many("check")) if database.state is State.GOOD else None
    try:
        for account in settings.accounts:
            now(f"account {account.name}")
            lines.append(await _account(account, settings, store))
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


async def _database(settings: Settings) -> Line:
    try:
        # Blocks, so it runs in a thread.
        version = await asyncio.wait_for(asyncio.to_thread(migrate.version, settings.service.database), PATIENCE)
    except TimeoutError:
        return Line("database", State.WRONG, f"did not answer within {PATIENCE:.0f} s", "is its server running?")
    except Exception as error:
        # Whatever the driver raises: it did not let us look, and why stands in its first line.
        said = (str(error).splitlines() or [type(error).__name__])[0]
        return Line("database", State.WRONG, f"did not answer: {said}", "is its server running, its address right?")
    if version in NOT_CURRENT:
        return Line("database", State.WRONG, *NOT_CURRENT[version])
    return Line("database", State.GOOD, "is at this version")


async def _account(account: AccountSettings, settings: Settings, store: Store | None) -> Line:
    about = f"account {account.name}"
    # Without the store nothing is kept: what needs no more than its token can be asked all the same. So it is with an
    # account that no bot has run for yet.
    if store is None and registry.connects(registry.load(account.platform)) and not account.secrets.get("token"):
        return Line(about, State.UNTRIED, "waits for the database, where its tokens are kept")
    store = store if store is not None and await _is_there(account, store) else None
    try:
        platform = platform_of(account, settings, store)
    except SettingError as error:
        return Line(about, State.UNTRIED, f"{error.key} {error.sentence}")
    try:
        async with asyncio.timeout(PATIENCE):
            us = await platform.open()
        notes = notes_of(platform)
    except TimeoutError:
        return Line(about, State.WRONG, f"{account.platform} did not answer within {PATIENCE:.0f} s", "try again later")
    except PlatformError as error:
        return Line(about, State.WRONG, str(error), f"`twoway connect {account.name}` connects it, or says how")
    finally:
        await platform.close()
    said = [f"works, as {us.handle or us.name}"]
    if store is not None:
        stored, soon = await _stored(account, store)
        said += stored
        if soon:
            notes.append(f"Connect it again by `twoway connect {account.name}`.")
    return Line(about, State.DOUBT if notes else State.GOOD, "; ".join(said), " ".join(notes))


async def _is_there(account: AccountSettings, store: Store) -> bool:
    async with store.reading() as session:
        return await account_named(session, account.name) is not None


async def _stored(account: AccountSettings, store: Store) -> tuple[list[str], bool]:
    """When it has to be connected again and what it has cost today, and whether the former is soon."""
    now = store.clock()
    async with store.reading() as session:
        kept = await kept_of(session, account.name)
        bill = await spent_of(session, account.name, now.replace(hour=0))
    said, soon = [], False
    if kept is not None and kept.ends is not None:
        said.append(f"has to be connected again before {kept.ends:%Y-%m-%d %H:%M} UTC")
        soon = kept.ends - now < STEPS[0]
    cost = registry.load(account.platform).declares.cost
    parts = [f"{bill.calls:,} calls"] if bill.calls else []
    parts += [f"{bill.units:,} units"] if bill.units else []
    parts += [f"{bill.money:,.2f} {cost.currency if cost else ''}".strip()] if bill.money else []
    return ([*said, f"today (UTC) {', '.join(parts)}"] if parts else said), soon


def _model(settings: Settings) -> list[Line]:
    """Nothing is asked of a language model here: some ask for money."""
    model = settings.model
    if model is None:
        return []
    if model.kind is ModelKind.TRANSFORMERS and not local_is_there():
        return [Line("summary.model", State.WRONG, "transformers is not installed", NOT_INSTALLED.partition(": ")[2])]
    where = f"at {model.url}" if model.url else "on this machine"
    return [Line("summary.model", State.GOOD, f"{model.name} {where} adds a paragraph to summaries; not tried here")]


async def _reader(settings: Settings) -> AsyncIterator[Line]:
    """One post is read, in a process of its own, as the bot does it."""
    if settings.reader.use is Reads.OFF:
        return
    if settings.reader.use is Reads.RULES:
        yield Line("reader", State.GOOD, "reads by rules alone, as the settings want it")
        return
    process = ReaderProcess(settings.reader.folder, threads=settings.reader.threads)
    try:
        await process.of(["Is anybody there?"])
    except Unavailable as error:
        yield Line("reader", State.DOUBT, f"no model: {error}", "until there is one, rules alone read what comes in")
    else:
        yield Line("reader", State.GOOD, f"has its model, opened in {process.opened_in or 0:.1f} s")
    finally:
        await process.close()


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
