"""The same text from many: storms, the conversations in them, and one answer prepared for several of those.

Whether something is a storm is decided in `bot/triage/storms.py`; which of them has no card of its own, in
`reading/storms.py`. A conversation in a storm stays a conversation like every other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models.base import Base
from models.chat import Card, CardKind
from models.conversation import Claim, Conversation, Post
from models.journal import Event
from models.lifecycle import State
from models.store import Work
from models.telling import EventKind
from models.wakes import Topic

#: How urgent a storm's card is among the cards that wait to be shown.
URGENCY = 50
#: From so many bands above its storm on, a conversation is urgent by itself. Those who repeat an urgent complaint are
#: as urgent as the storm's own card, and what a model thinks of the same words varies by a band.
MORE_URGENT = 2


class Apart(StrEnum):
    """Why a conversation that is in a storm has a card of its own all the same."""

    NOT = ""
    DIFFERENT = "different"  # it says more than the others
    FOLLOWED = "followed"  # many follow its author
    URGENT = "urgent"  # it is far more urgent than the words of its storm are


class Storm(Base):
    """The same text again and again in one channel. Its id is the number that people say. `in_week` is how many
    posts came to the channel in this hour of the day in the last seven days; `loud`: its own rate was far more.
    `urgency` is that of the words that began it, as a conversation's."""

    __tablename__ = "storm"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), unique=True)  # the first that said it
    began_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    in_week: Mapped[int] = mapped_column(default=0)
    loud: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[int] = mapped_column(default=0, server_default="0")  # machines of the version before write none


class StormMember(Base):
    """A conversation in a storm, with the post that brought it in, as it was then."""

    __tablename__ = "storm_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    storm_id: Mapped[int] = mapped_column(ForeignKey("storm.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), unique=True)
    post_id: Mapped[int]
    version: Mapped[int]
    apart: Mapped[str] = mapped_column(String(16), default="")
    at: Mapped[datetime]
    out_at: Mapped[datetime | None]
    out_by: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))


class StormAnswer(Base):
    """One answer that somebody prepared for several conversations: each got a draft of its own."""

    __tablename__ = "storm_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    storm_id: Mapped[int] = mapped_column(ForeignKey("storm.id"), index=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    at: Mapped[datetime]


class StormDraft(Base):
    """One of these drafts, by the message that would show it: approvals are given to that and to nothing else."""

    __tablename__ = "storm_draft"
    __table_args__ = (UniqueConstraint("answer_id", "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("storm_answer.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("draft_message.id"), unique=True)


async def begin(work: Work, *, channel: int, first: int, began_at: datetime, last_at: datetime) -> int:
    """A storm that began with conversation `first`; one that another machine made is that one."""
    urgency = select(Conversation.urgency).where(Conversation.id == first).scalar_subquery()
    row = {"channel_id": channel, "conversation_id": first, "began_at": began_at, "last_at": last_at}
    statement = work.insert(Storm).values(**row, in_week=0, loud=False, urgency=urgency)
    statement = statement.on_conflict_do_update(index_elements=["conversation_id"], set_={"last_at": last_at})
    id: int | None = await work.session.scalar(statement.returning(Storm.id))
    assert id is not None
    card = {"kind": CardKind.STORM.value, "ref": id, "channel_id": channel, "urgency": URGENCY, "due_at": work.now}
    await work.session.execute(
        work.insert(Card).values(**card).on_conflict_do_nothing(index_elements=["kind", "ref", "channel_id"])
    )
    return id


@dataclass(frozen=True, slots=True)
class Joining:
    """A conversation that joins a storm, with the post that brings it."""

    conversation: int
    post: int
    version: int
    apart: Apart
    at: datetime


async def join(work: Work, storm: int, joining: Sequence[Joining]) -> int:
    """Put conversations into a storm, and say so in their journals; how many were new. Who is in one, or was taken
    out of one, is passed over. In a storm hundreds join at once: a handful of statements for all of them.

    Whose card was never posted, and has nothing of its own that would be shown, needs none: nobody has to look.
    Whatever happens in it later wants its card as ever.
    """
    of = {one.conversation: one for one in joining}
    rows = [
        {
            "storm_id": storm,
            "conversation_id": one.conversation,
            "post_id": one.post,
            "version": one.version,
            "at": one.at,
            "apart": one.apart.value,
        }
        for one in joining
    ]
    statement = work.insert(StormMember).values(rows).on_conflict_do_nothing(index_elements=["conversation_id"])
    new = sorted((await work.session.scalars(statement.returning(StormMember.conversation_id))).all())
    # Always in this order: two who lock several never wait for each other.
    query = select(Conversation).where(Conversation.id.in_(new)).order_by(Conversation.id).with_for_update()
    for chain in (await work.session.scalars(query)).all():
        one = of[chain.id]
        await work.write_down(chain, EventKind.STORM_JOINED, data={"storm": storm, "post": one.post})
        chain.version += 1
    await work.flush()
    await set_apart(work, new)
    quiet = await _with_nothing_of_their_own(work, new)
    for number in new:
        if number not in quiet:
            work.want(CardKind.CONVERSATION, number)
    return len(new)


async def _with_nothing_of_their_own(work: Work, numbers: Sequence[int]) -> frozenset[int]:
    """Those of which nothing would be shown (`folded_into`) that nobody has begun to show; their cards are settled."""
    more = select(Post.id).where(
        Post.conversation_id == Conversation.id,
        Post.ours.is_(False),
        (Post.id > StormMember.post_id) | ((Post.id == StormMember.post_id) & (Post.version != StormMember.version)),
    )
    claimed = select(Claim.id).where(Claim.conversation_id == Conversation.id, Claim.ended_at.is_(None))
    plain = (
        select(Conversation.id)
        .join(StormMember, StormMember.conversation_id == Conversation.id)
        .join(Storm, (Storm.id == StormMember.storm_id) & (Storm.channel_id == Conversation.channel_id))
        .where(
            Conversation.id.in_(numbers),
            StormMember.apart == Apart.NOT.value,
            Conversation.state == State.OPEN.value,
            ~more.exists(),
            ~claimed.exists(),
        )
    )
    settle = (
        update(Card)
        .where(
            Card.kind == CardKind.CONVERSATION.value,
            Card.ref.in_((await work.session.scalars(plain)).all()),
            Card.ts.is_(None),
            or_(Card.lease_until.is_(None), Card.lease_until < work.now),
        )
        .values(shown=Card.wanted, due_at=None)
        .returning(Card.ref)
        .execution_options(synchronize_session=False)
    )
    return frozenset((await work.session.scalars(settle)).all())


async def begun_by(work: Work, numbers: Collection[int]) -> Sequence[Storm]:
    """The storms that these conversations began, for this Work alone. Storms are locked before conversations: who joins
    does so, and two who lock both never wait for each other."""
    query = select(Storm).where(Storm.conversation_id.in_(numbers)).order_by(Storm.id).with_for_update()
    return (await work.session.scalars(query)).all()


async def set_apart(work: Work, numbers: Sequence[int]) -> None:
    """Of these, those in a storm that are far more urgent than its words, or for which people were called by name
    where they were not called for the storm: they have a card of their own from now on."""

    def called(chain: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        return exists().where(Event.chain == chain, Event.kind == EventKind.GRAVE.value)

    query = (
        select(StormMember)
        .join(Storm, Storm.id == StormMember.storm_id)
        .join(Conversation, Conversation.id == StormMember.conversation_id)
        .where(
            StormMember.conversation_id.in_(numbers),
            StormMember.apart == Apart.NOT.value,
            StormMember.out_at.is_(None),
            or_(
                Conversation.urgency >= Storm.urgency + MORE_URGENT,
                and_(called(StormMember.conversation_id), ~called(Storm.conversation_id)),
            ),
        )
    )
    for member in await work.session.scalars(query):
        member.apart = Apart.URGENT.value
    await work.flush()


async def speaks_for(session: AsyncSession, number: int) -> int | None:
    """The conversation that began the storm in which this one stands folded; None: it stands for itself."""
    query = (
        select(Storm.conversation_id)
        .join(StormMember, StormMember.storm_id == Storm.id)
        .where(
            StormMember.conversation_id == number,
            StormMember.apart == Apart.NOT.value,
            StormMember.out_at.is_(None),
            Storm.conversation_id != number,
        )
    )
    return await session.scalar(query)


async def folded_away(session: AsyncSession, numbers: Sequence[int]) -> frozenset[int]:
    """Those that stand in a storm and have no card of their own: what is not to be shown need not be looked at."""
    query = (
        select(StormMember.conversation_id)
        .join(Card, (Card.ref == StormMember.conversation_id) & (Card.kind == CardKind.CONVERSATION.value))
        .where(
            StormMember.conversation_id.in_(numbers),
            StormMember.apart == Apart.NOT.value,
            StormMember.out_at.is_(None),
            Card.ts.is_(None),
            Card.wanted <= Card.shown,
        )
    )
    return frozenset((await session.scalars(query)).all())


async def looked_at(work: Work, numbers: Sequence[int]) -> None:
    """These begin no storm and join none, or say more: their cards wait no longer for that to be told."""
    statement = (
        update(Card)
        .where(
            Card.kind == CardKind.CONVERSATION.value,
            Card.ref.in_(numbers),
            Card.ts.is_(None),
            Card.lease_until.is_(None),
            Card.due_at > work.now,
        )
        .values(due_at=work.now)
        .returning(Card.id)
        .execution_options(synchronize_session=False)
    )
    if (await work.session.scalars(statement)).all():
        work.wake(Topic.SHOW)


async def spoke(work: Work, storm: int, at: datetime) -> None:
    """Somebody joined it at this time."""
    row = await work.session.get(Storm, storm, with_for_update=True)
    if row is not None:
        row.last_at = max(row.last_at, at)


async def rated(work: Work, storm: int, *, in_week: int, loud: bool) -> None:
    """How many posts came in such an hour in a week, and whether this storm is far more than usual."""
    row = await work.session.get(Storm, storm, with_for_update=True)
    if row is not None:
        row.in_week, row.loud = in_week, loud


async def over_at(work: Work, storm: int, channel: int, at: datetime) -> None:
    """Unless somebody joins it before, the storm is over then, and one message says what it was. A row that is due, so
    that it comes once whoever dies, however many look; a storm of which it was said is not said to be over again."""
    card = {"kind": CardKind.STORM_DIGEST.value, "ref": storm, "channel_id": channel, "urgency": URGENCY, "due_at": at}
    later = work.insert(Card).values(**card)
    await work.session.execute(
        later.on_conflict_do_update(
            index_elements=["kind", "ref", "channel_id"],
            set_={"due_at": at},
            where=Card.ts.is_(None) & (Card.shown == 0) & (Card.due_at < at),
        )
    )


async def take_out(work: Work, storm: int, conversation: Conversation, rep: int) -> bool:
    """From now on it has a card of its own. False: it is not in this storm."""
    query = select(StormMember).where(
        StormMember.storm_id == storm, StormMember.conversation_id == conversation.id, StormMember.out_at.is_(None)
    )
    member = await work.session.scalar(query.with_for_update())
    if member is None:
        return False
    member.out_at, member.out_by = work.now, rep
    await work.flush()
    await work.write_down(conversation, EventKind.STORM_LEFT, rep=rep, data={"storm": storm})
    conversation.version += 1
    work.want(CardKind.CONVERSATION, conversation.id)
    if conversation.message_id is not None:
        work.want(CardKind.DRAFT, conversation.message_id)
    work.want(CardKind.STORM, storm)
    return True


async def prepare(work: Work, storm: Storm, rep: int, drafts: Sequence[tuple[int, int]]) -> int:
    """An answer to many: for each conversation the message that would show its draft. One message lists them all."""
    answer = StormAnswer(storm_id=storm.id, rep_id=rep, at=work.now)
    work.add(answer)
    await work.flush()
    work.add_all(
        StormDraft(answer_id=answer.id, conversation_id=conversation, message_id=message)
        for conversation, message in drafts
    )
    work.add(
        Card(
            kind=CardKind.STORM_ANSWER,
            ref=answer.id,
            channel_id=storm.channel_id,
            urgency=URGENCY,
            due_at=work.now,
        )
    )
    work.want(CardKind.STORM, storm.id)
    work.wake(Topic.SHOW)
    return answer.id
