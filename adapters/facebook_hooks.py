"""What Facebook's webhooks say about a Page, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

A call holds many changes. Each becomes an `Event`, or is passed over by its name: likes, our own posts, what other
fields tell. One that cannot be read does not hide the others. Where from: docs/graph-api/webhooks/reference/page,
messenger-platform/webhooks, and calls recorded by restfb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial

from adapters.errors import Malformed
from adapters.facebook_read import (
    NOBODY,
    Comment,
    message,
    read_author,
    read_moment,
    read_text,
    review,
    verdict_of,
)
from adapters.facebook_refs import Kind, Ref, page_of, read_ref
from adapters.payload import read_id, read_list, read_object, read_str
from adapters.posts import Author, Media, MediaKind, PublicPost


class Verb(Enum):
    """What happened to a post."""

    SAID = "said"
    EDITED = "edited"
    REMOVED = "removed"
    HIDDEN = "hidden"  # by somebody of ours, or by the Page's own filter
    SHOWN = "shown"  # again


_VERBS: Mapping[str, Verb] = {
    "add": Verb.SAID,
    "edit": Verb.EDITED,
    "edited": Verb.EDITED,
    "update": Verb.EDITED,
    "remove": Verb.REMOVED,
    "delete": Verb.REMOVED,
    "hide": Verb.HIDDEN,
    "unhide": Verb.SHOWN,
}
_POSTS = frozenset({"post", "status", "photo", "video", "share"})
# What in a change says that there is more to see than the change itself tells.
_ATTACHED = ("photo", "photos", "photo_id", "photo_ids", "video", "video_id", "link", "share_id")


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `comment` or `post` is what the call says; `under` the post a comment stands under.

    `ask`: the call does not say it all (a picture, who it was), the Graph API does.
    """

    verb: Verb
    ref: Ref
    at: datetime
    comment: Comment | None = None
    post: PublicPost | None = None
    under: Ref | None = None
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what it tells, and what we pass over, by name, such as `feed/like/add`."""

    events: tuple[Event, ...]
    passed: tuple[str, ...]


class _Passed(Exception):
    """Nothing for us; the name says what."""


def read_call(body: object, *, me: str) -> Call:
    """The body of a webhook. `me` is our Page's id. `Malformed` where it is no call of theirs at all."""
    call = read_object(body, "call")
    kind = read_str(call.get("object"), "call object")
    events: list[Event] = []
    passed: list[str] = []
    for item in read_list(call.get("entry"), "call entry"):
        entry = item if isinstance(item, dict) else {}
        if kind != "page":
            passed += [f"{kind}/{_name(change)}" for change in _changes(entry)] or [f"{kind}/nothing"]
            continue
        if str(entry.get("id")) != me:
            passed.append("another page")
            continue
        try:
            at = read_moment(entry.get("time"), "entry time")
        except Malformed:
            passed.append("an entry without a time")
            continue
        for change in _changes(entry):
            _take(events, passed, _name(change), partial(_change, change, at=at, me=me))
        for key in ("messaging", "standby"):
            found = entry.get(key)
            for one in found if isinstance(found, list) else []:
                _take(events, passed, f"{key}/{_what(one)}", partial(_messaging, one, me=me))
    return Call(tuple(events), tuple(passed))


def _take(events: list[Event], passed: list[str], name: str, read: Callable[[], Event]) -> None:
    try:
        events.append(read())
    except _Passed as why:
        passed.append(f"{name}{why}")
    except Malformed as error:
        passed.append(f"{name} (unreadable: {error.where})")


def _changes(entry: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = entry.get("changes")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _name(change: Mapping[str, object]) -> str:
    value = change.get("value")
    parts = [change.get("field"), *([value.get("item"), value.get("verb")] if isinstance(value, dict) else [])]
    return "/".join(part[:40] for part in parts if isinstance(part, str)) or "nothing"


def _what(item: object) -> str:
    """What a messaging event is: the key that is not always there."""
    always = {"sender", "recipient", "timestamp", "prior_message"}
    keys = [str(key)[:40] for key in item if key not in always] if isinstance(item, dict) else []
    return keys[0] if keys else "nothing"


# Changes of the Page


def _change(change: Mapping[str, object], *, at: datetime, me: str) -> Event:
    field, value = change.get("field"), change.get("value")
    if field not in ("feed", "mention", "ratings") or not isinstance(value, dict):
        raise _Passed
    item, verb = value.get("item"), _VERBS.get(str(value.get("verb")))
    if verb is None:
        raise _Passed
    if item == "comment":
        return _comment(value, verb, at=at, me=me, field=field)
    if field == "ratings":
        if item != "rating":
            raise _Passed
        return _rating(value, verb, at=at, me=me)
    if item not in _POSTS:
        raise _Passed
    return _post(value, verb, at=at, me=me, mention=field == "mention")


def _who(value: Mapping[str, object], nobody: str) -> Author:
    """Newer calls say `from`, older ones `sender_id` and `sender_name`; some neither."""
    if isinstance(value.get("from"), dict):
        return read_author(value["from"], nobody=nobody)
    if value.get("sender_id") is not None:
        return read_author({"id": value["sender_id"], "name": value.get("sender_name")}, nobody=nobody)
    return read_author(None, nobody=nobody)


def _comment(value: Mapping[str, object], verb: Verb, *, at: datetime, me: str, field: str) -> Event:
    ref = read_ref(Kind.COMMENT, value.get("comment_id"), "change comment_id")
    under = None if value.get("post_id") is None else read_ref(Kind.POST, value["post_id"], "change post_id")
    if verb in (Verb.REMOVED, Verb.HIDDEN):
        return Event(verb, ref, at, under=under)
    author = _who(value, ref.id)
    parent = value.get("parent_id")
    top = None
    if parent is not None and (under is None or str(parent) != under.id):
        top = read_ref(Kind.COMMENT, parent, "change parent_id")
    created = value.get("created_time")
    comment = Comment(
        ref=ref,
        top=top,
        author=author,
        ours=author.ref == me,
        text=read_text(value.get("message"), None),
        at=at if created is None else min(at, read_moment(created, "change created_time")),
        url=page_of(ref, page=me),
    )
    if field == "ratings" and under is not None:  # the post of a review is named by reviewer and story
        under = read_ref(Kind.REVIEW, under.id.rpartition("_")[2], "change post_id")
    # A comment without words has a picture or a sticker. The call of a mention leaves out what it answers.
    ask = field == "mention" or author.name == NOBODY or not comment.text or _has_more(value)
    return Event(verb, ref, at, comment=comment, under=under, ask=ask)


def _post(value: Mapping[str, object], verb: Verb, *, at: datetime, me: str, mention: bool) -> Event:
    ref = read_ref(Kind.POST, value.get("post_id"), "change post_id")
    author = _who(value, ref.id)
    if author.ref == me and verb is not Verb.REMOVED:
        raise _Passed(" (our own)")
    if verb in (Verb.REMOVED, Verb.HIDDEN):
        return Event(verb, ref, at)
    created = value.get("created_time")
    post = PublicPost(
        ref=ref.post,
        root=ref.post,
        parent=None,
        author=author,
        text=read_text(value.get("message"), None),
        at=at if created is None else min(at, read_moment(created, "change created_time")),
        url=page_of(ref, page=me),
        ours=False,
    )
    ask = mention or author.name == NOBODY or not post.text or _has_more(value)
    return Event(verb, ref, at, post=post, ask=ask)


def _rating(value: Mapping[str, object], verb: Verb, *, at: datetime, me: str) -> Event:
    ref = read_ref(Kind.REVIEW, value.get("open_graph_story_id"), "change open_graph_story_id")
    if verb in (Verb.REMOVED, Verb.HIDDEN):
        return Event(verb, ref, at)
    reviewer = {"id": value.get("reviewer_id"), "name": value.get("reviewer_name")}
    created = value.get("created_time")
    post = review(
        ref,
        me=me,
        author=read_author(None if reviewer["id"] is None else reviewer, nobody=ref.id),
        words=value.get("review_text"),
        verdict=verdict_of(value),
        at=at if created is None else min(at, read_moment(created, "change created_time")),
    )
    return Event(verb, ref, at, post=post)


def _has_more(value: Mapping[str, object]) -> bool:
    return any(value.get(key) for key in _ATTACHED)


# Messages


def _messaging(item: object, *, me: str) -> Event:
    entry = read_object(item, "messaging")
    said, edit = entry.get("message"), entry.get("message_edit")
    if not isinstance(said, dict) and not isinstance(edit, dict):
        raise _Passed
    at = read_moment(entry.get("timestamp"), "messaging timestamp")
    content = said if isinstance(said, dict) else edit
    assert isinstance(content, dict)
    ref = read_ref(Kind.MESSAGE, content.get("mid"), "message mid")
    if content.get("is_deleted") is True:
        return Event(Verb.REMOVED, ref, at)
    sender = read_id(read_object(entry.get("sender"), "messaging sender").get("id"), "messaging sender")
    echo = content.get("is_echo") is True
    other = read_id(read_object(entry.get("recipient"), "messaging recipient").get("id"), "messaging recipient")
    chat = read_ref(Kind.CHAT, other if echo and other != me else sender, "messaging with")
    if chat.id == me:
        raise _Passed(" (with ourselves)")
    author = read_author({"id": me if echo else sender}, nobody=ref.id)
    post = message(
        ref,
        me=me,
        author=author,
        chat=chat,
        text=read_text(content.get("text"), None),
        at=at,
        media=_attachments(content, me),
    )
    verb = Verb.SAID if isinstance(said, dict) else Verb.EDITED
    return Event(verb, ref, at, post=post, ask=not echo)  # a call never says the name of who writes


def _attachments(content: Mapping[str, object], me: str) -> tuple[Media, ...]:
    """As far as the call says; the message itself, asked for, says it better."""
    inbox = page_of(Ref(Kind.CHAT, me), page=me)
    if content.get("is_unsupported") is True:
        return (Media(MediaKind.OTHER, inbox, description="A message that only Messenger itself can show"),)
    items = content.get("attachments")
    kinds = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
    return tuple(
        Media(kinds.get(str(item.get("type")), MediaKind.OTHER), inbox)
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    )
