"""What Reddit says of one thing, made ours: comments (t1), posts (t3), accounts.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls. Listings and threads are
read in `reddit_lists`, answers to what we write in `reddit_said`.
Fields: reddit.com/dev/api and answers of 2020 to 2025 as they were recorded.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from adapters.errors import Malformed
from adapters.markup import is_web_address
from adapters.payload import JSON, read_id, read_object, read_str
from adapters.posts import Author, Media, MediaKind, PostRef, PublicPost
from adapters.reddit_markdown import SITE, read_html
from adapters.text import Mark, Span, Text

COMMENT, ACCOUNT, LINK, MESSAGE, SUBREDDIT = "t1_", "t2_", "t3_", "t4_", "t5_"

# What stands in place of words that were taken away, and of whoever wrote them.
TAKEN = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
NOBODY = frozenset({"[deleted]", "[removed]"})
UNSEEN = "[unavailable]"  # of somebody who has blocked us


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A comment or a post, and what of it is no part of what people said."""

    post: PublicPost  # without its root where that hangs on whose post it stands under: see `placed`
    source: str  # its Markdown
    link: str  # the post it stands under, or is
    place: str | None = None  # its subreddit
    whole: bool = True  # False: as the inbox shows it, which has neither edits nor pictures
    gone: bool = False
    unseen: bool = False
    archived: bool = False
    locked: bool = False
    answers: int = 0  # how many comments stand under a post

    @property
    def name(self) -> str:
        return self.post.ref.id


# Single things


def read_me(value: object) -> Author:
    """The answer of /api/v1/me."""
    entry = read_object(value, "me")
    name = read_str(entry.get("name"), "me name")
    page = entry.get("subreddit")
    followers = page.get("subscribers") if isinstance(page, dict) else None
    if not name:
        raise Malformed("me name", "a name")
    return Author(
        ref=ACCOUNT + read_id(entry.get("id"), "me id").removeprefix(ACCOUNT),
        handle=name,
        name=name,
        avatar=_address(entry.get("icon_img")),
        url=f"{SITE}/user/{name}",
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
    )


def read_suspended(value: object) -> bool:
    return read_object(value, "me").get("is_suspended") is True


def read_pictures(value: object) -> Mapping[str, str]:
    """Pictures of accounts, by their names (t2_…), from /api/user_data_by_account_ids."""
    entry = read_object(value, "accounts")
    found = {key: _address(item.get("profile_img")) for key, item in entry.items() if isinstance(item, dict)}
    return {key: address for key, address in found.items() if address}


def read_thing(value: object, *, me: str | None) -> Thing | None:
    """A comment or a post, in a listing or in the inbox; None for anything else. `me`: our account (t2_…)."""
    outer = read_object(value, "thing")
    kind = read_str(outer.get("kind"), "thing kind")
    if kind not in ("t1", "t3"):
        return None
    entry = read_object(outer.get("data"), "thing data")
    return _read_comment(entry, me) if kind == "t1" else _read_link(entry, me)


def _read_comment(entry: Mapping[str, object], me: str | None) -> Thing:
    name = full_name(entry.get("name"), COMMENT, "comment name")
    body = read_str(entry.get("body"), "comment body")
    author = _read_author(entry, name)
    context = entry.get("context")
    whole = entry.get("link_id") is not None
    link = full_name(entry.get("link_id"), LINK, "comment link_id") if whole else _link_in(context)
    parent = full_name(entry.get("parent_id"), "", "comment parent_id")
    html = entry.get("body_html")
    post = PublicPost(
        ref=PostRef(name),
        root=None,
        parent=PostRef(parent),
        author=author,
        text=read_html(read_str(html, "comment body_html")) if isinstance(html, str) else Text.of(body),
        at=moment(entry.get("created_utc"), "comment created_utc"),
        edited_at=_edited(entry.get("edited")),
        url=_page(entry.get("permalink") or context),
        media=_read_media(entry),
        ours=me is not None and author.ref == me,
        extra=_extra(entry, link),
    )
    return Thing(
        post=post,
        source=body,
        link=link,
        place=_place(entry),
        whole=whole,
        gone=_taken(entry, body),
        unseen=UNSEEN in (body, author.name),
        archived=entry.get("archived") is True,
        locked=entry.get("locked") is True,
    )


def _read_link(entry: Mapping[str, object], me: str | None) -> Thing:
    name = full_name(entry.get("name"), LINK, "post name")
    title = read_str(entry.get("title"), "post title")
    body = read_str(entry.get("selftext") or "", "post selftext")
    author = _read_author(entry, name)
    html = entry.get("selftext_html")
    words = read_html(read_str(html, "post selftext_html")) if isinstance(html, str) else Text.of(body)
    target = _address(entry.get("url_overridden_by_dest"))
    media = _read_media(entry)
    spans = [Span(title)]
    if words:
        spans += [Span("\n\n"), *words.spans]
    if target is not None and not any(one.url == target for one in media):
        spans += [Span("\n\n"), Span(target, Mark.LINK, target)]
    answers = entry.get("num_comments")
    post = PublicPost(
        ref=PostRef(name),
        root=PostRef(name),
        parent=None,
        author=author,
        text=Text(tuple(spans)),
        at=moment(entry.get("created_utc"), "post created_utc"),
        edited_at=_edited(entry.get("edited")),
        url=_page(entry.get("permalink")),
        media=media,
        ours=me is not None and author.ref == me,
        extra=_extra(entry, name),
    )
    return Thing(
        post=post,
        source=f"{title}\n\n{body}",
        link=name,
        place=_place(entry),
        gone=_taken(entry, body) or entry.get("removed_by_category") is not None,
        unseen=UNSEEN in (body, author.name),
        archived=entry.get("archived") is True,
        locked=entry.get("locked") is True,
        answers=answers if isinstance(answers, int) and not isinstance(answers, bool) else 0,
    )


def placed(thing: Thing, *, under_ours: bool) -> PublicPost:
    """The post with the key of its conversation.

    Under our own posts many people write who have nothing to do with each other: there every comment at the top
    begins a conversation. Under anybody else's the post does. None: it is further down under ours, ask `thread`.
    """
    post = thing.post
    if post.parent is None or not under_ours:
        return replace(post, root=PostRef(thing.link))
    if post.parent.id.startswith(LINK):
        return replace(post, root=post.ref, parent=None)
    return replace(post, root=None)


def fingerprint(thing: Thing) -> str:
    """Changes whenever its author changed the words; says nothing about them."""
    return hashlib.sha256(thing.source.encode()).hexdigest()[:12]


# Parts


def full_name(value: object, prefix: str, where: str) -> str:
    name = read_id(value, where)
    if not name.startswith(prefix) or not re.fullmatch(r"t\d_[a-z0-9]+", name):
        raise Malformed(where, f"a full name{f' ({prefix}…)' if prefix else ''}")
    return name


def _read_author(entry: Mapping[str, object], name: str) -> Author:
    handle = read_str(entry.get("author"), "author") if entry.get("author") is not None else "[deleted]"
    handle = handle or "[deleted]"
    given = entry.get("author_fullname")
    if handle in NOBODY | {UNSEEN}:
        return Author(ref=f"{handle} {name}", handle="", name=handle)  # nobody knows whether they are one
    ref = given if isinstance(given, str) and re.fullmatch(r"t2_[a-z0-9]+", given) else f"u/{handle.lower()}"
    return Author(ref=ref, handle=handle, name=handle, url=f"{SITE}/user/{handle}", bot=handle == "AutoModerator")


def _taken(entry: Mapping[str, object], body: str) -> bool:
    """Whether its words are away. Somebody may write "[deleted]"; then their name stands above it."""
    if entry.get("removed") is True or entry.get("spam") is True:  # told to moderators only
        return True
    return body in TAKEN and (entry.get("author") in (None, *NOBODY) or entry.get("collapsed_reason_code") == "DELETED")


def _extra(entry: Mapping[str, object], link: str) -> dict[str, JSON]:
    extra: dict[str, JSON] = {"link": link}
    for key in ("subreddit", "link_title", "distinguished"):
        if isinstance(value := entry.get(key), str) and value:
            extra[key] = read_str(value, key)
    return extra


def _place(entry: Mapping[str, object]) -> str | None:
    value = entry.get("subreddit_id")
    return value if isinstance(value, str) and re.fullmatch(r"t5_[a-z0-9]+", value) else None


def _link_in(context: object) -> str:
    """The post, from the address that the inbox gives: /r/acme/comments/1j7g9uj/title/myngt77/?context=3."""
    found = re.search(r"/comments/([a-z0-9]+)/", context) if isinstance(context, str) else None
    if found is None:
        raise Malformed("inbox context", "the address of a comment")
    return LINK + found[1]


def _page(value: object) -> str | None:
    if not isinstance(value, str) or not value.startswith("/"):
        return None
    return _address(SITE + value.partition("?")[0])


def moment(value: object, where: str) -> datetime:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Malformed(where, "a unix time")
    try:
        if math.isfinite(value):
            return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        pass
    raise Malformed(where, "a unix time")


def _edited(value: object) -> datetime | None:
    """False: never; a time; True of what was edited before Reddit kept the time."""
    if value is None or isinstance(value, bool):
        return None
    return moment(value, "edited")


_KINDS: Mapping[str, MediaKind] = {
    "Image": MediaKind.IMAGE,
    "AnimatedImage": MediaKind.IMAGE,
    "RedditVideo": MediaKind.VIDEO,
}


def _read_media(entry: Mapping[str, object]) -> tuple[Media, ...]:
    """Pictures and videos; what of them cannot be read is left out, and never hides the words."""
    found: list[Media] = []
    given = entry.get("media_metadata")
    metadata: Mapping[object, object] = given if isinstance(given, dict) else {}
    said = _captions(entry.get("gallery_data"))
    for key in dict.fromkeys([*said, *metadata]):
        item = metadata.get(key)
        source = item.get("s") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(source, dict):
            continue
        url = _address(source.get("u")) or _address(source.get("gif")) or _address(source.get("mp4"))
        if url is not None:
            kind = _KINDS.get(str(item.get("e")), MediaKind.OTHER)
            found.append(Media(kind=kind, url=url, description=said.get(key) or None))
    video = entry.get("media")
    video = video.get("reddit_video") if isinstance(video, dict) else None
    if isinstance(video, dict) and (url := _address(video.get("fallback_url"))) is not None:
        found.append(Media(kind=MediaKind.VIDEO, url=url, preview_url=_address(entry.get("thumbnail"))))
    elif entry.get("post_hint") == "image" and (url := _address(entry.get("url"))) is not None:
        found.append(Media(kind=MediaKind.IMAGE, url=url, preview_url=_address(entry.get("thumbnail"))))
    return tuple(found)


def _captions(value: object) -> dict[object, str]:
    """The pictures of a gallery in their order, with what was written under them."""
    items = value.get("items") if isinstance(value, dict) else None
    captions: dict[object, str] = {}
    for item in items if isinstance(items, list) else []:
        key = item.get("media_id") if isinstance(item, dict) else None
        if isinstance(key, str):
            caption = item.get("caption")
            captions[key] = read_str(caption, "caption") if isinstance(caption, str) else ""
    return captions


def _address(value: object) -> str | None:
    words = read_str(value, "address") if isinstance(value, str) else ""
    return words if is_web_address(words) else None
