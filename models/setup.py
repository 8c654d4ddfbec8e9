"""The rows that the settings ask for: accounts, channels, and which posts come where. Run at every start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from models.places import Account, Channel, Route
from models.store import Work

#: Whoever settles places holds this lock of PostgreSQL's; any number that nobody else uses.
TURN = 720_001


@dataclass(frozen=True, slots=True)
class WantedAccount:
    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class WantedChannel:
    name: str
    surface: str
    chat_id: str
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """The ids of rows by the names in the settings."""

    accounts: dict[str, int]
    channels: dict[str, int]


async def settle_places(work: Work, accounts: Sequence[WantedAccount], channels: Sequence[WantedChannel]) -> Places:
    """Make what is missing, change what changed. What the settings no longer name stays with its history, but hears
    and routes nothing more. Machines that start at the same time take turns."""
    if not work.store.embedded:
        await work.session.execute(select(func.pg_advisory_xact_lock(TURN)))
    known_accounts = {row.name: row for row in (await work.session.scalars(select(Account))).all()}
    for wanted in accounts:
        account = known_accounts.get(wanted.name)
        if account is None:
            account = Account(name=wanted.name, platform=wanted.platform, me={})
            work.add(account)
            known_accounts[wanted.name] = account
        account.platform = wanted.platform
    known_channels = {row.name: row for row in (await work.session.scalars(select(Channel))).all()}
    for place in channels:
        channel = known_channels.get(place.name)
        if channel is None:
            channel = Channel(name=place.name, surface=place.surface, chat_id=place.chat_id, team="")
            work.add(channel)
            known_channels[place.name] = channel
        channel.surface, channel.chat_id = place.surface, place.chat_id
    await work.flush()
    wanted_routes = [
        (known_accounts[name].id, known_channels[place.name].id) for place in channels for name in place.accounts
    ]
    standing = {(row.account_id, row.channel_id): row for row in (await work.session.scalars(select(Route))).all()}
    for pair in standing.keys() - set(wanted_routes):
        await work.session.execute(delete(Route).where(Route.id == standing[pair].id))
    for account_id, channel_id in wanted_routes:
        if (account_id, channel_id) not in standing:
            work.add(Route(account_id=account_id, channel_id=channel_id))
            await work.flush()
    return Places(
        {name: row.id for name, row in known_accounts.items()}, {name: row.id for name, row in known_channels.items()}
    )
