"""What a board holds: topics and the posts under them, who wrote them, who voted. One shape for all boards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

US = "acme"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Item:
    """One post. `number` counts in its topic, 1 begins it; `above` is what it answers. Of customers `source` is what
    they typed, word for word; of us it is what the API was given."""

    id: int
    topic: int
    number: int
    above: "Item | None"
    author: str
    source: str
    title: str
    at: datetime
    changed: datetime
    version: int = 1
    gone: bool = False
    hidden: bool = False
    waiting: bool = False
    kind: int = 1
    voters: set[str] = field(default_factory=set)
    category: int = 4

    @property
    def ours(self) -> bool:
        return self.author == US

    @property
    def begins(self) -> bool:
        return self.number == 1


@dataclass(slots=True)
class PublishCall:
    """One call that would make a reply. `answered` is a status, or `dropped`, `hung`, or `` while it runs."""

    at: datetime
    source: str
    answered: str = ""


class Refusal(Exception):
    """The API says no: a status, and a body as this board has it."""

    def __init__(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


class World:
    """One board."""

    def __init__(self, clock: Callable[[], datetime], first: int = 100) -> None:
        self.clock = clock
        self.base = "http://127.0.0.1"
        self.items: dict[int, Item] = {}
        self.closed: set[int] = set()
        self.people: dict[str, int] = {US: 2}
        self._last = first
        self._topics = 10

    def person(self, name: str) -> int:
        return self.people.setdefault(name, 1000 + len(self.people))

    def begin(self, author: str, source: str, title: str) -> Item:
        self._topics += 1
        return self.add(self._topics, None, author, source, title)

    def add(self, topic: int, above: Item | None, author: str, source: str, title: str = "") -> Item:
        self._last += 1
        self.person(author)
        now = self.clock()
        number = 1 + max((one.number for one in self.items.values() if one.topic == topic), default=0)
        item = Item(self._last, topic, number, above, author, source, title, now, now)
        self.items[item.id] = item
        return item

    def of(self, topic: int) -> list[Item]:
        return [one for one in self.items.values() if one.topic == topic and not one.waiting]

    def head(self, topic: int) -> Item | None:
        return next((one for one in self.items.values() if one.topic == topic and one.begins), None)

    def change(self, item: Item, source: str) -> None:
        item.source, item.version = source, item.version + 1
        item.changed = max(self.clock(), item.at)
