"""The API of Threads: who we are, lists, conversations, containers, publishing, hiding, deleting."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sandbox.graph.door import Call
from sandbox.graph.errors import Rejected, missing
from sandbox.graph.faults import Where
from sandbox.graph.fields import Field, Node, listed, pick
from sandbox.threads.world import DAY, Container, Post, World

VERSION = "v1.0"


def where(method: str, parts: tuple[str, ...]) -> Where:
    if method == "GET":
        return Where.READ
    return Where.PUBLISH if parts == ("me", "threads_publish") else Where.CHANGE


class Api:
    """One account's view."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.mentions_asked = 0
        self._lists: dict[tuple[str, str], Callable[[Call], list[Post]]] = {
            ("me", "mentions"): self._mentions,
            ("me", "replies"): lambda call: self._ours(replies=True),
            ("me", "threads"): lambda call: self._ours(replies=False),
        }

    async def __call__(self, call: Call) -> object:
        if call.method == "GET":
            return self._read(call)
        if call.method == "DELETE" and len(call.parts) == 1:
            return self._delete(call.parts[0])
        if call.method == "POST" and len(call.parts) == 2:
            return self._write(call)
        raise Rejected(100, "Unsupported post request", status=400)

    # Reading

    def _read(self, call: Call) -> object:
        parts, world = call.parts, self._world
        asked = call.asked()
        if parts == ("me",):
            return pick(self._us(), asked.inside, kind="ThreadsUser")
        if parts == ("me", "threads_publishing_limit"):
            return {"data": [pick(self._limits(), asked.inside, kind="ThreadsPublishingLimit")]}
        if len(parts) == 2 and (parts[0], parts[1]) in self._lists:
            return self._list(call, self._lists[parts[0], parts[1]](call), asked)
        if parts == ("keyword_search",):
            words = call.query.get("q", "").lower()
            if not words:
                raise Rejected(100, "(#100) The parameter q is required")
            if call.query.get("search_type", "TOP") not in ("TOP", "RECENT"):
                raise Rejected(100, "(#100) Param search_type must be one of {TOP, RECENT}")
            found = [one for one in world.standing_posts() if words in one.words.lower() and one.author is not world.us]
            return self._list(call, found, asked)
        if parts == ("profile_lookup",):
            return self._profile(call)
        if len(parts) == 2 and parts[1] in ("conversation", "replies"):
            return self._list(call, self._beneath(parts[0], all=parts[1] == "conversation"), asked)
        if len(parts) == 1:
            return self._one(parts[0], asked)
        raise missing("/".join(parts))

    def _one(self, id: str, asked: Field) -> object:
        container = self._world.containers.get(id)
        if container is not None:
            return pick(self._container(container), asked.inside, kind="ThreadsContainer")
        post = self._world.shown(id)
        if post is None:
            raise missing(id)
        return pick(self._node(post), asked.inside, kind="ThreadsMedia")

    def _list(self, call: Call, posts: Sequence[Post], asked: Field) -> object:
        """A list, newest first; the next page has no address, only a place to begin at."""
        since = call.query.get("since")
        if since is not None:
            if not since.isdecimal() or int(since) < 1688540400:
                raise Rejected(100, "(#100) Param since must be a timestamp from 1688540400 on")
            floor = datetime.fromtimestamp(int(since), UTC)
            posts = [post for post in posts if post.at >= floor]
        asked.modifiers = {key: value for key, value in asked.modifiers.items() if key in ("limit", "after")}
        page = listed([self._node(post) for post in posts], asked, kind="ThreadsMedia", address="")
        paging = page.get("paging")
        if isinstance(paging, dict):
            more = paging.pop("next", None)
            if more is None and isinstance(paging.get("cursors"), dict):
                paging["cursors"].pop("after")
        return page

    def _mentions(self, call: Call) -> list[Post]:
        world = self._world
        self.mentions_asked += 1
        world.server.changes.tell()
        return [one for one in world.standing_posts() if one.author is not world.us and world.mentions(one)]

    def _ours(self, *, replies: bool) -> list[Post]:
        world = self._world
        ours = [one for one in world.standing_posts() if one.author is world.us]
        return [one for one in ours if (one.parent is not None) is replies]

    def _beneath(self, id: str, *, all: bool) -> list[Post]:
        """Under our own posts only; of others it is not ours to see."""
        top = self._world.posts.get(id)
        if top is None or top.gone or top.author is not self._world.us:
            raise missing(id)
        return [one for one in self._world.below(top) if all or one.parent is top]

    # Writing

    def _write(self, call: Call) -> object:
        world, (first, second) = self._world, call.parts
        if (first, second) == ("me", "threads"):
            if call.text("media_type") != "TEXT":
                raise Rejected(100, "(#100) The parameter media_type is required")
            return {"id": world.prepare(call.text("text"), call.text("reply_to_id")).id}
        if (first, second) == ("me", "threads_publish"):
            post = world.publish(call.text("creation_id"))
            if call.publish is not None:
                call.publish.accepted = post.id
            return {"id": post.id}
        if second == "manage_reply":
            reply = world.posts.get(first)
            if reply is None or reply.gone or reply.parent is None or reply.parent.author is not world.us:
                raise missing(first)
            hide = call.body.get("hide")
            if not isinstance(hide, bool):
                raise Rejected(100, "(#100) The parameter hide is required")
            for one in (reply, *world.below(reply)):
                one.hidden = hide
            return {"success": True}
        raise missing("/".join(call.parts))

    def _delete(self, id: str) -> object:
        post = self._world.posts.get(id)
        if post is None or post.gone or post.author is not self._world.us:
            raise missing(id)
        self._world.delete(post)
        return {"success": True, "deleted_id": id}

    # Shapes

    def _us(self) -> Node:
        us = self._world.us
        return {
            "id": us.id,
            "username": us.username,
            "name": us.name,
            "threads_profile_picture_url": self._picture(us.username),
            "threads_biography": "",
            "is_verified": True,
        }

    def _profile(self, call: Call) -> object:
        world = self._world
        if not world.finders:
            raise Rejected(10, "(#10) Application does not have permission for this action", status=403)
        person = world.people.get(call.query.get("username", "").lower())
        if person is None or person.private:
            raise missing("profile")
        return {
            "username": person.username,
            "name": person.name,
            "profile_picture_url": self._picture(person.username),
            "follower_count": person.followers,
            "is_verified": False,
        }

    def _limits(self) -> Node:
        world, day = self._world, int(DAY.total_seconds())
        since = world.server.clock() - DAY
        return {
            "quota_usage": world.used(replies=False),
            "config": {"quota_total": world.most_posts, "quota_duration": day},
            "reply_quota_usage": world.used(replies=True),
            "reply_config": {"quota_total": world.most_replies, "quota_duration": day},
            "delete_quota_usage": sum(at > since for at in world.deletions),
            "delete_config": {"quota_total": world.most_deletions, "quota_duration": day},
        }

    def _container(self, container: Container) -> Node:
        return {
            "id": container.id,
            "status": self._world.standing(container),
            "error_message": container.error or None,
        }

    def _node(self, post: Post) -> Node:
        world = self._world
        pictures = [
            {"media_type": "IMAGE", "media_url": self._picture(f"{post.id}-{number}"), "alt_text": said}
            for number, said in enumerate(post.pictures)
        ]
        single = pictures[0] if len(pictures) == 1 else {}
        answer = post.parent is not None
        return {
            "id": post.id,
            "media_product_type": "THREADS",
            "media_type": "CAROUSEL_ALBUM" if len(pictures) > 1 else "IMAGE" if pictures else "TEXT_POST",
            "media_url": single.get("media_url"),
            "alt_text": single.get("alt_text"),
            "thumbnail_url": None,
            "gif_url": None,
            "children": {"data": pictures} if len(pictures) > 1 else None,
            "permalink": post.url,
            "username": post.author.username,
            "text": post.words,
            "timestamp": post.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "shortcode": f"P{post.id}",
            "is_quote_post": False,
            "link_attachment_url": None,
            "has_replies": any(one.parent is post for one in world.standing_posts()),
            "is_reply": answer,
            "is_reply_owned_by_me": answer and post.author is world.us,
            "root_post": {"id": post.root.id} if answer else None,
            "replied_to": {"id": post.parent.id} if post.parent is not None else None,
            "hide_status": "HIDDEN" if post.hidden else "NOT_HUSHED",
            "reply_audience": post.audience,
            "topic_tag": None,
            "is_verified": False,
            "profile_picture_url": self._picture(post.author.username),
        }

    def _picture(self, name: str) -> str:
        return f"{self._world.server.base}/img/{name}.png"
