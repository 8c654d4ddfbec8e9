"""What Facebook's webhooks say about a Page, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

Passed over by their names: likes, our own posts, what other fields tell. Where from: docs/graph-api/webhooks/reference/
page, messenger-platform/webhooks, and calls recorded by restfb.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters import graph_hooks as calls
from adapters.facebook_read import NOBODY, Comment, page_of, read_author, read_text, review, verdict_of
from adapters.graph_chats import Chats
from adapters.graph_hooks import Call, Event, Passed, Verb, read_moment
from adapters.graph_refs import Kind, Ref, read_ref
from adapters.posts import Author, PublicPost

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


@dataclass(frozen=True, kw_only=True)
class Commented(Event):
    """A change of a comment. `comment` is what the call says; `under` the post it stands under."""

    comment: Comment | None = None
    under: Ref | None = None


def read_call(body: object, *, chats: Chats) -> Call:
    """The body of a webhook about our Page. `Malformed` where it is no call of theirs at all."""
    me = chats.box.me
    return calls.read_call(
        body, kind="page", me=me, change=lambda change, at: _change(change, at=at, me=me), message=chats.told
    )


# Changes of the Page


def _change(change: Mapping[str, object], *, at: datetime, me: str) -> Event:
    field, value = change.get("field"), change.get("value")
    if field not in ("feed", "mention", "ratings") or not isinstance(value, dict):
        raise Passed
    item, verb = value.get("item"), _VERBS.get(str(value.get("verb")))
    if verb is None:
        raise Passed
    if item == "comment":
        return _comment(value, verb, at=at, me=me, field=field)
    if field == "ratings":
        if item != "rating":
            raise Passed
        return _rating(value, verb, at=at, me=me)
    if item not in _POSTS:
        raise Passed
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
        return Commented(verb=verb, ref=ref, at=at, under=under)
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
    return Commented(verb=verb, ref=ref, at=at, comment=comment, under=under, ask=ask)


def _post(value: Mapping[str, object], verb: Verb, *, at: datetime, me: str, mention: bool) -> Event:
    ref = read_ref(Kind.POST, value.get("post_id"), "change post_id")
    author = _who(value, ref.id)
    if author.ref == me and verb is not Verb.REMOVED:
        raise Passed(" (our own)")
    if verb in (Verb.REMOVED, Verb.HIDDEN):
        return Event(verb=verb, ref=ref, at=at)
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
    return Event(verb=verb, ref=ref, at=at, post=post, ask=ask)


def _rating(value: Mapping[str, object], verb: Verb, *, at: datetime, me: str) -> Event:
    ref = read_ref(Kind.REVIEW, value.get("open_graph_story_id"), "change open_graph_story_id")
    if verb in (Verb.REMOVED, Verb.HIDDEN):
        return Event(verb=verb, ref=ref, at=at)
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
    return Event(verb=verb, ref=ref, at=at, post=post)


def _has_more(value: Mapping[str, object]) -> bool:
    return any(value.get(key) for key in _ATTACHED)
