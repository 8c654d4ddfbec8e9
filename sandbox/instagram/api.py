"""The Graph API of one Instagram account: nodes, lists, mentions, and what an account can do."""

from collections.abc import Mapping

from sandbox.graph.door import Call
from sandbox.graph.errors import Rejected, missing
from sandbox.graph.faults import Where
from sandbox.graph.fields import Field, Node, listed, pick
from sandbox.graph.inbox import Chat, Message
from sandbox.graph.inbox_api import InboxApi, time_of
from sandbox.instagram.world import LONGEST, Comment, Media, World


def where(method: str, parts: tuple[str, ...]) -> Where:
    if method == "GET":
        return Where.READ
    return Where.PUBLISH if parts[-1:] in (("replies",), ("messages",), ("mentions",)) else Where.CHANGE


class Api(InboxApi):
    """Answers calls. Every refusal is one of Meta's."""

    platform = "instagram"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._world = world

    async def __call__(self, call: Call) -> object:
        parts = call.parts
        if call.method == "GET":
            return self._get(call)
        if call.method == "DELETE" and len(parts) == 1:
            self._world.remove(self._comment(parts[0]))
            return {"success": True}
        if call.method == "POST":
            if len(parts) == 1 and "hide" in call.body:
                self._comment(parts[0]).hidden = call.body["hide"] is True
                return {"success": True}
            if parts[1:] == ("replies",):
                return self._reply(call, parts[0])
            if parts in (("me", "messages"), (self._world.page_id, "messages")):
                return self.send(call, self._privately)
            if parts == (self._world.page.id, "mentions"):
                return self._mention(call)
        raise Rejected(2500, f"Unknown path components: /{'/'.join(parts)}")

    # Reading

    def _get(self, call: Call) -> object:
        world, parts, asked = self._world, call.parts, call.asked()
        if not parts:
            ids = [id for id in call.query.get("ids", "").split(",") if id]
            if not ids or len(ids) > 50:
                raise Rejected(100, "(#100) Param ids must have from 1 to 50 entries")
            return {id: self._node(id, asked) for id in ids}
        here = f"{world.server.base}/v26.0/{'/'.join(parts)}"
        first, edge = parts[0], parts[1] if len(parts) == 2 else None
        if len(parts) > 2:
            raise Rejected(2500, f"Unknown path components: /{'/'.join(parts[2:])}")
        if first in ("me", world.page_id):
            if edge == "conversations":
                return self.conversations(asked)
            if edge is None:
                return pick(self._page(), asked.inside, kind="Page")
        elif first == world.page.id:
            if edge is None:
                return pick(self._account(), asked.inside, kind="IGUser")
            if edge == "media":
                found = [one for one in world.media.values() if one.author is world.page]
                found.reverse()
                return listed([self._as_media(one) for one in found], asked, kind="IGMedia", address=here)
        elif edge is None:
            return self._node(first, asked)
        else:
            thing = world.find(first)
            if edge == "comments" and isinstance(thing, Media):
                return self._comments(thing, asked)
            if edge == "replies" and isinstance(thing, Comment):
                return self._replies(thing, asked)
            if edge == "messages" and isinstance(thing, Chat):
                return self.messages(thing, asked)
        raise Rejected(2500, f"Unknown path components: /{edge}")

    def _node(self, id: str, asked: Field) -> object:
        found = self._world.find(id)
        if isinstance(found, Comment):
            return pick(self._as_comment(found), asked.inside, kind="IGComment")
        if isinstance(found, Media):
            return pick(self._as_media(found), asked.inside, kind="IGMedia")
        if isinstance(found, Message):
            return pick(self.as_message(found), asked.inside, kind="Message")
        return pick(self.as_chat(found), asked.inside, kind="UnifiedThread")

    def _comments(self, media: Media, asked: Field) -> dict[str, object]:
        """Newest first."""
        address = f"{self._world.server.base}/v26.0/{media.id}/comments"
        found = self._world.under(media)
        found.reverse()
        return listed([self._as_comment(one) for one in found], asked, kind="IGComment", address=address)

    def _replies(self, comment: Comment, asked: Field) -> dict[str, object]:
        """Oldest first."""
        address = f"{self._world.server.base}/v26.0/{comment.id}/replies"
        found = self._world.under(comment)
        return listed([self._as_comment(one) for one in found], asked, kind="IGComment", address=address)

    # Nodes

    def _page(self) -> Node:
        world = self._world
        return {
            "id": world.page_id,
            "name": world.page.name,
            "access_token": world.server.token,
            "instagram_business_account": {
                "id": world.page.id,
                "username": world.page.name,
                "name": world.page.name.title(),
                "profile_picture_url": world.picture(world.page.id),
                "followers_count": 12,
            },
        }

    def _account(self) -> Node:
        return {
            "id": self._world.page.id,
            "username": self._world.page.name,
            "mentioned_comment": self._mentioned_comment,
            "mentioned_media": self._mentioned_media,
        }

    def _mentioned_comment(self, asked: Field) -> object:
        found = self._world.comments.get(asked.modifiers.get("comment_id", ""))
        if found is None or not self._world.sees(found.author) or f"@{self._world.page.name}" not in found.words:
            raise missing(asked.modifiers.get("comment_id", ""))
        return pick({**self._as_comment(found), "from": None}, asked.inside, kind="ShadowIGComment")

    def _mentioned_media(self, asked: Field) -> object:
        found = self._world.media.get(asked.modifiers.get("media_id", ""))
        if found is None or not self._world.sees(found.author) or f"@{self._world.page.name}" not in found.caption:
            raise missing(asked.modifiers.get("media_id", ""))
        return pick(self._as_media(found), asked.inside, kind="ShadowIGMedia")

    def _as_comment(self, one: Comment) -> Node:
        media: Node = {"id": one.media.id, "permalink": one.media.link, "is_comment_enabled": one.media.open}
        return {
            "id": one.id,
            "text": one.words,
            "timestamp": time_of(one.at),
            "username": one.author.name,
            "from": self._world.as_from(one.author),
            "parent_id": None if one.parent is None else one.parent.id,
            "hidden": one.hidden,
            "like_count": 0,
            "media": dict(media),
            "replies": lambda asked: self._replies(one, asked),
        }

    def _as_media(self, one: Media) -> Node:
        return {
            "id": one.id,
            "caption": one.caption,
            "media_type": "IMAGE",
            "media_url": self._world.picture(one.id),
            "permalink": one.link,
            "timestamp": time_of(one.at),
            "username": one.author.name,
            "is_comment_enabled": one.open,
            "comments": lambda asked: self._comments(one, asked),
        }

    # Writing

    def _words(self, call: Call) -> str:
        words = call.text("message")
        if not words.strip():
            raise Rejected(100, "(#100) The parameter message is required")
        if len(words) > LONGEST:
            raise Rejected(100, "(#100) The message is too long")
        return words

    def _reply(self, call: Call, id: str) -> object:
        words = self._words(call)
        found = self._world.find(id)
        if not isinstance(found, Comment):
            raise missing(id)
        if not found.media.open:
            raise Rejected(200, "(#200) Comments are turned off for this media", status=403)
        made = self._world.comment(self._world.page, found.media, words, parent=found)
        if call.publish is not None:
            call.publish.accepted = made.id
        return {"id": made.id}

    def _mention(self, call: Call) -> object:
        """An answer where somebody else's media or a comment under it names us."""
        words = self._words(call)
        world = self._world
        media = world.media.get(call.text("media_id"))
        parent = world.comments.get(call.text("comment_id")) if "comment_id" in call.body else None
        named = parent.words if parent is not None else media.caption if media is not None else ""
        if media is None or ("comment_id" in call.body and parent is None) or f"@{world.page.name}" not in named:
            raise missing(call.text("media_id"))
        made = world.comment(world.page, media, words, parent=parent)
        if call.publish is not None:
            call.publish.accepted = made.id
        return {"id": made.id}

    def _privately(self, recipient: Mapping[str, object], words: str) -> tuple[Chat, Message]:
        return self._world.answer_privately(self._comment(str(recipient.get("comment_id"))), words)

    def _comment(self, id: str) -> Comment:
        found = self._world.find(id)
        if not isinstance(found, Comment):
            raise missing(id)
        return found
