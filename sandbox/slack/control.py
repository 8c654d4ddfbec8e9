"""The page's way in: state, a stream of changes, a POST for every doing. JSON; docs/reference/sandbox-slack.md."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.slack.things import CannotDo, Channel, Ephemeral, Json, Message, Person, View
from sandbox.slack.workspace import Change

if TYPE_CHECKING:
    from sandbox.slack.standin import SlackStandIn

# Doing -> the arguments it takes from the body; the method of the stand-in has the same name.
DOINGS: dict[str, tuple[str, ...]] = {
    "command": ("user", "channel", "command", "text"),
    "say": ("user", "channel", "text", "thread_ts"),
    "edit_message": ("user", "channel", "ts", "text"),
    "delete_message": ("user", "channel", "ts"),
    "react": ("user", "channel", "ts", "name"),
    "unreact": ("user", "channel", "ts", "name"),
    "press": ("user", "channel", "ts", "action_id", "value", "selected"),
    "press_in_view": ("user", "view_id", "action_id", "value", "selected"),
    "type_into": ("user", "view_id", "values"),
    "share": ("user", "name", "body"),
    "submit": ("user", "view_id", "values"),
    "close_view": ("user", "view_id", "all_of_them"),
    "shortcut": ("user", "channel", "ts", "callback_id"),
    "open_home": ("user",),
    "join": ("user", "channel"),
    "leave": ("user", "channel"),
    "deactivate": ("user",),
    "reload": ("user",),
    "invite_bot": ("channel",),
    "set_request_url": ("url", "verify"),
    "install": ("manifest",),
    "set_limits": ("limits",),
    "redeliver": ("event_id", "times"),
    "reorder_events": ("count",),
    "drop_acks": ("count",),
    "duplicate_events": ("on",),
    "fail_next": ("method", "kind", "times", "retry_after"),
    "slow": ("method", "seconds"),
    "kill_token": ("error",),
    "break_images": ("prefix",),
    "slow_files": ("looks",),
    "drop_sockets": (),
    "refresh_sockets": ("reason",),
}
STREAMED = frozenset({"message", "ephemeral", "view", "home", "reaction", "channel", "people", "socket"})


def plain(thing: object) -> object:
    """JSON for whatever a doing returns."""
    if isinstance(thing, Message):
        return {**thing.wire(), "channel": thing.channel, "reactions": thing.reactions_wire()}
    if isinstance(thing, (View, Ephemeral, Person, Channel)):
        return thing.wire()
    if is_dataclass(thing) and not isinstance(thing, type):
        return {key: plain(getattr(thing, key)) for key in thing.__dataclass_fields__}
    if isinstance(thing, list):
        return [plain(one) for one in thing]
    if isinstance(thing, dict):
        return {str(key): plain(value) for key, value in thing.items()}
    return thing


def state(slack: SlackStandIn, user: str | None) -> Json:
    """Everything a person's client would show; without a user, everything there is but what is whispered."""
    channels = []
    for channel in slack.ws.channels.values():
        if channel.im_with and user not in {None, channel.im_with}:
            continue
        messages = []
        for message in slack.messages(channel.id):
            replies = [plain(reply) for reply in slack.thread(channel.id, message.ts)]
            messages.append({**json_object(plain(message)), "replies": replies, "reply_count": len(replies)})
        channels.append(
            {
                **channel.wire(),
                "members": channel.members,
                "messages": messages,
                "ephemerals": [e.wire() for e in slack.ephemerals(user or "", channel.id)],
            }
        )
    home = slack.home(user) if user else None
    return {
        "team": slack.team_id,
        "user": user,
        "channels": channels,
        "people": [person.wire() for person in slack.ws.people.values()],
        "views": [view.wire() for view in slack.views(user)] if user else [],
        "home": home.wire() if home else None,
        "connected": {"sockets": len(slack.delivery.sockets), "request_url": slack.delivery.request_url},
    }


def json_object(thing: object) -> Json:
    assert isinstance(thing, dict)
    return thing


def read_values(raw: object) -> dict[tuple[str, str], object]:
    """{"block": {"action": value}} as `submit` wants it."""
    if not isinstance(raw, dict) or not all(isinstance(inner, dict) for inner in raw.values()):
        raise CannotDo("values are an object of blocks, each an object of actions")
    return {(block, action): value for block, inner in raw.items() for action, value in inner.items()}


async def do(slack: SlackStandIn, name: str, body: Json) -> object:
    """One doing by name. CannotDo for unknown names and arguments."""
    if name not in DOINGS:
        raise CannotDo(f"there is no doing {name}")
    if unknown := set(body) - set(DOINGS[name]):
        raise CannotDo(f"{name} takes {', '.join(DOINGS[name]) or 'nothing'}; not {', '.join(sorted(unknown))}")
    if "values" in body:
        body = {**body, "values": read_values(body["values"])}
    method: Callable[..., object] = getattr(slack, name)
    try:
        inspect.signature(method).bind(**body)
    except TypeError as error:
        raise CannotDo(str(error)) from None
    result = method(**body)
    return await result if inspect.isawaitable(result) else result


def add_routes(app: web.Application, slack: SlackStandIn) -> None:
    async def get_state(request: web.Request) -> web.Response:
        return web.json_response(state(slack, request.query.get("user")))

    async def get_calls(request: web.Request) -> web.Response:
        return web.json_response([asdict(call) for call in slack.calls(request.query.get("method"))])

    async def post(request: web.Request) -> web.Response:
        # Only JSON: a page from elsewhere cannot send that without asking first.
        if request.content_type != "application/json":
            return web.json_response({"error": "send application/json"}, status=415)
        try:
            body: object = json.loads(await request.text() or "{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return web.json_response({"error": "send a JSON object"}, status=400)
        try:
            seen = await do(slack, request.match_info["doing"], body)
        except CannotDo as refused:
            return web.json_response({"error": str(refused)}, status=409)
        return web.json_response({"seen": plain(seen)})

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        changes: asyncio.Queue[Change] = asyncio.Queue()
        slack.ws.listeners.append(changes.put_nowait)
        try:
            await response.write(b": here\n\n")
            while not slack.closing.is_set():
                change = await changes.get()
                if change.changed in STREAMED:
                    data = json.dumps({k: v for k, v in asdict(change).items() if v is not None})
                    await response.write(f"data: {data}\n\n".encode())
        except ConnectionError:
            pass  # the page went away
        finally:
            slack.ws.listeners.remove(changes.put_nowait)
        return response

    app.router.add_get("/control/state", get_state)
    app.router.add_get("/control/calls", get_calls)
    app.router.add_get("/control/stream", stream)
    app.router.add_post("/control/{doing}", post)
