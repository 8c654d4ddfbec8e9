"""Reading rows in tests, in one line each."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from models.base import Base
from models.conversation import Conversation, Post
from models.journal import Event
from models.store import Store

Row = TypeVar("Row", bound=Base)


async def rows(store: Store, table: type[Row], **where: object) -> list[Row]:
    async with store.reading() as session:
        query = select(table).filter_by(**where).order_by(*table.__table__.primary_key)
        return list(await session.scalars(query))


async def one(store: Store, table: type[Row], **where: object) -> Row:
    (row,) = await rows(store, table, **where)
    return row


async def words(store: Store) -> dict[str, str]:
    return {post.ref: post.words for post in await rows(store, Post) if post.gone_at is None}


async def kinds(store: Store, chain: int | None = None) -> list[str]:
    events = await rows(store, Event) if chain is None else await rows(store, Event, chain=chain)
    return [event.kind for event in events]


async def states(store: Store) -> list[str]:
    return [row.state for row in await rows(store, Conversation)]
