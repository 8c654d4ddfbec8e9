"""Every refusal that Trustpilot's stand-in claims to make, provoked by a raw request."""

from __future__ import annotations

import base64

import aiohttp

from sandbox.trustpilot import TrustpilotStandIn

TOKEN = "/v1/oauth/oauth-business-users-for-applications/accesstoken"


async def test_it_refuses_as_trustpilot_documents() -> None:
    async with TrustpilotStandIn.serve() as pilot, aiohttp.ClientSession() as http:

        async def token(pair: str, grant: str = "client_credentials") -> tuple[int, str]:
            proof = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
            async with http.post(pilot.base_url + TOKEN, data={"grant_type": grant}, headers=proof) as answer:
                return answer.status, (await answer.json()).get("access_token", "")

        right = f"{pilot.api_key}:{pilot.api_secret}"
        assert (await token("a:b"))[0] == 401
        assert (await token(right, "password"))[0] == 401
        status, given = await token(right)
        assert status == 200

        async def call(
            method: str, path: str, *, bearer: str = given, user: str = pilot.user, body: object = None, key: str = ""
        ) -> int:
            headers = {"Authorization": f"Bearer {bearer}", "x-business-user-id": user, "apikey": key}
            async with http.request(method, pilot.base_url + path, headers=headers, json=body) as answer:
                return answer.status

        review = await pilot.post("Lea", "Late again.")
        listed = f"/v1/private/business-units/{pilot.unit}/reviews"
        reply = f"/v1/private/reviews/{review.id}/reply"
        right_body = {"message": "We are on it.", "authorBusinessUserId": pilot.user}
        got = {
            "no token": await call("GET", listed, bearer="wrong"),
            "no unit": await call("GET", "/v1/private/business-units/another/reviews"),
            "too many": await call("GET", f"{listed}?perPage=101"),
            "no page": await call("GET", f"{listed}?page=0"),
            "no order": await call("GET", f"{listed}?orderBy=stars"),
            "no review": await call("GET", "/v1/private/reviews/nobody"),
            "no key": await call("GET", f"/v1/business-units/{pilot.unit}"),
            "the key": await call("GET", f"/v1/business-units/{pilot.unit}", key=pilot.api_key),
            "nothing to delete": await call("DELETE", reply),
            "empty": await call("POST", reply, body={**right_body, "message": " "}),
            "another user": await call("POST", reply, body={**right_body, "authorBusinessUserId": "x"}),
            "another caller": await call("POST", reply, user="x", body=right_body),
            "to nobody": await call("POST", "/v1/private/reviews/nobody/reply", body=right_body),
            "right": await call("POST", reply, body=right_body),
        }
        assert got == {
            "no token": 401,
            "no unit": 404,
            "too many": 400,
            "no page": 400,
            "no order": 400,
            "no review": 404,
            "no key": 401,
            "the key": 200,
            "nothing to delete": 404,
            "empty": 400,
            "another user": 403,
            "another caller": 403,
            "to nobody": 404,
            "right": 201,
        }
        pilot.plan = False
        assert await call("GET", listed) == 403
