"""Ids of X: what their number says about time, and which of them are versions of one post.

An edit is a new post with a new id; all of them carry the whole history. For us a post is its first version's id.
Where from: docs.x.com/x-api/fundamentals/edit-posts and .../x-ids, 2026-08. Ids are strings: they pass 2^53.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from adapters.errors import Malformed
from adapters.payload import read_id
from adapters.posts import PostRef

WEB = "https://x.com"
_ID = re.compile(r"[0-9]{1,19}")  # openapi.json: PostId
_EPOCH = datetime.fromtimestamp(1288834974.657, UTC)  # when such ids began; the ones before were counted from 1
_FIRST_TIMED = 1 << 32
REMEMBERED = 20_000


def read_post_id(value: object, where: str) -> str:
    words = read_id(value, where)
    if not is_id(words):
        raise Malformed(where, "a post's id")
    return words


def is_id(words: str) -> bool:
    return _ID.fullmatch(words) is not None


def time_of(id: str) -> datetime | None:
    """When a post with this id was written, to the millisecond; None for the old ids that were counted."""
    if not is_id(id) or int(id) < _FIRST_TIMED:
        return None
    return _EPOCH + timedelta(milliseconds=int(id) >> 22)


def id_at(at: datetime) -> str:
    """The smallest id of a moment: what is written then or later has a greater one."""
    return str(max(1, ((at - _EPOCH) // timedelta(milliseconds=1)) << 22))


def page(id: str, username: str = "i") -> str:
    """A post's page on the web. Without a name X finds it as well."""
    return f"{WEB}/{username or 'i'}/status/{id}"


class Versions:
    """Which post a version belongs to, of those that were seen. Bounded."""

    def __init__(self) -> None:
        self._first: OrderedDict[str, str] = OrderedDict()
        self._all: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def learn(self, history: Iterable[str]) -> None:
        versions = tuple(history)
        if len(versions) < 2:
            return
        first = versions[0]
        if len(versions) >= len(self._all.get(first, ())):
            self._all[first] = versions
        for one in versions:
            self._first[one] = first
        while len(self._first) > REMEMBERED:
            self._first.popitem(last=False)
        while len(self._all) > REMEMBERED:
            self._all.popitem(last=False)

    def first(self, id: str) -> str:
        return self._first.get(id, id)

    def of(self, first: str) -> tuple[str, ...]:
        """Every version that was seen, oldest first."""
        return self._all.get(first, (first,))

    def ref(self, ref: PostRef) -> PostRef:
        return PostRef(self.first(ref.id))

    def known(self) -> list[tuple[str, ...]]:
        return list(self._all.values())
