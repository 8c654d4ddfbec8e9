"""Google's sign-in: a consent that says yes at once, codes with PKCE, and tokens that end."""

import base64
import hashlib
import secrets
from urllib.parse import urlencode

from aiohttp import web

from sandbox.serving import drop
from sandbox.youtube.faults import Fault, Where
from sandbox.youtube.refusal import failure
from sandbox.youtube.server import TESTING_FOR, Code, Server

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"


class SignIn:
    """The consent page and the token address of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/o/oauth2/v2/auth", self.consent), web.post("/token", self.token)]

    async def consent(self, request: web.Request) -> web.Response:
        """A person who says yes without being asked."""
        asked = request.query
        if asked.get("client_id") != self._server.client_id:
            return web.Response(status=401, text="Error 401: invalid_client")
        if asked.get("response_type") != "code" or SCOPE not in asked.get("scope", "").split():
            return web.Response(status=400, text="Error 400: invalid_request")
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            return web.Response(status=400, text="Error 400: invalid_request")
        code = f"4/{secrets.token_urlsafe(16)}"
        self._server.codes[code] = Code(asked.get("code_challenge", ""), asked.get("redirect_uri", ""))
        answer = urlencode({"state": asked.get("state", ""), "code": code, "scope": SCOPE})
        return web.Response(status=302, headers={"Location": f"{asked.get('redirect_uri', '')}?{answer}"})

    async def token(self, request: web.Request) -> web.Response:
        active = self._server.faults.strike(Where.TOKEN)
        if active is not None:
            return drop(request) if active.fault is Fault.ACCEPT_AND_DROP else failure(active.status or 502)
        form = await request.post()
        if request.content_type != "application/x-www-form-urlencoded":
            return _no("invalid_request", "The request must be a form.")
        if form.get("client_id") != self._server.client_id or form.get("client_secret") != self._server.client_secret:
            return _no("invalid_client", "Unauthorized", status=401)
        if form.get("grant_type") == "authorization_code":
            return self._exchanged(form)
        if form.get("grant_type") == "refresh_token":
            known = form.get("refresh_token") in self._server.refreshes
            if not known or self._server.faults.on(Fault.REVOKED):
                return _no("invalid_grant", "Token has been expired or revoked.")
            return web.json_response(self._access())
        return _no("unsupported_grant_type", "Invalid grant_type")

    def _exchanged(self, form: object) -> web.Response:
        given = {key: str(value) for key, value in dict(form).items()}  # type: ignore[call-overload]  # a MultiDict
        code = self._server.codes.pop(given.get("code", ""), None)
        if code is None:
            return _no("invalid_grant", "Malformed auth code.")
        digest = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if code.challenge and digest.decode().rstrip("=") != code.challenge:
            return _no("invalid_grant", "Invalid code verifier.")
        if given.get("redirect_uri") != code.redirect:
            return _no("redirect_uri_mismatch", "Bad Request")
        refresh = f"1//{secrets.token_urlsafe(16)}"
        self._server.refreshes.add(refresh)
        ends = {"refresh_token_expires_in": int(TESTING_FOR.total_seconds()) - 1} if self._server.testing else {}
        return web.json_response({**self._access(), "refresh_token": refresh, **ends})

    def _access(self) -> dict[str, object]:
        return {
            "access_token": self._server.new_access(),
            "expires_in": int(self._server.access_for.total_seconds()),
            "scope": SCOPE,
            "token_type": "Bearer",
        }


def _no(error: str, words: str, *, status: int = 400) -> web.Response:
    return web.json_response({"error": error, "error_description": words}, status=status)
