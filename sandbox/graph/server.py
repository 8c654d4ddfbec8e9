"""What all parts of a stand-in of Meta's share: token and app, faults, usage, publish calls, webhooks to deliver."""

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from sandbox.background import Background
from sandbox.graph.errors import Rejected
from sandbox.graph.faults import Fault, Faults
from sandbox.square.changes import Changes

CALL_LIMIT = aiohttp.ClientTimeout(total=20)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class PublishCall:
    """One call that would say something. `answered` is a status, or `dropped`, `hung`, or `` while it runs.

    `accepted` is the id of what it made.
    """

    at: datetime
    path: str
    body: Mapping[str, object]
    answered: str = ""
    accepted: str | None = None
    error: int | None = None


class GraphServer(Background):
    """One account of ours at Meta."""

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, most_calls: int = 100_000) -> None:
        super().__init__()
        self.clock = clock
        self.base = "http://127.0.0.1"
        self.token = f"EAAB{secrets.token_hex(12)}"
        self.app_secret = secrets.token_hex(16)
        self.verify_token = secrets.token_hex(8)
        self.proofs = True  # calls have to carry the proof of the app's secret
        self.faults = Faults()
        self.changes = Changes()
        self.publish_calls: list[PublishCall] = []
        self.webhooks: list[bytes] = []  # every call's body, in order
        self.callback: str | None = None
        self.retries: tuple[float, ...] = (0.05, 0.2, 0.5, 1, 2)
        self._used = 0
        self._most = most_calls
        self._last = 9_100_000_000_000_000  # above 2**53, as Meta's are
        self._session: aiohttp.ClientSession | None = None

    def next_id(self) -> str:
        self._last += 7
        return str(self._last)

    # The door

    def check(self, authorization: str, query: Mapping[str, str]) -> None:
        """Token and proof, as Meta checks them."""
        given = authorization.removeprefix("Bearer ").strip() or query.get("access_token", "")
        if not given:
            raise Rejected(104, "An access token is required to request this resource.")
        if self.faults.on(Fault.EXPIRED):
            raise Rejected(190, "Error validating access token: Session has expired", subcode=463, status=401)
        if given != self.token:
            raise Rejected(190, "Invalid OAuth access token - Cannot parse access token")
        proof = query.get("appsecret_proof")
        if proof is None and self.proofs:
            raise Rejected(100, "API calls from the server require an appsecret_proof argument")
        if proof is not None and proof != self.proof():
            raise Rejected(100, "Invalid appsecret_proof provided in the API argument")

    def proof(self) -> str:
        return hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()

    def use(self) -> bool:
        """One call more; whether it is within the limit."""
        self._used += 1
        return self._used <= self._most

    def usage(self) -> dict[str, str]:
        """What every answer says about the limit."""
        percent = min(100, self._used * 100 // self._most)
        return {"X-App-Usage": json.dumps({"call_count": percent, "total_time": 1, "total_cputime": 1})}

    # Webhooks

    def sign(self, body: bytes) -> str:
        return "sha256=" + hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()

    def call(self, body: Mapping[str, object]) -> bytes:
        """Tell our app, as Meta does: escaped, signed over the raw bytes, again until it is taken."""
        raw = json.dumps(body).encode()
        self.webhooks.append(raw)
        if self.callback is not None and not self.faults.on(Fault.NO_CALLS):
            self.later(self._deliver(raw, self.sign(raw)))
        return raw

    async def _deliver(self, raw: bytes, signature: str) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=CALL_LIMIT)
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        for pause in (*self.retries, None):
            assert self.callback is not None
            try:
                async with self._session.post(self.callback, data=raw, headers=headers) as response:
                    if response.status == 200:
                        return
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            if pause is not None:
                await asyncio.sleep(pause)

    async def verify(self) -> str:
        """Meta's check of a callback: what it answered."""
        assert self.callback is not None
        asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": self.verify_token}
        async with (
            aiohttp.ClientSession(timeout=CALL_LIMIT) as session,
            session.get(self.callback, params=asked) as response,
        ):
            return await response.text()

    # Life

    async def close(self) -> None:
        await super().close()
        if self._session is not None:
            await self._session.close()
