"""What goes out to chat: cards and dialogs in words that every surface can render. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.chat.happenings import Person


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
    """A block of somebody's words, set off from ours; line breaks kept. Where a message holds too much, the longest
    are cut first, and those that people approve (`whole`) only when nothing else is left."""

    parts: tuple[Part, ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """`alt` is what a screen reader says. Where the surface cannot load it, it is shown as a link.

    One that we draw ourselves has no address at first: `drawing` says what is on it (JSON, for `bot.reports.drawing`),
    and until it is drawn its `alt` stands there in words. Then `name` is the drawing's, which nobody can guess, and
    `png` its bytes, for surfaces that take files; `file` is what such a surface calls it. For others there is `url`.

    One that somebody gave, to go out with a reply, is `kept` (its row) and known by its `digest`: a message that
    cannot show it is not posted, since people approve what they see.
    """

    url: str
    alt: str
    drawing: str = ""
    name: str = ""
    png: bytes = field(default=b"", repr=False)
    file: str = ""
    kept: int = 0
    digest: str = ""


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
    `max_length` in one input makes several of it and joins them again), "choice" one of `options`, "file" up to
    `most` pictures from the person's own device, where the surface can (`Abilities.dialog_files`)."""

    name: str
    label: str
    kind: Literal["text", "long", "choice", "file"] = "long"
    value: str = ""
    hint: str = ""
    optional: bool = False
    options: tuple[Option, ...] = ()
    max_length: int = 12_000
    most: int = 1


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
