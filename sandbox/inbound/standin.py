"""A company's own system: messages and replies in memory, a webhook that is strict, and an outbox that tells Twoway.

Tests and people act as its customers. Where the outbox is brought is `callback`; without one it only fills.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import aiohttp
from aiohttp import web

from sandbox.commanded import Commanded
from sandbox.inbound.faults import Active, Fault, Faults, Where
from sandbox.inbound.signing import headers, refusal
from sandbox.inbound.world import LONGEST, Event, Message, PublishCall, Refusal, State, utc_now
from sandbox.serving import drop, serving
from sandbox.square.changes import Changes

WEBHOOK = "/twoway"


class Office(Commanded[Fault, Where]):
    """One system with one webhook."""

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, pause: float = 0.05) -> None:
        super().__init__()
        self.secret = "whsec_" + secrets.token_urlsafe(32).replace("-", "A").replace("_", "B")[:40]
        self.clock = clock
        self.pause = pause  # before an event that was not taken is told again
        self.base_url = "http://127.0.0.1"
        self.callback: str | None = None
        self.faults = Faults()
        self.changes = Changes()
        self.publish_calls: list[PublishCall] = []
        self.pings = 0
        self._state = State()

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["Office"]:
        """On a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with serving(one.app(), port) as one.base_url:
            yield one

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20, middlewares=[self._door])
        app.router.add_post(WEBHOOK, self._called)
        app.router.add_get("/messages/{id}", self._page)
        app.on_startup.append(self._begin)
        app.on_shutdown.append(lambda _: self.close())
        return app

    @property
    def webhook(self) -> str:
        return self.base_url + WEBHOOK

    @property
    def messages(self) -> list[Message]:
        """All that stand, ours too, oldest first."""
        return [one for one in self._state.messages.values() if not one.gone]

    @property
    def outbox(self) -> list[Event]:
        return self._state.outbox

    def signed(self, event: Event) -> dict[str, str]:
        return headers(self.secret, event.id, self.clock().timestamp(), event.body)

    # As customers, and as colleagues who answer here by hand

    async def post(
        self,
        author: str,
        words: str,
        *,
        reply_to: Message | str | None = None,
        audience: str = "public",
        picture: str | None = None,
    ) -> Message:
        parent = self._find(reply_to) if reply_to is not None else None
        message = self._add(author, words, parent, audience=audience, picture=picture)
        self._tell("message.posted", self._shape(message))
        return message

    async def answer_by_hand(self, message: Message | str, words: str) -> Message:
        return await self.post("us", words, reply_to=message)

    async def edit(self, message: Message | str, words: str) -> Message:
        found = self._find(message)
        found.words, found.edited_at = words, self.clock()
        self._tell("message.edited", self._shape(found))
        return found

    async def delete(self, message: Message | str) -> None:
        found = self._find(message)
        found.gone = True
        self._tell("message.deleted", {"id": found.id})

    def tell(self, kind: str, data: Mapping[str, object], *, id: str | None = None) -> Event:
        """Any event, as it stands."""
        return self._tell(kind, data, id=id)

    # Reading

    def replies_to(self, message: Message | str) -> list[Message]:
        wanted = self._find(message).id
        return [one for one in self._state.messages.values() if one.parent == wanted and one.ours and not one.gone]

    def posted_by_us(self) -> list[Message]:
        return [one for one in self._state.messages.values() if one.ours and not one.gone]

    def streams(self) -> int:
        """Whether somebody listens: how often Twoway said that it is there."""
        return self.pings

    # The webhook

    async def _called(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        no = refusal(self.secret, request.headers, body, self.clock().timestamp())
        if no is not None:
            return _no(401, no)
        try:
            value = json.loads(body)
            kind, data = str(value["type"]), dict(value["data"])
            datetime.fromisoformat(value["timestamp"])
        except (ValueError, KeyError, TypeError):
            return _no(400, "not what was agreed on")
        where = {"reply.posted": Where.PUBLISH, "reply.corrected": Where.CHANGE, "reply.retracted": Where.CHANGE}
        call = None
        if kind == "reply.posted":
            call = PublishCall(self.clock(), request.headers["webhook-id"], str(data.get("text", "")))
            self.publish_calls.append(call)
        active = self.faults.strike(where.get(kind, Where.ASK))
        response = await self._struck(request, kind, data, active, call)
        if call is not None and not call.answered:
            call.answered = str(response.status)
        self.changes.tell()
        return response

    async def _struck(
        self, request: web.Request, kind: str, data: dict[str, object], active: Active | None, call: PublishCall | None
    ) -> web.StreamResponse:
        id = request.headers["webhook-id"]
        match None if active is None else active.fault:
            case None:
                return self._do(kind, data, id)
            case Fault.REFUSE:
                return _no(403, "nobody may answer here")
            case Fault.THROTTLE:
                assert active is not None
                return web.json_response({}, status=429, headers={"Retry-After": str(int(active.seconds))})
            case Fault.FAIL_BEFORE | Fault.FAIL_AFTER:
                assert active is not None
                if active.fault is Fault.FAIL_AFTER:
                    self._do(kind, data, id)
                return web.Response(status=active.status, text="<title>Unavailable</title>", content_type="text/html")
            case Fault.ACCEPT_LATE:
                assert active is not None
                self.later(self._do_later(active.seconds, kind, data, id))
            case _:
                self._do(kind, data, id)
        if call is not None:
            call.answered = "dropped"
        if active is not None and active.fault is Fault.ACCEPT_AND_HANG:
            if call is not None:
                call.answered = "hung"
            self.changes.tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(active.seconds):
                    await self.released.wait()
        return drop(request)

    async def _do_later(self, seconds: float, kind: str, data: dict[str, object], id: str) -> None:
        await asyncio.sleep(seconds)
        self._do(kind, data, id)
        self.changes.tell()

    def _do(self, kind: str, data: dict[str, object], id: str) -> web.Response:
        if self.faults.on(Fault.NONSENSE) and kind.endswith(".asked"):
            return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")
        doing = {
            "ping": self._ping,
            "reply.posted": lambda data: self._reply(data, id),
            "reply.corrected": self._correct,
            "reply.retracted": self._retract,
            "message.asked": self._message,
            "replies.asked": self._replies,
        }
        try:
            if kind not in doing:
                raise Refusal(400, "an unknown type")
            return web.json_response(doing[kind](data))
        except Refusal as no:
            return _no(no.status, no.error)

    def _ping(self, data: dict[str, object]) -> object:
        self.pings += 1
        return {}

    def _reply(self, data: dict[str, object], id: str) -> object:
        state, text, parent = self._state, data.get("text"), data.get("parent")
        if data.get("key") != id or not isinstance(text, str) or data.get("audience") is None:
            raise Refusal(422, "key, text and audience are needed")
        if id in state.keys and not self.faults.on(Fault.IGNORE_KEYS):
            return self._taken(state.messages[state.keys[id]])
        if len(text) > LONGEST:
            raise Refusal(413, "too long")
        above = state.messages.get(str(parent))
        if above is None or above.gone:
            raise Refusal(410, "that message is not there")
        reply = self._add("us", text, above, key=id, audience=above.audience)
        state.keys[id] = reply.id
        return self._taken(reply)

    def _taken(self, reply: Message) -> object:
        return {"id": reply.id, "url": self._address(reply), "at": reply.at.isoformat(), "text": reply.words}

    def _correct(self, data: dict[str, object]) -> object:
        reply = self._reply_of(data)
        reply.words, reply.edited_at = str(data["text"]), self.clock()
        return {}

    def _retract(self, data: dict[str, object]) -> object:
        self._reply_of(data).gone = True
        return {}

    def _reply_of(self, data: dict[str, object]) -> Message:
        found = self._state.messages.get(str(data.get("id")))
        if found is None or found.gone or not found.ours:
            raise Refusal(410, "that reply is not there")
        return found

    def _message(self, data: dict[str, object]) -> object:
        found = self._state.messages.get(str(data.get("id")))
        return {"found": False} if found is None or found.gone else {"found": True, "message": self._shape(found)}

    def _replies(self, data: dict[str, object]) -> object:
        under = [one for one in self._state.messages.values() if one.parent == data.get("message")]
        ours = [one for one in under if one.ours and not one.gone]
        return {"replies": [{**self._of(one), "text": one.words, "key": one.key} for one in ours]}

    def _of(self, one: Message) -> dict[str, object]:
        return {"id": one.id, "at": one.at.isoformat(), "url": self._address(one)}

    # Inside

    async def _page(self, request: web.Request) -> web.Response:
        found = self._state.messages.get(request.match_info["id"])
        if found is None or found.gone:
            raise web.HTTPNotFound
        return web.Response(text=found.words)

    def _address(self, message: Message) -> str:
        return f"{self.base_url}/messages/{message.id}"

    def _find(self, message: Message | str) -> Message:
        return message if isinstance(message, Message) else self._state.messages[message]

    def _add(
        self,
        author: str,
        words: str,
        parent: Message | None,
        *,
        audience: str,
        picture: str | None = None,
        key: str | None = None,
    ) -> Message:
        state = self._state
        at = self.clock()
        last = next(reversed(state.messages.values()), None)
        if last is not None and at <= last.at:
            at = last.at + timedelta(microseconds=1)
        id = f"m-{len(state.messages) + 1}"
        message = Message(id, author, words, at, audience=audience, picture=picture, key=key)
        if parent is not None:
            message.parent, message.thread = parent.id, parent.thread or parent.id
        state.messages[message.id] = message
        self.changes.tell()
        return message

    def _shape(self, message: Message) -> dict[str, object]:
        shape: dict[str, object] = {**self._of(message), "text": message.words, "audience": message.audience}
        if message.ours:
            shape["ours"] = True
        else:
            handle = message.author.lower()
            shape["author"] = {"id": f"p-{handle}", "name": message.author.capitalize(), "handle": handle}
        near = {"parent": message.parent, "thread": message.thread}
        shape |= {key: value for key, value in near.items() if value is not None}
        if message.edited_at is not None:
            shape["edited_at"] = message.edited_at.isoformat()
        if message.picture is not None:
            picture = f"{self.base_url}/pictures/{message.id}.png"
            shape["media"] = [{"kind": "image", "url": picture, "description": message.picture}]
        return shape

    def _tell(self, kind: str, data: Mapping[str, object], *, id: str | None = None) -> Event:
        said = {"type": kind, "timestamp": self.clock().isoformat(), "data": data}
        event = Event(id or f"evt_{secrets.token_hex(8)}", json.dumps(said).encode())
        self.outbox.append(event)
        self.changes.tell()
        return event

    async def _begin(self, app: web.Application) -> None:
        self.later(self._bring())

    async def _bring(self) -> None:
        """Each event until it is taken, one after the other."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while True:
                version = self.changes.version
                if self.callback is None or self._state.told >= len(self.outbox) or self.faults.on(Fault.CUT_OFF):
                    await self.changes.after(version)
                elif await self._taken_there(session, self.callback, self.outbox[self._state.told]):
                    self._state.told += 1
                else:
                    await asyncio.sleep(self.pause)

    async def _taken_there(self, session: aiohttp.ClientSession, callback: str, event: Event) -> bool:
        try:
            async with session.post(callback, data=event.body, headers=self.signed(event)) as response:
                # What is refused for good would stand in the way of all that follows.
                return response.status < 300 or response.status in (400, 409)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


def _no(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
