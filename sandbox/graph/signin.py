"""How an app comes to a Page's token at Meta: a consent that says yes at once, a code, a short token, a lasting one,
and the Pages of the person who said yes, each with a token of its own.

Where from: docs/facebook-login/guides/advanced/manual-flow and .../access-tokens/get-long-lived, 2026. Stricter than
Meta in one thing: Pages are given for a lasting token only, so that whoever forgets to ask for one notices.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from sandbox.graph.errors import Rejected
from sandbox.graph.server import GraphServer

VERSION = "v26.0"
LASTING = 5_183_944  # seconds: about sixty days
SHORT = 5_000
NEEDED = "pages_show_list"  # without it there are no Pages


class SignIn:
    """The doors of one app. `pages` are names by id, all managed by the one who says yes."""

    def __init__(self, server: GraphServer, pages: Mapping[str, str]) -> None:
        self.app_id = "1517776481860111"
        self._server = server
        self._pages = pages
        self._codes: dict[str, str] = {}  # and the address that each was given for
        self._used: set[str] = set()
        self._short: set[str] = set()
        self._lasting: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"/{VERSION}/dialog/oauth", self._consent),
            web.get(f"/{VERSION}/oauth/access_token", self._token),
            web.post(f"/{VERSION}/oauth/access_token", self._token),
            web.get(f"/{VERSION}/me/accounts", self._accounts),
        ]

    async def _consent(self, request: web.Request) -> web.Response:
        """A person who says yes without being asked."""
        asked = request.query
        good = asked.get("client_id") == self.app_id and asked.get("response_type") == "code"
        if not good or not asked.get("redirect_uri") or NEEDED not in asked.get("scope", "").split(","):
            return web.Response(status=400, text="Sorry, something went wrong.")
        code = secrets.token_urlsafe(24)
        self._codes[code] = asked["redirect_uri"]
        back = urlencode({"code": code, "state": asked.get("state", "")})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _token(self, request: web.Request) -> web.Response:
        given = dict(request.query)
        if request.method == "POST":
            given |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        try:
            return web.json_response(self._exchanged(given))
        except Rejected as no:
            return no.answer()

    def _exchanged(self, given: Mapping[str, str]) -> dict[str, object]:
        if given.get("client_id") != self.app_id:
            raise Rejected(101, "Error validating application. Cannot get application info due to a system error.")
        if given.get("client_secret") != self._server.app_secret:
            raise Rejected(1, "Error validating client secret.")
        if given.get("grant_type") == "fb_exchange_token":
            if given.get("fb_exchange_token") not in self._short:
                raise Rejected(190, "Invalid OAuth access token - Cannot parse access token")
            return _tokens(self._lasting, LASTING)
        code = given.get("code", "")
        if code in self._used:
            raise Rejected(100, "This authorization code has been used.", subcode=36009)
        redirect = self._codes.pop(code, None)
        if redirect is None:
            raise Rejected(100, "Invalid verification code format.")
        self._used.add(code)
        if given.get("redirect_uri") != redirect:
            words = "Error validating verification code. Please make sure your redirect_uri is identical to the one "
            raise Rejected(100, f"{words}you used in the OAuth dialog request", subcode=36008)
        return _tokens(self._short, SHORT)

    async def _accounts(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        proof = hmac.new(self._server.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if token not in self._lasting:
            return Rejected(190, "Invalid OAuth access token - Cannot parse access token").answer()
        if request.query.get("appsecret_proof") != proof:
            return Rejected(100, "Invalid appsecret_proof provided in the API argument").answer()
        fields = request.query.get("fields", "id,name,access_token").split(",")
        pages = [{"id": id, "name": name, "access_token": self._server.token} for id, name in self._pages.items()]
        return web.json_response({"data": [{key: page[key] for key in fields if key in page} for page in pages]})


def _tokens(known: set[str], lives: int) -> dict[str, object]:
    token = f"EAAB{secrets.token_hex(16)}"
    known.add(token)
    return {"access_token": token, "token_type": "bearer", "expires_in": lives}
