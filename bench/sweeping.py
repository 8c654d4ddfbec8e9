"""What one sweep costs on each platform, beside the same HTTP calls made by bare aiohttp against the same stand-in.

    python -m bench.sweeping [platform …]

A sweep looks again at every open conversation's post and reads the threads in which somebody spoke lately. Ours is the
sweep itself: database, calls, reading. The baseline repeats the calls of the last sweep, byte for byte, one after the
other in one session; their answers are read as bytes and thrown away. The stand-in shares our core in both.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import aiohttp
from aiohttp import web
from sqlalchemy import update

from adapters.contract import Batch, Cursor, Platform, Posted, PostRef, PublicPost
from adapters.keeping import Forgetful
from adapters.oauth import keep, read_tokens
from adapters.registry import load
from adapters.settings import build
from bot.hearing.receive import receive
from bot.hearing.sweep import FETCH, Sweeper
from models.conversation import Post
from models.permits import Policy
from models.places import Account, Channel, Route
from models.store import Store
from sandbox.bluesky import SkyStandIn
from sandbox.facebook import PageStandIn
from sandbox.guard import Handler
from sandbox.instagram import GramStandIn
from sandbox.reddit import RedditStandIn
from sandbox.serving import serving
from sandbox.square import SquareStandIn
from sandbox.threads import ThreadsStandIn
from sandbox.x import XStandIn
from sandbox.youtube import TubeStandIn

ROUNDS = 5
POSTS = FETCH  # as many as one round looks at
MANY = 1_000_000  # calls; limits are not what is measured
Request = tuple[str, str, dict[str, str], bytes]
_HOPS = {"host", "content-length", "connection", "transfer-encoding"}


@dataclass(frozen=True)
class Measured:
    """Seconds, medians; and how many calls one sweep makes."""

    ours: float
    bare: float
    calls: int


@dataclass(frozen=True)
class Place:
    """One platform's stand-in, what our account there is told, and how a customer speaks to us."""

    app: web.Application
    at: Callable[[str], None]  # told its own address
    told: Callable[[], Mapping[str, object]]  # settings, once the address is known
    secrets: Mapping[str, str]
    say: Callable[[str, str], Awaitable[str]]  # by whom and what; the ref of it
    tokens: object = None  # as if somebody had connected the account


def _bluesky() -> Place:
    there = SkyStandIn(rate_limit=MANY)

    async def say(who: str, words: str) -> str:
        return (await there.post(who, f"@{there.account.handle} {words}")).uri

    return Place(
        there.app(),
        lambda address: setattr(there, "base_url", address),
        lambda: {"identifier": there.account.handle},
        {"token": there.token},
        say,
    )


def _meta(there: PageStandIn | GramStandIn | ThreadsStandIn, say: Callable[[str, str], Awaitable[str]]) -> Place:
    server = there.server
    secrets = {"token": server.token, "app_secret": server.app_secret, "verify_token": server.verify_token}
    return Place(there.app(), lambda address: setattr(server, "base", address), dict, secrets, say)


def _facebook() -> Place:
    there = PageStandIn(most_calls=MANY)

    async def say(who: str, words: str) -> str:
        return f"comment/{(await there.post(who, words)).id}"

    return _meta(there, say)


def _instagram() -> Place:
    there = GramStandIn(most_calls=MANY)

    async def say(who: str, words: str) -> str:
        return f"comment/{(await there.post(who, words)).id}"

    return _meta(there, say)


def _mastodon() -> Place:
    there = SquareStandIn(rate_limit=MANY)

    async def say(who: str, words: str) -> str:
        return (await there.post(f"@{who}", f"@acme {words}")).id

    return Place(there.app(), lambda address: setattr(there, "base_url", address), dict, {"token": there.token}, say)


def _reddit() -> Place:
    there = RedditStandIn(rate_limit=MANY)

    async def say(who: str, words: str) -> str:
        return (await there.post(who, words, title="A question")).name

    def told() -> Mapping[str, object]:
        own = {"username": there.account.handle, "client_id": there.server.client_id, "login": there.base_url}
        return {**own, "subreddits": "acme"}

    secrets = {"token": there.token, "client_secret": there.server.client_secret}
    return Place(there.app(), lambda address: setattr(there, "base_url", address), told, secrets, say)


def _threads() -> Place:
    there = ThreadsStandIn(most_calls=MANY)

    async def say(who: str, words: str) -> str:
        return (await there.post(who, f"@acme {words}")).id

    return _meta(there, say)


def _x() -> Place:
    there = XStandIn(rate_limit=MANY)

    async def say(who: str, words: str) -> str:
        return (await there.post(who, f"@{there.account.handle} {words}")).first

    return Place(
        there.app(),
        lambda address: setattr(there, "base_url", address),
        lambda: {"client_id": there.server.client_id},
        {"client_secret": there.server.client_secret},
        say,
        there.server.new_tokens(),  # a signature of OAuth 1.0a could not be repeated by the baseline
    )


def _youtube() -> Place:
    there = TubeStandIn(quota=MANY)

    async def say(who: str, words: str) -> str:
        return (await there.post(who, words)).id

    return Place(
        there.app(),
        lambda address: setattr(there, "base_url", address),
        lambda: {"quota": MANY},
        {"token": there.token},
        say,
    )


PLACES: Mapping[str, Callable[[], Place]] = {
    "bluesky": _bluesky,
    "facebook": _facebook,
    "instagram": _instagram,
    "mastodon": _mastodon,
    "reddit": _reddit,
    "threads": _threads,
    "x": _x,
    "youtube": _youtube,
}


@asynccontextmanager
async def served(place: Place, asked: list[Request]) -> AsyncIterator[str]:
    """The stand-in on a port of its own; every call it gets is written into `asked`."""

    @web.middleware
    async def written_down(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOPS}
        asked.append((request.method, request.raw_path, headers, await request.read()))
        return await handler(request)

    place.app.middlewares.insert(0, written_down)
    async with serving(place.app) as address:
        place.at(address)
        yield address


async def our_account(name: str, place: Place, address: str) -> Platform:
    """Opened, with its token."""
    keeper = Forgetful()
    if place.tokens is not None:
        await keep(keeper, read_tokens(place.tokens, datetime.now(UTC)))
    kind = load(name)
    platform = kind(build(kind.settings, {"server": address, **place.told()}, place.secrets), keeper)
    await platform.open()
    return platform


async def heard(store: Store, platform: Platform, refs: list[PostRef]) -> None:
    """One conversation for each post, as the listener would have stored it."""
    async with store.work() as work:
        account = Account(name="acme", platform="bench")
        channel = Channel(name="care", surface="slack", chat_id="C1")
        work.add_all([account, channel])
        await work.flush()
        work.add(Route(account_id=account.id, channel_id=channel.id))
    found = await platform.fetch(refs)
    said = [one for one in found.values() if isinstance(one, PublicPost)]
    if len(said) != len(refs):
        raise RuntimeError(f"{len(refs) - len(said)} posts are not to be seen")
    await receive(store, account.id, Batch(tuple(Posted(one) for one in said), Cursor("1")), policies={})


async def due(store: Store) -> None:
    """Everything is to be looked at again, and threads too."""
    async with store.work() as work:
        await work.session.execute(update(Post).values(due_at=work.now))
        await work.session.execute(update(Account).values(swept_at=None))


async def bare(session: aiohttp.ClientSession, address: str, calls: list[Request]) -> None:
    """The baseline."""
    for method, path, headers, body in calls:
        async with session.request(method, f"{address}{path}", headers=headers, data=body or None) as answer:
            if answer.status != 200:
                raise RuntimeError(f"{method} {path.partition('?')[0]} was answered {answer.status}")
            await answer.read()


async def measured(name: str) -> Measured:
    place, asked = PLACES[name](), list[Request]()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder, 'bench.db')}")
        await store.create_all()
        async with served(place, asked) as address, aiohttp.ClientSession() as session:
            refs = [PostRef(await place.say(f"lea{at}", f"where is my parcel? {at}")) for at in range(POSTS)]
            platform = await our_account(name, place, address)
            try:
                await heard(store, platform, refs)
                sweeper = Sweeper(store, {"acme": platform}, policies={0: Policy()})
                ours: list[float] = []
                theirs: list[float] = []
                for turn in range(ROUNDS + 1):
                    await due(store)
                    asked.clear()
                    began = time.perf_counter()
                    looked = await sweeper.once()
                    took = time.perf_counter() - began
                    if looked != POSTS:
                        raise RuntimeError(f"{name}: {looked} posts of {POSTS} were looked at")
                    calls = list(asked)
                    began = time.perf_counter()
                    await bare(session, address, calls)
                    if turn:  # the first turn warms both up
                        ours.append(took)
                        theirs.append(time.perf_counter() - began)
            finally:
                await platform.close()
                await store.close()
    return Measured(median(ours), median(theirs), len(calls))


if __name__ == "__main__":
    for each in sys.argv[1:] or PLACES:
        found_ = asyncio.run(measured(each))
        print(
            f"{each:10} {found_.ours * 1000:6.0f} ms   {bare.__module__}.{bare.__qualname__}, {found_.calls} calls, "
            f"{found_.bare * 1000:6.0f} ms   ratio {found_.ours / found_.bare:.2f}"
        )
