"""A Facebook Page in memory, where tests and people act as customers and as colleagues."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from sandbox.facebook.api import Api, where
from sandbox.facebook.world import Comment, Post, Review, World
from sandbox.graph.door import application
from sandbox.graph.faults import Active, Fault, Where
from sandbox.graph.inbox import Chat, Message, Person
from sandbox.graph.server import GraphServer, PublishCall, utc_now
from sandbox.graph.signin import SignIn
from sandbox.serving import serving
from sandbox.square.changes import Changes, Watched


class PageStandIn(Watched):
    """One Page with a post of its own, and customers made when first named.

    `base_url` is where `app()` is served; `callback`, where webhooks go. Without one they are kept in `webhooks`.
    """

    def __init__(
        self, *, name: str = "Acme", clock: Callable[[], datetime] = utc_now, most_calls: int = 100_000
    ) -> None:
        self.server = GraphServer(clock=clock, most_calls=most_calls)
        self.world = World(self.server, name=name)
        self.sign_in = SignIn(self.server, {self.world.page.id: self.world.page.name})
        self.first = self.world.post(self.world.page, "Our new bikes are here!")
        self.server.webhooks.clear()

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator["PageStandIn"]:
        """A Page on a port of its own on 127.0.0.1. `settings` are those of the constructor."""
        page = cls(**settings)  # type: ignore[arg-type]
        async with serving(page.app(), port) as page.server.base:
            yield page

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

    async def post(
        self,
        author: str,
        words: str,
        *,
        under: Post | Comment | Review | None = None,
        pictures: Sequence[str] = (),
        shy: bool = False,
    ) -> Comment:
        """A customer comments: under the Page's newest post, or under `under`."""
        world = self.world
        what = under or self.first
        person = world.person(author)
        if isinstance(what, Comment):
            return world.comment(person, what.under, words, parent=what, pictures=pictures, shy=shy)
        return world.comment(person, what, words, pictures=pictures, shy=shy)

    def visit(self, author: str, words: str, *, pictures: Sequence[str] = (), shy: bool = False) -> Post:
        """A customer writes a post on the Page."""
        return self.world.post(self.world.person(author), words, pictures=pictures, shy=shy)

    def mention(self, author: str, words: str) -> Post:
        """A customer writes a post elsewhere that names the Page."""
        return self.world.post(self.world.person(author), words, elsewhere=True)

    def review(self, author: str, words: str, *, positive: bool = True) -> Review:
        return self.world.review(self.world.person(author), words, positive=positive)

    def write(self, author: str, words: str, *, pictures: Sequence[str] = ()) -> Message:
        """A customer writes to the Page in Messenger."""
        return self.world.write(self.world.person(author), words, pictures=pictures)

    async def edit(self, what: Comment | Post | Message, words: str) -> None:
        if isinstance(what, Comment):
            self.world.edit_comment(what, words)
        elif isinstance(what, Post):
            self.world.edit_post(what, words)
        else:
            self.world.edit_message(what, words)

    async def delete(self, what: Comment | Post | Message | Review) -> None:
        if isinstance(what, Comment):
            self.world.remove_comment(what)
        elif isinstance(what, Post):
            self.world.remove_post(what)
        elif isinstance(what, Message):
            self.world.unsend(what)
        else:
            self.world.reviews.pop(what.id)
            self.world.tell_review(what, "remove")

    def block(self, name: str) -> None:
        """They block the Page: it sees nothing of them any more."""
        self.world.blocked.add(self.world.person(name).id)
        self.changes.tell()

    # As colleagues

    async def answer_by_hand(self, what: Comment | Post | Review, words: str) -> Comment:
        """Somebody answers on Facebook itself, as the Page but past the bot."""
        if isinstance(what, Comment):
            return self.world.comment(self.account, what.under, words, parent=what)
        return self.world.comment(self.account, what, words)

    def hide(self, comment: Comment, hidden: bool = True) -> None:
        self.world.hide_comment(comment, hidden)

    # Reading

    def find(self, id: str) -> Comment | Post | Review | Message | Chat:
        return self.world.find(id)

    def replies_to(self, what: Comment | Post | Review) -> list[Comment]:
        """What stands under it, oldest first."""
        return self.world.comments_under(what, stream=False)

    def posted_by_us(self) -> list[Comment]:
        """Every comment of the Page that stands, oldest first."""
        return [one for one in self.world.comments.values() if one.author is self.account]

    def written_by_us(self) -> list[Message]:
        """Every message of the Page, oldest first."""
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
