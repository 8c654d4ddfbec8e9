"""What goes out from a Page: public comments, private replies and messages; whether each may, and whether it did.

Which of them a reply is, its audience says: one that only those it names may see goes to the author alone, in
Messenger. Sending is left to `facebook`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.errors import Reason
from adapters.facebook_ask import Asking
from adapters.facebook_read import Comment, page_of, read_comment
from adapters.facebook_settings import Settings
from adapters.graph import Graph, NotThere
from adapters.graph_chats import ONCE, PRIVATE_WINDOW, Chats, message_to
from adapters.graph_hooks import read_moment
from adapters.graph_refs import Kind, Ref, read_ref
from adapters.graph_replies import SKEW, Way, as_receipt, judged, way_of
from adapters.http import Clock
from adapters.payload import read_object
from adapters.posts import (
    Absent,
    CannotTell,
    PublicPost,
    Ready,
    Receipt,
    Refusal,
    Reply,
    Unavailable,
)

LISTED = "id,from{id},message,created_time,permalink_url,parent{id}"


@dataclass(frozen=True, slots=True)
class Going:
    """One call: where, with what, and by which way."""

    way: Way
    path: str
    body: Mapping[str, object]


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
        return Going(way, f"/{me}/messages", message_to({key: parent.id}, words))
    chat = str(reply.extra.get("chat", ""))
    return Going(way, f"/{me}/messages", message_to({"id": chat}, words, late=late))


def receipt_for(body: Mapping[str, object], sent: Going, *, me: str, at: datetime, words: str) -> Receipt:
    """From an answer that took it. Raises `Malformed` where it does not name what was made."""
    if sent.way is Way.COMMENT:
        ref = read_ref(Kind.COMMENT, body.get("id"), "answer id")
    else:
        ref = read_ref(Kind.MESSAGE, body.get("message_id"), "answer message_id")
    return Receipt(ref=ref.post, url=page_of(ref, page=me), at=at, text=words)


class Replies:
    """Whether a reply may go out, and whether it did. Errors are those of reading."""

    def __init__(self, graph: Graph, asking: Asking, chats: Chats, settings: Settings, *, clock: Clock) -> None:
        self._graph = graph
        self._chats = chats
        self._asking = asking
        self._settings = settings
        self._clock = clock

    async def late(self, parent: Ref) -> bool:
        """Whether the usual window of the message that is answered is over."""
        return self._chats.late(await self._said_at(parent))

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
        return self._chats.in_time(found.at, PRIVATE_WINDOW, ONCE)

    def _may_private(self, comment: Comment) -> Ready | Refusal:
        if comment.ours:
            return Refusal(Reason.INVALID, "That is a comment of the Page itself.")
        if comment.can_write is False and self._clock() < comment.at + PRIVATE_WINDOW:
            return Refusal(
                Reason.NOT_ALLOWED, "Facebook does not allow a private reply here; there is only one a comment."
            )
        return self._chats.in_time(comment.at, PRIVATE_WINDOW, ONCE)

    async def _may_message(self, parent: Ref) -> Ready | Refusal:
        found = (await self._asking.fetch([parent.post]))[parent.post]
        if isinstance(found, Unavailable):
            return _GONE
        return self._chats.may_answer(found.at, human_agent=self._settings.human_agent)

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
        async for post in self._chats.with_(chat):
            if post.at < floor:
                break
            if post.ours:
                ours.append(post)
        return judged([as_receipt(one) for one in ours], reply, first)

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
        return judged(ours, reply, first)

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
        async for post in self._chats.of(conversation):
            if first is not None and post.at < first - SKEW:
                break
            if post.ours:
                ours.append(as_receipt(post))
        return judged(ours, reply, first)


_GONE = Refusal(Reason.GONE, "It is deleted, hidden on the Page, or not visible to us any more.")


def _may_comment(comment: Comment) -> Ready | Refusal:
    if comment.hidden:
        return _GONE
    if not comment.can_answer:
        return Refusal(Reason.NOT_ALLOWED, "Facebook does not let this Page comment there.")
    return Ready()
