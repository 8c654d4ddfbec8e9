"""Every refusal that the boards' stand-ins claim to make, provoked by a raw request."""

from __future__ import annotations

import aiohttp

from sandbox.boards import Fault
from sandbox.boards.standin import BoardStandIn
from sandbox.discourse import DiscourseStandIn


async def asked(
    http: aiohttp.ClientSession, board: BoardStandIn, method: str, path: str, headers: dict[str, str], body: object
) -> tuple[int, object]:
    async with http.request(method, board.base_url + path, headers=headers, json=body) as answer:
        return answer.status, await answer.json() if answer.content_type == "application/json" else await answer.text()


async def test_a_forum_refuses_as_discourse_does() -> None:
    async with DiscourseStandIn.serve(guards_repeats=True) as board, aiohttp.ClientSession() as http:
        ours = {"Api-Key": board.token, "Api-Username": board.username}
        wish, shut = await board.post("lea", "help"), await board.post("kim", "old")
        board.shut(shut)

        async def call(method: str, path: str, body: object = None, *, headers: dict[str, str] = ours) -> str:
            status, said = await asked(http, board, method, path, headers, body)
            errors = said.get("errors", []) if isinstance(said, dict) else []
            return f"{status} {errors[0] if errors else ''}".strip()

        new = {"topic_id": wish.topic, "raw": "We are on it."}
        got = {
            "written": await call("POST", "/posts.json", new),
            "again": await call("POST", "/posts.json", new),
            "no key": (await call("POST", "/posts.json", new, headers={}))[-28:],
            "no key to read": (await call("GET", "/session/current.json", headers={"Api-Key": "x"}))[:3],
            "short": await call("POST", "/posts.json", {**new, "raw": " ok "}),
            "long": (await call("POST", "/posts.json", {**new, "raw": "x" * 32_001}))[:33],
            "no topic": (await call("POST", "/posts.json", {**new, "topic_id": 999}))[:3],
            "closed": (await call("POST", "/posts.json", {**new, "topic_id": shut.topic, "raw": "hello"}))[:3],
            "no such topic": (await call("GET", "/t/999.json"))[:3],
            "no such post": (await call("GET", f"/posts/by_number/{wish.topic}/99.json"))[:3],
            "not ours": (await call("DELETE", f"/posts/{wish.id}.json"))[:3],
            "edited": await call("PUT", f"/posts/{board.posted_by_us()[0].id}.json", {"post": {"raw": "Better."}}),
            "deleted": await call("DELETE", f"/posts/{board.posted_by_us()[0].id}.json"),
            "deleted again": (await call("DELETE", "/posts/103.json"))[:3],
            "too short a search": (await call("GET", "/search.json?q=ab"))[:3],
        }
        board.fault(Fault.THROTTLE, seconds=9)
        got["throttled"] = await call("POST", "/posts.json", {**new, "raw": "Something else."})
        board.fault(Fault.REFUSE)
        got["refused"] = (await call("POST", "/posts.json", {**new, "raw": "Something else."}))[:3]
        await board.delete(wish)
        got["topic deleted"] = (await call("GET", f"/t/{wish.topic}.json"))[:3]
    assert got == {
        "written": "200",
        "again": "422 Body is too similar to what you recently posted",
        "no key": "API username or key is invalid."[-28:],
        "no key to read": "403",
        "short": "422 Body is too short (minimum is 5 characters)",
        "long": "422 Body is limited to 32000 char",
        "no topic": "404",
        "closed": "403",
        "no such topic": "404",
        "no such post": "404",
        "not ours": "403",
        "edited": "200",
        "deleted": "200",
        "deleted again": "404",
        "too short a search": "400",
        "throttled": "429 Slow down.",
        "refused": "403",
        "topic deleted": "404",
    }
