"""A Google service account's way in: a key signs who we are, and that is exchanged for a token of an hour.

Where from: developers.google.com/identity/protocols/oauth2/service-account, 2026 (RFC 7523).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from adapters.errors import AuthFailed, Lost, Malformed, Refused, Unreachable
from adapters.http import READ_LIMIT, Clock, Http, platform_words
from adapters.payload import read_object, read_str
from adapters.quoting import quoted
from adapters.tokens import Tokens, read_tokens

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"  # whom the signed words are for, wherever they are sent
LIFE = timedelta(hours=1)  # the longest that Google takes
EARLY = timedelta(minutes=5)  # so long before its end a token is not used any more
KEY = "The service account's key is not one: put the whole JSON file that Google gave you into the environment."


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """What of a key's JSON file is needed."""

    email: str
    id: str
    private: str = field(repr=False)


def read_key(words: str) -> ServiceKey:
    """The JSON file of a service account's key; `Malformed` for anything else."""
    try:
        value: object = json.loads(words)
    except (ValueError, RecursionError):
        raise Malformed("key", "JSON") from None
    entry = read_object(value, "key")
    if entry.get("type") != "service_account":
        raise Malformed("key type", "a service account")
    return ServiceKey(
        email=read_str(entry.get("client_email"), "key client_email"),
        id=read_str(entry.get("private_key_id"), "key private_key_id"),
        private=read_str(entry.get("private_key"), "key private_key"),
    )


class ServiceAccess:
    """Gives the token, whoever asks; asks for another when it ends. Nothing of it is kept: making one costs nothing."""

    def __init__(self, server: str, key: str, scope: str, *, clock: Clock) -> None:
        self._http = Http(server, headers={"User-Agent": "Twoway"}, clock=clock)
        self._words = key
        self._scope = scope
        self._key: tuple[ServiceKey, RSAPrivateKey] | None = None  # reading one takes a moment
        self._clock = clock
        self._now: Tokens | None = None
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        await self._http.close()

    async def current(self) -> str:
        """A token that should do. `AuthFailed` when only a person can help; otherwise as for any reading."""
        async with self._one_at_a_time:
            if self._now is None or self._now.ends is None or self._clock() >= self._now.ends - EARLY:
                self._now = await self._asked()
            return self._now.access

    def stale(self, token: str) -> None:
        """The server did not take it: the next one is new."""
        if self._now is not None and self._now.access == token:
            self._now = None

    async def _asked(self) -> Tokens:
        form = {"grant_type": GRANT, "assertion": self._signed()}
        try:
            answer = await self._http.write_once("POST", "/token", form=form, limit=READ_LIMIT)
        except Refused as error:
            raise AuthFailed(f"Google does not take the service account's key. {error.sentence}") from error
        except Lost as error:
            raise Unreachable(f"the token server: {error.detail}") from error
        if not answer.is_json:
            raise Malformed("token", "JSON")
        try:
            return read_tokens(answer.body, self._clock())
        except Malformed as error:
            raise AuthFailed(f"Google gives no token for this key.{quoted(platform_words(answer.body))}") from error

    def _signed(self) -> str:
        try:
            if self._key is None:
                key = read_key(self._words)
                self._key = key, jwt.get_algorithm_by_name("RS256").prepare_key(key.private)
            key, private = self._key
            now = self._clock()
            said = {
                "iss": key.email,
                "scope": self._scope,
                "aud": AUDIENCE,
                "iat": int(now.timestamp()),
                "exp": int((now + LIFE).timestamp()),
            }
            return jwt.encode(said, private, algorithm="RS256", headers={"kid": key.id})
        except (Malformed, ValueError, TypeError, jwt.PyJWTError) as error:
            raise AuthFailed(KEY) from error
