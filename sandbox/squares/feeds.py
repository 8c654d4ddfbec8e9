"""Somebody else's blog, as the page uses squares: `sandbox.feeds`. The bot reads its feed, and cannot answer there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.feeds import Blog
from sandbox.feeds.standin import Entry, Fault
from sandbox.squares.contract import Length, Rules, Said, Shown, Square, in_one_sentence, username

_MOST = 20_000


class Feeds(Square):
    """Posts are in its feed. What is said under them is not: so a blog's comments are kept here."""

    name = "feeds"
    title = "A blog"
    rules = Rules(
        us="Acme",
        brief="somebody's blog: heard by its feed, answered by hand",
        counted="20,000 characters, a choice of this blog's.",
        edits="Whenever the author likes, and it is marked.",
        seen="Everybody. Comments stand on the blog alone, not in its feed.",
        heard="Posts in which Acme is named. A comment under one is not heard. Answer by hand, and tell the bot where.",
        may_edit=True,
        people=(("Kim", "Kim"), ("Lea", "Lea"), ("Jonas", "Jonas")),
        opening="Acme: ",
        pictures=False,
        by_hand=True,
    )

    def __init__(self, stand_in: Blog) -> None:
        self._blog = stand_in
        self._comments: dict[str, Shown] = {}

    @property
    def stand_in(self) -> Blog:
        return self._blog

    @property
    def is_cut(self) -> bool:
        return Fault.CUT_OFF in self._blog.faults

    def mounted(self, address: str) -> None:
        self._blog.base_url = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {"feeds": self._blog.feed, "words": "acme", "called": "Acme", "poll": "2s", "inside": "127.0.0.1"}

    def secrets(self) -> Mapping[str, str]:
        return {}

    async def post(self, said: Said) -> str:
        with in_one_sentence():
            name = said.name or username(said.author)
            if said.answers is None:
                return (await self._blog.post(name, said.words)).id
            return self._comment(said.answers, name, said.words, ours=False)

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence():
            if id in self._comments:
                self._comments[id] = replace(self._comments[id], words=words, edited=True)
                self.changes.tell()
            else:
                await self._blog.edit(self._standing(id), words)

    async def delete(self, id: str) -> None:
        with in_one_sentence():
            if self._comments.pop(id, None) is not None:
                self.changes.tell()
            else:
                await self._blog.delete(self._standing(id))

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            self._comment(id, "Acme", words, ours=True)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), _MOST)

    def posts(self) -> list[Shown]:
        entries = [self._shown(one) for one in self._blog.entries.values() if not one.gone]
        return sorted([*entries, *self._comments.values()], key=lambda one: one.at)

    def _comment(self, under: str, name: str, words: str, *, ours: bool) -> str:
        above = self._comments[under].id if under in self._comments else self._standing(under).id
        id = f"comment-{len(self._comments) + 1}-{above}"
        self._comments[id] = Shown(id, ours, name, name, words, datetime.now(UTC), above)
        self.changes.tell()
        return id

    def _standing(self, id: str) -> Entry:
        entry = self._blog.entries[id]
        if entry.gone:
            raise KeyError(id)
        return entry

    def _shown(self, one: Entry) -> Shown:
        return Shown(
            id=one.id,
            ours=False,
            handle=one.author,
            name=one.author,
            words=one.words,
            at=one.at,
            edited=one.edited_at is not None,
            url=self._blog.address(one),
        )
