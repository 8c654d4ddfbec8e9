"""Who is to be told that what they asked for is there: each person once for an idea, whatever is merged or joined, and
on however many machines. Rows only; the draft that tells them is written like every other, and approved like it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from models.conversation import Conversation
from models.ideas import Idea, News, NewsState, Support
from models.people import Identity
from models.store import Session, Work
from models.worklist import next_due, take


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to tell: the first account of theirs, the conversation in which they are told, and the idea that they
    asked for there."""

    identity: int
    conversation: int
    idea: int


async def tell_later(work: Work, root: int, person: Person, *, rep: int, text: str) -> bool:
    """Somebody is to be told of this idea. False: they were, or are about to be; whichever machine was first."""
    statement = work.insert(News).values(
        idea_id=root,
        made_for=person.idea,
        identity_id=person.identity,
        conversation_id=person.conversation,
        rep_id=rep,
        text=text,
        state=NewsState.WAITING.value,
        at=work.now,
        due_at=work.now,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["idea_id", "identity_id"])
    return await work.session.scalar(statement.returning(News.id)) is not None


async def told_customers(work: Work, root: int, *, but: int | None = None) -> frozenset[int]:
    """Who was told of this idea, or of one that was merged into it, or is about to be, on any of their accounts as they
    are joined now. `but`: told or about to be by another row than this one; of two that wait, the earlier tells."""
    group = select(Idea.id).where(Idea.root_id == root)
    query = select(Identity.customer_id).join(News, News.identity_id == Identity.id).where(News.idea_id.in_(group))
    if but is not None:
        earlier = or_(News.state == NewsState.DRAFTED.value, News.id < but)
        query = query.where(News.id != but, earlier)
    return frozenset((await work.session.scalars(query)).all())


async def customer_of(work: Work, row: News) -> int:
    """Whose first account it was, as accounts are joined now."""
    return (await work.session.scalars(select(Identity.customer_id).where(Identity.id == row.identity_id))).one()


async def marks_for(work: Work, row: News) -> Sequence[Support]:
    """The marks in the conversation in which somebody is told, for this idea or what was merged into it."""
    group = select(Idea.id).where(Idea.root_id == row.idea_id)
    query = select(Support).where(Support.conversation_id == row.conversation_id, Support.idea_id.in_(group))
    return (await work.session.scalars(query)).all()


async def stop_telling(work: Work, root: int) -> int:
    """Who was to be told and has no draft yet is not; how many. They can be told later."""
    group = select(Idea.id).where(Idea.root_id == root)
    waiting = delete(News).where(News.idea_id.in_(group), News.state == NewsState.WAITING.value)
    done = await work.session.execute(waiting.returning(News.id).execution_options(synchronize_session=False))
    return len(done.all())


async def take_news(work: Work, channels: Collection[int], *, limit: int) -> Sequence[News]:
    """Who is to be told in these channels now, leased."""
    return await take(work, News, _in(channels), limit=limit)


async def next_news(session: Session, channels: Collection[int]) -> datetime | None:
    """When somebody is to be told there next."""
    return await next_due(session, News, _in(channels))


def _in(channels: Collection[int]) -> ColumnElement[bool]:
    return News.conversation_id.in_(select(Conversation.id).where(Conversation.channel_id.in_(channels)))


async def first_identities(work: Work, customers: Collection[int]) -> dict[int, int]:
    """The first account of each of these customers: what they are known by here."""
    query = select(Identity.customer_id, func.min(Identity.id)).where(Identity.customer_id.in_(customers))
    return {row[0]: row[1] for row in await work.session.execute(query.group_by(Identity.customer_id))}
