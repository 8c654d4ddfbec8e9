"""Questions about storms: who is in one, which of them has no card of its own, what may still be answered together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chat import Card
from models.conversation import Claim, Conversation, Post
from models.journal import Event
from models.lifecycle import State
from models.people import Identity
from models.places import Account
from models.reading.day_events import account_here
from models.reading.places import root_of
from models.reading.values import whole
from models.reply import Approval
from models.storms import Storm, StormAnswer, StormDraft, StormMember
from models.telling import EventKind

#: While a reply is on its way or stands, the list shows it, if it is the one that was prepared there.
_DRAFTED = frozenset({State.DRAFTED.value, State.APPROVED.value, State.SENDING.value})

WEEK = 7


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that began, as the eye for storms sees it: with the post that began it."""

    number: int
    channel: int
    post: int
    version: int
    words: str
    who: int
    reach: int | None
    at: datetime


async def opened_after(session: AsyncSession, above: int, *, limit: int) -> Sequence[Opened]:
    """Conversations with a higher number, in the order in which they were numbered."""
    return await _opened(session, select(Conversation.id).where(Conversation.id > above), limit)


async def number_before(session: AsyncSession, since: datetime) -> int:
    """The number that the last conversation before `since` has, 0 where there is none."""
    heard = select(Event.chain).where(Event.at >= since, Event.kind == EventKind.HEARD.value, Event.seq == 1)
    first = await session.scalar(heard.order_by(Event.at).limit(1))
    if first is not None:
        return first - 1
    return await session.scalar(select(func.max(Conversation.id))) or 0


async def _opened(session: AsyncSession, numbers: Select[int], limit: int) -> Sequence[Opened]:
    page = numbers.order_by(Conversation.id).limit(limit)
    heads = select(Event.chain, Event.data).where(Event.chain.in_(page), Event.seq == 1)
    first = {chain: whole(data.get("post")) for chain, data in await session.execute(heads)}
    query = (
        select(Conversation.id, Conversation.channel_id, Post, Identity.customer_id, Identity.followers)
        .join(Post, Post.conversation_id == Conversation.id)
        .join(Identity, Identity.id == Post.identity_id)
        .where(Post.id.in_([post for post in first.values() if post is not None]))
        .order_by(Conversation.id)
    )
    return [
        Opened(number, channel, post.id, post.version, post.words, who, reach, post.heard_at)
        for number, channel, post, who, reach in await session.execute(query)
    ]


async def storms_of(session: AsyncSession, numbers: Collection[int]) -> dict[int, int]:
    """The storm of each of these conversations that is in one, or was."""
    query = select(StormMember.conversation_id, StormMember.storm_id).where(StormMember.conversation_id.in_(numbers))
    return dict((await session.execute(query)).all())


async def in_such_hours(session: AsyncSession, channel: int, now: datetime) -> int:
    """How many conversations began in this channel in the hour before this time of day, in the last seven days."""
    hours = [(now - timedelta(days=day, hours=1), now - timedelta(days=day)) for day in range(1, WEEK + 1)]
    within = or_(*[and_(Event.at >= since, Event.at < until) for since, until in hours])
    query = select(func.count(account_here())).where(within, Event.kind == EventKind.HEARD.value)
    return await session.scalar(query, {"channel": channel}) or 0


async def folded_into(session: AsyncSession, number: int) -> int | None:
    """The storm that speaks for this conversation, so that it needs no card of its own. None: it has one.

    It has one as soon as anything is its own: it was shown before, taken out or moved, it is far more urgent than the
    storm, its author says more or something else, somebody claims it or objects, another draft waits in it, or nobody
    knows what became of a reply.
    """
    query = (
        select(StormMember, Conversation, Card.ts, Claim.rep_id, StormDraft.id, StormAnswer.rep_id)
        .join(Conversation, Conversation.id == StormMember.conversation_id)
        .join(Storm, (Storm.id == StormMember.storm_id) & (Storm.channel_id == Conversation.channel_id))
        .outerjoin(Card, root_of(Conversation))
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(StormDraft, StormDraft.message_id == Conversation.message_id)
        .outerjoin(StormAnswer, StormAnswer.id == StormDraft.answer_id)
        .where(StormMember.conversation_id == number, StormMember.out_at.is_(None), StormMember.apart == "")
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    member, conversation, shown, claimed_by, draft, prepared_by = found
    if shown is not None or conversation.state == State.UNSURE.value:
        return None
    if conversation.state in _DRAFTED and draft is None:
        return None
    if conversation.state == State.OPEN.value and claimed_by is not None:
        return None
    if claimed_by is not None and conversation.state in _DRAFTED and claimed_by != prepared_by:
        return None
    if draft is not None and conversation.state in _DRAFTED:
        objections = select(Approval.id).where(
            Approval.message_id == conversation.message_id, Approval.sign == "object", Approval.given
        )
        if await session.scalar(objections.limit(1)) is not None:
            return None
    theirs = select(Post.id, Post.version, Post.gone_at).where(
        Post.conversation_id == number, Post.ours.is_(False), Post.id >= member.post_id
    )
    for post, version, gone_at in await session.execute(theirs):
        if gone_at is None and (post != member.post_id or version != member.version):
            return None
    return int(member.storm_id)


async def storm_of(session: AsyncSession, number: int) -> int | None:
    """The storm that a conversation is in, whether it has a card of its own or not."""
    query = select(StormMember.storm_id).where(StormMember.conversation_id == number, StormMember.out_at.is_(None))
    return await session.scalar(query)


async def warns_for(session: AsyncSession, storm: int, number: int) -> bool:
    """Of all that have no card of their own and wait, one warns for the others: who has waited longest."""
    query = (
        select(Conversation.id)
        .join(StormMember, StormMember.conversation_id == Conversation.id)
        .join(Storm, (Storm.id == StormMember.storm_id) & (Storm.channel_id == Conversation.channel_id))
        .where(StormMember.storm_id == storm, StormMember.out_at.is_(None), Conversation.waiting_since.is_not(None))
        .order_by(Conversation.waiting_since, Conversation.id)
        .limit(1)
    )
    return await session.scalar(query) == number


@dataclass(frozen=True, slots=True)
class StormFacts:
    """What a storm's card says. `platforms` counts by platform, `states` by state, both of those that are in it;
    `apart` are those with a card of their own that say more or whom many follow, by number."""

    number: int
    channel: int
    words: str | None  # of the first that still stands; None: all were deleted
    first: int
    people: int
    platforms: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    taken_out: int
    in_hour: int
    usual: float
    loud: bool
    began_at: datetime
    last_at: datetime
    waiting_since: datetime | None
    apart: tuple[tuple[int, str | None], ...]  # with the link of each one's card


async def storm_facts(session: AsyncSession, id: int, now: datetime) -> StormFacts | None:
    """What a storm's card says. None: there is no such storm."""
    storm = await session.get(Storm, id)
    if storm is None:
        return None
    # Counted by the database: a storm may have tens of thousands.
    inside = (
        select(Conversation.state, Account.platform, func.count(), func.min(Conversation.waiting_since))
        .join(StormMember, StormMember.conversation_id == Conversation.id)
        .join(Account, Account.id == Conversation.account_id)
        .where(StormMember.storm_id == id, StormMember.out_at.is_(None))
        .group_by(Conversation.state, Account.platform)
    )
    groups = (await session.execute(inside)).all()
    people = (
        select(func.count(func.distinct(Identity.customer_id)))
        .join(Conversation, Conversation.identity_id == Identity.id)
        .join(StormMember, StormMember.conversation_id == Conversation.id)
        .where(StormMember.storm_id == id, StormMember.out_at.is_(None))
    )
    of_storm = select(func.count()).select_from(StormMember).where(StormMember.storm_id == id)
    in_hour = of_storm.where(StormMember.out_at.is_(None), StormMember.at > now - timedelta(hours=1))
    alone = select(StormMember.conversation_id).where(
        StormMember.storm_id == id, StormMember.out_at.is_(None), StormMember.apart != ""
    )
    apart = (await session.scalars(alone.order_by(StormMember.conversation_id))).all()
    waits = [waiting for _, _, _, waiting in groups if waiting is not None]
    links = select(Conversation.id, Card.link).outerjoin(Card, root_of(Conversation)).where(Conversation.id.in_(apart))
    words = (
        select(Post.words)
        .join(StormMember, StormMember.post_id == Post.id)
        .where(StormMember.storm_id == id, StormMember.out_at.is_(None), Post.gone_at.is_(None))
        .order_by(Post.id)
        .limit(1)
    )
    return StormFacts(
        number=id,
        channel=storm.channel_id,
        words=await session.scalar(words),
        first=storm.conversation_id,
        people=await session.scalar(people) or 0,
        platforms=_counted([(platform, count) for _, platform, count, _ in groups]),
        states=_counted([(state, count) for state, _, count, _ in groups]),
        taken_out=await session.scalar(of_storm.where(StormMember.out_at.is_not(None))) or 0,
        in_hour=await session.scalar(in_hour) or 0,
        usual=storm.in_week / WEEK,
        loud=storm.loud,
        began_at=storm.began_at,
        last_at=storm.last_at,
        waiting_since=min(waits) if waits else None,
        apart=tuple([(number, link) for number, link in await session.execute(links.order_by(Conversation.id))]),
    )


def _counted(counts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Each with how often it is there, the most frequent first."""
    sums = Counter[str]()
    for one, count in counts:
        sums[one] += count
    return tuple(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))


async def storms_in(session: AsyncSession, channel: int, *, since: datetime, limit: int = 10) -> Sequence[int]:
    """The storms of a channel in which somebody spoke since then, the latest first."""
    query = select(Storm.id).where(Storm.channel_id == channel, Storm.last_at >= since)
    return (await session.scalars(query.order_by(Storm.last_at.desc()).limit(limit))).all()


async def marks(session: AsyncSession, *, since: datetime) -> dict[int, tuple[int, int]]:
    """For each storm of late, numbers that differ when anything in it has changed."""
    query = (
        select(StormMember.storm_id, func.count(StormMember.out_at), func.sum(Conversation.version + 1))
        .join(Storm, Storm.id == StormMember.storm_id)
        .join(Conversation, Conversation.id == StormMember.conversation_id)
        .where(Storm.last_at >= since)
        .group_by(StormMember.storm_id)
    )
    return {storm: (out, int(versions)) for storm, out, versions in await session.execute(query)}


async def members(session: AsyncSession, storm: int) -> Sequence[tuple[int, bool]]:
    """The conversations of a storm, oldest first; with each, whether it was taken out."""
    query = select(StormMember.conversation_id, StormMember.out_at).where(StormMember.storm_id == storm)
    return [(number, out is not None) for number, out in await session.execute(query.order_by(StormMember.id))]
