"""What a team wants of triage, as values: its routes, what is a storm, what is remarked on drafts. What is done with
them is `bot/triage`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# ------------------------------------------------------------------------------------------------ routes


class Condition(StrEnum):
    """What a route may ask of a post; all that it asks for must be met."""

    ACCOUNTS = "accounts"
    PLATFORMS = "platforms"
    LANGUAGES = "languages"
    WORDS = "words"
    REACH = "reach"
    KINDS = "kinds"
    TOPICS = "topics"
    URGENCY = "urgency"


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One route: the channel that it leads to, and what it asks. What is empty is not asked."""

    to: str
    accounts: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    reach: int | None = None
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    urgency: int | None = None

    @property
    def asks(self) -> tuple[Condition, ...]:
        """What it asks, in a fixed order."""
        return tuple(one for one in Condition if getattr(self, one.value) not in ((), None))


# ------------------------------------------------------------------------------------------------ storms


@dataclass(frozen=True, slots=True)
class Watching:
    """From how many people on the same text is a storm; how far back it is looked for; and from how many followers on
    somebody keeps a card of their own. When nobody has joined it for `over_after` it is over, and where `digest_from`
    people were in it, one message says what it was."""

    people: int = 5
    window: timedelta = timedelta(hours=72)
    reach: int = 10_000
    over_after: timedelta = timedelta(minutes=30)
    digest_from: int = 20


# ------------------------------------------------------------------------------------------------ the voice check


class Remark(StrEnum):
    """What can be remarked."""

    TOO_LIKE = "too_like"
    LANGUAGE = "language"
    EMAIL = "email"
    PHONE = "phone"
    ORDER = "order"
    CARD = "card"
    INTERNAL_LINK = "internal_link"
    DEAD_LINK = "dead_link"
    BARE_SORRY = "bare_sorry"
    PROMISE = "promise"


#: As the settings name them.
GROUPS: Mapping[str, tuple[Remark, ...]] = {
    "too_like": (Remark.TOO_LIKE,),
    "language": (Remark.LANGUAGE,),
    "personal": (Remark.EMAIL, Remark.PHONE, Remark.ORDER, Remark.CARD),
    "links": (Remark.INTERNAL_LINK,),
    "dead_links": (Remark.DEAD_LINK,),
    "sorry": (Remark.BARE_SORRY,),
    "promise": (Remark.PROMISE,),
}


@dataclass(frozen=True, slots=True)
class Listening:
    """What a channel wants to hear. `ours` are domains whose addresses may stand in public, `internal` hosts that the
    public cannot open, besides those that are known by their look."""

    remarks: frozenset[Remark] = frozenset(Remark)
    ours: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
