"""How many calls are allowed, and the X-RateLimit headers that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import MappingProxyType


class Family(Enum):
    API = "api"
    STATUSES = "statuses"
    DELETES = "deletes"
    MEDIA = "media"


# None: the number is given to the stand-in. docs.joinmastodon.org/api/rate-limits; statuses: 300 in 3 h.
WINDOWS: Mapping[Family, tuple[int | None, timedelta]] = MappingProxyType(
    {
        Family.API: (None, timedelta(minutes=5)),
        Family.STATUSES: (None, timedelta(hours=3)),
        Family.DELETES: (30, timedelta(minutes=30)),
        Family.MEDIA: (30, timedelta(minutes=30)),
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a family stands after a call. `left` below zero: over the limit."""

    limit: int
    left: int
    reset: datetime

    def headers(self, *, unix: bool) -> dict[str, str]:
        reset = str(int(self.reset.timestamp())) if unix else self.reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.left)),
            "X-RateLimit-Reset": reset,
        }


class RateLimits:
    """Counts calls in fixed windows, as Rack::Attack does."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used: dict[tuple[Family, int], int] = {}

    def count(self, family: Family, now: datetime) -> Standing:
        own, window = WINDOWS[family]
        limit = self._limit if own is None else max(own, self._limit // 10)
        slot = int(now.timestamp() // window.total_seconds())
        used = self._used.get((family, slot), 0) + 1
        self._used = {key: n for key, n in self._used.items() if key[0] is not family} | {(family, slot): used}
        reset = datetime.fromtimestamp((slot + 1) * window.total_seconds(), UTC)
        return Standing(limit, limit - used, reset)
