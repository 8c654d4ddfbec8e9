"""What Bluesky's servers say, made ours: posts, authors, notifications, threads, records.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls. Fields: the lexicons
app.bsky.* and com.atproto.* of bluesky-social/atproto, 2026-08; oddities as they were seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from adapters.bluesky_facets import read_text
from adapters.bluesky_refs import WEB, page, parse, read_did, read_uri, time_of
from adapters.errors import Malformed
from adapters.markup import is_web_address
from adapters.payload import JSON, read_int, read_list, read_object, read_str, read_time
from adapters.posts import Audience, Author, Media, MediaKind, PostRef, PublicPost

T = TypeVar("T")

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_THREAD = "app.bsky.feed.defs#"


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody mentioned, quoted or answered us. `at` is its place in the list: what the post claims, if that is not
    later than when it came.
    """

    uri: str
    cid: str
    reason: str
    at: datetime
    post: PublicPost | None  # without pictures and followers; None: unreadable


@dataclass(frozen=True, slots=True)
class Own:
    """A record of ours as our own server keeps it."""

    uri: str
    cid: str
    words: str
    parent: str | None
    at: datetime
    pictures: tuple[tuple[str, str], ...] = ()  # of each its blob's address and its words


@dataclass(frozen=True, slots=True)
class Place:
    """May we answer there? What the AppView says about the post, its author and the thread it is in."""

    post: PublicPost | None
    blocked: bool = False
    gated: bool = False
    root_blocked: bool = False


def read_author(value: object) -> Author:
    """An account, in any of the views; followers only where the view has them."""
    entry = read_object(value, "author")
    did = read_did(entry.get("did"), "author did")
    handle = _str(entry.get("handle")) or "handle.invalid"
    followers = entry.get("followersCount")
    return Author(
        ref=did,
        handle=handle,
        name=_str(entry.get("displayName")).strip() or handle,
        avatar=_address(entry.get("avatar")),
        url=f"{WEB}/profile/{did}",
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
        bot="bot" in _labels(entry.get("labels")),
    )


def read_view(value: object, *, me: str | None) -> PublicPost:
    """A post as the AppView shows it. `me` is our DID."""
    entry = read_object(value, "post")
    uri = read_uri(entry.get("uri"), "post uri")
    cid = read_str(entry.get("cid"), "post cid")
    author = read_author(entry.get("author"))
    record = read_object(entry.get("record"), "post record")
    indexed = read_time(entry.get("indexedAt"), "post indexedAt")
    created = _created(record, indexed)
    parent, root = _reply(record)
    langs = record.get("langs")
    extra: dict[str, JSON] = {"cid": cid}
    if root is not None:
        extra["root"] = root
    hidden = "!no-unauthenticated" in _labels(read_object(entry.get("author"), "author").get("labels"))
    if hidden:
        extra["signed_in_only"] = True  # the author asks that nobody sees it without an account; all may answer
    return PublicPost(
        ref=PostRef(str(uri)),
        root=PostRef(str(uri)) if root is None else PostRef(str(root["uri"])),
        parent=None if parent is None else PostRef(parent),
        author=author,
        text=read_text(record),
        at=created,
        visibility=Audience.PUBLIC,
        language=next((one for one in map(_str, langs) if one), None) if isinstance(langs, list) else None,
        warning=", ".join(sorted(_self_labels(record))) or None,
        url=page(uri, author.handle),
        media=_media(entry.get("embed")),
        ours=me is not None and author.ref == me,
        extra=extra,
    )


def cid_of(post: PublicPost) -> str:
    """The content hash of the version that was read; empty where the post was not read here."""
    return str(post.extra.get("cid", ""))


def came_at(post: PublicPost) -> datetime:
    """When it came, as far as one can tell: its key names when it was written, and a post may claim to be older.

    `indexedAt` does not tell: the AppView writes the claimed time there, and keeps it through edits, as was seen.
    """
    uri = parse(post.ref.id)
    written = None if uri is None else time_of(uri.key)
    return post.at if written is None else max(post.at, written)


def read_posts(value: object, *, me: str | None) -> tuple[PublicPost, ...]:
    """The answer of getPosts or searchPosts. One that cannot be read makes it unreadable."""
    entry = read_object(value, "posts")
    return tuple(read_view(item, me=me) for item in read_list(entry.get("posts"), "posts"))


def read_profiles(value: object) -> tuple[Author, ...]:
    entry = read_object(value, "profiles")
    return tuple(read_author(item) for item in read_list(entry.get("profiles"), "profiles"))


def read_notification(value: object, *, me: str | None) -> Notification:
    """One entry of listNotifications; `post` is None where the record is no readable post."""
    entry = read_object(value, "notification")
    indexed = read_time(entry.get("indexedAt"), "notification indexedAt")
    record = entry.get("record")
    try:
        post = read_view({**entry, "embed": None}, me=me)
    except Malformed:
        post = None
    return Notification(
        uri=str(read_uri(entry.get("uri"), "notification uri")),
        cid=read_str(entry.get("cid"), "notification cid"),
        reason=read_str(entry.get("reason"), "notification reason"),
        at=_created(record if isinstance(record, dict) else {}, indexed),
        post=post,
    )


def read_page(value: object, key: str) -> tuple[tuple[object, ...], str | None]:
    """A page of a list: its items, unread, and where the next one begins."""
    entry = read_object(value, key)
    cursor = _str(entry.get("cursor"))
    return tuple(read_list(entry.get(key), key)), cursor or None


def read_place_in_list(cursor: str) -> datetime | None:
    """How far back a cursor of the list of notifications is: it is the time of the last entry, as was seen.

    No promise of the server's: None where it looks otherwise.
    """
    try:
        return read_time(cursor, "cursor")
    except Malformed:
        return None


def read_thread(value: object, *, me: str | None) -> tuple[PublicPost, ...]:
    """Every post of getPostThread that we may see: above, the post itself, below. Gone and blocked ones are not."""
    found: dict[PostRef, PublicPost] = {}
    for node in _nodes(read_object(value, "thread").get("thread")):
        post = read_view(node.get("post"), me=me)
        found.setdefault(post.ref, post)
    return tuple(found.values())


def read_place(value: object, *, me: str | None) -> Place:
    """From getPostThread: the post with what would keep us from answering it."""
    thread = read_object(read_object(value, "thread").get("thread"), "thread")
    kind = _str(thread.get("$type"))
    if kind != f"{_THREAD}threadViewPost":
        return Place(post=None, blocked=kind == f"{_THREAD}blockedPost")
    view = read_object(thread.get("post"), "post")
    post = read_view(view, me=me)
    theirs = _mapping(_mapping(view.get("author")).get("viewer"))
    above: object = thread.get("parent")
    root_blocked = False
    while isinstance(above, dict):
        kind = _str(above.get("$type"))
        is_root = post.root is not None and above.get("uri") == post.root.id
        root_blocked = root_blocked or (is_root and kind == f"{_THREAD}blockedPost")
        above = above.get("parent")
    return Place(
        post=post,
        blocked=theirs.get("blockedBy") is True or bool(theirs.get("blocking") or theirs.get("blockingByList")),
        gated=_mapping(view.get("viewer")).get("replyDisabled") is True,
        root_blocked=root_blocked,
    )


def read_hidden(value: object) -> frozenset[str]:
    """From a post's view: the answers that its author has hidden (its threadgate)."""
    record = _mapping(_mapping(_mapping(value).get("threadgate")).get("record"))
    hidden = record.get("hiddenReplies")
    return frozenset(one for one in map(_str, hidden) if one) if isinstance(hidden, list) else frozenset()


def read_own(value: object) -> Own:
    """The answer of getRecord, or an entry of listRecords, for a post of ours."""
    entry = read_object(value, "record")
    record = read_object(entry.get("value"), "record value")
    return Own(
        uri=str(read_uri(entry.get("uri"), "record uri")),
        cid=_str(entry.get("cid")),
        words=read_text({"text": record.get("text")}).plain,
        parent=_reply(record)[0],
        at=read_time(record.get("createdAt"), "record createdAt"),
        pictures=_own_pictures(record.get("embed")),
    )


def _own_pictures(embed: object) -> tuple[tuple[str, str], ...]:
    images = _mapping(embed).get("images")
    return tuple(
        (_str(_mapping(_mapping(one.get("image")).get("ref")).get("$link")), _str(one.get("alt")))
        for one in (images if isinstance(images, list) else [])
        if isinstance(one, dict)
    )


def read_blob(value: object) -> dict[str, JSON]:
    """The answer of uploadBlob: what a record has to say to name these bytes (lexicon type "blob")."""
    blob = read_object(read_object(value, "uploadBlob").get("blob"), "blob")
    link = read_str(read_object(blob.get("ref"), "blob ref").get("$link"), "blob link")
    size = read_int(blob.get("size"), "blob size")
    return {
        "$type": "blob",
        "ref": {"$link": link},
        "mimeType": read_str(blob.get("mimeType"), "blob type"),
        "size": size,
    }


def read_quiet(value: object) -> tuple[str, ...]:
    """From getPreferences of notifications: which of ours are switched off, or are for people we follow only."""
    preferences = _mapping(_mapping(value).get("preferences"))
    found = []
    for reason in ("mention", "reply", "quote"):
        one = _mapping(preferences.get(reason))
        if one and (one.get("list") is False or one.get("include") not in (None, "all")):
            found.append(reason)
    return tuple(found)


def error_name(body: object) -> str:
    """The name of an XRPC error (atproto.com/specs/xrpc), or nothing."""
    return _str(body.get("error")) if isinstance(body, dict) else ""


def with_root(posts: tuple[PublicPost, ...], root: PostRef) -> tuple[PublicPost, ...]:
    return tuple(replace(post, root=root) for post in posts)


# Inside


def _created(record: Mapping[str, object], indexed: datetime) -> datetime:
    """When it was written: what its author's client says, if that is not later than when it came.

    Where from: docs.bsky.app/docs/advanced-guides/timestamps, 2026-04.
    """
    try:
        created = read_time(record.get("createdAt"), "createdAt")
    except Malformed:
        return indexed
    return max(_EARLIEST, min(created, indexed))


def _reply(record: Mapping[str, object]) -> tuple[str | None, dict[str, JSON] | None]:
    """The address of what a record answers, and the root of its thread with its content hash."""
    entry = record.get("reply")
    if entry is None:
        return None, None
    reply = read_object(entry, "reply")
    parent, root = (read_object(reply.get(name), f"reply {name}") for name in ("parent", "root"))
    above = str(read_uri(parent.get("uri"), "reply parent"))
    first = str(read_uri(root.get("uri"), "reply root"))
    return above, {"uri": first, "cid": read_str(root.get("cid"), "reply root cid")}


def _nodes(thread: object) -> Iterator[Mapping[str, object]]:
    """The visible posts of a thread: above first, then downwards, each level in the order given."""
    chain: list[Mapping[str, object]] = []
    above = thread
    while isinstance(above, dict) and above.get("$type") == f"{_THREAD}threadViewPost":
        chain.append(above)
        above = above.get("parent")
    yield from reversed(chain[1:])
    waiting: list[object] = [thread]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and node.get("$type") == f"{_THREAD}threadViewPost":
            yield node
            replies = node.get("replies")
            waiting += reversed(replies) if isinstance(replies, list) else []


def _labels(value: object) -> frozenset[str]:
    items = value if isinstance(value, list) else []
    return frozenset(_str(one.get("val")) for one in items if isinstance(one, dict) and one.get("neg") is not True)


def _self_labels(record: Mapping[str, object]) -> frozenset[str]:
    """What the author says over the post, such as `graphic-media`. Moderators' labels come and go: not those."""
    return frozenset(one for one in _labels(_mapping(record.get("labels")).get("values")) if one and one[0] != "!")


def _media(value: object) -> tuple[Media, ...]:
    """What is attached, from the AppView's view of it."""
    embed = _mapping(value)
    kind = _str(embed.get("$type")).removeprefix("app.bsky.embed.").removesuffix("#view")
    readers: Mapping[str, Callable[[], tuple[Media | None, ...]]] = {
        "images": lambda: _each(embed.get("images"), _image),
        "gallery": lambda: _each(embed.get("items"), _image),
        "video": lambda: (_one(MediaKind.VIDEO, embed, "playlist", "thumbnail", "alt"),),
        "external": lambda: (_one(MediaKind.OTHER, _mapping(embed.get("external")), "uri", "thumb", "title"),),
        "record": lambda: (_quoted(_mapping(embed.get("record"))),),
        "recordWithMedia": lambda: (
            *_media(embed.get("media")),
            _quoted(_mapping(_mapping(embed.get("record")).get("record"))),
        ),
    }
    found = readers.get(kind, lambda: ())()
    return tuple(one for one in found if one is not None)


def _image(value: object) -> Media | None:
    entry = _mapping(value)
    return _one(MediaKind.IMAGE, entry, "fullsize", "thumb" if "thumb" in entry else "thumbnail", "alt")


def _one(kind: MediaKind, entry: Mapping[str, object], url: str, preview: str, words: str) -> Media | None:
    address = _address(entry.get(url))
    if address is None:
        return None
    return Media(kind, address, preview_url=_address(entry.get(preview)), description=_str(entry.get(words)) or None)


def _quoted(view: Mapping[str, object]) -> Media | None:
    """A post that is quoted: where it stands, and whose it is. One that is gone or blocked is not shown."""
    uri = parse(_str(view.get("uri")))
    author = _mapping(view.get("author"))
    handle = _str(author.get("handle"))
    if uri is None or not uri.is_post or not handle:
        return None
    return Media(MediaKind.OTHER, page(uri, handle), description=f"A quoted post of @{handle}")


def _each(value: object, read: Callable[[object], T | None]) -> tuple[T | None, ...]:
    return tuple(read(item) for item in value) if isinstance(value, list) else ()


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    return read_str(value, "") if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    words = _str(value)
    return words if is_web_address(words) else None
