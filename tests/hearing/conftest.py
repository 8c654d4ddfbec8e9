"""A team with one account and one channel, and posts made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.contract import Audience, Author, Batch, Cursor, Edited, Heard, Posted, PostRef, PublicPost, Text
from models.permits import Policy
from models.places import Account, Channel, Route
from models.store import Store

MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def ref(id: str | None) -> PostRef | None:
    return None if id is None else PostRef(id)


def person(name: str) -> Author:
    return Author(ref=f"id-{name}", handle=name, name=name.title(), followers=12)


def post(
    id: str,
    words: str = "The lamp flickers.",
    *,
    by: str = "mia",
    root: str | None = None,
    parent: str | None = None,
    minutes: float = 0,
    at: datetime | None = None,
    edited: float | None = None,
    ours: bool = False,
    author: Author | None = None,
    visibility: Audience = Audience.PUBLIC,
    warning: str | None = None,
) -> PublicPost:
    when = at or MORNING + timedelta(minutes=minutes)
    return PublicPost(
        ref=PostRef(id),
        root=ref(root or (id if parent is None else None)),
        parent=ref(parent),
        author=author or person("acme" if ours else by),
        text=Text.of(words),
        at=when,
        edited_at=None if edited is None else MORNING + timedelta(minutes=edited),
        ours=ours,
        url=f"https://square.example/{id}",
        visibility=visibility,
        warning=warning,
    )


def batch(*heard: PublicPost | Heard, cursor: str = "c1") -> Batch:
    return Batch(tuple(Posted(item) if isinstance(item, PublicPost) else item for item in heard), Cursor(cursor))


def edited(*args: object, **kwargs: object) -> Edited:
    return Edited(post(*args, **kwargs))  # type: ignore[arg-type]


class Team:
    """One account `acme`, heard in one channel `care`."""

    def __init__(self, store: Store, account: int, channel: int) -> None:
        self.store = store
        self.account = account
        self.channel = channel
        self.policies = {channel: Policy()}


async def make_team(store: Store, name: str = "acme") -> Team:
    async with store.work() as work:
        account = Account(name=name, platform="hand")
        channel = Channel(name=f"care-{name}", surface="slack", chat_id=f"C-{name}")
        work.add_all([account, channel])
        await work.flush()
        work.add(Route(account_id=account.id, channel_id=channel.id))
        return Team(store, account.id, channel.id)


@pytest.fixture
async def team(store: Store) -> Team:
    return await make_team(store)
