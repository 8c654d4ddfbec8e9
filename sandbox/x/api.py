"""The paths of X's API v2 that a support account needs, and its OAuth 2.0."""

import base64
from collections.abc import Callable, Sequence
from urllib.parse import unquote, urlencode

from aiohttp import web

from sandbox.x.faults import Fault, Where
from sandbox.x.gate import Call, Endpoint
from sandbox.x.hooks import Webhooks
from sandbox.x.problems import Rejected, check_keys, check_text, invalid, not_authorised, not_found
from sandbox.x.server import Server
from sandbox.x.world import Post, Version

_LIST = ("max_results", "since_id", "until_id", "pagination_token", "start_time", "end_time")
_WATCH = "/2/activity/subscriptions"
# openapi.json 2.167, those that this stand-in sends.
_EVENTS = frozenset({f"post.{one}" for one in ("create", "delete", "mention.create", "reply.create", "quote.create")})
MOST_SUBSCRIPTIONS = 1500  # docs.x.com/x-api/activity/introduction, 2026-08
MOST_MENTIONS = 800  # docs.x.com/x-api/posts/timelines, 2026-08


class Api:
    """The endpoints. Who calls was checked before."""

    def __init__(self, server: Server, hooks: Webhooks, removed: Callable[[Post], None]) -> None:
        self._server = server
        self._hooks = hooks
        self._world = server.world
        self._removed = removed

    def endpoints(self) -> Sequence[Endpoint]:
        search = (*_LIST, "query", "next_token", "sort_order")
        return (
            Endpoint("GET", "/2/users/me", "me", self.me),
            Endpoint("GET", "/2/tweets", "lookup", self.lookup, takes=("ids",)),
            Endpoint("GET", "/2/users/{id}/mentions", "mentions", self.mentions, takes=_LIST),
            Endpoint("GET", "/2/users/{id}/tweets", "timeline", self.timeline, takes=(*_LIST, "exclude")),
            Endpoint("GET", "/2/tweets/search/recent", "search", self.search, takes=search),
            Endpoint("POST", "/2/tweets", "post", self.create, Where.PUBLISH, good=201),
            Endpoint("DELETE", "/2/tweets/{id}", "delete", self.delete, Where.CHANGE),
            Endpoint("GET", _WATCH, "watch", self.subscriptions, takes=("max_results", "pagination_token")),
            Endpoint("POST", _WATCH, "watch", self.subscribe, Where.WATCH),
        )

    # Reading

    async def me(self, call: Call) -> dict[str, object]:
        return {"data": self._server.shapes.user(self._world.us)}

    async def lookup(self, call: Call) -> dict[str, object]:
        """An older version is given as it was, with the history of all."""
        found: list[tuple[Post, Version | None]] = []
        errors: list[object] = []
        for id in call.ids("ids", most=100):
            post = self._world.posts.get(id)
            if post is None or post.author.suspended:
                errors.append(not_found(id))
            elif not self._world.sees(post):
                errors.append(not_authorised(id))
            else:
                found.append((post, next(one for one in post.versions if one.id == id)))
        answer = self._given(found) if found else {}
        return {**answer, "errors": errors} if errors else answer

    async def mentions(self, call: Call) -> dict[str, object]:
        self._own(call)
        return self._page(call, self._world.mentions_of(self._world.us)[:MOST_MENTIONS], "pagination_token", least=5)

    async def timeline(self, call: Call) -> dict[str, object]:
        self._own(call)
        own = [post for post in self._world.listed() if post.author is self._world.us]
        return self._page(call, own, "pagination_token", least=5)

    async def search(self, call: Call) -> dict[str, object]:
        """Understands `conversation_id:`, `from:`, `-from:`, `-is:retweet`, and words; first in brackets, with OR."""
        query = call.get("query") or ""
        if not query or len(query) > 512:
            raise invalid("The `query` query parameter is missing or too long")
        either, rest = "", query
        if query.startswith("("):
            either, closed, rest = query[1:].partition(")")
            if not closed or not either.strip():
                raise invalid("There were errors processing your request: no viable alternative at input '('")
        found = self._world.listed()
        if either:
            ways = [way.lower().split() for way in either.split(" OR ")]
            found = [post for post in found if any(all(word in post.text.lower() for word in way) for way in ways)]
        for term in rest.split():
            name, _, value = term.partition(":")
            if name == "conversation_id":
                found = [post for post in found if post.conversation == value]
            elif name == "from":
                found = [post for post in found if post.author.handle.lower() == value.lower()]
            elif name == "-from":
                found = [post for post in found if post.author.handle.lower() != value.lower()]
            elif term != "-is:retweet":
                found = [post for post in found if term.lower() in post.text.lower()]
        return self._page(call, found, "next_token", least=10)

    def _own(self, call: Call) -> None:
        if call.request.match_info["id"] != self._world.us.id:
            raise invalid("This stand-in gives our own timelines only")

    def _page(self, call: Call, posts: list[Post], token: str, *, least: int) -> dict[str, object]:
        """Newest first; the token is a place in the list, as the last id given."""
        since, until = call.id("since_id"), call.id("until_id")
        most = call.number("max_results", default=10, least=least, most=100)
        before = call.get(token)
        if before is not None and not before.isdecimal():
            raise invalid(f"The `{token}` query parameter value [{before}] is not valid")
        some = [
            post
            for post in posts
            if int(post.id) > since
            and (not until or int(post.id) < until)
            and (before is None or int(post.id) < int(before))
        ]
        shown = some[:most]
        meta: dict[str, object] = {"result_count": len(shown)}
        if not shown:
            return {"meta": meta}
        meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
        if len(some) > most:
            meta["next_token"] = shown[-1].id
        return {**self._given([(post, None) for post in shown]), "meta": meta}

    def _given(self, posts: list[tuple[Post, Version | None]]) -> dict[str, object]:
        answer = self._server.shapes.answer(posts)
        if self._server.faults.on(Fault.GARBLED):
            shapes = [self._server.shapes.post(*one) for one in posts]
            answer["data"] = [{key: value for key, value in one.items() if key != "text"} for one in shapes]
        return answer

    # Writing

    async def create(self, call: Call) -> dict[str, object]:
        check_keys(call.body)
        words = check_text(call.body.get("text"))
        reply = call.body.get("reply")
        parent = str(reply.get("in_reply_to_tweet_id", "")) if isinstance(reply, dict) else None
        post = self._world.publish(words, parent)
        if call.publish is not None:
            call.publish.accepted = post.id
        return {"data": {"id": post.id, "text": words, "edit_history_tweet_ids": [post.id]}}

    async def delete(self, call: Call) -> dict[str, object]:
        post = self._world.posts.get(call.request.match_info["id"])
        if post is None:
            raise Rejected(404, "Could not find the Post you are trying to delete.", title="Not Found Error")
        if post.author is not self._world.us:
            raise Rejected(403, "You are not authorized to delete this Tweet.")
        self._world.remove(post)
        self._removed(post)
        return {"data": {"deleted": True}}

    # Webhooks

    async def subscriptions(self, call: Call) -> dict[str, object]:
        call.number("max_results", default=1000, least=1, most=1000)
        kept = sorted(self._hooks.subscriptions)
        shaped = [{"event_type": kind, "filter": {"user_id": who}, "tag": kind} for kind, who in kept]
        return {"data": shaped} if shaped else {"meta": {"total_subscriptions": 0}}

    async def subscribe(self, call: Call) -> dict[str, object]:
        body, given = call.body, call.body.get("filter")
        if not set(body) <= {"event_type", "filter", "tag", "webhook_id"} or not isinstance(given, dict):
            raise invalid("$: does not match the schema")
        who, kind = str(given.get("user_id")), str(body.get("event_type"))
        if kind not in _EVENTS or who not in self._world.people:
            raise invalid("$.event_type or $.filter.user_id: is not known")
        if body.get("webhook_id") != self._hooks.id:
            raise invalid("$.webhook_id: no such webhook of this app")
        if kind not in ("post.create", "post.delete") and who != self._world.us.id:
            raise Rejected(403, "You are not allowed to subscribe to private events of this user.")
        if len(self._hooks.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Rejected(403, "You have reached the limit of subscriptions of your plan.")
        if (kind, who) in self._hooks.subscriptions:
            raise Rejected(409, "The subscription exists already.", title="Conflict")
        self._hooks.subscriptions.add((kind, who))
        self._world.changes.tell()
        return {"data": {"subscription": {"event_type": kind, "filter": {"user_id": who}}}}

    # OAuth 2.0

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/i/oauth2/authorize", self._authorise), web.post("/2/oauth2/token", self._token)]

    async def _authorise(self, request: web.Request) -> web.StreamResponse:
        """A person who says yes at once."""
        asked = request.query
        good = asked.get("client_id") == self._server.client_id and asked.get("response_type") == "code"
        if not good or not asked.get("redirect_uri") or asked.get("code_challenge_method") != "S256":
            return web.Response(status=400, text="Something went wrong: You weren't able to give access to the App.")
        code = self._server.consent(asked.get("code_challenge", ""), asked.get("redirect_uri", ""))
        back = urlencode({"state": asked.get("state", ""), "code": code})
        raise web.HTTPFound(f"{asked.get('redirect_uri', '')}?{back}")

    async def _token(self, request: web.Request) -> web.StreamResponse:
        """The client proves itself by user and password."""
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        try:
            client, _, secret = base64.b64decode(given).decode().partition(":")
        except ValueError:
            client, secret = "", ""
        if (unquote(client), unquote(secret)) != (self._server.client_id, self._server.client_secret):
            body = {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}
            return web.json_response(body, status=401)
        try:
            return web.json_response(self._server.exchange(form))
        except Rejected as no:
            return web.json_response({"error": no.title, "error_description": no.detail}, status=no.status)
