"""Messages between people and an account of ours: chats, windows, private replies; told by webhooks. No HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.graph.errors import Rejected
from sandbox.graph.server import GraphServer

PRIVATE_FOR = timedelta(days=7)  # messenger-platform/discovery/private-replies, 2026-04
WINDOW = timedelta(hours=24)  # messenger-platform/policy, 2026-09


@dataclass(slots=True)
class Person:
    """Somebody, or the account itself."""

    id: str
    name: str


@dataclass(eq=False, slots=True)
class Message:
    """A message in a chat."""

    id: str
    author: Person
    words: str
    at: datetime
    pictures: tuple[str, ...] = ()
    tag: str | None = None


@dataclass(eq=False, slots=True)
class Chat:
    """All messages with one person. `heard`: when they last wrote."""

    id: str
    person: Person
    messages: list[Message] = field(default_factory=list)
    heard: datetime | None = None


class Inbox:
    """An account of ours with its chats. `kind` is what its webhooks are about."""

    kind = ""
    longest_message = 0

    def __init__(self, server: GraphServer, page: Person) -> None:
        self.server = server
        self.page = page
        self.people: dict[str, Person] = {}
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, Message] = {}
        self.blocked: set[str] = set()  # people who have blocked us: we see nothing of them

    def person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = Person(self.server.next_id(), name)
        return self.people[name]

    def now(self) -> datetime:
        return self.server.clock()

    def sees(self, author: Person) -> bool:
        return author.id not in self.blocked

    def picture(self, id: str) -> str:
        return f"{self.server.base}/pictures/{id}.png"

    def chat(self, person: Person) -> Chat:
        if person.id not in self.chats:
            self.chats[person.id] = Chat(f"t_{self.server.next_id()}", person)
        return self.chats[person.id]

    def write(self, person: Person, words: str, *, pictures: Sequence[str] = ()) -> Message:
        """Somebody writes to the Page."""
        chat = self.chat(person)
        chat.heard = self.now()
        return self._say(chat, person, words, pictures=tuple(pictures))

    def answer(self, chat: Chat, words: str, *, tag: str | None = None) -> Message:
        """The Page writes, within the window that Meta gives."""
        self._check(words)
        age = None if chat.heard is None else self.now() - chat.heard
        if age is None or age >= (PRIVATE_FOR if tag == "HUMAN_AGENT" else WINDOW):
            raise Rejected(10, "(#10) This message is sent outside of allowed window.", subcode=2018278)
        return self._say(chat, self.page, words, tag=tag)

    def say_privately(self, to: Person, words: str, *, at: datetime, done: bool) -> tuple[Chat, Message]:
        """The one private reply to what somebody said `at`."""
        if to is self.page:
            raise Rejected(100, "(#100) Cannot send a private reply to your own comment")
        if done:
            raise Rejected(10900, "(#10900) Activity already replied to")
        if self.now() - at >= PRIVATE_FOR:
            raise Rejected(10903, "(#10903) This user cant reply to this activity")
        self._check(words)
        chat = self.chat(to)
        return chat, self._say(chat, self.page, words)

    def _check(self, words: str) -> None:
        if len(words) > self.longest_message:
            raise Rejected(100, f"(#100) Length of param message[text] must be at most {self.longest_message}")

    def _say(
        self, chat: Chat, author: Person, words: str, *, pictures: tuple[str, ...] = (), tag: str | None = None
    ) -> Message:
        message = Message(f"m_{self.server.next_id()}-Xy_z", author, words, self.now(), pictures, tag)
        self.messages[message.id] = message
        chat.messages.append(message)
        said: dict[str, object] = {"mid": message.id, "text": words}
        if pictures:
            said["attachments"] = [{"type": "image", "payload": {"url": self.picture(message.id)}}]
        if author is self.page:
            said |= {"is_echo": True, "app_id": 1517776481860111}
        self.tell_message(chat, author, {"message": said})
        return message

    def edit_message(self, message: Message, words: str) -> None:
        message.words = words
        self.tell_message(self.of(message), message.author, {"message_edit": {"mid": message.id, "text": words}})

    def unsend(self, message: Message) -> None:
        chat = self.of(message)
        chat.messages.remove(message)
        self.messages.pop(message.id, None)
        self.tell_message(chat, message.author, {"message": {"mid": message.id, "is_deleted": True}})

    def of(self, message: Message) -> Chat:
        return next(chat for chat in self.chats.values() if message in chat.messages)

    def tell_message(self, chat: Chat, author: Person, what: Mapping[str, object]) -> None:
        other = chat.person if author is self.page else self.page
        now = int(self.now().timestamp() * 1000)
        ends = {"sender": {"id": author.id}, "recipient": {"id": other.id}, "timestamp": now}
        self.server.call(
            {"object": self.kind, "entry": [{"id": self.page.id, "time": now, "messaging": [{**ends, **what}]}]}
        )
        self.server.changes.tell()
