"""A sign-in for the mailbox, as Google's: a consent that says yes at once, codes with PKCE that open once, tokens."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web

from sandbox.mail.world import World
from sandbox.serving import serving

SCOPE = "https://mail.google.com/"
LIVES = 3599  # seconds of an access token, as Google's


@dataclass(slots=True)
class SignIn:
    """The consent page and the token address of one mailbox: what is made here is taken at both of its doors."""

    world: World
    client_id: str = "mail-app"
    client_secret: str = "mail-app-secret"
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)  # code -> challenge, redirect
    refreshes: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Its address, as long as the block runs."""
        app = web.Application()
        app.add_routes([web.get("/o/oauth2/v2/auth", self._consent), web.post("/token", self._token)])
        async with serving(app) as base:
            yield base

    async def _consent(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("client_id") != self.client_id:
            return web.Response(status=401, text="Error 401: invalid_client")
        if asked.get("response_type") != "code" or SCOPE not in asked.get("scope", "").split():
            return web.Response(status=400, text="Error 400: invalid_request")
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            return web.Response(status=400, text="Error 400: invalid_request")
        code = f"4/{secrets.token_urlsafe(16)}"
        self.codes[code] = (asked["code_challenge"], asked.get("redirect_uri", ""))
        answer = urlencode({"state": asked.get("state", ""), "code": code, "scope": SCOPE})
        return web.Response(status=302, headers={"Location": f"{asked.get('redirect_uri', '')}?{answer}"})

    async def _token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _no("invalid_client", status=401)
        more: dict[str, object] = {}
        if form.get("grant_type") == "authorization_code":
            challenge, redirect = self.codes.pop(form.get("code", ""), ("", ""))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if not challenge or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                return _no("invalid_grant")
            if form.get("redirect_uri") != redirect:
                return _no("redirect_uri_mismatch")
            more["refresh_token"] = f"1//{secrets.token_urlsafe(16)}"
            self.refreshes.add(str(more["refresh_token"]))
        elif form.get("grant_type") != "refresh_token" or form.get("refresh_token") not in self.refreshes:
            return _no("invalid_grant")
        self.world.token = secrets.token_urlsafe(16)  # the one before is not taken any more
        made = {"access_token": self.world.token, "expires_in": LIVES, "scope": SCOPE, "token_type": "Bearer"}
        return web.json_response(made | more)


def _no(error: str, *, status: int = 400) -> web.Response:
    return web.json_response({"error": error, "error_description": "no"}, status=status)
