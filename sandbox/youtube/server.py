"""What all parts of the stand-in share: the world, its faults, its tokens, the quota of the day."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.background import Background
from sandbox.youtube.faults import Fault, Faults
from sandbox.youtube.refusal import Rejected
from sandbox.youtube.shapes import Shapes
from sandbox.youtube.world import World

ACCESS_FOR = timedelta(seconds=3599)  # "expires_in" of Google's answers
TESTING_FOR = timedelta(days=7)  # a refresh token of an app whose consent screen is in testing
PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(slots=True)
class PublishCall:
    """One comments.insert. `answered` is a status, or `dropped`, `hung`, or `` while it runs.

    `accepted` is the id of the comment that it made.
    """

    at: datetime
    body: Mapping[str, object]
    answered: str = ""
    accepted: str | None = None
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("answered", "accepted", "error")}


@dataclass(frozen=True, slots=True)
class Code:
    """What a consent gives, for one exchange."""

    challenge: str
    redirect: str


class Server(Background):
    """The Data API with one channel of ours, and Google's sign-in, in memory."""

    def __init__(
        self, *, account: str, clock: Callable[[], datetime], quota: int, access_for: timedelta = ACCESS_FOR
    ) -> None:
        super().__init__()
        self.faults = Faults()
        self.publish_calls: list[PublishCall] = []
        self.world = World(account=account, clock=clock)
        self.shapes = Shapes(self.world)
        self.client_id, self.client_secret = "acme.apps.example", secrets.token_hex(8)
        self.testing = False  # the consent screen
        self.quota = quota
        self.searched, self.most_searches = 0, 100
        self.access_for = access_for
        self.units: dict[date, int] = {}
        self.asked: list[str] = []  # the methods that were called, by name
        self.codes: dict[str, Code] = {}
        self.refreshes: set[str] = set()
        self._access: dict[str, datetime] = {}

    # Tokens

    def new_access(self) -> str:
        token = f"ya29.{secrets.token_urlsafe(16)}"
        self._access[token] = self.world.clock() + self.access_for
        return token

    def expire(self) -> None:
        """Every access token made so far has ended."""
        self._access.clear()

    def check_access(self, authorization: str) -> None:
        ends = self._access.get(authorization.removeprefix("Bearer "))
        if not authorization.startswith("Bearer ") or ends is None or self.world.clock() >= ends:
            raise Rejected(401, "authError", "Request had invalid authentication credentials.")
        if self.faults.on(Fault.SUSPENDED):
            reason = "authenticatedUserAccountSuspended"
            raise Rejected(403, reason, "The YouTube account of the authenticated user is suspended.")

    # The quota

    def pay(self, name: str, units: int) -> None:
        today = self.world.clock().astimezone(PACIFIC).date()
        used = self.units.get(today, 0)
        self.asked.append(name)
        if self.faults.on(Fault.QUOTA) or used + units > self.quota:
            said = 'The request cannot be completed because you have exceeded your <a href="/quota">quota</a>.'
            raise Rejected(403, "quotaExceeded", said)
        self.units[today] = used + units

    def spent(self) -> int:
        """Units of today."""
        return self.units.get(self.world.clock().astimezone(PACIFIC).date(), 0)

    # Life
