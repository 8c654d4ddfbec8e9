"""Where something was said: the conversations of a channel in which a post has these words, the newest first.

Finds what customers and we said in public, as it stands now: nothing that was deleted, erased or is hidden. Reads as
many hits as are shown, from the newest back, so that a word that everybody uses costs no more than a rare one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card
from models.conversation import Conversation, Post
from models.people import Identity
from models.reading.places import root_of
from models.reading.values import CustomerFacts, customer_facts
from models.words import COLUMN, Asked

#: So many hits are looked at; several in one conversation are shown as one, and where that leaves too few, more are.
HITS = (20, 60)
#: So many of the newest posts PostgreSQL looks at before it asks its index: 1 and 4 ms. What fewer than one post in a
#: thousand says, the index finds in little more, among a million.
LATELY = (1_000, 10_000)
#: So many of what the index finds are asked for their channel, before all are.
NEWEST = 300
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
    looks = _in_sqlite(wanted) if embedded else _in_postgresql(wanted)
    for query, most, bound in looks:
        newest: dict[int, int] = {}
        found = (await session.execute(query.limit(most), {"channel": channel})).all()
        for post, number, _ in found:
            newest.setdefault(number, post)
        everywhere = bound is None or (len(found) > 0 and found[0][2] < bound)
        if len(newest) > limit or (everywhere and len(found) < most):
            break
    shown = list(newest.values())[:limit]
    hits = tuple([_hit(*row) for row in await session.execute(_told(shown))] if shown else ())
    return Hits(hits, len(newest) > limit or len(found) == most)


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


Row = Select[int, int, int]
#: A question, how many hits it is asked for, and at how many it looks: it looked at all there are where it met fewer.
#: None: always.
Look = tuple[Row, int, int | None]


def _hits(post: type[Post] | FromClause, met: ColumnElement[int] | None = None) -> Row:
    """Posts and their conversations, and nothing more of them: of twenty, ten are shown. With each how many it met."""
    of = post.c if isinstance(post, FromClause) else post
    return (
        select(of.id, of.conversation_id, literal(0) if met is None else met)
        .join(Conversation, Conversation.id == of.conversation_id)
        .where(Conversation.channel_id == bindparam("channel"))
    )


def _in_sqlite(wanted: Asked) -> Sequence[Look]:
    """FTS5 walks its own index from the newest post back, and is asked first."""
    index = table("words_said", column("rowid"))
    rowid: ColumnElement[int] = index.c.rowid
    found = literal_column("words_said").op("MATCH")(wanted.for_sqlite)
    query = _hits(Post).join(index, rowid == Post.id).where(found, *_STANDS).order_by(rowid.desc())
    return [(query, most, None) for most in HITS]


def _in_postgresql(wanted: Asked) -> Sequence[Look]:
    """Among the newest posts, where what many say is found at once; then by the index, which knows at once where few
    say it. Left to itself PostgreSQL walks back through a year of posts for a word that it takes for less rare than it
    is, or asks the index for one that a hundred thousand say. None of the subqueries is one that it may open."""
    vector: ColumnElement[object] = literal_column(f"post.{COLUMN}")
    asked_for = func.to_tsquery(text("'simple'"), wanted.for_postgresql)
    looks: list[Look] = []
    for many in LATELY:
        last = select(Post.id, Post.conversation_id, vector.label(COLUMN)).where(*_STANDS).order_by(Post.id.desc())
        lately = last.limit(many).subquery("lately")
        found = lately.c[COLUMN].op("@@")(asked_for)
        looks.append((_hits(lately).where(found).order_by(lately.c.id.desc()), HITS[0], 0))
    said = vector.op("@@")(asked_for)
    anywhere = select(Post.id, Post.conversation_id).where(said, *_STANDS).offset(0).subquery("anywhere")
    last = select(anywhere.c.id, anywhere.c.conversation_id).order_by(anywhere.c.id.desc())
    newest = last.limit(NEWEST).cte("newest")
    met = select(func.count()).select_from(newest).scalar_subquery()
    looks.append((_hits(newest, met).order_by(newest.c.id.desc()), HITS[-1], NEWEST))
    return [*looks, (_hits(anywhere).order_by(anywhere.c.id.desc()), HITS[-1], None)]
