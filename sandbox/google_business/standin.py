"""Reviews of one location, as v4 of Google's My Business API documents them: answers are looked at before they show."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.google_business.signin import SignIn
from sandbox.reviews.faults import Where
from sandbox.reviews.standin import Answer, ShopStandIn
from sandbox.reviews.world import PENDING, PUBLIC, REJECTED, Refusal, Reply, Review, World, utc_now

LONGEST = 4096  # bytes
STARS = ("STAR_RATING_UNSPECIFIED", "ONE", "TWO", "THREE", "FOUR", "FIVE")
STATES = {PUBLIC: "APPROVED", PENDING: "PENDING", REJECTED: "REJECTED"}


class MapsStandIn(ShopStandIn):
    """One location. `verified`: Google lets its owner answer. `states`: Google says what became of an answer."""

    account, location = "104512345678901234567", "9007199254740993123"

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        moderates: bool = False,
        verified: bool = True,
        states: bool = True,
    ) -> None:
        super().__init__(World(clock, prefix="AbFvOqk", moderates=moderates))
        self.verified = verified
        self.states = states
        self.sign_in = SignIn(clock)
        self._given = self.sign_in.new_access(timedelta(days=30))

    @property
    def token(self) -> str:
        return self._given

    def forget_tokens(self) -> None:
        """What was given is not taken any more; it has to be renewed."""
        self.sign_in.accesses.clear()

    def routes(self) -> Iterable[tuple[str, str, Answer, Where]]:
        here = "/v4/accounts/{account}/locations/{location}"
        yield "GET", "/o/oauth2/v2/auth", self.sign_in.consent, Where.ANY
        yield "POST", "/token", self.sign_in.exchange, Where.ANY
        yield "GET", here, self._about, Where.READ
        yield "GET", here + "/reviews", self._list, Where.READ
        yield "GET", here + "/reviews/{id}", self._one, Where.READ
        yield "PUT", here + "/reviews/{id}/reply", self._reply, Where.PUBLISH
        yield "DELETE", here + "/reviews/{id}/reply", self._delete, Where.CHANGE

    def no(self, refusal: Refusal) -> web.Response:
        error = {"code": refusal.status, "message": refusal.message, "status": refusal.word}
        return web.json_response({"error": error}, status=refusal.status)

    def words_of(self, body: object) -> str:
        return str(body.get("comment", "")) if isinstance(body, dict) else ""

    # The API

    def _enter(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.sign_in.accesses.get(given, self.world.clock()) <= self.world.clock():
            raise Refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if not self.verified:
            raise Refusal(403, "PERMISSION_DENIED", "The caller does not have permission.")
        if (request.match_info["account"], request.match_info["location"]) != (self.account, self.location):
            raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")

    async def _about(self, request: web.Request) -> web.Response:
        self._enter(request)
        name = f"accounts/{self.account}/locations/{self.location}"
        metadata = {"mapsUrl": "https://maps.google.com/maps?cid=1"}
        return web.json_response({"name": name, "locationName": "Acme Bikes", "metadata": metadata})

    async def _list(self, request: web.Request) -> web.Response:
        self._enter(request)
        size, start = request.query.get("pageSize", "50"), request.query.get("pageToken", "0")
        order = request.query.get("orderBy", "updateTime desc")
        if not size.isdecimal() or not 1 <= int(size) <= 50 or not start.isdecimal() or order != "updateTime desc":
            raise Refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        most, at = int(size), int(start)
        listed = list(self.world.newest(by_change=True))
        answer: dict[str, object] = {"averageRating": 4.1, "totalReviewCount": len(listed)}
        if some := listed[at : at + most]:
            answer["reviews"] = [self.shape(one) for one in some]
        if at + most < len(listed):
            answer["nextPageToken"] = str(at + most)
        return web.json_response(answer)

    async def _one(self, request: web.Request) -> web.Response:
        self._enter(request)
        return web.json_response(self.shape(self.world.find(request.match_info["id"])))

    async def _reply(self, request: web.Request) -> web.Response:
        self._enter(request)
        body = await request.json()
        words = body.get("comment") if isinstance(body, dict) else None
        if not isinstance(words, str) or not words.strip():
            raise Refusal(400, "INVALID_ARGUMENT", "The reply is empty.")
        if len(words.encode()) > LONGEST:
            raise Refusal(400, "INVALID_ARGUMENT", "The reply is too long.")
        return web.json_response(self._answer(self.world.answer(request.match_info["id"], words)))

    async def _delete(self, request: web.Request) -> web.Response:
        self._enter(request)
        if self.world.find(request.match_info["id"]).reply is None:
            raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")
        self.world.take_back(request.match_info["id"])
        return web.json_response({})

    def shape(self, one: Review) -> dict[str, object]:
        shown: dict[str, object] = {
            "name": f"accounts/{self.account}/locations/{self.location}/reviews/{one.id}",
            "reviewId": one.id,
            "reviewer": {"displayName": one.author, "profilePhotoUrl": "https://lh3.example/photo"},
            "starRating": STARS[one.stars],
            "createTime": one.at.isoformat().replace("+00:00", "Z"),
            "updateTime": one.changed.isoformat().replace("+00:00", "Z"),
        }
        if one.words:
            shown["comment"] = one.words
        if one.reply is not None:
            shown["reviewReply"] = self._answer(one.reply)
        return shown | one.more

    def _answer(self, reply: Reply) -> dict[str, object]:
        shown: dict[str, object] = {
            "comment": reply.words,
            "updateTime": reply.changed.isoformat().replace("+00:00", "Z"),
        }
        if self.states:
            shown["reviewReplyState"] = STATES[reply.state]
        return shown | ({"policyViolation": reply.why} if reply.why else {})
