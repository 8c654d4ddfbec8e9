"""What Discourse says, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

A post is known by its topic and its number there, so that a thread's beginning and what a post answers need no
question. Where from: discourse_api_docs (openapi.json, 2026-08), answers recorded by discourse_api, and the
serializers of the source (`WebHookPostSerializer` leaves out the likes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.boards import TOPIC, Entry
from adapters.boards_words import from_markdown
from adapters.errors import Lost, Malformed, Reason, Refused, Throttled
from adapters.http import Answer, certainty
from adapters.markup import from_html
from adapters.payload import JSON, read_id, read_int, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.posts import VOTES, Author, PostRef, PublicPost
from adapters.quoting import quoted
from adapters.text import Mark, Span, Text

REGULAR = 1  # Post.types: moderators' actions, small actions and whispers are nobody's words in public
LIKE = 2  # PostActionType
VOTE_COUNT, OP_LIKES = "vote_count", "op_like_count"
NOBODY = "Somebody"
_REF = re.compile(r"([1-9]\d{0,17})\.([1-9]\d{0,17})")


@dataclass(frozen=True, slots=True)
class Forum:
    """Whose forum, and what of it is ours."""

    server: str
    username: str
    likes: bool  # likes of a topic's first post count as votes


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with those of its posts that came along, and the numbers in the database of all (`stream`)."""

    id: int
    title: str
    category: int | None
    gone: bool
    closed: str
    votes: int | None  # by the plugin
    posts: tuple[Entry, ...]
    stream: tuple[int, ...]


def ref_of(topic: int, number: int) -> PostRef:
    return PostRef(f"{topic}.{number}")


def place_of(ref: PostRef) -> tuple[int, int] | None:
    """Topic and number; None: no reference of this platform."""
    found = _REF.fullmatch(ref.id)
    return (int(found[1]), int(found[2])) if found is not None else None


def read_me(value: object, forum: Forum) -> Author:
    """The answer of /session/current.json."""
    return _author(read_object(read_object(value, "session").get("current_user"), "current_user"), forum, id_key="id")


def read_post(value: object, forum: Forum, *, title: str | None = None, closed: str = "") -> Entry | None:
    """One post, wherever it is shown; None where it is nobody's words. `title` where the answer itself has none."""
    entry = read_object(value, "post")
    topic, number = _positive(entry.get("topic_id"), "post topic_id"), _positive(entry.get("post_number"), "number")
    if read_int(entry.get("post_type", REGULAR), "post post_type") != REGULAR:
        return None
    author = _author(entry, forum, id_key="user_id")
    ours = author.handle.casefold() == forum.username.casefold() and author.handle != ""
    raw = entry.get("raw")
    given = entry.get("topic_title", title)
    heading = read_str_or_none(given, "post topic_title") if number == 1 else None
    # Of our own words what was typed counts: what is shown has other quotes and dashes.
    if ours and isinstance(raw, str):
        text = Text.of(from_markdown(read_str(raw, "post raw")))
    else:
        text = from_html(read_str(entry.get("cooked"), "post cooked"))
    at, changed = _moment(entry.get("created_at"), "created_at"), _moment(entry.get("updated_at"), "updated_at")
    version = read_int(entry.get("version", 1), "post version")
    above = entry.get("reply_to_post_number")
    parent = 1 if above is None else _positive(above, "post reply_to_post_number")
    slug = entry.get("topic_slug")
    extra: dict[str, JSON] = {
        TOPIC: str(topic),
        "number": str(number),
        "id": read_id(entry.get("id"), "post id"),
    }
    if number == 1 and forum.likes and (likes := _likes(entry.get("actions_summary"))) is not None:
        extra[VOTES] = likes
    gone = entry.get("deleted_at") is not None or entry.get("user_deleted") is True
    return Entry(
        post=PublicPost(
            ref=ref_of(topic, number),
            root=ref_of(topic, 1),
            parent=None if number == 1 else ref_of(topic, parent),
            author=author,
            text=_headed(heading, text),
            at=at,
            edited_at=max(at, changed) if version > 1 else None,
            url=f"{forum.server}/t/{slug if isinstance(slug, str) and slug else '-'}/{topic}/{number}",
            ours=ours,
            extra=extra,
        ),
        topic=str(topic),
        gone=gone,
        unseen="it is hidden: enough people flagged it" if entry.get("hidden") is True else "",
        closed=closed,
    )


def read_posts(
    value: object, forum: Forum, *, title: str | None = None, closed: str = ""
) -> tuple[tuple[Entry, ...], tuple[Mapping[str, object], ...]]:
    """A list of posts, and the whole entries of it as they came. What cannot be read is left out."""
    found: list[Entry] = []
    whole: list[Mapping[str, object]] = []
    for item in read_list(value, "posts"):
        if not isinstance(item, dict):
            continue
        whole.append(item)
        try:
            entry = read_post(item, forum, title=title, closed=closed)
        except Malformed:
            continue
        if entry is not None:
            found.append(entry)
    return tuple(found), tuple(whole)


def read_topic(value: object, forum: Forum) -> Topic:
    """The answer of /t/{id}.json."""
    entry = read_object(value, "topic")
    id = _positive(entry.get("id"), "topic id")
    title = read_str(entry.get("title"), "topic title")
    closed = ""
    if entry.get("closed") is True or entry.get("archived") is True:
        closed = "The topic is closed: nobody can write there any more."
    stream = read_object(entry.get("post_stream"), "post_stream")
    posts, _ = read_posts(stream.get("posts"), forum, title=title, closed=closed)
    numbers = tuple(_positive(one, "stream") for one in read_list(stream.get("stream", []), "stream"))
    category, votes = entry.get("category_id"), entry.get("vote_count")
    counted = votes if isinstance(votes, int) and not isinstance(votes, bool) and votes >= 0 else None
    return Topic(
        id=id,
        title=title,
        category=category if isinstance(category, int) else None,
        gone=entry.get("deleted_at") is not None,
        closed=closed,
        votes=counted if entry.get("can_vote") is not False else None,
        posts=posts,
        stream=numbers,
    )


def read_votes(value: object, key: str = VOTE_COUNT) -> dict[PostRef, int]:
    """A list of topics, as /latest.json has it: the votes of the plugin, or the likes of first posts."""
    topics = read_object(read_object(value, "list").get("topic_list"), "topic_list")
    found: dict[PostRef, int] = {}
    for one in read_list(topics.get("topics"), "topics"):
        if isinstance(one, dict) and (counted := _vote(one, "id", key)) is not None:
            found[counted[0]] = counted[1]
    return found


def read_hits(value: object) -> tuple[PostRef, ...]:
    """The posts of a search."""
    entry = read_object(value, "search")
    found: list[PostRef] = []
    for one in read_list(entry.get("posts", []), "search posts"):
        hit = read_object(one, "search post")
        topic, number = hit.get("topic_id"), hit.get("post_number")
        if isinstance(topic, int) and isinstance(number, int) and topic > 0 and number > 0:
            found.append(ref_of(topic, number))
    return tuple(dict.fromkeys(found))


def read_pending(value: object, topic: int) -> tuple[str, ...]:
    """What of ours waits for a moderator in this topic: the words as they were sent."""
    entry = read_object(value, "pending")
    items = [read_object(one, "pending post") for one in read_list(entry.get("pending_posts", []), "pending posts")]
    here = [one for one in items if one.get("topic_id") in (None, topic)]
    return tuple(raw for one in here if isinstance(raw := one.get("raw") or one.get("raw_text"), str))


def read_voted(value: object) -> tuple[PostRef, int] | None:
    """What a webhook says of a vote; None where it gives no number."""
    entry = read_object(value, "vote")
    return _vote(entry, "topic_id")


def read_errors(value: object) -> str:
    """What an error says, for people; "" where it is none of Discourse's."""
    errors = value.get("errors") if isinstance(value, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else ""
    return first if isinstance(first, str) else ""


_SIMILAR = re.compile(r"similar|duplicate|recently posted", re.I)


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer to a write means. "Too similar" is never a no: our own may be there."""
    said = read_errors(answer.body)
    if answer.status == 422 and _SIMILAR.search(said):
        return Lost("the forum says that something very similar was posted a moment ago")
    verdict = certainty(answer, now)
    if isinstance(verdict, Refused) and said:
        sentence = _SENTENCES.get(verdict.reason, "The forum refused this reply.")
        return Refused(verdict.reason, sentence + quoted(said))
    return verdict


_SENTENCES: Mapping[Reason, str] = {
    Reason.AUTH: "The forum does not take the API key.",
    Reason.NOT_ALLOWED: "The forum does not allow this account to do that there.",
    Reason.GONE: "The post or its topic is not there any more.",
}


# Inside


def _positive(value: object, where: str) -> int:
    number = read_int(value, where)
    if number <= 0:
        raise Malformed(where, "a number above 0")
    return number


def _moment(value: object, where: str) -> datetime:
    return read_time(value, f"post {where}")


def _vote(entry: Mapping[str, object], id_key: str, key: str = VOTE_COUNT) -> tuple[PostRef, int] | None:
    topic, votes = entry.get(id_key), entry.get(key)
    if isinstance(topic, bool) or not isinstance(topic, int) or topic <= 0:
        return None
    if isinstance(votes, bool) or not isinstance(votes, int) or votes < 0:
        return None
    return ref_of(topic, 1), votes


def _likes(summary: object) -> int | None:
    """None where the answer counts none: what webhooks send."""
    if not isinstance(summary, list):
        return None
    for one in summary:
        if isinstance(one, dict) and one.get("id") == LIKE:
            count = one.get("count", 0)
            return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else 0
    return 0


def _headed(heading: str | None, text: Text) -> Text:
    if not heading:
        return text
    return Text((Span(heading, Mark.STRONG), *((Span("\n\n"),) if text else ()), *text.spans))


def _author(entry: Mapping[str, object], forum: Forum, *, id_key: str) -> Author:
    """Somebody; of an account that is gone Discourse gives no name and no id."""
    id, handle = entry.get(id_key), read_str_or_none(entry.get("username"), "username") or ""
    known = isinstance(id, int) and not isinstance(id, bool)
    if not known and not handle:
        return Author(ref="user:gone", handle="", name=NOBODY)
    name = read_str_or_none(entry.get("name"), "name") or handle or NOBODY
    return Author(
        ref=f"user:{id}" if known else f"name:{handle}",
        handle=handle,
        name=name,
        avatar=_avatar(entry.get("avatar_template"), forum.server),
        url=f"{forum.server}/u/{handle}" if handle else None,
        bot=isinstance(id, int) and id < 0,
    )


def _avatar(template: object, server: str) -> str | None:
    if not isinstance(template, str) or not template:
        return None
    address = template.replace("{size}", "96")
    if address.startswith("//"):
        return "https:" + address
    return server + address if address.startswith("/") else address


def ids_after(stream: Sequence[int], loaded: Sequence[int], most: int) -> tuple[list[int], bool]:
    """Which posts of a topic are still to be asked for: the newest, at most so many; and whether that is all."""
    have = set(loaded)
    left = [one for one in stream if one not in have]
    return left[-most:], len(left) <= most
