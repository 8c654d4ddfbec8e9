"""A raw client of the square: plain requests with the account's token, nothing clever."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.square import SquareStandIn


class Raw:
    """Requests to one square as the account `acme`, or as nobody with `token=None`."""

    def __init__(self, square: SquareStandIn, http: aiohttp.ClientSession) -> None:
        self.square = square
        self.http = http

    async def call(
        self, method: str, path: str, *, token: str | None = "", headers: dict[str, str] | None = None, **given: Any
    ) -> tuple[int, Any, aiohttp.typedefs.LooseHeaders]:
        """Status, body (JSON where it is JSON) and headers."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.square.token}"
        async with self.http.request(method, self.square.base_url + path, headers=sent, **given) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await (answer.json() if is_json else answer.text()), answer.headers

    async def get(self, path: str, **given: Any) -> Any:
        status, body, _ = await self.call("GET", path, **given)
        assert status == 200, body
        return body

    async def reply(self, text: str, *, to: str | None = None, key: str | None = None, **more: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"status": text, **({"in_reply_to_id": to} if to else {}), **more}
        return await self.call("POST", "/api/v1/statuses", json=body, headers=headers)

    async def control(self, name: str, **body: Any) -> tuple[int, Any]:
        status, answer, _ = await self.call("POST", f"/control/{name}", json=body, token=None)
        return status, answer


@asynccontextmanager
async def raw_square(**settings: Any) -> AsyncIterator[Raw]:
    limit = aiohttp.ClientTimeout(total=10)
    async with (
        SquareStandIn.serve(**settings) as square,
        aiohttp.ClientSession(timeout=limit) as http,
    ):
        # aiohttp 3.14 repeats PUT and DELETE once when the line drops, on new connections too; tests want one call.
        http._retry_connection = False
        yield Raw(square, http)
