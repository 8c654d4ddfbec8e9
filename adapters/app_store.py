"""Reviews of an app in Apple's App Store: its calls. What all shops of reviews have in common is in `reviews`.

Settings and capabilities are in `app_store_settings`, what Apple says is read in `app_store_read`. Where from: the
OpenAPI description of App Store Connect, 4.4.1 (2026-07), and developer.apple.com on tokens and rate limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

import jwt

from adapters.app_store_read import RESPONSES, read_error, read_made, read_one, read_page
from adapters.app_store_settings import CAPABILITIES, Settings
from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled
from adapters.http import Answer, Clock, Http, Params, certainty, good_body, utc_now
from adapters.keeping import Keeper
from adapters.posts import Author
from adapters.quoting import quoted
from adapters.reviews import Reviews
from adapters.reviews_values import Answer as Standing
from adapters.reviews_values import Page, Review

AUDIENCE = "appstoreconnect-v1"
LIFE = timedelta(minutes=15)  # Apple takes at most 20
PAGE = 200
KEY = "The API key is not one: put the whole .p8 file that Apple gave you into the environment."
MAY_NOT = "This API key may not answer reviews: it needs the role Customer Support, Marketing, App Manager or Admin."
REMARK = "Apple shows an answer only after a while, up to a day; until then it is pending."


class AppStore(Reviews):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "app_store"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES
    remark: ClassVar[str] = REMARK

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its key comes from the settings and does not end
        super().__init__(settings, Apple(settings, clock=clock), clock=clock)


class Apple:
    """The calls, as `reviews.Shop` wants them."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings = settings
        self._http = Http(settings.server, headers={"User-Agent": "Twoway"}, clock=clock)
        self._clock = clock
        self._signed: tuple[str, datetime] | None = None

    async def open(self) -> Author:
        """Whether the key is taken and the app is ours to read."""
        app = self._settings.app
        answer = await self._ask(self._list, [("limit", "1")])
        if answer.status == 404:
            raise AuthFailed(f"App Store Connect knows no app {app}, or not for this key.")
        good_body(answer, "reviews")
        return Author(ref=f"app:{app}", handle=app, name=f"App {app}", url=f"https://apps.apple.com/app/id{app}")

    async def close(self) -> None:
        await self._http.close()

    async def page(self, more: str) -> Page:
        asked = [("sort", "-createdDate"), ("limit", str(PAGE)), ("include", "response")]
        answer = await self._ask(self._list, [*asked, *([("cursor", more)] if more else [])])
        return read_page(good_body(answer, "reviews"), app=self._settings.app)

    async def one(self, id: str) -> Review | None:
        answer = await self._ask(f"/v1/customerReviews/{quote(id, safe='')}", [("include", "response")])
        if answer.status in (400, 404):  # 400: no id that could be one
            return None
        return read_one(good_body(answer, "review"), app=self._settings.app)

    async def put(self, review: Review, words: str, limit: timedelta) -> Standing:
        about = {"review": {"data": {"type": "customerReviews", "id": review.id}}}
        body = {"data": {"type": RESPONSES, "attributes": {"responseBody": words}, "relationships": about}}
        answer = await self._write("POST", f"/v1/{RESPONSES}", limit, body)
        try:
            return read_made(answer.body)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def remove(self, review: Review, limit: timedelta) -> None:
        assert review.answer is not None
        try:
            await self._write("DELETE", f"/v1/{RESPONSES}/{quote(review.answer.id, safe='')}", limit)
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    # Inside

    @property
    def _list(self) -> str:
        return f"/v1/apps/{self._settings.app}/customerReviews"

    async def _ask(self, path: str, params: Params) -> Answer:
        """A question; its answer may be a 4xx that concerns what was asked for."""
        headers = self._bearer()
        try:
            answer = await self._http.get(path, params, headers=headers)
        except AuthFailed as error:
            raise AuthFailed("Apple does not take the API key: look at its id, the issuer, and this clock.") from error
        if answer.status == 403:
            raise AuthFailed(MAY_NOT + quoted(read_error(answer.body)[1]))
        return answer

    async def _write(
        self, method: str, path: str, limit: timedelta, body: Mapping[str, object] | None = None
    ) -> Answer:
        try:
            headers = self._bearer()
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        return await self._http.write_once(method, path, body=body, headers=headers, limit=limit, judge=judge)

    def _bearer(self) -> dict[str, str]:
        now = self._clock()
        if self._signed is None or now >= self._signed[1]:
            self._signed = self._token(now), now + LIFE - timedelta(minutes=1)
        return {"Authorization": f"Bearer {self._signed[0]}"}

    def _token(self, now: datetime) -> str:
        given = self._settings
        who = {"iss": given.issuer} if given.issuer else {"sub": "user"}  # an individual key names nobody else
        said = {**who, "aud": AUDIENCE, "iat": int(now.timestamp()), "exp": int((now + LIFE).timestamp())}
        try:
            return jwt.encode(said, given.key, algorithm="ES256", headers={"kid": given.key_id})
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise AuthFailed(KEY) from error


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer to a write means. With 409 Apple says also that what was sent is wrong: that is a no; any other
    conflict may be with our own earlier try."""
    code, said = read_error(answer.body)
    more = quoted(said)
    if answer.status == 409 and code.startswith("ENTITY_ERROR"):
        return Refused(Reason.INVALID, "Apple finds this answer invalid." + more)
    if answer.status == 401:
        return Refused(Reason.AUTH, "Apple does not take the API key any more." + more)
    if answer.status == 403:
        return Refused(Reason.NOT_ALLOWED, MAY_NOT + more)
    if answer.status == 404:
        return Refused(Reason.GONE, "The review, or what stood under it, is not there any more.")
    if answer.status in (400, 422):
        return Refused(Reason.INVALID, "Apple finds this answer invalid." + more)
    return certainty(answer, now)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `AppStore` against the contract."""
    return AppStore(settings)
