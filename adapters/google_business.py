"""Reviews of a business on Google Maps (Google Business Profile): its calls. What all shops of reviews have in common
is in `reviews`.

Settings and capabilities are in `google_business_settings`, what Google says is read in `google_business_read`. Where
from: developers.google.com/my-business, the reference of v4, in which reviews still live (2026).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.google_business_read import read_reply, read_review, read_reviews
from adapters.google_business_settings import CAPABILITIES, Settings
from adapters.google_errors import read_error
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, certainty, good_body, utc_now
from adapters.keeping import Keeper
from adapters.oauth import Access, Grant, Tokens
from adapters.posts import Author, Unit
from adapters.quoting import quoted
from adapters.reviews import Reviews
from adapters.reviews_values import Answer as Standing
from adapters.reviews_values import Page, Review
from adapters.settings import SettingError
from adapters.waits import read_wait

SCOPE = "https://www.googleapis.com/auth/business.manage"
PAGE = 50  # the most that pageSize takes
MAY_NOT = (
    "This Google account may not answer reviews there: it must be an owner or manager of the profile, which must be "
    "verified, and Google must have let the project use the API."
)
REMARK = "Google looks at an answer before it shows it, and may reject it."


class GoogleBusiness(Reviews):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "google_business"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES
    unit: ClassVar[Unit] = Unit.BYTES
    remark: ClassVar[str] = REMARK

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How an account is connected: developers.google.com/identity/protocols/oauth2/web-server, 2026."""
        if settings.token:
            return None
        for key in ("client_id", "client_secret"):
            if not getattr(settings, key):
                raise SettingError(key, "is missing: make an OAuth client for web in the Google Cloud console.")
        return Grant(
            authorise=f"{settings.accounts_server.rstrip('/')}/o/oauth2/v2/auth",
            token=f"{settings.token_server.rstrip('/')}/token",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=(SCOPE,),
            # Without these two Google gives a refresh token at the very first consent only, or none.
            extra={"access_type": "offline", "prompt": "consent"},
        )

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        connected = bool(settings.client_id and settings.client_secret)
        grant = self.grant(settings) if connected else None
        access = Access(grant, keeper, clock=clock, given=settings.token)
        super().__init__(settings, Maps(settings, access, clock=clock), clock=clock)


class Maps:
    """The calls, as `reviews.Shop` wants them."""

    def __init__(self, settings: Settings, access: Access, *, clock: Clock) -> None:
        self._http = Http(settings.server, headers={"User-Agent": "Twoway"}, clock=clock)
        self._access = access
        self._location = settings.location
        self._at = f"/v4/accounts/{settings.account}/locations/{settings.location}"
        self._place = ""
        self._clock = clock

    async def open(self) -> Author:
        """Whether we may read there, and what the business is called."""
        answer = await self._ask("")
        if answer.status == 404:
            raise AuthFailed("Google knows no such account and location, or not for this Google account.")
        body = good_body(answer, "location")
        entry = body if isinstance(body, dict) else {}
        name, metadata = entry.get("locationName"), entry.get("metadata")
        page = metadata.get("mapsUrl") if isinstance(metadata, dict) else None
        if isinstance(page, str) and page.startswith("https://"):
            self._place = page
        title = name if isinstance(name, str) and name.strip() else f"location {self._location}"
        return Author(ref=f"location:{self._location}", handle=self._location, name=title, url=self._place or None)

    async def close(self) -> None:
        await self._access.close()
        await self._http.close()

    async def page(self, more: str) -> Page:
        asked = [("pageSize", str(PAGE)), ("orderBy", "updateTime desc"), *([("pageToken", more)] if more else [])]
        answer = await self._ask("/reviews", asked)
        return read_reviews(good_body(answer, "reviews"), place=await self._page())

    async def one(self, id: str) -> Review | None:
        answer = await self._ask(f"/reviews/{quote(id, safe='')}")
        if answer.status in (400, 404):  # 400: no id that could be one
            return None
        return read_review(good_body(answer, "review"), place=await self._page())

    async def put(self, review: Review, words: str, limit: timedelta) -> Standing:
        answer = await self._write("PUT", review, limit, {"comment": words})
        try:
            return read_reply(answer.body)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def remove(self, review: Review, limit: timedelta) -> None:
        try:
            await self._write("DELETE", review, limit, None)
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    # Inside

    async def _page(self) -> str:
        """Where reviews can be seen; asked for once."""
        if not self._place:
            await self.open()
            self._place = self._place or f"https://business.google.com/n/{self._location}/reviews"
        return self._place

    async def _ask(self, path: str, params: Params = ()) -> Answer:
        """A question; its answer may be a 4xx that concerns what was asked for."""
        tokens = await self._access.current()
        try:
            answer = await self._http.get(self._at + path, params, headers=_bearer(tokens))
        except AuthFailed:
            tokens = await self._access.renew(tokens)
            answer = await self._http.get(self._at + path, params, headers=_bearer(tokens))
        status, said = read_error(answer.body)
        if status == "RESOURCE_EXHAUSTED":
            raise Throttled(read_wait(answer.headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
        if answer.status == 403:
            raise AuthFailed(MAY_NOT + quoted(said))
        return answer

    async def _write(self, method: str, review: Review, limit: timedelta, body: dict[str, object] | None) -> Answer:
        """One call. Its token is the one of the reading before, as a rule."""
        try:
            tokens = await self._access.current()
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, "Google gave us no token.") from error
        path = f"{self._at}/reviews/{quote(review.id, safe='')}/reply"
        try:
            return await self._http.write_once(
                method, path, body=body, headers=_bearer(tokens), limit=limit, judge=judge
            )
        except Stale as stale:
            try:
                await self._access.renew(tokens)
            except AuthFailed as error:
                raise Refused(Reason.AUTH, error.sentence) from error
            except (Unreachable, Malformed):
                pass  # the next try renews it
            raise Throttled(self._clock() + timedelta(seconds=1), "Google asks for a new token.") from stale


class Stale(Throttled):
    """The token is not taken; nothing was done."""


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer to a write means."""
    status, said = read_error(answer.body)
    more = quoted(said)
    if status == "RESOURCE_EXHAUSTED":
        return Throttled(read_wait(answer.headers, now) or now + WAIT_WITHOUT_HEADER)
    if answer.status == 401:
        return Stale(now + timedelta(seconds=1))
    if answer.status == 403:
        return Refused(Reason.NOT_ALLOWED, MAY_NOT + more)
    if answer.status == 404:
        return Refused(Reason.GONE, "The review, or what stood under it, is not there any more.")
    if answer.status == 400:
        return Refused(Reason.INVALID, "Google finds this answer invalid." + more)
    return certainty(answer, now)


def _bearer(tokens: Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.access}"}


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `GoogleBusiness` against the contract."""
    return GoogleBusiness(settings)
