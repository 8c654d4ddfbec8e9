"""OAuth 1.0a, as X asks for it: the header that signs one call with the app's and the account's secrets.

Where from: RFC 5849 and docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature, 2026-08,
whose published example is a test. A JSON body is not signed; the parameters of the address are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What the app is called and what the account gave it; none of them ends by itself."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str = field(repr=False)
    token_secret: str = field(repr=False)


def header(keys: Keys, method: str, address: str, params: Pairs = (), *, nonce: str, stamp: int) -> str:
    """The `Authorization` of one call. `address` is without its query; `nonce` is used once, `stamp` unix time."""
    own = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(stamp),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    own["oauth_signature"] = signature(keys, method, address, [*params, *own.items()])
    return "OAuth " + ", ".join(f'{_quoted(name)}="{_quoted(value)}"' for name, value in sorted(own.items()))


def signature(keys: Keys, method: str, address: str, params: Pairs) -> str:
    """Over the method, the address and all parameters, sorted after they were quoted (RFC 5849, 3.4.1)."""
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in params)
    words = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join((method.upper(), _quoted(address), _quoted(words)))
    key = f"{_quoted(keys.consumer_secret)}&{_quoted(keys.token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode("ascii")


def _quoted(words: str) -> str:
    return quote(words, safe="-._~")
