"""Meta's Graph API as every platform on it needs it: calls with token and proof, errors told by code, lists, usage.

What the nodes mean (comments, media, threads) is left to the platforms. Where from: developers.facebook.com/docs/
graph-api, guides error-handling, results and overview/rate-limiting, 2026; codes from memory are marked so.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Answer, Clock, Http, Judge, Pacer, Params, certainty, utc_now
from adapters.payload import read_list, read_object
from adapters.quoting import one_line, quoted
from adapters.waits import LONGEST_WAIT, read_wait

Token = Callable[[], Awaitable[str]]

AGENT = {"User-Agent": "Twoway"}
MOST_PAGES = 1000  # a guard against a list without an end
WAIT = timedelta(minutes=5)  # where a limit does not say when it ends: usage is counted over a rolling hour
SLOW_FROM = 80  # percent of the limit from which on we ask less often; a choice of ours
READ_TO = 95  # percent from which on only replies are sent

# Rate limits. 80000 and above are one a use case (docs/graph-api/overview/rate-limiting).
THROTTLES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
# The call may have done its work: a failure inside, a duplicate of what stands there, an answer that was given.
UNSURE = frozenset({1, 2, 506, 10900})  # 10900 (a private reply was sent already): from memory
EXPIRED = frozenset({102, 190})
MISSING_SUBCODES = frozenset({33})
_TOKEN = "Meta does not accept our token any more: connect the account anew, or make a new token and set it."
_TOKEN_WHY: Mapping[int, str] = {
    458: "The person who connected the account has removed the app: connect it anew.",
    459: "Facebook asks the person who connected the account to sign in there first; then connect it anew.",
    460: "The person who connected the account has changed their password: connect it anew.",
    463: "Our token has expired: connect the account anew.",
    464: "Facebook has not confirmed the person who connected the account: they sign in there, then connect it anew.",
    467: "Our token was taken back: connect the account anew.",
}
_PERMISSION = "Meta does not let this app do that for this account: look at its permissions and its access level."
_REFUSALS: Mapping[int, tuple[Reason, str]] = {
    3: (Reason.NOT_ALLOWED, "This app does not have that ability at Meta."),
    10: (Reason.NOT_ALLOWED, _PERMISSION),
    100: (Reason.INVALID, "Meta finds this reply invalid."),
    368: (Reason.NOT_ALLOWED, "Meta has blocked this account from answering for now, for what its policies say."),
    551: (Reason.NOT_ALLOWED, "This person cannot be written to now."),
    803: (Reason.GONE, "The post we answer is not there any more."),
    10903: (Reason.NOT_ALLOWED, "This person cannot be answered privately."),  # from memory
}
_BY_SUBCODE: Mapping[tuple[int, int], tuple[Reason, str]] = {
    (100, 33): (Reason.GONE, "The post we answer is not there any more, or not for us."),
    (10, 2018278): (Reason.CLOSED, "The time in which this person can be written to is over."),
    (10, 1893063): (Reason.NOT_ALLOWED, "Meta has restricted this page's messages for now."),
    (100, 2018001): (Reason.GONE, "Meta knows no such person any more."),
}


@dataclass(frozen=True, slots=True)
class GraphError:
    """What a body says about an error. `said` are Meta's words, for people."""

    code: int
    subcode: int
    transient: bool
    said: str

    @property
    def missing(self) -> bool:
        """The object is deleted, or not for us: Meta does not say which."""
        return self.code == 803 or (self.code == 100 and self.subcode in MISSING_SUBCODES)

    @property
    def forbidden(self) -> bool:
        return self.code == 10 or 200 <= self.code <= 299 or self.code == 3


class NotThere(Unreachable):
    """Reading: the object is deleted, or not for us."""


class NotPermitted(AuthFailed):
    """Reading: the token is good, and does not reach this."""


class NotOffered(Unreachable):
    """Reading: this version of the API does not have that (any more)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of our limits is used: the worst of them in percent, and when a call may pass again."""

    percent: float = 0
    regain: timedelta = timedelta(0)


class UsagePacer(Pacer):
    """Paces by what the usage headers say; what is left of the limit belongs to replies."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._now = clock
        self._usage = Usage()
        self._stop: datetime | None = None

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        super().hear(status, headers)
        usage = read_usage(headers)
        if usage is None:
            return
        self._usage = usage
        high = usage.percent >= READ_TO or usage.regain > timedelta(0)
        self._stop = self._now() + (usage.regain or WAIT) if high else None

    def wait_until(self, *, writing: bool) -> datetime | None:
        if self._stop is not None and self._stop > self._now():
            full = self._usage.percent >= 100 or self._usage.regain > timedelta(0)
            if full or not writing:
                return self._stop
        return super().wait_until(writing=writing)

    @property
    def slowness(self) -> float:
        """By how much to stretch the pauses between two rounds of asking: 1 to 5."""
        return 1 + max(0.0, min(self._usage.percent, 100.0) - SLOW_FROM) / 5


class Graph:
    """Calls of one account to `server/version`. Errors of reading and of writing are those of `Http`, told by code.

    `token` gives the one to use now, whoever renews it. With the app's secret each call carries its proof.
    """

    def __init__(
        self, server: str, *, version: str, token: Token, app_secret: str = "", clock: Clock = utc_now
    ) -> None:
        self._http = Http(f"{server.rstrip('/')}/{version.strip('/')}", headers=AGENT, clock=clock)
        self._pacer = UsagePacer(clock)
        self._http.pacer = self._pacer
        self._token = token
        self._secret = app_secret
        self._clock = clock

    @property
    def slowness(self) -> float:
        return self._pacer.slowness

    async def close(self) -> None:
        await self._http.close()

    async def get(self, path: str, params: Params = (), *, token: str | None = None) -> object:
        """The JSON of a good answer. `NotThere`, `NotPermitted` and `NotOffered` besides what reading raises."""
        held = token or await self._token()
        answer = await self._http.get(path, [*params, *self._proof(held)], headers=_bearer(held))
        if answer.good and answer.is_json:
            return answer.body
        raise _failure(answer, self._clock())

    async def pages(self, path: str, params: Params = (), *, key: str = "data") -> AsyncIterator[Sequence[object]]:
        """A list page by page, in the server's order, for as long as somebody asks for the next one."""
        asked = list(params)
        seen: set[tuple[tuple[str, str], ...]] = set()
        for _ in range(MOST_PAGES):
            items, following = read_page(await self.get(path, asked), key)
            yield items
            if following is None or following in seen:
                return
            seen.add(following)
            asked = list(following)

    async def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        limit: timedelta,
        meaning: Judge | None = None,
    ) -> Mapping[str, object]:
        """One call, repeated by nobody: the answer of a server that took it. Else `Refused`, `Throttled` or `Lost`.

        `meaning`: what an error says where a platform knows more of it than `judge`.
        """
        meaning = meaning or judge
        held = await self._token()
        answer = await self._http.write_once(
            method, path, params=self._proof(held), body=body, headers=_bearer(held), limit=limit, judge=meaning
        )
        if read_error(answer.body) is not None:  # a 200 with an error inside was seen by others
            raise meaning(Answer(400, answer.headers, answer.body, answer.is_json), self._clock())
        if not isinstance(answer.body, dict):
            raise Lost("accepted, but the answer cannot be read")
        return answer.body

    def _proof(self, token: str) -> list[tuple[str, str]]:
        return [("appsecret_proof", proof_of(token, self._secret))] if self._secret else []


def proof_of(token: str, app_secret: str) -> str:
    """What shows Meta that the call comes from our server (docs/graph-api/guides/secure-requests)."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer that is no success says about a write: by Meta's code where there is one, else by its status."""
    error = read_error(answer.body)
    if error is None or answer.status == 429:
        return certainty(answer, now) if error is None else Throttled(until_of(answer.headers, now))
    if error.code in THROTTLES:
        return Throttled(until_of(answer.headers, now))
    if error.code in UNSURE or error.transient or not 400 <= answer.status < 500:
        return Lost(f"Meta answered with its error {error.code}")
    if error.code in EXPIRED:
        return Refused(Reason.AUTH, _TOKEN_WHY.get(error.subcode, _TOKEN))
    found = _BY_SUBCODE.get((error.code, error.subcode)) or _REFUSALS.get(error.code)
    if found is None:
        found = (Reason.NOT_ALLOWED, _PERMISSION) if error.forbidden else (Reason.OTHER, "Meta refused this reply.")
    reason, sentence = found
    return Refused(reason, sentence + quoted(error.said))


def _failure(answer: Answer, now: datetime) -> Exception:
    """What an answer that is no success says about a read."""
    error = read_error(answer.body)
    if error is None:
        return Unreachable(f"Meta answered {answer.status}") if not answer.good else Malformed("answer", "JSON")
    if error.code in THROTTLES:
        return Throttled(until_of(answer.headers, now))
    if error.code in EXPIRED:
        return AuthFailed(_TOKEN_WHY.get(error.subcode, _TOKEN))
    if error.missing:
        return NotThere(f"Meta's error {error.code}/{error.subcode}")
    if error.forbidden:
        return NotPermitted(_PERMISSION + quoted(error.said))
    if error.code == 12:
        return NotOffered("this version of the Graph API does not have it any more")
    if error.code == 100 and "appsecret_proof" in error.said:  # the one error that only its words tell
        return AuthFailed("The app's secret is not the one of the app that made our token: set the right one.")
    return Unreachable(f"Meta's error {error.code}/{error.subcode}")


def until_of(headers: Mapping[str, str], now: datetime) -> datetime:
    """Until when a limit lasts: by `Retry-After`, by the usage headers, else `WAIT`."""
    usage = read_usage(headers)
    regain = usage.regain if usage is not None else timedelta(0)
    return read_wait(headers, now) or now + min(regain or WAIT, LONGEST_WAIT)


def read_error(body: object) -> GraphError | None:
    """The error in a body, if it is one of Meta's."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return None
    code, subcode = error.get("code"), error.get("error_subcode")
    said = error.get("error_user_msg") or error.get("message")
    return GraphError(
        code=code if isinstance(code, int) else 0,
        subcode=subcode if isinstance(subcode, int) else 0,
        transient=error.get("is_transient") is True,
        said=one_line(said),
    )


def read_usage(headers: Mapping[str, str]) -> Usage | None:
    """The worst of what `X-App-Usage`, `X-Page-Usage` and `X-Business-Use-Case-Usage` say; None: they say nothing.

    Percent in every field but `estimated_time_to_regain_access`, which is in minutes.
    """
    found: list[Mapping[str, object]] = []
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        try:
            value: object = json.loads(headers.get(name, "null"))
        except (ValueError, RecursionError):
            continue
        if not isinstance(value, dict):
            continue
        inside = [item for items in value.values() if isinstance(items, list) for item in items]
        found += [item for item in (value, *inside) if isinstance(item, dict)]
    if not found:
        return None
    percents = [_number(item.get(key)) for item in found for key in ("call_count", "total_time", "total_cputime")]
    minutes = max(_number(item.get("estimated_time_to_regain_access")) for item in found)
    return Usage(max(percents), min(timedelta(minutes=minutes), LONGEST_WAIT))


def _number(value: object) -> float:
    """A number that can be reckoned with: not negative, at most a week of minutes."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:  # NaN is none
        return 0
    return min(float(value), 10_080.0)


def read_page(value: object, key: str = "data") -> tuple[Sequence[object], tuple[tuple[str, str], ...] | None]:
    """A page of a list: its items, unread, and what to ask for the next one.

    `paging.next` is an address that holds our token: only its parameters are taken, without token and proof.
    """
    entry = read_object(value, "page")
    items = read_list(entry.get(key), f"page {key}")
    paging = entry.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    if not isinstance(following, str):
        return items, None
    try:
        asked = parse_qsl(urlsplit(following).query, keep_blank_values=True)
    except ValueError:
        raise Malformed("page next", "an address") from None
    ours = {"access_token", "appsecret_proof"}
    return items, tuple((name, said) for name, said in asked if name not in ours) or None


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
