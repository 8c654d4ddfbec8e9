"""What X says, made ours: posts, authors, pages, problems.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls. Fields: docs.x.com and
openapi.json 2.167 and 2.159 (2026-08), where posts are called tweets as well: both names are understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from adapters.errors import Malformed
from adapters.markup import is_web_address
from adapters.payload import JSON, read_list, read_object, read_str, read_time_or_none
from adapters.posts import BY_HAND, Author, Media, MediaKind, PostRef, PublicPost
from adapters.text import Mark, Span, Text, joined
from adapters.x_refs import WEB, page, read_post_id, time_of

LONGEST_TEXT = 100_000  # a post of a Premium account has 25,000 characters
_KINDS = {"photo": MediaKind.IMAGE, "video": MediaKind.VIDEO, "animated_gif": MediaKind.VIDEO}
_LEADING = re.compile(r"(?:@\w{1,20}\s+)+")


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
    histories: tuple[tuple[str, ...], ...]  # of all posts, included ones too
    problems: tuple[Problem, ...]
    next: str | None

    @property
    def count(self) -> int:
        """So many posts were read, and are paid for."""
        return len(self.posts) + len(self.broken)


def read_user(value: object) -> Author:
    """An account. Webhooks of deletions wrap it in `data`."""
    entry = read_object(value, "user")
    if isinstance(entry.get("data"), dict):
        entry = read_object(entry["data"], "user")
    handle = read_str(entry.get("username"), "user username")
    followers = _mapping(entry.get("public_metrics")).get("followers_count")
    avatar = _address(entry.get("profile_image_url"))
    return Author(
        ref=read_post_id(entry.get("id"), "user id"),
        handle=handle,
        name=_str(entry.get("name")).strip() or handle,
        avatar=None if avatar is None else re.sub(r"_normal(\.\w+)$", r"\1", avatar),
        url=f"{WEB}/{handle}",
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
        bot=_mapping(entry.get("affiliation")).get("description") == "Automated",
    )


def read_me(value: object) -> Author:
    return read_user(read_object(value, "me").get("data"))


def read_included(value: object) -> Included:
    """`includes` of an answer, each thing under its id; what has none is left out."""
    entry = _mapping(value)
    return Included(
        users={_id_of(one): one for one in _list(entry.get("users"))},
        media={_str(_mapping(one).get("media_key")): one for one in _list(entry.get("media"))},
        posts={_id_of(one): one for one in _list(_either(entry, "tweets", "posts"))},
    )


def read_history(value: object) -> tuple[str, ...]:
    """The ids of all versions of a post, oldest first; itself alone, where X does not say."""
    entry = read_object(value, "post")
    id = read_post_id(entry.get("id"), "post id")
    given = _either(entry, "edit_history_tweet_ids", "edit_history_post_ids")
    versions = tuple(read_post_id(one, "post history") for one in _list(given))
    return versions if id in versions else (id,)


def read_post(value: object, included: Included, *, us: Us) -> PublicPost:
    """One version of a post. It is referred to by its first one; `extra` has this one's id and the whole history.

    Without its author in `included` the handle is empty: see `lacks_author`.
    """
    entry = read_object(value, "post")
    id = read_post_id(entry.get("id"), "post id")
    history = read_history(value)
    author = _author(read_post_id(entry.get("author_id"), "post author"), included)
    parent = _referenced(entry, "replied_to")
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
        text=_text(entry, answers=parent is not None),
        at=at,
        edited_at=None if id == history[0] else max(at, time_of(id) or created or at),
        language=_language(entry.get("lang")),
        url=page(id, author.handle),
        media=_media(entry, included),
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
    return isinstance(value, dict) and _referenced(value, "retweeted") is not None


def read_page(value: object, *, us: Us) -> Page:
    """The answer of a timeline, of search, of a lookup. Reposts are left out."""
    entry = read_object(value, "page")
    included = read_included(entry.get("includes"))
    given = entry.get("data", [])
    items = [given] if isinstance(given, dict) else read_list(given, "page data")
    posts, broken, histories = [], [], []
    for item in items:
        if is_repost(item):
            continue
        try:
            posts.append(read_post(item, included, us=us))
        except Malformed:
            if not (id := _id_of(item)):
                raise
            broken.append(id)
    for item in (*items, *included.posts.values()):
        try:
            histories.append(read_history(item))
        except Malformed:
            continue
    return Page(
        posts=tuple(posts),
        broken=tuple(broken),
        histories=tuple(one for one in histories if len(one) > 1),
        problems=read_problems(value),
        next=_str(_mapping(entry.get("meta")).get("next_token")) or None,
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
    return _mapping(_mapping(value).get("data")).get("deleted") is True


def unescaped(words: str) -> str:
    """X escapes these three, and nothing else."""
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def without_leading(words: str) -> str:
    """A reply without the mentions at its beginning: X puts them there, and shows them elsewhere."""
    return _LEADING.sub("", words, count=1) if words.startswith("@") else words


# Inside


def _problem(entry: Mapping[str, object]) -> Problem:
    about = _str(entry.get("resource_id")) or _str(entry.get("value"))
    detail = _str(entry.get("detail")) or _str(entry.get("message"))
    return Problem(_str(entry.get("type")), _str(entry.get("title")), detail, about or None)


def _author(id: str, included: Included) -> Author:
    given = included.users.get(id)
    if given is not None:
        try:
            return read_user(given)
        except Malformed:
            pass
    return Author(ref=id, handle="", name="", url=f"{WEB}/i/user/{id}")


def _referenced(entry: Mapping[str, object], kind: str) -> str | None:
    for one in _list(_either(entry, "referenced_tweets", "referenced_posts")):
        if _mapping(one).get("type") == kind and (id := _id_of(one)):
            return id
    return None


def _summoned(entry: Mapping[str, object], included: Included, us: Us) -> bool | None:
    """Whether the author mentioned us or quoted a post of ours; None: the answer does not tell."""
    for one in _entities(entry, "mentions"):
        if one.get("id") == us.id or _str(one.get("username")).lower() == us.handle.lower():
            return True
    quoted = _referenced(entry, "quoted")
    if quoted is None:
        return False
    author = _mapping(included.posts.get(quoted)).get("author_id")
    return None if author is None else author == us.id


def _text(entry: Mapping[str, object], *, answers: bool) -> Text:
    """The words with their links, mentions and tags. Where X says that the beginning is not shown, it is left out."""
    note = _mapping(_either(entry, "note_tweet", "note_post"))
    source = note if _str(note.get("text")) else entry
    words = read_str(source.get("text"), "post text")[:LONGEST_TEXT]
    span = entry.get("display_text_range")
    hidden = isinstance(span, list) and bool(span) and isinstance(span[0], int) and span[0] > 0
    if answers and hidden:
        words = without_leading(words)
    spans: list[Span] = []
    at = 0
    for found, mark in _marked(source, words):
        start = words.find(found.sought, at)
        if start < 0:
            continue
        spans.append(Span(unescaped(words[at:start])))
        spans.append(Span(found.shown, mark, found.target) if found.shown else Span(""))
        at = start + len(found.sought)
    spans.append(Span(unescaped(words[at:])))
    return Text(tuple(_trimmed(joined(spans).spans)))


@dataclass(frozen=True, slots=True)
class _Found:
    sought: str  # as it stands in the words
    shown: str
    target: str | None


def _marked(source: Mapping[str, object], words: str) -> Iterator[tuple[_Found, Mark]]:
    """Links, mentions and tags in the order in which they stand. Their numbers are not believed: they count escaped
    characters in one answer and not in the next, as was seen; the words themselves are looked for."""
    found: list[tuple[int, _Found, Mark]] = []
    lower = words.lower()
    for one in _entities(source, "urls"):
        sought = _str(one.get("url"))
        target = _address(one.get("unwound_url")) or _address(one.get("expanded_url"))
        if sought and target is not None:
            shown = "" if one.get("media_key") else target  # what is attached stands beside the text
            found.append((words.find(sought), _Found(sought, shown, target), Mark.LINK))
    for key, sign, name, mark in (
        ("mentions", "@", "username", Mark.MENTION),
        ("hashtags", "#", "tag", Mark.TAG),
    ):
        for one in _entities(source, key):
            label = _str(one.get(name))
            start = lower.find(f"{sign}{label}".lower()) if label else -1
            if start >= 0:
                sought = words[start : start + 1 + len(label)]
                target = f"{WEB}/{label}" if mark is Mark.MENTION else f"{WEB}/hashtag/{label}"
                found.append((start, _Found(sought, sought, target), mark))
    return ((one, mark) for _, one, mark in sorted(found, key=lambda item: item[0]) if one.sought)


def _trimmed(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Without the space that was before the link of something attached."""
    if spans and spans[-1].mark is Mark.PLAIN:
        last = spans[-1].words.rstrip()
        return (*spans[:-1], Span(last)) if last else spans[:-1]
    return spans


def _media(entry: Mapping[str, object], included: Included) -> tuple[Media, ...]:
    found: list[Media] = []
    for key in _list(_mapping(entry.get("attachments")).get("media_keys")):
        one = _mapping(included.media.get(_str(key)))
        preview = _address(one.get("preview_image_url"))
        address = _address(one.get("url")) or _best_variant(one) or preview
        if address is not None:
            kind = _KINDS.get(_str(one.get("type")), MediaKind.OTHER)
            found.append(Media(kind, address, preview_url=preview, description=_str(one.get("alt_text")) or None))
    quoted = _referenced(entry, "quoted")
    if quoted is not None:
        author = _mapping(included.users.get(_str(_mapping(included.posts.get(quoted)).get("author_id"))))
        handle = _str(author.get("username"))
        found.append(Media(MediaKind.OTHER, page(quoted, handle), description=f"A quoted post of @{handle or '…'}"))
    return tuple(found)


def _best_variant(one: Mapping[str, object]) -> str | None:
    variants = [_mapping(item) for item in _list(one.get("variants"))]
    rated = [(rate, item) for item in variants if isinstance(rate := item.get("bit_rate"), int)]
    return _address(max(rated, key=lambda pair: pair[0])[1].get("url")) if rated else None


def _entities(entry: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    return [_mapping(one) for one in _list(_mapping(entry.get("entities")).get(key))]


def _language(value: object) -> str | None:
    """X's own signs for "nobody knows" and "nothing to read" are none."""
    words = _str(value)
    return None if not words or words == "und" or (words.startswith(("q", "zx", "art")) and len(words) == 3) else words


def _either(entry: Mapping[str, object], one: str, other: str) -> object:
    return entry[one] if one in entry else entry.get(other)


def _id_of(value: object) -> str:
    """An id, or nothing."""
    try:
        return read_post_id(_mapping(value).get("id"), "id")
    except Malformed:
        return ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _str(value: object) -> str:
    return read_str(value, "") if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    words = _str(value)
    return words if is_web_address(words) else None
