"""What a public square offers to the page: its rules, what stands there, and acting as a customer on it.

One class a platform fulfils it over that platform's stand-in, so that the page's server, the day's script and the
bot's settings know nothing of Mastodon or Bluesky. What a platform refuses is a `No` with one sentence.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from aiohttp import web

from sandbox.square.changes import Changes

CUT_OFF = "cut_off"


class No(Exception):
    """What cannot be done here, in one sentence."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How people speak on a square; shown to whoever acts as a customer there.

    `us` is how they name the company, `opening` what a new post begins with. `brief` is all of it in one line.
    `audiences` are pairs of a value and what it means, the usual one first; none: there is no choice.
    `people` are handles and names of those who are offered at first. `answers_name`: who answers names whom.
    `may_answer`: customers answer what stands there. `by_hand`: no program may answer there.
    """

    us: str
    brief: str
    counted: str
    edits: str
    seen: str
    heard: str
    may_edit: bool
    people: Sequence[tuple[str, str]]
    opening: str = ""
    audience_is: str = "Who sees it"
    audiences: Sequence[tuple[str, str]] = ()
    warnings: bool = False
    pictures: bool = True
    answers_name: bool = False
    may_delete: bool = True
    may_answer: bool = True
    by_hand: bool = False

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Length:
    """How long words are as the square counts, and how long they may be. `unit` is in the plural."""

    count: int
    most: int
    unit: str = "characters"

    @property
    def over(self) -> bool:
        return self.count > self.most

    def __str__(self) -> str:
        return f"{self.count:,} of {self.most:,} {self.unit}"


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer says. `answers` is the id of a post. What the square does not have is passed over."""

    author: str
    words: str
    answers: str | None = None
    audience: str | None = None
    warning: str | None = None
    pictures: Sequence[str] = ()
    language: str | None = None
    name: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A post that stands, as the page draws it. `audience` is empty where everybody sees it; `url` where it has no
    page of its own here; `pictures` are pairs of an address and a description."""

    id: str
    ours: bool
    handle: str
    name: str
    words: str
    at: datetime
    answers: str | None = None
    edited: bool = False
    warning: str = ""
    audience: str = ""
    language: str = ""
    url: str = ""
    pictures: Sequence[tuple[str, str]] = ()

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"at": self.at.isoformat()}


class _Faults(Protocol):
    def as_json(self) -> list[dict[str, object]]: ...


class _Server(Protocol):
    @property
    def faults(self) -> _Faults: ...


class StandIn(Protocol):
    """What every stand-in has."""

    @property
    def changes(self) -> Changes: ...

    def app(self) -> web.Application: ...

    def fault(self, fault: str) -> object: ...

    def clear_faults(self, fault: str | None = None) -> None: ...


class _OnServer(StandIn, Protocol):
    @property
    def server(self) -> _Server: ...


class Square(ABC):
    """A platform's stand-in as the sandbox uses it. `name` is the platform's, as in the bot's settings."""

    name: ClassVar[str]
    title: ClassVar[str]
    rules: ClassVar[Rules]
    hooks: str = ""

    @property
    @abstractmethod
    def stand_in(self) -> StandIn:
        """The platform itself."""

    # For the bot

    @property
    def prefix(self) -> str:
        """Where it is mounted."""
        return f"/{self.name}"

    @property
    def account(self) -> str:
        """The account's name in the bot's settings."""
        return f"acme-{self.name}"

    @abstractmethod
    def mounted(self, address: str) -> None:
        """Its own address from now on; told before anybody speaks."""

    @abstractmethod
    def settings(self) -> Mapping[str, str | bool | int]:
        """What stands in the bot's `[[accounts]]` beside name and platform."""

    @abstractmethod
    def secrets(self) -> Mapping[str, str]:
        """What the environment has, without `TWOWAY_` and the account's name."""

    async def listened(self, hooks: str) -> None:
        """The bot is up, and takes webhooks for this account at this address. Most squares have none."""
        self.hooks = hooks

    # As customers

    @abstractmethod
    async def post(self, said: Said) -> str:
        """A customer says it; its id."""

    @abstractmethod
    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        """The author changes the words."""

    @abstractmethod
    async def delete(self, id: str) -> None:
        """The author takes it away."""

    @abstractmethod
    async def answer_by_hand(self, id: str, words: str) -> None:
        """A colleague answers on the platform itself, as our account but past the bot."""

    @abstractmethod
    def length(self, words: str, warning: str = "") -> Length:
        """By the square's own counting; where it counts in two ways, the one that is fuller."""

    # What stands

    @abstractmethod
    def posts(self) -> list[Shown]:
        """Every post, oldest first."""

    def ours_under(self, id: str) -> str | None:
        """Our newest answer to a post, if there is one."""
        return next((one.id for one in reversed(self.posts()) if one.ours and one.answers == id), None)

    @property
    def changes(self) -> Changes:
        return self.stand_in.changes

    # Misbehaving

    @property
    @abstractmethod
    def is_cut(self) -> bool:
        """Whether nobody outside can reach it."""

    def cut(self, off: bool) -> None:
        """Cut the line to it, or bring it back."""
        if off:
            self.stand_in.fault(CUT_OFF)
        else:
            self.stand_in.clear_faults(CUT_OFF)


class Served(Square):
    """Over a stand-in whose server keeps its faults."""

    @property
    @abstractmethod
    def stand_in(self) -> _OnServer: ...

    @property
    def is_cut(self) -> bool:
        return any(one["fault"] == CUT_OFF for one in self.stand_in.server.faults.as_json())


@contextmanager
def in_one_sentence(*refusals: type[Exception]) -> Iterator[None]:
    """What a stand-in raises for what is not there or not allowed becomes a `No`."""
    foreseen: tuple[type[Exception], ...] = (ValueError, *refusals)
    try:
        yield
    except KeyError:
        raise No("There is no such post.") from None
    except foreseen as wrong:
        raise No(str(wrong)) from None


def fitting(square: Square, words: str, warning: str = "") -> None:
    """`No` for words that are longer than the square takes."""
    length = square.length(words, warning)
    if length.over:
        raise No(f"Too long: {length}.")


def username(handle: str) -> str:
    """The name alone, where a square has no other servers: `@kim@elsewhere.example` is `kim`."""
    name = handle.strip().lstrip("@").partition("@")[0]
    if not name:
        raise No("Give the customer a name.")
    return name
