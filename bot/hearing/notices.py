"""What the team must know about an account: that we cannot hear it, that we can again, what was nearly missed.

Journaled once (chain 0), with one new message in the account's default channel.
"""

from __future__ import annotations

from models import holds, intake
from models.chat import Card, CardKind
from models.places import Account
from models.reading import heard as known
from models.store import Store, Work
from models.telling import EventKind
from models.wakes import Topic


async def trouble(store: Store, account_id: int, *, why: str, sentence: str) -> None:
    """We cannot hear this account. Told once until it is well; a new reason replaces the sentence in silence."""
    async with store.work() as work:
        account = await intake.lock_account(work, account_id)
        first = account.problem is None
        account.problem = sentence
        if first:
            account.problem_since = work.now
            await tell(work, account, EventKind.ACCOUNT_TROUBLE, {"why": why})
            await holds.show(work, holds.of_account(account_id))  # what is approved waits for it


async def well(store: Store, account_id: int) -> None:
    """We hear it. Told if the team was told of trouble."""
    async with store.work() as work:
        account = await intake.lock_account(work, account_id)
        if account.problem is None:
            return
        since = account.problem_since
        account.problem = account.problem_since = None
        data: dict[str, object] = {} if since is None else {"since": since.isoformat()}
        await tell(work, account, EventKind.ACCOUNT_WELL, data)
        await holds.show(work, holds.of_account(account_id))


async def recovered(store: Store, account_id: int, posts: int) -> None:
    """The gap sweep found posts that the listener had missed."""
    async with store.work() as work:
        account = await intake.lock_account(work, account_id)
        await tell(work, account, EventKind.RECOVERED, {"count": posts})


async def tell(work: Work, account: Account, kind: EventKind, data: dict[str, object]) -> None:
    """Into the journal, and as a new message into the account's default channel."""
    event = await work.write_down_service(kind, data={"account": account.id, **data})
    channel = await known.default_channel(work.session, account.id)
    if channel is None:
        return
    work.add(Card(kind=CardKind.CHANNEL_NOTICE, ref=event.id, channel_id=channel, due_at=work.now))
    work.wake(Topic.SHOW)
