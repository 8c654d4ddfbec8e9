"""Gives each platform its `Keeper`: the store behind it, and sentences for what can go wrong with the key.

An account that a person connects in the browser needs `TWOWAY_KEY`. One with a password or a plain token may keep a
session besides, and without a key, or with one that does not open what is kept, it keeps that as long as the process
lives: what is kept stays as it is.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import datetime

from adapters import registry
from adapters.contract import AuthFailed, Platform, Unreachable
from adapters.keeping import Keeper, Spent
from adapters.settings import SettingError, build
from bot.settings import AccountSettings, Mistake, Settings, SettingsError
from models.cipher import CannotOpen, Cipher
from models.keeping import Bill, Keeping, Superseded
from models.setup import WantedAccount, WantedChannel
from models.store import Store
from models.trouble import DatabaseTrouble

log = logging.getLogger("twoway.keeping")

NO_KEY = (
    "TWOWAY_KEY is not set, and tokens are only kept encrypted: make one by `openssl rand -base64 32`, and set it (or "
    "TWOWAY_KEY_FILE) wherever `twoway` runs."
)
WRONG_KEY = (
    "What is kept of {name} was encrypted with another TWOWAY_KEY: set that one, behind the new one and a comma if "
    "there is a new one, or connect the account again by `twoway connect {name}`."
)


def cipher_of(settings: Settings) -> Cipher | None:
    """Opens and closes what is kept; None without a key."""
    return Cipher.of(settings.service.key.reveal()) if settings.service.key else None


def one_of_many(what: str) -> str:
    """A name for a process that shares the database with others: no other has it."""
    return f"{what}-{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


def platform_of(account: AccountSettings, settings: Settings, store: Store | None) -> Platform:
    """The account's platform, with all that is kept of it. `SettingError` for what its settings lack.

    Without a store it keeps what it has as long as the process lives.
    """
    kind = registry.load(account.platform)
    try:
        given: object = build(kind.settings, account.options, account.revealed())
        if store is None:
            return kind(given)
        return kind(given, keeper_of(account, settings, store, by_hand=_by_hand(kind, given)))
    except SettingError:
        raise
    except Exception as error:
        if account.platform in registry.PLATFORMS:
            raise  # a mistake of our own
        raise SettingError(
            "platform", f"could not be made by its package ({type(error).__name__}: {error})."
        ) from error


def platforms_of(settings: Settings, store: Store | None) -> dict[str, Platform]:
    """Every account's platform, by the account's name. `SettingsError` says what each lacks."""
    found: dict[str, Platform] = {}
    mistakes: list[Mistake] = []
    for account in settings.accounts:
        try:
            found[account.name] = platform_of(account, settings, store)
        except SettingError as error:
            key = f"accounts.{account.name}.{error.key}"
            right = f"`twoway platforms {account.platform}` says what to set"
            mistakes.append(Mistake(settings.path.name, key, error.sentence.rstrip("."), right))
    if mistakes:
        raise SettingsError(mistakes)
    return found


def keeper_of(account: AccountSettings, settings: Settings, store: Store, *, by_hand: bool) -> Keeper:
    """`by_hand`: only a person can bring what it keeps, so that nothing is kept rather than lost."""
    cipher = cipher_of(settings)
    keeping = Keeping(store, account.name, cipher)
    return StoredKeeper(keeping, account.name, has_key=cipher is not None, by_hand=by_hand)


async def is_closed(account: AccountSettings, settings: Settings, store: Store) -> bool:
    """Whether the account needs what is kept of it, and no key of ours opens that. Changes nothing."""
    kind, cipher = registry.load(account.platform), cipher_of(settings)
    if registry.connects(kind):
        try:
            given: object = build(kind.settings, account.options, account.revealed())
        except SettingError:
            return False  # which comes first
        if account.secrets.get("token") or not _by_hand(kind, given):
            return False
    try:
        await Keeping(store, account.name, cipher).load()
    except CannotOpen:
        return True
    return False


def _by_hand(kind: registry.PlatformClass, given: object) -> bool:
    try:
        return registry.grant_of(kind, given) is not None
    except SettingError:
        return True  # connecting lacks something that calling does not


def wanted_places(settings: Settings) -> tuple[list[WantedAccount], list[WantedChannel]]:
    """The rows that the settings ask for."""
    accounts = [WantedAccount(account.name, account.platform) for account in settings.accounts]
    channels = [
        WantedChannel(channel.name, channel.surface.value, channel.chat_id, channel.accounts)
        for channel in settings.channels
    ]
    return accounts, channels


class StoredKeeper:
    """See `adapters.keeping.Keeper`."""

    def __init__(self, keeping: Keeping, name: str, *, has_key: bool, by_hand: bool) -> None:
        self._keeping = keeping
        self._name = name
        self._has_key = has_key
        self._by_hand = by_hand
        self._here: str | None = None  # where nothing is stored
        self._told = False

    async def load(self) -> str | None:
        if not self._has_key:
            if self._by_hand:
                raise AuthFailed(NO_KEY)
            return self._here
        try:
            with _contract():
                return await self._keeping.load()
        except CannotOpen as error:
            if self._by_hand:
                raise AuthFailed(WRONG_KEY.format(name=self._name)) from error
            self._tell()
            return self._here

    async def keep(self, secret: str, *, ends: datetime | None = None) -> None:
        if not self._has_key:
            if self._by_hand:
                raise AuthFailed(NO_KEY)
            self._here = secret
            return
        try:
            with _contract():
                await self._keeping.keep(secret, ends=ends, over=self._by_hand)
        except CannotOpen:
            self._tell()
            self._here = secret

    def _tell(self) -> None:
        """Once: it is so until the process has another key."""
        if not self._told:
            log.warning("%s Until then it signs in anew at each start.", WRONG_KEY.format(name=self._name))
        self._told = True

    def alone(self) -> AbstractAsyncContextManager[object]:
        return self._alone()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        held = self._keeping.alone()
        with _contract():
            await held.__aenter__()
        try:
            yield
        finally:
            try:
                await held.__aexit__(None, None, None)
            except (DatabaseTrouble, OSError, TimeoutError) as error:
                # What was done inside is done; the lease ends by itself.
                log.warning("a lease stays", extra={"account": self._name, "error": type(error).__name__})

    async def spend(self, cost: Spent, *, at: datetime) -> None:
        with _contract():
            await self._keeping.spend(Bill(cost.calls, cost.units, cost.money), at=at)

    async def take(self, cost: Spent, *, at: datetime, since: datetime, most: int) -> bool:
        with _contract():
            return await self._keeping.take(Bill(cost.calls, cost.units, cost.money), at=at, since=since, most=most)

    async def spent(self, since: datetime) -> Spent:
        with _contract():
            found = await self._keeping.spent(since)
        return Spent(found.calls, found.units, found.money)


@contextmanager
def _contract() -> Iterator[None]:
    """What the store raises, as platforms know it."""
    try:
        yield
    except (DatabaseTrouble, OSError, TimeoutError) as error:
        raise Unreachable(f"what the account keeps is out of reach ({type(error).__name__})") from error
    except Superseded as error:
        raise Unreachable("another machine renewed this token meanwhile") from error
