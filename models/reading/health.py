"""How an account is: when its platform was last heard, how late we hear posts, what was missed. For `twoway check`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Post
from models.journal import Event
from models.places import Account
from models.telling import EventKind

#: How late posts are heard is judged by so many of the last ones.
LAST = 20
#: A look for what was recovered goes back so many times that anything was.
TIMES = 200


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """One account. `heard_at`: its platform gave us something, news or none; `posted_at`: the last post of a customer
    that we have was written; `lag`: from a post's writing to our hearing it, in the middle of the last ones;
    `listened_until`: whoever listens holds it until then; `recovered`: how many posts the last sweep that found any
    had found, at `recovered_at`."""

    heard_at: datetime | None
    posted_at: datetime | None
    lag: timedelta | None
    swept_at: datetime | None
    recovered: int | None
    recovered_at: datetime | None
    listened_until: datetime | None
    problem: str | None
    problem_since: datetime | None


async def account_health(session: AsyncSession, name: str) -> AccountHealth | None:
    """None: no bot has run with this account yet."""
    account = await session.scalar(select(Account).where(Account.name == name))
    if account is None:
        return None
    posts = (
        select(Post.at, Post.heard_at)
        .where(Post.account_id == account.id, Post.ours.is_(False))
        .order_by(Post.id.desc())
        .limit(LAST)
    )
    heard = (await session.execute(posts)).all()
    lags = sorted(max(timedelta(), row.heard_at - row.at) for row in heard)
    recovered = (
        select(Event.at, Event.data)
        .where(Event.chain == 0, Event.kind == EventKind.RECOVERED.value)
        .order_by(Event.seq.desc())
        .limit(TIMES)
    )
    found = [row for row in await session.execute(recovered) if row.data.get("account") == account.id]
    count = found[0].data.get("count") if found else None
    return AccountHealth(
        heard_at=account.heard_at,
        posted_at=max((row.at for row in heard), default=None),
        lag=lags[len(lags) // 2] if lags else None,
        swept_at=account.swept_at,
        recovered=count if isinstance(count, int) else None,
        recovered_at=found[0].at if found else None,
        listened_until=account.lease_until,
        problem=account.problem,
        problem_since=account.problem_since,
    )


async def clock_of(session: AsyncSession) -> datetime:
    """What time it is at the database."""
    return (await session.scalars(select(func.now()))).one()
