"""What there is on this YouTube: channels, videos and comments, and what happens to them. In memory, no HTTP."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.square.changes import Changes
from sandbox.youtube.refusal import Rejected

UNSEEN = ("heldForReview", "likelySpam", "rejected")


@dataclass(slots=True)
class Person:
    """A channel."""

    id: str
    handle: str
    name: str
    subscribers: int = 0
    hides_subscribers: bool = False


@dataclass(slots=True)
class Video:
    """A video: of our channel, or `by` somebody else."""

    id: str
    title: str
    at: datetime
    by: "Person | None" = None
    about: str = ""
    privacy: str = "public"
    for_kids: bool = False
    comments_on: bool = True
    gone: bool = False

    @property
    def talks(self) -> bool:
        return self.comments_on and not self.for_kids and not self.gone


@dataclass(slots=True)
class Comment:
    """A comment: first of a thread, or an answer in it (`parent`). `video` None: on the channel itself."""

    id: str
    author: Person
    text: str
    published: datetime
    updated: datetime
    nth: int
    video: Video | None
    parent: str | None = None
    status: str = "published"
    can_reply: bool = True
    picture: bool = False
    listed: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def thread(self) -> str:
        return self.parent or self.id


class World:
    """One YouTube, as the company's channel meets it."""

    def __init__(self, *, account: str, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.changes = Changes()
        self.people: dict[str, Person] = {}
        self.videos: dict[str, Video] = {}
        self.comments: dict[str, Comment] = {}
        self.lag = timedelta(0)
        self._count = 0
        self.us = self.person(account, subscribers=1200)
        self.first = self.video("How to ride a bike")

    def person(self, handle: str, *, name: str | None = None, subscribers: int | None = None) -> Person:
        """The channel with this handle, made if new."""
        handle = handle.lstrip("@").lower()
        found = next((one for one in self.people.values() if one.handle == handle), None)
        if found is None:
            found = Person("UC" + _letters(f"channel {handle}", 22), handle, handle.title())
            self.people[found.id] = found
        found.name = found.name if name is None else name
        found.subscribers = found.subscribers if subscribers is None else subscribers
        return found

    def video(self, title: str, *, by: Person | None = None, about: str = "") -> Video:
        found = Video(_letters(f"video {title}", 11), title, self.clock().replace(microsecond=0), by, about)
        return self.videos.setdefault(found.id, found)

    # Writing

    def say(
        self,
        author: Person,
        words: str,
        *,
        parent: Comment | None = None,
        video: Video | None = None,
        at: datetime | None = None,
        status: str = "published",
        picture: bool = False,
    ) -> Comment:
        """Somebody writes. Times have whole seconds, as YouTube's."""
        self._count += 1
        now = self.clock()
        when = (at or now).replace(microsecond=0)
        own = _letters(f"comment {self._count}", 19)
        id = f"Ug{own}4AaABAg" if parent is None else f"{parent.thread}.{_letters(own, 22)}"
        where = video if parent is None else self.comments[parent.thread].video
        thread = None if parent is None else parent.thread
        comment = Comment(id, author, words, when, when, self._count, where, thread, status)
        comment.picture, comment.listed = picture, now
        self.comments[id] = comment
        self.changes.tell()
        return comment

    def edit(self, comment: Comment, words: str) -> None:
        """Never within the second in which it was written: people are slower than that."""
        comment.text = words
        comment.updated = max(self.clock().replace(microsecond=0), comment.published + timedelta(seconds=1))
        self.changes.tell()

    def remove(self, comment: Comment) -> None:
        """Its answers go with it."""
        for id in [one.id for one in self.comments.values() if comment.id in (one.id, one.parent)]:
            del self.comments[id]
        self.changes.tell()

    # Reading

    def find(self, id: str) -> Comment:
        comment = self.comments.get(id)
        if comment is None:
            raise Rejected(404, "commentNotFound", "The specified comments cannot be found.")
        return comment

    def stands(self, comment: Comment) -> bool:
        """Whether we can be shown it at all: its video is there, and talked about."""
        return (comment.video is None or comment.video.talks) and self.clock() - comment.listed >= self.lag

    def tops(self) -> Sequence[Comment]:
        """First comments that stand, newest first."""
        found = [one for one in self.comments.values() if one.parent is None and self.stands(one)]
        return sorted(found, key=lambda one: (one.published, one.nth), reverse=True)

    def answers(self, thread: str) -> Sequence[Comment]:
        """Newest first."""
        found = [one for one in self.comments.values() if one.parent == thread and self.stands(one)]
        return sorted(found, key=lambda one: (one.published, one.nth), reverse=True)

    def is_public(self, comment: Comment) -> bool:
        return self.comments[comment.thread].status == "published"


def _letters(seed: str, count: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()).decode()[:count].replace("-", "x")


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def utc_now() -> datetime:
    return datetime.now(UTC)
