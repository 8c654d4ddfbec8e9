"""Answers of the app to a click or a command by `response_url`: 30 minutes, five uses, no token needed."""

from __future__ import annotations

import json

from aiohttp import web

from sandbox.slack.core import RESPONSE_USES, Call, Core, ResponseUrl
from sandbox.slack.methods_chat import check_content
from sandbox.slack.refusal import Refusal
from sandbox.slack.things import BOT_USER, Json


async def handle(core: Core, request: web.Request) -> web.Response:
    """Logged among the calls as `response_url`, so that a test sees every word the app said."""
    args: Json = {}
    try:
        try:
            body: object = json.loads(await request.text())
        except ValueError:
            raise Refusal("invalid_payload", status=400) from None
        if not isinstance(body, dict):
            raise Refusal("invalid_payload", status=400)
        args = body
        answer, status = respond(core, request.match_info["key"], args), 200
    except Refusal as refusal:
        answer, status = refusal.wire(), refusal.status
    core.log.append(Call("response_url", args, status, answer))
    core.ws.changed("call")
    return web.Response(text="ok") if answer.get("ok") else web.json_response(answer, status=status)


def respond(core: Core, key: str, args: Json) -> Json:
    """Shows, replaces or deletes as asked. Raises Refusal as Slack does (404 used_url, 404 expired_url)."""
    address = core.response_urls.get(key)
    if address is None:
        raise Refusal("invalid_url", status=404)
    if core.ws.stamp() > address.expires:
        raise Refusal("expired_url", status=404)
    if address.uses >= RESPONSE_USES:
        raise Refusal("used_url", status=404)
    address.uses += 1
    if args.get("delete_original"):
        delete_original(core, address)
        return {"ok": True}
    check_content(core, args)
    show(core, address, args)
    return {"ok": True}


def delete_original(core: Core, address: ResponseUrl) -> None:
    if address.original_is_ephemeral:
        core.ws.ephemerals[:] = [e for e in core.ws.ephemerals if e.ts != address.original]
        core.ws.changed("ephemeral", channel=address.channel, ts=address.original, user=address.user)
        return
    message = core.ws.message(address.channel, address.original or "")
    if message is None or message.deleted:
        raise Refusal("message_not_found", status=404)
    core.erase_message(core.ws.channels[address.channel], message)


def show(core: Core, address: ResponseUrl, args: Json) -> str:
    """Puts the words where they belong; returns the ts of what is now there."""
    channel = core.ws.channels[address.channel]
    if args.get("replace_original") and address.original:
        if address.original_is_ephemeral:
            for one in core.ws.ephemerals:
                if one.ts == address.original:
                    one.text, one.blocks = str(args.get("text") or ""), core.dressed(args)["blocks"]
                    core.ws.changed("ephemeral", channel=channel.id, ts=one.ts, user=address.user)
                    return one.ts
            raise Refusal("message_not_found", status=404)
        message = core.ws.message(channel.id, address.original)
        if message is None or message.deleted:
            raise Refusal("message_not_found", status=404)
        core.change_message(
            channel, message, BOT_USER, text=str(args.get("text") or ""), blocks=core.dressed(args)["blocks"]
        )
        return message.ts
    if args.get("response_type") == "in_channel":
        return core.bot_message(channel, args).ts
    return core.whisper(channel.id, address.user, args).ts
