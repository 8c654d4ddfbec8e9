"""What the Graph API says about a Page, made ours: comments, posts, reviews, people.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls. Fields: Meta's own
api_specs (Comment, PagePost, 2026-04), docs/graph-api/reference, 2026, and answers recorded by others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.graph_hooks import read_moment
from adapters.graph_refs import Kind, Ref, read_ref
from adapters.markup import is_web_address
from adapters.payload import JSON, read_id, read_object, read_str, read_str_or_none
from adapters.posts import Audience, Author, Media, MediaKind, PublicPost
from adapters.text import Mark, Span, Text, joined

_FROM = "from{id,name,picture{url}}"
COMMENT_FIELDS = (
    f"id,message,created_time,{_FROM},parent{{id}},permalink_url,is_hidden,is_private,can_comment,"
    "can_reply_privately,message_tags,attachment{type,title,description,url,media,target}"
)
POST_FIELDS = (
    f"id,message,created_time,updated_time,{_FROM},permalink_url,is_hidden,message_tags,"
    "attachments{type,title,description,url,media,target,subattachments{type,title,description,url,media,target}}"
)
REVIEW_FIELDS = (
    "created_time,rating,recommendation_type,review_text,reviewer{id,name,picture{url}},open_graph_story{id}"
)
STORY_FIELDS = f"id,message,created_time,{_FROM}"  # a review, where Facebook lists none any more

WEB = "https://www.facebook.com"
INBOX = "https://business.facebook.com/latest/inbox/all"
NOBODY = "Somebody on Facebook"  # where Facebook does not say who it was
_KINDS: Mapping[str, MediaKind] = {
    "photo": MediaKind.IMAGE,
    "sticker": MediaKind.IMAGE,
    "image": MediaKind.IMAGE,
    "animated_image_share": MediaKind.IMAGE,
    "animated_image_video": MediaKind.VIDEO,
    "video": MediaKind.VIDEO,
    "video_inline": MediaKind.VIDEO,
    "video_autoplay": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}
_RECOMMENDS: Mapping[str, str] = {"positive": "Recommends the Page", "negative": "Does not recommend the Page"}


def page_of(ref: Ref, *, page: str) -> str:
    """Where people see it. `page` is our Page's id."""
    if ref.kind in (Kind.MESSAGE, Kind.CHAT):
        return f"{INBOX}?asset_id={page}"
    return f"{WEB}/{page}/reviews" if ref.kind is Kind.REVIEW else f"{WEB}/{ref.id}"


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A comment. In which conversation it stands hangs on whose post it is under: `placed`."""

    ref: Ref
    top: Ref | None  # the comment it answers
    author: Author
    ours: bool
    text: Text
    at: datetime
    url: str
    media: tuple[Media, ...] = ()
    hidden: bool = False
    private: bool = False
    can_answer: bool = True
    can_write: bool | None = None  # privately; None: Facebook did not say

    def placed(self, theirs: Ref | None) -> PublicPost:
        """As a post. Under a customer's post (`theirs`) all of it is one conversation; under one of ours each comment
        begins its own, and our post is no part of it.
        """
        first = self.top or self.ref
        root = first if theirs is None else theirs
        parent = self.top or theirs
        extra: dict[str, JSON] = {} if self.top is None else {"top": self.top.id}
        return PublicPost(
            ref=self.ref.post,
            root=root.post,
            parent=None if parent is None else parent.post,
            author=self.author,
            text=self.text,
            at=self.at,
            visibility=Audience.DIRECT if self.private else Audience.PUBLIC,
            url=self.url,
            media=self.media,
            ours=self.ours,
            extra=extra,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A post as the Page's feed has it: hidden or not, and when somebody was last there."""

    post: PublicPost
    hidden: bool
    moved: datetime


def read_me(value: object) -> Author:
    """Our Page."""
    entry = read_object(value, "page")
    id = read_id(entry.get("id"), "page id")
    name = read_str(entry.get("name", id), "page name") or id
    picture = entry.get("picture")
    data = picture.get("data") if isinstance(picture, dict) else None
    followers = entry.get("followers_count")
    return Author(
        ref=id,
        handle=read_str_or_none(entry.get("username"), "page username") or name,
        name=name,
        avatar=read_str_or_none(data.get("url"), "page picture") if isinstance(data, dict) else None,
        url=read_str_or_none(entry.get("link"), "page link") or page_of(Ref(Kind.POST, id), page=id),
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
    )


def read_author(value: object, *, nobody: str) -> Author:
    """Who wrote it. Facebook leaves people out who do not want to be seen: `nobody` names them, one a post."""
    if not isinstance(value, dict):
        return Author(ref=f"unknown/{nobody}", handle="", name=NOBODY)
    id = read_id(value.get("id"), "author id")
    name = _str(value.get("name")).strip() or NOBODY
    picture = _mapping(value.get("picture"))
    picture = _mapping(picture.get("data")) or picture
    # What people are called on Facebook is a name and no handle: nobody is mentioned by it.
    return Author(ref=id, handle="", name=name, avatar=_address(picture.get("url")), url=f"{WEB}/{id}")


def read_comment(value: object, *, me: str) -> Comment:
    """A Comment node. `me` is our Page's id."""
    entry = read_object(value, "comment")
    ref = read_ref(Kind.COMMENT, entry.get("id"), "comment id")
    parent = entry.get("parent")
    top = read_ref(Kind.COMMENT, parent.get("id"), "comment parent") if isinstance(parent, dict) else None
    author = read_author(entry.get("from"), nobody=ref.id)
    can_write = entry.get("can_reply_privately")
    return Comment(
        ref=ref,
        top=top,
        author=author,
        ours=author.ref == me,
        text=read_text(entry.get("message"), entry.get("message_tags")),
        at=read_moment(entry.get("created_time"), "comment created_time"),
        url=_address(entry.get("permalink_url")) or page_of(ref, page=me),
        media=_one(_mapping(entry.get("attachment")), page_of(ref, page=me)),
        hidden=entry.get("is_hidden") is True,
        private=entry.get("is_private") is True,
        can_answer=entry.get("can_comment") is not False,
        can_write=can_write if isinstance(can_write, bool) else None,
    )


def read_post(value: object, *, me: str) -> Standing:
    """A PagePost node: of the Page itself, of a visitor, or one that tags it."""
    entry = read_object(value, "post")
    ref = read_ref(Kind.POST, entry.get("id"), "post id")
    author = read_author(entry.get("from"), nobody=ref.id)
    at = read_moment(entry.get("created_time"), "post created_time")
    moved = entry.get("updated_time")
    page = page_of(ref, page=me)
    post = PublicPost(
        ref=ref.post,
        root=ref.post,
        parent=None,
        author=author,
        text=read_text(entry.get("message"), entry.get("message_tags")),
        at=at,
        url=_address(entry.get("permalink_url")) or page,
        media=_all(_mapping(entry.get("attachments")), page),
        ours=author.ref == me,
    )
    hidden = entry.get("is_hidden") is True
    return Standing(post, hidden, at if moved is None else read_moment(moved, "post updated_time"))


def read_review(value: object, *, me: str) -> PublicPost:
    """An entry of the Page's ratings (versions to v21)."""
    entry = read_object(value, "review")
    ref = read_ref(Kind.REVIEW, _mapping(entry.get("open_graph_story")).get("id"), "review open_graph_story")
    return review(
        ref,
        me=me,
        author=read_author(entry.get("reviewer"), nobody=ref.id),
        words=entry.get("review_text"),
        verdict=verdict_of(entry),
        at=read_moment(entry.get("created_time"), "review created_time"),
    )


def read_story(value: object, *, me: str, verdict: str) -> PublicPost:
    """A review as the story it is (`STORY_FIELDS`). Its verdict is not in it: whoever heard it gives it."""
    entry = read_object(value, "story")
    ref = read_ref(Kind.REVIEW, entry.get("id"), "story id")
    return review(
        ref,
        me=me,
        author=read_author(entry.get("from"), nobody=ref.id),
        words=entry.get("message"),
        verdict=verdict,
        at=read_moment(entry.get("created_time"), "story created_time"),
    )


def review(ref: Ref, *, me: str, author: Author, words: object, verdict: str, at: datetime) -> PublicPost:
    """A recommendation. What it says besides its words stands beside them, as a link to the Page's reviews."""
    reviews = page_of(ref, page=me)
    return PublicPost(
        ref=ref.post,
        root=ref.post,
        parent=None,
        author=author,
        text=read_text(words, None),
        at=at,
        url=reviews,
        media=(Media(MediaKind.OTHER, reviews, description=verdict),) if verdict else (),
        ours=author.ref == me,
    )


def verdict_of(entry: Mapping[str, object]) -> str:
    """What a review says of the Page besides its words, in ours; empty: nothing."""
    said = _RECOMMENDS.get(_str(entry.get("recommendation_type")).lower())
    stars = entry.get("rating")
    if said is None and isinstance(stars, int) and not isinstance(stars, bool) and 0 < stars <= 5:
        said = f"{stars} of 5 stars"
    return said or ""


def read_text(words: object, tags: object) -> Text:
    """The words, with those marked that tag somebody. Where a tag begins is believed only if its name stands there."""
    if words is None:
        return Text()
    plain = read_str(words, "message")
    spans: list[Span] = []
    at = 0
    for tag in sorted(_tags(tags), key=lambda one: one[0]):
        begin, name, id = tag
        if begin < at or plain[begin : begin + len(name)] != name:
            continue
        spans += [Span(plain[at:begin]), Span(name, Mark.MENTION, f"{WEB}/{id}")]
        at = begin + len(name)
    return joined([*spans, Span(plain[at:])])


def _tags(value: object) -> Sequence[tuple[int, str, str]]:
    items = value if isinstance(value, list) else []
    found: list[tuple[int, str, str]] = []
    for item in items:
        tag = _mapping(item)
        offset, name, id = tag.get("offset"), _str(tag.get("name")), tag.get("id")
        if isinstance(offset, int) and offset >= 0 and name and isinstance(id, str) and id.isdigit():
            found.append((offset, name, id))
    return found


# Attachments. A picture's own address is another one for every reader and hour: what stands for it is where people
# look at it, which stays; the picture is its preview.


def _all(value: Mapping[str, object], page: str) -> tuple[Media, ...]:
    items = value.get("data")
    out: list[Media] = []
    for item in items if isinstance(items, list) else []:
        entry = _mapping(item)
        inside = _mapping(entry.get("subattachments")).get("data")
        for one in inside if isinstance(inside, list) and inside else [entry]:
            out += _one(_mapping(one), page)
    return tuple(out)


def _one(entry: Mapping[str, object], page: str) -> tuple[Media, ...]:
    if not entry:
        return ()
    picture = _address(_mapping(_mapping(entry.get("media")).get("image")).get("src"))
    target = _mapping(entry.get("target"))
    url = _address(entry.get("url")) or _address(target.get("url")) or page
    words = _str(entry.get("title")).strip() or _str(entry.get("description")).strip()
    kind = _KINDS.get(_str(entry.get("type")), MediaKind.OTHER)
    return (Media(kind, url, preview_url=picture, description=words or None),)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    return read_str(value, "") if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    words = _str(value)
    return words if is_web_address(words) else None
