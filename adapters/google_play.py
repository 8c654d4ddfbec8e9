"""Reviews of an app on Google Play: its calls. What all shops of reviews have in common is in `reviews`.

Settings and capabilities are in `google_play_settings`, what Google says is read in `google_play_read`, the service
account's token is in `google_service`. Where from: the androidpublisher.v3 discovery document (rev. 20261026) and
developers.google.com/android-publisher/reply-to-reviews, 2026.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled
from adapters.google_errors import read_error
from adapters.google_play_read import read_result, read_review, read_reviews
from adapters.google_play_settings import CAPABILITIES, Settings
from adapters.google_service import ServiceAccount
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, certainty, good_body, utc_now
from adapters.keeping import Keeper
from adapters.posts import Author, Unit
from adapters.quoting import quoted
from adapters.reviews import Reviews
from adapters.reviews_values import Answer as Standing
from adapters.reviews_values import Page, Review
from adapters.waits import read_wait

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
API = "/androidpublisher/v3/applications"
PAGE = 100  # the most that maxResults takes
MAY_NOT = (
    "This service account may not answer reviews of the app: in the Play Console, under Users and permissions, give "
    "it “Reply to reviews”."
)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")  # "HTML tags will be stripped": discovery document, ReviewsReplyRequest


class GooglePlay(Reviews):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "google_play"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES
    unit: ClassVar[Unit] = Unit.WEIGHTED

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its key comes from the settings and does not end
        super().__init__(settings, Play(settings, clock=clock), clock=clock)

    def length(self, words: str) -> int:
        """In UTF-16, the larger of the ways to count characters: Google says "approximately 350"."""
        return len(words.encode("utf-16-le", "surrogatepass")) // 2

    def spoils(self, words: str) -> str:
        found = _TAG.search(words)
        return f"Google Play takes out what looks like HTML: “{found[0][:60]}”." if found else ""


class Play:
    """The calls, as `reviews.Shop` wants them."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._http = Http(settings.server, headers={"User-Agent": "Twoway"}, clock=clock)
        self._access = ServiceAccount(settings.key, SCOPE, clock=clock).tokens(settings.token_server)
        self._package = settings.package
        self._path = f"{API}/{settings.package}/reviews"
        self._clock = clock

    async def open(self) -> Author:
        """Whether the key is taken and the app is ours to read."""
        await self._ask("", [("maxResults", "1")])
        package = self._package
        page = f"https://play.google.com/store/apps/details?id={quote(package)}"
        return Author(ref=f"app:{package}", handle=package, name=package, url=page)

    async def close(self) -> None:
        await self._access.close()
        await self._http.close()

    async def page(self, more: str) -> Page:
        asked = [("maxResults", str(PAGE)), *([("token", more)] if more else [])]
        answer = await self._ask("", asked)
        return read_reviews(good_body(answer, "reviews"), package=self._package)

    async def one(self, id: str) -> Review | None:
        answer = await self._ask(f"/{quote(id, safe='')}")
        if answer.status in (400, 404):  # 400: no id that could be one
            return None
        return read_review(good_body(answer, "review"), package=self._package)

    async def put(self, review: Review, words: str, limit: timedelta) -> Standing:
        token = await self._access.for_a_call()
        try:
            answer = await self._http.write_once(
                "POST",
                f"{self._path}/{quote(review.id, safe='')}:reply",
                body={"replyText": words},
                headers=_bearer(token),
                limit=limit,
                judge=judge,
            )
        except Stale:
            self._access.stale(token)
            raise
        try:
            return read_result(answer.body)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def remove(self, review: Review, limit: timedelta) -> None:
        raise Refused(Reason.UNSUPPORTED, "Google Play lets nobody take an answer back by program, only change it.")

    # Inside

    async def _ask(self, path: str, params: Params = ()) -> Answer:
        """A question; its answer may be a 4xx that concerns what was asked for."""
        token = await self._access.current()
        try:
            answer = await self._http.get(self._path + path, params, headers=_bearer(token))
        except AuthFailed:
            self._access.stale(token)
            answer = await self._http.get(self._path + path, params, headers=_bearer(await self._access.current()))
        status, said = read_error(answer.body)
        if status == "RESOURCE_EXHAUSTED":  # also with 403, as older parts of Google answer
            raise Throttled(read_wait(answer.headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
        if answer.status == 403:
            raise AuthFailed(MAY_NOT + quoted(said))
        if answer.status == 404 and not path:
            raise AuthFailed(f"Google Play knows no app {self._package}, or not for this service account.")
        return answer


class Stale(Throttled):
    """The token is not taken; nothing was done."""


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer to a write means."""
    status, said = read_error(answer.body)
    if status == "RESOURCE_EXHAUSTED":
        return Throttled(read_wait(answer.headers, now) or now + WAIT_WITHOUT_HEADER)
    if answer.status == 401:
        return Stale(now + timedelta(seconds=1), "Google asks for a new token.")
    if answer.status == 403:
        return Refused(Reason.NOT_ALLOWED, MAY_NOT + quoted(said))
    if answer.status == 404:
        return Refused(Reason.GONE, "The review is not there any more.")
    if answer.status == 400:
        return Refused(Reason.INVALID, "Google Play finds this answer invalid." + quoted(said))
    return certainty(answer, now)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `GooglePlay` against the contract."""
    return GooglePlay(settings)
