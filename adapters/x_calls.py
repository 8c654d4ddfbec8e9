"""Calls of one account to X: each is signed, paid for in the ledger, and its outcome told by what X says.

Limits are counted for each kind of call. What a good answer means is `x_read`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, certainty
from adapters.keeping import Keeper, Spent
from adapters.oauth import Access, Tokens
from adapters.payload import JSON
from adapters.quoting import quoted, unquoted
from adapters.x_read import Problem, read_problems
from adapters.x_signing import Keys, header

AGENT = {"User-Agent": "Twoway"}
NO_CREDIT = "The X app has no credits left, or has met its spending limit: look at both in X's developer console."
WRONG_KEYS = "X does not accept the account's keys: make new ones, and set them."
DUPLICATE = "X says that these words stand there already"
# What a refusal says, in X's own words: it gives no other sign (all are "about:blank" with a 403 or 400). Where the
# words have changed, a refusal counts as one, and the protocol looks wherever an earlier attempt may have arrived.
_SAYS: tuple[tuple[str, Reason, str], ...] = (
    ("only reply to or quote", Reason.NOT_ALLOWED, "X lets apps answer only where the author mentioned or quoted us."),
    ("deleted or not visible", Reason.GONE, "The post we answer is not there any more, or not for us."),
    ("suspended", Reason.AUTH, "X has suspended this account: sign in to it there."),
    ("account is temporarily locked", Reason.AUTH, "X has locked this account: sign in to it there."),
    ("restricted who can reply", Reason.NOT_ALLOWED, "The author lets only some people answer."),
    ("not permitted to perform this action", Reason.NOT_ALLOWED, "X does not let this account answer there."),
    ("too long", Reason.TOO_LONG, "X says that this is too long."),
)


class Kind(Enum):
    """Calls that X counts together."""

    ME = "me"
    LOOKUP = "lookup"
    MENTIONS = "mentions"
    TIMELINE = "timeline"
    SEARCH = "search"
    POST = "post"
    DELETE = "delete"
    WATCH = "watch"


class Stale(Throttled):
    """The access token is not taken; nothing was done."""


class Calls:
    """Reading and writing as our account. Errors are those of `Http`."""

    def __init__(self, server: str, *, keys: Keys | None, access: Access, keeper: Keeper, clock: Clock) -> None:
        self._server = server.rstrip("/")
        self._keys = keys
        self._access = access
        self._keeper = keeper
        self._clock = clock
        self._https = {kind: Http(server, headers=AGENT, clock=clock) for kind in Kind}

    async def close(self) -> None:
        for http in self._https.values():
            await http.close()
        await self._access.close()

    async def ask(self, kind: Kind, path: str, params: Params = ()) -> Answer:
        """A good answer, or a 4xx that tells of the thing that was asked for. A token that ended is renewed, once."""
        if (keys := self._keys) is not None:
            return _readable(
                await self._https[kind].get(path, params, sign=lambda: self._signed(keys, "GET", path, params))
            )
        tokens = await self._access.current()
        try:
            return _readable(await self._https[kind].get(path, params, headers=_bearer(tokens)))
        except AuthFailed:
            tokens = await self._access.renew(tokens)
        return _readable(await self._https[kind].get(path, params, headers=_bearer(tokens)))

    async def pay(self, price: Decimal, count: int = 1) -> None:
        """One call, and what `count` things cost in it."""
        await self._keeper.spend(Spent(calls=1, money=price * count), at=self._clock())

    async def write(
        self,
        kind: Kind,
        method: str,
        path: str,
        *,
        price: Decimal,
        limit: timedelta,
        body: Mapping[str, JSON] | None = None,
    ) -> Answer:
        """One call, sent once. Where the token was not taken: `Throttled`, with a new one at hand."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit.total_seconds()
        tokens: Tokens | None = None
        try:
            async with asyncio.timeout(limit.total_seconds() / 2):
                if self._keys is None:
                    tokens = await self._access.current()
                    headers = _bearer(tokens)
                else:
                    headers = self._signed(self._keys, method, path, ())
                await self.pay(price)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            detail = f"Nothing was sent yet ({type(error).__name__})."
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, detail) from error
        left = timedelta(seconds=max(0.001, end - loop.time()))
        try:
            return await self._https[kind].write_once(method, path, body=body, headers=headers, limit=left, judge=judge)
        except Stale as stale:
            if tokens is None:
                raise Refused(
                    Reason.AUTH, "X does not accept the account's keys: make new ones, and set them."
                ) from stale
            try:
                await self._access.renew(tokens)
            except AuthFailed as error:
                raise Refused(Reason.AUTH, error.sentence) from error
            except (Unreachable, Malformed) as error:
                raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"The token ended: {error}") from error
            raise Throttled(self._clock() + timedelta(seconds=1), "the token was renewed") from stale

    def _signed(self, keys: Keys, method: str, path: str, params: Params) -> dict[str, str]:
        words = header(keys, method, self._server + path, params, nonce=secrets.token_hex(16), stamp=int(time.time()))
        return {"Authorization": words}


def _bearer(tokens: Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.access}"}


def _readable(answer: Answer) -> Answer:
    """402 and 403 are about us, whatever was asked for: only a person can help."""
    if answer.status == 402 or _is_about_credit(answer):
        raise AuthFailed(NO_CREDIT)
    if answer.status == 403:
        problem = _problem(answer)
        raise AuthFailed(f"X does not let this app read that.{quoted(problem.detail or problem.title)}")
    return answer


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What X says about a write. A duplicate is no refusal: the words may be ours, from an attempt before."""
    if answer.status == 401:
        return Stale(now + timedelta(seconds=1))
    if answer.status == 402 or _is_about_credit(answer):
        return Refused(Reason.OTHER, NO_CREDIT)
    if answer.status not in (400, 403):
        return certainty(answer, now)
    problem = _problem(answer)
    said = f"{problem.title} {problem.detail}".lower()
    if "duplicate" in said:
        return Lost(DUPLICATE)
    for words, reason, sentence in _SAYS:
        if words in said:
            return Refused(reason, sentence + quoted(problem.detail))
    found = certainty(answer, now)
    if isinstance(found, Refused):
        return Refused(found.reason, unquoted(found.sentence) + quoted(problem.detail))
    return found


def _is_about_credit(answer: Answer) -> bool:
    """`usage-capped` comes with a 429 and passes only when somebody pays, or with the month."""
    kind = _problem(answer).type if 400 <= answer.status < 500 else ""
    return kind.endswith(("/usage-capped", "/credits-depleted"))


def _problem(answer: Answer) -> Problem:
    return next(iter(read_problems(answer.body)), Problem("", "", ""))
