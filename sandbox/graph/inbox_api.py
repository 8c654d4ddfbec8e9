"""The Graph API of messages: conversations, what is in them, sending."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sandbox.graph.door import Call
from sandbox.graph.errors import Rejected
from sandbox.graph.fields import Field, Node, listed
from sandbox.graph.inbox import Chat, Inbox, Message

#: A recipient that names what is answered, and the words -> where it went. `Rejected`.
Privately = Callable[[Mapping[str, object], str], tuple[Chat, Message]]


class InboxApi:
    """Answers what is asked about messages."""

    platform = "messenger"

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def conversations(self, asked: Field) -> object:
        inbox = self._inbox
        here = f"{inbox.server.base}/v26.0/{inbox.page.id}/conversations"
        if asked.modifiers.get("platform", "messenger") != self.platform:
            raise Rejected(100, "(#100) this account has no such messages")
        with_ = asked.modifiers.get("user_id")
        chats = [one for one in inbox.chats.values() if inbox.sees(one.person) and with_ in (None, one.person.id)]
        chats = [one for one in chats if one.messages]
        chats.sort(key=lambda one: one.messages[-1].at, reverse=True)
        return listed([self.as_chat(one) for one in chats], asked, kind="UnifiedThread", address=here)

    def messages(self, chat: Chat, asked: Field) -> dict[str, object]:
        address = f"{self._inbox.server.base}/v26.0/{chat.id}/messages"
        found = [self.as_message(one) for one in reversed(chat.messages)]
        return listed(found, asked, kind="Message", address=address)

    def as_message(self, one: Message) -> Node:
        chat = self._inbox.of(one)
        other = chat.person if one.author is self._inbox.page else self._inbox.page
        attached = [
            {"id": "1", "mime_type": "image/png", "name": words, "image_data": {"url": self._inbox.picture(one.id)}}
            for words in one.pictures
        ]
        return {
            "id": one.id,
            "message": one.words,
            "created_time": time_of(one.at),
            "from": {"id": one.author.id, "name": one.author.name},
            "to": {"data": [{"id": other.id, "name": other.name}]},
            "attachments": {"data": attached} if attached else None,
        }

    def as_chat(self, one: Chat) -> Node:
        return {
            "id": one.id,
            "updated_time": time_of(one.messages[-1].at) if one.messages else None,
            "message_count": len(one.messages),
            "messages": lambda asked: self.messages(one, asked),
        }

    def send(self, call: Call, privately: Privately) -> object:
        """A message, or a private reply to what `privately` finds."""
        inbox = self._inbox
        recipient, said = call.body.get("recipient"), call.body.get("message")
        words = said.get("text") if isinstance(said, dict) else None
        if not isinstance(recipient, dict) or not isinstance(words, str) or not words.strip():
            raise Rejected(100, "(#100) Param recipient and message[text] are required")
        if "comment_id" in recipient or "post_id" in recipient:
            chat, message = privately(recipient, words)
        else:
            known = inbox.chats.get(str(recipient.get("id")))
            if known is None or not inbox.sees(known.person):
                raise Rejected(100, "(#100) No matching user found", subcode=2018001)
            kind, tag = call.text("messaging_type"), call.text("tag")
            if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG") or (kind == "MESSAGE_TAG") != bool(tag):
                raise Rejected(100, "(#100) Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
            chat, message = known, inbox.answer(known, words, tag=tag or None)
        if call.publish is not None:
            call.publish.accepted = message.id
        return {"recipient_id": chat.person.id, "message_id": message.id}


def time_of(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")
