"""What every test may ask for: a store on both databases, and a clock that only moves when told."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.migrate import upgrade
from models.store import Store
from tests.databases import Databases
from tests.servers import serving

# Suites that several folders run: their assertions are explained like a test's own.
pytest.register_assert_rewrite("adapters.conformance")

pytest_plugins = [
    "tests.plugins.compiled",
    "tests.plugins.garbage",
    "tests.plugins.ways",
    "tests.plugins.not_run",
    "tests.plugins.order",
]


class Clock:
    """Time that moves when told, or with the real one."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at or datetime.now(UTC)

    def forward(self, by: timedelta) -> None:
        self.at = self() + by


@pytest.fixture
def clock() -> Clock:
    """Stands still at a quarter past ten on a Monday morning until it is moved."""
    return Clock(datetime(2026, 11, 23, 10, 15, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """A PostgreSQL of the tests' own: `TWOWAY_TEST_POSTGRES` names one, else one is started from the package."""
    given = os.environ.get("TWOWAY_TEST_POSTGRES")
    if given:
        yield given
        return
    with serving(tmp_path_factory.mktemp("runtime")) as server:
        # Nothing here outlives the machine: it is the bot that is killed, not the database.
        server.set(fsync="off", full_page_writes="off", synchronous_commit="off")
        yield server.address


@pytest.fixture(scope="session")
def worker_id() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database to copy: running the migrations for every test would cost minutes."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def databases(postgres: str) -> Databases:
    return Databases(postgres)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres"))])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes migrated, empty databases of one kind: every test that asks for one runs on both kinds."""
    made: list[str] = []

    def new_sqlite() -> str:
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / ("twoway.db" if not made else f"twoway-{len(made)}.db")
        made.append(path.name)
        path.write_bytes(template.read_bytes())
        return f"sqlite:///{path}"

    if request.param == "sqlite":
        yield new_sqlite
        return
    databases: Databases = request.getfixturevalue("databases")

    def new_postgres() -> str:
        made.append(databases.lend())
        return made[-1]

    yield new_postgres
    for address in made:
        databases.take_back(address)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """The address of a migrated, empty database: every test that asks for it runs on both kinds."""
    return new_database()


@pytest.fixture
async def store(database: str, clock: Clock) -> AsyncIterator[Store]:
    """A store on an empty database, with the clock of the test."""
    opened = Store(database, clock=clock)
    yield opened
    await opened.close()
