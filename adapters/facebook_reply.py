"""What goes out from a Page: public comments, private replies and messages; whether each may, and whether it did.

Which of them a reply is, its audience says: one that only those it names may see goes to the author alone, in
Messenger. Sending is left to `facebook`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from adapters.errors import Reason
from adapters.facebook_ask import Asking
from adapters.facebook_read import Comment, read_comment, read_moment
from adapters.facebook_refs import Kind, Ref, page_of, read_ref
from adapters.facebook_settings import HUMAN_WINDOW, MESSAGE_WINDOW, PRIVATE_WINDOW, Settings
from adapters.graph import Graph, NotThere
from adapters.http import Clock
from adapters.payload import read_object
from adapters.posts import (
    Absent,
    Audience,
    CannotTell,
    PublicPost,
    Ready,
    Receipt,
    Refusal,
    Reply,
    Unavailable,
)
from adapters.text import Mark, Text, same_words

# How far Facebook's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)
LISTED = "id,from{id},message,created_time,permalink_url,parent{id}"


class Way(Enum):
    """How a reply goes out."""

    COMMENT = "comment"  # everybody sees it
    PRIVATE = "private"  # to the author of a comment, a post or a review; once
    MESSAGE = "message"  # in a chat


@dataclass(frozen=True, slots=True)
class Going:
    """One call: where, with what, and by which way."""

    way: Way
    path: str
    body: Mapping[str, object]


def way_of(reply: Reply, parent: Ref) -> Way:
    """Never wider than the post that is answered: what only those it names may see is no comment."""
    if parent.kind is Kind.MESSAGE:
        return Way.MESSAGE
    return Way.PRIVATE if reply.visibility is Audience.DIRECT else Way.COMMENT


def above(reply: Reply, parent: Ref) -> Ref:
    """Under what our comment stands: Facebook has two levels, and an answer to an answer stands beside it."""
    top = reply.extra.get("top")
    return Ref(Kind.COMMENT, top) if parent.kind is Kind.COMMENT and isinstance(top, str) else parent


def going(reply: Reply, parent: Ref, *, me: str, late: bool) -> Going:
    """What to send. `late`: the usual time for a message is over, a person writes all the same."""
    words = reply.text.plain
    way = way_of(reply, parent)
    if way is Way.COMMENT:
        return Going(way, f"{above(reply, parent).path}/comments", {"message": words})
    if way is Way.PRIVATE:
        key = "comment_id" if parent.kind is Kind.COMMENT else "post_id"
        return Going(way, f"/{me}/messages", {"recipient": {key: parent.id}, "message": {"text": words}})
    kind = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if late else {"messaging_type": "RESPONSE"}
    chat = str(reply.extra.get("chat", ""))
    return Going(way, f"/{me}/messages", {"recipient": {"id": chat}, "message": {"text": words}, **kind})


def receipt_for(body: Mapping[str, object], sent: Going, *, me: str, at: datetime, words: str) -> Receipt:
    """From an answer that took it. Raises `Malformed` where it does not name what was made."""
    if sent.way is Way.COMMENT:
        ref = read_ref(Kind.COMMENT, body.get("id"), "answer id")
    else:
        ref = read_ref(Kind.MESSAGE, body.get("message_id"), "answer message_id")
    return Receipt(ref=ref.post, url=page_of(ref, page=me), at=at, text=words)


class Replies:
    """Whether a reply may go out, and whether it did. Errors are those of reading."""

    def __init__(self, graph: Graph, asking: Asking, settings: Settings, *, clock: Clock) -> None:
        self._graph = graph
        self._asking = asking
        self._settings = settings
        self._clock = clock

    async def late(self, parent: Ref) -> bool:
        """Whether the usual window of the message that is answered is over."""
        return self._clock() - await self._said_at(parent) >= MESSAGE_WINDOW

    # Before

    async def may(self, reply: Reply, parent: Ref, *, me: str) -> Ready | Refusal:
        way = way_of(reply, parent)
        if way is Way.MESSAGE:
            return await self._may_message(parent)
        if parent.kind is Kind.COMMENT:
            try:
                comment = await self._asking.comment(parent)
            except NotThere:
                return _GONE
            return self._may_private(comment) if way is Way.PRIVATE else _may_comment(comment)
        found = (await self._asking.fetch([parent.post]))[parent.post]
        if isinstance(found, Unavailable):
            return _GONE
        if found.ours:
            return Refusal(Reason.INVALID, "That is a post of the Page itself.")
        if way is Way.COMMENT:
            return Ready()
        if parent.kind is Kind.REVIEW:
            return Refusal(Reason.UNSUPPORTED, "A review can be answered in public only.")
        return self._in_time(found.at, PRIVATE_WINDOW, _ONCE)

    def _may_private(self, comment: Comment) -> Ready | Refusal:
        if comment.ours:
            return Refusal(Reason.INVALID, "That is a comment of the Page itself.")
        if comment.can_write is False and self._clock() < comment.at + PRIVATE_WINDOW:
            return Refusal(
                Reason.NOT_ALLOWED, "Facebook does not allow a private reply here; there is only one a comment."
            )
        return self._in_time(comment.at, PRIVATE_WINDOW, _ONCE)

    async def _may_message(self, parent: Ref) -> Ready | Refusal:
        found = (await self._asking.fetch([parent.post]))[parent.post]
        if isinstance(found, Unavailable):
            return _GONE
        if self._clock() < found.at + MESSAGE_WINDOW:
            return self._in_time(found.at, MESSAGE_WINDOW, _CHAT)
        if self._settings.human_agent:
            return self._in_time(found.at, HUMAN_WINDOW, f"{_CHAT} Facebook is told that a person writes.")
        return Refusal(
            Reason.CLOSED, "Messages can be answered for 24 hours. (With the permission Human Agent for seven days.)"
        )

    def _in_time(self, at: datetime, window: timedelta, note: str) -> Ready | Refusal:
        until = at + window
        if self._clock() >= until:
            return Refusal(
                Reason.CLOSED, f"It is too late: this could be answered there until {until:%d %B %Y, %H:%M} UTC."
            )
        return Ready(until=until, notes=(note,))

    # After

    async def find(self, reply: Reply, parent: Ref, *, me: str) -> Receipt | Absent | CannotTell:
        """Whether an earlier attempt of `reply` arrived, as far as what stands there proves it."""
        way = way_of(reply, parent)
        if way is Way.COMMENT:
            return await self._find_comment(reply, parent, me=me)
        first = min(reply.attempts, default=None)
        if way is Way.PRIVATE:
            return await self._find_private(reply, parent, first, me=me)
        chat = Ref(Kind.CHAT, str(reply.extra.get("chat", "")))
        floor = await self._said_at(parent)
        ours: list[PublicPost] = []
        async for post in self._asking.chat(chat):
            if post.at < floor:
                break
            if post.ours:
                ours.append(post)
        return _judged([_as_receipt(one) for one in ours], reply, first)

    async def _said_at(self, parent: Ref) -> datetime:
        node = read_object(await self._graph.get(parent.path, [("fields", "created_time")]), "post")
        return read_moment(node.get("created_time"), "post created_time")

    async def _find_comment(self, reply: Reply, parent: Ref, *, me: str) -> Receipt | Absent | CannotTell:
        place = above(reply, parent)
        first = min(reply.attempts, default=None)
        asked = [("filter", "stream"), ("order", "reverse_chronological"), ("fields", LISTED), ("limit", "100")]
        ours: list[Receipt] = []
        try:
            async for items in self._graph.pages(f"{place.path}/comments", asked):
                comments = [read_comment(item, me=me) for item in items]
                for one in comments:
                    beside = one.top is None if place.kind is not Kind.COMMENT else True
                    if one.ours and beside:
                        ours.append(Receipt(ref=one.ref.post, url=one.url, at=one.at, text=one.text.plain))
                if first is not None and comments and comments[-1].at < first - SKEW:
                    break
        except NotThere:
            # Facebook takes what stands under a comment away with it: no list says what was there.
            return CannotTell("what we answered is not there any more, and nothing under it")
        return _judged(ours, reply, first)

    async def _find_private(
        self, reply: Reply, parent: Ref, first: datetime | None, *, me: str
    ) -> Receipt | Absent | CannotTell:
        """A comment names the chat in which it was answered privately; other posts do not."""
        if parent.kind is not Kind.COMMENT:
            return CannotTell("Facebook does not tell whether a post was answered privately: look into the inbox")
        fields = "can_reply_privately,private_reply_conversation{id}"
        node = read_object(await self._graph.get(parent.path, [("fields", fields)]), "comment")
        chat = node.get("private_reply_conversation")
        if not isinstance(chat, dict):
            free = node.get("can_reply_privately") is True
            return Absent() if free else CannotTell("Facebook does not tell whether this was answered privately")
        conversation = read_ref(Kind.CHAT, chat.get("id"), "conversation id")
        ours: list[Receipt] = []
        async for post in self._asking.messages(conversation):
            if first is not None and post.at < first - SKEW:
                break
            if post.ours:
                ours.append(_as_receipt(post))
        return _judged(ours, reply, first)


_GONE = Refusal(Reason.GONE, "It is deleted, hidden on the Page, or not visible to us any more.")
_ONCE = "Only its author sees it, in Messenger. There is one private reply, and no second before they answer."
_CHAT = "Only the person who wrote sees it, in Messenger."


def _may_comment(comment: Comment) -> Ready | Refusal:
    if comment.hidden:
        return _GONE
    if not comment.can_answer:
        return Refusal(Reason.NOT_ALLOWED, "Facebook does not let this Page comment there.")
    return Ready()


def _as_receipt(post: PublicPost) -> Receipt:
    return Receipt(ref=post.ref, url=post.url, at=post.at, text=post.text.plain)


def _judged(ours: list[Receipt], reply: Reply, first: datetime | None) -> Receipt | Absent | CannotTell:
    """Of our own words there: the same ones are the reply; others of that time may be, and a person decides."""
    there = [one for one in ours if one.ref not in reply.known]
    for one in there:
        if same_words(one.text or "", reply.text.plain):
            return one
    strange = [one for one in there if first is not None and one.at >= first - SKEW]
    if strange:
        return CannotTell(f"our Page answered there at that time with other words: {strange[0].url}")
    return Absent()


# What a reply loses because Facebook has plain words only.
_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
    Mark.MENTION: "mentions become plain words",
}


def losses(text: Text) -> tuple[str, ...]:
    marks = text.marks()
    lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
    if any(s.mark is Mark.LINK and s.target and s.words not in ("", s.target) for s in text.spans):
        lost.append("labels of links stand beside their addresses")
    return tuple(lost)
