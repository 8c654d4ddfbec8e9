"""A Google service account's way in: a key signs who we are, and that is exchanged for a token of an hour.

Where from: developers.google.com/identity/protocols/oauth2/service-account, 2026 (RFC 7523).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from adapters.errors import AuthFailed, Malformed
from adapters.http import Clock
from adapters.own_tokens import OwnTokens
from adapters.payload import read_object, read_str

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"  # whom the signed words are for, wherever they are sent
LIFE = timedelta(hours=1)  # the longest that Google takes
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


class ServiceAccount:
    """Signs, for one scope, that we are this account."""

    def __init__(self, key: str, scope: str, *, clock: Clock) -> None:
        self._words = key
        self._scope = scope
        self._clock = clock
        self._key: tuple[ServiceKey, RSAPrivateKey] | None = None  # reading one takes a moment

    def tokens(self, server: str) -> OwnTokens:
        """Its tokens, from Google's server for them."""
        refused = "Google does not take the service account's key."
        return OwnTokens(server, "/token", form=self._form, refused=refused, clock=self._clock)

    def _form(self) -> Mapping[str, str]:
        return {"grant_type": GRANT, "assertion": self._signed()}

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
