"""An Instagram account in memory, where tests and people act as customers and as colleagues."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from sandbox.graph.door import application
from sandbox.graph.faults import Active, Fault, Where
from sandbox.graph.inbox import Message, Person
from sandbox.graph.server import GraphServer, PublishCall, utc_now
from sandbox.graph.signin import SignIn
from sandbox.instagram.api import Api, where
from sandbox.instagram.world import Comment, Media, World
from sandbox.serving import serving
from sandbox.square.changes import Changes, Watched


class GramStandIn(Watched):
    """One professional account with a picture of its own, and customers made when first named.

    `base_url` is where `app()` is served; `call_back` says where webhooks go. Without one they are kept in `webhooks`.
    """

    def __init__(
        self, *, name: str = "acme", clock: Callable[[], datetime] = utc_now, most_calls: int = 100_000
    ) -> None:
        self.server = GraphServer(clock=clock, most_calls=most_calls)
        self.world = World(self.server, name=name)
        self.sign_in = SignIn(self.server, {self.world.page_id: self.world.page.name})
        self.first = self.world.post(self.world.page, "Our new bikes are here!")

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["GramStandIn"]:
        """An account on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        gram = cls(**settings)  # type: ignore[arg-type]
        async with serving(gram.app(), port) as gram.server.base:
            yield gram

    def app(self) -> web.Application:
        return application(self.server, Api(self.world), where, beside=self.sign_in.routes())

    @property
    def base_url(self) -> str:
        return self.server.base

    @property
    def token(self) -> str:
        return self.server.token

    @property
    def account(self) -> Person:
        return self.world.page

    @property
    def changes(self) -> Changes:
        return self.server.changes

    @property
    def publish_calls(self) -> list[PublishCall]:
        """Every call that would say something, with its body and outcome."""
        return self.server.publish_calls

    @property
    def webhooks(self) -> list[bytes]:
        """Every call that Meta made, or would have made: its body."""
        return self.server.webhooks

    def call_back(self, address: str | None) -> None:
        """Where webhooks go from now on."""
        self.server.callback = address

    # As customers

    async def post(self, author: str, words: str, *, under: Media | Comment | None = None) -> Comment:
        """A customer comments: under the account's picture, or under `under`."""
        what = under or self.first
        person = self.world.person(author)
        if isinstance(what, Comment):
            return self.world.comment(person, what.media, words, parent=what)
        return self.world.comment(person, what, words)

    def mention(self, author: str, words: str) -> Media:
        """A customer posts a picture; name our account in its words (`… @acme`), or it hears nothing."""
        return self.world.post(self.world.person(author), words)

    def write(self, author: str, words: str) -> Message:
        """A customer writes a direct message."""
        return self.world.write(self.world.person(author), words)

    async def delete(self, what: Comment | Media | Message) -> None:
        if isinstance(what, Comment):
            self.world.remove(what)
        elif isinstance(what, Media):
            self.world.media.pop(what.id)
        else:
            self.world.unsend(what)
        self.changes.tell()

    def block(self, name: str) -> None:
        """They block the account: it sees nothing of them any more."""
        self.world.blocked.add(self.world.person(name).id)
        self.changes.tell()

    # As colleagues

    async def answer_by_hand(self, what: Comment, words: str) -> Comment:
        """Somebody answers on Instagram itself, as the account but past the bot."""
        return self.world.comment(self.account, what.media, words, parent=what)

    def hide(self, comment: Comment, hidden: bool = True) -> None:
        comment.hidden = hidden
        self.changes.tell()

    # Reading

    def replies_to(self, what: Comment) -> list[Comment]:
        return self.world.under(what)

    def posted_by_us(self) -> list[Comment]:
        """Every comment of the account that stands, oldest first."""
        return [one for one in self.world.comments.values() if one.author is self.account]

    def written_by_us(self) -> list[Message]:
        """Every message of the account, oldest first."""
        return [one for one in self.world.messages.values() if one.author is self.account]

    def streams(self) -> int:
        return 0  # there are none: Meta calls

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
        """Misbehave, as the table of faults says."""
        active = self.server.faults.set(
            Fault(fault), times=times, seconds=seconds, status=status, where=Where(where), error=error
        )
        self.changes.tell()
        return active

    def clear_faults(self, fault: Fault | str | None = None) -> None:
        """Behave again; calls that hang are let go without an answer."""
        self.server.faults.clear(Fault(fault) if fault is not None else None)
        self.server.release()
        self.changes.tell()
