"""A Jetstream: edits, deletions and new posts by the accounts that we watch, as they happen.

It is fast and may lose anything, and it only says that something happened: what there is now is asked for by the
listener. It carries no token, and tells its operator whom we watch. Where from: docs/README.md of
bluesky-social/jetstream, 2026-08 (`/subscribe`, whose wire is frozen).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from urllib.parse import urlencode

import aiohttp

from adapters.bluesky_refs import POSTS, Uri, parse, read_did
from adapters.errors import Malformed, Unreachable
from adapters.http import CONNECT_LIMIT
from adapters.payload import read_int, read_object, read_str, read_str_or_none

log = logging.getLogger(__name__)

MOST_DIDS = 10_000  # docs/README.md, section 5
MOST_WATCHED = 5_000
LONGEST_EVENT = 2**20  # a post is some kilobytes; what is longer is left out by the server
REWIND = timedelta(seconds=5)  # "rewind a few seconds when switching hosts": what comes twice does no harm


class Change(Enum):
    """What happened."""

    CREATED = "create"
    EDITED = "update"
    DELETED = "delete"
    LEFT = "left"  # the account is deleted
    HIDDEN = "hidden"  # the account is suspended or deactivated


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `uri` is None where it is about the whole account `did`. `at` is the stream's own time."""

    change: Change
    did: str
    at: int
    uri: str | None = None
    cid: str | None = None
    why: str = ""


class Watch:
    """Whose posts concern us: the newest that we heard or were asked for, and ourselves."""

    def __init__(self) -> None:
        self._uris: OrderedDict[str, Uri] = OrderedDict()
        self._me: str | None = None
        self._dids: frozenset[str] = frozenset()
        self._changed = asyncio.Event()

    def __contains__(self, uri: str) -> bool:
        return uri in self._uris

    def me(self, did: str) -> None:
        self._me = did
        self._tell()

    def add(self, uris: Iterable[str]) -> None:
        for uri in uris:
            if uri not in self._uris and (parts := parse(uri)) is not None and parts.is_post:
                self._uris[uri] = parts
        while len(self._uris) > MOST_WATCHED:
            self._uris.popitem(last=False)
        self._tell()

    def of(self, did: str) -> list[str]:
        return [uri for uri, parts in self._uris.items() if parts.owner == did]

    def dids(self) -> frozenset[str]:
        return self._dids

    def change(self) -> asyncio.Event:
        """Set as soon as there is another set of accounts than now."""
        return self._changed

    def _tell(self) -> None:
        owners = list(dict.fromkeys(parts.owner for parts in reversed(self._uris.values())))[: MOST_DIDS - 1]
        dids = frozenset(one for one in (*owners, self._me) if one and one.startswith("did:"))
        if dids != self._dids:
            self._dids = dids
            woken, self._changed = self._changed, asyncio.Event()
            woken.set()


async def subscribe(
    url: str, *, watch: Watch, since: int | None, idle: timedelta
) -> AsyncGenerator[Event | None, None]:
    """None once the stream is open, then its events, until it ends with `Unreachable`.

    Whom it tells about follows the watch. `since` is the time of the last event that was taken in.
    """
    asked = {"requireHello": "true", "wantedCollections": POSTS, "maxMessageSizeBytes": str(LONGEST_EVENT)}
    if since is not None:
        asked["cursor"] = str(max(0, since - REWIND // timedelta(microseconds=1)))
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_LIMIT.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.ws_connect(
                f"{url}?{urlencode(asked)}", heartbeat=idle.total_seconds(), max_msg_size=2 * LONGEST_EVENT
            ) as socket,
        ):
            telling = asyncio.create_task(_tell_whom(socket, watch))
            try:
                yield None
                async for message in socket:
                    event = _readable(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
                    if event is not None:
                        yield event
            finally:
                telling.cancel()
                with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError, OSError):
                    await telling
            raise Unreachable(f"the Jetstream closed ({socket.close_code})")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreachable(f"the Jetstream ended: {type(error).__name__}") from error


async def _tell_whom(socket: aiohttp.ClientWebSocketResponse, watch: Watch) -> None:
    """Says whom we watch, at once and whenever that changes. Nobody would be everybody: we are always among them."""
    while not socket.closed:
        change = watch.change()
        wanted = {
            "wantedCollections": [POSTS],
            "wantedDids": sorted(watch.dids()),
            "maxMessageSizeBytes": LONGEST_EVENT,
        }
        await socket.send_str(json.dumps({"type": "options_update", "payload": wanted}))
        await change.wait()


def _readable(data: str) -> Event | None:
    """One broken event must not end the stream: it would come again with the next one."""
    try:
        return read_event(data)
    except Malformed as error:
        log.error("an event of the Jetstream cannot be read: %s", error)
        return None


def read_event(data: str) -> Event | None:
    """What a message says; None for what does not concern us. `Malformed` if it is broken."""
    try:
        payload: object = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("stream event", "JSON") from None
    entry = read_object(payload, "stream event")
    did, at = read_did(entry.get("did"), "event did"), read_int(entry.get("time_us"), "event time_us")
    match entry.get("kind"):
        case "commit":
            return _commit(read_object(entry.get("commit"), "event commit"), did, at)
        case "account":
            account = read_object(entry.get("account"), "event account")
            if account.get("active") is not False:
                return None
            status = read_str_or_none(account.get("status"), "event status") or "inactive"
            return Event(Change.LEFT if status == "deleted" else Change.HIDDEN, did, at, why=status)
    return None


def _commit(commit: object, did: str, at: int) -> Event | None:
    entry = read_object(commit, "event commit")
    if entry.get("collection") != POSTS:
        return None
    uri = parse(f"at://{did}/{POSTS}/{read_str(entry.get('rkey'), 'event rkey')}")
    operation = entry.get("operation")
    if uri is None or operation not in ("create", "update", "delete"):
        raise Malformed("event commit", "a change of a post")
    return Event(Change(operation), did, at, uri=str(uri), cid=read_str_or_none(entry.get("cid"), "event cid"))
