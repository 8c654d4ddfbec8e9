"""What the Graph API and webhooks say about an Instagram account, made ours: comments, mentions, the account itself.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls. Fields: Meta's own api_specs
(IGComment, IGMedia, IGUser, 2026-04), docs/graph-api/webhooks/reference/instagram, 2026, and what others recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.errors import Malformed
from adapters.graph_hooks import Event, Passed, Verb, read_moment
from adapters.graph_refs import Kind, Ref, read_ref
from adapters.markup import is_web_address
from adapters.payload import JSON, read_id, read_list, read_object, read_str
from adapters.posts import Author, Media, MediaKind, PublicPost
from adapters.text import Text

WEB = "https://www.instagram.com"
NOBODY = "Somebody on Instagram"  # where Instagram does not say who it was
_COMMENT = "id,text,timestamp,username,from{id,username},parent_id,hidden"
COMMENT_FIELDS = f"{_COMMENT},media{{id,permalink,is_comment_enabled}}"
REPLY_FIELDS = _COMMENT
MEDIA_FIELDS = f"id,permalink,timestamp,comments.limit(50){{{_COMMENT},replies.limit(50){{{_COMMENT}}}}}"
MENTIONED = "id,text,timestamp,username,media{id,permalink}"
MENTIONED_MEDIA = "id,caption,timestamp,username,permalink,media_type,media_url"
ACCOUNT_FIELDS = "instagram_business_account{id,username,name,profile_picture_url,followers_count}"
_KINDS: Mapping[str, MediaKind] = {
    "IMAGE": MediaKind.IMAGE,
    "VIDEO": MediaKind.VIDEO,
    "CAROUSEL_ALBUM": MediaKind.IMAGE,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment as a post; whether others cannot see it; whether its media takes answers."""

    post: PublicPost
    hidden: bool = False
    open: bool = True


def read_me(value: object) -> Author:
    """Our account, from the Page it is linked to. `Malformed` where the Page has none."""
    entry = read_object(read_object(value, "page").get("instagram_business_account"), "instagram_business_account")
    username = read_str(entry.get("username"), "account username")
    if not username:
        raise Malformed("account username", "a name")
    followers = entry.get("followers_count")
    return Author(
        ref=read_id(entry.get("id"), "account id"),
        handle=username,
        name=_str(entry.get("name")).strip() or username,
        avatar=_address(entry.get("profile_picture_url")),
        url=f"{WEB}/{username}/",
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
    )


def read_author(entry: Mapping[str, object], *, nobody: str) -> Author:
    """Who wrote it: `from` where the API says it, else the name alone, else somebody."""
    who = _mapping(entry.get("from"))
    username = _str(who.get("username")) or _str(entry.get("username"))
    if who.get("id") is not None:
        ref = read_id(who["id"], "author id")
    else:
        ref = f"@{username.lower()}" if username else f"unknown/{nobody}"
    url = f"{WEB}/{username}/" if username else None
    return Author(ref=ref, handle=username, name=username or NOBODY, url=url)


def read_comment(value: object, *, me: Author, link: str | None = None, top: Ref | None = None) -> Seen:
    """A comment under our own media. `link` is where that stands, `top` the comment it is under, where it does not say.

    Each comment of the first level begins a conversation; our media is no part of it.
    """
    entry = read_object(value, "comment")
    ref = read_ref(Kind.COMMENT, entry.get("id"), "comment id")
    if entry.get("parent_id") is not None:
        top = read_ref(Kind.COMMENT, entry["parent_id"], "comment parent_id")
    media = _mapping(entry.get("media"))
    author = read_author(entry, nobody=ref.id)
    post = comment(
        ref,
        me=me,
        top=top,
        author=author,
        words=entry.get("text"),
        at=read_moment(entry.get("timestamp"), "comment timestamp"),
        link=_address(media.get("permalink")) or link,
    )
    return Seen(post, entry.get("hidden") is True, media.get("is_comment_enabled") is not False)


def comment(
    ref: Ref, *, me: Author, top: Ref | None, author: Author, words: object, at: datetime, link: str | None
) -> PublicPost:
    extra: dict[str, JSON] = {} if top is None else {"top": top.id}
    if not author.ref.startswith(("@", "unknown/")):
        extra["author"] = author.ref  # in whose chat a private reply stands
    return PublicPost(
        ref=ref.post,
        root=(top or ref).post,
        parent=None if top is None else top.post,
        author=author,
        text=Text() if words is None else Text.of(read_str(words, "comment text")),
        at=at,
        url=f"{link.rstrip('/')}/c/{ref.id}/" if link else f"{WEB}/{me.handle}/",
        ours=author.ref == me.ref or author.handle.lower() == me.handle.lower(),
        extra=extra,
    )


def read_media(value: object) -> tuple[datetime, Sequence[object], str | None]:
    """Media of ours: when it came, the comments under it that the answer holds, unread, and where it stands."""
    entry = read_object(value, "media")
    items = read_list(_mapping(entry.get("comments")).get("data", []), "comments")
    return read_moment(entry.get("timestamp"), "media timestamp"), items, _address(entry.get("permalink"))


def with_replies(item: object, *, me: Author, link: str | None) -> Iterator[Seen]:
    """A comment with the answers to it that stand inside, those first: newest first."""
    seen = read_comment(item, me=me, link=link)
    top = Ref(Kind.COMMENT, seen.post.ref.id.partition("/")[2])
    replies = _mapping(_mapping(item).get("replies")).get("data", [])
    for reply in reversed(read_list(replies, "replies")):
        yield read_comment(reply, me=me, link=link, top=top)
    yield seen


def read_mention(value: object, ref: Ref) -> PublicPost:
    """Somebody names us elsewhere: in a comment (`mentioned_comment`) or under their own media (`mentioned_media`)."""
    entry = read_object(value, "mention")
    inside = entry.get("mentioned_comment", entry.get("mentioned_media"))
    found = read_object(inside, "mention")
    media = _mapping(found.get("media"))
    link = _address(found.get("permalink")) or _address(media.get("permalink"))
    author = read_author(found, nobody=ref.id)
    words = found.get("text", found.get("caption"))
    kind = _KINDS.get(_str(found.get("media_type")))
    shown: tuple[Media, ...] = ()
    if kind is not None and link is not None:
        shown = (Media(kind, link, preview_url=_address(found.get("media_url"))),)
    return PublicPost(
        ref=ref.post,
        root=ref.post,
        parent=None,
        author=author,
        text=Text() if words is None else Text.of(read_str(words, "mention text")),
        at=read_moment(found.get("timestamp"), "mention timestamp"),
        url=link or author.url or WEB,
        media=shown,
    )


def mention_ref(media: object, comment: object) -> Ref:
    """A mention by the media it is under and, in a comment, that comment's id."""
    ref = read_ref(Kind.MENTION, media, "mention media_id")
    if "_" in ref.id:
        raise Malformed("mention media_id", "an id of Instagram's")
    return ref if comment is None else read_ref(Kind.MENTION, f"{ref.id}_{read_id(comment, 'comment_id')}", "mention")


def parts_of(ref: Ref) -> tuple[str, str]:
    """Media and comment of a mention; no comment: in the words under the media."""
    media, _, comment = ref.id.partition("_")
    return media, comment


@dataclass(frozen=True, kw_only=True)
class Commented(Event):
    """A comment that a webhook tells of, and the media of ours that it is under."""

    media: str | None = None


def read_change(change: Mapping[str, object], at: datetime, *, me: Author) -> Event:
    """A change of a webhook about our account."""
    field, value = change.get("field"), change.get("value")
    if not isinstance(value, dict):
        raise Passed
    if field == "mentions":
        ref = mention_ref(value.get("media_id"), value.get("comment_id"))
        return Event(verb=Verb.SAID, ref=ref, at=at, ask=True)
    if field not in ("comments", "live_comments"):
        raise Passed
    ref = read_ref(Kind.COMMENT, value.get("id"), "change id")
    top = None if value.get("parent_id") is None else read_ref(Kind.COMMENT, value["parent_id"], "change parent_id")
    author = read_author(value, nobody=ref.id)
    post = comment(ref, me=me, top=top, author=author, words=value.get("text"), at=at, link=None)
    media = _mapping(value.get("media")).get("id")
    ask = not author.handle or not post.text
    return Commented(
        verb=Verb.SAID, ref=ref, at=at, post=post, ask=ask, media=None if media is None else read_id(media, "media id")
    )


def at_link(post: PublicPost, link: str | None) -> PublicPost:
    """The comment with the address at which it stands, under media that stands at `link`."""
    return post if link is None else replace(post, url=f"{link.rstrip('/')}/c/{post.ref.id.partition('/')[2]}/")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    return read_str(value, "") if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    words = _str(value)
    return words if is_web_address(words) else None
