"""The square: a strict stand-in of a Mastodon-compatible server, where tests and people act as customers."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from sandbox.guard import Handler
from sandbox.serving import drop, serving
from sandbox.square.api import Api
from sandbox.square.calls import PublishCall
from sandbox.square.changes import Changes, Watched
from sandbox.square.control import Control
from sandbox.square.faults import Active, Fault, Where
from sandbox.square.gate import enter_by
from sandbox.square.inbox import Inbox
from sandbox.square.pages import Pages
from sandbox.square.people import Person
from sandbox.square.server import Server
from sandbox.square.streaming import Streaming
from sandbox.square.world import Notification, Rejected, Status, Visibility, utc_now


class SquareStandIn(Watched):
    """A Mastodon-compatible server in memory, with one account of ours and customers made when first named.

    `base_url` is where `app()` is mounted; set it before anybody posts. Deletions and edits by customers are
    pushed to streams, since our account follows everybody; `Fault.NO_EDIT_EVENTS` is life without that.
    """

    def __init__(
        self,
        *,
        account: str = "acme",
        token: str | None = None,
        scopes: Sequence[str] = ("read", "write"),
        base_url: str = "http://127.0.0.1",
        clock: Callable[[], datetime] = utc_now,
        max_characters: int = 500,
        rate_limit: int = 300,
        version: str = "4.4.8",
        heartbeat: float = 15.0,
    ) -> None:
        self.server = Server(
            account=account,
            token=token or secrets.token_urlsafe(32),
            scopes=frozenset(scopes),
            clock=clock,
            max_characters=max_characters,
            rate_limit=rate_limit,
            version=version,
        )
        self._heartbeat = heartbeat
        self.closing = asyncio.Event()
        self.base_url = base_url

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["SquareStandIn"]:
        """A square on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        square = cls(**settings)  # type: ignore[arg-type]
        async with serving(square.app(), port) as square.base_url:
            yield square

    def app(self) -> web.Application:
        """The server, to be mounted at the path of `base_url`."""
        app = web.Application(client_max_size=20 * 1024 * 1024, middlewares=[self._cut_off])
        api, inbox = Api(self.server), Inbox(self.server)
        app.add_routes(Control(self).routes())
        app.add_routes(Streaming(self.server, heartbeat=self._heartbeat).routes())
        for endpoint in (*inbox.endpoints(), *api.endpoints()):
            app.router.add_route(endpoint.method, endpoint.path, enter_by(self.server, endpoint))
        app.add_routes(Pages(self.server).routes())
        app.router.add_route("*", "/api/{rest:.*}", self._unknown)
        app.on_shutdown.append(lambda _: self.close())
        return app

    @web.middleware
    async def _cut_off(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Nothing gets through a line that is cut; the control interface is beside it."""
        if self.server.faults.on(Fault.CUT_OFF) and not _is_control(request):
            return drop(request)
        return await handler(request)

    async def _unknown(self, request: web.Request) -> web.Response:
        return web.json_response({"error": "Not Found"}, status=404)

    async def close(self) -> None:
        """End streams and calls that hang, so that the server can stop at once."""
        self.closing.set()
        self.changes.tell()
        await self.server.close()

    @property
    def base_url(self) -> str:
        return self.server.base

    @base_url.setter
    def base_url(self, address: str) -> None:
        self.server.set_base(address)

    @property
    def token(self) -> str:
        return self.server.token

    @property
    def account(self) -> Person:
        """The company's own account."""
        return self.server.world.us

    @property
    def changes(self) -> Changes:
        return self.server.world.changes

    # As customers

    def person(
        self,
        handle: str,
        *,
        display_name: str | None = None,
        followers: int | None = None,
        followed: bool | None = None,
        limited: bool | None = None,
    ) -> Person:
        """The customer with this handle (`@lea`, `@kim@elsewhere.example`), made if new."""
        world = self.server.world
        person = world.people.make(handle, now=world.clock(), display_name=display_name, followers=followers)
        person.followed = person.followed if followed is None else followed
        person.limited = person.limited if limited is None else limited
        return person

    async def post(
        self,
        author: str,
        words: str,
        *,
        reply_to: Status | str | None = None,
        visibility: Visibility | str = Visibility.PUBLIC,
        cw: str | None = None,
        media: Sequence[str] = (),
        language: str | None = None,
        display_name: str | None = None,
        followers: int | None = None,
    ) -> Status:
        """A customer posts exactly these words; name our account in them (`@acme …`), or it hears nothing.

        `media` are descriptions of pictures, which are drawn. Rejected: what the server would refuse.
        """
        world = self.server.world
        person = self.person(author, display_name=display_name, followers=followers)
        if person is world.us:
            raise ValueError("our own account posts by the API only")
        return world.post(
            person,
            words,
            parent=self._find(reply_to) if reply_to is not None else None,
            visibility=Visibility(visibility),
            warning=cw or "",
            media=[world.add_media(None, description=description) for description in media],
            language=language,
        )

    async def edit(self, status: Status | str, words: str, *, cw: str | None = None) -> Status:
        """The customer changes the words."""
        found = self._find(status)
        return self.server.world.edit(found, words, warning=cw)

    async def answer_by_hand(self, status: Status | str, words: str) -> Status:
        """A colleague answers on the platform itself, as our account but past the bot."""
        found = self._find(status)
        return self.server.world.post(self.account, words, parent=found, visibility=found.visibility)

    async def delete(self, status: Status | str) -> None:
        """The author deletes the post."""
        self.server.world.remove(self._find(status))

    def notify(self, type: str, handle: str, status: Status | None = None) -> Notification | None:
        """Another kind of notification (`favourite`, `follow`), to see that it is passed over."""
        return self.server.world.notify(type, self.person(handle), status)

    # Reading

    def statuses(self) -> list[Status]:
        """Every status that stands, oldest first."""
        return self.server.world.statuses()

    def replies_to(self, status: Status | str) -> list[Status]:
        """Replies that stand, oldest first, also when what they answer is gone."""
        return self.server.world.replies(status if isinstance(status, str) else status.id)

    def posted_by_us(self) -> list[Status]:
        return [status for status in self.statuses() if status.author is self.account]

    @property
    def publish_calls(self) -> list[PublishCall]:
        """Every POST of a status that got in, with its key, body, time and outcome."""
        return self.server.publish_calls

    # Misbehaving

    def fault(
        self,
        fault: Fault | str,
        *,
        times: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
        where: Where | str = Where.PUBLISH,
        error: str | None = None,
    ) -> Active:
        """Misbehave, as the table of faults says. Streams that are open are cut by what cuts streams."""
        active = self.server.faults.set(
            Fault(fault), times=times, seconds=seconds, status=status, where=Where(where), error=error
        )
        if active.fault in (Fault.CUT_OFF, Fault.STREAM_DROP, Fault.NO_STREAM):
            self.server.hub.cut_all()
        self.changes.tell()
        return active

    def clear_faults(self, fault: Fault | str | None = None) -> None:
        """Behave again; calls that hang are let go without an answer."""
        self.server.faults.clear(Fault(fault) if fault is not None else None)
        self.server.release()
        self.changes.tell()

    def drop_streams(self) -> None:
        """Cut the streams that are open, once."""
        self.server.hub.cut_all()

    def streams(self) -> int:
        """How many streams are open."""
        return len(self.server.hub)

    def policy(self, **verdicts: str) -> None:
        """Set the NotificationPolicy: `for_not_following="filter"`, and so on."""
        self.server.world.policy.update(verdicts)

    def state(self, *, last: int = 200) -> dict[str, object]:
        """Everything for a page: the last statuses, oldest first, people, faults, the log of publishing."""
        server = self.server
        return {
            "version": self.changes.version,
            "server": server.base,
            "account": server.shapes.account(self.account),
            "max_characters": server.world.max_characters,
            "statuses": [
                {
                    **server.shapes.status(status),
                    "ours": status.author is self.account,
                    "text": status.now.text,
                    "versions": len(status.versions),
                    "answers": status.parent_id,
                }
                for status in (self.statuses()[-last:] if last else [])
            ],
            "people": [server.shapes.account(person) for person in server.world.people],
            "faults": server.faults.as_json(),
            "cut": server.faults.on(Fault.CUT_OFF),
            "streams": self.streams(),
            "policy": dict(server.world.policy),
            "publish_calls": [call.as_json() for call in self.publish_calls[-50:]],
        }

    def _find(self, status: Status | str) -> Status:
        id = status if isinstance(status, str) else status.id
        found = self.server.world.any_status(id)
        if found is None or found.removed:
            raise Rejected(404, "Record not found")
        return found


def _is_control(request: web.Request) -> bool:
    route = request.match_info.route.resource
    return route is not None and "/control/" in route.canonical
