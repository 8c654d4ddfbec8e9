"""What lies in our mailbox, and what was sent into the world. No lines here: `smtp` and `imap` have those."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message as Parsed
from email.policy import compat32

from sandbox.square.changes import Changes


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Message:
    """A mail in a folder."""

    uid: int
    raw: bytes
    at: datetime
    flags: set[str] = field(default_factory=set)

    @property
    def parsed(self) -> Parsed:
        return message_from_bytes(self.raw, policy=compat32)

    @property
    def id(self) -> str:
        return str(self.parsed.get("Message-ID", "")).strip().strip("<>")


@dataclass(slots=True)
class Folder:
    """Numbers only rise; a folder that is made anew has another validity."""

    name: str
    validity: int
    use: str = ""
    following: int = 1
    messages: list[Message] = field(default_factory=list)

    def add(self, raw: bytes, at: datetime, flags: set[str] | None = None) -> Message:
        one = Message(self.following, raw, at, set(flags or ()))
        self.following += 1
        self.messages.append(one)
        return one


@dataclass(frozen=True, slots=True)
class Delivered:
    """A mail of ours that went out, and to whom."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: datetime

    @property
    def parsed(self) -> Parsed:
        return message_from_bytes(self.raw, policy=compat32)

    @property
    def words(self) -> str:
        """As the customer reads them."""
        payload = self.parsed.get_payload(decode=True)
        words = payload.decode() if isinstance(payload, bytes) else ""
        return words.replace("\r\n", "\n").removesuffix("\n")


class World:
    """One mailbox, and everybody else."""

    def __init__(self, *, address: str, password: str, clock: Callable[[], datetime] = utc_now) -> None:
        self.address = address
        self.password = password
        self.token = ""  # a bearer token that is taken as well; "" for none
        self.clock = clock
        self.files_sent = False  # the server files what it sends by itself
        self.unknown: set[str] = set()  # addresses that nobody has
        self.delivered: list[Delivered] = []
        self.folders: dict[str, Folder] = {}
        self._validity = 1000
        for name, use in (("INBOX", ""), ("Sent", "\\Sent"), ("Archive", "\\Archive"), ("Trash", "\\Trash")):
            self.make(name, use)
        self.changes = Changes()

    def make(self, name: str, use: str = "") -> Folder:
        self._validity += 1
        self.folders[name] = Folder(name, self._validity, use)
        return self.folders[name]

    def arrive(self, raw: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> Message:
        one = self.folders[folder].add(raw, at or self.clock())
        self.changes.tell()
        return one

    def send(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        """What came in by SMTP goes out; a copy to ourselves comes in."""
        others = tuple(one for one in recipients if one.lower() != self.address.lower())
        self.delivered.append(Delivered(sender, others, raw, self.clock()))
        if self.files_sent:
            self.folders["Sent"].add(raw, self.clock(), {"\\Seen"})
        if len(others) < len(recipients):
            self.folders["INBOX"].add(f"Return-Path: <{sender}>\r\n".encode() + raw, self.clock())
        self.changes.tell()

    def remake(self, name: str) -> None:
        """The folder is made anew, from a backup: same mails, other numbers, other validity, dates of today."""
        before = self.folders[name]
        fresh = self.make(name, before.use)
        fresh.following = 5
        for one in before.messages:
            fresh.add(one.raw, self.clock(), one.flags)
        self.changes.tell()

    def find(self, id: str) -> tuple[Folder, Message] | None:
        for folder in self.folders.values():
            for one in folder.messages:
                if one.id == id:
                    return folder, one
        return None
