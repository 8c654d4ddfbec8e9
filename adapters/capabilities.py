"""What a platform can do, as data with sources. Code asks these; nobody asks which platform it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum

from adapters.text import Mark


class Hears(Enum):
    """How news arrives."""

    POLL = "poll"  # we ask
    STREAM = "stream"  # a connection that we hold open
    PUSH = "push"  # they call us: `Platform.hook`


class Once(Enum):
    """What the platform does with a second publish that carries the first one's key."""

    KEY = "key"  # drops the repeat and answers with the first
    DETECTS = "detects"  # refuses it as a duplicate
    REPLACES = "replaces"  # there is one answer to a post: a second would take the first one's place
    FIND = "find"  # posts again; but we can look for our own reply
    NEVER = "never"  # posts again, and we cannot look


class Notices(Enum):
    """How we learn that a post was edited or deleted."""

    PUSH = "push"  # we are told; still asked again right before sending
    POLL = "poll"  # only by asking again: the decaying re-check
    NO = "no"


class MayAnswer(Enum):
    """Whose posts we may answer."""

    ANYONE = "anyone"
    MENTIONED_US = "mentioned_us"
    ON_OUR_PAGES = "on_our_pages"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `calls` in `per`, for one account. Headers of the server's answers win over it."""

    calls: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Cost:
    """Money for one call."""

    read: Decimal
    reply: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """Declared by every platform. A *no* is a promise as well, and tested.

    `sources` names, for each field that is a number or a duration, where it is from.
    """

    hears: frozenset[Hears]
    replies: bool
    once: Once
    finds: bool  # `find_own_reply` can tell Receipt from Absent
    marks: frozenset[Mark] = frozenset()  # kept in replies as marks; others become plain words
    sees_edits: Notices = Notices.NO
    sees_deletions: Notices = Notices.NO
    dates_edits: bool = True  # says itself when a post was edited; if not, what a look shows may be news without a date
    corrects: bool = False
    retracts: bool = False
    may_answer: MayAnswer = MayAnswer.ANYONE
    answers_privately: bool = False  # a public post, so that its author alone sees it: `Reply.visibility` DIRECT
    searches: bool = False
    search_pace: Pace | None = None  # of saved searches, all of an account's; None: they find only what is heard anyway
    threads: bool = False  # `thread` gives the whole conversation
    warnings: bool = False  # posts and replies have content warnings
    pictures: int = 0  # so many may go out with a reply; above 0 it is a `TakesPictures`
    reply_window: timedelta | None = None  # None: no end
    correct_window: timedelta | None = None
    recheck: tuple[timedelta, ...] = ()  # after hearing, when to ask again for edits and deletions
    pace: Pace | None = None
    cost: Cost | None = None  # None: free
    # The bounds that publishing stands on. None means: not known, so a person decides.
    call_limit: timedelta = timedelta(seconds=20)  # one publish call never lasts longer
    late_bound: timedelta | None = None  # so long after our call ended the platform may still accept it
    listing_lag: timedelta | None = None  # so long after accepting it our reply may be missing where we look
    key_lifetime: timedelta | None = None  # so long a key is remembered; None: there are no keys
    sources: Mapping[str, str] = field(default_factory=dict)
    before_handles: str = "@"  # what stands before a handle where people write of somebody
    title: str = ""  # its name as people write it; "": the registered one with a capital letter
