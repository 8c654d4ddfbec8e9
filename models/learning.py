"""What a channel's heads learnt: which lessons stand, what is to be learnt, how often the reader was right.

The rows are in `triage.py`; how heads are fitted is decided in `bot/triage/teaching.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Conversation
from models.store import Work
from models.triage import Correction, Lesson, Reading
from models.wakes import Topic


@dataclass(frozen=True, slots=True)
class Learnt:
    """A head that stands: its lines, as `bot/triage/teaching.py` wrote them."""

    channel: int
    task: str
    lines: bytes


async def standing(session: AsyncSession) -> Sequence[Learnt]:
    """Every channel's own heads."""
    query = select(Lesson.channel_id, Lesson.task, Lesson.lines).where(Lesson.standing.is_(True))
    return [Learnt(*row) for row in await session.execute(query)]


async def to_learn(session: AsyncSession, tasks: Sequence[str]) -> Sequence[tuple[int, str]]:
    """Channels and tasks whose corrections are newer than their last lesson, or some of whose are gone."""
    last = (
        select(
            Lesson.channel_id, Lesson.task, func.max(Lesson.learnt_to).label("to"), func.max(Lesson.number).label("n")
        )
        .group_by(Lesson.channel_id, Lesson.task)
        .subquery()
    )
    newest = (
        select(Correction.channel_id, Correction.task)
        .outerjoin(last, (last.c.channel_id == Correction.channel_id) & (last.c.task == Correction.task))
        .where(Correction.task.in_(tasks), Correction.vector.is_not(None))
        .group_by(Correction.channel_id, Correction.task)
        .having(func.max(Correction.id) > func.coalesce(func.max(last.c.to), 0))
    )
    stale = select(Lesson.channel_id, Lesson.task).where(Lesson.stale.is_(True), Lesson.task.in_(tasks)).distinct()
    found = {(channel, task) for query in (newest, stale) for channel, task in await session.execute(query)}
    return sorted(found)


async def corrections(session: AsyncSession, channel: int, task: str) -> Sequence[Correction]:
    """All that can be learnt from, the oldest first."""
    query = select(Correction).where(
        Correction.channel_id == channel, Correction.task == task, Correction.vector.is_not(None)
    )
    return (await session.scalars(query.order_by(Correction.id))).all()


async def learnt_to(session: AsyncSession, channel: int, task: str) -> int:
    """The last correction that the standing head has learnt from; 0 where none stands."""
    query = select(Lesson.learnt_to).where(
        Lesson.channel_id == channel, Lesson.task == task, Lesson.standing.is_(True), Lesson.stale.is_(False)
    )
    return await session.scalar(query) or 0


async def keep_lesson(work: Work, lesson: Lesson) -> None:
    """A new head stands in place of the one before, unless it was refused. Those that learnt from words which are
    gone are no more."""
    mine = (Lesson.channel_id == lesson.channel_id, Lesson.task == lesson.task)
    last = await work.session.scalar(select(func.max(Lesson.number)).where(*mine))
    await work.session.execute(
        delete(Lesson).where(*mine, Lesson.stale.is_(True)).execution_options(synchronize_session=False)
    )
    lesson.number = (last or 0) + 1
    if lesson.standing:
        await work.session.execute(
            update(Lesson).where(*mine).values(standing=False).execution_options(synchronize_session=False)
        )
    work.add(lesson)
    await work.flush()


async def back(work: Work, channel: int, task: str) -> tuple[int, int] | None:
    """The head before stands again: the numbers of the one that stood and of the one that stands, 0 for the one that
    comes with Twoway. None: nothing of the channel's own stands."""
    query = select(Lesson).where(Lesson.channel_id == channel, Lesson.task == task).order_by(Lesson.number.desc())
    rows = (await work.session.scalars(query.with_for_update())).all()
    stood = next((row for row in rows if row.standing), None)
    if stood is None:
        return None
    stood.standing, stood.refused = False, "taken back by the team"
    before = next((row for row in rows if row.number < stood.number and not row.refused and not row.stale), None)
    if before is not None:
        before.standing = True
    work.wake(Topic.READ)
    return stood.number, 0 if before is None else before.number


@dataclass(frozen=True, slots=True)
class Judged:
    """One word of somebody's on what the reader had said."""

    task: str
    language: str | None
    said: tuple[str, ...]
    meant: tuple[str, ...]
    at: datetime

    @property
    def right(self) -> bool:
        return set(self.said) == set(self.meant)


async def judged(session: AsyncSession, channel: int) -> Sequence[Judged]:
    """Everything that people said of the reader in a channel, the oldest first."""
    query = select(Correction).where(Correction.channel_id == channel).order_by(Correction.at, Correction.id)
    return [
        Judged(row.task, row.language, tuple(map(str, row.said)), tuple(map(str, row.meant)), row.at)
        for row in await session.scalars(query)
    ]


async def read_count(session: AsyncSession, channel: int) -> int:
    """How many posts were read that stand in this channel."""
    query = select(func.count()).select_from(Reading).join(Conversation, Conversation.id == Reading.conversation_id)
    return await session.scalar(query.where(Conversation.channel_id == channel)) or 0


async def lessons(session: AsyncSession, channel: int) -> Sequence[Lesson]:
    """The channel's heads, the newest first."""
    query = select(Lesson).where(Lesson.channel_id == channel).order_by(Lesson.id.desc()).limit(20)
    return (await session.scalars(query)).all()
