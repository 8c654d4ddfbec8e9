"""Service reviews of one business, as Trustpilot documents them; what its webhooks would tell is given by `told`."""

import base64
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.reviews.faults import Where
from sandbox.reviews.standin import Answer, ShopStandIn
from sandbox.reviews.world import Refusal, Review, World, utc_now

UNIT, USER, KEY, SECRET = (
    "46d6a890000064000500e0c3",
    "53bffc39000064000500aaaa",
    "an-api-key",
    "a-secret-of-the-stand-in",
)
LIFE = timedelta(hours=100)


class TrustpilotStandIn(ShopStandIn):
    """One business unit. `plan`: the API is a part of it."""

    unit, user, api_key, api_secret = UNIT, USER, KEY, SECRET

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, plan: bool = True) -> None:
        super().__init__(World(clock, prefix="53bffd360000640002"))
        self.plan = plan
        self._tokens: dict[str, datetime] = {}

    token = SECRET  # as the sandbox calls what lets us in

    def forget_tokens(self) -> None:
        """What was given is not taken any more."""
        self._tokens.clear()

    def told(self, kind: str, review: Review | str) -> dict[str, object]:
        """What a webhook says: the review as it was when that happened."""
        id = review if isinstance(review, str) else review.id
        data = {"id": id} if isinstance(review, str) else shape(review)
        return {"events": [{"eventName": f"service-review-{kind}", "version": "1", "eventData": data}]}

    def routes(self) -> Iterable[tuple[str, str, Answer, Where]]:
        yield "POST", "/v1/oauth/oauth-business-users-for-applications/accesstoken", self._access, Where.ANY
        yield "GET", "/v1/business-units/{unit}", self._about, Where.READ
        yield "GET", "/v1/private/business-units/{unit}/reviews", self._list, Where.READ
        yield "GET", "/v1/private/reviews/{id}", self._one, Where.READ
        yield "POST", "/v1/private/reviews/{id}/reply", self._reply, Where.PUBLISH
        yield "DELETE", "/v1/private/reviews/{id}/reply", self._delete, Where.CHANGE

    def no(self, refusal: Refusal) -> web.Response:
        return web.json_response({"message": refusal.message, "errorCode": refusal.status}, status=refusal.status)

    def words_of(self, body: object) -> str:
        return str(body.get("message", "")) if isinstance(body, dict) else ""

    # The API

    async def _access(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        right = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        form = await request.post()
        if given != right or form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_urlsafe(12)
        self._tokens[token] = self.world.clock() + LIFE
        # Numbers are words there: so the documentation shows them.
        ends = str(int(LIFE.total_seconds()) - 1)
        return web.json_response({"access_token": token, "expires_in": ends, "token_type": "BearerToken"})

    def _enter(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(given, self.world.clock()) <= self.world.clock():
            raise Refusal(401, "UNAUTHENTICATED", "Invalid Access Token")
        if not self.plan:
            raise Refusal(403, "PERMISSION_DENIED", "Access to this resource is not permitted.")
        if request.match_info.get("unit", UNIT) != UNIT:
            raise Refusal(404, "NOT_FOUND", "Business unit not found.")

    async def _about(self, request: web.Request) -> web.Response:
        if request.headers.get("apikey") != KEY:
            raise Refusal(401, "UNAUTHENTICATED", "Invalid ApiKey")
        return web.json_response({"id": UNIT, "displayName": "Acme Bikes", "websiteUrl": "https://acme.example"})

    async def _list(self, request: web.Request) -> web.Response:
        self._enter(request)
        size, number = request.query.get("perPage", "20"), request.query.get("page", "1")
        order = request.query.get("orderBy", "createdat.desc")
        right = size.isdecimal() and 1 <= int(size) <= 100 and number.isdecimal() and int(number) >= 1
        if not right or order != "createdat.desc":
            raise Refusal(400, "INVALID", "Invalid argument.")
        most, start = int(size), (int(number) - 1) * int(size)
        listed = list(self.world.newest(by_change=False))
        return web.json_response({"links": [], "reviews": [shape(one) for one in listed[start : start + most]]})

    async def _one(self, request: web.Request) -> web.Response:
        self._enter(request)
        return web.json_response(shape(self.world.find(request.match_info["id"])))

    async def _reply(self, request: web.Request) -> web.Response:
        self._enter(request)
        body = await request.json()
        words = self.words_of(body)
        if not words.strip():
            raise Refusal(400, "INVALID", "The message is empty.")
        if body.get("authorBusinessUserId") != USER or request.headers.get("x-business-user-id") != USER:
            raise Refusal(403, "PERMISSION_DENIED", "The business user does not belong to the business unit.")
        self.world.answer(request.match_info["id"], words)
        return web.Response(status=201)

    async def _delete(self, request: web.Request) -> web.Response:
        self._enter(request)
        if self.world.find(request.match_info["id"]).reply is None:
            raise Refusal(404, "NOT_FOUND", "Reply not found.")
        self.world.take_back(request.match_info["id"])
        return web.Response(status=204)


def shape(one: Review) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": one.id,
        "language": "en",
        "title": one.title,
        "text": one.words,
        "stars": one.stars,
        "createdAt": _moment(one.at),
        "updatedAt": _moment(one.changed) if one.changed > one.at else None,
        "isVerified": True,
        "consumer": {"id": f"c-{one.author}", "displayName": one.author},
        "businessUnit": {"id": UNIT},
        "companyReply": None,
        "status": "active",
    }
    if one.reply is not None:
        shown["companyReply"] = {
            "text": one.reply.words,
            "createdAt": _moment(one.reply.at),
            "updatedAt": _moment(one.reply.changed) if one.reply.changed > one.reply.at else None,
        }
    return shown | one.more


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
