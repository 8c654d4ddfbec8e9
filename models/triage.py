"""What the reader made of posts, what people said of it, and what a channel's heads learnt from that.

Rows and their questions; what a post is and how heads are fitted is decided in `bot/triage`. Everything made of a
post's words goes when the words go (`forget_post`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.chat import Card, CardKind
from models.conversation import Conversation, Post
from models.journal import Event
from models.store import Work
from models.storms import Storm, begun_by, folded_away, set_apart, speaks_for
from models.telling import EventKind
from models.wakes import Topic

#: Posts that came before are read no more: an upgrade does not read years anew.
RECENT = timedelta(days=3)
#: So many posts back it is looked for what is unread or has changed: bounds the look, whatever the table's size.
WINDOW = 5_000


#: Among a reading's chances: which of the team's topics it is about. No chance: words say it, a head, or people.
TOPIC = "topic"


class Reading(Base):
    """What the reader says of one post, in that version of it. `model` is "" where rules alone read it. `chances`
    are by task and name, with the topic; `vector` is what heads look at, in half floats."""

    __tablename__ = "reading"
    __table_args__ = (Index("ix_reading_conversation_id", "conversation_id"), Index("ix_reading_at", "at"))

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True, autoincrement=False)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    version: Mapped[int]
    model: Mapped[str] = mapped_column(String(64))
    kinds: Mapped[list[object]] = mapped_column(default=list)
    mood: Mapped[str] = mapped_column(String(16), default="")
    score: Mapped[int] = mapped_column(default=0)  # urgency, of 100
    band: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[list[object]] = mapped_column(default=list)
    language: Mapped[str | None] = mapped_column(String(16))
    chances: Mapped[dict[str, object]] = mapped_column(default=dict)
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime]

    @property
    def topic(self) -> str:
        """Of the team's topics; "" of none."""
        return str(self.chances.get(TOPIC, ""))


class Correction(Base):
    """What somebody says a post is, beside what the reader had said; a second word on the same replaces the first."""

    __tablename__ = "correction"
    __table_args__ = (UniqueConstraint("post_id", "task"), Index("ix_correction_channel_id", "channel_id", "task"))

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    task: Mapped[str] = mapped_column(String(16))
    said: Mapped[list[object]] = mapped_column(default=list)
    meant: Mapped[list[object]] = mapped_column(default=list)
    language: Mapped[str | None] = mapped_column(String(16))
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    at: Mapped[datetime]
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)


class Lesson(Base):
    """A channel's head, fitted to corrections up to `learnt_to`. At most one stands; the others can come back.
    `before` and `after` are how many of `held` corrections, kept aside, were right. `refused` says why it does not
    stand; `stale`: words that it learnt from are gone, so it is fitted anew."""

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("channel_id", "task", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    task: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    lines: Mapped[bytes] = mapped_column(LargeBinary)
    learnt: Mapped[int]
    learnt_to: Mapped[int]
    held: Mapped[int]
    before: Mapped[int]
    after: Mapped[int]
    standing: Mapped[bool]
    stale: Mapped[bool] = mapped_column(default=False)
    refused: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Unread:
    """A post that nobody has read, or that changed since."""

    post: int
    conversation: int
    channel: int
    version: int
    words: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Hint:
    """What the reader says of one post."""

    post: int
    conversation: int
    version: int
    model: str
    kinds: tuple[str, ...] = ()
    mood: str = ""
    score: int = 0
    band: int = 0
    reasons: tuple[str, ...] = ()
    grave: str | None = None
    language: str | None = None
    topic: str = ""
    chances: Mapping[str, Mapping[str, float]] | None = None
    vector: bytes | None = None


async def unread(
    session: AsyncSession, *, now: datetime, with_model: bool, limit: int, after: int = 0
) -> Sequence[Unread]:
    """Customers' posts without a reading of this version, the oldest first, those with an id above `after`.
    `with_model`: those too that rules alone have read."""
    last = select(func.max(Post.id)).scalar_subquery()
    missing = or_(Reading.post_id.is_(None), Reading.version < Post.version)
    if with_model:
        missing = or_(missing, Reading.model == "")
    query = (
        select(Post.id, Post.conversation_id, Conversation.channel_id, Post.version, Post.words, Post.language)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .outerjoin(Reading, Reading.post_id == Post.id)
        .where(
            Post.id > last - WINDOW,
            Post.id > after,
            Post.ours.is_(False),
            Post.gone_at.is_(None),
            Post.heard_at > now - RECENT,
            missing,
        )
        .order_by(Post.id)
        .limit(limit)
    )
    return [Unread(*row) for row in await session.execute(query)]


async def keep_hints(work: Work, hints: Sequence[Hint]) -> None:
    """Write down what was read. A post that was deleted or changed meanwhile is passed over. Corrections stand: what
    people said of a post is not read over. A handful of statements, however many hints: in a storm there are many."""
    numbers = sorted({hint.conversation for hint in hints})
    storms = await begun_by(work, numbers)
    # Always in this order: two who lock several never wait for each other.
    locked = select(Conversation).where(Conversation.id.in_(numbers)).order_by(Conversation.id).with_for_update()
    conversations = {one.id: one for one in await work.session.scalars(locked)}
    wanted = [hint.post for hint in hints]
    still = select(Post).where(Post.id.in_(wanted)).execution_options(populate_existing=True)
    posts = {one.id: one for one in await work.session.scalars(still)}
    rows = {one.post_id: one for one in await work.session.scalars(select(Reading).where(Reading.post_id.in_(wanted)))}
    said: dict[int, list[Correction]] = {}
    for correction in await work.session.scalars(select(Correction).where(Correction.post_id.in_(wanted))):
        said.setdefault(correction.post_id, []).append(correction)
    grave: list[tuple[Hint, Reading]] = []
    for hint in sorted(hints, key=lambda one: (one.conversation, one.post)):
        post = posts.get(hint.post)
        if post is None or post.gone_at is not None or post.version != hint.version:
            continue
        row = rows.get(hint.post)
        if row is None:
            row = Reading(post_id=hint.post, conversation_id=hint.conversation)
            work.add(row)
        _write(row, hint, work.now)
        for one in said.get(hint.post, ()):
            _apply(row, one.task, [str(meant) for meant in one.meant])
        conversation = conversations[hint.conversation]
        if conversation.language is None:
            conversation.language = row.language
        if hint.grave is not None:
            grave.append((hint, row))
    await work.flush()
    await _order_by(work, conversations, storms)
    for hint, row in grave:
        if row.band > 0:
            await _call_once(work, conversations[hint.conversation], hint.post, hint.grave or "")
    await _show(work, conversations)


def _write(row: Reading, hint: Hint, now: datetime) -> None:
    row.version, row.model, row.at = hint.version, hint.model, now
    row.kinds, row.mood = list(hint.kinds), hint.mood
    row.score, row.band, row.reasons = hint.score, hint.band, list(hint.reasons)
    row.language, row.vector = hint.language, hint.vector
    row.chances = {task: dict(one) for task, one in (hint.chances or {}).items()} | (
        {TOPIC: hint.topic} if hint.topic else {}
    )


async def _order_by(work: Work, conversations: Mapping[int, Conversation], storms: Sequence[Storm]) -> None:
    """A conversation is as urgent as the most urgent of what its customers said since our last answer, and a storm as
    the conversation that began it ever was."""
    since = or_(Conversation.answered_at.is_(None), Post.at > Conversation.answered_at)
    query = (
        select(Reading.conversation_id, func.max(Reading.band))
        .join(Post, Post.id == Reading.post_id)
        .join(Conversation, Conversation.id == Reading.conversation_id)
        .where(Reading.conversation_id.in_(conversations), Post.gone_at.is_(None), since)
        .group_by(Reading.conversation_id)
    )
    bands: dict[int, int] = {row[0]: row[1] for row in await work.session.execute(query)}
    for storm in storms:
        storm.urgency = max(storm.urgency, bands.get(storm.conversation_id, 0))
    for number, conversation in conversations.items():
        band = bands.get(number, 0)
        if band != conversation.urgency:
            conversation.urgency = band
            await work.session.execute(
                update(Card)
                .where(Card.kind == CardKind.CONVERSATION.value, Card.ref == number)
                .values(urgency=band)
                .execution_options(synchronize_session=False)
            )
    await work.flush()


async def _show(work: Work, conversations: Mapping[int, Conversation]) -> None:
    """Their cards anew, but of those that stand folded in a storm and have none."""
    await set_apart(work, list(conversations))
    folded = await folded_away(work.session, list(conversations))
    for number in conversations.keys() - folded:
        work.want(CardKind.CONVERSATION, number)


async def _call_once(work: Work, conversation: Conversation, post: int, about: str, **more: object) -> None:
    """People are called by name once for a conversation, however much more is said in it; and once for all who
    repeat the same words."""
    chains = (conversation.id, await speaks_for(work.session, conversation.id))
    called = select(Event.id).where(Event.chain.in_(chains), Event.kind == EventKind.GRAVE.value).limit(1)
    if await work.session.scalar(called) is None:
        await work.write_down(conversation, EventKind.GRAVE, data={"post": post, "about": about, **more})


def _apply(row: Reading, task: str, meant: Sequence[str]) -> None:
    match task:
        case "kind":
            row.kinds = list(meant)
        case "mood":
            row.mood = meant[0] if meant else ""
        case "language":
            row.language = meant[0] if meant else None
        case "topic":
            row.chances = {**row.chances, TOPIC: meant[0] if meant else ""}
        case "urgency":
            row.band = max(row.band, 2) if meant else 0
            row.score = max(row.score, 75) if meant else 0
            row.reasons = list(meant)


async def latest_reading(session: AsyncSession, number: int) -> Reading | None:
    """What the reader says of the customer's last words in a conversation."""
    query = (
        select(Reading)
        .join(Post, Post.id == Reading.post_id)
        .where(Reading.conversation_id == number, Post.gone_at.is_(None))
        .order_by(Post.at.desc(), Post.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def correct(
    work: Work,
    conversation: Conversation,
    reading: Reading,
    task: str,
    meant: Sequence[str],
    *,
    rep: int,
    grave: str | None = None,
) -> None:
    """What somebody says the post is. The card shows it at once; heads learn it at the reader's next round. `grave`:
    that somebody may come to harm; it calls the people who are called for that, as the reader does."""
    shown: dict[str, list[object]] = {
        "kind": list(reading.kinds),
        "mood": [reading.mood] if reading.mood else [],
        "language": [reading.language] if reading.language else [],
        "topic": [reading.topic] if reading.topic else [],
        "urgency": list(reading.reasons) if reading.band else [],
    }
    said = shown[task]
    known = select(Correction).where(Correction.post_id == reading.post_id, Correction.task == task)
    row = await work.session.scalar(known)
    if row is not None:
        said = list(row.said)
        await work.session.delete(row)
        await work.flush()
    work.add(
        Correction(
            post_id=reading.post_id,
            channel_id=conversation.channel_id,
            task=task,
            said=said,
            meant=list(meant),
            language=reading.language,
            rep_id=rep,
            at=work.now,
            vector=reading.vector,
        )
    )
    _apply(reading, task, meant)
    if task == "language" and meant:
        conversation.language = meant[0]
    if grave is not None:
        reading.band, reading.score = 3, max(reading.score, 90)
        await _call_once(work, conversation, reading.post_id, grave, said=True)
    await work.flush()
    await _order_by(work, {conversation.id: conversation}, await begun_by(work, [conversation.id]))
    await _show(work, {conversation.id: conversation})
    work.wake(Topic.READ)


async def forget_post(work: Work, post_id: int) -> None:
    """Nothing made of its words stays, and heads that learnt from it are fitted anew without it."""
    learnt = select(Correction.channel_id).where(Correction.post_id == post_id)
    channels = set((await work.session.scalars(learnt)).all())
    for table in (Correction, Reading):
        statement = delete(table).where(table.post_id == post_id)
        await work.session.execute(statement.execution_options(synchronize_session=False))
    if channels:
        await work.session.execute(
            update(Lesson).where(Lesson.channel_id.in_(channels)).values(stale=True)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        work.wake(Topic.READ)
