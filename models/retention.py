"""What is old loses its words: conversations that ended long ago, and the profiles of whoever spoke in them alone.

As after an erasure (`erasing.py`) events, times and hashes stay, so that the journal proves itself and the figures of
old days are what they were. How old is too old is left to the settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, exists, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.attachments import forget_pictures
from models.base import Base
from models.conversation import Conversation, Note, Post
from models.erasing import MARKER, erase_post, forget_profile
from models.ideas import News
from models.lifecycle import State
from models.people import Identity
from models.reply import Delivery, DraftMessage, Revision
from models.steps import Dossier, open_dossier
from models.store import Store
from models.telling import EventKind

ENDED = (State.ANSWERED.value, State.CLOSED.value)

#: When a conversation ended that has ended; one that was opened again has lost its moment of closing.
_ENDED_AT = func.coalesce(Conversation.closed_at, Conversation.answered_at, Conversation.opened_at)


class Forgotten(Base):
    """A conversation whose words left because it had become old. One in which somebody speaks again, and which ends
    again, is forgotten again."""

    __tablename__ = "forgotten"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime]


async def forget_old(store: Store, ages: Mapping[int, timedelta], *, limit: int = 20) -> int:
    """Forget at most `limit` conversations that ended longer ago than their channel, by its id, keeps words. How many.

    One conversation a transaction: when it is broken off, the next time finishes it.
    """
    done = 0
    for channel, age in ages.items():
        before = store.clock() - age
        for number in await _old(store, channel, before, limit - done):
            async with store.work() as work:
                dossier = await open_dossier(work, number, {})
                customers = await _forget(dossier) if dossier.state.value in ENDED else ()
            for customer in customers:
                await _forget_who_is_gone(store, customer)
            done += 1
    return done


async def _old(store: Store, channel: int, before: datetime, limit: int) -> Sequence[int]:
    known = exists().where(Forgotten.conversation_id == Conversation.id, Forgotten.at > _ENDED_AT)
    query = select(Conversation.id).where(
        Conversation.channel_id == channel, Conversation.state.in_(ENDED), before > _ENDED_AT, ~known
    )
    async with store.reading() as session:
        return (await session.scalars(query.order_by(Conversation.id).limit(limit))).all() if limit > 0 else ()


async def _forget(dossier: Dossier) -> Sequence[int]:
    """The words of one conversation, everybody's. The customers who spoke in it."""
    work, number = dossier.work, dossier.conversation.id
    posts, people = [], set[int]()
    for post in dossier.posts:
        if post.ours:
            # Not `erase_post`: our reply still stands in public, and is not said to be gone.
            post.words, post.spans, post.media, post.extra = MARKER, [], [], {}
            continue
        if post.identity_id is not None:
            people.add(post.identity_id)
        if post.gone_at is None or post.words:
            posts.append(post.id)
            await erase_post(work, post, on_request=post.gone_at is None)
    revisions = []
    for revision in await work.session.scalars(select(Revision).where(Revision.conversation_id == number)):
        revision.typed = revision.final = MARKER
        revision.spans = []
        revisions.append(revision.number)
    await forget_pictures(work, number)
    for note in await work.session.scalars(select(Note).where(Note.conversation_id == number)):
        note.words = MARKER
    for news in await work.session.scalars(select(News).where(News.conversation_id == number)):
        news.text = MARKER
    for delivery in await work.session.scalars(select(Delivery).where(Delivery.conversation_id == number)):
        delivery.why = ""
    for message in await work.session.scalars(select(DraftMessage).where(DraftMessage.conversation_id == number)):
        message.ready = {}
    data: dict[str, object] = {"posts": posts, "revisions": sorted(revisions), "why": "age"}
    await work.write_down(dossier.conversation, EventKind.ERASED, data=data)
    dossier.conversation.version += 1
    dossier.want_cards()
    await work.session.merge(Forgotten(conversation_id=number, at=work.now))
    query = select(Identity.customer_id).where(Identity.id.in_(people)).distinct()
    return (await work.session.scalars(query)).all()


async def _forget_who_is_gone(store: Store, customer: int) -> None:
    """The profile of a customer of whom no word is left."""
    theirs = select(Identity.id).where(Identity.customer_id == customer)
    here = select(Post.id).where(Post.identity_id.in_(theirs), Post.gone_at.is_(None)).limit(1)
    async with store.reading() as session:
        if await session.scalar(here) is not None:
            return
    await forget_profile(store, customer)
