"""What a chat surface (Slack, Teams) is to the rest of the bot: what comes in, what goes out, what can fail.

A surface translates and decides nothing. Inbound it makes one of the values of `happenings` and hands it to an `Inbox`;
outbound it shows the cards and dialogs of `shown`. Text that people write in a thread is talk: there is no inbound
value for it, so no path leads from it to a platform. All of them can be imported from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.chat.happenings import (
    Commanded,
    DialogClosed,
    HomeOpened,
    Inbound,
    Kind,
    MessageRef,
    Person,
    Place,
    Pressed,
    Profile,
    ReplyTo,
    SharedFile,
    Shortcut,
    Signed,
    Submitted,
)
from bot.chat.shown import (
    Block,
    Button,
    Buttons,
    Card,
    Close,
    Dialog,
    Divider,
    Emoji,
    Field,
    Heading,
    Line,
    LinkTo,
    Mention,
    Mistakes,
    Option,
    Part,
    Picture,
    Plain,
    Quote,
    ShowInstead,
    SubmissionAnswer,
    Time,
    Words,
)

__all__ = [
    "Abilities",
    "Block",
    "Button",
    "Buttons",
    "Card",
    "ChatClosed",
    "ChatError",
    "ChatRefused",
    "ChatThrottled",
    "ChatUnreachable",
    "Close",
    "Commanded",
    "Dialog",
    "DialogClosed",
    "DialogGone",
    "Divider",
    "Emoji",
    "Field",
    "Heading",
    "Health",
    "HomeOpened",
    "Inbound",
    "Inbox",
    "Kind",
    "Line",
    "LinkTo",
    "Mention",
    "MessageGone",
    "MessageRef",
    "Mistakes",
    "Option",
    "Part",
    "Person",
    "Picture",
    "Place",
    "Plain",
    "Pressed",
    "Profile",
    "Quote",
    "ReplyTo",
    "SharedFile",
    "Shortcut",
    "ShowInstead",
    "SignSeen",
    "Signed",
    "SubmissionAnswer",
    "Submitted",
    "Surface",
    "Time",
    "Words",
]


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
    """No answer, or one that says nothing: it may or may not have been done. Try again later; not before `until`, where
    the surface knows when."""

    def __init__(self, code: str, until: datetime | None = None) -> None:
        super().__init__(code)
        self.until = until


class ChatRefused(ChatError):
    """Not done, and will not be: `remedy` is a sentence for an operator, where there is one."""

    def __init__(self, code: str, remedy: str = "") -> None:
        super().__init__(code)
        self.remedy = remedy


class ChatClosed(ChatRefused):
    """Nothing of ours can be shown there, whatever it says, until an operator follows `remedy`: we are not in the
    channel, the token is dead."""


class MessageGone(ChatRefused):
    """The message to change, or the thread to post in, no longer exists."""


class DialogGone(ChatRefused):
    """The dialog was closed, or its trigger died (3 s)."""


# ---------------------------------------------------------------------------------------------- the surface


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a surface can do, so that nobody asks which one it is."""

    reads_signs_again: bool  # `signs_on` works; where it does not, `heard_since` says from when on none was missed
    signs_only_on_own: bool  # reactions are seen only on the bot's own messages
    max_blocks: int
    shows_whole: int  # how long a draft may be (as `plain.room_of` counts) so that its message shows every word
    post_every: float  # seconds between two new messages in one channel
    updates_per_minute: int  # for the whole workspace
    people_by_channel: bool = False  # who somebody is depends on the channel that is asked about: always name it
    dialogs_here: bool = False  # a dialog answers the very request that asked for it: fill it in the same process
    takes_files: bool = False  # a picture is handed over as bytes; else it is loaded from an address of ours
    give_picture: str = ""  # how a picture is given to a draft where no dialog asks for it: one sentence
    dialog_files: bool = False  # a dialog may ask for files (`Field.kind` "file")


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

    @property
    def heard_since(self) -> datetime | None:
        """Since when every reaction reached us, as far as this process can know. None: it does not hear yet, or it need
        not know, since reactions can be read again."""
        ...

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
        """Who this is. `Kind.UNKNOWN` when the surface does not answer. Its `person` is who they are by the one id
        that we know them by, where a surface has several for somebody."""
        ...

    async def members(self, group: str) -> frozenset[str]:
        """User ids of a user group ("S…" on Slack)."""
        ...

    async def file(self, file: SharedFile, *, most: int) -> bytes:
        """What somebody shared with us. `ChatRefused` where it is gone, not ours to see, or more than `most` bytes."""
        ...

    async def signs_on(self, message: MessageRef) -> frozenset[SignSeen]: ...
