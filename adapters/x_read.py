"""What X says, made ours: posts, authors, pages, problems.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls. Fields: docs.x.com and
openapi.json 2.167 and 2.159 (2026-08), where posts are called tweets as well: both names are understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from adapters.errors import Malformed
from adapters.payload import JSON, read_list, read_object, read_str, read_time_or_none
from adapters.posts import BY_HAND, Author, PostRef, PublicPost
from adapters.x_content import (
    address_of,
    either,
    entities,
    id_of,
    listed,
    mapping,
    read_media,
    read_words,
    referenced,
    string,
    unescaped,
)
from adapters.x_refs import WEB, page, read_post_id, time_of


@dataclass(frozen=True, slots=True)
class Us:
    """Our account, and whether its app may reply only to those who mentioned or quoted us."""

    id: str
    handle: str
    summoned_only: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """What X says is wrong: with a whole call, or with one of the posts that were asked for."""

    type: str
    title: str
    detail: str
    about: str | None = None  # the id that was asked for

    @property
    def not_found(self) -> bool:
        return self.type.endswith("/resource-not-found")


@dataclass(frozen=True, slots=True)
class Included:
    """What an answer has besides: accounts, media, other posts; unread, by id."""

    users: Mapping[str, object] = field(default_factory=dict)
    media: Mapping[str, object] = field(default_factory=dict)
    posts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of posts. `broken` are ids of posts that cannot be read; one of them must not hide the others."""

    posts: tuple[PublicPost, ...]
    broken: tuple[str, ...]
    unnamed: int  # so many have not even an id
    histories: tuple[tuple[str, ...], ...]  # of all posts, included ones too
    problems: tuple[Problem, ...]
    next: str | None

    @property
    def count(self) -> int:
        """So many posts were read."""
        return len(self.posts) + len(self.broken)


def read_user(value: object) -> Author:
    """An account. Webhooks of deletions wrap it in `data`."""
    entry = read_object(value, "user")
    if isinstance(entry.get("data"), dict):
        entry = read_object(entry["data"], "user")
    handle = read_str(entry.get("username"), "user username")
    followers = mapping(entry.get("public_metrics")).get("followers_count")
    avatar = address_of(entry.get("profile_image_url"))
    return Author(
        ref=read_post_id(entry.get("id"), "user id"),
        handle=handle,
        name=string(entry.get("name")).strip() or handle,
        avatar=None if avatar is None else re.sub(r"_normal(\.\w+)$", r"\1", avatar),
        url=f"{WEB}/{handle}",
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
        bot=mapping(entry.get("affiliation")).get("description") == "Automated",
    )


def read_me(value: object) -> Author:
    return read_user(read_object(value, "me").get("data"))


def read_included(value: object) -> Included:
    """`includes` of an answer, each thing under its id; what has none is left out."""
    entry = mapping(value)
    return Included(
        users={id_of(one): one for one in listed(entry.get("users"))},
        media={string(mapping(one).get("media_key")): one for one in listed(entry.get("media"))},
        posts={id_of(one): one for one in listed(either(entry, "tweets", "posts"))},
    )


def read_history(value: object) -> tuple[str, ...]:
    """The ids of all versions of a post, oldest first; itself alone, where X does not say."""
    entry = read_object(value, "post")
    id = read_post_id(entry.get("id"), "post id")
    given = either(entry, "edit_history_tweet_ids", "edit_history_post_ids")
    versions = tuple(read_post_id(one, "post history") for one in listed(given))
    return versions if id in versions else (id,)


def histories_of(posts: Iterable[object]) -> tuple[tuple[str, ...], ...]:
    """The histories of those that were edited; what cannot be read has none."""
    found = []
    for one in posts:
        try:
            found.append(read_history(one))
        except Malformed:
            continue
    return tuple(history for history in found if len(history) > 1)


def read_post(value: object, included: Included, *, us: Us) -> PublicPost:
    """One version of a post. It is referred to by its first one; `extra` has this one's id and the whole history.

    Without its author in `included` the handle is empty: see `lacks_author`.
    """
    entry = read_object(value, "post")
    id = read_post_id(entry.get("id"), "post id")
    history = read_history(value)
    author = _author(read_post_id(entry.get("author_id"), "post author"), included)
    parent = referenced(entry, "replied_to")
    given = entry.get("conversation_id")
    conversation = None if given is None else read_post_id(given, "post conversation")
    ours = author.ref == us.id
    created = read_time_or_none(entry.get("created_at"), "post time")
    at = time_of(history[0]) or created
    if at is None:
        raise Malformed("post time", "a time")
    extra: dict[str, JSON] = {"id": id, "versions": list(history)}
    summoned = _summoned(entry, included, us)
    if summoned is not None:
        extra["summoned"] = summoned
    if summoned is False and us.summoned_only and not ours:
        extra[BY_HAND] = by_hand(id, author.handle)
    return PublicPost(
        ref=PostRef(history[0]),
        root=None if conversation is None else PostRef(history[0] if conversation in history else conversation),
        parent=None if parent is None else PostRef(parent),
        author=author,
        text=read_words(entry, answers=parent is not None),
        at=at,
        edited_at=None if id == history[0] else max(at, time_of(id) or created or at),
        language=_language(entry.get("lang")),
        url=page(id, author.handle),
        media=read_media(entry, media=included.media, posts=included.posts, users=included.users),
        ours=ours,
        extra=extra,
    )


def by_hand(id: str, handle: str) -> str:
    """For people: why we may not, and what to do instead."""
    return (
        "X lets apps answer only where the author mentioned us or quoted us, and here nobody did. "
        f"Answer by hand, in the browser: {page(id, handle)}"
    )


def lacks_author(post: PublicPost) -> bool:
    return not post.author.handle


def version_of(post: PublicPost) -> str:
    """The id of the version that was read."""
    return str(post.extra.get("id", post.ref.id))


def versions_of(extra: Mapping[str, JSON], ref: PostRef) -> tuple[str, ...]:
    """The ids of all versions of a post, as its `extra` has them, oldest first."""
    given = extra.get("versions")
    return tuple(one for one in given if isinstance(one, str)) if isinstance(given, list) and given else (ref.id,)


def is_repost(value: object) -> bool:
    """A repost says nothing of its own."""
    return isinstance(value, dict) and referenced(value, "retweeted") is not None


def read_page(value: object, *, us: Us) -> Page:
    """The answer of a timeline, of search, of a lookup. Reposts are left out."""
    entry = read_object(value, "page")
    included = read_included(entry.get("includes"))
    given = entry.get("data", [])
    items = [given] if isinstance(given, dict) else read_list(given, "page data")
    posts, broken = [], []
    for item in items:
        if is_repost(item):
            continue
        try:
            posts.append(read_post(item, included, us=us))
        except Malformed:
            broken.append(id_of(item))
    if items and not posts and not any(broken) and "" in broken:
        raise Malformed("page", "posts, or at least their ids")
    return Page(
        posts=tuple(posts),
        broken=tuple(id for id in broken if id),
        unnamed=broken.count(""),
        histories=histories_of((*items, *included.posts.values())),
        problems=read_problems(value),
        next=string(mapping(entry.get("meta")).get("next_token")) or None,
    )


def read_problems(value: object) -> tuple[Problem, ...]:
    """What is wrong, in either of the two shapes; a good answer may name posts that it could not give."""
    if not isinstance(value, dict):
        return ()
    errors = value.get("errors")
    entries = errors if isinstance(errors, list) else []
    if not entries and ("title" in value or "detail" in value) and "data" not in value:
        entries = [value]
    return tuple(_problem(one) for one in entries if isinstance(one, dict))


def read_created(value: object) -> tuple[str, str | None]:
    """The answer of a new post: its id, and its text."""
    entry = read_object(read_object(value, "created").get("data"), "created data")
    text = entry.get("text")
    return read_post_id(entry.get("id"), "created id"), unescaped(read_str(text, "text")) if text is not None else None


def read_deleted(value: object) -> bool:
    return mapping(mapping(value).get("data")).get("deleted") is True


# Inside


def _problem(entry: Mapping[str, object]) -> Problem:
    about = string(entry.get("resource_id")) or string(entry.get("value"))
    detail = string(entry.get("detail")) or string(entry.get("message"))
    return Problem(string(entry.get("type")), string(entry.get("title")), detail, about or None)


def _author(id: str, included: Included) -> Author:
    given = included.users.get(id)
    if given is not None:
        try:
            return read_user(given)
        except Malformed:
            pass
    return Author(ref=id, handle="", name="Somebody on X", url=f"{WEB}/i/user/{id}")


def _summoned(entry: Mapping[str, object], included: Included, us: Us) -> bool | None:
    """Whether the author mentioned us or quoted a post of ours; None: the answer does not tell."""
    for one in entities(entry, "mentions"):
        if one.get("id") == us.id or string(one.get("username")).lower() == us.handle.lower():
            return True
    quoted = referenced(entry, "quoted")
    if quoted is None:
        return False
    author = mapping(included.posts.get(quoted)).get("author_id")
    return None if author is None else author == us.id


def _language(value: object) -> str | None:
    """X's own signs for "nobody knows" and "nothing to read" are none."""
    words = string(value)
    return None if not words or words == "und" or (words.startswith(("q", "zx", "art")) and len(words) == 3) else words
