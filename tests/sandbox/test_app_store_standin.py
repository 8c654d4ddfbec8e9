"""Every refusal that the App Store's stand-in claims to make, provoked by a raw request."""

from __future__ import annotations

import time

import aiohttp
import jwt

from sandbox.app_store import AppStoreStandIn


async def test_it_refuses_as_apple_documents() -> None:
    async with AppStoreStandIn.serve() as shop, aiohttp.ClientSession() as http:
        now = int(time.time())
        right = {"iss": shop.issuer, "aud": "appstoreconnect-v1", "iat": now, "exp": now + 900}

        def token(*, kid: str = shop.key_id, **changed: object) -> str:
            return jwt.encode({**right, **changed}, shop.key, algorithm="ES256", headers={"kid": kid})

        given = token()

        async def call(method: str, path: str, *, bearer: str = given, body: object = None) -> tuple[int, str]:
            headers = {"Authorization": f"Bearer {bearer}"}
            async with http.request(method, shop.base_url + path, headers=headers, json=body) as answer:
                said = await answer.json() if answer.content_type == "application/json" else {}
                return answer.status, said["errors"][0]["code"] if "errors" in said else ""

        def about(id: str, words: object = "We are on it.", kind: str = "customerReviewResponses") -> object:
            review = {"review": {"data": {"type": "customerReviews", "id": id}}}
            return {"data": {"type": kind, "attributes": {"responseBody": words}, "relationships": review}}

        review = await shop.post("Lea", "It crashes.")
        listed, respond = f"/v1/apps/{shop.app_id}/customerReviews", "/v1/customerReviewResponses"
        got = {
            "no token": await call("GET", listed, bearer="wrong"),
            "another key": await call("GET", listed, bearer=token(kid="ANOTHER123")),
            "another issuer": await call("GET", listed, bearer=token(iss="somebody")),
            "for somebody else": await call("GET", listed, bearer=token(aud="elsewhere")),
            "for too long": await call("GET", listed, bearer=token(exp=now + 3600)),
            "ended": await call("GET", listed, bearer=token(iat=now - 900, exp=now - 10)),
            "an individual key": await call("GET", listed, bearer=token(iss="x", sub="user")),
            "no app": await call("GET", "/v1/apps/99999/customerReviews"),
            "too many": await call("GET", f"{listed}?limit=201"),
            "no order": await call("GET", f"{listed}?sort=title"),
            "no page": await call("GET", f"{listed}?cursor=x"),
            "no review": await call("GET", "/v1/customerReviews/nobody"),
            "empty": await call("POST", respond, body=about(review.id, " ")),
            "too long": await call("POST", respond, body=about(review.id, "x" * 5971)),
            "another kind": await call("POST", respond, body=about(review.id, kind="reviews")),
            "no form": await call("POST", respond, body={"data": {}}),
            "to nobody": await call("POST", respond, body=about("nobody")),
            "first": await call("POST", respond, body=about(review.id)),
            "second": await call("POST", respond, body=about(review.id, "Other words.")),
            "delete what was": await call("DELETE", f"{respond}/r-1"),
            "delete what is": await call("DELETE", f"{respond}/r-2"),
        }
        assert got == {
            "no token": (401, "NOT_AUTHORIZED"),
            "another key": (401, "NOT_AUTHORIZED"),
            "another issuer": (401, "NOT_AUTHORIZED"),
            "for somebody else": (401, "NOT_AUTHORIZED"),
            "for too long": (401, "NOT_AUTHORIZED"),
            "ended": (401, "NOT_AUTHORIZED"),
            "an individual key": (200, ""),
            "no app": (404, "NOT_FOUND"),
            "too many": (400, "PARAMETER_ERROR"),
            "no order": (400, "PARAMETER_ERROR"),
            "no page": (400, "PARAMETER_ERROR"),
            "no review": (404, "NOT_FOUND"),
            "empty": (409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED"),
            "too long": (409, "ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG"),
            "another kind": (422, "ENTITY_UNPROCESSABLE"),
            "no form": (422, "ENTITY_UNPROCESSABLE"),
            "to nobody": (404, "NOT_FOUND"),
            "first": (201, ""),
            "second": (201, ""),
            "delete what was": (404, "NOT_FOUND"),
            "delete what is": (204, ""),
        }
        assert shop.replies_to(review) == []
        shop.may = False
        assert await call("POST", respond, body=about(review.id)) == (403, "FORBIDDEN_ERROR")
