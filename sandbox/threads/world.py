"""What stands on Threads: people, posts, answers, containers; quotas, and what webhooks tell. No HTTP here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.graph.errors import Rejected
from sandbox.graph.server import GraphServer

DAY = timedelta(days=1)
LONGEST = 500
MOST_LINKS = 5
MENTION = re.compile(r"(?<![\w.@/])@([A-Za-z0-9_][A-Za-z0-9_.]*)")


def not_found(id: str) -> Rejected:
    """Of a container: not there yet, or not any more."""
    return Rejected(24, f"The media with id {id} cannot be found.", subcode=4279009, transient=False)


@dataclass(eq=False, slots=True)
class Person:
    """An account."""

    id: str
    username: str
    name: str
    followers: int = 0
    private: bool = False


@dataclass(eq=False, slots=True)
class Post:
    """A post, or an answer to one."""

    id: str
    author: Person
    words: str
    at: datetime
    parent: "Post | None" = None
    pictures: tuple[str, ...] = ()
    hidden: bool = False
    audience: str = "EVERYONE"
    gone: bool = False

    @property
    def root(self) -> "Post":
        post = self
        while post.parent is not None:
            post = post.parent
        return post

    @property
    def url(self) -> str:
        return f"https://www.threads.net/@{self.author.username}/post/P{self.id}"


@dataclass(eq=False, slots=True)
class Container:
    """What is to be published. `status` as the API words it."""

    id: str
    words: str
    parent: Post | None
    made: datetime
    status: str = "FINISHED"
    error: str = ""
    post: Post | None = None


@dataclass(slots=True)
class World:
    """Threads, as the company's account meets it."""

    server: GraphServer
    account: str
    people: dict[str, Person] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    deletions: list[datetime] = field(default_factory=list)
    most_replies: int = 1000
    most_posts: int = 250
    most_deletions: int = 100
    slow: float = 0.0  # so many seconds a container is IN_PROGRESS
    forgetful: bool = False  # says that containers are FINISHED, and does not find them when they are published
    shy: bool = False  # shows posts of others in lists only
    finders: bool = True  # tells who people are

    @property
    def us(self) -> Person:
        return self.person(self.account)

    def person(self, username: str, *, name: str | None = None, followers: int | None = None) -> Person:
        """The person with this name, made if new."""
        username = username.lstrip("@").lower()
        found = self.people.get(username)
        if found is None:
            found = self.people[username] = Person(self.server.next_id(), username, username.title())
        found.name = found.name if name is None else name
        found.followers = found.followers if followers is None else followers
        return found

    def post(self, author: Person, words: str, *, parent: Post | None = None, pictures: Sequence[str] = ()) -> Post:
        """Somebody writes; whoever is told of it by a webhook is told."""
        post = Post(self.server.next_id(), author, words, self.server.clock(), parent, tuple(pictures))
        self.posts[post.id] = post
        if author is self.us:
            self._tell("publish", post)
        elif not author.private:
            if parent is not None and (parent.author is self.us or parent.root.author is self.us):
                self._tell("replies", post)
            elif self.mentions(post):
                self._tell("mentions", post)
        self.server.changes.tell()
        return post

    def mentions(self, post: Post) -> bool:
        return any(found[1].lower().rstrip(".") == self.account for found in MENTION.finditer(post.words))

    def remove(self, post: Post) -> None:
        """It is taken away; what stands under it stays."""
        post.gone = True
        if post.author is self.us:
            self._tell("delete", post)
        self.server.changes.tell()

    # Publishing

    def prepare(self, words: str, parent_id: str) -> Container:
        """A container, as the API makes it. `Rejected` for what it would not take."""
        if not words.strip():
            raise Rejected(100, "(#100) The parameter text is required")
        if length(words) > LONGEST:
            raise Rejected(100, "(#100) Param text must be at most 500 characters long.")
        if len(set(re.findall(r"https?://\S+", words))) > MOST_LINKS:
            raise Rejected(100, "THREADS_API__LINK_LIMIT_EXCEEDED")
        parent = self.posts.get(parent_id) if parent_id else None
        if parent_id and (parent is None or parent.gone or parent.author.private):
            raise Rejected(100, "Invalid parameter", subcode=33)
        now = self.server.clock()
        status = "IN_PROGRESS" if self.slow else "FINISHED"
        container = Container(self.server.next_id(), words, parent, now, status)
        self.containers[container.id] = container
        return container

    def standing(self, container: Container) -> str:
        """What became of it by now."""
        age = (self.server.clock() - container.made).total_seconds()
        if container.status == "IN_PROGRESS" and age >= self.slow:
            container.status = "FINISHED"
        if container.status in ("FINISHED", "IN_PROGRESS") and age > DAY.total_seconds():
            container.status = "EXPIRED"
        return container.status

    def publish(self, id: str) -> Post:
        """A container becomes a post, once."""
        container = self.containers.get(id)
        if container is None or self.forgetful or self.standing(container) != "FINISHED":
            raise not_found(id)
        replies, posts = self.used(replies=True), self.used(replies=False)
        if (container.parent is not None and replies >= self.most_replies) or (
            container.parent is None and posts >= self.most_posts
        ):
            raise Rejected(613, "(#613) Calls to this api have exceeded the rate limit.")
        container.post = self.post(self.us, container.words, parent=container.parent)
        container.status = "PUBLISHED"
        return container.post

    def used(self, *, replies: bool) -> int:
        """Of our posts in the last 24 hours. Deleting them gives nothing back."""
        since = self.server.clock() - DAY
        ours = [post for post in self.posts.values() if post.author is self.us and post.at > since]
        return sum((post.parent is not None) is replies for post in ours)

    def delete(self, post: Post) -> None:
        since = self.server.clock() - DAY
        self.deletions = [at for at in self.deletions if at > since]
        if len(self.deletions) >= self.most_deletions:
            raise Rejected(613, "(#613) Calls to this api have exceeded the rate limit.")
        self.deletions.append(self.server.clock())
        self.remove(post)

    # Who sees what

    def shown(self, id: str) -> Post | None:
        """A post by its id, as our token sees it."""
        post = self.posts.get(id)
        if post is None or post.gone or post.author.private:
            return None
        return None if self.shy and post.author is not self.us else post

    def standing_posts(self) -> list[Post]:
        """What can be listed, newest first."""
        return [post for post in reversed(self.posts.values()) if not post.gone and not post.author.private]

    def below(self, top: Post) -> list[Post]:
        """Everything under a post, newest first."""

        def under(post: Post) -> bool:
            above = post.parent
            while above is not None and above is not top:
                above = above.parent
            return above is top

        return [post for post in self.standing_posts() if under(post)]

    # Webhooks

    def _tell(self, field: str, post: Post) -> None:
        value: dict[str, object] = {"id": post.id}
        stamp = self.server.clock().strftime("%Y-%m-%dT%H:%M:%S+0000")
        if field == "delete":
            value["deleted_at"] = stamp
        elif field == "publish":
            value |= {"timestamp": stamp, "permalink": post.url, "username": post.author.username, "text": post.words}
            value |= {"media_type": "TEXT_POST"}
            if post.parent is not None:
                value |= self.named(post)
        else:
            value |= {"username": post.author.username, "text": post.words, "permalink": post.url, "timestamp": stamp}
            value |= {"media_type": "IMAGE" if post.pictures else "TEXT_POST", "shortcode": f"P{post.id}"}
            if post.parent is not None:
                value |= self.named(post)
        topics = {"replies": "moderate", "delete": "moderate"}
        self.server.call(
            {
                "app_id": "123456",
                "topic": topics.get(field, "interaction"),
                "target_id": self.us.id,
                "time": int(self.server.clock().timestamp()),
                "subscription_id": "234567",
                "has_uid_field": False,
                "values": {"value": value, "field": field},
            }
        )

    def named(self, post: Post) -> dict[str, object]:
        """What a webhook says about the posts above one."""
        root = post.root
        told = {"id": root.id, "owner_id": root.author.id, "username": root.author.username}
        return {"replied_to": {"id": post.parent.id if post.parent else None}, "root_post": told}


def length(words: str) -> int:
    """As Threads counts: a character is one, but what makes an emoji counts its bytes."""
    return sum(len(char.encode()) if _emoji(ord(char)) else 1 for char in words)


def _emoji(code: int) -> bool:
    return code >= 0x1F000 or code in (0x200D, 0xFE0F, 0x20E3) or 0x2600 <= code <= 0x27BF or 0x2B00 <= code <= 0x2BFF
