"""Store and Work (one transaction): the only door to the database. Holds no questions; those are in `reading`.

SQLite (WAL, one process, one writer at a time) and PostgreSQL (any number of processes) behave alike: a Work that
opens a conversation has it to itself until it ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from models.base import Base
from models.chat import Card, CardKind
from models.conversation import Conversation
from models.engines import server_engines, sqlite_engines
from models.fences import Fence
from models.journal import Event, Written, chained
from models.places import Channel
from models.telling import EventKind, Telling, telling
from models.wakes import Topic, Wakes
from models.words import make_index

#: How long a lease lasts; also how long after an outage nobody is judged dead (DESIGN section 7).
LEASE = timedelta(seconds=8)


#: A card that is wanted anew is shown anew a moment later: what else happens meanwhile is the same update, and a
#: reply on its way out is not kept waiting by the picture of it.
FOLD = timedelta(milliseconds=150)


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def async_url(url: str) -> str:
    """The address as SQLAlchemy's async drivers want it. `sqlite:///file`, `postgresql://…`."""
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    name = parsed.get_backend_name()
    if name not in drivers:
        raise ValueError(f"database: {name} is not supported; use sqlite:///FILE or postgresql://…")
    return parsed.set(drivername=drivers[name]).render_as_string(hide_password=False)


#: A look at the database, for those who may not know SQLAlchemy.
Session = AsyncSession


class Store:
    """The database, opened. Close it at the end."""

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = utcnow,
        owner: str = "one",
        told: Callable[[Written], None] | None = None,
    ) -> None:
        """`told` hears of every event once it is committed; it must not fail."""
        self.url = async_url(url)
        self.clock = clock
        self.owner = owner
        self._told = told
        self.embedded = make_url(self.url).get_backend_name() == "sqlite"
        self.wakes = Wakes(None if self.embedded else self.url)
        self._writer, self._reader = sqlite_engines(self.url) if self.embedded else server_engines(self.url, idle=LEASE)
        self._writes = async_sessionmaker(self._writer, expire_on_commit=False, autoflush=False)
        self._reads = async_sessionmaker(self._reader, expire_on_commit=False, autoflush=False)
        self.fence = Fence(self._reads, alone=self.embedded)
        self._down = False
        self.nobody_dead_until: datetime | None = None

    async def close(self) -> None:
        """Ends every connection."""
        await self.wakes.close()
        await self._writer.dispose()
        await self._reader.dispose()

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction: committed when the block ends, rolled back when it raises. Wakes go out after it."""
        async with self._watched(), self._writes() as session:
            work = Work(self, session)
            async with session.begin():
                yield work
                await work.finish()
        self.wakes.rouse(work.topics)
        if self._told is not None:
            for entry in work.written:
                self._told(entry)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent look at the database that changes nothing."""
        async with self._watched(), self._reads() as session:
            yield session

    async def create_all(self) -> None:
        """Makes the tables without migrations. For tests of single rooms."""
        async with self._writer.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            await connection.run_sync(make_index)

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Notes outages: after one, nobody judges anybody dead until one lease has passed."""
        try:
            yield
        except DBAPIError as error:
            if error.connection_invalidated or not self.embedded:
                self._down = True
            raise
        except OSError:
            self._down = True
            raise
        if self._down:
            self._down = False
            self.nobody_dead_until = self.clock() + LEASE


class Work:
    """One transaction. `now` is read once: everything in it happened at that moment."""

    def __init__(self, store: Store, session: AsyncSession) -> None:
        self.store = store
        self.session = session
        self.now = store.clock()
        self.topics: set[Topic] = set()
        self.written: list[Written] = []
        self._wanted: dict[tuple[CardKind, int], datetime] = {}

    def add(self, row: Base) -> None:
        """A new row. Its id is there after `flush`."""
        self.session.add(row)

    def add_all(self, rows: Iterable[Base]) -> None:
        self.session.add_all(rows)

    def insert(self, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that may say what to do where the row is there already (`on_conflict_do_nothing`)."""
        return sqlite.insert(table) if self.store.embedded else postgresql.insert(table)

    async def flush(self) -> None:
        await self.session.flush()

    def wake(self, topic: Topic) -> None:
        """Whoever waits for this kind of work is roused once the transaction is committed."""
        self.topics.add(topic)

    def want(self, kind: CardKind, ref: int, *, at: datetime | None = None) -> None:
        """The card about this should be shown anew. Any number of wants in one Work are one."""
        self._wanted[kind, ref] = at or self.now + FOLD
        self.wake(Topic.SHOW)

    async def write_down(
        self,
        conversation: Conversation,
        kind: EventKind,
        *,
        rep: int | None = None,
        data: dict[str, object] | None = None,
        tell: bool = True,
    ) -> Event:
        """Append to the conversation's journal; whoever is to be told gets a card for it."""
        entry = chained(
            before=conversation.head,
            chain=conversation.id,
            seq=conversation.length + 1,
            at=self.now,
            kind=kind,
            rep=rep,
            data=data or {},
        )
        conversation.head = entry.digest
        conversation.length += 1
        self.add(entry)
        self.wrote(entry.chain, entry.seq, kind, rep, entry.data)
        if tell and telling(kind) is not Telling.SILENT:
            await self.flush()
            loud = telling(kind) is Telling.CHANNEL
            self.add(
                Card(
                    kind=CardKind.CHANNEL_NOTICE if loud else CardKind.NOTICE,
                    ref=entry.id,
                    channel_id=conversation.channel_id,
                    conversation_id=conversation.id,
                    urgency=conversation.urgency,
                    due_at=self.now,
                )
            )
            self.wake(Topic.SHOW)
        return entry

    async def write_down_service(
        self, kind: EventKind, *, rep: int | None = None, data: dict[str, object] | None = None
    ) -> Event:
        """Append to the journal of what concerns no conversation (chain 0)."""
        last = await self.session.scalar(select(Event).where(Event.chain == 0).order_by(Event.seq.desc()).limit(1))
        entry = chained(
            before=last.digest if last else "",
            chain=0,
            seq=last.seq + 1 if last else 1,
            at=self.now,
            kind=kind,
            rep=rep,
            data=data or {},
        )
        self.add(entry)
        await self.flush()
        self.wrote(entry.chain, entry.seq, kind, rep, entry.data)
        return entry

    def wrote(self, chain: int, seq: int, kind: EventKind, rep: int | None, data: Mapping[str, object]) -> None:
        """For who follows along: told when the transaction is committed."""
        self.written.append(Written(chain, seq, self.now, kind.value, rep, data))

    async def tell_channels(
        self,
        kind: EventKind,
        *,
        rep: int | None = None,
        data: dict[str, object] | None = None,
        channels: Sequence[int] | None = None,
    ) -> Event:
        """Write down what concerns no conversation, and say it in these channels (all, unless some are named)."""
        entry = await self.write_down_service(kind, rep=rep, data=data)
        query = select(Channel.id).order_by(Channel.id)
        for channel in channels if channels is not None else (await self.session.scalars(query)).all():
            self.add(Card(kind=CardKind.CHANNEL_NOTICE, ref=entry.id, channel_id=channel, urgency=100, due_at=self.now))
        self.wake(Topic.SHOW)
        return entry

    async def finish(self) -> None:
        """Before the commit: the cards that were wanted."""
        await self.flush()
        for (kind, ref), at in self._wanted.items():
            due = func.coalesce(Card.due_at, at)
            await self.session.execute(
                update(Card)
                .where(Card.kind == kind.value, Card.ref == ref)
                # A card that was given up gets another chance when what it says has changed.
                .values(wanted=Card.wanted + 1, due_at=due, given_up="")
                .execution_options(synchronize_session=False)
            )
