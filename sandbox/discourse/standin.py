"""A Discourse forum on a port of its own. Where from: discourse_api_docs, recorded answers, the source."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.boards.faults import Fault, Where
from sandbox.boards.markdown import plain_html, to_html
from sandbox.boards.standin import Answer, BoardStandIn, Called, encoded, stamp
from sandbox.boards.world import US, Item, Refusal, utc_now

LONGEST, SHORTEST = 32_000, 5
CHUNK = 20  # posts that come along with a topic
PAGE = 50
SAME_WITHIN = timedelta(minutes=5)  # unique_posts_mins
EVENTS = {
    "created": "post_created",
    "edited": "post_edited",
    "deleted": "post_destroyed",
    "recovered": "post_recovered",
}


class DiscourseStandIn(BoardStandIn):
    """`voting`: the plugin Topic Voting is there. `staff`: our account sees what was deleted, and writes anywhere."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        hook: str = "",
        voting: bool = False,
        staff: bool = False,
        guards_repeats: bool = False,
    ) -> None:
        super().__init__(clock=clock, hook=hook)
        self.voting = voting
        self.staff = staff
        self.guards_repeats = guards_repeats
        self._events = 1000

    def routes(self) -> tuple[tuple[str, str, Answer, Where], ...]:
        return (
            ("GET", "/session/current.json", self._me, Where.READ),
            ("GET", "/posts.json", self._latest, Where.READ),
            ("GET", "/latest.json", self._topics, Where.READ),
            ("GET", "/search.json", self._search, Where.READ),
            ("GET", r"/posts/by_number/{topic:\d+}/{number:\d+}.json", self._by_number, Where.READ),
            ("GET", "/posts/{username}/pending.json", self._pending, Where.READ),
            ("GET", r"/t/{topic:\d+}.json", self._topic, Where.READ),
            ("GET", r"/t/{topic:\d+}/posts.json", self._some, Where.READ),
            ("POST", "/posts.json", self._write, Where.PUBLISH),
            ("PUT", r"/posts/{id:\d+}.json", self._edit, Where.CHANGE),
            ("DELETE", r"/posts/{id:\d+}.json", self._delete, Where.CHANGE),
        )

    def is_publish(self, request: web.Request, body: dict[str, object]) -> str | None:
        return str(body.get("raw", "")) if (request.method, request.path) == ("POST", "/posts.json") else None

    def name(self, item: Item) -> str:
        return f"{item.topic}.{item.number}"

    def named(self, name: str) -> Item:
        topic, _, number = name.partition(".")
        return next(one for one in self.world.of(int(topic)) if one.number == int(number))

    def refusal(self) -> Refusal:
        return _no(403, "You are not permitted to view the requested resource.", "invalid_access")

    def throttled(self, seconds: int) -> Refusal:
        body = {"errors": ["Slow down."], "error_type": "rate_limit", "extras": {"wait_seconds": seconds}}
        return Refusal(429, body, {"Retry-After": str(seconds)})

    def told(self, event: str, item: Item) -> Called | None:
        if event == "voted":
            if not self.voting:
                return None
            what = {"topic_id": item.topic, "topic_slug": "a-wish", "vote_count": len(item.voters)}
            return self._signed("topic_voting", "topic_upvote", {"topic_voting": what})
        shape = self.shape(item, staff=True)
        del shape["actions_summary"]  # WebHookPostSerializer leaves it out
        shape |= {"topic_archetype": "regular", "raw": item.source, "category_id": item.category}
        shape["topic_title"] = self._title(item)
        return self._signed("post", EVENTS[event], {"post": shape})

    def _signed(self, kind: str, event: str, body: object) -> Called:
        self._events += 1
        raw = encoded(body)
        signature = hmac.new(self.hook_secret.encode(), raw, hashlib.sha256).hexdigest()
        return Called(
            {
                "x-discourse-instance": self.base_url,
                "x-discourse-event-id": str(self._events),
                "x-discourse-event-type": kind,
                "x-discourse-event": event,
                "x-discourse-event-signature": f"sha256={signature}",
            },
            raw,
        )

    # Shapes

    def _title(self, item: Item) -> str:
        head = self.world.head(item.topic)
        return "" if head is None else head.title

    def shape(self, item: Item, *, staff: bool, raw: bool = True) -> dict[str, object]:
        cooked = to_html(item.source) if item.ours else plain_html(item.source)
        shape: dict[str, object] = {
            "id": item.id,
            "name": item.author.title(),
            "username": item.author,
            "avatar_template": "/letter_avatar_proxy/v4/letter/p/df705f/{size}.png",
            "created_at": stamp(item.at),
            "cooked": cooked,
            "post_number": item.number,
            "post_type": item.kind,
            "updated_at": stamp(item.changed),
            # The first post is answered by naming no number.
            "reply_to_post_number": None if item.above is None or item.above.begins else item.above.number,
            "topic_id": item.topic,
            "topic_slug": "a-wish",
            "version": item.version,
            "actions_summary": [{"id": 2, "count": len(item.voters)}] if item.voters and not self.voting else [],
            "user_id": self.world.person(item.author),
            "hidden": item.hidden,
            "deleted_at": stamp(item.changed) if item.gone and staff else None,
            "user_deleted": False,
        }
        return shape | ({"raw": item.source} if raw else {})

    # The API

    async def _me(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        return web.json_response(
            {"current_user": {"id": self.world.person(US), "username": self.username, "name": "Acme", "admin": True}}
        )

    async def _latest(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        self.asked += 1
        before = int(request.query.get("before", "0"))
        shown = [one for one in self.world.items.values() if not one.gone and not one.waiting]
        some = [one for one in reversed(shown) if not before or one.id < before][:PAGE]
        extra = [{"topic_title": self._title(one), "category_id": one.category} for one in some]
        return web.json_response(
            {"latest_posts": [self.shape(one, staff=False) | more for one, more in zip(some, extra, strict=True)]}
        )

    async def _topics(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        heads = sorted((one for one in self.world.items.values() if one.begins), key=lambda one: -len(one.voters))
        order, key = ("votes", "vote_count") if self.voting else ("op_likes", "op_like_count")
        if request.query.get("order") != order:
            heads.sort(key=lambda one: -one.id)
        votes = [{"id": one.topic, "title": one.title, key: len(one.voters)} for one in heads[:30]]
        return web.json_response({"topic_list": {"topics": votes}})

    async def _search(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        words = request.query["q"].lower()
        if len(words) < 3:
            raise _no(400, "Your search term is too short.", "invalid_parameters")
        found = [one for one in self.world.items.values() if words in one.source.lower() and not one.gone]
        hits = [{"id": one.id, "topic_id": one.topic, "post_number": one.number, "blurb": "…"} for one in found]
        return web.json_response({"posts": hits, "topics": [], "grouped_search_result": {}})

    async def _topic(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        topic = int(request.match_info["topic"])
        head = self.world.head(topic)
        if head is None:
            raise _no(404, "The requested URL or resource could not be found.", "not_found")
        if head.gone and not self.staff:
            raise _no(404, "The requested URL or resource could not be found.", "not_found")
        shown = [one for one in self.world.of(topic) if not one.gone or self.staff]
        raw = request.query.get("include_raw") == "true"
        body: dict[str, object] = {
            "id": topic,
            "title": head.title,
            "category_id": head.category,
            "closed": topic in self.world.closed,
            "archived": False,
            "deleted_at": stamp(head.changed) if head.gone else None,
            "post_stream": {
                "posts": [self.shape(one, staff=self.staff, raw=raw) for one in shown[:CHUNK]],
                "stream": [one.id for one in shown],
            },
        }
        if self.voting:
            body |= {"can_vote": True, "vote_count": len(head.voters)}
        return web.json_response(body)

    async def _some(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        wanted = [int(one) for one in request.query.getall("post_ids[]", [])]
        found = [one for id in wanted if (one := self.world.items.get(id)) is not None and not one.gone]
        raw = request.query.get("include_raw") == "true"
        posts = [self.shape(one, staff=self.staff, raw=raw) for one in found]
        return web.json_response({"post_stream": {"posts": posts}, "id": int(request.match_info["topic"])})

    async def _by_number(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        topic, number = int(request.match_info["topic"]), int(request.match_info["number"])
        item = next((one for one in self.world.of(topic) if one.number == number), None)
        if item is None or (item.gone and not self.staff):
            raise _no(404, "The requested URL or resource could not be found.", "not_found")
        return web.json_response(self.shape(item, staff=self.staff, raw=request.query.get("include_raw") == "true"))

    async def _pending(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        waiting = [one for one in self.world.items.values() if one.waiting]
        return web.json_response({"pending_posts": [{"raw": one.source, "topic_id": one.topic} for one in waiting]})

    async def _write(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        asked = await request.json()
        head = self.world.head(int(asked["topic_id"]))
        if head is None or head.gone:
            raise _no(404, "The requested URL or resource could not be found.", "not_found")
        if head.topic in self.world.closed and not self.staff:
            raise self.refusal()
        raw = str(asked["raw"]).strip()
        self._check(raw)
        self._unlike_the_last(raw)
        number = asked.get("reply_to_post_number")
        above = next((one for one in self.world.of(head.topic) if one.number == number), head)
        item = self.world.add(head.topic, above, US, raw)
        if self.faults.on(Fault.HOLD):
            item.waiting = True
            return web.json_response({"success": True, "action": "enqueued", "pending_post": {"id": item.id}})
        self._tell("created", item)
        return web.json_response(self.shape(item, staff=False))

    async def _edit(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        item = self._own(request)
        raw = str((await request.json())["post"]["raw"]).strip()
        self._check(raw)
        self.world.change(item, raw)
        self._tell("edited", item)
        return web.json_response({"post": self.shape(item, staff=False)})

    async def _delete(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        item = self._own(request)
        item.gone = True
        self._tell("deleted", item)
        return web.Response(status=200, text="", content_type="application/json")

    # Inside

    def _signed_in(self, request: web.Request) -> None:
        """A wrong key is a 403 here, and no 401."""
        given = request.headers.get("Api-Key"), request.headers.get("Api-Username")
        if given != (self.token, self.username):
            raise _no(
                403,
                "You are not permitted to view the requested resource. The API username or key is invalid.",
                "invalid_access",
            )

    def _own(self, request: web.Request) -> Item:
        item = self.world.items.get(int(request.match_info["id"]))
        if item is None or item.gone:
            raise _no(404, "The requested URL or resource could not be found.", "not_found")
        if not item.ours:
            raise self.refusal()
        return item

    def _check(self, raw: str) -> None:
        if len(raw) < SHORTEST:
            raise _no(422, f"Body is too short (minimum is {SHORTEST} characters)")
        if len(raw) > LONGEST:
            raise _no(422, f"Body is limited to {LONGEST} characters; you entered {len(raw)}.")

    def _unlike_the_last(self, raw: str) -> None:
        if not self.guards_repeats:
            return
        now = self.world.clock()
        recent = [one for one in self.world.items.values() if one.ours and now - one.at < SAME_WITHIN]
        if any(one.source == raw for one in recent):
            raise _no(422, "Body is too similar to what you recently posted")


def _no(status: int, said: str, kind: str = "") -> Refusal:
    return Refusal(status, {"errors": [said], **({"error_type": kind} if kind else {})})
