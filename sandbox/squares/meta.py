"""Meta's squares: a Facebook Page, an Instagram account and Threads, whose stand-ins call the bot by webhooks."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from sandbox import facebook, instagram, threads
from sandbox.graph.errors import Rejected
from sandbox.graph.server import GraphServer
from sandbox.squares.contract import Length, No, Rules, Said, Served, Shown, StandIn, in_one_sentence, username

_PEOPLE = (("Kim", "Kim"), ("Lea", "Lea"), ("Jonas", "Jonas"))
_FIRST_WORDS = "Our new bikes are here!"  # what stands on the Page and under the picture, for people to comment on


class _Called(StandIn, Protocol):
    @property
    def server(self) -> GraphServer: ...

    def call_back(self, address: str | None) -> None: ...


class _Meta(Served):
    """What Meta's have in common: one server's address, token and secrets, and one address that is called."""

    @property
    @abstractmethod
    def stand_in(self) -> _Called: ...

    def mounted(self, address: str) -> None:
        self.stand_in.server.base = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {"server": self.stand_in.server.base}

    def secrets(self) -> Mapping[str, str]:
        server = self.stand_in.server
        return {"TOKEN": server.token, "APP_SECRET": server.app_secret, "VERIFY_TOKEN": server.verify_token}

    async def listened(self, hooks: str) -> None:
        self.stand_in.call_back(hooks)


class Facebook(_Meta):
    """Comments under the Page's post. What the bot says in private is shown with whom it is for."""

    name = "facebook"
    title = "Facebook"
    rules = Rules(
        us="Acme",
        brief=f"comments on the Page's post “{_FIRST_WORDS}”",
        counted="8,000 characters, or so others have seen: Meta does not say. Links count in full.",
        edits="Whenever the author likes. The Page is told.",
        seen="Everybody who sees the Page. The Page may answer one comment once in private.",
        heard="Every comment under the Page's posts, whether it names anybody or not.",
        may_edit=True,
        people=_PEOPLE,
    )

    def __init__(self, stand_in: facebook.PageStandIn) -> None:
        self._page = stand_in

    @property
    def stand_in(self) -> facebook.PageStandIn:
        return self._page

    def _find(self, id: str) -> facebook.Comment:
        return self._page.world.comments[id]

    async def post(self, said: Said) -> str:
        with in_one_sentence(Rejected):
            under = self._find(said.answers) if said.answers else None
            name = said.name or username(said.author)
            return (await self._page.post(name, said.words, under=under, pictures=said.pictures)).id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence(Rejected):
            await self._page.edit(self._find(id), words)

    async def delete(self, id: str) -> None:
        with in_one_sentence(Rejected):
            await self._page.delete(self._find(id))

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence(Rejected):
            await self._page.answer_by_hand(self._find(id), words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), 8000)

    def posts(self) -> list[Shown]:
        found = []
        for one in self._page.world.comments.values():
            answers = one.parent.id if one.parent is not None else None
            pictures = tuple((f"{self._page.base_url}/img/{one.id}/{at}", alt) for at, alt in enumerate(one.pictures))
            ours = one.author is self._page.account
            name = one.author.name
            found.append(Shown(one.id, ours, name, name, one.words, one.at, answers, pictures=pictures))
            for message in one.chat.messages if one.chat is not None else ():
                mine = message.author is self._page.account
                audience = f"only {name} sees it" if mine else "only we see it"
                who = message.author.name
                found.append(Shown(message.id, mine, who, who, message.words, message.at, one.id, audience=audience))
        return sorted(found, key=lambda one: one.at)


class Instagram(_Meta):
    """Comments under the account's picture."""

    name = "instagram"
    title = "Instagram"
    rules = Rules(
        us="Acme",
        brief=f"300 characters · no edits · comments on “{_FIRST_WORDS}”",
        counted="300 characters, or so others have seen: Meta does not say.",
        edits="Nobody edits a comment: people delete it and write another. Nobody is told of a deletion.",
        seen="Everybody who sees the picture. The account may answer one comment once in private.",
        heard="Every comment under the account's pictures.",
        may_edit=False,
        people=(("@kim", "kim"), ("@lea", "lea"), ("@jonas", "jonas")),
        pictures=False,
    )

    def __init__(self, stand_in: instagram.GramStandIn) -> None:
        self._gram = stand_in

    @property
    def stand_in(self) -> instagram.GramStandIn:
        return self._gram

    def _find(self, id: str) -> instagram.Comment:
        return self._gram.world.comments[id]

    async def post(self, said: Said) -> str:
        with in_one_sentence(Rejected):
            under = self._find(said.answers) if said.answers else None
            return (await self._gram.post(username(said.author), said.words, under=under)).id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        raise No("Instagram lets nobody edit a comment.")

    async def delete(self, id: str) -> None:
        with in_one_sentence(Rejected):
            await self._gram.delete(self._find(id))

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence(Rejected):
            await self._gram.answer_by_hand(self._find(id), words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), instagram.world.LONGEST)

    def posts(self) -> list[Shown]:
        return [
            Shown(
                one.id,
                one.author is self._gram.account,
                f"@{one.author.name}",
                one.author.name,
                one.words,
                one.at,
                one.parent.id if one.parent is not None else None,
            )
            for one in self._gram.world.comments.values()
        ]


class Threads(_Meta):
    """Posts and answers, heard by webhooks."""

    name = "threads"
    title = "Threads"
    rules = Rules(
        us="@acme",
        brief="500 characters, emoji by bytes · edits leave no mark",
        counted="500 characters; an emoji counts its bytes, 4 and more.",
        edits="For 15 minutes. Nobody is told.",
        seen="Everybody, unless the account is private: then its followers alone, and we hear nothing.",
        heard="Posts that name @acme, and answers to its posts.",
        may_edit=True,
        people=(("@kim", "Kim"), ("@lea", "Lea"), ("@jonas", "Jonas")),
        opening="@acme ",
    )
    _editable = timedelta(minutes=15)

    def __init__(self, stand_in: threads.ThreadsStandIn) -> None:
        self._threads = stand_in

    @property
    def stand_in(self) -> threads.ThreadsStandIn:
        return self._threads

    def settings(self) -> Mapping[str, str | bool | int]:
        return {**super().settings(), "ready_every": "200ms"}

    def _find(self, id: str) -> threads.Post:
        post = self._threads.world.posts[id]
        if post.gone:
            raise No("There is no such post.")
        return post

    async def post(self, said: Said) -> str:
        author = username(said.author)
        with in_one_sentence(Rejected):
            self._threads.person(author, name=said.name, followers=said.followers)
            parent = self._find(said.answers) if said.answers else None
            return (await self._threads.post(author, said.words, reply_to=parent, pictures=said.pictures)).id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence(Rejected):
            post = self._find(id)
            if self._threads.server.clock() - post.at > self._editable:
                raise No("Threads lets nobody edit that any more.")
            await self._threads.edit(post, words)

    async def delete(self, id: str) -> None:
        with in_one_sentence(Rejected):
            await self._threads.delete(self._find(id))

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence(Rejected):
            await self._threads.answer_by_hand(self._find(id), words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(threads.world.length(words), threads.world.LONGEST)

    def posts(self) -> list[Shown]:
        return [
            Shown(
                one.id,
                one.author is self._threads.account,
                f"@{one.author.username}",
                one.author.name,
                one.words,
                one.at,
                one.parent.id if one.parent is not None else None,
                pictures=tuple(
                    (f"{self._threads.base_url}/img/{one.id}/{at}", alt) for at, alt in enumerate(one.pictures)
                ),
            )
            for one in self._threads.posts()
        ]
