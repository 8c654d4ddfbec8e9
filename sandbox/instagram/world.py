"""What stands on an Instagram account and around it: media, comments, mentions, chats; told by webhooks. No HTTP.

Nobody edits a comment, and nobody is told of one that was deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.graph.errors import Rejected, missing
from sandbox.graph.inbox import Chat, Inbox, Message, Person
from sandbox.graph.server import GraphServer

LONGEST = 300  # seen; Meta does not say


@dataclass(eq=False, slots=True)
class Media:
    """A picture, ours or somebody's who names us in the words under it."""

    id: str
    author: Person
    caption: str
    at: datetime
    open: bool = True  # takes comments

    @property
    def link(self) -> str:
        return f"https://www.instagram.com/p/{self.id[-8:]}/"


@dataclass(eq=False, slots=True)
class Comment:
    """A comment under media, or under another comment (two levels, no more)."""

    id: str
    media: Media
    parent: "Comment | None"
    author: Person
    words: str
    at: datetime
    hidden: bool = False
    chat: Chat | None = None  # in which it was answered privately


class World(Inbox):
    """The account and all around it."""

    kind = "instagram"
    longest_message = 1000  # seen

    def __init__(self, server: GraphServer, *, name: str) -> None:
        super().__init__(server, Person("17841400000000001", name))
        self.page_id = "104500000000002"
        self.media: dict[str, Media] = {}
        self.comments: dict[str, Comment] = {}

    def post(self, author: Person, caption: str) -> Media:
        """Media; of somebody else, its words name us (or we hear nothing)."""
        media = Media(self.server.next_id(), author, caption, self.now())
        self.media[media.id] = media
        if author is not self.page and self._names_us(caption):
            self.tell("mentions", {"media_id": media.id})
        return media

    def comment(self, author: Person, media: Media, words: str, *, parent: Comment | None = None) -> Comment:
        """Instagram has two levels: an answer to an answer stands beside it."""
        if parent is not None and parent.parent is not None:
            parent = parent.parent
        comment = Comment(self.server.next_id(), media, parent, author, words, self.now())
        self.comments[comment.id] = comment
        if media.author is self.page:
            value: dict[str, object] = {"id": comment.id, "text": words, "from": self.as_from(author)}
            value["media"] = {"id": media.id, "media_product_type": "FEED"}
            if comment.parent is not None:
                value["parent_id"] = comment.parent.id
            self.tell("comments", value)
        elif author is not self.page and self._names_us(words):
            self.tell("mentions", {"media_id": media.id, "comment_id": comment.id})
        return comment

    def remove(self, comment: Comment) -> None:
        """A comment takes the answers under it along. Nobody is told."""
        self.comments.pop(comment.id, None)
        for below in [one for one in self.comments.values() if one.parent is comment]:
            self.comments.pop(below.id, None)
        self.server.changes.tell()

    def answer_privately(self, to: Comment, words: str) -> tuple[Chat, Message]:
        """The one private reply to a comment under our own media."""
        if to.media.author is not self.page:
            raise missing(to.id)
        chat, message = self.say_privately(to.author, words, at=to.at, done=to.chat is not None)
        to.chat = chat
        return chat, message

    def _check(self, words: str) -> None:
        if len(words.encode()) > self.longest_message:
            raise Rejected(100, f"(#100) Length of param message[text] must be at most {self.longest_message} bytes")

    def under(self, what: Media | Comment) -> list[Comment]:
        """Of media the comments of the first level, of a comment the answers; oldest first."""
        found = [
            one
            for one in self.comments.values()
            if (one.parent is what if isinstance(what, Comment) else one.media is what and one.parent is None)
        ]
        return [one for one in found if self.sees(one.author)]

    def find(self, id: str) -> Media | Comment | Message | Chat:
        """What has this id and is to be seen by us; Meta's words where nothing is."""
        chats = {chat.id: chat for chat in self.chats.values()}
        found = self.comments.get(id) or self.media.get(id) or self.messages.get(id) or chats.get(id)
        if found is None or not self.sees(found.person if isinstance(found, Chat) else found.author):
            raise missing(id)
        elsewhere = found if isinstance(found, Media) else found.media if isinstance(found, Comment) else None
        if elsewhere is not None and elsewhere.author is not self.page and found.author is not self.page:  # type: ignore[union-attr]
            raise missing(id)  # only as a mention
        return found

    def as_from(self, person: Person) -> dict[str, object]:
        return {"id": person.id, "username": person.name}

    def tell(self, field: str, value: Mapping[str, object]) -> None:
        entry = {"id": self.page.id, "time": int(self.now().timestamp()), "changes": [{"field": field, "value": value}]}
        self.server.call({"object": "instagram", "entry": [entry]})
        self.server.changes.tell()

    def _names_us(self, words: str) -> bool:
        return f"@{self.page.name}" in words
