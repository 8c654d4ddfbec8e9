"""What Threads says, made ours: posts and replies, profiles, quotas, containers, webhooks.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls.
Fields: developers.facebook.com/documentation/threads (2025-12 to 2026-07) and answers recorded by restfb.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from adapters.errors import Malformed
from adapters.markup import is_web_address
from adapters.payload import JSON, read_id, read_int, read_list, read_object, read_str, read_time
from adapters.posts import Author, Media, MediaKind, PostRef, PublicPost
from adapters.text import Mark, Span, Text, joined

# Fields that every kind of post takes; unknown ones would be an error (threads/reference/reply-management, 2026-02).
FIELDS = (
    "id,text,username,permalink,timestamp,media_type,media_url,thumbnail_url,gif_url,alt_text,"
    "children{media_type,media_url,thumbnail_url,alt_text},is_quote_post,link_attachment_url,has_replies,is_reply,"
    "is_reply_owned_by_me,root_post,replied_to,hide_status,reply_audience,is_verified,profile_picture_url"
)
_HIDDEN = frozenset({"HIDDEN", "COVERED", "BLOCKED", "RESTRICTED"})
_MEDIA: Mapping[str, MediaKind] = {
    "IMAGE": MediaKind.IMAGE,
    "VIDEO": MediaKind.VIDEO,
    "AUDIO": MediaKind.AUDIO,
    "CAROUSEL_ALBUM": MediaKind.OTHER,
}
# What stands in a text as plain characters and Threads shows as a link (threads/create-posts, 2026).
_PARTS = re.compile(
    r"(?P<link>https?://[^\s<>\"]*[^\s<>\".,;:!?)'\]])|(?P<mention>(?<![\w.@/])@[A-Za-z0-9_][A-Za-z0-9_.]{0,29})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A post or reply, and what of it is no part of what people said."""

    post: PublicPost  # without its root where that hangs on whose post it stands under: see `placed`
    root: str | None  # the post at the top; None: it was not told
    root_author: str | None = None  # told by webhooks only
    hidden: bool = False
    audience: str = ""  # who may answer, where it is told
    answered: bool = False  # something stands under it

    @property
    def id(self) -> str:
        return self.post.ref.id


class Ready(Enum):
    """What became of a container."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    EXPIRED = "EXPIRED"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Quota:
    """How many of a kind in the last 24 hours, and how many there may be."""

    used: int
    total: int
    per: timedelta

    @property
    def left(self) -> int:
        return max(0, self.total - self.used)


@dataclass(frozen=True, slots=True)
class Quotas:
    """Those that Threads told; None: it did not."""

    replies: Quota | None
    deletions: Quota | None


# Posts


def read_thread(value: object, *, me: str | None) -> Thread:
    """A post or a reply, from the API or from a webhook. `me`: our username."""
    entry = read_object(value, "post")
    ref = PostRef(read_id(entry.get("id"), "post id"))
    author = _read_author(entry)
    parent = _id_in(entry.get("replied_to"))
    root = entry.get("root_post")
    top = _id_in(root)
    is_reply = parent is not None or entry.get("is_reply") is True
    words = entry.get("text")
    text = read_text(read_str(words, "post text")) if words is not None else Text()
    link = _address(entry.get("link_attachment_url"))
    if link is not None and link not in text.plain:
        text = text + Text((*([Span("\n\n")] if text else []), Span(link, Mark.LINK, link)))
    owner = root.get("username") if isinstance(root, dict) else None
    extra: dict[str, JSON] = {"username": author.handle}
    if top is not None:
        extra["root"] = top
    if entry.get("is_quote_post") is True:
        extra["quotes"] = True
    return Thread(
        post=PublicPost(
            ref=ref,
            root=None,
            parent=None if parent is None else PostRef(parent),
            author=author,
            text=text,
            at=read_time(entry.get("timestamp"), "post timestamp"),
            url=_address(entry.get("permalink")),
            media=_read_media(entry),
            ours=entry.get("is_reply_owned_by_me") is True or (me is not None and author.ref == me.lower()),
            extra=extra,
        ),
        root=top if is_reply else ref.id,
        root_author=owner.lower() if isinstance(owner, str) and owner else None,
        hidden=str(entry.get("hide_status", "")) in _HIDDEN,
        audience=read_str(entry.get("reply_audience"), "reply_audience") if _is_str(entry, "reply_audience") else "",
        answered=entry.get("has_replies") is True,
    )


def placed(thread: Thread, *, under_ours: bool) -> PublicPost:
    """The post with the key of its conversation.

    Under our own posts many people answer who have nothing to do with each other: there every answer at the top begins
    a conversation. Under anybody else's the post does. None: it is further down, or its top was not told: ask `thread`.
    """
    post = thread.post
    if post.parent is None or not under_ours:
        return replace(post, root=None if thread.root is None else PostRef(thread.root))
    if post.parent.id == thread.root:
        return replace(post, root=post.ref, parent=None)
    return replace(post, root=None)


def fingerprint(thread: Thread) -> str:
    """Changes whenever what a person sees of the post changes; says nothing about the words."""
    seen = [thread.post.text.plain, *(f"{one.kind} {one.description}" for one in thread.post.media)]
    return hashlib.sha256("\x1f".join(seen).encode()).hexdigest()[:12]


def read_text(words: str) -> Text:
    """Plain words, with what Threads makes links of."""
    spans: list[Span] = []
    at = 0
    for found in _PARTS.finditer(words):
        spans.append(Span(words[at : found.start()]))
        if found["link"]:
            spans.append(Span(found[0], Mark.LINK, found[0]))
        else:
            spans.append(Span(found[0], Mark.MENTION, f"https://www.threads.net/{found[0].rstrip('.')}"))
        at = found.end()
    return joined([*spans, Span(words[at:])])


def read_list_of(value: object, *, me: str | None) -> tuple[tuple[Thread, ...], tuple[str, ...], str | None]:
    """A page of a list: what can be read, the ids of what cannot, and where the next page begins.

    Threads gives no address of the next page, only a place to begin at (retrieve-and-discover-posts, 2025-06).
    """
    entry = read_object(value, "list")
    found: list[Thread] = []
    broken: list[str] = []
    for item in read_list(entry.get("data"), "list data"):
        try:
            found.append(read_thread(item, me=me))
        except Malformed:
            one = item.get("id") if isinstance(item, dict) else None
            if isinstance(one, str) and re.fullmatch(r"\w{1,100}", one):
                broken.append(one)
    return tuple(found), tuple(broken), read_after(entry)


def read_after(entry: Mapping[str, object]) -> str | None:
    paging = entry.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None


# What else it says


def read_me(value: object) -> Author:
    entry = read_object(value, "me")
    username = read_str(entry.get("username"), "me username")
    if not username:
        raise Malformed("me username", "a name")
    return Author(
        ref=username.lower(),
        handle=username,
        name=_str(entry.get("name")) or username,
        avatar=_address(entry.get("threads_profile_picture_url")),
        url=f"https://www.threads.net/@{username}",
    )


def read_profile(value: object, author: Author) -> Author:
    """`author`, with what /profile_lookup says of them."""
    entry = read_object(value, "profile")
    followers = entry.get("follower_count")
    return replace(
        author,
        name=_str(entry.get("name")) or author.name,
        avatar=_address(entry.get("profile_picture_url")) or author.avatar,
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
    )


def read_quotas(value: object) -> Quotas:
    """The answer of /me/threads_publishing_limit; recorded both in a list and bare."""
    entry = read_object(value, "quota")
    if "data" in entry:
        items = read_list(entry.get("data"), "quota data")
        entry = read_object(items[0], "quota") if items else {}
    return Quotas(_quota(entry, "reply"), _quota(entry, "delete"))


def _quota(entry: Mapping[str, object], kind: str) -> Quota | None:
    config, used = entry.get(f"{kind}_config"), entry.get(f"{kind}_quota_usage")
    if not isinstance(config, dict) or used is None:
        return None
    seconds = read_int(config.get("quota_duration"), f"{kind} quota_duration")
    total = read_int(config.get("quota_total"), f"{kind} quota_total")
    return Quota(read_int(used, f"{kind}_quota_usage"), total, timedelta(seconds=min(max(0, seconds), 10**7)))


def read_container(value: object) -> tuple[Ready, str]:
    """What became of a container, and the error it names."""
    entry = read_object(value, "container")
    try:
        return Ready(read_str(entry.get("status"), "container status")), _str(entry.get("error_message"))
    except ValueError:
        raise Malformed("container status", "one of " + ", ".join(one.value for one in Ready)) from None


def read_made(value: object) -> str:
    """The id of what was made."""
    return read_id(read_object(value, "answer").get("id"), "answer id")


# Webhooks


@dataclass(frozen=True, slots=True)
class Event:
    """One notification. `thread` for what was said; `gone`: a post of ours that was deleted."""

    kind: str
    thread: Thread | None = None
    gone: str | None = None


def read_call(value: object, *, me: str) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """The body of a webhook: what it tells, and what we pass over, by name. One broken part hides no other."""
    call = read_object(value, "call")
    if "values" not in call:
        raise Malformed("call values", "what happened")
    given = call["values"]
    events: list[Event] = []
    passed: list[str] = []
    for item in given if isinstance(given, list) else [given]:
        entry = item if isinstance(item, dict) else {}
        kind = _str(entry.get("field")) or "unnamed"
        if kind not in ("replies", "mentions", "publish", "delete"):
            passed.append(kind[:40])
            continue
        try:
            events.append(_event(kind, read_object(entry.get("value"), kind), me))
        except Malformed as error:
            passed.append(f"{kind} (unreadable: {error.where})")
    return tuple(events), tuple(passed)


def _event(kind: str, value: Mapping[str, object], me: str) -> Event:
    if kind == "delete":
        return Event(kind, gone=read_id(value.get("id"), "deleted id"))
    return Event(kind, thread=read_thread(value, me=me))


# Parts


def _read_author(entry: Mapping[str, object]) -> Author:
    """By their name: Threads tells no id of others."""
    username = read_str(entry.get("username"), "post username")
    if not username:
        raise Malformed("post username", "a name")
    return Author(
        ref=username.lower(),
        handle=username,
        name=username,
        avatar=_address(entry.get("profile_picture_url")),
        url=f"https://www.threads.net/@{username}",
    )


def _read_media(entry: Mapping[str, object]) -> tuple[Media, ...]:
    """Pictures and videos; what of them cannot be read is left out, and never hides the words."""
    given = entry.get("children")
    children = given.get("data") if isinstance(given, dict) else None
    items: Sequence[object] = children if isinstance(children, list) and children else [entry]
    found: list[Media] = []
    for item in items:
        one: Mapping[str, object] = item if isinstance(item, dict) else {}
        url = _address(one.get("media_url")) or _address(one.get("gif_url"))
        if url is not None:
            kind = MediaKind.IMAGE if one.get("gif_url") else _MEDIA.get(_str(one.get("media_type")), MediaKind.OTHER)
            preview = _address(one.get("thumbnail_url"))
            found.append(Media(kind=kind, url=url, preview_url=preview, description=_str(one.get("alt_text")) or None))
    return tuple(found)


def _id_in(value: object) -> str | None:
    """The id of a post that is named by another one."""
    return read_id(value.get("id"), "named post") if isinstance(value, dict) and "id" in value else None


def _is_str(entry: Mapping[str, object], key: str) -> bool:
    return isinstance(entry.get(key), str)


def _str(value: object) -> str:
    return read_str(value, "") if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    words = _str(value)
    return words if is_web_address(words) else None
