"""What GitHub says, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

Whatever names a post (a list, a webhook) is only taken for its node id; the post itself is always read in one shape,
from `nodes`. Where from: docs.github.com/graphql and /rest, webhooks recorded by octokit/webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from adapters.boards import TOPIC, UNDER, Entry
from adapters.boards_words import from_markdown, unmarked
from adapters.errors import Lost, Malformed, Reason, Refused, Throttled
from adapters.http import WAIT_WITHOUT_HEADER, Answer, certainty
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
from adapters.posts import VOTES, Author, PostRef, PublicPost
from adapters.quoting import quoted
from adapters.text import Mark, Span, Text
from adapters.waits import read_wait

NOBODY = "ghost"  # whom GitHub shows where an account is gone
LOCKED = "The conversation is locked: only collaborators can write there."
KIND = "kind"


class Kind(Enum):
    """What stands in a repository and can be heard."""

    ISSUE = "Issue"
    COMMENT = "IssueComment"
    DISCUSSION = "Discussion"
    REPLY = "DiscussionComment"

    @property
    def discussed(self) -> bool:
        return self in (Kind.DISCUSSION, Kind.REPLY)


_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are, and what the repository has."""

    author: Author
    repository: bool  # it is there for us
    issues: bool
    discussions: bool
    archived: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """What a GraphQL answer says went wrong: its kind by GitHub's name, where, and its words."""

    kind: str
    path: tuple[str | int, ...]
    message: str


def read_graph(value: object) -> tuple[Mapping[str, object] | None, tuple[Failed, ...]]:
    """Data and errors of an answer of /graphql."""
    entry = read_object(value, "graphql")
    data = entry.get("data")
    errors = entry.get("errors", [])
    found = []
    for one in read_list(errors, "graphql errors") if errors is not None else ():
        error = read_object(one, "graphql error")
        path = error.get("path")
        found.append(
            Failed(
                kind=str(error.get("type") or ""),
                path=tuple(step for step in path if isinstance(step, str | int)) if isinstance(path, list) else (),
                message=read_str_or_none(error.get("message"), "graphql message") or "",
            )
        )
    return (None if data is None else read_object(data, "graphql data")), tuple(found)


def read_me(data: Mapping[str, object]) -> Me:
    viewer = read_object(data.get("viewer"), "viewer")
    home = data.get("repository")
    has = read_object(home, "repository") if home is not None else {}
    return Me(
        author=_author(viewer),
        repository=home is not None,
        issues=has.get("hasIssuesEnabled") is True,
        discussions=has.get("hasDiscussionsEnabled") is True,
        archived=has.get("isArchived") is True,
    )


def read_node(value: object, *, me: str) -> Entry | None:
    """One issue, discussion or comment; None where it is something else."""
    entry = read_object(value, "node")
    kind = _KINDS.get(str(entry.get("__typename")))
    if kind is None:
        return None
    ref = PostRef(read_id(entry.get("id"), "node id"))
    above = _above(entry, kind, ref)
    at = read_time(entry.get("createdAt"), "node createdAt")
    edited = read_time_or_none(entry.get("lastEditedAt"), "node lastEditedAt")
    author = _author(entry.get("author"))
    ours = bool(me) and author.ref == me
    body, mark = unmarked(read_str(entry.get("body"), "node body"))
    words = Text.of(from_markdown(body) if ours else body.replace("\r\n", "\n"))
    extra: dict[str, JSON] = {TOPIC: above.root.id, KIND: kind.value, UNDER: above.under}
    votes = _votes(entry, kind)
    if votes is not None:
        extra[VOTES] = votes
    return Entry(
        post=PublicPost(
            ref=ref,
            root=above.root,
            parent=above.parent,
            author=author,
            text=_titled(entry, kind, words),
            at=at,
            edited_at=None if edited is None else max(at, edited),
            url=read_str_or_none(entry.get("url"), "node url"),
            ours=ours,
            extra=extra,
        ),
        topic=above.root.id,
        gone=entry.get("deletedAt") is not None,
        unseen=_hidden(entry),
        closed=LOCKED if above.locked else "",
        mark=mark if ours else "",
    )


@dataclass(frozen=True, slots=True)
class _Above:
    root: PostRef
    parent: PostRef | None
    under: str  # a reply to it stands under this; "": under the topic itself
    locked: bool


def _above(entry: Mapping[str, object], kind: Kind, ref: PostRef) -> _Above:
    if kind in (Kind.ISSUE, Kind.DISCUSSION):
        return _Above(ref, None, ref.id, entry.get("locked") is True)
    home = read_object(entry.get("issue" if kind is Kind.COMMENT else "discussion"), "node thread")
    root = PostRef(read_id(home.get("id"), "thread id"))
    locked = home.get("locked") is True
    if kind is Kind.COMMENT:
        return _Above(root, root, root.id, locked)
    answered = entry.get("replyTo")
    if answered is None:
        return _Above(root, root, ref.id, locked)
    top = read_id(read_object(answered, "replyTo").get("id"), "replyTo id")
    return _Above(root, PostRef(top), top, locked)


def read_ids(value: object, since: datetime) -> list[str]:
    """The node ids of a REST list of issues or comments that changed since then; pull requests are none of them."""
    found: list[str] = []
    for one in read_list(value, "list"):
        entry = read_object(one, "list item")
        page = entry.get("html_url")
        if entry.get("pull_request") is not None or (isinstance(page, str) and "/pull/" in page):
            continue
        if read_time(entry.get("updated_at"), "list updated_at") >= since:
            found.append(read_id(entry.get("node_id"), "list node_id"))
    return found


def read_hits(value: object) -> list[str]:
    """The node ids of a search."""
    items = read_list(read_object(value, "search").get("items"), "search items")
    return [read_id(read_object(one, "hit").get("node_id"), "hit node_id") for one in items]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a longer list: ids with when they changed, the way on ("": no more), and since when all are older."""

    ids: tuple[tuple[str, datetime | None], ...]
    more: str


def read_discussions(data: Mapping[str, object]) -> Page:
    """Discussions with their comments and replies, those that changed last first."""
    home = data.get("repository")
    if home is None:
        return Page((), "")
    listed = read_object(read_object(home, "repository").get("discussions"), "discussions")
    return Page(tuple(_flat(listed)), _next(listed, "hasNextPage", "endCursor"))


def read_thread(data: Mapping[str, object]) -> Page | None:
    """The comments of an issue or a discussion, the newest page first; None where it is not there."""
    node = data.get("node")
    if node is None:
        return None
    entry = read_object(node, "node")
    if _KINDS.get(str(entry.get("__typename"))) not in (Kind.ISSUE, Kind.DISCUSSION):
        return None
    listed = read_object(entry.get("comments"), "comments")
    return Page(tuple(_flat(listed)), _next(listed, "hasPreviousPage", "startCursor"))


def _flat(listed: Mapping[str, object]) -> list[tuple[str, datetime | None]]:
    found: list[tuple[str, datetime | None]] = []
    for one in read_list(listed.get("nodes"), "nodes"):
        entry = read_object(one, "list node")
        changed = read_time_or_none(entry.get("updatedAt"), "updatedAt")
        found.append((read_id(entry.get("id"), "list node id"), changed))
        for below in ("comments", "replies"):
            if entry.get(below) is not None:
                found += _flat(read_object(entry[below], below))
    return found


def _next(listed: Mapping[str, object], more: str, cursor: str) -> str:
    info = read_object(listed.get("pageInfo"), "pageInfo")
    return read_str_or_none(info.get(cursor), "cursor") or "" if info.get(more) is True else ""


# Webhooks


class Says(Enum):
    """What a call means to us."""

    SAID = "said"
    EDITED = "edited"
    DELETED = "deleted"


_ACTIONS: Mapping[str, Says] = {
    "opened": Says.SAID,
    "created": Says.SAID,
    "edited": Says.EDITED,
    "deleted": Says.DELETED,
}
#: An event, and what of it the news is about.
EVENTS: Mapping[str, str] = {
    "issues": "issue",
    "issue_comment": "comment",
    "discussion": "discussion",
    "discussion_comment": "comment",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One call: what happened to which node, in which repository."""

    says: Says
    node: str
    repository: str


def read_event(event: str, value: object) -> Told | None:
    """A webhook's body; None where it is nothing to us: other events, other actions, pull requests."""
    if event not in EVENTS:
        return None
    entry = read_object(value, "event")
    says = _ACTIONS.get(str(entry.get("action")))
    if says is None:
        return None
    issue = entry.get("issue")
    if isinstance(issue, dict) and issue.get("pull_request") is not None:
        return None
    about = read_object(entry.get(EVENTS[event]), "event subject")
    home = read_object(entry.get("repository"), "event repository")
    return Told(
        says, read_id(about.get("node_id"), "event node_id"), read_str(home.get("full_name"), "event full_name")
    )


# What went wrong


_FAILURES: Mapping[str, tuple[Reason, str]] = {
    "NOT_FOUND": (Reason.GONE, "The post is not there any more, or not for this account."),
    "FORBIDDEN": (Reason.NOT_ALLOWED, "GitHub does not allow this account to do that there."),
    "INSUFFICIENT_SCOPES": (Reason.AUTH, "The access token lacks the right for it."),
    "UNPROCESSABLE": (Reason.INVALID, "GitHub finds this reply invalid."),
}
LIMITED = frozenset({"RATE_LIMITED", "RATE_LIMIT"})


def failure(errors: Sequence[Failed], answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What the errors of a mutation say about it."""
    kinds = {one.kind for one in errors}
    if kinds & LIMITED:
        return Throttled(read_wait(answer.headers, now) or now + WAIT_WITHOUT_HEADER)
    for one in errors:
        if one.kind in _FAILURES:
            reason, sentence = _FAILURES[one.kind]
            if "too long" in one.message:
                reason = Reason.TOO_LONG
            return Refused(reason, sentence + quoted(one.message))
    return Lost("GitHub answered with an error that says nothing certain")


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer that is not 2xx means. A 403 may be a limit: its headers tell."""
    if answer.status in (403, 429) and limited(answer):
        return Throttled(read_wait(answer.headers, now) or now + WAIT_WITHOUT_HEADER)
    return certainty(answer, now)


def limited(answer: Answer) -> bool:
    """Whether a 403 asks us to wait, and forbids nothing."""
    headers = answer.headers
    said = answer.body.get("message") if isinstance(answer.body, dict) else ""
    return (
        answer.status == 429
        or "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or (isinstance(said, str) and "rate limit" in said.lower())
    )


# Inside


def _titled(entry: Mapping[str, object], kind: Kind, words: Text) -> Text:
    if kind not in (Kind.ISSUE, Kind.DISCUSSION):
        return words
    title = read_str(entry.get("title"), "node title")
    return Text((Span(title, Mark.STRONG), *((Span("\n\n"), *words.spans) if words else ())))


def _votes(entry: Mapping[str, object], kind: Kind) -> int | None:
    if kind is Kind.ISSUE:
        return max(0, read_int(read_object(entry.get("reactions"), "reactions").get("totalCount"), "reactions"))
    return max(0, read_int(entry.get("upvoteCount"), "upvoteCount")) if kind is Kind.DISCUSSION else None


def _hidden(entry: Mapping[str, object]) -> str:
    if entry.get("isMinimized") is not True:
        return ""
    why = read_str_or_none(entry.get("minimizedReason"), "minimizedReason")
    return f"it is hidden ({why})" if why else "it is hidden"


def _author(value: object) -> Author:
    """An account that is gone has none."""
    if value is None:
        return Author(ref="user:gone", handle=NOBODY, name=NOBODY)
    entry = read_object(value, "author")
    login = read_str(entry.get("login"), "login")
    if not login:
        raise Malformed("login", "a name")
    id = entry.get("databaseId")
    known = isinstance(id, int) and not isinstance(id, bool)
    return Author(
        ref=f"user:{id}" if known else f"login:{login}",
        handle=login,
        name=read_str_or_none(entry.get("name"), "author name") or login,
        avatar=read_str_or_none(entry.get("avatarUrl"), "avatarUrl"),
        url=read_str_or_none(entry.get("url"), "author url"),
        bot=entry.get("__typename") == "Bot",
    )
