"""Every refusal that the stand-in of a company's own system claims to make, provoked by a raw request."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import aiohttp
import pytest

from sandbox.inbound import Fault, Office
from sandbox.inbound.signing import headers


async def call(
    office: Office, kind: str, data: object, *, id: str = "k1", secret: str = "", body: bytes = b"", at: float = 0
) -> tuple[int, object]:
    stamp = datetime.now(UTC).isoformat()
    body = body or json.dumps({"type": kind, "timestamp": stamp, "data": data}).encode()
    signed = headers(secret or office.secret, id, at or office.clock().timestamp(), body)
    async with aiohttp.ClientSession() as http, http.post(office.webhook, data=body, headers=signed) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_its_webhook_takes_what_was_agreed_on_and_nothing_else() -> None:
    async with Office.serve() as office:
        post = await office.post("lea", "help")
        reply = {"key": "k1", "parent": post.id, "text": "Sorry!", "audience": "public"}
        status, taken = await call(office, "reply.posted", reply)
        assert (status, taken["id"]) == (200, "m-2")  # type: ignore[index]
        assert await call(office, "reply.posted", reply) == (status, taken)
        cases = {
            "not signed": (401, await call(office, "ping", {}, secret="x" * 30)),
            "too old": (401, await call(office, "ping", {}, at=1.0)),
            "no JSON": (400, await call(office, "", {}, body=b"{")),
            "no data": (400, await call(office, "ping", None)),
            "unknown": (400, await call(office, "reply.sung", {})),
            "another key": (422, await call(office, "reply.posted", reply, id="k2")),
            "no text": (422, await call(office, "reply.posted", {**reply, "text": None})),
            "too long": (
                413,
                await call(office, "reply.posted", {**reply, "key": "k3", "text": "x" * 10_001}, id="k3"),
            ),
            "no parent": (410, await call(office, "reply.posted", {**reply, "key": "k4", "parent": "m-9"}, id="k4")),
            "no reply": (410, await call(office, "reply.retracted", {"id": post.id})),
        }
        assert {name: got[0] for name, (_, got) in cases.items()} == {name: want for name, (want, _) in cases.items()}
        assert len(office.posted_by_us()) == 1


async def test_its_faults_do_what_their_table_says() -> None:
    async with Office.serve() as office:
        post = await office.post("lea", "help")
        reply = {"key": "k1", "parent": post.id, "text": "Sorry!", "audience": "public"}
        for fault, status in ((Fault.REFUSE, 403), (Fault.THROTTLE, 429), (Fault.FAIL_BEFORE, 503)):
            office.fault(fault)
            async with aiohttp.ClientSession() as http:
                stamp = datetime.now(UTC).isoformat()
                body = json.dumps({"type": "reply.posted", "timestamp": stamp, "data": reply}).encode()
                signed = headers(office.secret, "k1", office.clock().timestamp(), body)
                async with http.post(office.webhook, data=body, headers=signed) as answer:
                    assert answer.status == status
        assert office.posted_by_us() == []
        office.fault(Fault.CUT_OFF)
        with pytest.raises(aiohttp.ClientError):
            await call(office, "ping", {})
