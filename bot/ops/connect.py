"""`twoway connect`: sends somebody to a platform's page, waits for the answer at our callback, exchanges the code and
stores what it brings. For platforms with plain tokens it says which variable to set.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
from aiohttp import web

from adapters import registry
from adapters.contract import AuthFailed, Author, Malformed, PlatformError, Throttled, Unreachable
from adapters.oauth import Grant, Tokens, begin, finish, keep
from adapters.quoting import one_line, quoted
from adapters.settings import SettingError, build, declared
from bot.consent import HEADER, PATH, Answer, callback_address, handler
from bot.keeping import NO_KEY, cipher_of, keeper_of, one_of_many, platform_of, wanted_places
from bot.ops.notes import notes_of
from bot.ops.options import NOT_CURRENT
from bot.settings import AccountSettings, ServiceSettings, Settings, token_name
from models import migrate
from models.cipher import CannotOpen, Cipher
from models.keeping import ask_consent, consent_of, end_consent, forget_closed, take_answer
from models.reading.heard import account_named
from models.setup import settle_places
from models.store import Store, utcnow
from models.trouble import DatabaseTrouble

#: So long somebody has to say yes on the platform's page.
LASTS = timedelta(minutes=10)
#: How often the store is asked for the answer.
LOOK = 0.3
#: How long our own callback may take to answer.
HERE = 5.0

#: Of an account that signs in by itself.
FORGOTTEN = (
    "What was kept of it was encrypted with another TWOWAY_KEY, and is forgotten: it signs in anew and keeps that."
)

Say = Callable[[str], None]


class NotConnected(Exception):
    """Nothing was connected; the sentence says why and what to do."""


def how_to_connect(account: AccountSettings) -> str:
    """The steps for an account with plain tokens, one a line. Makes no call."""
    kind = registry.load(account.platform)
    lines = [f"{account.name} ({account.platform}) gets its token from the environment."]
    for one in (one for one in declared(kind.settings) if one.secret):
        variable = token_name(account.name, one.key)
        have = "is set" if account.secrets.get(one.key) else "is not set"
        lines.append(f"  {variable} (or {variable}_FILE) {have}. {one.help}".rstrip())
    if registry.connects(kind):
        page = f"docs/reference/platforms/{account.platform}.md"
        lines.append(f"It can be connected in the browser instead: {page} says what to set for that.")
    lines.append("Then `twoway check` says whether it works.")
    return "\n".join(lines)


def needs_the_store(account: AccountSettings) -> bool:
    """Whether connecting it means that tokens are stored, rather than set in the environment."""
    return _grant(account) is not None


async def connect(
    settings: Settings, account: AccountSettings, *, say: Say, show: Say, lasts: timedelta = LASTS
) -> None:
    """Until the account is connected. `say` is given what to print, `show` the address to open. `NotConnected`."""
    grant = _grant(account)
    if grant is None:
        say(how_to_connect(account))
        if await _forgotten(settings, account):
            say(FORGOTTEN)
        return
    cipher = cipher_of(settings)
    if cipher is None:
        raise NotConnected(NO_KEY)
    store = Store(settings.service.database, clock=utcnow, owner=one_of_many("connect"))
    try:
        tokens = await _asked(store, settings, account, grant, cipher, say=say, show=show, lasts=lasts)
        try:
            await keep(keeper_of(account, settings, store, by_hand=True), tokens)
        except PlatformError as error:
            raise NotConnected(f"The tokens could not be stored: {error}. Run this again.") from error
        say(await _said(store, settings, account, tokens))
    finally:
        await store.close()


# Inside


async def _forgotten(settings: Settings, account: AccountSettings) -> bool:
    """Somebody asked for this account to begin anew: a session that no key opens would stand in its way for ever."""
    cipher, url = cipher_of(settings), settings.service.database
    try:
        if cipher is None or await asyncio.to_thread(migrate.version, url) in NOT_CURRENT:
            return False
        store = Store(url, clock=utcnow, owner=one_of_many("connect"))
        try:
            async with store.work() as work:
                return await forget_closed(work, account.name, cipher)
        finally:
            await store.close()
    except DatabaseTrouble:
        return False  # what was said holds all the same


def _grant(account: AccountSettings) -> Grant | None:
    kind = registry.load(account.platform)
    if not registry.connects(kind):
        return None
    try:
        return registry.grant_of(kind, build(kind.settings, account.options, account.revealed()))
    except SettingError as error:
        secret = any(one.secret and one.key == error.key for one in declared(kind.settings))
        key = token_name(account.name, error.key) if secret else f"accounts.{account.name}.{error.key}"
        raise NotConnected(f"{key} {error.sentence}") from error


async def _asked(
    store: Store,
    settings: Settings,
    account: AccountSettings,
    grant: Grant,
    cipher: Cipher,
    *,
    say: Say,
    show: Say,
    lasts: timedelta,
) -> Tokens:
    """Sends somebody to the page; the tokens for the code that comes back."""
    state, redirect = secrets.token_urlsafe(32), callback_address(settings.service)
    begun = begin(grant, state=state, redirect=redirect)
    async with store.work() as work:
        places = await settle_places(work, *wanted_places(settings))
        await ask_consent(work, places.accounts[account.name], state, lasts=lasts)
    try:
        async with _callback(settings.service, store, cipher):
            say(f"Open this address, signed in as the account that {account.name} is to be, and say yes there:")
            say(f"\n    {begun.address}\n")
            say(f"The answer comes to {redirect}, which must be among the callback addresses of the app there.")
            show(begun.address)
            answer = await _answered(store, state, cipher, until=store.clock() + lasts)
    finally:
        async with store.work() as work:
            await end_consent(work, state)
    if not answer.code:
        raise NotConnected(_denied(account, answer))
    try:
        return await finish(grant, code=answer.code, verifier=begun.verifier, redirect=redirect, clock=store.clock)
    except AuthFailed as error:
        raise NotConnected(error.sentence) from error
    except (Unreachable, Throttled, Malformed) as error:
        title = registry.title(account.platform)
        raise NotConnected(f"{title} gave no tokens for the code ({error}): run this again.") from error


async def _answered(store: Store, state: str, cipher: Cipher, *, until: datetime) -> Answer:
    while store.clock() < until:
        async with store.reading() as session:
            row = await consent_of(session, state)
        if row is None:
            raise NotConnected("Another command changed the key meanwhile. Nothing was connected: run this again.")
        if row.answer is not None:
            return await _taken(store, state, cipher)
        await asyncio.sleep(LOOK)
    raise NotConnected("Nobody came back from the page in time. Nothing was connected: run this again.")


async def _taken(store: Store, state: str, cipher: Cipher) -> Answer:
    try:
        async with store.work() as work:
            return Answer.from_json(await take_answer(work, state, cipher))
    except CannotOpen as error:
        raise NotConnected("The running bot has another TWOWAY_KEY than this command: give both the same.") from error


def _denied(account: AccountSettings, answer: Answer) -> str:
    title = registry.title(account.platform)
    if answer.error == "access_denied":
        return f"Somebody said no on the page of {title}. Nothing was connected."
    return f"{title} gave no consent: {one_line(answer.error, 100)}.{quoted(answer.said)}"


@asynccontextmanager
async def _callback(service: ServiceSettings, store: Store, cipher: Cipher) -> AsyncIterator[None]:
    """Our callback answers inside: the running bot's, or one of our own where nobody listens."""
    app = web.Application()
    app.router.add_get(PATH, handler(store, cipher), allow_head=False)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, service.host, service.port).start()
        except OSError as error:
            await _somebody_else_serves(service, error)
        yield
    finally:
        await runner.cleanup()


async def _somebody_else_serves(service: ServiceSettings, error: OSError) -> None:
    """The bot listens there already, or this cannot go on."""
    where = f"{service.host}:{service.port}"
    if error.errno != errno.EADDRINUSE:
        raise NotConnected(f"service.listen: cannot listen on {where} ({error.strerror}).") from error
    address = callback_address(ServiceSettings(host=service.host, port=service.port))
    try:
        timeout = aiohttp.ClientTimeout(total=HERE)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as response:
            if HEADER in response.headers:
                return
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass
    raise NotConnected(
        f"service.listen: something else than Twoway listens on {where}, so no answer would come: end it, or start "
        "this version of the bot."
    ) from error


async def _said(store: Store, settings: Settings, account: AccountSettings, tokens: Tokens) -> str:
    """Who we are there now, and what else is worth knowing."""
    title = registry.title(account.platform)
    platform = platform_of(account, settings, store)
    try:
        async with asyncio.timeout(LASTS.total_seconds() / 10):
            me = await platform.open()
    except (PlatformError, TimeoutError) as error:
        raise NotConnected(
            f"The tokens are stored, but {title} does not say who we are: {error}. `twoway check` asks again."
        ) from error
    finally:
        await platform.close()
    handle = f" ({me.handle})" if me.handle else ""
    lines = [f"{account.name} is connected: on {title} we are {me.name}{handle}."]
    lines += await _was_another(store, account, me)
    if tokens.connect_by is not None:
        until = f"{tokens.connect_by:%Y-%m-%d}"
        lines.append(f"It must be connected again before {until}; its channels are told 7, 3 and 1 days ahead.")
    if account.secrets.get("token"):
        lines.append(f"{token_name(account.name)} is set and wins over this: take it out of the environment.")
    lines += notes_of(platform)
    return "\n".join(lines)


async def _was_another(store: Store, account: AccountSettings, me: Author) -> list[str]:
    async with store.reading() as session:
        row = await account_named(session, account.name)
    before = {} if row is None else row.me
    if before.get("ref") in (None, me.ref):
        return []
    name = before.get("handle") or before.get("name")
    return [f"Until now this account was {name}; what was heard of that one stays in the store."]
