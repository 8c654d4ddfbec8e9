"""Where something was said: the conversations of a channel in which a post has these words, the newest first.

Finds what customers and we said in public, as it stands now: nothing that was deleted, erased or is hidden. Reads as
many hits as are shown, from the newest back, so that a word that everybody uses costs no more than a rare one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, column, func, literal_column, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card
from models.conversation import Conversation, Post
from models.people import Identity
from models.reading.places import root_of
from models.reading.values import CustomerFacts, customer_facts
from models.words import VECTOR, Asked

#: So many hits are looked at; several in one conversation are shown as one.
HITS = 60
#: What may be shown.
_STANDS = (Post.gone_at.is_(None), Post.hidden_at.is_(None))


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation and the newest of its posts that has the words. `ours`: we said it."""

    number: int
    link: str | None
    state: str
    who: CustomerFacts | None
    ours: bool
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hits:
    """`more`: there are others, or may be."""

    hits: tuple[Hit, ...] = ()
    more: bool = False


async def search(session: AsyncSession, channel: int, wanted: Asked, *, limit: int = 10) -> Hits:
    """Nothing where nothing is asked for."""
    if wanted.nothing:
        return Hits()
    embedded = session.get_bind().dialect.name == "sqlite"
    query = _in_sqlite(wanted) if embedded else _in_postgresql(wanted)
    found = (await session.execute(query, {"channel": channel})).all()
    newest: dict[int, int] = {}
    for post, number in found:
        newest.setdefault(number, post)
    shown = list(newest.values())[:limit]
    hits = tuple([_hit(*row) for row in await session.execute(_told(shown))] if shown else ())
    return Hits(hits, len(newest) > limit or len(found) == HITS)


def _hit(post: Post, number: int, state: str, who: Identity | None, link: str | None) -> Hit:
    return Hit(number, link, state, None if who is None else customer_facts(who), post.ours, post.words, post.at)


def _told(posts: Sequence[int]) -> Select[Post, int, str, Identity, str | None]:
    """What is shown of these, the newest first."""
    return (
        select(Post, Conversation.id, Conversation.state, Identity, Card.link)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .outerjoin(Identity, Identity.id == Post.identity_id)
        .outerjoin(Card, root_of(Conversation))
        .where(Post.id.in_(posts), *_STANDS)
        .order_by(Post.id.desc())
    )


Row = Select[int, int]


def _hits() -> Row:
    """Posts and their conversations, and nothing more of them: of sixty, ten are shown."""
    return (
        select(Post.id, Post.conversation_id)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .where(Conversation.channel_id == bindparam("channel"), *_STANDS)
        .limit(HITS)
    )


def _in_sqlite(wanted: Asked) -> Row:
    """FTS5 walks its own index from the newest post back, and is asked first."""
    index = table("words_said", column("rowid"))
    rowid: ColumnElement[int] = index.c.rowid
    found = literal_column("words_said").op("MATCH")(wanted.for_sqlite)
    return _hits().join(index, rowid == Post.id).where(found).order_by(rowid.desc())


def _in_postgresql(wanted: Asked) -> Row:
    """By its statistics of the words PostgreSQL walks back through the posts, or looks a rare word up."""
    vector: ColumnElement[object] = literal_column(VECTOR)
    found = vector.op("@@")(func.to_tsquery(text("'simple'"), wanted.for_postgresql))
    return _hits().where(found).order_by(Post.id.desc())
