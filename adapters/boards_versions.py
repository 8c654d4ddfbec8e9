"""When posts were seen to change, on boards that keep no date of it. What a post said is remembered as a fingerprint.

Bounded, and the process's own; but what the last life was told stands in its cursor, so that an edit made in between is
dated too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from adapters.http import Clock
from adapters.posts import PublicPost

KEPT = 20_000


def fingerprint(words: str) -> str:
    """Of what a post says: the same for the same words, in every life."""
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:16]


class Versions:
    """What each post said when it was read last, and since when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[str, datetime | None]] = OrderedDict()

    def remember(self, told: Mapping[str, str]) -> None:
        """What the last life was told: fingerprints by reference. What was read since counts more."""
        for ref, said in told.items():
            self._seen.setdefault(ref, (said, None))

    def dated(self, post: PublicPost) -> PublicPost:
        """The post, with when it was seen to change; without a date if it never was."""
        now = fingerprint(post.text.plain)
        before, changed = self._seen.pop(post.ref.id, (now, None))
        if before != now:
            changed = max(self._clock(), post.at)
        self._seen[post.ref.id] = (now, changed)
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return post if changed is None else replace(post, edited_at=changed)
