"""Messages to a Page or to the Instagram account behind it: read, asked for, told by webhooks, and when they can be
answered. They are seen by two, and all with one person are one conversation.

Where from: docs/messenger-platform (conversations, webhooks, policy), 2026.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.errors import Malformed, Reason
from adapters.graph import Graph, read_page
from adapters.graph_hooks import Event, Passed, Verb, read_moment
from adapters.graph_refs import Kind, Ref, read_ref
from adapters.http import Clock
from adapters.markup import is_web_address
from adapters.payload import read_id, read_object, read_str
from adapters.posts import Audience, Author, Media, MediaKind, PublicPost, Ready, Refusal
from adapters.text import Text

log = logging.getLogger(__name__)

FIELDS = (
    "id,message,created_time,from{id,name},to{id,name},attachments{id,mime_type,name,image_data,video_data,file_url}"
)
PAGE = 25
PRIVATE_WINDOW = timedelta(days=7)  # messenger-platform/discovery/private-replies, 2026-04
MESSAGE_WINDOW = timedelta(hours=24)  # messenger-platform/policy, 2026-09
HUMAN_WINDOW = timedelta(days=7)  # the same: the tag HUMAN_AGENT
ONCE = "Only its author sees it, as a message. There is one private reply, and no second before they answer."
ALONE = "Only the person who wrote sees it, as a message."
_KINDS: Mapping[str, MediaKind] = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}


@dataclass(frozen=True, slots=True)
class Box:
    """Whose messages: our account's id, where people look at them, and what the platform and its people are called."""

    me: str
    inbox: str
    platform: str  # as the API calls it
    nobody: str  # who wrote, where nobody says it


class Chats:
    """The messages of one account. `home` is where its conversations are listed. Errors are those of reading."""

    def __init__(self, graph: Graph, *, home: str, clock: Clock) -> None:
        self._graph = graph
        self._home = home
        self._clock = clock
        self.box = Box("", "", "", "")

    # Reading

    def read(self, value: object) -> PublicPost:
        """A message as the Graph API has it."""
        entry = read_object(value, "message")
        ref = read_ref(Kind.MESSAGE, entry.get("id"), "message id")
        author = self._author(entry.get("from"), ref)
        to = entry.get("to")
        others = to.get("data") if isinstance(to, dict) else to
        other = next((one for one in others if isinstance(one, dict)), {}) if isinstance(others, list) else {}
        ours = author.ref == self.box.me
        chat = read_ref(Kind.CHAT, other.get("id") if ours else author.ref, "message with")
        attachments = entry.get("attachments")
        items = attachments.get("data") if isinstance(attachments, dict) else None
        media = tuple(
            self._attached(one) for one in (items if isinstance(items, list) else []) if isinstance(one, dict)
        )
        at = read_moment(entry.get("created_time"), "message created_time")
        return self._post(ref, author, chat, entry.get("message"), at, media)

    def told(self, entry: Mapping[str, object], _: datetime) -> Event:
        """A messaging event of a webhook. It never says the name of who writes: the message, asked for, does."""
        said, edit = entry.get("message"), entry.get("message_edit")
        content = said if isinstance(said, dict) else edit
        if not isinstance(content, dict):
            raise Passed
        at = read_moment(entry.get("timestamp"), "messaging timestamp")
        ref = read_ref(Kind.MESSAGE, content.get("mid"), "message mid")
        if content.get("is_deleted") is True:
            return Event(verb=Verb.REMOVED, ref=ref, at=at)
        sender = read_id(read_object(entry.get("sender"), "messaging sender").get("id"), "messaging sender")
        other = read_id(read_object(entry.get("recipient"), "messaging recipient").get("id"), "messaging recipient")
        echo = content.get("is_echo") is True
        chat = read_ref(Kind.CHAT, other if echo and other != self.box.me else sender, "messaging with")
        if chat.id == self.box.me:
            raise Passed(" (with ourselves)")
        author = self._author({"id": self.box.me if echo else sender}, ref)
        post = self._post(ref, author, chat, content.get("text"), at, self._told_media(content))
        verb = Verb.SAID if isinstance(said, dict) else Verb.EDITED
        return Event(verb=verb, ref=ref, at=at, post=post, ask=not echo)

    def _author(self, value: object, ref: Ref) -> Author:
        if not isinstance(value, dict):
            return Author(ref=f"unknown/{ref.id}", handle="", name=self.box.nobody)
        handle, name = (
            read_str(said, "author name").strip() if isinstance(said := value.get(key), str) else ""
            for key in ("username", "name")
        )
        return Author(ref=read_id(value.get("id"), "author id"), handle=handle, name=handle or name or self.box.nobody)

    def _post(
        self, ref: Ref, author: Author, chat: Ref, words: object, at: datetime, media: tuple[Media, ...]
    ) -> PublicPost:
        ours = author.ref == self.box.me
        return PublicPost(
            ref=ref.post,
            root=chat.post,
            parent=chat.post if ours else None,
            author=author,
            text=Text() if words is None else Text.of(read_str(words, "message text")),
            at=at,
            visibility=Audience.DIRECT,
            url=self.box.inbox,
            media=media,
            ours=ours,
            extra={"chat": chat.id},
        )

    def _attached(self, entry: Mapping[str, object]) -> Media:
        """Something in a message. It has no page of its own: the inbox shows it."""
        mime, name = entry.get("mime_type"), entry.get("name")
        kind = _KINDS.get(str(mime).partition("/")[0], MediaKind.OTHER)
        pictures = [entry.get("image_data"), entry.get("video_data")]
        urls = [str(one.get(key)) for one in pictures if isinstance(one, dict) for key in ("url", "preview_url")]
        preview = next((url for url in urls if is_web_address(url)), None)
        words = read_str(name, "attachment name") if isinstance(name, str) and name else None
        return Media(kind, self.box.inbox, preview_url=preview, description=words)

    def _told_media(self, content: Mapping[str, object]) -> tuple[Media, ...]:
        if content.get("is_unsupported") is True:
            return (
                Media(MediaKind.OTHER, self.box.inbox, description="A message that only the inbox itself can show"),
            )
        items = content.get("attachments")
        found = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
        return tuple(Media(_KINDS.get(str(one.get("type")), MediaKind.OTHER), self.box.inbox) for one in found)

    # Asking

    async def with_(self, chat: Ref) -> AsyncIterator[PublicPost]:
        """The messages with one person, newest first."""
        asked = [("platform", self.box.platform), ("user_id", chat.id), ("fields", "id")]
        async for items in self._graph.pages(f"{self._home}/conversations", asked):
            for item in items:
                ref = read_ref(Kind.CHAT, read_object(item, "conversation").get("id"), "conversation id")
                async for post in self.of(ref):
                    yield post

    async def of(self, conversation: Ref) -> AsyncIterator[PublicPost]:
        """The messages of a conversation (by Meta's id for it), newest first."""
        async for items in self._graph.pages(f"{conversation.path}/messages", [("fields", FIELDS), ("limit", "50")]):
            for item in items:
                if (post := self._readable(item)) is not None:
                    yield post

    async def since(self, floor: datetime) -> AsyncIterator[PublicPost]:
        """Messages that came since, in the chats that moved, newest first."""
        inside = f"messages.limit({PAGE}){{{FIELDS}}}"
        fields = f"id,updated_time,{inside}"
        asked = [("platform", self.box.platform), ("fields", fields), ("limit", str(PAGE))]
        async for items in self._graph.pages(f"{self._home}/conversations", asked):
            for item in items:
                entry = read_object(item, "conversation")
                if read_moment(entry.get("updated_time"), "conversation updated_time") < floor:
                    return
                async for post in self._new(entry, floor):
                    yield post

    async def _new(self, conversation: Mapping[str, object], floor: datetime) -> AsyncIterator[PublicPost]:
        items, following = read_page(conversation.get("messages"))
        for item in items:
            post = self._readable(item)
            if post is not None and post.at < floor:
                return
            if post is not None:
                yield post
        if following is None:
            return
        async for post in self.of(read_ref(Kind.CHAT, conversation.get("id"), "conversation id")):
            if post.at < floor:
                return
            yield post

    def _readable(self, item: object) -> PublicPost | None:
        """One message that cannot be read must not hide the others."""
        try:
            return self.read(item)
        except Malformed as error:
            log.error("a message cannot be read: %s", error)
            return None

    # Answering

    def may_answer(self, at: datetime, *, human_agent: bool) -> Ready | Refusal:
        """Whether a message of that time can be answered now."""
        if self._clock() < at + MESSAGE_WINDOW:
            return self.in_time(at, MESSAGE_WINDOW, ALONE)
        if human_agent:
            return self.in_time(at, HUMAN_WINDOW, f"{ALONE} Meta is told that a person writes.")
        return Refusal(
            Reason.CLOSED, "Messages can be answered for 24 hours. (With the permission Human Agent for seven days.)"
        )

    def in_time(self, at: datetime, window: timedelta, note: str) -> Ready | Refusal:
        until = at + window
        if self._clock() >= until:
            return Refusal(Reason.CLOSED, f"It is too late: that was possible until {until:%d %B %Y, %H:%M} UTC.")
        return Ready(until=until, notes=(note,))

    def late(self, at: datetime) -> bool:
        """Whether the usual window of a message is over."""
        return self._clock() - at >= MESSAGE_WINDOW


def message_to(recipient: Mapping[str, object], words: str, *, late: bool | None = None) -> Mapping[str, object]:
    """The body of a message. `late`: None for a private reply, which has no window of its own."""
    body: dict[str, object] = {"recipient": dict(recipient), "message": {"text": words}}
    if late is not None:
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if late else {"messaging_type": "RESPONSE"}
    return body
