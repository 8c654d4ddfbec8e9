"""What a shop holds: reviews, each with one place for the owner's answer; and who may see that answer when."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

PUBLIC, PENDING, REJECTED = "public", "pending", "rejected"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Reply:
    """What stands in the one place. `by_us`: written by a call of ours, and not in the shop's own console."""

    words: str
    at: datetime
    changed: datetime
    state: str = PUBLIC
    why: str = ""
    by_us: bool = True
    id: str = ""


@dataclass(slots=True)
class Review:
    id: str
    author: str
    stars: int
    title: str
    words: str
    at: datetime
    changed: datetime
    reply: Reply | None = None
    more: dict[str, object] = field(default_factory=dict)


class Refusal(Exception):
    """The shop says no: a status, its own word for why, and a message."""

    def __init__(self, status: int, word: str, message: str = "Sorry.") -> None:
        super().__init__(word)
        self.status = status
        self.word = word
        self.message = message


class World:
    """One shop. `moderates`: an answer is shown only once somebody there said yes."""

    def __init__(self, clock: Callable[[], datetime], *, prefix: str, moderates: bool = False) -> None:
        self.clock = clock
        self.base = "http://127.0.0.1"
        self.moderates = moderates
        self.reviews: dict[str, Review] = {}
        self._prefix = prefix
        self._last = 0
        self._replies = 0

    def add(self, author: str, words: str, *, stars: int, title: str = "", id: str | None = None) -> Review:
        self._last += 1
        at = self.clock()
        review = Review(id or f"{self._prefix}{self._last:05d}", author, stars, title, words, at, at)
        self.reviews[review.id] = review
        return review

    def find(self, id: str) -> Review:
        if id not in self.reviews:
            raise Refusal(404, "NOT_FOUND", "The review was not found.")
        return self.reviews[id]

    def answer(self, id: str, words: str, *, by_us: bool = True) -> Reply:
        """Sets the answer, or replaces the one that is there: nobody is asked whose it was."""
        review, now = self.find(id), self.clock()
        first = review.reply.at if review.reply is not None else now
        self._replies += 1
        state = PENDING if self.moderates else PUBLIC
        review.reply = Reply(words, first, now, state, by_us=by_us, id=f"r-{self._replies}")
        return review.reply

    def take_back(self, id: str) -> None:
        self.find(id).reply = None

    def newest(self, *, by_change: bool) -> Iterator[Review]:
        """As a list shows them: the newest first, those of one moment as they came, the last first."""
        standing = list(self.reviews.values())[::-1]
        yield from sorted(standing, key=lambda one: one.changed if by_change else one.at, reverse=True)
