"""What a system of your own tells us, and what it answers, made ours. Any JSON gives a value or `Malformed`.

What is allowed is written down for builders in `inbound_describe`; both are held against each other by tests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from adapters.errors import Malformed
from adapters.inbound_settings import Settings
from adapters.markup import from_html, is_web_address
from adapters.payload import read_id, read_int, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.posts import (
    BY_HAND,
    Audience,
    Author,
    Edited,
    Heard,
    Media,
    MediaKind,
    Posted,
    PostRef,
    PublicPost,
    Receipt,
    Removed,
    Unavailable,
)
from adapters.text import Text

LONGEST_ID = 256
MOST_WORDS = 100_000  # characters of a message
MOST_MEDIA = 20
ANSWER_THERE = "Its system takes no replies from me: answer there."


class Kind(Enum):
    """What their system tells."""

    POSTED = "message.posted"
    EDITED = "message.edited"
    DELETED = "message.deleted"
    HIDDEN = "message.hidden"


@dataclass(frozen=True, slots=True)
class Standing:
    """A reply of ours as their system shows it. `key` is the webhook-id it came with, if they kept it."""

    ref: PostRef
    key: str | None
    text: str
    at: datetime
    url: str | None


def read_body(body: bytes) -> object:
    """The JSON of a call."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("body", "JSON") from None
    return value


def read_event(value: object, *, at: datetime, settings: Settings) -> Heard:
    """One event. `at`: when it was signed."""
    entry = read_object(value, "event")
    try:
        kind = Kind(read_str(entry.get("type"), "event type"))
    except ValueError:
        raise Malformed("event type", "one of " + ", ".join(one.value for one in Kind)) from None
    data = read_object(entry.get("data"), "event data")
    match kind:
        case Kind.DELETED:
            return Removed(PostRef(_id(data.get("id"), "message id")))
        case Kind.HIDDEN:
            return Unavailable(PostRef(_id(data.get("id"), "message id")), "its system does not show it any more")
        case Kind.EDITED:
            return Edited(read_message(data, at=at, settings=settings, edited=True))
        case Kind.POSTED:
            return Posted(read_message(data, at=at, settings=settings))


def read_message(value: object, *, at: datetime, settings: Settings, edited: bool = False) -> PublicPost:
    """A message. `at` stands in for when it was written. `edited`: it has to say when, so that a call which comes late
    is not taken for news."""
    entry = read_object(value, "message")
    ref = PostRef(_id(entry.get("id"), "message id"))
    parent = _ref(entry.get("parent"), "message parent")
    thread = _ref(entry.get("thread"), "message thread")
    written = _time(entry.get("at"), "message at")
    changed = _time(entry.get("edited_at"), "message edited_at")
    if edited and changed is None:
        raise Malformed("message edited_at", "when it was edited")
    written = written or (min(at, changed) if changed else at)
    ours = _yes(entry.get("ours"), "message ours")
    return PublicPost(
        ref=ref,
        root=thread or (ref if parent is None else None),
        parent=parent if parent is not None else (thread if thread not in (None, ref) else None),
        author=us(settings) if ours else read_author(entry.get("author")),
        text=_words(entry),
        at=written,
        edited_at=None if changed is None else max(changed, written),
        visibility=_audience(entry.get("audience")),
        language=read_str_or_none(entry.get("language"), "message language"),
        url=_address(entry.get("url"), "message url"),
        media=_media(entry.get("media")),
        ours=ours,
        extra={} if settings.webhook or ours else {BY_HAND: ANSWER_THERE},
    )


def read_author(value: object) -> Author:
    """Who wrote. Only a name is needed: a contact form knows no more."""
    entry = read_object(value, "author")
    name = read_str(entry.get("name"), "author name").strip()
    if not name:
        raise Malformed("author name", "a name")
    handle = (read_str_or_none(entry.get("handle"), "author handle") or "").strip().removeprefix("@")
    followers = entry.get("followers")
    return Author(
        ref=_id(entry.get("id", f"name:{name}"[:LONGEST_ID]), "author id"),
        handle=handle,
        name=name,
        avatar=_address(entry.get("avatar"), "author avatar"),
        url=_address(entry.get("url"), "author url"),
        followers=None if followers is None else max(0, read_int(followers, "author followers")),
        bot=_yes(entry.get("bot"), "author bot"),
    )


def read_found(value: object, key: str) -> object | None:
    """What a question found; None: their system says that there is nothing. Anything else is no answer."""
    entry = read_object(value, "answer")
    found = entry.get("found")
    if not isinstance(found, bool):
        raise Malformed("answer found", "true or false")
    return entry.get(key) if found else None


def read_standing(value: object, *, now: datetime) -> tuple[Standing, ...]:
    """The answer to replies.asked."""
    replies = read_list(read_object(value, "answer").get("replies"), "answer replies")
    return tuple(_standing(one, now) for one in replies)


def _standing(value: object, now: datetime) -> Standing:
    entry = read_object(value, "reply")
    return Standing(
        ref=PostRef(_id(entry.get("id"), "reply id")),
        key=read_str_or_none(entry.get("key"), "reply key"),
        text=read_str(entry.get("text"), "reply text"),
        at=_time(entry.get("at"), "reply at") or now,
        url=_address(entry.get("url"), "reply url"),
    )


def read_receipt(value: object, *, key: str, now: datetime) -> Receipt:
    """What the webhook answered to a reply that it took. It may say nothing: then the reply is called by our key."""
    entry = read_object(value, "answer") if isinstance(value, dict) else {}
    return Receipt(
        ref=PostRef(_id(entry.get("id", key), "reply id")),
        url=_address(entry.get("url"), "reply url"),
        at=_time(entry.get("at"), "reply at") or now,
        text=read_str_or_none(entry.get("text"), "reply text"),
    )


def us(settings: Settings) -> Author:
    """Who we are there."""
    return Author(ref="us", handle=settings.called, name=settings.called)


# Inside


def _id(value: object, where: str) -> str:
    read = read_id(value, where)
    if len(read) > LONGEST_ID:
        raise Malformed(where, f"at most {LONGEST_ID} characters")
    return read


def _ref(value: object, where: str) -> PostRef | None:
    return None if value is None else PostRef(_id(value, where))


def _time(value: object, where: str) -> datetime | None:
    return None if value is None else read_time(value, where)


def _yes(value: object, where: str) -> bool:
    if value is not None and not isinstance(value, bool):
        raise Malformed(where, "true or false")
    return value is True


def _words(entry: Mapping[str, object]) -> Text:
    """`text` as it stands, or `html` made into words; one of the two."""
    text, html = entry.get("text"), entry.get("html")
    if (text is None) == (html is None):
        raise Malformed("message", "either text or html")
    words = read_str(text if html is None else html, "message text" if html is None else "message html")
    if len(words) > MOST_WORDS:
        raise Malformed("message text", f"at most {MOST_WORDS} characters")
    return Text.of(words) if html is None else from_html(words)


def _audience(value: object) -> Audience:
    if value is None:
        return Audience.PUBLIC
    try:
        return Audience(value)
    except ValueError:
        raise Malformed("message audience", "one of " + ", ".join(one.value for one in Audience)) from None


def _address(value: object, where: str) -> str | None:
    """An address of the web; what is none is left out rather than shown."""
    address = read_str_or_none(value, where)
    return address if address is not None and is_web_address(address) else None


def _media(value: object) -> tuple[Media, ...]:
    if value is None:
        return ()
    items = read_list(value, "message media")
    if len(items) > MOST_MEDIA:
        raise Malformed("message media", f"at most {MOST_MEDIA}")
    return tuple(one for one in map(_medium, items) if one is not None)


def _medium(value: object) -> Media | None:
    entry = read_object(value, "media")
    url = _address(entry.get("url"), "media url")
    try:
        kind = MediaKind(entry.get("kind", "other"))
    except ValueError:
        raise Malformed("media kind", "one of " + ", ".join(one.value for one in MediaKind)) from None
    if url is None:
        return None
    preview = _address(entry.get("preview_url"), "media preview_url")
    return Media(kind, url, preview, read_str_or_none(entry.get("description"), "media description"))
