"""Google's sign-in for whoever answers for a business: a consent that says yes at once, codes with PKCE, renewal."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

SCOPE = "https://www.googleapis.com/auth/business.manage"
LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Code:
    challenge: str
    redirect: str


class SignIn:
    """The consent page and the token address."""

    client_id, client_secret = "acme.apps.googleusercontent.example", "a-secret-of-the-stand-in"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._codes: dict[str, Code] = {}
        self.accesses: dict[str, datetime] = {}
        self.refreshes: set[str] = set()

    def new_access(self, life: timedelta = LIFE) -> str:
        token = f"ya29.{secrets.token_urlsafe(12)}"
        self.accesses[token] = self._clock() + life
        return token

    async def consent(self, request: web.Request) -> web.Response:
        """A person who says yes without being asked."""
        asked = request.query
        if asked.get("client_id") != self.client_id:
            return web.Response(status=401, text="Error 401: invalid_client")
        if asked.get("response_type") != "code" or SCOPE not in asked.get("scope", "").split():
            return web.Response(status=400, text="Error 400: invalid_request")
        code, redirect = f"4/{secrets.token_urlsafe(16)}", asked.get("redirect_uri", "")
        self._codes[code] = Code(asked.get("code_challenge", ""), redirect)
        answer = urlencode({"state": asked.get("state", ""), "code": code, "scope": SCOPE})
        return web.Response(status=302, headers={"Location": f"{redirect}?{answer}"})

    async def exchange(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _no("invalid_client", "Unauthorized", status=401)
        if form.get("grant_type") == "authorization_code":
            return self._first(form)
        if form.get("grant_type") != "refresh_token":
            return _no("unsupported_grant_type", "Invalid grant_type")
        if form.get("refresh_token") not in self.refreshes:
            return _no("invalid_grant", "Token has been expired or revoked.")
        return web.json_response(self._access())

    def _first(self, form: Mapping[str, str]) -> web.Response:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None:
            return _no("invalid_grant", "Malformed auth code.")
        digest = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if code.challenge and digest.decode().rstrip("=") != code.challenge:
            return _no("invalid_grant", "Invalid code verifier.")
        if form.get("redirect_uri") != code.redirect:
            return _no("redirect_uri_mismatch", "Bad Request")
        refresh = f"1//{secrets.token_urlsafe(16)}"
        self.refreshes.add(refresh)
        return web.json_response({**self._access(), "refresh_token": refresh})

    def _access(self) -> dict[str, object]:
        ends = int(LIFE.total_seconds())
        return {"access_token": self.new_access(), "expires_in": ends, "scope": SCOPE, "token_type": "Bearer"}


def _no(error: str, words: str, *, status: int = 400) -> web.Response:
    return web.json_response({"error": error, "error_description": words}, status=status)
