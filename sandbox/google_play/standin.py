"""reviews.list, reviews.get and reviews.reply, as the discovery document of androidpublisher.v3 has them (2026-10)."""

import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cached_property

import jwt
from aiohttp import web

from sandbox.google_play.keys import Key, new_key
from sandbox.reviews.faults import Where
from sandbox.reviews.standin import Answer, ShopStandIn
from sandbox.reviews.world import Refusal, Review, World, utc_now

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
LISTED = timedelta(days=7)  # what is older is not in the list, but can be got by its id
LONGEST = 350
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")


class PlayStandIn(ShopStandIn):
    """One app. `most_reads`: questions an hour. `invited`: the service account may do what it asks for."""

    package = "com.example.shop"

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, most_reads: int = 200, invited: bool = True) -> None:
        super().__init__(World(clock, prefix="gp:AOqpTOE-"))
        self.invited = invited
        self.most_reads = most_reads
        self._tokens: dict[str, datetime] = {}
        self._reads: deque[datetime] = deque()

    @cached_property
    def _key(self) -> Key:
        return new_key()  # takes a moment: only for who asks

    @property
    def key(self) -> str:
        """The JSON file that Google gives to whoever makes a key."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "acme",
                "private_key_id": self._key.id,
                "private_key": self._key.private,
                "client_email": "twoway@acme.iam.gserviceaccount.com",
                "token_uri": AUDIENCE,
            }
        )

    token = key  # as the sandbox calls what lets us in

    def forget_tokens(self) -> None:
        """What was given is not taken any more."""
        self._tokens.clear()

    def routes(self) -> Iterable[tuple[str, str, Answer, Where]]:
        reviews = "/androidpublisher/v3/applications/{package}/reviews"
        yield "POST", "/token", self._token, Where.ANY
        yield "GET", reviews, self._list, Where.READ
        yield "GET", reviews + "/{id}", self._one, Where.READ
        yield "POST", reviews + "/{id:[^/]+}:reply", self._reply, Where.PUBLISH

    def no(self, refusal: Refusal) -> web.Response:
        error = {"code": refusal.status, "message": refusal.message, "status": refusal.word}
        return web.json_response({"error": error}, status=refusal.status)

    def words_of(self, body: object) -> str:
        return str(body.get("replyText", "")) if isinstance(body, dict) else ""

    # Google's token server

    async def _token(self, request: web.Request) -> web.Response:
        asked = await request.post()
        now = self.world.clock()
        try:
            if asked.get("grant_type") != GRANT:
                raise jwt.InvalidTokenError("grant_type")
            said = jwt.decode(
                str(asked.get("assertion")),
                self._key.public,
                algorithms=["RS256"],
                audience=AUDIENCE,
                options={"require": ["iss", "aud", "iat", "exp"], "verify_exp": False, "verify_iat": False},
            )
            if said.get("scope") != SCOPE or said["exp"] - said["iat"] > 3600 or said["exp"] <= now.timestamp():
                raise jwt.InvalidTokenError("scope or time")
        except jwt.PyJWTError:
            return web.json_response({"error": "invalid_grant", "error_description": "Invalid JWT."}, status=400)
        token = secrets.token_urlsafe(12)
        self._tokens[token] = now + timedelta(hours=1)
        return web.json_response({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    def _enter(self, request: web.Request, *, reads: bool = False) -> None:
        now = self.world.clock()
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(given, now) <= now:
            raise Refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if not self.invited:
            raise Refusal(403, "PERMISSION_DENIED", "The caller does not have permission.")
        if request.match_info["package"] != self.package:
            raise Refusal(404, "NOT_FOUND", "No application was found for the given package name.")
        if reads:
            while self._reads and self._reads[0] <= now - timedelta(hours=1):
                self._reads.popleft()
            if len(self._reads) >= self.most_reads:
                raise Refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded for reads of reviews.")
            self._reads.append(now)

    # The API

    async def _list(self, request: web.Request) -> web.Response:
        self._enter(request, reads=True)
        try:
            most, start = int(request.query.get("maxResults", "10")), int(request.query.get("token", "0"))
        except ValueError:
            raise Refusal(400, "INVALID_ARGUMENT", "Invalid paging.") from None
        if not 1 <= most <= 100:
            raise Refusal(400, "INVALID_ARGUMENT", "maxResults must be from 1 to 100.")
        since = self.world.clock() - LISTED
        listed = [one for one in self.world.newest(by_change=True) if one.changed >= since and one.words]
        answer: dict[str, object] = {}
        if some := listed[start : start + most]:
            answer["reviews"] = [shape(one) for one in some]
        if start + most < len(listed):
            answer["tokenPagination"] = {"nextPageToken": str(start + most)}
        return web.json_response(answer)

    async def _one(self, request: web.Request) -> web.Response:
        self._enter(request, reads=True)
        return web.json_response(shape(self.world.find(request.match_info["id"])))

    async def _reply(self, request: web.Request) -> web.Response:
        self._enter(request)
        body = await request.json()
        words = body.get("replyText") if isinstance(body, dict) else None
        if not isinstance(words, str) or not words.strip():
            raise Refusal(400, "INVALID_ARGUMENT", "Reply text is empty.")
        if len(words.encode("utf-16-le")) // 2 > LONGEST:
            raise Refusal(400, "INVALID_ARGUMENT", "Reply text is too long.")
        reply = self.world.answer(request.match_info["id"], _TAG.sub("", words))
        result = {"replyText": reply.words, "lastEdited": timestamp(reply.changed)}
        return web.json_response({"result": result})


def timestamp(at: datetime) -> dict[str, object]:
    return {"seconds": str(int(at.timestamp())), "nanos": at.microsecond * 1000}


def shape(one: Review) -> dict[str, object]:
    text = f"{one.title}\t{one.words}" if one.title else one.words
    theirs: dict[str, object] = {
        "text": text,
        "lastModified": timestamp(one.changed),
        "starRating": one.stars,
        "reviewerLanguage": "en",
        "device": "shiba",
        "androidOsVersion": 34,
        "appVersionName": "4.2.0",
        "thumbsUpCount": 0,
        "deviceMetadata": {"productName": "shiba (Pixel 8)"},
    }
    comments: list[object] = [{"userComment": theirs | one.more}]
    if one.reply is not None:
        ours = {"text": one.reply.words, "lastModified": timestamp(one.reply.changed)}
        comments.append({"developerComment": ours})
    shown: dict[str, object] = {"reviewId": one.id, "comments": comments}
    return shown | ({"authorName": one.author} if one.author else {})
