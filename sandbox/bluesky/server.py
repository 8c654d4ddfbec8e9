"""What all parts of the stand-in share: the world, its faults, its sessions, limits and streams, its address."""

import asyncio
import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

from sandbox.background import Background
from sandbox.bluesky.faults import Fault, Faults
from sandbox.bluesky.lexicon import Rejected
from sandbox.bluesky.shapes import Shapes
from sandbox.bluesky.world import Person, World

ACCESS_FOR = timedelta(hours=2)  # packages/pds account-manager/helpers/auth.ts
REFRESH_FOR = timedelta(days=90)  # the same


class Family(Enum):
    API = "api"
    SESSION = "session"


# docs.bsky.app/docs/advanced-guides/rate-limits, 2026-04. None: the number is given to the stand-in.
WINDOWS: Mapping[Family, tuple[int | None, int]] = {Family.API: (None, 300), Family.SESSION: (30, 300)}


@dataclass(slots=True)
class PublishCall:
    """One putRecord or createRecord. `answered` is a status, or `dropped`, `hung`, or `` while it runs.

    `accepted` is the address of the record that stands for it; `made` is whether this call wrote it.
    """

    at: datetime
    key: str
    body: Mapping[str, object]
    answered: str = ""
    accepted: str | None = None
    made: bool = False
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("key", "answered", "accepted", "made", "error")}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a family of calls stands. `left` below zero: over the limit."""

    limit: int
    left: int
    reset: int
    window: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.left)),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f"{self.limit};w={self.window}",
        }


@dataclass(frozen=True, slots=True)
class Event:
    """What the Jetstream says about one change."""

    did: str
    time_us: int
    kind: str
    collection: str
    text: str


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream. `cut` closes it without a word."""

    cut: Callable[[], None]
    collections: frozenset[str] = frozenset()
    dids: frozenset[str] = frozenset()
    waiting: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)

    def wants(self, event: Event) -> bool:
        if self.dids and event.did not in self.dids:
            return False
        return event.kind != "commit" or not self.collections or event.collection in self.collections


class Server(Background):
    """A PDS with one account, its AppView and a Jetstream, in memory."""

    def __init__(
        self, *, account: str, password: str, clock: Callable[[], datetime], rate_limit: int, session_limit: int
    ) -> None:
        super().__init__()
        self.password = password
        self.faults = Faults()
        self.publish_calls: list[PublishCall] = []
        self.sessions_made = 0
        self.quiet: set[str] = set()  # notifications that our own settings leave out
        self.events: list[Event] = []
        self.listeners: set[Listener] = set()
        self.world = World(account=account, clock=clock, emit=self._emit)
        self.shapes = Shapes(self.world)
        self._limits = {Family.API: rate_limit, Family.SESSION: session_limit}
        self._used: dict[tuple[Family, int], int] = {}
        self._refreshes: set[str] = set()
        self._expired_before = datetime.min.replace(tzinfo=UTC)

    # Sessions

    def new_session(self) -> dict[str, object]:
        us, now = self.world.us, self.world.clock()
        refresh = _token("com.atproto.refresh", us.did, now + REFRESH_FOR)
        self._refreshes.add(refresh)
        self.sessions_made += 1
        return {
            "accessJwt": _token("com.atproto.access", us.did, now + ACCESS_FOR),
            "refreshJwt": refresh,
            "handle": us.handle,
            "did": us.did,
            "didDoc": self.shapes.did_document(us),
            "active": us.gone is None,
        }

    def use_refresh(self, token: str) -> None:
        """Refresh tokens open once."""
        if token not in self._refreshes:
            raise Rejected(400, "ExpiredToken", "Token has been revoked")
        self._refreshes.discard(token)

    def expire(self) -> None:
        """Every access token made so far has ended."""
        self._expired_before = self.world.clock()

    def end_sessions(self) -> None:
        """Refresh tokens are revoked too: somebody changed the password."""
        self.expire()
        self._refreshes.clear()

    def check_access(self, authorization: str) -> None:
        if not authorization:
            raise Rejected(401, "AuthMissing", "Authentication Required")
        try:
            part = authorization.removeprefix("Bearer ").split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            scope, ends, made = claims["scope"], claims["exp"], claims["iat"]
        except (IndexError, ValueError, KeyError, TypeError):
            raise Rejected(400, "InvalidToken", "Token could not be verified") from None
        if scope != "com.atproto.access" or claims["sub"] != self.world.us.did:
            raise Rejected(400, "InvalidToken", "Bad token scope")
        now = self.world.clock().timestamp()
        if self.faults.on(Fault.EXPIRED) or now > ends or made <= self._expired_before.timestamp():
            raise Rejected(400, "ExpiredToken", "Token has expired")
        if self.faults.on(Fault.TAKEDOWN):
            raise Rejected(401, "AccountTakedown", "Account has been taken down")

    # Limits

    def count(self, family: Family, points: int = 1) -> Standing:
        window = WINDOWS[family][1]
        limit = self._limits[family]
        slot = int(self.world.clock().timestamp() // window)
        used = self._used.get((family, slot), 0) + points
        self._used = {key: n for key, n in self._used.items() if key[0] is not family} | {(family, slot): used}
        return Standing(limit, limit - used, (slot + 1) * window, window)

    # Streams

    def _emit(self, kind: str, person: Person, what: dict[str, object]) -> None:
        last = self.events[-1].time_us if self.events else 0
        time_us = max(last + 1, int(self.world.clock().timestamp() * 1_000_000))
        text = json.dumps({"did": person.did, "time_us": time_us, "kind": kind, kind: what}, ensure_ascii=False)
        event = Event(person.did, time_us, kind, str(what.get("collection", "")), text)
        self.events.append(event)
        if not self.faults.on(Fault.STREAM_SILENT):
            for listener in self.listeners:
                listener.waiting.put_nowait(event)

    def cut_all(self) -> None:
        for listener in list(self.listeners):
            listener.cut()
            listener.waiting.put_nowait(None)

    # Life

    async def close(self) -> None:
        for listener in list(self.listeners):
            listener.waiting.put_nowait(None)
        await super().close()


def _token(scope: str, did: str, ends: datetime) -> str:
    """Shaped like a JWT, with what a client may look at; nobody signs it."""
    now = datetime.now(UTC).timestamp()
    claims = {"scope": scope, "sub": did, "iat": now, "exp": int(ends.timestamp()), "jti": secrets.token_hex(8)}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}.{body}.{secrets.token_hex(4)}"
