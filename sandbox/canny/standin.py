"""Canny on a port of its own. Where from: developers.canny.io as copied by api-evangelist, examples of webhooks."""

import base64
import hashlib
import hmac
from uuid import uuid4

from aiohttp import web

from sandbox.boards.faults import Where
from sandbox.boards.standin import Answer, BoardStandIn, Called, encoded, stamp
from sandbox.boards.world import US, Item, Refusal

LONGEST = 2_500
API = "/api/v1"


class CannyStandIn(BoardStandIn):
    """One company with one board."""

    author = f"{2:024x}"
    board = f"{7:024x}"

    def routes(self) -> tuple[tuple[str, str, Answer, Where], ...]:
        return (
            ("POST", f"{API}/users/retrieve", self._user, Where.READ),
            ("POST", f"{API}/posts/list", self._posts, Where.READ),
            ("POST", f"{API}/posts/retrieve", self._post, Where.READ),
            ("POST", f"{API}/comments/list", self._comments, Where.READ),
            ("POST", f"{API}/comments/retrieve", self._comment, Where.READ),
            ("POST", f"{API}/comments/create", self._create, Where.PUBLISH),
            ("POST", f"{API}/comments/delete", self._delete, Where.CHANGE),
        )

    def is_publish(self, request: web.Request, body: dict[str, object]) -> str | None:
        return str(body.get("value", "")) if request.path.endswith("/comments/create") else None

    def name(self, item: Item) -> str:
        return f"{'post' if item.begins else 'comment'}:{item.id:024x}"

    def named(self, name: str) -> Item:
        return self.world.items[int(name.partition(":")[2], 16)]

    def seen(self, item: Item) -> str:
        return item.source

    def refusal(self) -> Refusal:
        return Refusal(403, {"error": "not allowed"})

    def throttled(self, seconds: int) -> Refusal:
        return Refusal(429, {"error": "too many requests"}, {"Retry-After": str(seconds)})

    def told(self, event: str, item: Item) -> Called | None:
        family = "post" if item.begins else "comment"
        kind = {"created": "created", "edited": "edited", "deleted": "deleted"}.get(event)
        if event == "voted":
            body = {"type": "vote.created", "objectType": "vote", "object": {"id": "v1", "post": self._of_post(item)}}
        elif kind is not None:
            shape = self._of_post(item) if item.begins else self._of_comment(item)
            body = {"type": f"{family}.{kind}", "objectType": family, "object": shape}
        else:
            return None
        return self.signed({"created": stamp(item.changed), **body})

    def signed(self, body: object) -> Called:
        """Over the nonce alone: so Canny does it."""
        nonce = uuid4().hex
        digest = hmac.new(self.token.encode(), nonce.encode(), hashlib.sha256).digest()
        return Called(
            {
                "canny-timestamp": str(int(self.world.clock().timestamp() * 1000)),
                "canny-nonce": nonce,
                "canny-signature": base64.b64encode(digest).decode(),
            },
            encoded(body),
        )

    # Shapes

    def _who(self, name: str) -> dict[str, object]:
        id = self.author if name == US else f"{self.world.person(name):024x}"
        return {"id": id, "name": name.title(), "email": f"{name}@example.com", "isAdmin": name == US, "url": None}

    def _of_post(self, item: Item) -> dict[str, object]:
        return {
            "id": f"{item.id:024x}",
            "author": self._who(item.author),
            "board": {"id": self.board, "name": "Wishes", "isPrivate": False},
            "title": item.title,
            "details": item.source,
            "score": len(item.voters),
            "created": stamp(item.at),
            "status": "open",
            "url": f"{self.base_url}/wishes/p/{item.id}",
            "imageURLs": [],
        }

    def _of_comment(self, item: Item) -> dict[str, object]:
        head = self.world.head(item.topic)
        assert head is not None
        above = item.above
        return {
            "id": f"{item.id:024x}",
            "author": self._who(item.author),
            "board": {"id": self.board, "isPrivate": False},
            "post": {"id": f"{head.id:024x}", "url": f"{self.base_url}/wishes/p/{head.id}"},
            "parentID": None if above is None or above.begins else f"{above.id:024x}",
            "value": item.source,
            "private": False,
            "created": stamp(item.at),
        }

    # The API

    async def _asked(self, request: web.Request) -> dict[str, object]:
        asked = await request.json()
        if not isinstance(asked, dict) or asked.get("apiKey") != self.token:
            raise Refusal(401, {"error": "invalid API key"})
        return asked

    async def _user(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        if asked.get("id") != self.author:
            raise Refusal(404, {"error": "user not found"})
        return web.json_response(self._who(US))

    async def _posts(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        self.asked += 1
        found = [one for one in self._standing() if one.begins]
        words = str(asked.get("search") or "").lower()
        found = [one for one in found if words in f"{one.title} {one.source}".lower()]
        by_votes = asked.get("sort") == "score"
        found.sort(key=lambda one: (len(one.voters) if by_votes else 0, one.id), reverse=True)
        return self._page(asked, "posts", [self._of_post(one) for one in found])

    async def _comments(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        found = [one for one in self._standing() if not one.begins]
        if asked.get("postID") is not None:
            found = [one for one in found if self._of_comment(one)["post"]["id"] == asked["postID"]]  # type: ignore[index]
        found.sort(key=lambda one: one.id, reverse=True)
        return self._page(asked, "comments", [self._of_comment(one) for one in found])

    def _page(self, asked: dict[str, object], key: str, shapes: list[dict[str, object]]) -> web.Response:
        limit, skip = int(str(asked.get("limit", 10))), int(str(asked.get("skip", 0)))
        if not 1 <= limit <= 100:
            raise Refusal(400, {"error": "invalid limit"})
        return web.json_response({key: shapes[skip : skip + limit], "hasMore": len(shapes) > skip + limit})

    async def _post(self, request: web.Request) -> web.Response:
        return web.json_response(self._of_post(self._find(await self._asked(request), "id", begins=True)))

    async def _comment(self, request: web.Request) -> web.Response:
        return web.json_response(self._of_comment(self._find(await self._asked(request), "id", begins=False)))

    async def _create(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        head = self._find(asked, "postID", begins=True)
        above = self._find(asked, "parentID", begins=False) if asked.get("parentID") is not None else head
        value = str(asked.get("value", ""))
        if asked.get("authorID") != self.author:
            raise Refusal(400, {"error": "invalid user id"})
        if not value.strip() or len(value) >= LONGEST:
            raise Refusal(400, {"error": "value: must be less than 2500 characters"})
        item = self.world.add(head.topic, above, US, value)
        self._tell("created", item)
        return web.json_response({"id": f"{item.id:024x}"})

    async def _delete(self, request: web.Request) -> web.Response:
        item = self._find(await self._asked(request), "commentID", begins=False)
        item.gone = True
        self._tell("deleted", item)
        return web.json_response("success")

    # Inside

    def _standing(self) -> list[Item]:
        heads = {one.topic for one in self.world.items.values() if one.begins and not one.gone}
        return [one for one in self.world.items.values() if not one.gone and one.topic in heads]

    def _find(self, asked: dict[str, object], key: str, *, begins: bool) -> Item:
        try:
            id = int(str(asked.get(key)), 16)
        except ValueError:
            raise Refusal(400, {"error": f"invalid {key}"}) from None
        item = next((one for one in self._standing() if one.id == id and one.begins is begins), None)
        if item is None:
            raise Refusal(404, {"error": f"{'post' if begins else 'comment'} not found"})
        return item
