"""Keys and tokens: those that the service signs for the bot to verify, and those it lets the bot in with.

RS256 by hand over `cryptography`, so that every claim can be wrong on command.
"""

from __future__ import annotations

import base64
import json
import secrets
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.teams.things import Json

ISSUER = "https://api.botframework.com"  # of tokens to a bot, in every tenant
ENDORSED = ["msteams"]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Key:
    """One signing key. Made when first used: that takes a moment."""

    def __init__(self) -> None:
        self.kid = secrets.token_urlsafe(20)

    @cached_property
    def _private(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwk(self) -> Json:
        numbers = self._private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "x5t": self.kid,
            "n": _b64(numbers.n.to_bytes(256, "big")),
            "e": _b64(numbers.e.to_bytes(3, "big")),
            "endorsements": ENDORSED,
        }

    def sign(self, claims: Json, *, kid: str | None = None) -> str:
        """A JWT. `kid` names another key than the one that signs."""
        header = {"alg": "RS256", "typ": "JWT", "kid": kid or self.kid, "x5t": kid or self.kid}
        said = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
        return f"{said}.{_b64(self._private.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class Doors:
    """Who may come in. One key of the service's, and the tokens that its login gave to the bot."""

    def __init__(self, app_id: str, password: str) -> None:
        self.app_id = app_id
        self.password = password
        self.key = Key()
        self.given: dict[str, float] = {}  # access token -> until

    def for_bot(
        self,
        service_url: str,
        at: float,
        *,
        audience: str | None = None,
        issuer: str = ISSUER,
        lifetime: float = 3600,
        key: Key | None = None,
    ) -> str:
        """What the Bot Framework sends along with every activity. A `key` of somebody else claims to be ours."""
        claims: Json = {
            "serviceurl": service_url,
            "nbf": int(min(at, at + lifetime)) - 300,
            "exp": int(at + lifetime),
            "iss": issuer,
            "aud": audience or self.app_id,
        }
        return (key or self.key).sign(claims, kid=self.key.kid)

    def access(self, at: float, lifetime: int = 3599) -> Json:
        """An answer of the login to a bot that has shown its password."""
        token = f"eyJ0eXAi.{secrets.token_urlsafe(40)}.{secrets.token_urlsafe(20)}"
        self.given[token] = at + lifetime
        return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}

    def lets_in(self, authorization: str, at: float) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme == "Bearer" and self.given.get(token, 0) > at
