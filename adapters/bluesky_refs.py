"""Names of things on Bluesky: addresses of posts (`at://did/collection/key`), their keys (TIDs), their web pages.

Pure. Where from: atproto.com/specs/at-uri-scheme and atproto.com/specs/tid, 2026-08.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.errors import Malformed
from adapters.payload import read_str
from adapters.posts import PostRef

POSTS = "app.bsky.feed.post"
WEB = "https://bsky.app"

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]")
_URI = re.compile(r"at://([A-Za-z0-9._:%-]{1,512})/([A-Za-z][A-Za-z0-9.-]{1,316})/([A-Za-z0-9._:~-]{1,512})")
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Bluesky's first posts are of November 2022: a key that names an earlier time tells nothing.
_FIRST = datetime(2022, 11, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Uri:
    """The parts of a record's address. `owner` is a DID, or a handle where somebody wrote it by hand."""

    owner: str
    collection: str
    key: str

    def __str__(self) -> str:
        return f"at://{self.owner}/{self.collection}/{self.key}"

    @property
    def is_post(self) -> bool:
        return self.collection == POSTS


def parse(value: str) -> Uri | None:
    """The parts, or None for what is no address of a record."""
    found = _URI.fullmatch(value)
    return Uri(found[1], found[2], found[3]) if found else None


def read_uri(value: object, where: str) -> Uri:
    found = parse(read_str(value, where))
    if found is None:
        raise Malformed(where, "an address at://…")
    return found


def read_did(value: object, where: str) -> str:
    words = read_str(value, where)
    if _DID.fullmatch(words) is None or len(words) > 2048:
        raise Malformed(where, "a DID")
    return words


def post_of(ref: PostRef) -> Uri | None:
    """The parts of a post's reference; None for one that cannot be a post here."""
    found = parse(ref.id)
    return found if found is not None and found.is_post else None


def page(uri: Uri, handle: str = "") -> str:
    """A post's page on the web. A handle reads better than a DID, unless it does not resolve."""
    who = handle if handle and handle != "handle.invalid" else uri.owner
    return f"{WEB}/profile/{who}/post/{uri.key}"


def tid(at: datetime, clock: int) -> str:
    """13 characters: 53 bits of microseconds since 1970, then 10 bits of clock id."""
    number = ((at - _EPOCH) // timedelta(microseconds=1)) << 10 | (clock & 0x3FF)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def time_of(key: str) -> datetime | None:
    """The time that a TID names; None for what is no TID, or names no time at which Bluesky was there."""
    if _TID.fullmatch(key) is None:
        return None
    number = 0
    for digit in key:
        number = number << 5 | _DIGITS.index(digit)
    at = _EPOCH + timedelta(microseconds=min(number >> 10, 1 << 52))
    return at if _FIRST <= at < _LAST else None


def floor_of(parent: PostRef) -> datetime:
    """The second in which the key of the post we answer says that it was written: our answers' keys begin there."""
    found = parse(parent.id)
    at = None if found is None else time_of(found.key)
    return _FIRST if at is None else at.replace(microsecond=0)


def reply_key(key: str, parent: PostRef) -> str:
    """The record key of the answer that is sent with `key`: the same for every attempt, without being stored.

    Its second is that of the post we answer, which its own key names; the microsecond and the clock id are 30 bits
    of a hash of `key`. So keys sort near their time, and two deliveries meet once in a thousand million pairs - and
    then the server refuses the second, because of `swapRecord`.
    """
    digest = int.from_bytes(hashlib.sha256(f"{key}\n{parent.id}".encode()).digest()[:8], "big")
    second = floor_of(parent)
    return tid(second + timedelta(microseconds=(digest >> 10) % 1_000_000), digest & 0x3FF)


def stamp(at: datetime) -> str:
    """As Bluesky's own clients write a time: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
