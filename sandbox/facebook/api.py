"""The Graph API of one Page: nodes, lists, and what a Page can do. The door is `sandbox.graph.door`."""

from collections.abc import Mapping, Sequence

from sandbox.facebook.world import LONGEST, Comment, Post, Review, World
from sandbox.graph.door import Call
from sandbox.graph.errors import Rejected, missing, needs
from sandbox.graph.faults import Where
from sandbox.graph.fields import Field, Node, listed, pick
from sandbox.graph.inbox import PRIVATE_FOR, Chat, Message, Person
from sandbox.graph.inbox_api import InboxApi, time_of


def where(method: str, parts: tuple[str, ...]) -> Where:
    if method == "GET":
        return Where.READ
    return Where.PUBLISH if parts[-1:] in (("comments",), ("messages",)) else Where.CHANGE


class Api(InboxApi):
    """Answers calls. Every refusal is one of Meta's."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._world = world
        self._subscribed = ["feed", "mention", "ratings", "messages"]

    async def __call__(self, call: Call) -> object:
        parts = call.parts
        if call.method == "GET":
            if not parts:
                return self._many(call)
            return self._get(call, *parts) if len(parts) <= 2 else self._nowhere(call)
        if call.method == "DELETE" and len(parts) == 1:
            return self._delete(parts[0])
        if call.method == "POST" and len(parts) == 1:
            return self._change(call, parts[0])
        if call.method == "POST" and parts[1:] == ("comments",):
            return self._comment(call, parts[0])
        if call.method == "POST" and parts == (self._world.page.id, "messages"):
            return self.send(call, self._privately)
        if call.method == "POST" and parts == (self._world.page.id, "subscribed_apps"):
            self._subscribed = call.text("subscribed_fields").split(",")
            return {"success": True}
        return self._nowhere(call)

    def _nowhere(self, call: Call) -> object:
        raise Rejected(2500, f"Unknown path components: /{'/'.join(call.parts)}")

    # Reading

    def _many(self, call: Call) -> object:
        ids = [id for id in call.query.get("ids", "").split(",") if id]
        if not ids:
            raise needs("ids")
        if len(ids) > 50:
            raise Rejected(100, "(#100) Too many IDs. Maximum: 50")
        asked = call.asked()
        return {id: self._node(id, asked) for id in ids}

    def _get(self, call: Call, id: str, edge: str | None = None) -> object:
        world = self._world
        asked = call.asked()
        if id in ("me", world.page.id):
            if edge is None:
                return pick(self._page(), asked.inside, kind="Page")
            return self._edge(asked, edge)
        if edge is None:
            return self._node(id, asked)
        found = world.find(id)
        if edge == "comments" and isinstance(found, Comment | Post | Review):
            return self._comments(found, asked)
        if edge == "messages" and isinstance(found, Chat):
            return self.messages(found, asked)
        raise Rejected(2500, f"Unknown path components: /{edge}")

    def _node(self, id: str, asked: Field) -> object:
        found = self._world.find(id)
        node, kind = self._shape(found)
        return pick(node, asked.inside, kind=kind)

    def _shape(self, found: Comment | Post | Review | Message | Chat) -> tuple[Node, str]:
        if isinstance(found, Comment):
            return self._as_comment(found), "Comment"
        if isinstance(found, Post):
            return self._as_post(found), "PagePost"
        if isinstance(found, Review):
            return self._as_story(found), "OpenGraphStory"
        if isinstance(found, Message):
            return self.as_message(found), "Message"
        return self.as_chat(found), "UnifiedThread"

    def _edge(self, asked: Field, edge: str) -> object:
        world = self._world
        if edge in world.closed:
            raise Rejected(10, f"(#10) This endpoint requires a permission for {edge}", status=403)
        here = f"{world.server.base}/v26.0/{world.page.id}/{edge}"
        if edge == "feed":
            found = _newest([one for one in world.posts.values() if not one.tags and world.sees(one.author)])
            return listed([self._as_post(one) for one in found], asked, kind="PagePost", address=here)
        if edge == "tagged":
            found = _newest([one for one in world.posts.values() if one.tags and world.sees(one.author)])
            return listed([self._as_post(one) for one in found], asked, kind="PagePost", address=here)
        if edge == "ratings":
            raise Rejected(12, "(#12) ratings field is deprecated for versions v22.0 and higher")
        if edge == "conversations":
            return self.conversations(asked)
        if edge == "subscribed_apps":
            return {"data": [{"id": "1517776481860111", "name": "app", "subscribed_fields": self._subscribed}]}
        raise Rejected(2500, f"Unknown path components: /{edge}")

    def _comments(self, what: Comment | Post | Review, asked: Field) -> dict[str, object]:
        stream = asked.modifiers.get("filter", "toplevel") == "stream"
        order = asked.modifiers.get("order", "chronological")
        if order not in ("chronological", "reverse_chronological"):
            raise Rejected(100, "(#100) Param order must be one of {chronological, reverse_chronological}")
        found = self._world.comments_under(what, stream=stream)
        if order == "reverse_chronological":
            found.reverse()
        address = f"{self._world.server.base}/v26.0/{what.id}/comments"
        return listed([self._as_comment(one) for one in found], asked, kind="Comment", address=address)

    # Nodes

    def _page(self) -> Node:
        page, server = self._world.page, self._world.server
        return {
            "id": page.id,
            "name": page.name,
            "username": page.name.lower(),
            "picture": {"data": {"url": self._world.picture(page.id), "is_silhouette": False}},
            "followers_count": 12,
            "link": f"https://www.facebook.com/{page.id}",
            "access_token": server.token,
        }

    def _from(self, person: Person, shy: bool) -> dict[str, object] | None:
        if shy:
            return None
        picture = {"data": {"url": self._world.picture(person.id)}}
        return {"id": person.id, "name": person.name, "picture": picture}

    def _as_comment(self, one: Comment) -> Node:
        world = self._world
        ours = one.author is world.page
        post = one.under.id if isinstance(one.under, Post) else f"{one.under.author.id}/posts/{one.under.id}"
        in_time = world.now() - one.at < PRIVATE_FOR
        return {
            "id": one.id,
            "message": one.words,
            "created_time": time_of(one.at),
            "from": self._from(one.author, one.shy),
            "parent": None if one.parent is None else {"id": one.parent.id, "message": one.parent.words},
            "permalink_url": f"https://www.facebook.com/{post}?comment_id={one.id.partition('_')[2]}",
            "is_hidden": one.hidden,
            "is_private": False,
            "can_comment": not one.closed,
            "can_hide": not ours,
            "can_remove": True,
            "can_reply_privately": not ours and one.chat is None and in_time,
            "private_reply_conversation": None if one.chat is None else {"id": one.chat.id},
            "message_tags": None,
            "comment_count": len(world.comments_under(one, stream=True)),
            "like_count": 0,
            "attachment": self._picture(one.id, one.pictures[0]) if one.pictures else None,
            "comments": lambda asked: self._comments(one, asked),
        }

    def _as_post(self, one: Post) -> Node:
        attached = {"data": [self._picture(one.id, words) for words in one.pictures]} if one.pictures else None
        return {
            "id": one.id,
            "message": one.words or None,
            "created_time": time_of(one.at),
            "updated_time": time_of(one.moved),
            "from": self._from(one.author, one.shy),
            "permalink_url": f"https://www.facebook.com/{one.id}",
            "is_hidden": one.hidden,
            "message_tags": None,
            "attachments": attached,
            "comments": lambda asked: self._comments(one, asked),
        }

    def _as_story(self, one: Review) -> Node:
        return {
            "id": one.id,
            "message": one.words,
            "created_time": time_of(one.at),
            "from": self._from(one.author, False),
        }

    def _picture(self, id: str, words: str) -> dict[str, object]:
        """A picture's own address is another one each time, as Meta's are."""
        seen = self._world.server.next_id()
        page = f"https://www.facebook.com/photo.php?fbid={id.partition('_')[2]}"
        return {
            "type": "photo",
            "title": words,
            "description": words,
            "url": page,
            "media": {"image": {"src": f"{self._world.picture(id)}?seen={seen}", "height": 100, "width": 100}},
            "target": {"id": id, "url": page},
        }

    # Writing

    def _comment(self, call: Call, id: str) -> object:
        world = self._world
        words = call.text("message")
        if not words.strip():
            raise Rejected(100, "(#100) Param message must not be empty")
        if len(words) > LONGEST:
            raise Rejected(100, "(#100) Param message is too long")
        found = world.find(id)
        if isinstance(found, Comment):
            under, parent = found.under, found
            if found.closed:
                raise Rejected(200, "(#200) Permissions error: comments are off", status=403)
        elif isinstance(found, Post | Review):
            under, parent = found, None
        else:
            raise missing(id)
        top = parent.parent or parent if parent is not None else None
        beside = [one for one in world.comments.values() if one.under is under and one.parent is top]
        if beside and beside[-1].author is world.page and beside[-1].words == words:
            raise Rejected(506, "(#506) Duplicate status message")
        comment = world.comment(world.page, under, words, parent=parent)
        if call.publish is not None:
            call.publish.accepted = comment.id
        return {"id": comment.id}

    def _privately(self, recipient: Mapping[str, object], words: str) -> tuple[Chat, Message]:
        found = self._world.find(str(recipient.get("comment_id") or recipient.get("post_id")))
        if not isinstance(found, Comment | Post) or isinstance(found, Comment) is not ("comment_id" in recipient):
            raise missing("that")
        return self._world.answer_privately(found, words)

    def _change(self, call: Call, id: str) -> object:
        found = self._own(id, hiding="is_hidden" in call.body)
        if "is_hidden" in call.body:
            self._world.hide_comment(found, call.body["is_hidden"] is True)
        else:
            words = call.text("message")
            if not words.strip() or len(words) > LONGEST:
                raise Rejected(100, "(#100) Param message must not be empty or too long")
            self._world.edit_comment(found, words)
        return {"success": True}

    def _delete(self, id: str) -> object:
        self._world.remove_comment(self._own(id, hiding=True))
        return {"success": True}

    def _own(self, id: str, *, hiding: bool) -> Comment:
        found = self._world.find(id)
        if not isinstance(found, Comment):
            raise missing(id)
        if found.author is not self._world.page and not hiding:
            raise Rejected(200, "(#200) Users can only edit their own comments", status=403)
        return found


def _newest(posts: Sequence[Post]) -> list[Post]:
    """Newest first; of one moment, the last one made."""
    found = list(posts)
    found.reverse()
    found.sort(key=lambda post: post.at, reverse=True)
    return found
