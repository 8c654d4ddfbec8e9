"""What an account that hears by asking remembers: how far each list was read, and what was told. It is the cursor.

Lists are read back over an overlap every time, since what comes late does not stand at their top; so what was told has
to be known. What is news is left to the platforms.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime

from adapters.errors import Malformed
from adapters.payload import read_id, read_list, read_object, read_str, read_time
from adapters.posts import Cursor

SEEN = 500  # that the cursor remembers; the process itself remembers more
SEEN_HERE = 20_000


class Told:
    """Bounded, JSON inside."""

    def __init__(
        self,
        *,
        start: datetime,
        until: Mapping[str, datetime] | None = None,
        seen: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.start = start  # what was written before is no news to us
        self.until: dict[str, datetime] = dict(until or {})  # a list -> its newest that was told
        self.seen: OrderedDict[str, str] = OrderedDict(seen)  # name -> what was told of it: a fingerprint

    @classmethod
    def read(cls, cursor: Cursor) -> Told:
        """What stands in a cursor of ours; `Malformed` for anything else."""
        try:
            value: object = json.loads(cursor)
        except (ValueError, RecursionError):
            raise Malformed("cursor", "JSON") from None
        entry = read_object(value, "cursor")
        seen: list[tuple[str, str]] = []
        for pair in read_list(entry.get("seen"), "cursor seen"):
            both = read_list(pair, "cursor seen")
            if len(both) != 2:
                raise Malformed("cursor seen", "pairs")
            seen.append((read_id(both[0], "cursor seen"), read_id(both[1], "cursor seen")))
        until = read_object(entry.get("until"), "cursor until")
        return cls(
            start=read_time(entry.get("start"), "cursor start"),
            until={read_str(key, "cursor until"): read_time(at, "cursor until") for key, at in until.items()},
            seen=seen[-SEEN:],
        )

    def cursor(self) -> Cursor:
        entry = {
            "start": self.start.isoformat(),
            "until": {key: at.isoformat() for key, at in self.until.items()},
            "seen": list(self.seen.items())[-SEEN:],
        }
        return Cursor(json.dumps(entry, separators=(",", ":")))

    def tell(self, name: str, what: str) -> str | None:
        """Remember what is told of something; what was told of it before."""
        before = self.seen.pop(name, None)
        self.seen[name] = what
        while len(self.seen) > SEEN_HERE:
            self.seen.popitem(last=False)
        return before
