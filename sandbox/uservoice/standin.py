"""UserVoice on a port of its own. Where from: the Admin API v2 as api-evangelist and usefulapi describe it."""

from aiohttp import web

from sandbox.boards.faults import Where
from sandbox.boards.standin import Answer, BoardStandIn, Called, stamp
from sandbox.boards.world import US, Item, Refusal

LONGEST = 10_000
API = "/api/v2/admin"


class UserVoiceStandIn(BoardStandIn):
    """One company with one forum. `bearer` is the token that is good just now."""

    client_id = "acme-id"
    bearer = "bearer-1"

    def routes(self) -> tuple[tuple[str, str, Answer, Where], ...]:
        return (
            ("POST", "/api/v2/oauth/token", self._token, Where.READ),
            ("GET", API + r"/users/{id:\d+}", self._user, Where.READ),
            ("GET", f"{API}/suggestions", self._suggestions, Where.READ),
            ("GET", API + r"/suggestions/{id:\d+}", self._suggestion, Where.READ),
            ("GET", f"{API}/comments", self._comments, Where.READ),
            ("GET", API + r"/comments/{id:\d+}", self._comment, Where.READ),
            ("POST", f"{API}/comments", self._create, Where.PUBLISH),
        )

    def is_publish(self, request: web.Request, body: dict[str, object]) -> str | None:
        return str(body.get("body", "")) if (request.method, request.path) == ("POST", f"{API}/comments") else None

    def name(self, item: Item) -> str:
        return f"{'suggestion' if item.begins else 'comment'}:{item.id}"

    def named(self, name: str) -> Item:
        return self.world.items[int(name.partition(":")[2])]

    def replies_to(self, item: Item) -> list[Item]:
        """Comments stand under the suggestion, whatever they answer."""
        head = self.world.head(item.topic)
        return [] if head is None else super().replies_to(head)

    def seen(self, item: Item) -> str:
        return item.source

    def refusal(self) -> Refusal:
        return Refusal(403, {"errors": {"type": "unauthorized", "message": "not allowed"}})

    def throttled(self, seconds: int) -> Refusal:
        until = int(self.world.clock().timestamp()) + seconds
        return Refusal(429, {"errors": {"type": "rate_limit"}}, {"Retry-After": str(until)})

    def told(self, event: str, item: Item) -> Called | None:
        return None

    # Shapes

    def _who(self, name: str) -> dict[str, object]:
        return {"id": self.world.person(name), "name": name.title(), "email_address": f"{name}@example.com"}

    def _shape(self, item: Item) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": item.id,
            "body": item.source,
            "body_mime_type": "text/plain",
            "created_at": stamp(item.at),
            "updated_at": stamp(item.changed),
            "state": "pending" if item.hidden else "published",
            "portal_url": f"{self.base_url}/forums/1/suggestions/{item.id}",
        }
        if item.begins:
            links: dict[str, object] = {"created_by": self.world.person(item.author), "forum": item.category}
            return shape | {"title": item.title, "supporters_count": len(item.voters), "links": links}
        head = self.world.head(item.topic)
        assert head is not None
        return shape | {"links": {"created_by": self.world.person(item.author), "suggestion": head.id}}

    # The API

    async def _token(self, request: web.Request) -> web.Response:
        asked = await request.post()
        given = asked.get("grant_type"), asked.get("client_id"), asked.get("client_secret")
        if given != ("client_credentials", self.client_id, self.token):
            raise Refusal(401, {"error": "invalid_client"})
        return web.json_response({"access_token": self.bearer, "token_type": "bearer"})

    async def _user(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        id = int(request.match_info["id"])
        name = next((one for one, number in self.world.people.items() if number == id), None)
        if name is None:
            raise Refusal(404, {"errors": {"type": "record_not_found"}})
        return web.json_response({"users": [self._who(name)]})

    async def _suggestions(self, request: web.Request) -> web.Response:
        self.asked += 1
        return self._page(request, "suggestions", [one for one in self._standing() if one.begins])

    async def _comments(self, request: web.Request) -> web.Response:
        found = [one for one in self._standing() if not one.begins]
        wanted = request.query.get("suggestion_ids")
        if wanted is not None:
            heads = {one.topic for one in self._standing() if one.begins and str(one.id) in wanted.split(",")}
            found = [one for one in found if one.topic in heads]
        return self._page(request, "comments", found)

    async def _suggestion(self, request: web.Request) -> web.Response:
        return self._single(request, "suggestions", begins=True)

    async def _comment(self, request: web.Request) -> web.Response:
        return self._single(request, "comments", begins=False)

    def _page(self, request: web.Request, key: str, found: list[Item]) -> web.Response:
        self._signed_in(request)
        query = request.query
        size, start = int(query.get("per_page", "20")), int(query.get("cursor", "0"))
        if not 1 <= size <= 100:
            raise Refusal(422, {"errors": {"type": "invalid", "message": "per_page"}})
        found = [one for one in found if stamp(one.changed) >= query.get("updated_after", "")]
        if query.get("sort") == "-supporters_count":
            found.sort(key=lambda one: -len(one.voters))
        else:
            found.sort(key=lambda one: (one.changed, one.id), reverse=True)
        some, end = found[start : start + size], start + size
        pages = {"next_cursor": str(end)} if end < len(found) else {}
        return web.json_response(
            {key: [self._shape(one) for one in some], "users": self._people(request, some), "pagination": pages}
        )

    def _single(self, request: web.Request, key: str, *, begins: bool) -> web.Response:
        self._signed_in(request)
        item = self._find(int(request.match_info["id"]), begins=begins)
        return web.json_response({key: [self._shape(item)], "users": self._people(request, [item])})

    def _people(self, request: web.Request, items: list[Item]) -> list[dict[str, object]]:
        names = dict.fromkeys(one.author for one in items) if request.query.get("includes") == "users" else {}
        return [self._who(one) for one in names]

    async def _create(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        asked = await request.json()
        head = self._find(int(asked["links"]["suggestion"]), begins=True)
        body = str(asked.get("body", ""))
        if not body.strip() or len(body) > LONGEST:
            raise Refusal(422, {"errors": {"type": "invalid", "message": "body"}})
        item = self.world.add(head.topic, head, US, body)
        self._tell("created", item)
        return web.json_response({"comments": [self._shape(item)]}, status=201)

    # Inside

    def _standing(self) -> list[Item]:
        heads = {one.topic for one in self.world.items.values() if one.begins and not one.gone}
        return [one for one in self.world.items.values() if not one.gone and one.topic in heads]

    def _find(self, id: int, *, begins: bool) -> Item:
        item = next((one for one in self._standing() if one.id == id and one.begins is begins), None)
        if item is None:
            raise Refusal(404, {"errors": {"type": "record_not_found"}})
        return item

    def _signed_in(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.bearer}":
            raise Refusal(401, {"errors": {"type": "unauthorized"}})
