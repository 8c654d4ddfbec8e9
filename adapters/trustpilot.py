"""Reviews of a business on Trustpilot: its calls and webhooks. What all shops of reviews share is in `reviews`.

Settings and capabilities are in `trustpilot_settings`, what Trustpilot says is read in `trustpilot_read`. Where from:
documentation-apidocumentation.trustpilot.com, 2026.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from adapters.capabilities import Capabilities, Hears, Notices
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled
from adapters.http import Answer, Clock, Http, Params, certainty, good_body, utc_now
from adapters.keeping import Keeper
from adapters.own_tokens import OwnTokens
from adapters.posts import Author, Edited, Heard, Hook, HookAnswer, Posted, PostRef, Removed, Visibility
from adapters.quoting import quoted
from adapters.reviews import Reviews
from adapters.reviews_values import Answer as Standing
from adapters.reviews_values import Page, Review
from adapters.trustpilot_read import Event, Happened, read_events, read_review, read_reviews, read_said, read_unit
from adapters.trustpilot_settings import CAPABILITIES, Settings

log = logging.getLogger(__name__)

TOKEN = "/v1/oauth/oauth-business-users-for-applications/accesstoken"
PAGE = 100
REFUSED = "Trustpilot does not take the API key and its secret."
MAY_NOT = (
    "Trustpilot does not let this application do that: the plan must include the API, and the business user must "
    "belong to the business unit."
)


class Trustpilot(Reviews):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "trustpilot"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its key comes from the settings and does not end
        super().__init__(settings, Unit(settings, clock=clock), clock=clock)
        self._secret = settings.hook_secret

    @property
    def can(self) -> Capabilities:
        declared = super().can
        if self._secret:
            return declared
        asks = frozenset({Hears.POLL})
        return replace(declared, hears=asks, sees_edits=Notices.POLL, sees_deletions=Notices.POLL)

    def notes(self) -> tuple[str, ...]:
        if self._secret:
            return ()
        return ("Without a hook_secret Trustpilot's webhooks are not taken: reviews are heard by asking only.",)

    async def hook(self, request: Hook) -> HookAnswer:
        """Trustpilot signs nothing that it documents. So only who knows the secret address is listened to, and of what
        they say only which review to ask for."""
        if not self._secret:
            return HookAnswer(status=404, body=b"unknown path")
        if not hmac.compare_digest(request.path.strip("/").encode(), self._secret.encode()):
            raise AuthFailed("The address does not end with the secret.")
        if request.method != "POST":
            return HookAnswer(status=405, body=b"POST only")
        try:
            body: object = json.loads(request.body)
        except (ValueError, RecursionError):
            raise Malformed("webhook", "JSON") from None
        heard = [await self._now(event) for event in read_events(body)]
        return HookAnswer(status=200, heard=tuple(one for one in heard if one is not None))

    async def _now(self, event: Event) -> Heard | None:
        review = await self._one(event.id)
        if review is None:
            return Removed(PostRef(event.id)) if event.happened is Happened.DELETED else None
        post = self._memory.post(review)
        return Posted(post) if event.happened is Happened.CREATED else Edited(post)


class Unit:
    """The calls, as `reviews.Shop` wants them."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        pair = base64.b64encode(f"{settings.api_key}:{settings.api_secret}".encode()).decode()
        self._tokens = OwnTokens(
            settings.server,
            TOKEN,
            form=lambda: {"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {pair}"},
            refused=REFUSED,
            clock=clock,
        )
        self._http = Http(settings.server, headers={"User-Agent": "Twoway", "apikey": settings.api_key}, clock=clock)
        self._settings = settings
        self._list = f"/v1/private/business-units/{settings.business_unit}/reviews"
        self._clock = clock

    async def open(self) -> Author:
        """Whether the key is taken and the reviews are ours to read; and what the business is called."""
        unit = self._settings.business_unit
        answer = await self._ask(self._list, [("perPage", "1")])
        if answer.status == 404:
            raise AuthFailed(f"Trustpilot knows no business unit {unit}, or not for this application.")
        good_body(answer, "reviews")
        about = await self._ask(f"/v1/business-units/{unit}")
        entry = about.body if about.good and isinstance(about.body, dict) else {}
        title = entry.get("displayName")
        name = title if isinstance(title, str) and title.strip() else f"business unit {unit}"
        return Author(ref=f"unit:{unit}", handle=unit, name=name)

    async def close(self) -> None:
        await self._tokens.close()
        await self._http.close()

    async def page(self, more: str) -> Page:
        number = int(more or "1")
        asked = [("orderBy", "createdat.desc"), ("perPage", str(PAGE)), ("page", str(number))]
        answer = await self._ask(self._list, asked)
        return read_reviews(good_body(answer, "reviews"), page=number, most=PAGE)

    async def one(self, id: str) -> Review | None:
        answer = await self._ask(f"/v1/private/reviews/{quote(id, safe='')}")
        if answer.status in (400, 404):  # 400: no id that could be one
            return None
        body = good_body(answer, "review")
        if read_unit(body) not in ("", self._settings.business_unit):
            log.info("a review of somebody else's was asked for")
            return None
        return read_review(body)

    async def put(self, review: Review, words: str, limit: timedelta) -> Standing:
        """What is answered is not documented: 2xx is a yes, and the words are looked at afterwards."""
        body = {"message": words, "authorBusinessUserId": self._settings.business_user}
        await self._write("POST", review, limit, body)
        return Standing(words=words, at=self._clock(), shown=Visibility.VISIBLE)

    async def remove(self, review: Review, limit: timedelta) -> None:
        try:
            await self._write("DELETE", review, limit, None)
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    # Inside

    async def _ask(self, path: str, params: Params = ()) -> Answer:
        """A question; its answer may be a 4xx that concerns what was asked for."""
        token = await self._tokens.current()
        try:
            answer = await self._http.get(path, params, headers=self._headers(token))
        except AuthFailed:
            self._tokens.stale(token)
            answer = await self._http.get(path, params, headers=self._headers(await self._tokens.current()))
        if answer.status == 403:
            raise AuthFailed(MAY_NOT + quoted(read_said(answer.body)))
        return answer

    async def _write(self, method: str, review: Review, limit: timedelta, body: Mapping[str, object] | None) -> None:
        token = await self._tokens.for_a_call()
        path = f"/v1/private/reviews/{quote(review.id, safe='')}/reply"
        headers = self._headers(token)
        try:
            await self._http.write_once(method, path, body=body, headers=headers, limit=limit, judge=judge)
        except Stale:
            self._tokens.stale(token)
            raise

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "x-business-user-id": self._settings.business_user}


class Stale(Throttled):
    """The token is not taken; nothing was done."""


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer to a write means."""
    more = quoted(read_said(answer.body))
    if answer.status == 401:
        return Stale(now + timedelta(seconds=1), "Trustpilot asks for a new token.")
    if answer.status == 403:
        return Refused(Reason.NOT_ALLOWED, MAY_NOT + more)
    if answer.status == 404:
        return Refused(Reason.GONE, "The review, or what stood under it, is not there any more.")
    if answer.status in (400, 422):
        return Refused(Reason.INVALID, "Trustpilot finds this answer invalid." + more)
    return certainty(answer, now)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Trustpilot` against the contract."""
    return Trustpilot(settings)
