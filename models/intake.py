"""Writing down what was heard, many rows at a time: the account's lock, ids beforehand, plain inserts.

Which rows, is left to hearing. Questions are in `reading/heard.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Column, ColumnDefault, Table, delete, func, or_, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from models.base import Base
from models.conversation import Conversation, Post, Removal
from models.lifecycle import State
from models.places import Account
from models.store import Work


async def lock_account(work: Work, account_id: int) -> Account:
    """The account, for this Work alone: what is heard of one account is stored one batch after the other.

    Others may still write rows that refer to it (`FOR NO KEY UPDATE`): the desk never waits for us here.
    """
    query = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    return (await work.session.scalars(query)).one()


async def lock_conversation(work: Work, number: int) -> Conversation:
    """A conversation, for this Work alone."""
    return (await work.session.scalars(select(Conversation).where(Conversation.id == number).with_for_update())).one()


async def reserve(work: Work, table: type[Base], count: int) -> Sequence[int]:
    """`count` ids for new rows, rising. Rows that name each other can then be written in any number at once."""
    if count <= 0:
        return ()
    name = table.__tablename__
    if work.store.embedded:  # the one writer: nobody else can take them
        last = await work.session.scalar(select(func.max(text("id"))).select_from(table.__table__)) or 0
        return range(last + 1, last + count + 1)
    query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted((await work.session.scalars(query, {"name": name, "count": count})).all())


async def insert_rows(work: Work, table: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Many rows at once, without objects: by COPY on PostgreSQL, by the driver's own `executemany` on SQLite. Every
    row has the same columns.

    The library's insert looks at every parameter of every row, and takes twice as long. The columns' own types still
    make the values fit the database, and columns that are not named get their defaults.
    """
    if not rows:
        return
    target = table.__table__
    assert isinstance(target, Table)
    connection = await work.session.connection()
    dialect = connection.dialect
    columns: dict[str, Sequence[object]] = {name: [row[name] for row in rows] for name in rows[0]}
    columns |= {
        column.name: [_default(column)] * len(rows)
        for column in target.c
        if column.default is not None and column.name not in columns
    }
    for name, values in columns.items():
        make = target.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if make is not None:
            same = all(value is values[0] for value in values)
            columns[name] = [make(values[0])] * len(rows) if same else [make(value) for value in values]
    quote = dialect.identifier_preparer.quote
    into = f"{quote(target.name)} ({', '.join(quote(name) for name in columns)})"
    made = list(zip(*columns.values(), strict=True))
    if work.store.embedded:
        marks = ", ".join("?" * len(columns))
        await connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", made)
    else:
        await _copy(connection, f"COPY {into} FROM STDIN", made)


async def _copy(connection: AsyncConnection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """What goes wrong is told as the library tells it, so that an outage is known for one."""
    import psycopg  # only PostgreSQL comes here, and others need not load it

    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    try:
        async with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                await copy.write_row(row)
    except psycopg.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error
    except psycopg.Error as error:
        raise DBAPIError(statement, None, error, connection_invalidated=driver.closed) from error


def _default(column: Column[object]) -> object:
    """What a column gets when nobody names it: a constant, or what its function makes."""
    default = column.default
    assert isinstance(default, ColumnDefault)
    return default.arg(None) if default.is_callable else default.arg


async def forget_removals(work: Work, before: datetime) -> None:
    """Removals that old will hardly be repeated by any platform."""
    await work.session.execute(delete(Removal).where(Removal.at < before))


async def look_sooner(work: Work, account_id: int, by: datetime) -> None:
    """Customers' posts beside which a draft waits are looked at again by then, whatever their schedule says."""
    waiting = select(Conversation.id).where(
        Conversation.account_id == account_id,
        Conversation.state.in_([State.DRAFTED.value, State.APPROVED.value]),
    )
    await work.session.execute(
        update(Post)
        .where(
            Post.conversation_id.in_(waiting),
            Post.gone_at.is_(None),
            Post.ours.is_(False),
            Post.lease_until.is_(None),
            or_(Post.due_at.is_(None), Post.due_at > by),
        )
        .values(due_at=by)
    )


async def still_ours(work: Work, fences: Mapping[int, int]) -> Sequence[Post]:
    """Those posts of a sweep (id -> fence) that nobody took since."""
    query = select(Post).where(Post.id.in_(fences)).order_by(Post.id).with_for_update()
    return [post for post in await work.session.scalars(query) if post.fence == fences[post.id]]
