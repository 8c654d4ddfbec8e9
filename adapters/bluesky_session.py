"""Signing in on Bluesky: one session for a process, kept, renewed under a lock before it ends.

Signing in is counted per account (30 in five minutes, 300 a day: docs.bsky.app/docs/advanced-guides/rate-limits,
2026-04), so nobody signs in for a call. Where a session outlives the process is left to a `Keeper`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from adapters.bluesky_read import error_name
from adapters.bluesky_refs import read_did
from adapters.bluesky_settings import Settings
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import READ_LIMIT, Answer, Clock, Http, certainty
from adapters.keeping import Forgetful, Keeper
from adapters.markup import is_web_address
from adapters.payload import read_list, read_object, read_str, read_str_or_none
from adapters.quoting import quoted

log = logging.getLogger(__name__)

AGENT = {"User-Agent": "Twoway"}
EARLY = timedelta(minutes=5)  # so long before an access token ends it is renewed
# Not sooner after the last renewal: where the clocks are far apart every new token seems to be ending.
EARLY_AGAIN = timedelta(minutes=10)
# A password that was refused is not tried again before: whoever tries on uses up the account's 300 a day.
REFUSED_FOR = timedelta(minutes=10)

_SAYS = {
    "AccountTakedown": "Bluesky has suspended this account: ask its moderators.",
    "AccountDeactivated": "This account is deactivated: sign in to it and activate it again.",
    "AuthFactorTokenRequired": "This is the account's own password, and it asks for a code by mail: "
    "make an app password and set that.",
}
_WRONG = "Bluesky does not accept the handle or its app password: make a new app password there, and set it."


@dataclass(frozen=True, slots=True)
class Session:
    """Who we are, and what opens the door. `server` is where the account's records are."""

    did: str
    handle: str
    access: str
    refresh: str
    server: str

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def ends(self) -> datetime | None:
        """When the access token ends, if it says so; it is the server's to read, not ours."""
        try:
            part = self.access.split(".")[1]
            claims: object = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            return datetime.fromtimestamp(float(str(read_object(claims, "claims")["exp"])), UTC)
        except (IndexError, ValueError, KeyError, OverflowError, OSError, Malformed, RecursionError):
            return None


class Sessions:
    """Gives the session, whoever asks; makes and renews it once, however many ask at the same time."""

    def __init__(self, settings: Settings, *, clock: Clock, keeper: Keeper | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._keeper = keeper or Forgetful()
        self._http = Http(settings.server, headers=AGENT, clock=clock)
        self._lock = asyncio.Lock()
        self._now: Session | None = None
        self._made_at: datetime | None = None
        self._refused: tuple[datetime, str] | None = None

    async def current(self) -> Session:
        """A session that should do. `AuthFailed`, `Unreachable`, `Throttled`, `Malformed` as for any reading."""
        now = self._now
        if now is not None and not self._ending(now):
            return now
        async with self._lock:
            if self._now is None:
                self._now = await self._kept()
            if self._now is None:
                self._now = await self._sign_in()
            elif self._ending(self._now):
                self._now = await self._renewed(self._now)
            return self._now

    async def renew(self, stale: Session) -> Session:
        """Another one, because the server did not take `stale`; the one that came meanwhile, if one did."""
        async with self._lock:
            if self._now is None or self._now.access == stale.access:
                self._now = await self._renewed(stale)
            return self._now

    async def close(self) -> None:
        await self._http.close()

    # Inside

    def _ending(self, session: Session) -> bool:
        if session.ends is None or (self._made_at is not None and self._clock() - self._made_at < EARLY_AGAIN):
            return False
        return session.ends - EARLY <= self._clock()

    async def _kept(self) -> Session | None:
        """What the keeper has, if it is of this account at this server."""
        words = await self._keeper.load()
        if words is None:
            return None
        try:
            kept: object = json.loads(words)
            entry = read_object(kept, "kept session")
            session = Session(**{name: read_str(entry.get(name), name) for name in Session.__slots__})
        except (ValueError, RecursionError, Malformed):
            log.warning("the kept session cannot be read: signing in anew")
            return None
        return session if self._settings.identifier.lower() in (session.did, session.handle.lower()) else None

    async def _renewed(self, session: Session) -> Session:
        async with self._keeper.alone():
            kept = await self._kept()
            if kept is not None and kept.access != session.access:
                return kept  # another machine has renewed it
            try:
                # A refresh token opens once: what comes is kept before anybody uses it.
                answer = await self._call("refreshSession", headers={"Authorization": f"Bearer {session.refresh}"})
            except AuthFailed:
                log.info("the session has ended: signing in anew")
                return await self._sign_in()
            return await self._take(answer, session.server)

    async def _sign_in(self) -> Session:
        if self._refused is not None and self._clock() < self._refused[0]:
            raise AuthFailed(self._refused[1])
        body = {"identifier": self._settings.identifier.lstrip("@"), "password": self._settings.token}
        try:
            answer = await self._call("createSession", body=body)
        except AuthFailed as error:
            self._refused = (self._clock() + REFUSED_FOR, error.sentence)
            raise
        return await self._take(answer, self._settings.server)

    async def _call(
        self,
        name: str,
        *,
        body: dict[str, object] | dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """A call that is sent once; what went wrong is told as for any reading."""
        path = f"/xrpc/com.atproto.server.{name}"
        try:
            return await self._http.write_once("POST", path, body=body, headers=headers, limit=READ_LIMIT, judge=_judge)
        except Refused as error:
            raise AuthFailed(error.sentence) from error
        except Lost as error:
            raise Unreachable(f"{name}: {error.detail}") from error

    async def _take(self, answer: Answer, server: str) -> Session:
        session = read_session(answer.body, server=server)
        if read_object(answer.body, "session").get("active") is False:
            status = read_str_or_none(read_object(answer.body, "session").get("status"), "status")
            raise AuthFailed(_SAYS["AccountDeactivated" if status == "deactivated" else "AccountTakedown"])
        if session.server != server and server.startswith("https://") and not session.server.startswith("https://"):
            session = replace(session, server=server)  # the token never goes out in the clear
        await self._keeper.keep(session.to_json())
        self._made_at = self._clock()
        return session


def read_session(value: object, *, server: str) -> Session:
    """The answer of createSession and refreshSession; `server` where its DID document names none."""
    entry = read_object(value, "session")
    return Session(
        did=read_did(entry.get("did"), "session did"),
        handle=read_str(entry.get("handle"), "session handle"),
        access=read_str(entry.get("accessJwt"), "session accessJwt"),
        refresh=read_str(entry.get("refreshJwt"), "session refreshJwt"),
        server=_home(entry.get("didDoc")) or server,
    )


def _home(document: object) -> str | None:
    """Where the account's records are, from its DID document (atproto.com/specs/did, 2026-08)."""
    try:
        services = read_list(read_object(document, "didDoc").get("service"), "didDoc service")
        for item in services:
            service = read_object(item, "service")
            if str(service.get("id", "")).endswith("#atproto_pds"):
                address = read_str(service.get("serviceEndpoint"), "serviceEndpoint").rstrip("/")
                return address if is_web_address(address) else None
    except Malformed:
        pass
    return None


def _judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """401 and 400 are the same here: the password, the refresh token or the account is not taken."""
    if answer.status not in (400, 401, 403):
        return certainty(answer, now)
    name = error_name(answer.body)
    said = answer.body.get("message") if isinstance(answer.body, dict) else None
    return Refused(Reason.AUTH, _SAYS.get(name) or _WRONG + quoted(said))
