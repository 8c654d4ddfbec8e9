"""What WordPress says, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

Where from: WP-API/docs, reference/comments.md (2025-06), and sites of 6.1 and 6.6 as they were seen.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256

from adapters.errors import Lost, Malformed, Reason, Refused, Throttled
from adapters.http import Answer, certainty
from adapters.markup import from_html, is_web_address
from adapters.payload import read_int, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.posts import Author, PostRef, PublicPost, Visibility
from adapters.text import Text, normalised

FLOOD = timedelta(seconds=15)  # between two comments of one author: wp_check_comment_flood
NOBODY = "Somebody"


class Status(Enum):
    """Where a comment stands. A plugin may have others: they count as held."""

    APPROVED = "approved"
    HELD = "hold"
    SPAM = "spam"
    TRASH = "trash"


SHOWN: Mapping[Status, Visibility] = {
    Status.APPROVED: Visibility.VISIBLE,
    Status.HELD: Visibility.PENDING,
    Status.SPAM: Visibility.REJECTED,
    Status.TRASH: Visibility.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are there. `moderates`: whether comments that wait for approval are shown to us."""

    author: Author
    id: int
    moderates: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `raw` is what its author typed, where we may see it; `page` the post under which it stands."""

    id: int
    page: int
    parent: int  # 0: none
    status: Status
    post: PublicPost
    raw: str | None

    @property
    def fingerprint(self) -> str:
        said = self.raw if self.raw is not None else self.post.text.plain
        return sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def read_me(value: object) -> Me:
    """The answer of /users/me."""
    entry = read_object(value, "me")
    id = _positive(entry.get("id"), "me id")
    name = read_str(entry.get("name"), "me name").strip() or f"user {id}"
    rights = entry.get("capabilities")
    return Me(
        author=Author(ref=f"user:{id}", handle=name, name=name, url=_address(entry.get("link"))),
        id=id,
        moderates=isinstance(rights, dict) and rights.get("moderate_comments") is True,
    )


def read_comment(value: object, *, me: int) -> Comment:
    """A comment as the API shows it. Whose thread it stands in is told by `placed`."""
    entry = read_object(value, "comment")
    id = _positive(entry.get("id"), "comment id")
    parent = read_int(entry.get("parent", 0), "comment parent")
    content = read_object(entry.get("content"), "comment content")
    raw = read_str_or_none(content.get("raw"), "comment raw")
    author = read_int(entry.get("author", 0), "comment author")
    ours = author == me
    status = _status(entry.get("status"))
    page = _positive(entry.get("post"), "comment post")
    # Of our own words what was typed counts: what is shown has other quotes and dashes.
    text = Text.of(html.unescape(raw)) if ours and raw is not None else from_html(_rendered(content))
    return Comment(
        id=id,
        page=page,
        parent=max(0, parent),
        status=status,
        post=PublicPost(
            ref=PostRef(str(id)),
            root=PostRef(str(id)) if parent <= 0 else None,
            parent=PostRef(str(parent)) if parent > 0 else None,
            author=_author(entry, author),
            text=text,
            at=_moment(entry),
            url=_address(entry.get("link")),
            ours=ours,
            shown=SHOWN[status],
            extra={"page": str(page)},
        ),
        raw=raw,
    )


def read_comments(value: object, *, me: int) -> tuple[tuple[Comment, ...], int]:
    """A list, and how many of it cannot be read or are no comments of people (pings)."""
    found: list[Comment] = []
    left = 0
    for one in read_list(value, "comments"):
        if isinstance(one, dict) and one.get("type") not in (None, "comment"):
            left += 1
            continue
        try:
            found.append(read_comment(one, me=me))
        except Malformed:
            left += 1
    return tuple(found), left


def read_code(value: object) -> str:
    """The code of an error; "" where it is none of WordPress's."""
    code = value.get("code") if isinstance(value, dict) else None
    return code if isinstance(code, str) else ""


# What a code says for certain: nothing was written.
_CODES: Mapping[str, tuple[Reason, str]] = {
    "rest_comment_closed": (Reason.CLOSED, "Comments are closed under this post."),
    "rest_comment_draft_post": (Reason.GONE, "The post is a draft now."),
    "rest_comment_trash_post": (Reason.GONE, "The post is in the trash."),
    "rest_comment_invalid_post_id": (Reason.GONE, "The post is not there any more."),
    "rest_comment_invalid_id": (Reason.GONE, "The comment is not there any more."),
    "rest_already_trashed": (Reason.GONE, "The comment is in the trash already."),
    "rest_comment_content_invalid": (Reason.INVALID, "WordPress finds the comment empty."),
    "comment_content_column_length": (Reason.TOO_LONG, "WordPress says that this is too long."),
    "rest_comment_login_required": (Reason.AUTH, "WordPress does not take the application password."),
    "incorrect_password": (Reason.AUTH, "WordPress does not take the application password."),
    "rest_cannot_edit": (Reason.NOT_ALLOWED, "This account may not change that comment."),
    "rest_cannot_delete": (Reason.NOT_ALLOWED, "This account may not delete that comment."),
}


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer to a write means. A duplicate (409) is never a no: our own may be there."""
    code = read_code(answer.body)
    if code == "comment_flood":
        return Throttled(now + FLOOD, "WordPress asks us to write more slowly.")
    known = _CODES.get(code)
    return Refused(*known) if known is not None and 400 <= answer.status < 500 else certainty(answer, now)


def to_wordpress(words: str) -> str:
    """Words as a comment's content, so that they are shown as they are: nothing in them is markup."""
    return html.escape(words, quote=False)


# How WordPress shows what people type (wptexturize): for comparing only.
_SHOWN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "″": '"', "′": "'", "×": "x"}
)


def same_shown(one: str, other: str) -> bool:
    """Whether two texts are one comment, as typed or as shown."""
    return _flat(one) == _flat(other)


def _flat(words: str) -> str:
    flat = normalised(words.translate(_SHOWN).replace("…", "..."))
    while "--" in flat:
        flat = flat.replace("--", "-")
    return flat


# Inside


def _positive(value: object, where: str) -> int:
    number = read_int(value, where)
    if number <= 0:
        raise Malformed(where, "a number above 0")
    return number


def _rendered(content: Mapping[str, object]) -> str:
    return read_str(content.get("rendered"), "comment rendered")


def _status(value: object) -> Status:
    try:
        return Status(value)
    except ValueError:
        return Status.HELD if isinstance(value, str) else Status.APPROVED  # without a right to see it, it says none


def _moment(entry: Mapping[str, object]) -> datetime:
    given = entry.get("date_gmt")
    return read_time(given if given is not None else entry.get("date"), "comment date_gmt")


def _author(entry: Mapping[str, object], id: int) -> Author:
    """A guest has no id: told apart by mail address where we may see it (only its hash is kept), else by name."""
    name = html.unescape(read_str_or_none(entry.get("author_name"), "comment author_name") or "").strip() or NOBODY
    mail = entry.get("author_email")
    guest = mail.strip().lower() if isinstance(mail, str) and mail.strip() else name
    ref = f"user:{id}" if id > 0 else "guest:" + sha256(guest.encode("utf-8", "replace")).hexdigest()[:24]
    pictures = entry.get("author_avatar_urls")
    avatar = pictures.get("96") if isinstance(pictures, dict) else None
    return Author(ref=ref, handle="", name=name[:200], avatar=_address(avatar), url=_address(entry.get("author_url")))


def _address(value: object) -> str | None:
    return value if isinstance(value, str) and is_web_address(value) else None
