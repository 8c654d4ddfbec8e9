"""What a card says of earlier conversations that resemble one: what was answered there, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.conversation import Conversation, Post
from models.paragraphs import names_in
from models.people import Rep
from models.reading.values import RepFacts, rep_facts
from models.reply import Revision
from models.resembling import Resemblance, replied
from models.storms import StormMember
from models.triage import Reading

#: Kinds of urgency, as people correct them, for which nothing is offered to begin an answer with.
DELICATE = frozenset({"danger", "legal", "self_harm", "violence"})
#: Answered ones on a card, and others that are named.
ANSWERED, OTHERS = 3, 5
#: Scores of 1,000 within one step of this are as good as each other: then the newest goes first.
STEP = 25


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """What we wrote for our last public reply in an earlier conversation, without mention and sign-off."""

    number: int
    words: str
    by: RepFacts
    at: datetime
    url: str | None
    asked: str  # the customer's words that resemble these
    score: int


@dataclass(frozen=True, slots=True)
class SeenFacts:
    """`answered`: the likest first, the newest first among equals. `others`: of late, in words of their own, without
    an answer so far."""

    answered: tuple[EarlierAnswer, ...] = ()
    others: tuple[int, ...] = ()


async def seen_facts(session: AsyncSession, number: int, channel: int) -> SeenFacts:
    """Asks once where nothing resembles it. What people said is a matter of danger or law resembles nothing."""
    there, mine, theirs = aliased(Post), aliased(StormMember), aliased(StormMember)
    one_storm = exists().where(
        mine.conversation_id == number,
        theirs.conversation_id == Resemblance.other_id,
        mine.storm_id == theirs.storm_id,
    )
    query = (
        select(Resemblance.other_id, Resemblance.score, there.words)
        .join(Post, Post.id == Resemblance.post_id)
        .join(there, there.id == Resemblance.other_post_id)
        .join(Conversation, Conversation.id == Resemblance.other_id)
        .where(
            Resemblance.conversation_id == number,
            Conversation.channel_id == channel,
            Post.gone_at.is_(None),
            there.gone_at.is_(None),
            ~one_storm,
        )
        .order_by(Resemblance.score, Resemblance.other_id)
    )
    # Of several posts of one conversation the likest stays.
    best = {other: (score, asked) for other, score, asked in await session.execute(query)}
    rows = [(other, *best[other]) for other in sorted(best, key=lambda one: (-best[one][0], -one))]
    if not rows or await is_called_delicate(session, number):
        return SeenFacts()
    answers = await _answers(session, [row[0] for row in rows])
    found = [
        EarlierAnswer(other, words, by, at, url, asked, score)
        for other, score, asked in rows
        if other in answers
        for words, by, at, url in [answers[other]]
    ]
    found.sort(key=lambda one: (-(one.score // STEP), -one.number))
    others = tuple(other for other, _, _ in rows if other not in answers)
    return SeenFacts(tuple(found[:ANSWERED]), others[:OTHERS])


async def is_called_delicate(session: AsyncSession, number: int) -> bool:
    """Whether somebody, or the head by a kind's name, says that it is about danger or the law."""
    said = await session.scalars(select(Reading.reasons).where(Reading.conversation_id == number))
    return any(str(reason) in DELICATE for reasons in said for reason in reasons)


async def _answers(session: AsyncSession, numbers: list[int]) -> dict[int, tuple[str, RepFacts, datetime, str | None]]:
    """The last public reply of ours in each, where one stands."""
    query = (
        replied()
        .add_columns(Revision.typed, Rep, Post.at, Post.url)
        .join(Rep, Rep.id == Revision.rep_id)
        .where(Post.conversation_id.in_(numbers))
        .order_by(Post.conversation_id, Revision.number)
    )
    rows = await session.execute(query)
    return {other: (typed, rep_facts(rep), at, url) for other, _, typed, rep, at, url in rows}


@dataclass(frozen=True, slots=True)
class Answered:
    """An earlier answer, and what tells which of its words belonged to whom it was given: `names` of everybody who
    spoke there, and what customers `said`."""

    words: str
    names: frozenset[str]
    said: str
    language: str | None


async def answer_of(session: AsyncSession, number: int, channel: int) -> Answered | None:
    """What we wrote for our last public reply in a conversation of this channel."""
    here = await session.scalar(
        select(Conversation).where(Conversation.id == number, Conversation.channel_id == channel)
    )
    found = (await _answers(session, [number])).get(number)
    if here is None or found is None:
        return None
    posts = select(Post.words).where(Post.conversation_id == number, Post.ours.is_(False), Post.gone_at.is_(None))
    said = "\n".join((await session.scalars(posts.order_by(Post.id))).all())
    return Answered(found[0], await names_in(session, [number]), said, here.language)


@dataclass(frozen=True, slots=True)
class Said:
    """A customer's post, with what the head says of how urgent it is."""

    words: str
    language: str | None
    chances: Mapping[str, object]


async def delicate_words(session: AsyncSession, number: int) -> Sequence[Said] | None:
    """What its customers say. None: people, or heads and rules by name, call it a matter of danger or law."""
    if await is_called_delicate(session, number):
        return None
    query = (
        select(Post.words, Post.language, Reading.language, Reading.chances)
        .outerjoin(Reading, Reading.post_id == Post.id)
        .where(Post.conversation_id == number, Post.ours.is_(False), Post.gone_at.is_(None))
    )
    return [Said(words, own or read, chances or {}) for words, own, read, chances in await session.execute(query)]
