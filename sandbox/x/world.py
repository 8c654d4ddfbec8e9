"""What stands on X: people, their posts with all versions, blocks; and who sees what. No HTTP here."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.square.changes import Changes
from sandbox.x.problems import DUPLICATE, NOT_SUMMONED, PARENT_GONE, RESTRICTED, Rejected, invalid

EPOCH = datetime.fromtimestamp(1288834974.657, UTC)
EDITS = 5  # docs.x.com/x-api/fundamentals/edit-posts, 2026-08
EDITABLE = timedelta(hours=1)
MENTION = re.compile(r"(?<![\w@])@(\w{1,15})")


@dataclass(slots=True)
class Person:
    """An account."""

    id: str
    handle: str
    name: str
    followers: int = 0
    automated: bool = False
    protected: bool = False
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    id: str
    words: str
    at: datetime


@dataclass(slots=True, eq=False)
class Post:
    """A post with its versions, oldest first. `reply_to` is the version that was answered."""

    author: Person
    versions: list[Version]
    conversation: str
    reply_to: str | None = None
    quotes: str | None = None
    pictures: tuple[str, ...] = ()
    reply_settings: str = "everyone"
    language: str = "en"
    hidden: tuple[str, ...] = field(default=())  # handles that X puts before a reply by itself

    @property
    def id(self) -> str:
        """Of the newest version."""
        return self.versions[-1].id

    @property
    def first(self) -> str:
        return self.versions[0].id

    @property
    def text(self) -> str:
        """As its author wrote it."""
        return self.versions[-1].words

    @property
    def at(self) -> datetime:
        return self.versions[0].at

    def shown(self, version: Version | None = None) -> str:
        """As the API gives it: a reply begins with whom it answers."""
        words = (version or self.versions[-1]).words
        leading = "".join(f"@{handle} " for handle in self.hidden if f"@{handle}".lower() not in words.lower())
        return leading + words

    def mentions(self) -> set[str]:
        return {handle.lower() for handle in MENTION.findall(self.shown())}


class World:
    """One X, as the company's account meets it."""

    def __init__(self, *, account: str, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.changes = Changes()
        self.people: dict[str, Person] = {}
        self.posts: dict[str, Post] = {}  # by the id of every version
        self.blocks: set[tuple[str, str]] = set()  # who blocks, who is blocked
        self.lag = timedelta(0)
        self._last = 0
        self.us = self.person(account, followers=1200)
        self.us.automated = True

    # People

    def person(self, handle: str, *, name: str | None = None, followers: int | None = None) -> Person:
        """The person with this handle, made if new."""
        handle = handle.lstrip("@")
        found = next((one for one in self.people.values() if one.handle.lower() == handle.lower()), None)
        if found is None:
            id = str(2_000_000_000_000_000_000 + len(self.people))
            found = self.people[id] = Person(id, handle, handle.title())
        found.name = found.name if name is None else name
        found.followers = found.followers if followers is None else followers
        return found

    def sees(self, post: Post) -> bool:
        """Whether we see it."""
        mine = post.author is self.us
        return mine or not (post.author.protected or (post.author.id, self.us.id) in self.blocks)

    # Posts

    def next_id(self) -> str:
        """A moment in milliseconds and a number: never twice, always greater."""
        self._last = max(self._last + 1, ((self.clock() - EPOCH) // timedelta(milliseconds=1)) << 22)
        return str(self._last)

    def write(
        self,
        author: Person,
        words: str,
        *,
        reply_to: str | None = None,
        quotes: str | None = None,
        pictures: Sequence[str] = (),
        language: str = "en",
    ) -> Post:
        id = self.next_id()
        parent = None if reply_to is None else self.posts[reply_to]
        hidden: tuple[str, ...] = ()
        if parent is not None:
            chain = [parent.author.handle, *MENTION.findall(parent.shown())]
            hidden = tuple(dict.fromkeys(one for one in chain if one.lower() != author.handle.lower()))
        post = Post(
            author,
            [Version(id, words, self.clock())],
            conversation=id if parent is None else parent.conversation,
            reply_to=reply_to,
            quotes=quotes,
            pictures=tuple(pictures),
            language=language,
            hidden=hidden,
        )
        self.posts[id] = post
        self.changes.tell()
        return post

    def edit(self, post: Post, words: str) -> Post:
        """A new post of the same history."""
        if len(post.versions) > EDITS or self.clock() - post.at > EDITABLE:
            raise ValueError("X lets nobody edit that any more")
        version = Version(self.next_id(), words, self.clock())
        post.versions.append(version)
        self.posts[version.id] = post
        self.changes.tell()
        return post

    def remove(self, post: Post) -> None:
        for version in post.versions:
            self.posts.pop(version.id, None)
        self.changes.tell()

    def standing(self) -> list[Post]:
        """Every post, oldest first."""
        return sorted({post.first: post for post in self.posts.values()}.values(), key=lambda post: int(post.first))

    def listed(self) -> list[Post]:
        """What lists show by now, newest first."""
        now = self.clock()
        shown = [post for post in self.standing() if self.sees(post) and post.versions[-1].at + self.lag <= now]
        return sorted(shown, key=lambda post: int(post.id), reverse=True)

    def mentions_of(self, person: Person) -> list[Post]:
        handle = person.handle.lower()
        return [post for post in self.listed() if handle in post.mentions() and post.author is not person]

    def replies(self, id: str) -> list[Post]:
        """What answers any version of a post, also of one that is gone."""
        versions = {id}
        if (post := self.posts.get(id)) is not None:
            versions = {one.id for one in post.versions}
        return [one for one in self.standing() if one.reply_to in versions]

    # What X lets our account post

    def publish(self, words: str, reply_to: str | None) -> Post:
        if any(post.author is self.us and post.text == words for post in self.standing()):
            raise Rejected(403, DUPLICATE)
        if reply_to is not None:
            self._may_reply(reply_to)
        return self.write(self.us, words, reply_to=reply_to)

    def _may_reply(self, id: str) -> None:
        if not id.isdecimal() or len(id) > 19:
            raise invalid(
                f"$.reply.in_reply_to_tweet_id: does not match the regex pattern ^[0-9]{{1,19}}$: [{id[:30]}]"
            )
        parent = self.posts.get(id)
        if parent is None or not self.sees(parent):
            raise Rejected(403, PARENT_GONE)
        us = self.us.handle.lower()
        if parent.reply_settings == "following":
            raise Rejected(403, RESTRICTED)
        quoted = self.posts.get(parent.quotes or "")
        summoned = us in parent.mentions() or (quoted is not None and quoted.author is self.us)
        if not summoned and parent.author is not self.us:
            raise Rejected(403, NOT_SUMMONED)
