"""Who and where in chat, and what comes in from there: the values that a surface makes of what people do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """One account of a person on a surface. Ids are opaque; a user id means nothing without its team."""

    surface: str
    team: str
    user: str


@dataclass(frozen=True, slots=True)
class Place:
    """A channel on a surface."""

    surface: str
    team: str
    channel: str


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message in a channel: Slack's `ts`, Teams' activity id. `thread` is the id of the thread's first message."""

    place: Place
    id: str
    thread: str | None = None


class Kind(StrEnum):
    """Who somebody is, as the surface itself says. Only MEMBER may act; everybody may read."""

    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    GONE = "gone"
    UNKNOWN = "unknown"  # the surface could not tell: fail closed, and say so


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a person is, asked of the surface (cached for seconds only; `fresh=True` asks again)."""

    person: Person
    kind: Kind
    name: str
    timezone: str | None = None
    in_channel: bool = True


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """How to answer one command or click privately: Slack's `response_url` (30 minutes, 5 uses), else a whisper."""

    url: str | None
    person: Person
    place: Place
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that somebody shared with us, as the surface calls it; its bytes are asked of the surface."""

    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Commanded:
    """A slash command, or a mention of the bot: `words` is everything after the command or the mention, in plain
    Unicode (`text.unicode_of` has run). `verb` is set where the command itself names it (`/claim`)."""

    key: str  # unique for this happening on this surface: event_id or trigger_id; redelivery has the same
    who: Person
    place: Place
    thread: str | None
    verb: str | None
    words: str
    at: datetime
    reply: ReplyTo
    dialog: str | None = None  # the dialog that stands open as "loading" for it, where one could be opened


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button. `action` is a verb of the command table, `value` what `Button.value` held."""

    key: str
    who: Person
    message: MessageRef | None  # None: pressed on the home page or in a dialog
    action: str
    value: str
    at: datetime
    reply: ReplyTo | None
    dialog: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A reaction added or taken away. `sign` is the surface's name without skin tone, aliases resolved
    (`thumbsup`, `white_check_mark`); `tone` tells whether one was there. `at` is the event's own time."""

    key: str
    who: Person
    message: MessageRef
    sign: str
    added: bool
    at: datetime
    tone: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """A dialog saved. `private` is what `Dialog.private` held, `values` by `Field.name`, in plain Unicode; `files` are
    those that were chosen, by `Field.name`."""

    key: str
    who: Person
    dialog: str
    kind: str
    private: str
    values: Mapping[str, str]
    at: datetime
    files: Mapping[str, tuple[SharedFile, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DialogClosed:
    """A dialog left without saving: whoever wrote there no longer does."""

    key: str
    who: Person
    kind: str
    private: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shortcut:
    """ "Use as draft" on a colleague's message: `text` is its words in plain Unicode."""

    key: str
    who: Person
    message: MessageRef
    name: str
    text: str
    at: datetime
    dialog: str | None = None


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at their own page."""

    key: str
    who: Person
    at: datetime


Inbound = Commanded | Pressed | Signed | Submitted | DialogClosed | Shortcut | HomeOpened
