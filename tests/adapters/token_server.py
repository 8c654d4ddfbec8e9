"""A token server on loopback that is strict about OAuth 2.0: codes and refresh tokens open once."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

REDIRECT = "http://127.0.0.1:8080/connect/callback"


@dataclass
class TokenServer:
    """`asked`: every form it got. `next_answers`: (status, body) to give before it behaves."""

    base_url: str = ""
    redirect: str = REDIRECT
    asked: list[Mapping[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    next_answers: list[tuple[int, object]] = field(default_factory=list)
    expires_in: object = 7200
    rotates: bool = True
    extra: Mapping[str, object] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # code -> challenge
    refresh: set[str] = field(default_factory=set)
    made: int = 0

    def consent(self, address: str, code: str = "the-code") -> str:
        """As a person who says yes on the page: the code that comes back. What was asked stays with it."""
        asked = parse_qs(urlsplit(address).query)
        self.codes[code] = asked.get("code_challenge", [""])[0]
        return code

    def revoke(self) -> None:
        self.refresh.clear()

    async def token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append(form)
        self.headers.append(dict(request.headers))
        if self.next_answers:
            status, body = self.next_answers.pop(0)
            return web.json_response(body, status=status)
        if form.get("grant_type") == "authorization_code":
            challenge = self.codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            said = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if challenge is None or (challenge and challenge != said) or form.get("redirect_uri") != self.redirect:
                return web.json_response({"error": "invalid_grant"}, status=400)
        elif form.get("refresh_token") not in self.refresh:
            return web.json_response({"error": "invalid_grant", "error_description": "used or revoked"}, status=400)
        elif self.rotates:
            self.refresh.discard(form["refresh_token"])
        return web.json_response(self._new(first=form["grant_type"] != "refresh_token"))

    async def again(self, request: web.Request) -> web.Response:
        """As at Threads and Instagram: a GET with the token itself gives one that lasts longer."""
        self.asked.append(dict(request.query))
        self.made += 1
        return web.json_response({"access_token": f"long-{self.made}", "token_type": "bearer", "expires_in": 5184000})

    async def me(self, request: web.Request) -> web.Response:
        """Who the token's account is."""
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.json_response({"error": "unauthorized"}, status=401)
        return web.json_response({"handle": "@acme"})

    def _new(self, *, first: bool) -> dict[str, object]:
        self.made += 1
        made: dict[str, object] = {"access_token": f"access-{self.made}", "token_type": "bearer", **self.extra}
        if self.expires_in is not None:
            made["expires_in"] = self.expires_in
        if first or self.rotates:
            made["refresh_token"] = f"refresh-{self.made}"
            self.refresh.add(f"refresh-{self.made}")
        return made

    @classmethod
    @asynccontextmanager
    async def serve(cls) -> AsyncIterator[TokenServer]:
        server = cls()
        app = web.Application()
        app.router.add_post("/token", server.token)
        app.router.add_get("/again", server.again)
        app.router.add_get("/me", server.me)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            server.base_url = "http://{}:{}".format(*runner.addresses[0][:2])
            yield server
        finally:
            await runner.cleanup()
