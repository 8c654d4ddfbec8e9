"""What a platform gave us, made fit for the store: storable words, sane times, one hash of what was said.

Adapters clean what they read; a third party's may not, so nothing is believed here. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from adapters.contract import (
    JSON,
    VOTES,
    Author,
    Edited,
    Heard,
    Media,
    Posted,
    PostRef,
    PublicPost,
    Removed,
    Unavailable,
    Voted,
)
from adapters.payload import storable
from models.journal import post_digest

LONGEST_REF = 512  # the columns of references, handles and keys
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # chat surfaces print moments as seconds since then
LONGEST_WAIT = timedelta(days=30)  # nobody comes first in the queue because a server says 1970
MANY = 2**62  # a follower count that still is a 64-bit number


@dataclass(slots=True, eq=False)
class Said:
    """One post as it is to be stored. `post` is the platform's value, for whoever compares receipts."""

    post: PublicPost
    ref: str
    root: str | None
    parent: str | None
    author: Author
    words: str
    warning: str
    spans: list[object]
    media: list[object]
    extra: dict[str, object]
    language: str | None
    url: str | None
    at: datetime
    edited_at: datetime | None
    ours: bool
    digest: str
    anew: bool  # the platform says that it was edited; else it may be heard a second time
    context: bool = False  # missed, and fetched because it stands above something heard


@dataclass(slots=True)
class Fold:
    """A batch in order: each post's versions, oldest first; what was removed; what cannot be seen any more; votes."""

    versions: dict[str, list[Said]] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    hidden: dict[str, bool] = field(default_factory=dict)
    votes: dict[str, int] = field(default_factory=dict)  # the last that was told of each

    @property
    def refs(self) -> set[str]:
        return {*self.versions, *self.removed, *self.hidden, *self.votes}


def folded(heard: Sequence[Heard], *, now: datetime, context: Sequence[PublicPost] = ()) -> Fold:
    """The batch without its repetitions. What stands for one post does not depend on the order of arrival."""
    fold = Fold()
    for post in context:
        _add(fold, said(post, now=now, context=True))
    for item in heard:
        match item:
            case Posted(post):
                _add(fold, said(post, now=now))
            case Edited(post):
                _add(fold, said(post, now=now, anew=True))
            case Removed(ref):
                fold.removed[fit_ref(ref.id)] = None
            case Unavailable(ref):
                fold.hidden[fit_ref(ref.id)] = True
            case Voted(ref, votes):
                fold.votes[fit_ref(ref.id)] = max(0, min(votes, MANY))
    for versions in fold.versions.values():
        if len(versions) > 1:
            versions.sort(key=lambda one: one.edited_at or EARLIEST)
    return fold


def _add(fold: Fold, one: Said) -> None:
    versions = fold.versions.setdefault(one.ref, [])
    fold.hidden[one.ref] = False
    if isinstance(votes := one.extra.get(VOTES), int):
        fold.votes[one.ref] = max(0, min(votes, MANY))
    for other in versions:
        if other.digest == one.digest:
            other.context = other.context and one.context
            other.edited_at = one.edited_at if other.edited_at is None else other.edited_at
            return
    versions.append(one)


def said(post: PublicPost, *, now: datetime, anew: bool = False, context: bool = False) -> Said:
    """A post made fit for the store. Never fails on what a person can write."""
    words = clean(post.text.plain)
    warning = clean(post.warning or "")
    media = [_media(item) for item in post.media]
    return Said(
        post=post,
        ref=fit_ref(post.ref.id),
        root=_ref(post.root),
        parent=_ref(post.parent),
        author=_author(post.author),
        words=words,
        warning=warning,
        spans=[clean_json(span) for span in _list(post.text.to_json())],
        media=list(media),
        extra={clean(key): clean_json(value) for key, value in post.extra.items()},
        language=clean(post.language) if post.language and len(post.language) <= 16 else None,
        url=None if post.url is None else clean(post.url),
        at=moment(post.at, now),
        edited_at=None if post.edited_at is None else moment(post.edited_at, now),
        ours=post.ours,
        digest=post_digest(words, warning, list(media)),
        anew=anew,
        context=context,
    )


def waiting_since(at: datetime, now: datetime) -> datetime:
    """Since when a customer waits for an answer to what they wrote `at`."""
    return max(at, now - LONGEST_WAIT)


def moment(at: datetime, now: datetime) -> datetime:
    """A time that a server gave: never in the future, never before 1970."""
    try:
        known = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (OverflowError, ValueError):
        return EARLIEST if at.year < 1970 else now
    return max(min(known, now), EARLIEST)


def clean(words: str) -> str:
    """Words that every database takes: no NUL, no half of a surrogate pair."""
    if words.isascii():
        return words if "\x00" not in words else storable(words)
    try:
        words.encode()
    except UnicodeEncodeError:
        return storable(words)
    return words if "\x00" not in words else storable(words)


def clean_json(value: JSON) -> object:
    """JSON that every database takes: words clean, no number that is none."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {clean(key): clean_json(item) for key, item in value.items()}
    return [clean_json(item) for item in value]


def fit_ref(ref: str) -> str:
    """A reference as the column holds it: one that is too long keeps its beginning and gets its hash."""
    kept = clean(ref)
    if len(kept) <= LONGEST_REF:
        return kept
    return f"{kept[: LONGEST_REF - 65]}#{sha256(kept.encode()).hexdigest()}"


def _ref(ref: PostRef | None) -> str | None:
    return None if ref is None else fit_ref(ref.id)


def _list(value: JSON) -> Sequence[JSON]:
    assert isinstance(value, list)
    return value


def _author(author: Author) -> Author:
    followers = author.followers
    return Author(
        ref=fit_ref(author.ref),
        handle=clean(author.handle)[:LONGEST_REF],
        name=clean(author.name),
        avatar=None if author.avatar is None else clean(author.avatar),
        url=None if author.url is None else clean(author.url),
        followers=None if followers is None else max(0, min(followers, MANY)),
        bot=author.bot,
    )


def _media(item: Media) -> dict[str, object]:
    said: dict[str, object] = {
        "kind": item.kind.value,
        "url": clean(item.url),
        "preview_url": None if item.preview_url is None else clean(item.preview_url),
        "description": None if item.description is None else clean(item.description),
    }
    return {**said, "context": True} if item.context else said
