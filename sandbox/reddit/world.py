"""What stands on Reddit: people, subreddits, posts, comments, our inbox; and who sees what. No HTTP here."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.square.changes import Changes

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
DELETED, REMOVED = "[deleted]", "[removed]"


def utc_now() -> datetime:
    return datetime.now(UTC)


def base36(number: int) -> str:
    out = ""
    while number:
        number, digit = divmod(number, 36)
        out = _DIGITS[digit] + out
    return out or "0"


@dataclass(eq=False, slots=True)
class Person:
    """An account."""

    name: str  # t2_…
    handle: str
    blocks_us: bool = False


@dataclass(eq=False, slots=True)
class Subreddit:
    """A place with rules of its own."""

    name: str  # t5_…
    title: str
    private: bool = False
    bans_us: bool = False
    members_only: bool = False  # only those whom moderators let in may comment
    quarantined: bool = False


@dataclass(eq=False, slots=True)
class Thing:
    """A post (with a title) or a comment (with a parent)."""

    name: str  # t1_… or t3_…
    author: Person
    place: Subreddit
    source: str
    at: datetime
    title: str = ""
    url: str | None = None
    parent: "Thing | None" = None
    edited: datetime | None = None
    taken: str | None = None  # DELETED or REMOVED
    archived: bool = False
    locked: bool = False
    filtered: bool = False  # seen by its author only
    pictures: tuple[str, ...] = ()
    silent: bool = False  # its answers do not go to its author's inbox
    answers: "list[Thing]" = field(default_factory=list)  # right under it, oldest first

    @property
    def id(self) -> str:
        return self.name[3:]

    @property
    def link(self) -> "Thing":
        thing = self
        while thing.parent is not None:
            thing = thing.parent
        return thing

    @property
    def is_link(self) -> bool:
        return self.parent is None

    @property
    def page(self) -> str:
        link = self.link
        slug = re.sub(r"[^a-z0-9]+", "_", link.title.lower()).strip("_")[:50] or "_"
        address = f"/r/{self.place.title}/comments/{link.id}/{slug}/"
        return address if self.is_link else f"{address}{self.id}/"


@dataclass(frozen=True, slots=True)
class Letter:
    """Something in our inbox: that somebody answered or named us, or a private message (no thing)."""

    kind: str
    at: datetime
    thing: Thing | None
    name: str = ""


@dataclass(slots=True)
class World:
    """Reddit, as the company's account meets it."""

    account: str
    clock: Callable[[], datetime] = utc_now
    changes: Changes = field(default_factory=Changes)
    people: dict[str, Person] = field(default_factory=dict)
    places: dict[str, Subreddit] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    inbox: list[Letter] = field(default_factory=list)
    lag: timedelta = timedelta(0)
    _last: int = 36**6  # ids are seven digits long, as today's

    @property
    def us(self) -> Person:
        return self.person(self.account)

    def person(self, handle: str) -> Person:
        """The person with this name, made if new."""
        handle = handle.removeprefix("u/").removeprefix("@")
        found = self.people.get(handle.lower())
        if found is None:
            found = self.people[handle.lower()] = Person(f"t2_{self._next()}", handle)
        return found

    def place(self, title: str) -> Subreddit:
        title = title.removeprefix("r/")
        found = self.places.get(title.lower())
        if found is None:
            found = self.places[title.lower()] = Subreddit(f"t5_{self._next()}", title)
        return found

    def submit(
        self, author: Person, place: Subreddit, title: str, source: str, pictures: Sequence[str], url: str | None
    ) -> Thing:
        """A new post."""
        thing = Thing(
            f"t3_{self._next()}", author, place, source, self.clock(), title=title, url=url, pictures=tuple(pictures)
        )
        self.things[thing.name] = thing
        self.changes.tell()
        return thing

    def comment(self, author: Person, parent: Thing, source: str) -> Thing:
        """A new comment; whoever it answers or names hears of it in the inbox."""
        thing = Thing(f"t1_{self._next()}", author, parent.place, source, self.clock(), parent=parent)
        self.things[thing.name] = thing
        parent.answers.append(thing)
        if author is not self.us:
            answers = parent.author is self.us and not parent.silent
            if answers:
                self.inbox.append(Letter("post_reply" if parent.is_link else "comment_reply", thing.at, thing))
            elif re.search(rf"(?<![\w/])/?u/{re.escape(self.account)}(?![\w-])", source, re.I):
                self.inbox.append(Letter("username_mention", thing.at, thing))
        self.changes.tell()
        return thing

    def message(self, words: str) -> None:
        """A private message: nothing public."""
        self.inbox.append(Letter("unknown", self.clock(), None, f"t4_{self._next()}"))
        self.changes.tell()

    def edit(self, thing: Thing, source: str) -> None:
        thing.source, thing.edited = source, self.clock()
        self.changes.tell()

    def take(self, thing: Thing, how: str) -> None:
        thing.taken = how
        self.changes.tell()

    # Who sees what

    def shows(self, thing: Thing, *, to_us: bool) -> bool:
        """Whether it is shown by its name at all."""
        if thing.place.private:
            return False
        return (to_us and thing.author is self.us) or not thing.filtered

    def listed(self, thing: Thing, *, to_us: bool) -> bool:
        """Whether listings and threads have it by now."""
        return self.shows(thing, to_us=to_us) and thing.at <= self.clock() - self.lag

    def below(self, thing: Thing) -> int:
        """How many comments stand under it."""
        waiting, count = list(thing.answers), 0
        while waiting:
            one = waiting.pop()
            count += 1
            waiting += one.answers
        return count

    def _next(self) -> str:
        self._last += 1
        return base36(self._last)
