"""The page's way in: state, a stream of changes, a POST for every doing. JSON; docs/reference/sandbox-teams.md."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.teams.tenant import Change
from sandbox.teams.things import CannotDo, Chat, Dialog, Json, Message, Person, Place

if TYPE_CHECKING:
    from sandbox.teams.standin import TeamsStandIn

# Doing -> the arguments it takes from the body; the method of the stand-in has the same name.
DOINGS: dict[str, tuple[str, ...]] = {
    "say": ("user", "place", "text", "thread"),
    "mention": ("user", "place", "text", "thread"),
    "command": ("user", "place", "text", "thread"),
    "edit_message": ("user", "place", "message", "text"),
    "delete_message": ("user", "place", "message"),
    "react": ("user", "place", "message", "kind"),
    "unreact": ("user", "place", "message", "kind"),
    "press": ("user", "place", "message", "title", "values", "verb"),
    "submit": ("user", "dialog", "values", "title"),
    "close_dialog": ("user", "dialog"),
    "message_action": ("user", "place", "message", "command"),
    "search": ("user", "place", "command", "words"),
    "join": ("user", "place"),
    "leave": ("user", "place"),
    "deactivate": ("user",),
    "rename_channel": ("user", "place", "name"),
    "install_bot": ("user", "place", "on"),
    "install_chat": ("user",),
    "block_chat": ("user", "on"),
    "chat_with": ("user",),
    "set_endpoint": ("url",),
    "install": ("manifest",),
    "set_signed": ("on",),
    "set_limits": ("limits",),
    "redeliver": ("activity_id", "times"),
    "reorder": ("count",),
    "drop_answers": ("count",),
    "duplicate": ("on",),
    "fail_next": ("operation", "kind", "times", "retry_after"),
    "slow": ("operation", "seconds"),
    "refuse_targeted": ("on",),
    "end_tokens": (),
}
STREAMED = frozenset({"message", "whisper", "dialog", "reaction", "channel", "chat", "people"})


def plain(thing: object) -> object:
    """JSON for whatever a doing returns."""
    if isinstance(thing, (Message, Dialog)):
        return thing.wire()
    if isinstance(thing, Person):
        return thing.member() | {"bot": thing.bot, "gone": thing.gone}
    if is_dataclass(thing) and not isinstance(thing, type):
        return {key: plain(getattr(thing, key)) for key in thing.__dataclass_fields__}
    if isinstance(thing, list):
        return [plain(one) for one in thing]
    if isinstance(thing, dict):
        return {str(key): plain(value) for key, value in thing.items()}
    return thing


def state(teams: TeamsStandIn, user: str | None) -> Json:
    """Everything a person's client would show; without a user, everything there is but what is whispered."""
    person = teams.person(user, acts=False) if user else None
    places = []
    everywhere: list[Place] = [*teams.tenant.channels.values(), *teams.tenant.chats.values()]
    for place in everywhere:
        if person is not None and person.id not in teams.tenant.roster(place):
            continue
        messages = []
        for message in teams.messages(place.id):
            replies = [reply.wire() for reply in teams.thread(place.id, message.id)]
            messages.append({**message.wire(), "replies": replies})
        kind = "chat" if isinstance(place, Chat) else place.kind.value
        places.append(
            {
                "id": place.id,
                "name": "" if isinstance(place, Chat) else place.name,
                "kind": kind,
                "members": teams.tenant.roster(place),
                "bot": teams.tenant.bot_is_in(place),
                "messages": messages,
                "whispers": [m.wire() for m in teams.whispers(person.id, place.id)] if person else [],
            }
        )
    return {
        "tenant": teams.tenant_id,
        "user": person.id if person else None,
        "places": places,
        "people": [plain(one) for one in teams.tenant.people.values()],
        "dialogs": [one.wire() for one in teams.dialogs(person.id)] if person else [],
        "endpoint": teams.delivery.endpoint,
    }


async def do(teams: TeamsStandIn, name: str, body: Json) -> object:
    """One doing by name. CannotDo for unknown names and arguments."""
    if name not in DOINGS:
        raise CannotDo(f"there is no doing {name}")
    if unknown := set(body) - set(DOINGS[name]):
        raise CannotDo(f"{name} takes {', '.join(DOINGS[name]) or 'nothing'}; not {', '.join(sorted(unknown))}")
    if not isinstance(body.get("values") or {}, dict):
        raise CannotDo("values are an object of fields")
    method: Callable[..., object] = getattr(teams, name)
    try:
        inspect.signature(method).bind(**body)
    except TypeError as error:
        raise CannotDo(str(error)) from None
    result = method(**body)
    return await result if inspect.isawaitable(result) else result


def add_routes(app: web.Application, teams: TeamsStandIn) -> None:
    async def get_state(request: web.Request) -> web.Response:
        try:
            return web.json_response(state(teams, request.query.get("user")))
        except CannotDo as refused:
            return web.json_response({"error": str(refused)}, status=409)

    async def get_calls(request: web.Request) -> web.Response:
        return web.json_response([asdict(call) for call in teams.calls(request.query.get("operation"))])

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
            seen = await do(teams, request.match_info["doing"], body)
        except CannotDo as refused:
            return web.json_response({"error": str(refused)}, status=409)
        return web.json_response({"seen": plain(seen)})

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        changes: asyncio.Queue[Change] = asyncio.Queue()
        teams.tenant.listeners.append(changes.put_nowait)
        try:
            await response.write(b": here\n\n")
            while not teams.closing.is_set():
                change = await changes.get()
                if change.changed in STREAMED:
                    data = json.dumps({k: v for k, v in asdict(change).items() if v is not None})
                    await response.write(f"data: {data}\n\n".encode())
        except ConnectionError:
            pass  # the page went away
        finally:
            teams.tenant.listeners.remove(changes.put_nowait)
        return response

    app.router.add_get("/control/state", get_state)
    app.router.add_get("/control/calls", get_calls)
    app.router.add_get("/control/stream", stream)
    app.router.add_post("/control/{doing}", post)
