"""How posts, people and notifications look in JSON: the views of app.bsky.*, field by field, as we see them."""

from collections.abc import Mapping

from sandbox.bluesky.world import Notification, Person, Post, World, stamp

Json = dict[str, object]
_DEFS = "app.bsky.feed.defs#"


class Shapes:
    """Makes JSON of what the world holds. `base` is the server's address; it may be set late."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.base = ""

    def author(self, person: Person) -> Json:
        """profileViewBasic."""
        us = self._world.us
        viewer: Json = {"muted": False, "blockedBy": (person.did, us.did) in self._world.blocks}
        if (us.did, person.did) in self._world.blocks:
            viewer["blocking"] = f"at://{us.did}/app.bsky.graph.block/3jzfcijpj2z2a"
        return {
            "did": person.did,
            "handle": person.handle,
            "displayName": person.name,
            "avatar": f"{self.base}/img/avatar/{person.did}",
            "viewer": viewer,
            "labels": [
                {"src": person.did, "uri": f"at://{person.did}/app.bsky.actor.profile/self", "val": one}
                for one in sorted(person.labels)
            ],
            "createdAt": "2024-01-01T00:00:00.000Z",
        }

    def profile(self, person: Person) -> Json:
        """profileViewDetailed."""
        theirs = [post for post in self._world.posts.values() if post.author is person]
        return {
            **self.author(person),
            "followersCount": person.followers,
            "followsCount": 0,
            "postsCount": len(theirs),
            "indexedAt": "2024-01-01T00:00:00.000Z",
        }

    def post(self, post: Post) -> Json:
        """postView."""
        world = self._world
        shape: Json = {
            "uri": post.uri,
            "cid": post.cid,
            "author": self.author(post.author),
            "record": dict(post.value),
            "replyCount": len(world.replies(post.uri)),
            "repostCount": 0,
            "likeCount": 0,
            "quoteCount": 0,
            "bookmarkCount": 0,
            # What the post claims, not when it came, and the same after an edit: as the AppView has it.
            "indexedAt": stamp(post.sort_at),
            "viewer": {"threadMuted": False, "embeddingDisabled": False, "bookmarked": False},
            "labels": [],
        }
        if world.reply_disabled(post):
            shape["viewer"] = {"threadMuted": False, "embeddingDisabled": False, "replyDisabled": True}
        if (embed := self._embed(post)) is not None:
            shape["embed"] = embed
        if (gate := world.gates.get(post.uri)) is not None:
            key = post.key
            record: Json = {
                "$type": "app.bsky.feed.threadgate",
                "post": post.uri,
                "createdAt": stamp(post.written),
                "hiddenReplies": sorted(gate.hidden),
            }
            if gate.allow is not None:
                record["allow"] = [
                    {"$type": "app.bsky.feed.threadgate#mentionRule"} for one in gate.allow if one == "mentioned"
                ]
            uri = f"at://{post.author.did}/app.bsky.feed.threadgate/{key}"
            shape["threadgate"] = {"uri": uri, "cid": post.cid, "record": record, "lists": []}
        return shape

    def _embed(self, post: Post) -> Json | None:
        embed = post.value.get("embed")
        if not isinstance(embed, dict):
            return None
        if embed["$type"] == "app.bsky.embed.record":
            return {"$type": "app.bsky.embed.record#view", "record": self._quoted(str(embed["record"]["uri"]))}
        images = [
            {
                "alt": alt,
                "thumb": f"{self.base}/img/thumb/{post.key}/{at}",
                "fullsize": f"{self.base}/img/full/{post.key}/{at}",
                "aspectRatio": {"width": 320, "height": 320},
            }
            for at, alt in enumerate(post.pictures)
        ]
        return {"$type": "app.bsky.embed.images#view", "images": images}

    def _quoted(self, uri: str) -> Json:
        post = self._world.shown(uri)
        if post is None:
            return {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": True}
        return {
            "$type": "app.bsky.embed.record#viewRecord",
            "uri": post.uri,
            "cid": post.cid,
            "author": self.author(post.author),
            "value": dict(post.value),
            "indexedAt": stamp(post.written),
            "labels": [],
        }

    def notification(self, one: Notification, post: Post) -> Json:
        shape: Json = {
            "uri": post.uri,
            "cid": post.cid,
            "author": self.author(post.author),
            "reason": one.reason,
            "record": dict(post.value),
            "isRead": one.read,
            # Its place in the list, as the AppView has it, not when it came.
            "indexedAt": stamp(min(one.indexed, post.sort_at)),
            "labels": [],
        }
        if one.subject is not None:
            shape["reasonSubject"] = one.subject
        return shape

    # Threads

    def thread(self, post: Post, *, depth: int, height: int) -> Json:
        """threadViewPost with what is above and below, or blockedPost."""
        node = self._node(post.uri, depth)
        if node["$type"] == f"{_DEFS}threadViewPost":
            at, uri = node, post.answers()
            while uri is not None and height > 0:
                above = self._node(uri, 0)
                at["parent"] = above
                if above["$type"] != f"{_DEFS}threadViewPost":
                    break
                at, uri, height = above, self._world.posts[uri].answers(), height - 1
        return node

    def _node(self, uri: str, depth: int) -> Json:
        world = self._world
        post = world.shown(uri)
        if post is None:
            return {"$type": f"{_DEFS}notFoundPost", "uri": uri, "notFound": True}
        if world.blocked(post.author, world.us):
            author = self.author(post.author)
            return {
                "$type": f"{_DEFS}blockedPost",
                "uri": uri,
                "blocked": True,
                "author": {"did": author["did"], "viewer": author["viewer"]},
            }
        node: Json = {"$type": f"{_DEFS}threadViewPost", "post": self.post(post), "threadContext": {}}
        if depth > 0:
            below = [one for one in world.replies(uri) if world.shown(one.uri) is not None]
            node["replies"] = [self._node(one.uri, depth - 1) for one in below]
        return node

    def did_document(self, person: Person) -> Mapping[str, object]:
        return {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": person.did,
            "alsoKnownAs": [f"at://{person.handle}"],
            "service": [
                {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": self.base},
            ],
        }
