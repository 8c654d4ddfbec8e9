"""What the system holds: messages, replies, the calls that it got, and what it has to tell."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

LONGEST = 10_000


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Message:
    """What somebody wrote, or a reply of ours (`key` says so)."""

    id: str
    author: str
    words: str
    at: datetime
    parent: str | None = None
    thread: str | None = None
    audience: str = "public"
    picture: str | None = None
    edited_at: datetime | None = None
    key: str | None = None
    gone: bool = False

    @property
    def ours(self) -> bool:
        return self.author == "us"


@dataclass(slots=True)
class PublishCall:
    """One call of reply.posted. `answered` is a status, or `dropped`, `hung`, or `` while it runs."""

    at: datetime
    key: str
    text: str
    answered: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What Twoway is told, signed anew on each try."""

    id: str
    body: bytes


class Refusal(Exception):
    """The webhook says no."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


@dataclass(slots=True)
class State:
    messages: dict[str, Message] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # a reply's key -> its id
    outbox: list[Event] = field(default_factory=list)
    told: int = 0  # of the outbox
