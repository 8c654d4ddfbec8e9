"""Slack's Web API: token, scope, rate, faults, then the method from the table (methods_*.py)."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.core import Call, Core
from sandbox.slack.faults import Fault
from sandbox.slack.methods_chat import CHAT
from sandbox.slack.methods_lookup import LOOKUP
from sandbox.slack.methods_views import VIEWS
from sandbox.slack.refusal import Refusal
from sandbox.slack.things import BOT_ID, BOT_USER, TEAM, Json


@dataclass(frozen=True)
class Method:
    """A row of the table: what runs, the scope it needs, and which arguments must be there."""

    run: Callable[[Core, Json], Json]
    scope: str = ""
    needs: tuple[str, ...] = ()
    app_token: bool = False


def auth_test(core: Core, args: Json) -> Json:
    return {
        "url": "https://acme.slack.com/",
        "team": "Acme",
        "user": "twoway",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def connections_open(core: Core, args: Json) -> Json:
    base = core.address.replace("http", "ws", 1)
    return {"url": f"{base}/socket?ticket={core.delivery.ticket()}&app_id=A0TWOWAY"}


TABLE: dict[str, Method] = {
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(connections_open, app_token=True),
    **{name: Method(*row) for rows in (CHAT, VIEWS, LOOKUP) for name, row in rows.items()},
}
FOREVER = 3600.0  # longer than anybody waits

DECODED = frozenset({"blocks", "view", "metadata", "attachments"})


async def read_args(request: web.Request) -> tuple[Json, str | None]:
    """(arguments, token). A token counts in the header, the query or a form, never in a JSON body."""
    args: Json = dict(request.query)
    header = request.headers.get("Authorization", "")
    token: str | None = header[7:].strip() if header.lower().startswith("bearer ") else None
    if request.method == "POST" and request.content_type == "application/json":
        try:
            body: object = json.loads(await request.text() or "{}")
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(body, dict):
            raise Refusal("json_not_object")
        args |= body
        args.pop("token", None)
    elif request.method == "POST":
        if request.can_read_body and request.content_type not in {
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/octet-stream",
        }:
            raise Refusal("invalid_post_type")
        args |= dict(await request.post())
    token = args.pop("token", None) or token
    for key in DECODED & args.keys():
        if isinstance(args[key], str):
            try:
                args[key] = json.loads(args[key])
            except ValueError:
                raise Refusal({"blocks": "invalid_blocks_format"}.get(key, "invalid_arguments")) from None
    return {k: v for k, v in args.items() if v is not None}, token


def check_token(core: Core, method: Method, token: str | None) -> None:
    if not token:
        raise Refusal("not_authed")
    if token not in {core.bot_token, core.app_token}:
        raise Refusal("invalid_auth")
    if core.faults.dead_token:
        raise Refusal(core.faults.dead_token)
    if (token == core.app_token) != method.app_token:
        raise Refusal("not_allowed_token_type")


def needed_scope(core: Core, method: Method, args: Json) -> str:
    """`{kind}` in a scope is filled from the channel asked about: channels, groups or im."""
    if "{kind}" not in method.scope:
        return method.scope
    channel = core.ws.channels.get(str(args.get("channel", "")))
    return method.scope.format(kind=channel.kind if channel else "channels")


class WebApi:
    def __init__(self, core: Core) -> None:
        self.core = core

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any method. Real Slack answers 200 with ok false to everything but a rate limit and its own failures."""
        core, name = self.core, request.match_info["method"]
        if core.base_url is None:
            core.base_url = str(request.url).split("/api/")[0]
        args: Json = {}
        try:
            args, token = await read_args(request)
            answer, status, fault = await self._judge(name, args, token)
        except Refusal as refusal:
            answer, status, fault = refusal.wire(), refusal.status, Fault("")
        core.log.append(Call(name, args, status, answer))
        core.ws.changed("call")
        if fault.kind in {"hang_after", "late"}:
            await self._hang(fault.retry_after if fault.kind == "late" else FOREVER)
        if fault.kind == "cut" and request.transport is not None:
            request.transport.abort()
        headers = {"x-oauth-scopes": ",".join(sorted(core.scopes)), "x-slack-req-id": core.ws.new_id("")}
        if status == 429:
            headers["Retry-After"] = str(answer.pop("retry_after"))
        if status == 500:
            return web.Response(status=500, text="Internal Server Error", headers=headers)
        return web.json_response(answer, status=status, headers=headers)

    async def _judge(self, name: str, args: Json, token: str | None) -> tuple[Json, int, Fault]:
        core = self.core
        if delay := core.faults.slow.get(name, core.faults.slow.get("*", 0)):
            await self._hang(delay)
        fault = core.faults.take(name) or Fault("")
        kind = fault.kind
        if kind == "429":
            raise Refusal("ratelimited", status=429, retry_after=fault.retry_after)
        if kind == "500":
            return {}, 500, fault
        if kind == "hang":
            await self._hang()
            return {}, 500, fault
        if kind and kind not in {"cut", "hang_after", "late", "500_after"}:
            raise Refusal(kind)
        method = TABLE.get(name)
        if method is None:
            raise Refusal("unknown_method", req_method=name)
        check_token(core, method, token)
        scope = needed_scope(core, method, args)
        if scope and scope not in core.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(core.scopes)))
        if wait := core.faults.wait_for(name, str(args.get("channel", ""))):
            raise Refusal("ratelimited", status=429, retry_after=max(1, math.ceil(wait)))
        if missing := [need for need in method.needs if args.get(need) in (None, "")]:
            raise Refusal("invalid_arguments", [f"[ERROR] missing required field: {need}" for need in missing])
        answer = {"ok": True, **method.run(core, args)}
        return answer, 500 if kind == "500_after" else 200, fault

    async def _hang(self, seconds: float = FOREVER) -> None:
        """Says nothing for a while; the end of the stand-in ends it too."""
        try:
            async with asyncio.timeout(seconds):
                await self.core.closing.wait()
        except TimeoutError:
            return
