"""What there was to a storm once it is over: how many posted, what was answered, who still waits, and who else wrote
meanwhile. Counted when it is asked; the message about it stays as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card
from models.conversation import Conversation, Post
from models.lifecycle import State
from models.reading.places import root_of
from models.reading.storms import StormFacts, storm_facts
from models.storms import StormMember

#: Of those who wait, so many are named.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody with a card of their own who waits, since when, and the card's link."""

    number: int
    since: datetime
    link: str | None


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """A storm that is over. `posts` are the customers' in it; `answered` conversations have our answer, `waiting` of it
    wait. `others` began in the channel while it went on and are not in it, `others_waiting` of these wait; `longest`
    are those with a card of their own who wait longest, of both."""

    storm: StormFacts
    posts: int
    answered: int
    waiting: int
    others: int
    others_waiting: int
    longest: tuple[Waiting, ...]
    at: datetime


async def digest_facts(session: AsyncSession, storm: int, now: datetime) -> DigestFacts | None:
    """None: there is no such storm."""
    whole = await storm_facts(session, storm, now)
    if whole is None:
        return None
    inside = select(StormMember.conversation_id).where(StormMember.storm_id == storm, StormMember.out_at.is_(None))
    posts = select(func.count()).where(Post.conversation_id.in_(inside), Post.ours.is_(False))
    waits = (
        select(func.count())
        .select_from(Conversation)
        .where(Conversation.id.in_(inside), Conversation.waiting_since.is_not(None))
    )
    # Every storm's members have cards of their storm's: who else wrote meanwhile is in none.
    any_storm = select(StormMember.conversation_id).where(StormMember.out_at.is_(None))
    beside = (
        Conversation.channel_id == whole.channel,
        Conversation.opened_at >= whole.began_at,
        Conversation.opened_at <= whole.last_at,
        Conversation.id.not_in(any_storm),
    )
    others = select(func.count(), func.count(Conversation.waiting_since)).select_from(Conversation).where(*beside)
    wrote, wait = (await session.execute(others)).one()
    alone = select(StormMember.conversation_id).where(StormMember.storm_id == storm, StormMember.apart != "")
    longest = (
        select(Conversation.id, Conversation.waiting_since, Card.link)
        .outerjoin(Card, root_of(Conversation))
        .where(
            Conversation.channel_id == whole.channel,
            Conversation.waiting_since.is_not(None),
            Conversation.opened_at <= whole.last_at,
            Conversation.id.not_in(any_storm) | Conversation.id.in_(alone),
        )
        .order_by(Conversation.waiting_since, Conversation.id)
        .limit(NAMED)
    )
    states = dict(whole.states)
    return DigestFacts(
        storm=whole,
        posts=await session.scalar(posts) or 0,
        answered=states.get(State.ANSWERED.value, 0),
        waiting=await session.scalar(waits) or 0,
        others=wrote,
        others_waiting=wait,
        longest=tuple(
            [
                Waiting(number, since, link)
                for number, since, link in await session.execute(longest)
                if since is not None
            ]
        ),
        at=now,
    )
