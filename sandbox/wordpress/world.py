"""What the site holds: posts that take comments, comments with their status, users; and how WordPress shows them."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

US = 2  # our user's id
LONGEST = 65_525  # bytes of a comment


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Comment:
    id: int
    page: int
    parent: int
    author: str
    content: str  # as typed: HTML
    at: datetime
    status: str = "approved"
    trashed_from: str = ""

    @property
    def ours(self) -> bool:
        return self.author == "us"


@dataclass(slots=True)
class PublishCall:
    """One call that would make a comment. `answered` is a status, or `dropped`, `hung`, or `` while it runs."""

    at: datetime
    content: str
    answered: str = ""


class Refusal(Exception):
    """The API says no: a status and WordPress's code."""

    def __init__(self, status: int, code: str, message: str = "Sorry.") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, object]:
        return {"code": self.code, "message": self.message, "data": {"status": self.status}}


class World:
    """One site. Post 7 takes comments, post 8 does not, page 9 is in the trash."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.base = "http://127.0.0.1"
        self.pages: dict[int, str] = {7: "open", 8: "closed", 9: "trash"}
        self.comments: dict[int, Comment] = {}
        self._last = 0

    def add(self, page: int, parent: int, author: str, content: str, status: str = "approved") -> Comment:
        self._last += 1
        at = self.clock().replace(microsecond=0)
        comment = Comment(self._last, page, parent, author, content, at, status)
        self.comments[comment.id] = comment
        return comment

    def write(self, page: int, parent: int, content: str, *, hold: bool) -> Comment:
        """A comment of ours by the API. Parents are not looked at: so it was seen."""
        status = self.pages.get(page)
        if status is None:
            raise Refusal(403, "rest_comment_invalid_post_id")
        if status == "closed":
            raise Refusal(403, "rest_comment_closed")
        if status == "trash":
            raise Refusal(403, "rest_comment_trash_post")
        self.check(content)
        kept = kses(content)
        for one in self.comments.values():
            same = (one.page, one.parent, one.author, one.content) == (page, parent, "us", kept)
            if same and one.status not in ("trash", "spam"):
                raise Refusal(409, "comment_duplicate", "Duplicate comment detected.")
        return self.add(page, parent, "us", kept, "hold" if hold else "approved")

    def check(self, content: str) -> None:
        if not content.strip():
            raise Refusal(400, "rest_comment_content_invalid")
        if len(content.encode()) > LONGEST:
            raise Refusal(400, "comment_content_column_length")

    def find(self, id: int) -> Comment:
        if id not in self.comments:
            raise Refusal(404, "rest_comment_invalid_id")
        return self.comments[id]

    def chosen(self, query: Callable[[str], str | None]) -> Iterator[Comment]:
        """By the parameters of a list, the newest first."""
        wanted = query("status") or "approve"
        statuses = {"approve": {"approved"}, "all": {"approved", "hold"}}.get(wanted, {wanted})
        include = {int(one) for one in (query("include") or "").split(",") if one}
        for one in sorted(self.comments.values(), key=lambda one: (one.at, one.id), reverse=True):
            if one.status not in statuses or (include and one.id not in include):
                continue
            near = {"post": one.page, "parent": one.parent}
            if any(query(name) is not None and query(name) != str(value) for name, value in near.items()):
                continue
            if (query("search") or "").lower() in one.content.lower():
                yield one

    def shape(self, one: Comment, *, edit: bool) -> dict[str, object]:
        page = f"{self.base}/?p={one.page}"
        name = "Acme" if one.ours else one.author
        content: dict[str, object] = {"rendered": rendered(one.content)}
        shape: dict[str, object] = {
            "id": one.id,
            "post": one.page,
            "parent": one.parent,
            "author": US if one.ours else 0,
            "author_name": name,
            "author_url": "",
            # The site is an hour ahead of Greenwich.
            "date": (one.at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S"),
            "date_gmt": one.at.strftime("%Y-%m-%dT%H:%M:%S"),
            "content": content,
            "link": f"{page}#comment-{one.id}",
            "status": one.status,
            "type": "comment",
            "author_avatar_urls": {"96": f"{self.base}/avatar.png"},
            "meta": [],
        }
        if edit:
            content["raw"] = one.content
            shape |= {"author_email": "" if one.ours else f"{one.author}@example.com", "author_ip": "127.0.0.1"}
        return shape


def kses(content: str) -> str:
    """Tags that comments may not have go, and a bare & becomes &amp;."""
    content = re.sub(r"<(?!/?(?:a|b|em|strong|i|code|blockquote)\b)[^>]*>", "", content)
    return re.sub(r"&(?!(?:#\d+|#x[0-9a-fA-F]+|\w+);)", "&amp;", content)


def rendered(content: str) -> str:
    """As visitors get it: paragraphs, line breaks, and curly quotes outside of tags."""
    parts = re.split(r"(<[^>]*>)", content)
    texts = [part if part.startswith("<") else _curly(part) for part in parts]
    paragraphs = re.split(r"\n\s*\n", "".join(texts).strip())
    return "".join("<p>" + one.replace("\n", "<br />\n") + "</p>\n" for one in paragraphs)


def _curly(text: str) -> str:
    text = re.sub(r'(^|[\s(])"', r"\1&#8220;", text).replace('"', "&#8221;")
    text = re.sub(r"(\w)'", r"\1&#8217;", text).replace("...", "&#8230;")
    return text.replace(" -- ", " &#8212; ")


def typed(content: str) -> str:
    """The words that were typed."""
    return html.unescape(content)
