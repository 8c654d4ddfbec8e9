"""Praise of some days in a channel, out of the journal: who praised, and what may be quoted with a name.

A quote is the post as it is now: edited since the permission, or deleted, it is only pointed to. What is no longer
called praise is left out, whenever it was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Post
from models.journal import Event
from models.people import Identity
from models.reading.day_events import of_kinds
from models.reading.rounds import LANE
from models.reading.values import CustomerFacts, customer_facts, whole
from models.telling import EventKind

#: Ids with one question.
_CHUNK = 500
_ALLOWED = EventKind.QUOTE_ALLOWED.value
_QUOTES = (EventKind.QUOTE_ASKED.value, _ALLOWED, EventKind.QUOTE_REFUSED.value)


@dataclass(frozen=True, slots=True)
class Praised:
    """One conversation that was called praise in these days, and still is. `words` and `who` only with permission."""

    number: int
    at: datetime
    words: str | None = None
    who: CustomerFacts | None = None


@dataclass(slots=True)
class _Found:
    """What the events of a conversation add up to: when it was called praise (None: it no longer is), and the post
    that may be quoted, in which version."""

    at: datetime | None = None
    post: int | None = None
    digest: object = None


async def praised(session: AsyncSession, channel: int, start: datetime, end: datetime) -> tuple[Praised, ...]:
    """The earliest first."""
    said = await of_kinds(session, channel, start, end, (EventKind.PRAISE.value,))
    numbers = sorted({event.number for event in said})
    found: list[Praised] = []
    for some in _chunks(numbers):
        known = await _known(session, some)
        posts = await _posts(session, known.values())
        found += [_praised(number, one.at, one, posts) for number, one in known.items() if one.at is not None]
    return tuple(sorted(found, key=lambda one: (one.at, one.number)))


async def _known(session: AsyncSession, numbers: list[int]) -> Mapping[int, _Found]:
    query = (
        select(Event.chain, Event.at, Event.kind, Event.data)
        .where(Event.chain.in_(numbers), Event.kind.in_((*LANE, *_QUOTES)))
        .order_by(Event.chain, Event.seq)
    )
    found: dict[int, _Found] = {}
    for number, at, kind, data in await session.execute(query):
        one = found.setdefault(number, _Found())
        if kind in LANE:
            one.at = (one.at or at) if LANE[kind] else None
        else:
            one.post = whole(data.get("post")) if kind == _ALLOWED else None
            one.digest = data.get("digest")
    return found


async def _posts(session: AsyncSession, found: Iterable[_Found]) -> Mapping[int, tuple[Post, Identity]]:
    """Those that can still be read."""
    query = (
        select(Post, Identity)
        .join(Identity, Identity.id == Post.identity_id)
        .where(
            Post.id.in_([one.post for one in found if one.post is not None]),
            Post.gone_at.is_(None),
            Post.hidden_at.is_(None),
        )
    )
    return {post.id: (post, who) for post, who in await session.execute(query)}


def _praised(number: int, at: datetime, one: _Found, posts: Mapping[int, tuple[Post, Identity]]) -> Praised:
    post, who = posts.get(one.post or 0, (None, None))
    if post is None or who is None or post.digest != one.digest:
        return Praised(number, at)
    return Praised(number, at, post.words, customer_facts(who))


def _chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(numbers)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
