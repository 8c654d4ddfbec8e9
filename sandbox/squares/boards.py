"""Squares where customers wish for things: `sandbox.boards` and its boards as the page uses squares."""

from collections.abc import Mapping
from dataclasses import replace

from sandbox.boards import Fault, Item
from sandbox.boards.standin import BoardStandIn
from sandbox.canny import CannyStandIn
from sandbox.github.standin import REPOSITORY
from sandbox.squares.contract import Length, Rules, Said, Shown, Square, in_one_sentence, username
from sandbox.uservoice import UserVoiceStandIn

_RULES = Rules(
    us="Acme",
    brief="",
    counted="",
    edits="Whenever the author likes.",
    seen="Everybody.",
    heard="Everything that is written there, whether it names anybody or not.",
    may_edit=True,
    people=(("kim", "Kim"), ("lea", "Lea"), ("jonas", "Jonas")),
    pictures=False,
)


class Board(Square):
    """What begins a topic is a wish; the bot asks every other second here, so that a card stands soon."""

    most: int

    def __init__(self, stand_in: BoardStandIn) -> None:
        self._board = stand_in

    @property
    def stand_in(self) -> BoardStandIn:
        return self._board

    @property
    def is_cut(self) -> bool:
        return self._board.faults.on(Fault.CUT_OFF)

    def mounted(self, address: str) -> None:
        self._board.world.base = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {"server": self._board.base_url, "poll": "2s", **self.named()}

    def named(self) -> Mapping[str, str]:
        """What else its settings name."""
        return {}

    def secrets(self) -> Mapping[str, str]:
        return {"TOKEN": self._board.token}

    async def post(self, said: Said) -> str:
        with in_one_sentence():
            above = None if said.answers is None else self._standing(said.answers)
            return str((await self._board.post(username(said.author).lower(), said.words, reply_to=above)).id)

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence():
            await self._board.edit(self._standing(id), words)

    async def delete(self, id: str) -> None:
        with in_one_sentence():
            await self._board.delete(self._standing(id))

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            await self._board.answer_by_hand(self._standing(id), words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), self.most)

    def posts(self) -> list[Shown]:
        return [self._shown(one) for one in self._board.world.items.values() if not one.gone]

    def _standing(self, id: str) -> Item:
        item = self._board.world.items[int(id)] if id.isdecimal() else None
        if item is None or item.gone:
            raise KeyError(id)
        return item

    def _shown(self, one: Item) -> Shown:
        return Shown(
            id=str(one.id),
            ours=one.ours,
            handle="Acme" if one.ours else one.author,
            name="Acme" if one.ours else one.author.title(),
            words=self._board.seen(one),
            at=one.at,
            answers=None if one.above is None else str(one.above.id),
            edited=one.version > 1,
            audience="waits for a moderator" if one.waiting else "",
        )


class Discourse(Board):
    name = "discourse"
    title = "Discourse"
    most = 32_000
    rules = replace(_RULES, brief="our forum", counted="32,000 characters, as forums are set up at first.")

    def named(self) -> Mapping[str, str]:
        return {"username": self._board.username}


class GitHub(Board):
    name = "github"
    title = "GitHub"
    most = 65_536
    rules = replace(_RULES, brief="issues of our repository", counted="65,536 characters.")

    def named(self) -> Mapping[str, str]:
        return {"repository": REPOSITORY}


class Canny(Board):
    name = "canny"
    title = "Canny"
    most = 2_499
    rules = replace(_RULES, brief="wishes on our board", counted="2,499 characters, which is what an answer may have.")

    def named(self) -> Mapping[str, str]:
        return {"author": CannyStandIn.author}


class UserVoice(Board):
    name = "uservoice"
    title = "UserVoice"
    most = 10_000
    rules = replace(
        _RULES, brief="wishes in our forum", counted="10,000 characters. UserVoice does not say so anywhere."
    )

    def named(self) -> Mapping[str, str]:
        us = self._board.world.person(self._board.username)
        return {"user": str(us), "client_id": UserVoiceStandIn.client_id}

    def secrets(self) -> Mapping[str, str]:
        return {"CLIENT_SECRET": self._board.token}
