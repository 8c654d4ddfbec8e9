"""Signatures as "Standard Webhooks" has them: over an id, a time and the raw bytes, so that nothing can be sent twice.

Where from: github.com/standard-webhooks/standard-webhooks, spec 1.0.0. Whoever builds the other side finds libraries
for it in most languages. What a body says is left to `inbound_read`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from adapters.errors import AuthFailed
from adapters.webhooks import Spelling, sign, signed

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
VERSION = "v1,"
LEAST = 24  # bytes: the specification's own lower bound
REMEMBERED = 10_000  # ids; each holds some 100 bytes
MOST_SIGNATURES = 10  # in one header: more is nobody who changes a secret


class Reused(Exception):
    """The id was given to another call: one of both would be lost."""


def keys_of(secret: str) -> tuple[bytes, ...]:
    """The keys that a secret holds; the first one signs. `AuthFailed` for what keeps nobody out."""
    keys = tuple(_key(part) for part in secret.split())
    if not keys or min(map(len, keys)) < LEAST:
        raise AuthFailed(f"The secret is too short: {LEAST} characters at least; `openssl rand -base64 32` makes one.")
    return keys


def _key(part: str) -> bytes:
    if not part.startswith("whsec_"):
        return part.encode()
    try:
        return base64.b64decode(part.removeprefix("whsec_"), validate=True)
    except (ValueError, binascii.Error):
        raise AuthFailed("The secret begins with whsec_, and what follows is no base64.") from None


def headers_for(key: bytes, body: bytes, *, id: str, at: datetime) -> Mapping[str, str]:
    """What goes with a signed call."""
    moment = str(int(at.timestamp()))
    return {
        ID: id,
        TIMESTAMP: moment,
        SIGNATURE: sign(key, _content(id, moment, body), spelling=Spelling.BASE64, prefix=VERSION),
    }


def _content(id: str, moment: str, body: bytes) -> bytes:
    return f"{id}.{moment}.".encode() + body


class Door:
    """Lets in what is signed, fresh and not another call under a known id."""

    def __init__(self, secret: str, *, window: timedelta) -> None:
        self._secret = secret
        self._window = window
        self._seen: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()

    def enter(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> datetime:
        """When the call was made, as its signature vouches. `AuthFailed`, or `Reused`.

        The same call may come again: it is the other side's to try until it was told that all is stored, and hearing
        something twice changes nothing.
        """
        id, moment = headers.get(ID, ""), headers.get(TIMESTAMP, "")
        if not re.fullmatch(r"[\x21-\x7e]{1,256}", id) or not re.fullmatch(r"[0-9]{1,11}", moment):
            raise AuthFailed("The call has no webhook-id or no webhook-timestamp.")
        given = headers.get(SIGNATURE, "").split()[:MOST_SIGNATURES]
        content, keys = _content(id, moment, body), keys_of(self._secret)
        good = [signed(key, content, one, spelling=Spelling.BASE64, prefix=VERSION) for one in given for key in keys]
        if not any(good):
            raise AuthFailed("The call is not signed with this account's secret.")
        at = datetime.fromtimestamp(int(moment), now.tzinfo)
        if abs(now - at) > self._window:
            raise AuthFailed("The call was signed too long ago, or a clock is wrong.")
        self._remember(id, sha256(body).digest(), now)
        return at

    def _remember(self, id: str, digest: bytes, now: datetime) -> None:
        while self._seen:
            first = next(iter(self._seen))
            if len(self._seen) <= REMEMBERED and self._seen[first][0] + 2 * self._window > now:
                break
            del self._seen[first]
        if self._seen.setdefault(id, (now, digest))[1] != digest:
            raise Reused(id)
