"""The journal's events as a day's numbers need them: those of some days in their order, and those that came before.

Each row comes with everything that counts, by one statement: which account heard it (none: it lives in another
channel), and when the post that it names was written. Both are looked up row by row, by their keys, so that no plan
ever reads a table for it that grows: asked to join the two, SQLite went from the channel's conversations of a year to
the day's events, half a million rows instead of none. What the events mean is left to `rounds` and `day`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice
from typing import TypeAlias

from sqlalchemy import BigInteger, Row, ScalarSelect, Select, and_, bindparam, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation, Post
from models.journal import Event
from models.reading.rounds import BEGINS, ENDS, POSTS, Happened, How
from models.reading.values import wholes
from models.telling import EventKind

#: Rows with one trip, and ids with one question.
PAGE = 4_000
_CHUNK = 500

_ELSEWHERE = EventKind.ANSWERED_ELSEWHERE.value
_ORDERED = EventKind.ORDERED.value
_BY_HAND = EventKind.ANSWERED_BY_HAND.value
_LEADS = tuple(sorted({*ENDS, EventKind.CUSTOMER_EDITED.value, EventKind.REOPENED.value}))

#: With these an answer stands in public, if somebody waited for it.
_ANSWERS = tuple(sorted(kind for kind, how in ENDS.items() if how in {How.ANSWERED, How.BY_HAND}))

#: Everything that decides whether somebody waits.
WAITS = tuple(sorted({*BEGINS, *ENDS}))

#: Event, conversation, its how-manieth, when, kind, rep, when the post was written that it names, the state that it
#: led to, what else counts of its data, the account. The database picks them out: reading all of the JSON here was half
#: of the work.
_Row: TypeAlias = Row[int, int, int, datetime, str, int | None, datetime | None, str | None, str | None, int | None]


def account_here() -> ScalarSelect[int]:
    """The account of an event's conversation, if that lives in the channel."""
    lives = Conversation.id == Event.chain, Conversation.channel_id == bindparam("channel")
    return select(Conversation.account_id).where(*lives).scalar_subquery()


@cache
def _rows() -> Select[int, int, int, datetime, str, int | None, datetime | None, str | None, str | None, int | None]:
    """Built once. The conditions are the caller's."""
    names = Event.kind.in_((*sorted(POSTS), _ELSEWHERE))
    written = select(Post.at).where(Post.id == cast(Event.data["post"].as_string(), BigInteger)).scalar_subquery()
    return select(
        Event.id,
        Event.chain,
        Event.seq,
        Event.at,
        Event.kind,
        Event.rep_id,
        case((names, written)),
        case((Event.kind.in_(_LEADS), Event.data["to"].as_string())),
        case(
            (Event.kind == _ORDERED, Event.data["approved_by"].as_string()),
            (Event.kind.in_((_ELSEWHERE, _BY_HAND)), Event.data["automatic"].as_string()),
        ),
        account_here().label("account"),
    )


def _happened(rows: Iterable[_Row]) -> Iterator[Happened]:
    """Those of the channel."""
    for _id, number, seq, at, kind, rep, said, to, more, account in rows:
        if account is None:
            continue
        approved_by = _ids(more) if more is not None and kind == _ORDERED else ()
        automatic = more is not None and kind != _ORDERED and more in _TRUE
        yield Happened(number, at, kind, rep, said, to or "", approved_by, automatic, account, seq == 1)


#: How the databases write what is true, out of JSON.
_TRUE = frozenset({"true", "1", 1})


@lru_cache(maxsize=1_000)  # a team's few approvers, a hundred thousand times
def _ids(written: str) -> tuple[int, ...]:
    return tuple(wholes(json.loads(written)))


async def pages(
    session: AsyncSession, channel: int, start: datetime, end: datetime, kinds: Collection[str]
) -> AsyncIterator[Sequence[Happened]]:
    """The channel's events of these kinds, page by page, so that no page waits for the next."""
    query = _rows().where(Event.at < end, Event.kind.in_(tuple(kinds))).order_by(Event.at, Event.id).limit(PAGE)
    connection = await session.connection()  # rows as they are: the mapper's way is a fifth slower
    at, last = start, 0
    while True:
        after = and_(Event.at >= at, or_(Event.at > at, Event.id > last))
        rows: Sequence[_Row] = (await connection.execute(query.where(after), {"channel": channel})).all()
        yield list(_happened(rows))
        if len(rows) < PAGE:
            return
        at, last = rows[-1][3], rows[-1][0]


async def earlier(
    session: AsyncSession, channel: int, numbers: Iterable[int], moment: datetime, kinds: Collection[str]
) -> AsyncIterator[Happened]:
    """What happened of these kinds before a moment, in those of these conversations that live in the channel: each
    one's events in their order."""
    query = _rows().where(Event.at < moment, Event.kind.in_(tuple(kinds))).order_by(Event.chain, Event.seq)
    connection = await session.connection()
    for ids in _chunks(numbers):
        rows: Sequence[_Row] = (await connection.execute(query.where(Event.chain.in_(ids)), {"channel": channel})).all()
        for event in _happened(rows):
            yield event


@dataclass(frozen=True, slots=True)
class Written:
    """An event of a conversation, with all of its data."""

    number: int
    at: datetime
    kind: str
    data: Mapping[str, object]


async def of_kinds(
    session: AsyncSession, channel: int, start: datetime, end: datetime, kinds: Collection[str]
) -> Sequence[Written]:
    """The channel's events of kinds that are rare, in their order."""
    within = Event.at >= start, Event.at < end, Event.kind.in_(tuple(kinds))
    query = select(Event.chain, Event.at, Event.kind, Event.data, account_here().label("account")).where(*within)
    rows = await session.execute(query.order_by(Event.at, Event.id), {"channel": channel})
    return [Written(*row[:4]) for row in rows if row[4] is not None]


async def counted(session: AsyncSession, channel: int, start: datetime, end: datetime, kinds: Collection[str]) -> int:
    """How many events of these kinds there were."""
    query = select(func.count(account_here())).where(Event.at >= start, Event.at < end, Event.kind.in_(tuple(kinds)))
    return await session.scalar(query, {"channel": channel}) or 0


async def answered_in(session: AsyncSession, channel: int, start: datetime, end: datetime) -> Sequence[int]:
    """The channel's conversations in which an answer went out, whether or not somebody waited for it."""
    went_out = Event.at >= start, Event.at < end, Event.kind.in_(_ANSWERS)
    query = select(Event.chain, account_here().label("account")).where(*went_out)
    rows = await session.execute(query, {"channel": channel})
    return list(dict.fromkeys(row[0] for row in rows if row[1] is not None))


def _chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(numbers)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
