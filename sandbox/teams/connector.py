"""The Bot Connector: the REST API under the service URL that the bot calls. Tables, then checks, then the work."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from sandbox.teams.content import check_activity
from sandbox.teams.core import Call, Core, fill
from sandbox.teams.refusal import CODE_OF, Refusal
from sandbox.teams.things import BOT_ID, TENANT, Channel, Chat, Json, Kind, Message, Place

PAGE_MIN, PAGE_MAX = 50, 500  # get-teams-context, 2026-11: smaller and larger sizes become these


@dataclass(frozen=True)
class Asked:
    """One request, taken apart."""

    parts: dict[str, str]
    query: dict[str, str]
    body: object

    @property
    def targeted(self) -> bool:
        return self.query.get("isTargetedActivity", "").lower() == "true"


Doing = Callable[["Connector", Asked], tuple[int, Json]]


class Connector:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.tenant = core.tenant

    def add_routes(self, app: web.Application) -> None:
        # The two prefixes with the same operations: with a tenant (as today's service URLs are) and without.
        for prefix in ("/connector/{tenant}", "/connector"):
            for method, path, operation, doing in ROUTES:
                app.router.add_route(method, prefix + path, self._handler(operation, doing))

    def _handler(self, operation: str, doing: Doing) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self.handle(request, operation, doing)

        return handle

    # --- one call ---

    async def handle(self, request: web.Request, operation: str, doing: Doing) -> web.StreamResponse:
        text = await request.text()
        body: object = None
        headers: dict[str, str] = {}
        kind = ""
        try:
            body = read_body(text, request)
            kind, status, answer = await self._answer(request, operation, doing, body)
        except Refusal as refused:
            status, answer = refused.status, refused.wire()
            if refused.retry_after is not None:
                headers["Retry-After"] = str(refused.retry_after)
        self.core.log.append(Call(operation, request.method, request.path_qs, body, status, answer))
        self.tenant.changed("call")
        if kind in {"cut", "hang_after"}:
            if kind == "hang_after":
                await self._hang()
            if request.transport is not None:
                request.transport.abort()
        return web.json_response(answer, status=status, headers=headers)

    async def _answer(self, request: web.Request, operation: str, doing: Doing, body: object) -> tuple[str, int, Json]:
        core = self.core
        if delay := core.faults.slow.get(operation, core.faults.slow.get("*", 0)):
            await self._hang(delay)
        if core.signed and not core.doors.lets_in(request.headers.get("Authorization", ""), self.tenant.stamp()):
            return "", 401, {"message": "Authorization has been denied for this request."}
        parts = dict(request.match_info)
        fault = core.faults.take(operation)
        kind = fault.kind if fault else ""
        if kind == "hang":
            await self._hang()
            raise Refusal("GatewayTimeout")
        if kind == "401":
            return "", 401, {"message": "Authorization has been denied for this request."}
        if kind == "403":
            raise Refusal("BotDisabledByAdmin")
        if fault is not None and kind.isdigit():
            raise Refusal(CODE_OF[int(kind)], retry_after=fault.retry_after)
        if parts.pop("tenant", TENANT) != TENANT:
            raise Refusal("BotNotRegistered")
        if wait := core.faults.wait_for(operation, parts.get("conversation") or begun_in(body)):
            raise Refusal("Throttled", retry_after=max(1, math.ceil(wait)))
        status, answer = doing(self, Asked(parts, dict(request.query), body))
        if kind == "504_after":
            return kind, 504, Refusal("GatewayTimeout").wire()
        return kind, status, answer

    async def _hang(self, seconds: float = 3600) -> None:
        """Says nothing for a while; the end of the stand-in ends it too."""
        try:
            async with asyncio.timeout(seconds):
                await self.core.closing.wait()
        except TimeoutError:
            return

    # --- where ---

    def _place(self, conversation: str) -> tuple[Place, str | None]:
        """A channel with the thread's root, or a chat; the bot must be in it."""
        base, _, suffix = conversation.partition(";messageid=")
        place = self.tenant.place(base)
        if place is None or (isinstance(place, Chat) and suffix):
            raise Refusal("ConversationNotFound")
        if not self.tenant.bot_is_in(place):
            raise Refusal("BotNotInConversationRoster")
        if isinstance(place, Chat) and place.blocked:
            raise Refusal("ConversationBlockedByUser")
        if suffix and self.tenant.message(place.id, suffix) is None:
            raise Refusal("ConversationNotFound", "There is no such thread.")
        return place, suffix or None

    def _own(self, asked: Asked) -> tuple[Place, Message]:
        """A message of the bot's that still stands."""
        place, root = self._place(asked.parts["conversation"])
        message = self.tenant.message(place.id, asked.parts["activity"])
        if message is None or message.deleted or (root and message.root != root) or self.core.lapsed(message):
            raise Refusal("ActivityNotFoundInConversation")
        if asked.targeted != (message.only is not None):
            raise Refusal("ActivityNotFoundInConversation")
        if message.author != BOT_ID:
            raise Refusal("Bad argument", "Only one's own messages can be changed.")
        return place, message

    # --- messages ---

    def send(self, asked: Asked) -> tuple[int, Json]:
        place, root = self._place(asked.parts["conversation"])
        if (reply_to := asked.parts.get("activity")) is not None:
            answered = self.tenant.message(place.id, reply_to)
            if answered is None:
                raise Refusal("ActivityNotFoundInConversation")
            root = root or (answered.root if isinstance(place, Channel) else None)
        activity = check_activity(self.tenant, place, asked.body, limit=self.core.message_limit)
        if activity["type"] == "typing":
            return 201, {"id": self.tenant.new_id()}
        only = self._recipient(place, activity) if asked.targeted else None
        return 201, {"id": self.core.post(place, BOT_ID, activity, root=root, only=only).id}

    def _recipient(self, place: Place, activity: Json) -> str:
        """Who alone shall see it. Not in chats of two: learn.microsoft.com, targeted messages, 2026-11."""
        if self.core.faults.no_targeted or isinstance(place, Chat):
            raise Refusal("Bad argument", "Targeted messages are not supported in this conversation.")
        recipient = activity.get("recipient")
        person = self.tenant.person(str(recipient.get("id"))) if isinstance(recipient, dict) else None
        if person is None:
            raise Refusal("Bad argument", "Recipient is missing.")
        if person.id not in self.tenant.roster(place):
            raise Refusal("Bad argument", "Recipient is not a member of the conversation.")
        return person.id

    def update(self, asked: Asked) -> tuple[int, Json]:
        place, message = self._own(asked)
        activity = check_activity(self.tenant, place, asked.body, limit=self.core.message_limit, updates=True)
        if asked.targeted and activity.get("recipient"):
            raise Refusal("Bad argument", "Recipient is not allowed here.")
        fill(message, activity)
        message.edited = True
        self.tenant.changed("whisper" if message.only else "message", place=place.id, id=message.id, user=message.only)
        return 200, {"id": message.id}

    def delete(self, asked: Asked) -> tuple[int, Json]:
        place, message = self._own(asked)
        message.deleted = True
        self.tenant.changed("whisper" if message.only else "message", place=place.id, id=message.id, user=message.only)
        return 200, {}

    # --- conversations ---

    def create(self, asked: Asked) -> tuple[int, Json]:
        """A new thread in a channel (with its first message), or the chat with one person."""
        body = asked.body
        if not isinstance(body, dict):
            raise Refusal("BadSyntax", "The conversation's parameters are no object.")
        if body.get("tenantId", TENANT) != TENANT:
            raise Refusal("Bad argument", "Another tenant.")
        data = body.get("channelData")
        channel = (data.get("channel") or {}).get("id") if isinstance(data, dict) else None
        if channel is not None:
            return self._thread(str(channel), body)
        members = body.get("members")
        if not isinstance(members, list) or len(members) != 1 or body.get("isGroup"):
            raise Refusal("Bad argument", "A bot begins chats with one person.")
        tenant = (data.get("tenant") or {}).get("id") if isinstance(data, dict) else None
        if (body.get("tenantId") or tenant) != TENANT:
            raise Refusal("Bad argument", "A chat needs the tenant.")
        person = self.tenant.person(str(members[0].get("id"))) if isinstance(members[0], dict) else None
        if person is None or person.gone or person.bot or person.tenant != TENANT:
            raise Refusal("Bad argument", "Nobody of this tenant.")
        chat = self.tenant.chat_with(person.id)
        answer = {"id": chat.id}
        if body.get("activity") is not None:
            activity = check_activity(self.tenant, chat, body["activity"], limit=self.core.message_limit)
            answer["activityId"] = self.core.post(chat, BOT_ID, activity).id
        return 201, answer

    def _thread(self, channel: str, body: Json) -> tuple[int, Json]:
        place, root = self._place(channel)
        if root is not None or not isinstance(place, Channel):
            raise Refusal("Bad argument", "channelData.channel.id is no channel.")
        if body.get("activity") is None or not body.get("isGroup"):
            raise Refusal("Bad argument", "A thread begins with an activity, and isGroup.")
        activity = check_activity(self.tenant, place, body["activity"], limit=self.core.message_limit)
        message = self.core.post(place, BOT_ID, activity)
        return 201, {"id": message.conversation, "activityId": message.id}

    # --- people ---

    def members(self, asked: Asked) -> tuple[int, Json]:
        place, _ = self._place(asked.parts["conversation"])
        everyone = self.tenant.roster(place)
        try:
            size = int(asked.query.get("pageSize", PAGE_MAX))
            start = int(asked.query.get("continuationToken") or 0)
        except ValueError:
            raise Refusal("Bad argument", "pageSize and continuationToken are what the last page said.") from None
        size = min(max(size, PAGE_MIN), PAGE_MAX)
        page = everyone[start : start + size]
        answer: Json = {"members": [self.tenant.people[one].member() for one in page]}
        if start + size < len(everyone):
            answer["continuationToken"] = str(start + size)
        return 200, answer

    def member(self, asked: Asked) -> tuple[int, Json]:
        place, _ = self._place(asked.parts["conversation"])
        person = self.tenant.person(asked.parts["member"])
        if person is None or person.id not in self.tenant.roster(place):
            raise Refusal("MemberNotFoundInConversation")
        return 200, person.member()

    # --- teams ---

    def team(self, asked: Asked) -> tuple[int, Json]:
        team = self.tenant.teams.get(asked.parts["team"])
        if team is None:
            raise Refusal("ConversationNotFound")
        if not team.installed:
            raise Refusal("BotNotInConversationRoster")
        return 200, team.wire(sum(c.team == team.id for c in self.tenant.channels.values()))

    def team_channels(self, asked: Asked) -> tuple[int, Json]:
        """Private and shared channels are listed only where the app was added to them."""
        self.team(asked)
        mine = [c for c in self.tenant.channels.values() if c.team == asked.parts["team"]]
        shown = [c for c in mine if c.kind is Kind.STANDARD or c.installed]
        return 200, {"conversations": [c.wire() for c in shown]}


_CONVERSATION = "/v3/conversations/{conversation}"
ROUTES: tuple[tuple[str, str, str, Doing], ...] = (
    ("POST", "/v3/conversations", "create", Connector.create),
    ("POST", f"{_CONVERSATION}/activities", "send", Connector.send),
    ("POST", f"{_CONVERSATION}/activities/{{activity}}", "send", Connector.send),
    ("PUT", f"{_CONVERSATION}/activities/{{activity}}", "update", Connector.update),
    ("DELETE", f"{_CONVERSATION}/activities/{{activity}}", "delete", Connector.delete),
    ("GET", f"{_CONVERSATION}/pagedmembers", "members", Connector.members),
    ("GET", f"{_CONVERSATION}/members/{{member}}", "member", Connector.member),
    ("GET", "/v3/teams/{team}", "team", Connector.team),
    ("GET", "/v3/teams/{team}/conversations", "channels", Connector.team_channels),
)


def begun_in(body: object) -> str:
    """Where a new conversation is begun: in which channel, or with whom."""
    if not isinstance(body, dict):
        return ""
    data, members = body.get("channelData"), body.get("members")
    channel = data.get("channel") if isinstance(data, dict) else None
    return str(channel.get("id") if isinstance(channel, dict) else members)


def read_body(text: str, request: web.Request) -> object:
    if not text:
        return None
    if request.content_type != "application/json":
        raise Refusal("BadSyntax", "Send application/json.")
    try:
        return cast(object, json.loads(text))
    except ValueError:
        raise Refusal("BadSyntax", "No JSON.") from None
