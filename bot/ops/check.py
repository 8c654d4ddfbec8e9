"""Looks whether everything that Twoway needs is there and works: what `twoway check` shows.

Looks only: nothing is posted, changed or stored. Each thing found wrong stands with what to do about it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from adapters import registry
from adapters.errors import PlatformError
from adapters.settings import SettingError, build
from bot.ops.catalogue import catalogue
from bot.ops.options import NOT_CURRENT
from bot.settings import AccountSettings, Settings, SettingsError, load
from models import migrate

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
        """For people: one thing a line, its remedy below it."""
        marks = {State.GOOD: "ok  ", State.DOUBT: "hm  ", State.WRONG: "BAD ", State.UNTRIED: "-   "}
        said = [
            f"{marks[line.state]} {line.about}: {line.sentence}" + (f"\n      {line.remedy}" if line.remedy else "")
            for line in self.lines
        ]
        wrong = sum(line.state is State.WRONG for line in self.lines)
        end = "Everything is set up." if not self.code else f"{wrong} to put right." if wrong else "Look again."
        return "\n".join([*said, end])


async def check(path: Path | None, env: Mapping[str, str]) -> Report:
    """Looks at settings, tokens, the database, then asks Slack and each platform who we are."""
    platforms = catalogue()
    try:
        settings = load(path, env, catalogue=platforms, need_secrets=False)
    except SettingsError as error:
        return Report(tuple(_of_mistakes(error)), 2)
    lines = [Line(settings.path.name, State.GOOD, "reads well")]
    lost: list[Line] = []
    try:
        load(path, env, catalogue=platforms)
    except SettingsError as error:
        lost = list(_of_mistakes(error))
    lines += lost
    database = await _database(settings)
    lines.append(database)
    for account in settings.accounts:
        lines.append(await _account(account))
    lines += [line async for line in _slack(settings)]
    if lost or database.state is State.WRONG:
        return Report(tuple(lines), 2)
    return Report(tuple(lines), 1 if any(line.state is State.WRONG for line in lines) else 0)


def _of_mistakes(error: SettingsError) -> Iterator[Line]:
    for mistake in error.mistakes:
        about = f"{mistake.file}: {mistake.key}" if mistake.key else mistake.file
        yield Line(about, State.WRONG, mistake.wrong, mistake.right)


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


async def _account(account: AccountSettings) -> Line:
    about = f"account {account.name}"
    kind = registry.load(account.platform)
    try:
        platform = kind(build(kind.settings, account.options, account.revealed()))
    except SettingError as error:
        return Line(about, State.UNTRIED, f"{error.key} {error.sentence}")
    try:
        async with asyncio.timeout(PATIENCE):
            us = await platform.open()
        notes = platform.notes()
    except TimeoutError:
        return Line(about, State.WRONG, f"{account.platform} did not answer within {PATIENCE:.0f} s", "try again later")
    except PlatformError as error:
        return Line(about, State.WRONG, str(error), f"`twoway connect {account.name}` says how to get its token")
    finally:
        await platform.close()
    said = f"works, as {us.handle}"
    return Line(about, State.DOUBT if notes else State.GOOD, said, " ".join(notes))


async def _slack(settings: Settings) -> AsyncIterator[Line]:
    if settings.slack is None:
        return
    from bot.ops.check_slack import lines

    async for line in lines(settings, settings.slack):
        yield line
