"""Calls that platforms make to us: signatures over the raw bytes, and the answers to their challenges."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from enum import Enum


class Spelling(Enum):
    """How a signature is written."""

    HEX = "hex"
    BASE64 = "base64"


_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}


def sign(
    secret: bytes, body: bytes, *, algorithm: str = "sha256", spelling: Spelling = Spelling.HEX, prefix: str = ""
) -> str:
    """The signature that a platform with these rules sends for `body`."""
    digest = hmac.new(secret, body, _HASHES[algorithm]).digest()
    return prefix + (digest.hex() if spelling is Spelling.HEX else base64.b64encode(digest).decode("ascii"))


def signed(
    secret: bytes,
    body: bytes,
    given: str | None,
    *,
    algorithm: str = "sha256",
    spelling: Spelling = Spelling.HEX,
    prefix: str = "",
) -> bool:
    """Whether `given` signs exactly these bytes, compared in constant time. No secret signs nothing."""
    if not secret or not given or not given.startswith(prefix):
        return False
    try:
        rest = given[len(prefix) :]
        raw = bytes.fromhex(rest) if spelling is Spelling.HEX else base64.b64decode(rest, validate=True)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(raw, hmac.new(secret, body, _HASHES[algorithm]).digest())


def hub_challenge(query: Mapping[str, str], verify_token: str) -> str | None:
    """What to answer to a WebSub-style subscription check (Facebook, Instagram, Threads, WhatsApp).

    None: the token is wrong, answer 403.
    """
    asked = query.get("hub.mode") == "subscribe" and bool(verify_token)
    matches = hmac.compare_digest(query.get("hub.verify_token", "").encode(), verify_token.encode())
    return query.get("hub.challenge", "") if asked and matches else None


def crc_answer(crc_token: str, consumer_secret: bytes) -> Mapping[str, str]:
    """X's challenge response check: the body to answer with, as JSON."""
    return {"response_token": sign(consumer_secret, crc_token.encode(), spelling=Spelling.BASE64, prefix="sha256=")}
