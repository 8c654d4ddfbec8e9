"""What a chat surface (Slack, Teams) is to the rest of the bot: what comes in, what goes out, what can fail.

A surface translates and decides nothing. Inbound it makes one of `Commanded`, `Pressed`, `Signed`, `Submitted`,
`Shortcut` and `HomeOpened` and hands it to an `Inbox`; outbound it shows `Card`s and `Dialog`s. Text that people
write in a thread is talk: there is no inbound value for it, so no path leads from it to a platform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

# ---------------------------------------------------------------------------------------------- who and where


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


# ---------------------------------------------------------------------------------------------- what comes in


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """How to answer one command or click privately: Slack's `response_url` (30 minutes, 5 uses), else a whisper."""

    url: str | None
    person: Person
    place: Place
    thread: str | None = None


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
    """A dialog saved. `private` is what `Dialog.private` held, `values` by `Field.name`, in plain Unicode."""

    key: str
    who: Person
    dialog: str
    kind: str
    private: str
    values: Mapping[str, str]
    at: datetime


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
    """"Use as draft" on a colleague's message: `text` is its words in plain Unicode."""

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


# ---------------------------------------------------------------------------------------------- what goes out


@dataclass(frozen=True, slots=True)
class Plain:
    """Our own words. `bold`, `italic`, `code`, `strike` are looks only."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    strike: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Somebody else's words (a customer's, a rep's): shown exactly, formats nothing, pings nobody."""

    text: str
    strike: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class LinkTo:
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Names a colleague, or a group of them (its id as `person.user`). `ping=False` shows the name as text; only a
    message's first posting can notify."""

    person: Person
    name: str
    ping: bool = False


@dataclass(frozen=True, slots=True)
class Time:
    """A moment, shown in each reader's own time zone where the surface can. `style` is "time" (14:05),
    "moment" (today at 14:05) or "date"."""

    at: datetime
    style: Literal["time", "moment", "date"] = "moment"
    fallback_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Emoji:
    """By Slack's name and as a character, so that each surface may choose."""

    name: str
    char: str


Part = Plain | Words | LinkTo | Mention | Time | Emoji


@dataclass(frozen=True, slots=True)
class Heading:
    """At most 150 characters; longer is cut with an ellipsis by the surface."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of parts. `small` is secondary text (context)."""

    parts: tuple[Part, ...]
    small: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A block of somebody's words, set off from ours; line breaks kept. Long ones are split, never cut."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """`alt` is what a screen reader says. Where the surface cannot load it, it is shown as a link."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class Divider:
    pass


@dataclass(frozen=True, slots=True)
class Button:
    """`action` is a verb; `value` carries ids, revision and version, so that an old button is recognised."""

    label: str
    action: str
    value: str
    style: Literal["plain", "primary", "danger"] = "plain"
    confirm: str | None = None
    opens_dialog: bool = False  # pressing it opens a "loading" dialog at once, before anything is read
    url: str | None = None  # a link that looks like a button


@dataclass(frozen=True, slots=True)
class Buttons:
    """Up to three buttons in sight, the rest in an overflow menu."""

    shown: tuple[Button, ...]
    more: tuple[Button, ...] = ()


Block = Heading | Line | Quote | Picture | Divider | Buttons


@dataclass(frozen=True, slots=True)
class Card:
    """One message of ours. `summary` is the notification's first line (lock screen: who, how urgent, waiting how
    long), plain text, at most 150 characters; it formats nothing and pings nobody. `mentions` are pinged when
    the message is posted (never by an update)."""

    summary: str
    blocks: tuple[Block, ...]
    mentions: tuple[Mention, ...] = ()
    key: str = ""  # which card this is; kept with the message where the surface can, never shown, no secret


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a dialog. `kind` "text" is one line, "long" many (a surface that holds fewer characters than
    `max_length` in one input makes several of it and joins them again), "choice" one of `options`."""

    name: str
    label: str
    kind: Literal["text", "long", "choice"] = "long"
    value: str = ""
    hint: str = ""
    optional: bool = False
    options: tuple[Option, ...] = ()
    max_length: int = 12_000


@dataclass(frozen=True, slots=True)
class Dialog:
    """A modal. `kind` names the verb that takes its submission; `private` comes back with it (3,000 characters)."""

    kind: str
    title: str  # 24 characters on Slack
    private: str
    blocks: tuple[Block, ...] = ()
    fields: tuple[Field, ...] = ()
    save: str | None = "Save"
    tells_when_closed: bool = False


# ---- what a submission is answered with (within 3 s)


@dataclass(frozen=True, slots=True)
class Close:
    """Saved: every dialog of the stack closes."""


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Shown beside the fields; the text stays there."""

    by_field: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShowInstead:
    """The dialog now shows this (a merge to look at, say)."""

    dialog: Dialog


SubmissionAnswer = Close | Mistakes | ShowInstead


class Inbox(Protocol):
    """What a surface hands everything to. `accept` returns when it is durable: then, and only then, acknowledge."""

    async def accept(self, happening: Inbound) -> None:
        """Write it down under its key (a second time changes nothing). Raises if it could not be stored: then the
        surface does not acknowledge, so that it comes again."""
        ...

    async def submit(self, submitted: Submitted) -> SubmissionAnswer:
        """Carry a dialog's text to its verb within 2.5 s, else answer `Mistakes`, so that the text is kept."""
        ...


# ---------------------------------------------------------------------------------------------- what can fail


class ChatError(Exception):
    """A call to the surface failed. `code` is the surface's own word for it, for the log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ChatThrottled(ChatError):
    """Not done; may be tried again at `until`."""

    def __init__(self, code: str, until: datetime) -> None:
        super().__init__(code)
        self.until = until


class ChatUnreachable(ChatError):
    """No answer, or one that says nothing: it may or may not have been done. Try again later."""


class ChatRefused(ChatError):
    """Not done, and will not be: `remedy` is a sentence for an operator, where there is one."""

    def __init__(self, code: str, remedy: str = "") -> None:
        super().__init__(code)
        self.remedy = remedy


class MessageGone(ChatRefused):
    """The message to change no longer exists."""


class DialogGone(ChatRefused):
    """The dialog was closed, or its trigger died (3 s)."""


# ---------------------------------------------------------------------------------------------- the surface


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a surface can do, so that nobody asks which one it is."""

    reads_signs_again: bool  # `signs_on` works
    signs_only_on_own: bool  # reactions are seen only on the bot's own messages
    max_blocks: int
    post_every: float  # seconds between two new messages in one channel
    updates_per_minute: int  # for the whole workspace


@dataclass(frozen=True, slots=True)
class SignSeen:
    """A reaction that stands on a message now."""

    user: str
    sign: str  # normalised like Signed.sign
    tone: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """How the surface is: `ok`, or what is wrong and what to do about it."""

    ok: bool
    sentence: str = ""
    remedy: str = ""
    channels_missing: tuple[str, ...] = field(default_factory=tuple)


class Surface(Protocol):
    """Calls have a time limit of their own and raise only `ChatError`s."""

    name: str
    can: Abilities

    async def start(self, inbox: Inbox) -> None:
        """Begin to hear. A dead token or a missing channel does not raise: see `health`; it heals by itself."""
        ...

    async def stop(self) -> None: ...

    async def health(self, places: Sequence[Place]) -> Health: ...

    async def place(self, channel: str) -> Place:
        """The place of a channel id, with the installed team's id."""
        ...

    async def post(self, place: Place, card: Card, *, thread: str | None = None) -> MessageRef: ...

    async def update(self, message: MessageRef, card: Card) -> None: ...

    async def delete(self, message: MessageRef) -> None: ...

    async def thread_of(self, message: MessageRef) -> str | None:
        """The thread in which it stands, asked of the surface: a sign does not say it. None: in none."""
        ...

    async def link(self, message: MessageRef) -> str:
        """Its permanent address."""
        ...

    async def answer(self, to: ReplyTo, card: Card) -> None:
        """Privately, to who commanded or pressed. Falls back to a whisper when the way back has ended."""
        ...

    async def whisper(self, person: Person, place: Place, card: Card, *, thread: str | None = None) -> None:
        """Only this person sees it, and it may vanish: nothing that matters goes out only so."""
        ...

    async def show_dialog(self, dialog_id: str, dialog: Dialog) -> None:
        """Fill the dialog that stands open as "loading"."""
        ...

    async def show_home(self, person: Person, card: Card) -> None: ...

    async def profile(self, person: Person, place: Place | None = None, *, fresh: bool = False) -> Profile:
        """Who this is. `Kind.UNKNOWN` when the surface does not answer."""
        ...

    async def members(self, group: str) -> frozenset[str]:
        """User ids of a user group ("S…" on Slack)."""
        ...

    async def signs_on(self, message: MessageRef) -> frozenset[SignSeen]: ...
