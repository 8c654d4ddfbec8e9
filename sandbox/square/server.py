"""What all parts of the stand-in share: the world, its faults, its listeners, its token, its address."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.background import Background
from sandbox.square.calls import PublishCall
from sandbox.square.faults import Fault, Faults
from sandbox.square.hub import Hub
from sandbox.square.limits import RateLimits
from sandbox.square.shapes import Shapes
from sandbox.square.world import World


class Server(Background):
    """One Mastodon-compatible server in memory. `scopes` are those of the account's token."""

    def __init__(
        self,
        *,
        account: str,
        token: str,
        scopes: frozenset[str],
        clock: Callable[[], datetime],
        max_characters: int,
        rate_limit: int,
        version: str,
    ) -> None:
        super().__init__()
        self.token = token
        self.scopes = scopes
        self.version = version
        self.faults = Faults()
        self.limits = RateLimits(rate_limit)
        self.publish_calls: list[PublishCall] = []
        self.media_takes: float = 0
        self.hub = Hub(self.faults, lambda: self.world.us)
        self.world = World(account=account, clock=clock, max_characters=max_characters, emit=self.hub.emit)
        self.shapes = self.hub.shapes = Shapes(self.world, odd_acct=lambda: self.faults.on(Fault.ODD_ACCT))
        self.world.url_of = self.shapes.profile_url
        self._keys: dict[str, tuple[datetime, str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def set_base(self, base: str) -> None:
        """The address of this server, without a slash at the end. Statuses and people are at home there."""
        self.shapes.base = base.rstrip("/")
        self.world.tag_base = f"{self.shapes.base}/tags"
        self.world.people.domain = self.shapes.base.split("://", 1)[1].split("/", 1)[0]

    @property
    def base(self) -> str:
        return self.shapes.base

    def after(self, seconds: float) -> datetime:
        return self.world.clock() + timedelta(seconds=seconds)

    def lock(self, key: str) -> asyncio.Lock:
        """Calls with one Idempotency-Key wait for each other (the server's Redis lock)."""
        return self._locks.setdefault(key, asyncio.Lock())

    def remembered(self, key: str) -> str | None:
        """The status that this key made within the last hour (PostStatusService: setex 3600)."""
        made = self._keys.get(key)
        return made[1] if made and self.world.clock() - made[0] < timedelta(hours=1) else None

    def remember(self, key: str, id: str) -> None:
        self._keys[key] = (self.world.clock(), id)

    async def close(self) -> None:
        """End streams, calls that hang, and what was to be accepted late."""
        self.hub.end_all()
        await super().close()
