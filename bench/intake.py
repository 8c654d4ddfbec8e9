"""How fast what is heard is stored: posts a second through `receive`, beside bare inserts of the same rows.

    python bench/intake.py [--posts 5000] [--batch 250] [--replies 0.0] [--database postgresql://…] [--profile]

The baseline writes exactly the rows that `receive` left, by the driver's own `executemany`, in as many transactions.
Without --database: a new SQLite file. A database that is named must be empty; its tables are made and dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import Engine

from adapters.contract import Author, Batch, Cursor, Posted, PostRef, PublicPost, Text
from bot.hearing.receive import receive
from models.places import Account, Channel, Route
from models.store import Store
from models.tables import Base
from models.words import COLUMN, make_index

TABLES = ("customer", "identity", "conversation", "post", "event", "card")
WORDS = "My parcel has been on its way for two weeks now, and nobody answers the phone. Could you have a look, please? "


def posts(count: int, replies: float, *, first: int = 0) -> list[PublicPost]:
    """Posts of different people, numbered from `first`; a share of them answers the post before."""
    start = datetime.now(UTC) - timedelta(days=1)
    made: list[PublicPost] = []
    for number in range(first, first + count):
        answers = bool(made) and int(number * replies) != int((number - 1) * replies)
        before = made[-1] if answers else None
        root = None if before is None else before.root
        made.append(
            PublicPost(
                ref=PostRef(f"{number:012}"),
                root=root or PostRef(f"{number:012}"),
                parent=None if before is None else before.ref,
                author=Author(ref=f"a{number}", handle=f"person{number}", name=f"Person {number}", followers=number),
                text=Text.of(f"{WORDS}({number})"),
                at=start + timedelta(seconds=number),
                language="en",
                url=f"https://square.example/@person{number}/{number:012}",
                extra={"mentions": [f"person{number}"]},
            )
        )
    return made


async def through_receive(url: str, said: Sequence[PublicPost], size: int) -> float:
    """Posts a second."""
    store = Store(url)
    async with store.work() as work:
        account = Account(name="acme", platform="bench")
        channel = Channel(name="care", surface="slack", chat_id="C1")
        work.add_all([account, channel])
        await work.flush()
        work.add(Route(account_id=account.id, channel_id=channel.id))
    try:
        began = time.perf_counter()
        for start in range(0, len(said), size):
            heard = tuple(Posted(post) for post in said[start : start + size])
            await receive(store, account.id, Batch(heard, Cursor(str(start))), policies={})
        return len(said) / (time.perf_counter() - began)
    finally:
        await store.close()


def bare(engine: Engine, url: str, transactions: int, count: int) -> float:
    """The same rows again, as prepared tuples, into emptied tables: posts a second."""
    raw = engine.raw_connection()
    rows: dict[str, list[tuple[object, ...]]] = {}
    columns: dict[str, list[str]] = {}
    for table in TABLES:
        cursor = raw.cursor()
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        names = [column[0] for column in cursor.description or ()]
        columns[table] = [name for name in names if name != COLUMN]  # which the database writes
        kept = [names.index(name) for name in columns[table]]
        rows[table] = [tuple(_plain(row[at]) for at in kept) for row in cursor.fetchall()]
    raw.close()
    with engine.begin() as connection:
        for table in reversed(TABLES):
            connection.execute(text(f"DELETE FROM {table}"))
    sqlite = engine.dialect.name == "sqlite"
    mark = "?" if sqlite else "%s"
    path = str(make_url(url).database)
    connection = sqlite3.connect(path) if sqlite else psycopg.connect(url)
    if sqlite:
        connection.execute("PRAGMA synchronous=FULL")
    began = time.perf_counter()
    for part in range(transactions):
        for table in TABLES:
            share = -(-len(rows[table]) // transactions)
            share += 20 if table in {"customer", "identity", "conversation"} else 0  # named only once they are there
            some = rows[table][part * share : (part + 1) * share]
            names = ", ".join(f'"{name}"' for name in columns[table])
            marks = ", ".join([mark] * len(columns[table]))
            if some:
                connection.cursor().executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", some)
        connection.commit()
    took = time.perf_counter() - began
    connection.close()
    return count / took


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, Mapping | list) else value


def measured(url: str, *, count: int = 5000, batch: int = 250, replies: float = 0.0) -> tuple[float, float]:
    """Posts a second, ours and bare, on an empty database whose tables are made and dropped here."""
    driver = "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
    engine = create_engine(make_url(url).set(drivername=driver))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        make_index(connection)
    try:
        ours = asyncio.run(through_receive(url, posts(count, replies), batch))
        return ours, bare(engine, url, -(-count // batch), count)
    finally:
        Base.metadata.drop_all(engine)
        engine.dispose()


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--posts", type=int, default=5000)
    read.add_argument("--batch", type=int, default=250)
    read.add_argument("--replies", type=float, default=0.0)
    read.add_argument("--database", default=None)
    read.add_argument("--profile", action="store_true")
    given = read.parse_args()
    profile = cProfile.Profile()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{Path(folder, 'bench.db')}"
        if given.profile:
            profile.enable()
        ours, plain = measured(url, count=given.posts, batch=given.batch, replies=given.replies)
        profile.disable()
    if given.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    print(f"receive {ours:8.0f} posts/s   bare inserts {plain:8.0f} posts/s   ratio {ours / plain:.2f}")


if __name__ == "__main__":
    main()
