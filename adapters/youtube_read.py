"""What YouTube's Data API says, made ours: comments, threads, channels, videos, errors.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls. Fields: the youtube.v3
discovery document (2026-11) and recorded answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from adapters.errors import Malformed
from adapters.markup import from_html, is_web_address
from adapters.payload import read_id, read_list, read_object, read_str, read_str_or_none, read_time, storable
from adapters.posts import Audience, Author, Media, MediaKind, PostRef, PublicPost, Visibility
from adapters.text import Mark, Span, Text, joined

WEB = "https://www.youtube.com"
#: What nobody but the channel and the author sees (Comment.moderationStatus), and what that means.
HELD: Mapping[str, Visibility] = {
    "heldForReview": Visibility.PENDING,
    "likelySpam": Visibility.HIDDEN,
    "rejected": Visibility.REJECTED,
}
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"\d{1,2}(?::\d\d){1,2}")  # of the video
_HANDLE = re.compile(r"[\w.·-]{3,30}")  # support.google.com/youtube/answer/11585688, 2026: 3 to 30


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment and its answers: of these those that the server chose to show, and how many there are."""

    id: str
    video: str | None
    top: PublicPost
    shown: tuple[PublicPost, ...]
    total: int
    can_reply: bool
    public: bool

    @property
    def whole(self) -> bool:
        return len(self.shown) >= self.total


@dataclass(frozen=True, slots=True)
class Video:
    """What we need to know of a video."""

    id: str
    title: str
    private: bool
    for_kids: bool


def thread_of(ref: PostRef) -> str:
    """The thread that a comment is in: an answer's id is the thread's, a dot, and its own (as all recorded ones)."""
    return ref.id.partition(".")[0]


def watch_page(video: str, comment: str) -> str:
    return f"{WEB}/watch?v={video}&lc={comment}"


def read_page(value: object, where: str) -> tuple[Sequence[object], str | None]:
    """The items of a list, and the token of the page after it."""
    entry = read_object(value, where)
    items = entry.get("items", [])
    return read_list(items, f"{where} items"), read_str_or_none(entry.get("nextPageToken"), f"{where} token") or None


def read_comment(value: object, *, me: str, video: str | None = None, private: bool = False) -> PublicPost:
    """A comment. `me` is our channel; `video` where the comment itself does not name one; `private`: its thread is."""
    entry = read_object(value, "comment")
    ref = PostRef(read_id(entry.get("id"), "comment id"))
    snippet = read_object(entry.get("snippet"), "comment snippet")
    above = read_str_or_none(snippet.get("parentId"), "comment parentId") or None
    video = read_str_or_none(snippet.get("videoId"), "comment videoId") or video
    at = max(_EARLIEST, read_time(snippet.get("publishedAt"), "comment publishedAt"))
    updated = at if snippet.get("updatedAt") is None else read_time(snippet.get("updatedAt"), "comment updatedAt")
    status = snippet.get("moderationStatus")
    held = HELD.get(status) if isinstance(status, str) else None
    author = read_author(snippet, ref)
    return PublicPost(
        ref=ref,
        root=PostRef(above or ref.id),
        parent=None if above is None else PostRef(above),
        author=author,
        text=_words(snippet),
        at=at,
        edited_at=updated if updated > at else None,
        visibility=Audience.DIRECT if held is not None or private else Audience.PUBLIC,
        url=_page(snippet, video, ref.id),
        media=_media(snippet),
        ours=author.ref == me,
        shown=held,
        extra={"thread": above or ref.id, "video": video},
    )


def read_author(snippet: Mapping[str, object], ref: PostRef) -> Author:
    """Who wrote a comment, as the comment itself has it. Without a channel nobody is taken for anybody else."""
    given = snippet.get("authorChannelId")
    channel = _str(given.get("value")) if isinstance(given, dict) else ""
    shown = _str(snippet.get("authorDisplayName")).strip()
    return Author(
        ref=channel or f"comment:{ref.id}",
        handle=shown[1:] if shown.startswith("@") else "",
        name=shown.removeprefix("@") or "Somebody on YouTube",
        avatar=_address(snippet.get("authorProfileImageUrl")),
        url=_address(snippet.get("authorChannelUrl")),
    )


def read_thread(value: object, *, me: str) -> Thread:
    """A thread with those of its answers that can be read. Its first comment has to be."""
    entry = read_object(value, "thread")
    snippet = read_object(entry.get("snippet"), "thread snippet")
    video = read_str_or_none(snippet.get("videoId"), "thread videoId") or None
    public = snippet.get("isPublic") is not False
    top = read_comment(snippet.get("topLevelComment"), me=me, video=video, private=not public)
    replies = entry.get("replies")
    items = read_list(read_object(replies, "thread replies").get("comments", []), "replies") if replies else ()
    shown = tuple(
        read_comment(item, me=me, video=video or _video(top), private=not public) for item in items if _answers(item)
    )
    return Thread(
        id=read_id(entry.get("id"), "thread id"),
        video=video or _video(top),
        top=top,
        shown=shown,
        total=read_count(snippet.get("totalReplyCount", 0), "totalReplyCount"),
        can_reply=snippet.get("canReply") is not False,
        public=public,
    )


def read_channel(value: object) -> Author:
    """A channel's profile: its name, handle, picture and, where it shows them, subscribers."""
    entry = read_object(value, "channel")
    ref = read_id(entry.get("id"), "channel id")
    snippet = read_object(entry.get("snippet"), "channel snippet")
    name = _str(snippet.get("title")).strip()
    handle = _str(snippet.get("customUrl")).strip().removeprefix("@")
    statistics = _part(entry, "statistics")
    given = None if statistics.get("hiddenSubscriberCount") is True else statistics.get("subscriberCount")
    return Author(
        ref=ref,
        handle=handle,
        name=name or handle or ref,
        avatar=_thumbnail(snippet.get("thumbnails")),
        url=f"{WEB}/channel/{ref}",
        followers=None if given is None else read_count(given, "subscriberCount"),
    )


def with_profile(author: Author, profile: Author | None) -> Author:
    """The author of a comment with what their channel says. A handle in the comment is the newer one."""
    if profile is None:
        return author
    handle = author.handle if is_handle(author.handle) else profile.handle
    return replace(
        author,
        handle=handle,
        name=profile.name,
        avatar=author.avatar or profile.avatar,
        url=author.url or profile.url,
        followers=profile.followers,
    )


def is_handle(words: str) -> bool:
    """Whether it can be mentioned with an @ before it."""
    return _HANDLE.fullmatch(words) is not None


def read_video(value: object) -> Video:
    entry = read_object(value, "video")
    ref, status, snippet = read_id(entry.get("id"), "video id"), _part(entry, "status"), _part(entry, "snippet")
    return Video(
        id=ref,
        title=_str(snippet.get("title")).strip(),
        private=status.get("privacyStatus") == "private",
        for_kids=status.get("madeForKids") is True,
    )


def read_count(value: object, where: str) -> int:
    """A count: uint32 is a number, uint64 a string of digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Malformed(where, "a count")


def read_reason(body: object) -> str:
    """Why a call was refused, as a word: the old `errors[0].reason`, else the newer `details[].reason` or `status`."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ""
    for name in ("errors", "details"):
        items = error.get(name)
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and (reason := _str(item.get("reason"))):
                return reason
    return _str(error.get("status"))


def read_said(body: object) -> str:
    """What YouTube says about an error: for people, never for decisions. Its markup is taken out."""
    error = body.get("error") if isinstance(body, dict) else None
    said = _str(error.get("message")) if isinstance(error, dict) else ""
    return from_html(said).plain


def version_of(post: PublicPost) -> str:
    """What changes when the words do, or the time of the last edit."""
    edited = post.edited_at.isoformat() if post.edited_at else ""
    return sha256(f"{edited}\n{post.text.plain}".encode()).hexdigest()[:12]


def oldest_first(newest_first: Sequence[PublicPost]) -> list[PublicPost]:
    """By their time, which has whole seconds: those of one second stay in YouTube's order."""
    found = list(reversed(newest_first))
    found.sort(key=lambda post: post.at)
    return found


# Inside


def _words(snippet: Mapping[str, object]) -> Text:
    """What was typed, where YouTube gives it to us; else what it shows, whose links have their addresses in HTML.

    (Its plain text would have titles in place of addresses: CommentSnippet.textDisplay.)
    """
    original = snippet.get("textOriginal")
    if isinstance(original, str):
        return Text.of(storable(original))
    shown = from_html(read_str(snippet.get("textDisplay"), "comment text"))
    return joined(_as_typed(span) for span in shown.spans)


def _as_typed(span: Span) -> Span:
    """YouTube makes links of times, tags and names, and cuts long addresses. What was typed does not depend on which
    answer we read it in: else it would look as if somebody had changed their comment."""
    if span.mark is not Mark.LINK or not span.target:
        return span
    words = span.words
    if words.startswith("#"):
        return Span(words, Mark.TAG, span.target)
    if words.startswith("@"):
        return Span(words, Mark.MENTION, span.target)
    if _TIME.fullmatch(words):
        return Span(words)
    cut = words.removesuffix("...").removesuffix("…")
    if cut != words and cut.partition("://")[2] and span.target.startswith(cut):
        return Span(span.target, Mark.LINK, span.target)
    return span


def _media(snippet: Mapping[str, object]) -> tuple[Media, ...]:
    url = _address(snippet.get("imageUrl"))
    return () if url is None else (Media(MediaKind.IMAGE, url),)


def _page(snippet: Mapping[str, object], video: str | None, comment: str) -> str | None:
    """A comment's page: on its video, else the channel's own."""
    if video:
        return watch_page(video, comment)
    channel = _str(snippet.get("channelId"))
    return f"{WEB}/channel/{channel}" if channel else None


def _video(post: PublicPost) -> str | None:
    found = post.extra.get("video")
    return found if isinstance(found, str) else None


def _answers(item: object) -> bool:
    """Whether it is at least an object with an id: one broken answer does not hide its thread."""
    try:
        read_comment(item, me="")
    except Malformed:
        return False
    return True


def _thumbnail(value: object) -> str | None:
    sizes = value if isinstance(value, dict) else {}
    for size in ("default", "medium", "high"):
        one = sizes.get(size)
        if isinstance(one, dict) and (url := _address(one.get("url"))) is not None:
            return url
    return None


def _part(entry: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = entry.get(name)
    return part if isinstance(part, dict) else {}


def _str(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    words = _str(value)
    return words if is_web_address(words) else None
