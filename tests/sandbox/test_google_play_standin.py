"""Every refusal that Google Play's stand-in claims to make, provoked by a raw request."""

from __future__ import annotations

import json
import time

import aiohttp
import jwt

from sandbox.google_play import PlayStandIn

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"


async def test_it_refuses_as_google_documents() -> None:
    async with PlayStandIn.serve(most_reads=9) as play, aiohttp.ClientSession() as http:
        key = json.loads(play.key)
        now = int(time.time())
        right = {"iss": key["client_email"], "scope": SCOPE, "aud": key["token_uri"], "iat": now, "exp": now + 3600}

        async def token(**changed: object) -> tuple[int, str]:
            signed = jwt.encode({**right, **changed}, key["private_key"], algorithm="RS256")
            async with http.post(play.base_url + "/token", data={"grant_type": GRANT, "assertion": signed}) as answer:
                said = await answer.json()
                return answer.status, said.get("error") or said["access_token"]

        no = (400, "invalid_grant")
        assert await token(scope="https://www.googleapis.com/auth/youtube") == no
        assert await token(aud="https://elsewhere.example") == no
        assert await token(exp=now + 7200) == no
        assert await token(iat=now - 7200, exp=now - 3600) == no
        status, given = await token()
        assert status == 200
        review = await play.post("Lea", "It crashes.")
        old = await play.post("Kim", "Last month.")
        old.changed = old.at.replace(year=old.at.year - 1)
        await play.post("Mia", "")  # stars alone are not listed

        async def call(method: str, path: str, *, bearer: str = given, body: object = None) -> tuple[int, str]:
            address = f"{play.base_url}/androidpublisher/v3/applications/{path}"
            headers = {"Authorization": f"Bearer {bearer}"}
            async with http.request(method, address, headers=headers, json=body) as answer:
                said = await answer.json()
                return answer.status, str(said.get("error", {}).get("status", ""))

        here = f"{play.package}/reviews"
        to = f"{here}/{review.id}:reply"
        got = {
            "no token": await call("GET", here, bearer="wrong"),
            "no app": await call("GET", "com.example.other/reviews"),
            "too many": await call("GET", f"{here}?maxResults=101"),
            "no page": await call("GET", f"{here}?token=x"),
            "old, by its id": await call("GET", f"{here}/{old.id}"),
            "no review": await call("GET", f"{here}/gp:nobody"),
            "too long": await call("POST", to, body={"replyText": "x" * 351}),
            "just fits": await call("POST", to, body={"replyText": "x" * 350}),
            "empty": await call("POST", to, body={"replyText": " "}),
            "to nobody": await call("POST", f"{here}/gp:nobody:reply", body={"replyText": "x"}),
        }
        assert got == {
            "no token": (401, "UNAUTHENTICATED"),
            "no app": (404, "NOT_FOUND"),
            "too many": (400, "INVALID_ARGUMENT"),
            "no page": (400, "INVALID_ARGUMENT"),
            "old, by its id": (200, ""),
            "no review": (404, "NOT_FOUND"),
            "too long": (400, "INVALID_ARGUMENT"),
            "just fits": (200, ""),
            "empty": (400, "INVALID_ARGUMENT"),
            "to nobody": (404, "NOT_FOUND"),
        }
        await call("POST", to, body={"replyText": "<i>Other</i> words, 2 < 3."})
        assert [reply.words for reply in play.replies_to(review)] == ["Other words, 2 < 3."], "in the one's place"
        async with http.get(
            f"{play.base_url}/androidpublisher/v3/applications/{here}", headers={"Authorization": f"Bearer {given}"}
        ) as answer:
            assert [one["reviewId"] for one in (await answer.json())["reviews"]] == [review.id]
        for _ in range(9):
            last = await call("GET", here)
        assert last == (429, "RESOURCE_EXHAUSTED")
        play.invited = False
        assert await call("POST", to, body={"replyText": "x"}) == (403, "PERMISSION_DENIED")
