"""What all parts of the stand-in share: the world, its faults, its keys and tokens, its limits."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from sandbox.background import Background
from sandbox.x.faults import Fault, Faults
from sandbox.x.problems import SUSPENDED, Rejected
from sandbox.x.shapes import Shapes
from sandbox.x.world import World

ACCESS_FOR = timedelta(hours=2)  # docs.x.com: authentication/oauth-2-0, 2026-08
CODE_FOR = timedelta(seconds=30)  # the same
CLOCKS = timedelta(minutes=5)  # so far a signature's time may be from ours
WINDOW = 900
# Calls in 15 minutes, a user: docs.x.com/x-api/fundamentals/rate-limits, 2026-08.
LIMITS: Mapping[str, int] = {"me": 75, "lookup": 5000, "mentions": 300, "timeline": 900, "search": 300, "post": 100}
_NEVER = (datetime.min.replace(tzinfo=UTC), "", "")
_PART = re.compile(r'(\w+)="([^"]*)"')


@dataclass(slots=True)
class PublishCall:
    """One POST /2/tweets. `answered` is a status, or `dropped`, `hung`, or "" while it runs."""

    at: datetime
    body: Mapping[str, object]
    answered: str = ""
    accepted: str | None = None
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("answered", "accepted", "error")}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a kind of calls stands. `left` below zero: over the limit."""

    limit: int
    left: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(max(0, self.left)),
            "x-rate-limit-reset": str(self.reset),
        }


class Server(Background):
    """X with one app and one account of ours, in memory."""

    def __init__(self, *, account: str, clock: Callable[[], datetime], rate_limit: int | None) -> None:
        super().__init__()
        self.consumer_key = secrets.token_urlsafe(12)
        self.consumer_secret = secrets.token_urlsafe(24)
        self.client_id = secrets.token_urlsafe(12)
        self.client_secret = secrets.token_urlsafe(24)
        self.faults = Faults()
        self.world = World(account=account, clock=clock)
        self.token = f"{self.world.us.id}-{secrets.token_urlsafe(24)}"
        self.token_secret = secrets.token_urlsafe(24)
        self.shapes = Shapes(self.world)
        self.publish_calls: list[PublishCall] = []
        self.renewals = 0
        self._rate_limit = rate_limit
        self._used: dict[tuple[str, int], int] = {}
        self._nonces: set[str] = set()
        self._access: dict[str, datetime] = {}  # until when
        self._refreshes: set[str] = set()
        self._codes: dict[str, tuple[datetime, str, str]] = {}  # until when, challenge, callback

    # Who calls

    def check(self, method: str, address: str, params: list[tuple[str, str]], authorization: str) -> None:
        """Rejects a call that is neither signed by our keys nor carries a token of ours."""
        if authorization.startswith("OAuth "):
            self._check_signature(method, address, params, authorization)
        elif not authorization.startswith("Bearer ") or not self._takes(authorization.removeprefix("Bearer ")):
            raise Rejected(401, "Unauthorized")
        if self.faults.on(Fault.SUSPENDED):
            raise Rejected(403, SUSPENDED)
        if self.faults.on(Fault.NO_CREDIT):
            raise Rejected(
                402,
                "Your enrolled account does not have any credits to fulfill this request.",
                title="CreditsDepleted",
                type="https://api.twitter.com/2/problems/credits-depleted",
            )

    def _check_signature(self, method: str, address: str, params: list[tuple[str, str]], given: str) -> None:
        own = {name: unquote(value) for name, value in _PART.findall(given)}
        signature = own.pop("oauth_signature", "")
        pairs = sorted((_quoted(name), _quoted(value)) for name, value in [*params, *own.items()])
        words = "&".join(f"{name}={value}" for name, value in pairs)
        base = f"{method}&{_quoted(address)}&{_quoted(words)}"
        key = f"{_quoted(self.consumer_secret)}&{_quoted(self.token_secret)}"
        right = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
        stamp = own.get("oauth_timestamp", "")
        late = not stamp.isdecimal() or abs(self.world.clock().timestamp() - int(stamp)) > CLOCKS.total_seconds()
        known = own.get("oauth_consumer_key") == self.consumer_key and own.get("oauth_token") == self.token
        nonce = own.get("oauth_nonce", "")
        if not known or late or not nonce or nonce in self._nonces or not hmac.compare_digest(signature, right):
            raise Rejected(401, "Unauthorized")
        self._nonces.add(nonce)

    def _takes(self, access: str) -> bool:
        return not self.faults.on(Fault.EXPIRED) and self._access.get(access, self.world.clock()) > self.world.clock()

    # OAuth 2.0

    def new_tokens(self) -> dict[str, object]:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access[access] = self.world.clock() + ACCESS_FOR
        self._refreshes.add(refresh)
        return {
            "token_type": "bearer",
            "expires_in": int(ACCESS_FOR.total_seconds()),
            "access_token": access,
            "scope": "tweet.read tweet.write users.read offline.access",
            "refresh_token": refresh,
        }

    def consent(self, challenge: str, callback: str) -> str:
        code = secrets.token_urlsafe(16)
        self._codes[code] = (self.world.clock() + CODE_FOR, challenge, callback)
        return code

    def exchange(self, form: Mapping[str, str]) -> dict[str, object]:
        """Codes and refresh tokens open once."""
        match form.get("grant_type"):
            case "refresh_token":
                if form.get("refresh_token") not in self._refreshes:
                    raise Rejected(400, "Value passed for the token was invalid.", title="invalid_request")
                self._refreshes.discard(form["refresh_token"])
                self.renewals += 1
            case "authorization_code":
                until, challenge, callback = self._codes.pop(
                    form.get("code", ""), (datetime.min.replace(tzinfo=UTC), "", "")
                )
                digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                if self.world.clock() > until or proof != challenge or form.get("redirect_uri") != callback:
                    raise Rejected(400, "Value passed for the authorization code was invalid.", title="invalid_request")
            case _:
                raise Rejected(400, "Value passed for the grant type was invalid.", title="invalid_request")
        return self.new_tokens()

    def expire(self) -> None:
        """Every access token made so far has ended."""
        self._access.clear()

    def withdraw(self) -> None:
        """The account's owner withdrew our access: no refresh token opens any more."""
        self.expire()
        self._refreshes.clear()

    # Limits

    def count(self, kind: str) -> Standing:
        limit = self._rate_limit or LIMITS.get(kind, 50)
        slot = int(self.world.clock().timestamp() // WINDOW)
        used = self._used.get((kind, slot), 0) + 1
        self._used[kind, slot] = used
        return Standing(limit, limit - used, (slot + 1) * WINDOW)

    # Life


def _quoted(words: str) -> str:
    return quote(words, safe="-._~")
