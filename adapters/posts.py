"""The values that cross the contract: posts, what was heard, replies, receipts. Frozen, without behaviour.

What must be stored has `to_json` and `from_json`; `from_json(to_json(x)) == x`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NewType, TypeAlias

from adapters.capabilities import Cost
from adapters.errors import Malformed, Reason
from adapters.payload import (
    JSON,
    read_id,
    read_int,
    read_json,
    read_object,
    read_str,
    read_str_or_none,
    read_time,
)
from adapters.pictures import Picture, TakenPictures
from adapters.text import Text

# In a post's `extra`: the platform lets no program answer it, and this sentence says to people what to do instead.
BY_HAND = "by_hand"
# There too: how many ask for what the post suggests, a whole number. Missing: nobody counts, or not in this answer.
VOTES = "votes"

# In the `extra` of a post of ours: there is one place for an answer there, and this is what stands in it. Whoever
# answers again changes it, so that a second answer is a correction of it, by whatever tool the first was written.
THE_ANSWER = "the_answer"

Cursor = NewType("Cursor", str)  # opaque: only the platform that made it reads it


@dataclass(frozen=True, slots=True, order=True)
class PostRef:
    """A post's id on its platform, as our account sees it. Opaque; survives edits."""

    id: str

    def to_json(self) -> JSON:
        return self.id

    @classmethod
    def from_json(cls, value: object) -> PostRef:
        return cls(read_id(value, "post reference"))


class Audience(Enum):
    """Who can see a post. Widest first."""

    PUBLIC = "public"
    UNLISTED = "unlisted"  # everybody, but not in public timelines
    FOLLOWERS = "followers"
    DIRECT = "direct"  # only those it names


_WIDEST_FIRST = tuple(Audience)


def narrower(one: Audience, other: Audience) -> Audience:
    """The one of two audiences that fewer people see."""
    return max(one, other, key=_WIDEST_FIRST.index)


class MediaKind(Enum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Media:
    """Something attached to a post: shown, never downloaded by us."""

    kind: MediaKind
    url: str
    preview_url: str | None = None
    description: str | None = None
    context: bool = False  # where the post stands, and nothing that its author said: it may be missing in one answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """An account on a platform. `ref` is its id there and never changes; handle and name may."""

    ref: str
    handle: str  # as one would mention it, without `Capabilities.before_handles`; "": they have none there
    name: str
    avatar: str | None = None
    url: str | None = None
    followers: int | None = None
    bot: bool = False

    def to_json(self) -> JSON:
        return {
            "ref": self.ref,
            "handle": self.handle,
            "name": self.name,
            "avatar": self.avatar,
            "url": self.url,
            "followers": self.followers,
            "bot": self.bot,
        }

    @classmethod
    def from_json(cls, value: object) -> Author:
        entry = read_object(value, "author")
        followers = entry.get("followers")
        return cls(
            ref=read_id(entry.get("ref"), "author ref"),
            handle=read_str(entry.get("handle"), "author handle"),
            name=read_str(entry.get("name"), "author name"),
            avatar=read_str_or_none(entry.get("avatar"), "author avatar"),
            url=read_str_or_none(entry.get("url"), "author url"),
            followers=None if followers is None else read_int(followers, "author followers"),
            bot=entry.get("bot") is True,
        )


@dataclass(frozen=True, kw_only=True)
class PublicPost:
    """One post as the platform shows it to us now. Also our own (`ours`), which is how echoes arrive. `shown`: what
    became of it where moderators may hold it back; None: the platform does not say, or holds nothing back."""

    ref: PostRef
    root: PostRef | None  # the thread's first post, the conversation's key; None: unknown, ask `thread`
    parent: PostRef | None
    author: Author
    text: Text
    at: datetime
    edited_at: datetime | None = None
    visibility: Audience = Audience.PUBLIC
    language: str | None = None  # BCP 47, as the author or the platform says
    warning: str | None = None  # a content warning over the text
    url: str | None = None
    media: tuple[Media, ...] = ()
    ours: bool = False
    shown: Visibility | None = None
    extra: Mapping[str, JSON] = field(default_factory=dict)  # the adapter's own; store it, give it to Reply


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that was heard: new, or new to us, or heard again."""

    post: PublicPost


@dataclass(frozen=True, slots=True)
class Edited:
    """A post whose author changed it; the post as it is now."""

    post: PublicPost


@dataclass(frozen=True, slots=True)
class Removed:
    """The platform says that its author (or a moderator) took the post away."""

    ref: PostRef


@dataclass(frozen=True, slots=True)
class Unavailable:
    """We cannot see the post. Deleted, private, blocked or moderated: the platform does not say which."""

    ref: PostRef
    why: str = ""


@dataclass(frozen=True, slots=True)
class AsHeard:
    """Nobody can be asked about the post: what was heard last holds, since changes are told, or cannot be known."""

    ref: PostRef


@dataclass(frozen=True, slots=True)
class Gone:
    """The post is deleted, and the platform says so."""

    ref: PostRef


@dataclass(frozen=True, slots=True)
class Voted:
    """So many ask for it by now. Nothing where the post was never heard: a vote begins no conversation."""

    ref: PostRef
    votes: int


Heard: TypeAlias = Posted | Edited | Removed | Unavailable | Voted


@dataclass(frozen=True, slots=True)
class Batch:
    """What was heard, and the cursor that stands after it: stored together. May be empty, may repeat."""

    heard: tuple[Heard, ...]
    cursor: Cursor


class Unit(Enum):
    """What a length counts."""

    GRAPHEMES = "graphemes"
    WEIGHTED = "weighted"
    CODE_POINTS = "code_points"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Limits:
    """Learnt at `open`, may differ from server to server."""

    length: int
    unit: Unit
    pictures: TakenPictures | None = None  # what it takes of them with a reply; None: none at all


@dataclass(frozen=True, slots=True)
class Fit:
    """How long a text is by the platform's rules, and what of it would be lost (one plain phrase each)."""

    length: int
    limit: int
    unit: Unit
    lost: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return self.length <= self.limit


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer of ours to one post. `text.plain` are the approved characters and goes out exactly so."""

    parent: PostRef
    text: Text
    root: PostRef | None = None
    visibility: Audience = Audience.PUBLIC  # of the post we answer; the answer is never seen by more people
    warning: str | None = None  # of the post we answer
    language: str | None = None  # of the answer, if known
    extra: Mapping[str, JSON] = field(default_factory=dict)  # of the post we answer
    known: frozenset[PostRef] = frozenset()  # our other replies, which are not this one: never taken for it
    attempts: tuple[datetime, ...] = ()  # when earlier attempts were made: ours is no older than the first
    pictures: tuple[Picture, ...] = ()  # go out with it, in this order, each with its words

    @classmethod
    def to(
        cls,
        parent: PublicPost,
        *,
        text: Text,
        language: str | None = None,
        attempts: tuple[datetime, ...] = (),
        known: frozenset[PostRef] = frozenset(),
    ) -> Reply:
        return cls(
            parent=parent.ref,
            text=text,
            root=parent.root,
            visibility=parent.visibility,
            warning=parent.warning,
            language=language,
            extra=parent.extra,
            attempts=attempts,
            known=known,
        )


class Visibility(Enum):
    """What became of our reply."""

    PENDING = "pending"  # accepted, waits for a moderator
    VISIBLE = "visible"
    HIDDEN = "hidden"  # there, but the customer cannot see it
    REJECTED = "rejected"  # taken away


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Our reply is there. `text` is what the platform shows, if it told us; whoever asks for a correction says in it
    what is to be corrected. `visibility`: accepted is not visible everywhere; None: the answer did not say."""

    ref: PostRef
    url: str | None
    at: datetime
    text: str | None = None
    visibility: Visibility | None = None
    extra: Mapping[str, JSON] = field(default_factory=dict)
    pictures: int | None = None  # how many stand with it; None: the answer did not say

    def to_json(self) -> JSON:
        return {
            "ref": self.ref.to_json(),
            "url": self.url,
            "at": self.at.isoformat(),
            "text": self.text,
            "visibility": None if self.visibility is None else self.visibility.value,
            "extra": dict(self.extra),
            "pictures": self.pictures,
        }

    @classmethod
    def from_json(cls, value: object) -> Receipt:
        entry = read_object(value, "receipt")
        shown = read_str_or_none(entry.get("visibility"), "receipt visibility")
        extra = read_object(entry.get("extra", {}), "receipt extra")
        pictures = entry.get("pictures")
        return cls(
            ref=PostRef.from_json(entry.get("ref")),
            url=read_str_or_none(entry.get("url"), "receipt url"),
            at=read_time(entry.get("at"), "receipt time"),
            text=read_str_or_none(entry.get("text"), "receipt text"),
            visibility=None if shown is None else _visibility(shown),
            extra={key: read_json(item, "receipt extra") for key, item in extra.items()},
            pictures=None if pictures is None else read_int(pictures, "receipt pictures"),
        )


def _visibility(value: str) -> Visibility:
    try:
        return Visibility(value)
    except ValueError:
        raise Malformed("receipt visibility", "one that we know") from None


@dataclass(frozen=True, slots=True)
class Absent:
    """Our reply is not there, and the listing that says so can be trusted."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """We looked and do not know. A person decides."""

    why: str


@dataclass(frozen=True, slots=True)
class Ready:
    """We may answer here: until when, at what cost, and what a person should know."""

    until: datetime | None = None
    cost: Cost | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """We may not answer here; the sentence is for people."""

    reason: Reason
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A call that came to `/hooks/{account}/…`. Header names in lower case; the body as it came, unparsed."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class HookAnswer:
    """What to answer, and what was heard: stored before the answer is given. `allow`: with 405, the methods."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"
    heard: tuple[Heard, ...] = ()
    allow: str = "POST"
