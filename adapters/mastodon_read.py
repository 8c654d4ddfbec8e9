"""What servers of the Mastodon kind say, made ours: statuses, accounts, notifications, the instance.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls.
Fields: docs.joinmastodon.org/entities, 2026-07; oddities of other servers as they were seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from adapters.errors import Malformed
from adapters.markup import from_html, is_web_address
from adapters.payload import (
    JSON,
    read_id,
    read_int,
    read_list,
    read_object,
    read_str,
    read_str_or_none,
    read_time,
    read_time_or_none,
)
from adapters.pictures import JPEG, PNG, TakenPictures
from adapters.posts import Audience, Author, Media, MediaKind, PostRef, PublicPost

T = TypeVar("T")

_AUDIENCES: Mapping[str, Audience] = {
    "public": Audience.PUBLIC,
    "unlisted": Audience.UNLISTED,
    "private": Audience.FOLLOWERS,
    "direct": Audience.DIRECT,
}
AUDIENCE_WORDS: Mapping[Audience, str] = {audience: word for word, audience in _AUDIENCES.items()}
_MEDIA: Mapping[str, MediaKind] = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "gifv": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}


#: What vanilla Mastodon takes: docs.joinmastodon.org/entities/Instance/#media_attachments, 2026-07.
PICTURES = TakenPictures(
    count=4, size=16 * 2**20, kinds=frozenset({JPEG, PNG, "image/gif", "image/webp"}), pixels=33_177_600, alt=1_500
)


@dataclass(frozen=True, slots=True)
class Instance:
    """What we need to know of a server. Defaults are vanilla Mastodon's."""

    domain: str
    version: str = ""
    length: int = 500  # docs.joinmastodon.org/entities/Instance/#max_characters
    per_url: int = 23  # docs.joinmastodon.org/entities/Instance/#characters_reserved_per_url
    pictures: TakenPictures = PICTURES
    streaming: str | None = None  # the address under which streams are, if the server names one


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody mentioned, quoted or answered us. `id` counts notifications, never compare it with a status's."""

    id: str
    kind: str
    at: datetime
    post: PublicPost | None
    broken: PostRef | None = None  # the post is there, but unreadable


def read_instance(value: object, domain: str) -> Instance:
    """The answer of /api/v2/instance or /api/v1/instance; what is missing keeps its default."""
    entry = read_object(value, "instance")
    configuration = _mapping(entry.get("configuration"))
    statuses = _mapping(configuration.get("statuses"))
    urls = {**_mapping(entry.get("urls")), **_mapping(configuration.get("urls"))}
    streaming = urls.get("streaming") or urls.get("streaming_api")
    named = entry.get("domain")
    known = Instance(domain=named.lower() if isinstance(named, str) and named else domain)
    return Instance(
        domain=known.domain,
        version=_str(entry.get("version")),
        # `max_toot_chars` and `max_characters` at the top are spellings of forks.
        length=_positive(statuses.get("max_characters"), entry.get("max_toot_chars")) or known.length,
        per_url=_positive(statuses.get("characters_reserved_per_url")) or known.per_url,
        pictures=_taken(statuses, _mapping(configuration.get("media_attachments"))),
        streaming=streaming if isinstance(streaming, str) and streaming else None,
    )


def _taken(statuses: Mapping[str, object], given: Mapping[str, object]) -> TakenPictures:
    kinds = given.get("supported_mime_types")
    named = {kind for kind in kinds if isinstance(kind, str)} if isinstance(kinds, list) else set()
    return TakenPictures(
        count=_positive(statuses.get("max_media_attachments")) or PICTURES.count,
        size=_positive(given.get("image_size_limit")) or PICTURES.size,
        kinds=frozenset(kind for kind in named if kind.startswith("image/")) or PICTURES.kinds,
        pixels=_positive(given.get("image_matrix_limit")) or PICTURES.pixels,
        alt=_positive(given.get("description_limit")) or PICTURES.alt,
    )


def read_media(value: object) -> tuple[str, bool]:
    """An uploaded file's id, and whether the server has processed it (until then it names no address)."""
    entry = read_object(value, "media")
    return read_id(entry.get("id"), "media id"), _address(entry.get("url")) is not None


def read_dropped(value: object) -> tuple[str, ...]:
    """From a notification policy, whose notifications are thrown away, in the server's words."""
    policy = read_object(value, "notification policy")
    return tuple(
        key.removeprefix("for_").replace("_", " ")
        for key, rule in sorted(policy.items(), key=lambda item: str(item[0]))
        if isinstance(key, str) and rule == "drop"
    )


def read_account(value: object, domain: str) -> Author:
    """An account. `handle` carries the server's name only for people of other servers, as one mentions them."""
    entry = read_object(value, "account")
    followers = entry.get("followers_count")
    acct = read_str(entry.get("acct") or entry.get("username"), "account acct").lstrip("@")
    name = _str(entry.get("display_name")) or _str(entry.get("username")) or acct
    return Author(
        ref=read_id(entry.get("id"), "account id"),
        handle=short_handle(acct, domain),
        name=name,
        avatar=_address(entry.get("avatar_static")) or _address(entry.get("avatar")),
        url=_address(entry.get("url")),
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
        bot=entry.get("bot") is True,
    )


def short_handle(acct: str, domain: str) -> str:
    """`ann@our.server` is `ann`: some servers write local accounts with the domain in some places."""
    user, _, host = acct.partition("@")
    return user if host.lower() == domain.lower() else acct


def read_status(value: object, *, me: str | None, domain: str) -> PublicPost:
    """A status. `me` is the id of our account. A status without reply target is the root of its thread."""
    entry = read_object(value, "status")
    ref = PostRef(read_id(entry.get("id"), "status id"))
    parent = entry.get("in_reply_to_id")
    author = read_account(entry.get("account"), domain)
    handles = _handles(entry.get("mentions"), domain)
    addressed = {url: "@" + handle for url, handle in handles if url}
    warning = _str(entry.get("spoiler_text"))
    extra: dict[str, JSON] = {
        "handle": author.handle,
        "account": author.ref,
        "mentions": [handle for _, handle in handles],
    }
    if uri := _str(entry.get("uri")):
        extra["uri"] = uri
    return PublicPost(
        ref=ref,
        root=ref if parent is None else None,
        parent=None if parent is None else PostRef(read_id(parent, "status in_reply_to_id")),
        author=author,
        text=from_html(read_str(entry.get("content") or "", "status content"), mentions=addressed),
        at=read_time(entry.get("created_at"), "status created_at"),
        edited_at=read_time_or_none(entry.get("edited_at"), "status edited_at"),
        # An unknown word is some fork's narrower audience ("local", "list"): never answer it more widely.
        visibility=_AUDIENCES.get(read_str(entry.get("visibility", "public"), "visibility"), Audience.DIRECT),
        language=_str(entry.get("language")) or None,
        warning=warning or None,
        url=_address(entry.get("url")) or _address(entry.get("uri")),
        media=_each(entry.get("media_attachments"), _read_media),
        ours=me is not None and author.ref == me,
        extra=extra,
    )


def read_statuses(value: object, *, me: str | None, domain: str) -> tuple[PublicPost, ...]:
    """A list of statuses. One that cannot be read makes the list unreadable: nothing is skipped in silence."""
    return tuple(read_status(item, me=me, domain=domain) for item in read_list(value, "statuses"))


def read_context(
    value: object, *, me: str | None, domain: str
) -> tuple[tuple[PublicPost, ...], tuple[PublicPost, ...]]:
    """Ancestors (oldest first) and descendants of a status."""
    entry = read_object(value, "context")
    return (
        read_statuses(entry.get("ancestors"), me=me, domain=domain),
        read_statuses(entry.get("descendants"), me=me, domain=domain),
    )


def read_notification(value: object, *, me: str | None, domain: str) -> Notification:
    entry = read_object(value, "notification")
    status = entry.get("status")
    return Notification(
        id=read_id(entry.get("id"), "notification id"),
        kind=read_str(entry.get("type"), "notification type"),
        at=read_time(entry.get("created_at"), "notification created_at"),
        post=None if status is None else read_status(status, me=me, domain=domain),
    )


def read_blocked_by(value: object) -> bool:
    """From the answer of /api/v1/accounts/relationships for one account: whether it blocks us."""
    return any(
        read_object(item, "relationship").get("blocked_by") is True for item in read_list(value, "relationships")
    )


def read_source(value: object) -> tuple[str, str]:
    """The raw text and warning of a status of ours, as they were sent."""
    entry = read_object(value, "status source")
    return read_str(entry.get("text"), "source text"), read_str(entry.get("spoiler_text") or "", "source warning")


def with_root(posts: Sequence[PublicPost], root: PostRef) -> tuple[PublicPost, ...]:
    return tuple(replace(post, root=root) for post in posts)


def fingerprint(post: PublicPost) -> str:
    """Changes whenever what a person sees of the post changes; says nothing about the words."""
    seen = [post.text.plain, post.warning or "", *(f"{m.url} {m.description}" for m in post.media)]
    if post.edited_at is not None:
        seen.append(post.edited_at.isoformat())
    return hashlib.sha256("\x1f".join(seen).encode()).hexdigest()[:12]


def _read_media(value: object) -> Media | None:
    entry = read_object(value, "media")
    url = _address(entry.get("url")) or _address(entry.get("remote_url"))
    if url is None:
        return None  # still being processed, or a link that nobody may open
    return Media(
        kind=_MEDIA.get(_str(entry.get("type")), MediaKind.OTHER),
        url=url,
        preview_url=_address(entry.get("preview_url")),
        description=read_str_or_none(entry.get("description"), "media description"),
    )


def _handles(value: object, domain: str) -> tuple[tuple[str, str], ...]:
    def one(item: object) -> tuple[str, str] | None:
        entry = read_object(item, "mention")
        acct = _str(entry.get("acct")) or _str(entry.get("username"))
        return (_str(entry.get("url")), short_handle(acct, domain)) if acct else None

    return _each(value, one)


def _each(value: object, read: Callable[[object], T | None]) -> tuple[T, ...]:
    """The readable items of a list that is decoration: one bad item must not hide the post."""
    found: list[T] = []
    for item in value if isinstance(value, list) else []:
        try:
            one = read(item)
        except Malformed:
            continue
        if one is not None:
            found.append(one)
    return tuple(found)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    return read_str(value, "") if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    words = _str(value)
    return words if is_web_address(words) else None


def _positive(*values: object) -> int | None:
    for value in values:
        try:
            if (number := read_int(value, "")) > 0:
                return number
        except Malformed:
            continue
    return None
