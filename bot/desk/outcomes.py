"""What a verb came to: typed, without sentences. `bot/chat/cards.py` alone turns it into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.lifecycle import State, Step
from models.permits import Standing, Tally, Uncounted
from models.reply import WaitsFor


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and what they are in this channel at this moment."""

    rep: int
    standing: Standing
    name: str = ""


class Why(StrEnum):
    """Why a verb was refused. Nothing changed."""

    NO_RIGHT = "no_right"  # `sentence` says it
    NOT_NOW = "not_now"  # `state` and `step` say it
    NO_DRAFT = "no_draft"
    OLD_DRAFT = "old_draft"  # the message is not the current one; `message` is
    WRONG_NUMBER = "wrong_number"  # a typed approval that names another draft, or none
    NOT_SHOWN = "not_shown"  # a typed approval of a draft whose message nobody can have seen yet
    BLOCKED = "blocked"  # the draft cannot go out as it is; `sentence` says why
    NOT_CLAIMED = "not_claimed"
    NOT_YOURS = "not_yours"  # `holder` has it
    EMPTY = "empty"
    NOTHING_THERE = "nothing_there"  # no post of the customer is left to answer, or no reply to take back
    NO_ADDRESS = "no_address"
    ONE_ALREADY = "one_already"  # both conversations are of one customer
    ONE_ACCOUNT = "one_account"  # nothing to part: the customer has this account only
    NOBODY_KNOWN = "nobody_known"  # whoever wrote there was erased
    TOO_EARLY = "too_early"  # `until` says when
    NOT_HELD = "not_held"
    UNCHANGED = "unchanged"
    SAID_ALREADY = "said_already"  # word for word, to the same post, and it stands there
    NO_HOURS = "no_hours"  # by their hours no shift ends beyond which to keep something
    NOT_SNOOZED = "not_snoozed"
    NO_SUCH_PERSON = "no_such_person"
    MOVED = "moved"  # asked from where it lived before; `sentence` is the name of the channel that it lives in
    NOT_IN_STORM = "not_in_storm"  # `sentence` is the storm's number
    NOTHING_TO_ANSWER = "nothing_to_answer"  # nobody waits in that storm who could be answered together
    THERE_ALREADY = "there_already"  # to be moved to where it is; `sentence` is the channel's name
    NO_SUCH_IDEA = "no_such_idea"  # `idea` is no idea's number
    ONE_IDEA = "one_idea"  # both are one idea already
    NOT_MERGED = "not_merged"  # nothing to split: it was merged into none
    NOT_ASKED_FOR = "not_asked_for"  # the conversation does not ask for `idea`
    NO_LINK = "no_link"  # not an address that a browser opens
    DECIDED = "decided"  # the idea has that state already
    ALL_TOLD = "all_told"  # shipped, and everybody who asked for it was told
    NO_PRAISE = "no_praise"  # the conversation is not called praise
    ASKED_ALREADY = "asked_already"  # whether we may quote: asked in public, or answered
    QUIET = "quiet"  # the customer wants to be left alone
    NOT_QUIET = "not_quiet"
    NO_PICTURES_HERE = "no_pictures_here"  # a correction or a retraction has none of its own


@dataclass(frozen=True, slots=True)
class Refused:
    why: Why
    number: int | None = None
    sentence: str = ""
    state: State | None = None
    step: Step | None = None
    holder: int | None = None
    until: datetime | None = None
    message: int | None = None
    draft: int | None = None
    idea: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    number: int
    until: datetime
    already: bool = False


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Somebody else has it."""

    number: int
    rep: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Released:
    number: int


@dataclass(frozen=True, slots=True)
class HandedOver:
    number: int
    to: int


@dataclass(frozen=True, slots=True)
class Moved:
    """It lives in another channel now, `channel` by its name. `rep` had it and is not known there; `draft` asks for
    approval anew there; `stopped`: it was approved here, and does not go out by that."""

    number: int
    channel: str
    rep: int | None = None
    draft: int | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Drafted:
    number: int
    draft: int
    message: int
    claimed: bool


@dataclass(frozen=True, slots=True)
class MergeOffered:
    """Somebody saved another version meanwhile. `text` is both together where they agree; each conflict shows
    both sides. Saving it with `base` makes it the next draft. `mine` is what was not saved. `apart`: one is for all
    to see and one for its author alone, so that `text` is `mine`."""

    number: int
    base: int
    text: str
    conflicts: tuple[tuple[str, str], ...]
    theirs_by: int
    mine: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Discarded:
    number: int
    draft: int


@dataclass(frozen=True, slots=True)
class SignTaken:
    """A yes or no was taken (or taken back). `uncounted` says why a yes does not count."""

    number: int
    draft: int
    approve: bool
    given: bool
    tally: Tally
    uncounted: Uncounted | None = None
    moved: State | None = None
    goes_at: datetime | None = None
    waits: WaitsFor | None = None  # what keeps it from leaving then; filled in by who phrases it
    changed: bool = True


@dataclass(frozen=True, slots=True)
class LeftStorm:
    """The conversation has a card of its own from now on."""

    number: int
    storm: int


@dataclass(frozen=True, slots=True)
class ListPrepared:
    """One answer was drafted in each of `drafted`; the list of them is on its way to the channel."""

    storm: int
    answer: int
    drafted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ListApproved:
    """Each of `approved` has this person's yes now. `dropped` were not approved, each with why: how its message was
    closed, "claimed", or the value of a `Why`."""

    storm: int
    answer: int
    approved: tuple[SignTaken, ...]
    dropped: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Noted:
    number: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Who began both conversations is one customer now."""

    number: int
    other: int


@dataclass(frozen=True, slots=True)
class Parted:
    number: int


@dataclass(frozen=True, slots=True)
class Supported:
    """The conversation asks for an idea, or no longer does. `new`: nobody had before. `near` are ideas that look like
    the same wish, nearest first. `changed`: it was not so before."""

    number: int
    idea: int
    given: bool
    new: bool = False
    near: tuple[int, ...] = ()
    changed: bool = True


@dataclass(frozen=True, slots=True)
class IdeaChanged:
    """What was asked for was done to an idea; `idea` is the one that has it now."""

    idea: int


@dataclass(frozen=True, slots=True)
class Shipped:
    """A draft is prepared for so many; who deleted what they wrote, or wants to be left alone, gets none."""

    idea: int
    to: int
    deleted: int = 0
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class Quieted:
    """The customer is left alone from now on, or no longer."""

    number: int
    quiet: bool


@dataclass(frozen=True, slots=True)
class Praised:
    """The conversation is praise from now on, or no longer."""

    number: int
    given: bool
    changed: bool = True


@dataclass(frozen=True, slots=True)
class QuoteKept:
    """Whether the customer's words may be quoted is written down."""

    number: int
    allowed: bool


@dataclass(frozen=True, slots=True)
class Closed:
    number: int


@dataclass(frozen=True, slots=True)
class Reopened:
    number: int


@dataclass(frozen=True, slots=True)
class Settled:
    number: int
    sent: bool
    on_word: bool = True


@dataclass(frozen=True, slots=True)
class OnHold:
    scope: str
    new: bool
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Resumed:
    scope: str


@dataclass(frozen=True, slots=True)
class Kept:
    """It stays with who has it when their shift ends; `back`: they took it back after that."""

    number: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Snoozed:
    number: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Unsnoozed:
    number: int


Outcome = (
    Refused
    | Claimed
    | HeldBy
    | Released
    | HandedOver
    | Moved
    | Drafted
    | MergeOffered
    | Discarded
    | SignTaken
    | LeftStorm
    | ListPrepared
    | ListApproved
    | Noted
    | Joined
    | Parted
    | Supported
    | IdeaChanged
    | Shipped
    | Quieted
    | Praised
    | QuoteKept
    | Closed
    | Reopened
    | Settled
    | OnHold
    | Resumed
    | Kept
    | Snoozed
    | Unsnoozed
)
