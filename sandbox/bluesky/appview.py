"""app.bsky.*: posts, threads, people, notifications and search, as the AppView answers through the PDS."""

from collections.abc import Sequence

from sandbox.bluesky.faults import Where
from sandbox.bluesky.gate import Call, Endpoint
from sandbox.bluesky.lexicon import Rejected, read_uri
from sandbox.bluesky.server import Server
from sandbox.bluesky.world import stamp


class AppView:
    """The endpoints of one network, as our account sees it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world
        self._shapes = server.shapes

    def endpoints(self) -> Sequence[Endpoint]:
        table = {
            "actor.getProfile": self.profile,
            "actor.getProfiles": self.profiles,
            "feed.getPosts": self.posts,
            "feed.getPostThread": self.thread,
            "feed.searchPosts": self.search,
            "notification.listNotifications": self.notifications,
            "notification.getPreferences": self.preferences,
        }
        return [Endpoint("GET", f"app.bsky.{name}", answer, Where.READ) for name, answer in table.items()]

    async def profile(self, call: Call) -> dict[str, object]:
        who = self._world.whose(call.need("actor"))
        if who is None or who.gone:
            raise Rejected(400, "InvalidRequest", "Profile not found")
        return self._shapes.profile(who)

    async def profiles(self, call: Call) -> dict[str, object]:
        found = [self._world.whose(actor) for actor in call.all("actors", most=25)]
        return {"profiles": [self._shapes.profile(who) for who in found if who is not None and not who.gone]}

    async def posts(self, call: Call) -> dict[str, object]:
        """Those that stand, of people who have not blocked us; the others are left out."""
        uris = call.all("uris", most=25)
        if not uris:
            call.need("uris")
        for uri in uris:
            read_uri(uri, "uris/0")
        found = [self._world.shown(uri) for uri in uris]
        us = self._world.us
        return {
            "posts": [
                self._shapes.post(post)
                for post in found
                if post is not None and not self._world.blocked(post.author, us)
            ]
        }

    async def thread(self, call: Call) -> dict[str, object]:
        uri = call.need("uri")
        depth = call.number("depth", default=6, least=0, most=1000)
        height = call.number("parentHeight", default=80, least=0, most=1000)
        post = self._world.shown(self._world.find(uri).uri)
        if post is None:
            raise Rejected(400, "NotFound", f"Post not found: {uri}")
        return {"thread": self._shapes.thread(post, depth=depth, height=height)}

    async def search(self, call: Call) -> dict[str, object]:
        words, since = call.need("q").lower(), call.get("since")
        limit = call.number("limit", default=25, least=1, most=100)
        found = [
            post
            for post in self._world.posts.values()
            if words in post.text.lower()
            and self._world.shown(post.uri) is not None
            and (since is None or stamp(post.sort_at) >= since)
        ]
        if (call.get("sort") or "latest") not in ("top", "latest"):
            raise Rejected(400, "InvalidRequest", "Error: sort must be one of (top|latest)")
        cursor = call.get("cursor") or "0"
        if not cursor.isdecimal():
            raise Rejected(400, "InvalidRequest", "Error: cursor is malformed")
        found.sort(key=lambda post: (post.sort_at, post.uri), reverse=True)
        after = int(cursor) + limit
        answer: dict[str, object] = {
            "posts": [self._shapes.post(post) for post in found[int(cursor) : after]],
            "hitsTotal": len(found),
        }
        return answer | ({"cursor": str(after)} if after < len(found) else {})

    async def notifications(self, call: Call) -> dict[str, object]:
        """Newest first by min(createdAt, indexedAt). `reasons` are picked after the page was cut.

        The cursor is the last entry's time: others of just that time are never shown.
        """
        if call.get("seenAt") is not None:
            raise Rejected(400, "InvalidRequest", "The seenAt parameter is unsupported")
        limit = call.number("limit", default=50, least=1, most=100)
        reasons = call.all("reasons", most=20)
        listed = []
        for nth, one in enumerate(self._world.notifications):
            post = self._world.shown(one.uri)
            if post is not None and not self._world.blocked(post.author, self._world.us):
                listed.append((stamp(min(post.sort_at, one.indexed)), nth, one, post))
        listed.sort(key=lambda entry: entry[:2], reverse=True)
        cursor = call.get("cursor")
        page = [entry for entry in listed if cursor is None or entry[0] < cursor][:limit]
        shown = [(one, post) for _, _, one, post in page if not reasons or one.reason in reasons]
        answer: dict[str, object] = {
            "notifications": [self._shapes.notification(one, post) for one, post in shown],
            "priority": False,
        }
        return {**answer, "cursor": page[-1][0]} if len(page) == limit else answer

    async def preferences(self, call: Call) -> dict[str, object]:
        quiet = self._server.quiet
        every = {"include": "all", "list": True, "push": True}
        few = {"include": "follows", "list": True, "push": True}
        names = ("like", "follow", "reply", "mention", "quote", "repost")
        return {"preferences": {name: few if name in quiet else every for name in names}}
