"""What all parts of the stand-in share: the world, its faults, tokens and limits."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.background import Background
from sandbox.reddit.faults import Faults
from sandbox.reddit.shapes import Shapes
from sandbox.reddit.world import World

LIVES = timedelta(days=1)  # answers of 2025
WINDOW = 600  # seconds: the Data API wiki


class Rejected(Exception):
    """The server says no: a status, and what stands beside it."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason

    def body(self) -> dict[str, object]:
        said: dict[str, object] = {"message": self.message, "error": self.status}
        return said | {"reason": self.reason} if self.reason else said


class FormError(Exception):
    """A form that is not taken: a code and a sentence, answered with status 200."""

    def __init__(self, code: str, words: str, field: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = words
        self.field = field


@dataclass(slots=True)
class PublishCall:
    """One call of /api/comment. `answered` is a status, or `dropped`, `hung`, or `` while it runs.

    `accepted` is the name of the comment that it made.
    """

    at: datetime
    form: Mapping[str, str]
    answered: str = ""
    accepted: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token it is. The app alone is nobody."""

    ours: bool
    until: datetime


class Server(Background):
    """Reddit in memory, with one app and one account of ours."""

    def __init__(self, *, account: str, clock: Callable[[], datetime], rate_limit: int) -> None:
        super().__init__()
        self.client_id = "sandbox-app"
        self.client_secret = secrets.token_urlsafe(16)
        self.refresh_token = secrets.token_urlsafe(24)
        self.faults = Faults()
        self.world = World(account=account, clock=clock)
        self.shapes = Shapes(self.world)
        self.publish_calls: list[PublishCall] = []
        self.agents: set[str] = set()
        self.tokens_made = 0
        self.inbox_asked = 0
        self._rate_limit = rate_limit
        self._used: dict[int, int] = {}
        self._codes: dict[str, str] = {}  # and the address that each was given for
        self._bearers: dict[str, Bearer] = {}

    # Tokens

    def new_code(self, redirect: str) -> str:
        code = secrets.token_urlsafe(12)
        self._codes[code] = redirect
        return code

    def new_token(self, form: Mapping[str, str]) -> dict[str, object]:
        """For what the form proves; `Rejected` for anything else. A code opens once, a refresh token always."""
        grant = form.get("grant_type")
        ours = grant in ("refresh_token", "authorization_code")
        if grant == "authorization_code":
            redirect = self._codes.pop(form.get("code", ""), None)
            if redirect is None or form.get("redirect_uri") != redirect:
                raise Rejected(400, "invalid_grant")
        elif grant == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                raise Rejected(400, "Bad Request")
        elif grant != "client_credentials":
            raise Rejected(400, "unsupported_grant_type")
        token = secrets.token_urlsafe(24)
        self._bearers[token] = Bearer(ours, self.world.clock() + LIVES)
        self.tokens_made += 1
        answer: dict[str, object] = {"access_token": token, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
        return answer | {"refresh_token": self.refresh_token} if ours else answer

    def expire(self) -> None:
        """Every access token made so far has ended."""
        self._bearers.clear()

    def revoke(self) -> None:
        """Somebody has withdrawn our access."""
        self.expire()
        self.refresh_token = secrets.token_urlsafe(24)

    def bearer(self, authorization: str) -> Bearer:
        found = self._bearers.get(authorization.removeprefix("Bearer "))
        if found is None or found.until <= self.world.clock():
            raise Rejected(401, "Unauthorized")
        return found

    # Limits

    def count(self) -> tuple[int, dict[str, str]]:
        """How many calls are left after this one, and how an answer says so. Seconds, not times; with a point."""
        now = self.world.clock().timestamp()
        slot = int(now // WINDOW)
        used = self._used.get(slot, 0) + 1
        self._used = {slot: used}
        left = self._rate_limit - used
        reset = int((slot + 1) * WINDOW - now)
        headers = {"x-ratelimit-used": str(used), "x-ratelimit-remaining": f"{max(0, left):.1f}"}
        return left, {**headers, "x-ratelimit-reset": str(reset)}

    # Life
