"""Every refusal that the boards' stand-ins claim to make, provoked by a raw request."""

from __future__ import annotations

import aiohttp

from sandbox.boards import Fault
from sandbox.boards.standin import BoardStandIn
from sandbox.canny import CannyStandIn
from sandbox.discourse import DiscourseStandIn
from sandbox.github import GitHubStandIn
from sandbox.uservoice import UserVoiceStandIn


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


async def test_a_repository_refuses_as_github_does() -> None:
    async with GitHubStandIn.serve() as board, aiohttp.ClientSession() as http:
        ours = {"Authorization": f"Bearer {board.token}", "User-Agent": "Twoway"}
        issue, shut = await board.post("lea", "help"), await board.post("kim", "old")
        board.shut(shut)

        async def call(path: str, *, method: str = "GET", body: object = None, headers: dict[str, str] = ours) -> str:
            status, said = await asked(http, board, method, path, headers, body)
            message = said.get("message", "") if isinstance(said, dict) else ""
            return f"{status} {message}".strip()

        async def graph(query: str, **variables: object) -> str:
            status, said = await asked(http, board, "POST", "/graphql", ours, {"query": query, "variables": variables})
            assert status == 200
            assert isinstance(said, dict)
            error = (said.get("errors") or [{}])[0]
            return f"{error.get('type', '')} {error.get('message', '')}".strip()

        def add(id: str, words: str) -> str:
            given = f'input: {{subjectId: "{id}", body: "{words}"}}'
            return f"mutation M {{ addComment({given}) {{ commentEdge {{ node {{ id }} }} }} }}"

        name, locked = board.name(issue), board.name(shut)
        unpaged = f'query Q {{ node(id: "{name}") {{ ... on Issue {{ comments {{ nodes {{ id }} }} }} }} }}'
        foreign = f'mutation M {{ deleteIssueComment(input: {{id: "{name}"}}) {{ clientMutationId }} }}'
        publish = {"query": add(name, "x"), "variables": {"body": "x"}}
        got = {
            "nobody": await call("/search/issues?q=repo:acme/app", headers={"User-Agent": "x"}),
            "too many": (await call("/repos/acme/app/issues?per_page=101"))[:3],
            "everywhere": (await call("/search/issues?q=help"))[:3],
            "no query": await graph("query"),
            "no such field": await graph("query Q { viewer { shoe } }"),
            "no fields": await graph("query Q { viewer }"),
            "fields of a word": await graph("query Q { viewer { login { x } } }"),
            "no page size": (await graph(unpaged))[:21],
            "a variable is missing": await graph("query Q($id: ID!) { node(id: $id) { __typename } }"),
            "no such node": (await graph('query Q { node(id: "I_kwDO9") { __typename } }'))[:9],
            "no such repository": (await graph('query Q { repository(owner: "acme", name: "other") { id } }'))[:9],
            "written": await graph(add(name, "We are on it.")),
            "written again": await graph(add(name, "We are on it.")),
            "empty": await graph(add(name, " ")),
            "long": await graph(add(name, "x" * 65_537)),
            "locked": (await graph(add(locked, "hello")))[:9],
            "no such issue": (await graph(add("I_kwDO9", "hello")))[:9],
            "not ours": (await graph(foreign))[:9],
        }
        board.fault(Fault.THROTTLE, seconds=9)
        got["throttled"] = (await call("/graphql", method="POST", body=publish))[:43]
        board.fault(Fault.REFUSE)
        got["refused"] = (await graph(add(name, "x"), body="x"))[:9]
        assert len(board.posted_by_us()) == 2, "a repeat is posted again"
    assert got == {
        "nobody": "401 Bad credentials",
        "too many": "422",
        "everywhere": "422",
        "no query": "Parse error on the end, expected a name",
        "no such field": "Field 'shoe' doesn't exist on type 'User'",
        "no fields": "Field must have selections (field 'viewer' returns User)",
        "fields of a word": "Selections can't be made on scalars (field 'login')",
        "no page size": "You must provide a `f",
        "a variable is missing": "Variable $id was provided invalid value",
        "no such node": "NOT_FOUND",
        "no such repository": "NOT_FOUND",
        "written": "",
        "written again": "",
        "empty": "UNPROCESSABLE Body cannot be blank",
        "long": "UNPROCESSABLE Body is too long (maximum is 65536 characters)",
        "locked": "FORBIDDEN",
        "no such issue": "NOT_FOUND",
        "not ours": "FORBIDDEN",
        "throttled": "403 You have exceeded a secondary rate limi",
        "refused": "FORBIDDEN",
    }


async def test_boards_refuse_as_canny_does() -> None:
    async with CannyStandIn.serve() as board, aiohttp.ClientSession() as http:
        wish = await board.post("lea", "dark mode")
        id = board.name(wish).removeprefix("post:")

        async def call(path: str, **body: object) -> str:
            status, said = await asked(http, board, "POST", f"/api/v1{path}", {}, {"apiKey": board.token, **body})
            return f"{status} {said.get('error', '') if isinstance(said, dict) else ''}".strip()

        new = {"postID": id, "authorID": board.author, "value": "We are on it."}
        got = {
            "written": await call("/comments/create", **new),
            "again": await call("/comments/create", **new),
            "no key": await call("/posts/list", apiKey="x"),
            "too many": await call("/posts/list", limit=101),
            "no such post": await call("/posts/retrieve", id="f" * 24),
            "no id": await call("/posts/retrieve", id="?"),
            "no such comment": await call("/comments/retrieve", id=id),
            "no such user": await call("/users/retrieve", id="f" * 24),
            "strange author": await call("/comments/create", **{**new, "authorID": "f" * 24}),
            "empty": (await call("/comments/create", **{**new, "value": " "}))[:3],
            "long": (await call("/comments/create", **{**new, "value": "x" * 2_500}))[:3],
            "delete nothing": await call("/comments/delete", commentID="f" * 24),
        }
        board.fault(Fault.THROTTLE)
        got["throttled"] = await call("/comments/create", **new)
        board.fault(Fault.REFUSE)
        got["refused"] = await call("/comments/create", **new)
        assert len(board.posted_by_us()) == 2, "a repeat is posted again"
    assert got == {
        "written": "200",
        "again": "200",
        "no key": "401 invalid API key",
        "too many": "400 invalid limit",
        "no such post": "404 post not found",
        "no id": "400 invalid id",
        "no such comment": "404 comment not found",
        "no such user": "404 user not found",
        "strange author": "400 invalid user id",
        "empty": "400",
        "long": "400",
        "delete nothing": "404 comment not found",
        "throttled": "429 too many requests",
        "refused": "403 not allowed",
    }


async def test_forums_refuse_as_uservoice_does() -> None:
    async with UserVoiceStandIn.serve() as board, aiohttp.ClientSession() as http:
        wish = await board.post("lea", "dark mode")
        ours = {"Authorization": f"Bearer {board.bearer}"}

        async def call(method: str, path: str, body: object = None, *, headers: dict[str, str] = ours) -> int:
            return (await asked(http, board, method, f"/api/v2{path}", headers, body))[0]

        new = {"body": "We are on it.", "links": {"suggestion": wish.id}}
        got = {
            "written": await call("POST", "/admin/comments", new),
            "again": await call("POST", "/admin/comments", new),
            "no token": await call("GET", "/admin/suggestions", headers={}),
            "no secret": await call("POST", "/oauth/token", {}),
            "too many": await call("GET", "/admin/suggestions?per_page=101"),
            "no such suggestion": await call("GET", "/admin/suggestions/99"),
            "no such comment": await call("GET", f"/admin/comments/{wish.id}"),
            "no such user": await call("GET", "/admin/users/99"),
            "under nothing": await call("POST", "/admin/comments", {**new, "links": {"suggestion": 99}}),
            "empty": await call("POST", "/admin/comments", {**new, "body": " "}),
            "long": await call("POST", "/admin/comments", {**new, "body": "x" * 10_001}),
        }
        board.fault(Fault.THROTTLE)
        got["throttled"] = await call("POST", "/admin/comments", new)
        board.fault(Fault.REFUSE)
        got["refused"] = await call("POST", "/admin/comments", new)
        assert len(board.posted_by_us()) == 2, "a repeat is posted again"
    assert got == {
        "written": 201,
        "again": 201,
        "no token": 401,
        "no secret": 401,
        "too many": 422,
        "no such suggestion": 404,
        "no such comment": 404,
        "no such user": 404,
        "under nothing": 404,
        "empty": 422,
        "long": 422,
        "throttled": 429,
        "refused": 403,
    }
