"""customerReviews and customerReviewResponses, as App Store Connect's OpenAPI description has them (4.4.1)."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.reviews.faults import Where
from sandbox.reviews.standin import Answer, ShopStandIn
from sandbox.reviews.world import PUBLIC, Refusal, Reply, Review, World, utc_now

APP, KEY_ID, ISSUER = "1234567890", "2X9R4HXF34", "57246542-96fe-1a63-e053-0824d011072a"
LONGEST = 5970
_CODES = {400: "PARAMETER_ERROR", 401: "NOT_AUTHORIZED", 403: "FORBIDDEN_ERROR", 404: "NOT_FOUND"}


class AppStoreStandIn(ShopStandIn):
    """One app. Answers wait for publication unless `moderates` is off. `may`: the key's role allows answering."""

    app_id, key_id, issuer = APP, KEY_ID, ISSUER

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, moderates: bool = False, may: bool = True) -> None:
        super().__init__(World(clock, prefix="00000018-", moderates=moderates))
        self.may = may
        private = ec.generate_private_key(ec.SECP256R1())
        self._public = private.public_key()
        self._private = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def key(self) -> str:
        """The .p8 file."""
        return self._private

    token = key

    def routes(self) -> Iterable[tuple[str, str, Answer, Where]]:
        yield "GET", "/v1/apps/{app}/customerReviews", self._list, Where.READ
        yield "GET", "/v1/customerReviews/{id}", self._one, Where.READ
        yield "POST", "/v1/customerReviewResponses", self._respond, Where.PUBLISH
        yield "DELETE", "/v1/customerReviewResponses/{id}", self._delete, Where.CHANGE

    def no(self, refusal: Refusal) -> web.Response:
        code = refusal.word if refusal.status in (409, 422) else _CODES.get(refusal.status, refusal.word)
        error = {
            "id": secrets.token_hex(8),
            "status": str(refusal.status),
            "code": code,
            "title": refusal.message,
            "detail": refusal.message,
        }
        return web.json_response({"errors": [error]}, status=refusal.status)

    def words_of(self, body: object) -> str:
        data = body.get("data") if isinstance(body, dict) else None
        attributes = data.get("attributes") if isinstance(data, dict) else None
        return str(attributes.get("responseBody", "")) if isinstance(attributes, dict) else ""

    # The API

    def _enter(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        now = self.world.clock().timestamp()
        try:
            if jwt.get_unverified_header(given).get("kid") != self.key_id:
                raise jwt.InvalidTokenError("kid")
            said = jwt.decode(
                given,
                self._public,
                algorithms=["ES256"],
                audience="appstoreconnect-v1",
                options={"require": ["aud", "iat", "exp"], "verify_exp": False, "verify_iat": False},
            )
            who = said.get("iss") == self.issuer or said.get("sub") == "user"
            if not who or said["exp"] - said["iat"] > 20 * 60 or not said["iat"] - 60 <= now < said["exp"]:
                raise jwt.InvalidTokenError("iss or time")
        except jwt.PyJWTError:
            raise Refusal(401, "NOT_AUTHORIZED", "Authentication credentials are missing or invalid.") from None

    async def _list(self, request: web.Request) -> web.Response:
        self._enter(request)
        if request.match_info["app"] != self.app_id:
            raise Refusal(404, "NOT_FOUND", "There is no resource of type 'apps' with that id.")
        limit, sort = request.query.get("limit", "50"), request.query.get("sort", "-createdDate")
        start = request.query.get("cursor", "0")
        if not limit.isdecimal() or not 1 <= int(limit) <= 200 or sort not in ("-createdDate", "createdDate"):
            raise Refusal(400, "PARAMETER_ERROR", "A parameter has an invalid value.")
        if not start.isdecimal():
            raise Refusal(400, "PARAMETER_ERROR", "The cursor is invalid.")
        most, at = int(limit), int(start)
        listed = list(self.world.newest(by_change=False))
        if sort == "createdDate":
            listed.reverse()
        some = listed[at : at + most]
        links = {"self": str(request.url)}
        if at + most < len(listed):
            links["next"] = str(request.url.update_query(cursor=str(at + most)))
        return web.json_response({"data": [shape(one) for one in some], "links": links} | self._more(request, some))

    async def _one(self, request: web.Request) -> web.Response:
        self._enter(request)
        one = self.world.find(request.match_info["id"])
        return web.json_response({"data": shape(one), "links": {"self": str(request.url)}} | self._more(request, [one]))

    def _more(self, request: web.Request, some: Iterable[Review]) -> dict[str, object]:
        if request.query.get("include") != "response":
            return {}
        return {"included": [response(one, one.reply) for one in some if one.reply is not None]}

    async def _respond(self, request: web.Request) -> web.Response:
        self._enter(request)
        if not self.may:
            raise Refusal(403, "FORBIDDEN_ERROR", "This request is forbidden for security reasons.")
        body = await request.json()
        words = self.words_of(body)
        try:
            id = body["data"]["relationships"]["review"]["data"]["id"]
            if body["data"]["type"] != "customerReviewResponses" or not isinstance(id, str):
                raise KeyError("type")
        except (KeyError, TypeError):
            raise Refusal(422, "ENTITY_UNPROCESSABLE", "The request entity is not as it should be.") from None
        if not words.strip():
            raise Refusal(409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "You must provide a value for responseBody.")
        if len(words) > LONGEST:
            raise Refusal(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG", "responseBody is too long.")
        reply = self.world.answer(id, words)
        return web.json_response({"data": response(self.world.find(id), reply), "links": {}}, status=201)

    async def _delete(self, request: web.Request) -> web.Response:
        self._enter(request)
        if not self.may:
            raise Refusal(403, "FORBIDDEN_ERROR", "This request is forbidden for security reasons.")
        for one in self.world.reviews.values():
            if one.reply is not None and one.reply.id == request.match_info["id"]:
                one.reply = None
                return web.Response(status=204)
        raise Refusal(404, "NOT_FOUND", "The specified resource does not exist.")


def shape(one: Review) -> dict[str, object]:
    attributes: dict[str, object] = {
        "rating": one.stars,
        "title": one.title,
        "body": one.words,
        "reviewerNickname": one.author,
        "createdDate": one.at.isoformat(timespec="seconds"),  # a change does not show in it
        "territory": "DEU",
    }
    data = None if one.reply is None else {"type": "customerReviewResponses", "id": one.reply.id}
    return {
        "type": "customerReviews",
        "id": one.id,
        "attributes": attributes | one.more,
        "relationships": {"response": {"data": data}},
    }


def response(review: Review, reply: Reply) -> dict[str, object]:
    return {
        "type": "customerReviewResponses",
        "id": reply.id,
        "attributes": {
            "responseBody": reply.words,
            "lastModifiedDate": reply.changed.isoformat(timespec="milliseconds"),
            "state": "PUBLISHED" if reply.state == PUBLIC else "PENDING_PUBLISH",
        },
        "relationships": {"review": {"data": {"type": "customerReviews", "id": review.id}}},
    }
