"""How the stand-in misbehaves on command, and how it limits the rate. State only; others ask it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.slack.things import CannotDo

# What the next call of a method may meet. `cut` and `hang_after` do the work first: accepted, and nobody is told;
# `late` as well, and tells so `retry_after` seconds later.
FAULTS = frozenset({"429", "500", "hang", "cut", "hang_after", "late", "500_after"})

# Calls a minute: docs.slack.dev/apis/web-api/rate-limits, 2026-11. Methods without a row are not limited here.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
TIER_OF = {
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "views.open": 4,
    "views.update": 4,
    "views.push": 4,
    "views.publish": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "reactions.get": 3,
    "users.info": 4,
    "users.list": 2,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.list": 2,
    "usergroups.users.list": 2,
    "emoji.list": 2,
    "apps.connections.open": 1,
    "team.info": 3,
}
POST_BURST = 3  # messages a channel takes at once before one a second holds
# Tier 1 is "1+ a minute"; a bot that reconnects needs a few.
SOCKET_BURST = 10


@dataclass
class Bucket:
    tokens: float
    at: float


@dataclass
class Fault:
    kind: str
    retry_after: int = 1


@dataclass
class Faults:
    """What is broken just now."""

    stamp: Callable[[], float]
    limits: str = "off"
    next_calls: dict[str, deque[Fault]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    dead_token: str | None = None
    drop_acks: int = 0
    duplicate_events: bool = False
    hold_events: int = 0
    bad_images: set[str] = field(default_factory=set)
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def fail_next(self, method: str, kind: str, times: int, retry_after: int) -> None:
        """`kind` is one of FAULTS, or an error code of Slack's such as `fatal_error`."""
        if not kind or times < 0:
            raise CannotDo("a kind of failure and a number of times are needed")
        self.next_calls.setdefault(method, deque()).extend(Fault(kind, retry_after) for _ in range(times))

    def take(self, method: str) -> Fault | None:
        for key in (method, "*"):
            if queue := self.next_calls.get(key):
                return queue.popleft()
        return None

    def undownloadable(self, url: str) -> bool:
        return any(url.startswith(bad) for bad in self.bad_images)

    def wait_for(self, method: str, channel: str) -> float:
        """Seconds until this call would be allowed; 0 takes a token now."""
        if self.limits != "real":
            return 0
        if method == "chat.postMessage":
            return self._take(f"post {channel}", POST_BURST, 1.0)
        tier = TIER_OF.get(method)
        if tier is None:
            return 0
        burst = SOCKET_BURST if tier == 1 else TIERS[tier]
        return self._take(method, burst, TIERS[tier] / 60)

    def _take(self, key: str, burst: int, per_second: float) -> float:
        now = self.stamp()
        bucket = self.buckets.setdefault(key, Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return (1 - bucket.tokens) / per_second
