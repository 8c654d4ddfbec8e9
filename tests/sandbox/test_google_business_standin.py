"""Every refusal that the stand-in of Google Business Profile claims to make, provoked by a raw request."""

from __future__ import annotations

import base64
import hashlib

import aiohttp

from sandbox.google_business import MapsStandIn


async def test_it_refuses_as_google_documents() -> None:
    async with MapsStandIn.serve(moderates=True) as maps, aiohttp.ClientSession() as http:
        here = f"/v4/accounts/{maps.account}/locations/{maps.location}"

        async def call(method: str, path: str, *, bearer: str = maps.token, body: object = None) -> tuple[int, str]:
            headers = {"Authorization": f"Bearer {bearer}"}
            async with http.request(method, maps.base_url + path, headers=headers, json=body) as answer:
                return answer.status, str((await answer.json()).get("error", {}).get("status", ""))

        review = await maps.post("Lea", "The bike is broken.")
        reply = f"{here}/reviews/{review.id}/reply"
        got = {
            "no token": await call("GET", f"{here}/reviews", bearer="wrong"),
            "no location": await call("GET", f"/v4/accounts/{maps.account}/locations/1/reviews"),
            "too many": await call("GET", f"{here}/reviews?pageSize=51"),
            "no order": await call("GET", f"{here}/reviews?orderBy=rating"),
            "no page": await call("GET", f"{here}/reviews?pageToken=x"),
            "no review": await call("GET", f"{here}/reviews/nobody"),
            "empty": await call("PUT", reply, body={"comment": " "}),
            "too long": await call("PUT", reply, body={"comment": "é" * 2049}),
            "to nobody": await call("PUT", f"{here}/reviews/nobody/reply", body={"comment": "x"}),
            "nothing to delete": await call("DELETE", reply),
            "first": await call("PUT", reply, body={"comment": "We are on it."}),
            "second": await call("PUT", reply, body={"comment": "Other words."}),
        }
        assert got == {
            "no token": (401, "UNAUTHENTICATED"),
            "no location": (404, "NOT_FOUND"),
            "too many": (400, "INVALID_ARGUMENT"),
            "no order": (400, "INVALID_ARGUMENT"),
            "no page": (400, "INVALID_ARGUMENT"),
            "no review": (404, "NOT_FOUND"),
            "empty": (400, "INVALID_ARGUMENT"),
            "too long": (400, "INVALID_ARGUMENT"),
            "to nobody": (404, "NOT_FOUND"),
            "nothing to delete": (404, "NOT_FOUND"),
            "first": (200, ""),
            "second": (200, ""),
        }
        assert [(one.words, one.state) for one in maps.replies_to(review)] == [("Other words.", "pending")]
        maps.verified = False
        assert await call("GET", f"{here}/reviews") == (403, "PERMISSION_DENIED")


async def test_its_sign_in_gives_tokens_only_for_what_was_asked_for() -> None:
    async with MapsStandIn.serve() as maps, aiohttp.ClientSession() as http:
        sign_in, back = maps.sign_in, "http://127.0.0.1:1/connect/callback"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).decode().rstrip("=")

        async def consent(**changed: str) -> tuple[int, str]:
            asked = {
                "client_id": sign_in.client_id,
                "response_type": "code",
                "scope": "https://www.googleapis.com/auth/business.manage",
                "redirect_uri": back,
                "code_challenge": challenge,
            } | changed
            address = f"{maps.base_url}/o/oauth2/v2/auth"
            async with http.get(address, params=asked, allow_redirects=False) as answer:
                code = answer.headers.get("Location", "").partition("code=")[2].partition("&")[0]
                return answer.status, code.replace("%2F", "/")

        async def exchange(**form: str) -> tuple[int, str]:
            own = {"client_id": sign_in.client_id, "client_secret": sign_in.client_secret}
            async with http.post(f"{maps.base_url}/token", data=own | form) as answer:
                return answer.status, str((await answer.json()).get("error", ""))

        assert (await consent(client_id="somebody"))[0] == 401
        assert (await consent(scope="email"))[0] == 400
        first = {"grant_type": "authorization_code", "redirect_uri": back, "code_verifier": "verifier"}
        assert await exchange(**first, code="wrong") == (400, "invalid_grant")
        assert await exchange(**first | {"code_verifier": "x"}, code=(await consent())[1]) == (400, "invalid_grant")
        other = first | {"redirect_uri": "http://127.0.0.1:2/"}
        assert await exchange(**other, code=(await consent())[1]) == (400, "redirect_uri_mismatch")
        assert await exchange(**first, code=(await consent())[1], client_secret="x") == (401, "invalid_client")
        assert await exchange(**first, code=(await consent())[1]) == (200, "")
        assert await exchange(grant_type="refresh_token", refresh_token="x") == (400, "invalid_grant")
        assert await exchange(grant_type="password") == (400, "unsupported_grant_type")
        (refresh,) = sign_in.refreshes
        assert await exchange(grant_type="refresh_token", refresh_token=refresh) == (200, "")
