"""What goes out from an Instagram account: public answers, private replies, messages; whether each may, and did.

Sending is left to `instagram`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.errors import Reason
from adapters.graph import NotThere
from adapters.graph_chats import ONCE, PRIVATE_WINDOW, Chats, message_to
from adapters.graph_refs import Kind, Ref, read_ref
from adapters.graph_replies import SKEW, Way, as_receipt, judged, way_of
from adapters.instagram_ask import Asking
from adapters.instagram_read import parts_of
from adapters.instagram_settings import Settings
from adapters.posts import Absent, Author, CannotTell, PublicPost, Ready, Receipt, Refusal, Reply

_GONE = Refusal(Reason.GONE, "It is deleted, hidden on Instagram, or not visible to us any more.")


@dataclass(frozen=True, slots=True)
class Going:
    """One call: where, with what, and by which way."""

    way: Way
    path: str
    body: Mapping[str, object]


def above(reply: Reply, parent: Ref) -> Ref:
    """Under what our answer stands: Instagram has two levels, and an answer to an answer stands beside it."""
    top = reply.extra.get("top")
    return Ref(Kind.COMMENT, top) if isinstance(top, str) else parent


def going(reply: Reply, parent: Ref, *, me: Author, late: bool) -> Going:
    """What to send. `late`: the usual time for a message is over, a person writes all the same."""
    words = reply.text.plain
    way = way_of(reply, parent)
    if way is Way.PRIVATE:
        return Going(way, "/me/messages", message_to({"comment_id": parent.id}, words))
    if way is Way.MESSAGE:
        return Going(way, "/me/messages", message_to({"id": str(reply.extra.get("chat", ""))}, words, late=late))
    if parent.kind is Kind.MENTION:
        media, comment = parts_of(parent)
        body = {"media_id": media, "message": words, **({"comment_id": comment} if comment else {})}
        return Going(way, f"/{me.ref}/mentions", body)
    return Going(way, f"{above(reply, parent).path}/replies", {"message": words})


def receipt_for(body: Mapping[str, object], sent: Going, *, url: str | None, at: datetime, words: str) -> Receipt:
    """From an answer that took it. Raises `Malformed` where it does not name what was made."""
    if sent.way is Way.COMMENT:
        ref = read_ref(Kind.COMMENT, body.get("id"), "answer id")
    else:
        ref = read_ref(Kind.MESSAGE, body.get("message_id"), "answer message_id")
    return Receipt(ref=ref.post, url=url, at=at, text=words)


class Replies:
    """Whether a reply may go out, and whether it did. Errors are those of reading."""

    def __init__(self, asking: Asking, chats: Chats, settings: Settings) -> None:
        self._asking = asking
        self._chats = chats
        self._settings = settings

    async def may(self, reply: Reply, parent: Ref) -> Ready | Refusal:
        way = way_of(reply, parent)
        if parent.kind is Kind.COMMENT:
            try:
                seen = await self._asking.comment(parent)
            except NotThere:
                return _GONE
            if seen.post.ours:
                return Refusal(Reason.INVALID, "That is a comment of the account itself.")
            if way is Way.PRIVATE:
                return self._chats.in_time(seen.post.at, PRIVATE_WINDOW, ONCE)
            if seen.hidden:
                return _GONE
            closed = Refusal(Reason.NOT_ALLOWED, "Comments are switched off under this post.")
            return Ready() if seen.open else closed
        if parent.kind is Kind.MENTION and way is Way.PRIVATE:
            return Refusal(Reason.UNSUPPORTED, "A mention under somebody else's post can be answered in public only.")
        found = (await self._asking.fetch([parent.post]))[parent.post]
        if not isinstance(found, PublicPost):
            return _GONE
        if way is Way.MESSAGE:
            return self._chats.may_answer(found.at, human_agent=self._settings.human_agent)
        return Ready(notes=("Instagram does not show us answers under other people's posts: look there yourself.",))

    async def late(self, parent: Ref) -> bool:
        """Whether the usual window of the message that is answered is over."""
        found = (await self._asking.fetch([parent.post]))[parent.post]
        return isinstance(found, PublicPost) and self._chats.late(found.at)

    async def find(self, reply: Reply, parent: Ref) -> Receipt | Absent | CannotTell:
        """Whether an earlier attempt of `reply` arrived, as far as what stands there proves it."""
        first = min(reply.attempts, default=None)
        way = way_of(reply, parent)
        if way is Way.COMMENT and parent.kind is Kind.MENTION:
            return CannotTell("Instagram does not show us answers under other people's posts")
        if way is Way.COMMENT:
            try:
                there = [one.post async for one in self._asking.replies(above(reply, parent))]
            except NotThere:
                # Instagram takes what stands under a comment away with it: no list says what was there.
                return CannotTell("what we answered is not there any more, and nothing under it")
            return judged([as_receipt(one) for one in there if one.ours], reply, first)
        who = reply.extra.get("chat" if way is Way.MESSAGE else "author")
        if not isinstance(who, str):
            return CannotTell("Instagram does not tell in whose inbox it would be")
        written: list[Receipt] = []
        async for post in self._chats.with_(Ref(Kind.CHAT, who)):
            if first is not None and post.at < first - SKEW:
                break
            if post.ours:
                written.append(as_receipt(post))
        return judged(written, reply, first)
