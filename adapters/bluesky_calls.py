"""Calls of one account to its server on Bluesky: each carries the session, and errors are told by their names.

Where the session comes from is `bluesky_session`; what an answer means is `bluesky_read`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.bluesky_read import error_name
from adapters.bluesky_session import AGENT, Session, Sessions
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, certainty
from adapters.quoting import quoted

STALE = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})
# What else an error's name says for certain. Others are judged by their status.
_NAMED: Mapping[str, tuple[Reason, str]] = {
    "AccountTakedown": (Reason.AUTH, "Bluesky has suspended this account: ask its moderators."),
    "AccountSuspended": (Reason.AUTH, "Bluesky has suspended this account: ask its moderators."),
    "AccountDeactivated": (Reason.AUTH, "This account is deactivated: sign in to it and activate it again."),
    "RepoDeactivated": (Reason.AUTH, "This account is deactivated: sign in to it and activate it again."),
    "InvalidRequest": (Reason.INVALID, "Bluesky finds this reply invalid."),
    "InvalidRecord": (Reason.INVALID, "Bluesky finds this reply invalid."),
}


class Occupied(Refused):
    """Under this key stands another record of ours (`InvalidSwap`)."""


class Stale(Throttled):
    """The access token is not taken; nothing was done."""


class Calls:
    """Reading and writing as our account. Errors are those of `Http`."""

    def __init__(self, sessions: Sessions, *, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._https: dict[str, Http] = {}

    async def close(self) -> None:
        for http in self._https.values():
            await http.close()
        await self._sessions.close()

    async def session(self) -> Session:
        return await self._sessions.current()

    async def ask(self, name: str, params: Params = ()) -> Answer:
        """A query. Its answer may be a 4xx with a name; a token that has ended is renewed, once."""
        for last in (False, True):
            session = await self._sessions.current()
            try:
                answer = await self._http(session).get(f"/xrpc/{name}", params, headers=_bearer(session))
            except AuthFailed:
                if last:
                    raise
                await self._sessions.renew(session)
                continue
            if last or answer.good or error_name(answer.body) not in STALE:
                break
            await self._sessions.renew(session)
        if error_name(answer.body) in STALE or answer.status == 403:
            raise AuthFailed("Bluesky does not accept our session: make a new app password there, and set it.")
        return answer

    async def write(self, name: str, body: Mapping[str, object], *, limit: timedelta) -> Answer:
        """A procedure, called once. Where the token was not taken: `Throttled`, with a new one at hand."""
        session = await self._sessions.current()
        try:
            return await self._http(session).write_once(
                "POST", f"/xrpc/{name}", body=body, headers=_bearer(session), limit=limit, judge=judge
            )
        except Stale as stale:
            try:
                await self._sessions.renew(session)
            except AuthFailed as error:
                raise Refused(Reason.AUTH, error.sentence) from error
            except (Unreachable, Malformed) as error:
                raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"The session ended: {error}") from error
            raise Throttled(self._clock() + timedelta(seconds=1), "the session was renewed") from stale

    async def upload(self, data: bytes, kind: str, *, limit: timedelta) -> Answer:
        """A blob: bytes that no record names yet, so that nobody sees them and sending them again does no harm."""
        session = await self._sessions.current()
        headers = {**_bearer(session), "Content-Type": kind}
        try:
            return await self._http(session).write_once(
                "POST",
                "/xrpc/com.atproto.repo.uploadBlob",
                form=io.BytesIO(data),
                headers=headers,
                limit=limit,
                judge=judge,
            )
        except Stale as stale:
            await self._sessions.renew(session)
            raise Throttled(self._clock() + timedelta(seconds=1), "the session was renewed") from stale
        except Lost as error:
            raise Unreachable(str(error)) from error

    def _http(self, session: Session) -> Http:
        if session.server not in self._https:
            self._https[session.server] = Http(session.server, headers=AGENT, clock=self._clock)
        return self._https[session.server]


def _bearer(session: Session) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.access}"}


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an XRPC error says about a write: by its name where that is certain, else by its status."""
    name = error_name(answer.body)
    if not 400 <= answer.status < 500 or answer.status == 429:
        return certainty(answer, now)
    if name in STALE or answer.status == 401:
        return Stale(now + timedelta(seconds=1))
    if name == "InvalidSwap":
        return Occupied(Reason.DIFFERENT, "Another reply of ours stands there already.")
    if name in _NAMED:
        reason, sentence = _NAMED[name]
        return Refused(reason, sentence + quoted(answer.body.get("message") if isinstance(answer.body, dict) else None))
    return certainty(answer, now)
