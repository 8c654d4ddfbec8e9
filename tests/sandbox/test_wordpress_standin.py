"""Every refusal that WordPress's stand-in claims to make, provoked by a raw request."""

from __future__ import annotations

import base64

import aiohttp

from sandbox.wordpress import Fault, PressStandIn

API = "/wp-json/wp/v2"


async def test_it_refuses_as_wordpress_was_seen_to() -> None:
    async with PressStandIn.serve() as press, aiohttp.ClientSession() as http:
        pair = f"{press.username}:{press.password.replace(' ', '')}".encode()
        ours = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        comment = await press.post("lea", "help")
        held = await press.post("kim", "spam?", status="hold")

        async def call(method: str, path: str, *, auth: bool = True, **body: object) -> tuple[int, str]:
            address = press.base_url + API + path
            async with http.request(method, address, headers=ours if auth else {}, json=body or None) as answer:
                said = await answer.json()
                return answer.status, str(said.get("code", "")) if isinstance(said, dict) else ""

        new = {"post": 7, "parent": comment.id}
        assert await call("POST", "/comments", **new, content="We are on it.") == (201, "")
        (reply,) = press.posted_by_us()
        got = {
            "no password": await call("POST", "/comments", auth=False, **new, content="x"),
            "again": await call("POST", "/comments", **new, content="We are on it."),
            "empty": await call("POST", "/comments", **new, content=" "),
            "too long": await call("POST", "/comments", **new, content="x" * 70_000),
            "no post": await call("POST", "/comments", post=99, content="x"),
            "closed": await call("POST", "/comments", post=8, content="x"),
            "trashed post": await call("POST", "/comments", post=9, content="x"),
            "no comment": await call("GET", "/comments/99"),
            "held, unseen": await call("GET", f"/comments/{held.id}", auth=False),
            "edit, unseen": await call("GET", "/comments?context=edit", auth=False),
            "all, unseen": await call("GET", "/comments?status=all", auth=False),
            "too many": await call("GET", "/comments?per_page=101"),
            "nobody": await call("GET", "/users/me", auth=False),
            "trash": await call("DELETE", f"/comments/{reply.id}"),
            "trash again": await call("DELETE", f"/comments/{reply.id}"),
            "delete, unasked": await call("DELETE", f"/comments/{comment.id}", auth=False),
            "past the end": await call("GET", "/comments?page=9"),
            "no parent": await call("POST", "/comments", post=7, parent=99, content="to nobody"),
        }
        assert got == {
            "no password": (401, "rest_comment_login_required"),
            "again": (409, "comment_duplicate"),
            "empty": (400, "rest_comment_content_invalid"),
            "too long": (400, "comment_content_column_length"),
            "no post": (403, "rest_comment_invalid_post_id"),
            "closed": (403, "rest_comment_closed"),
            "trashed post": (403, "rest_comment_trash_post"),
            "no comment": (404, "rest_comment_invalid_id"),
            "held, unseen": (401, "rest_cannot_read"),
            "edit, unseen": (401, "rest_forbidden_context"),
            "all, unseen": (401, "rest_forbidden_param"),
            "too many": (400, "rest_invalid_param"),
            "nobody": (401, "rest_not_logged_in"),
            "trash": (200, ""),
            "trash again": (410, "rest_already_trashed"),
            "delete, unasked": (401, "rest_cannot_delete"),
            "past the end": (200, ""),
            "no parent": (201, ""),  # parents are not looked at
        }
        press.fault(Fault.FLOOD)
        assert await call("POST", "/comments", **new, content="y") == (400, "comment_flood")
