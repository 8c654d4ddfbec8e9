"""OAuth 2.0 for platforms that ask for it: a person's consent, the tokens it brings, and their renewal.

A platform declares as data how it is connected (`Grant`), and asks `Access` for the token to call with. Where tokens
are stored is left to a `Keeper`; showing a person the address and hearing the answer, to `twoway connect`.
Where from: RFC 6749 (codes, renewal), RFC 7636 (PKCE), RFC 9700 (what to beware of).

    class Acme:
        @staticmethod
        def grant(settings: Settings) -> Grant | None: ...       # None: with these settings it is a plain token

        def __init__(self, settings, keeper=None, *, clock=utc_now):
            self._access = Access(self.grant(settings), keeper, clock=clock, given=settings.token)

        ... tokens = await self._access.current()                 # before every call
        ... tokens = await self._access.renew(tokens)             # the server said 401: once, then give up
        ... await self._access.close()
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import READ_LIMIT, Answer, Clock, Http, Params, certainty, platform_words, utc_now
from adapters.keeping import Forgetful, Keeper
from adapters.markup import is_web_address
from adapters.quoting import quoted
from adapters.tokens import Tokens, read_kept, read_tokens

__all__ = [
    "Access",
    "Ask",
    "Begun",
    "Grant",
    "Proof",
    "Step",
    "Tokens",
    "begin",
    "finish",
    "keep",
    "read_kept",
    "read_tokens",
]

log = logging.getLogger(__name__)

EARLY = timedelta(minutes=5)  # so long before an access token ends it is renewed, unless the grant says otherwise
# After a renewal that failed while the token still lives, the next try is not sooner.
TRY_AGAIN = timedelta(minutes=1)
# A refresh token that was refused is not tried again before, unless somebody connects the account.
REFUSED_FOR = timedelta(minutes=10)

AGAIN = "Somebody has to connect this account again: `twoway connect` with its name."
NOT_CONNECTED = "Nobody has connected this account yet: `twoway connect` with its name."
_REFUSED: Mapping[str, str] = {
    # RFC 6749, 5.2, and what Google and Reddit call the same.
    "invalid_grant": f"Our access was withdrawn there, or it has ended. {AGAIN}",
    "invalid_client": "The platform does not take our client id and secret: look at both, where its app is made.",
    "unauthorized_client": "The app there may not do this: look at its type and permissions, where it is made.",
    "redirect_uri_mismatch": "Our callback address is not among those of the app: add it there, to the letter.",
    "invalid_scope": "The app there has not all the permissions that we ask for.",
}


# What a call carries that no sentence may show, though platforms quote it: "Malformed access token …" (Meta).
_SECRETS = frozenset(
    {"access_token", "appsecret_proof", "client_secret", "code", "code_verifier", "fb_exchange_token", "refresh_token"}
)


#: What is shorter is a word as any other: nobody's secret, and a part of many sentences.
SHORTEST = 6


class Proof(Enum):
    """How we prove at the token address which app we are."""

    BODY = "body"  # client_id, and client_secret where there is one, among the words
    BASIC = "basic"  # as user and password


class Ask(Protocol):
    """One call of a `Step`, sent once. Answers are the JSON of 2xx; the errors are those of reading."""

    async def __call__(
        self,
        method: str,
        address: str,
        *,
        params: Params = (),
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> object: ...


#: What a platform does besides what OAuth says: (ask, tokens so far, now) -> tokens to keep.
Step = Callable[[Ask, Tokens, datetime], Awaitable[Tokens]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How an account is connected. ValueError for an address that would carry tokens in the clear."""

    authorise: str  # the page where a person says yes
    token: str  # where codes and refresh tokens are exchanged
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    between_scopes: str = " "  # Meta: ","
    pkce: bool = True
    proof: Proof = Proof.BODY
    extra: Mapping[str, str] = field(default_factory=dict)  # for the page: {"access_type": "offline"}
    headers: Mapping[str, str] = field(default_factory=dict)  # of each call: a User-Agent that is asked for
    early: timedelta = EARLY  # so long before its end a token is renewed; at most half its life
    after_code: Step | None = None  # what comes after the exchange of a code: a long-lived token, a page's token
    renewal: Step | None = None  # how a token is renewed, where not by a refresh token

    def __post_init__(self) -> None:
        for address in (self.authorise, self.token):
            if not is_web_address(address) or not (address.startswith("https://") or _here(address)):
                raise ValueError(f"{address} must begin with https://, or be on this very machine")


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a person says yes, and what `finish` needs to know (it stays with us; "" without PKCE)."""

    address: str
    verifier: str = field(repr=False)


def begin(grant: Grant, *, state: str, redirect: str) -> Begun:
    """The page for a person. `state` comes back with the code: whoever keeps it, checks it."""
    asked = {
        "response_type": "code",
        "client_id": grant.client_id,
        "redirect_uri": redirect,
        "scope": grant.between_scopes.join(grant.scopes),
        "state": state,
    }
    verifier = ""
    if grant.pkce:
        verifier = secrets.token_urlsafe(48)  # 64 characters; RFC 7636, 4.1 asks for 43 to 128
        digest = hashlib.sha256(verifier.encode()).digest()
        asked["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked["code_challenge_method"] = "S256"
    words = urlencode({key: value for key, value in {**asked, **grant.extra}.items() if value}, quote_via=quote)
    return Begun(f"{grant.authorise}{'&' if '?' in grant.authorise else '?'}{words}", verifier)


async def finish(grant: Grant, *, code: str, verifier: str, redirect: str, clock: Clock = utc_now) -> Tokens:
    """The tokens for a code, with all that the platform does after it. Nothing is kept here: see `keep`.

    `AuthFailed`: refused, its sentence says why. `Unreachable`, `Throttled`, `Malformed`; none is worth a second
    try with the same code.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    if verifier:
        form["code_verifier"] = verifier
    now = clock()
    tokens = read_tokens(await _exchange(grant, form, clock), now)
    return tokens if grant.after_code is None else await grant.after_code(_asking(grant, clock), tokens, now)


async def keep(keeper: Keeper, tokens: Tokens) -> None:
    """When this returns, they are stored."""
    await keeper.keep(tokens.to_json(), ends=tokens.connect_by)


class Access:
    """Gives the tokens, whoever asks; renews them once, however many ask, on however many machines.

    `given` is a token from the environment: it wins over what is kept, and nobody renews it.
    """

    def __init__(
        self, grant: Grant | None, keeper: Keeper | None = None, *, clock: Clock = utc_now, given: str = ""
    ) -> None:
        self._grant = grant
        self._keeper = keeper or Forgetful()
        self._clock = clock
        self._given = Tokens(access=given, made=clock()) if given else None
        self._now: Tokens | None = None
        self._not_before: datetime | None = None
        self._unkept: tuple[Tokens, Tokens] | None = None  # what was renewed, and what came of it
        self._refused: tuple[Tokens, datetime, str] | None = None
        self._renewing: asyncio.Task[Tokens] | None = None

    async def current(self) -> Tokens:
        """Tokens that should do. `AuthFailed` when only a person can help; otherwise as for any reading."""
        if self._given is not None:
            return self._given
        if self._now is None:
            self._now = await self._kept()
        if not self._due(self._now):
            return self._now
        try:
            return await self._renewed(None)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            now = self._clock()
            if self._unkept is None and self._now.ends is not None and now < self._now.ends:
                log.warning("not renewed yet: %s", type(error).__name__)
                self._not_before = now + TRY_AGAIN
                return self._now
            raise

    async def renew(self, stale: Tokens) -> Tokens:
        """Others, because the server did not take `stale`; those that came meanwhile, if some did."""
        if self._given is not None:
            raise AuthFailed("The platform does not take the token from the environment: make a new one, and set it.")
        return await self._renewed(stale)

    async def close(self) -> None:
        """A renewal that has begun is finished first: what it brings must not be lost."""
        if self._renewing is not None:
            await asyncio.wait([self._renewing])

    # Inside

    def _due(self, tokens: Tokens) -> bool:
        if self._unkept is not None:
            return True
        if tokens.ends is None or self._grant is None:
            return False
        now = self._clock()
        if self._not_before is not None and now < min(self._not_before, tokens.ends):
            return False
        return now >= tokens.ends - min(self._grant.early, (tokens.ends - tokens.made) / 2)

    async def _kept(self) -> Tokens:
        words = await self._keeper.load()
        if words is None:
            raise AuthFailed(NOT_CONNECTED)
        try:
            return read_kept(words)
        except Malformed as error:
            raise AuthFailed(f"What is kept of this account cannot be read. {AGAIN}") from error

    async def _renewed(self, stale: Tokens | None) -> Tokens:
        """One renewal at a time, and whoever stops waiting for it does not end it: a refresh token opens once."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew_alone(stale))
        return await asyncio.shield(self._renewing)

    async def _renew_alone(self, stale: Tokens | None) -> Tokens:
        async with self._keeper.alone():
            kept = await self._kept()
            if self._unkept is not None and self._unkept[0] != kept:
                self._unkept = None  # somebody else brought newer ones
            if self._unkept is None:
                if kept.access != stale.access if stale is not None else not self._due(kept):
                    self._now = kept  # another machine has renewed it
                    return kept
                self._unkept = kept, await self._asked_or_refused(kept)
            fresh = self._unkept[1]
            await keep(self._keeper, fresh)
            self._now, self._unkept, self._not_before = fresh, None, None
            return fresh

    async def _asked_or_refused(self, kept: Tokens) -> Tokens:
        if self._refused is not None:
            tokens, until, sentence = self._refused
            if tokens == kept and self._clock() < until:
                raise AuthFailed(sentence)
        try:
            return await self._asked_anew(kept)
        except AuthFailed as error:
            self._refused = (kept, self._clock() + REFUSED_FOR, error.sentence)
            raise

    async def _asked_anew(self, kept: Tokens) -> Tokens:
        if self._grant is None:
            raise AuthFailed(AGAIN)
        now = self._clock()
        if self._grant.renewal is not None:
            return await self._grant.renewal(_asking(self._grant, self._clock), kept, now)
        if not kept.refresh:
            raise AuthFailed(f"The platform gave us nothing to renew our access with. {AGAIN}")
        form = {"grant_type": "refresh_token", "refresh_token": kept.refresh}
        return read_tokens(await _exchange(self._grant, form, self._clock), now, before=kept)


# Calls


def _here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _exchange(grant: Grant, form: Mapping[str, str], clock: Clock) -> object:
    headers = {}
    if grant.proof is Proof.BASIC:
        pair = f"{quote(grant.client_id, safe='')}:{quote(grant.client_secret, safe='')}"  # RFC 6749, 2.3.1
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        own = {"client_id": grant.client_id, "client_secret": grant.client_secret}
        form = {**form, **{key: value for key, value in own.items() if value}}
    return await _asking(grant, clock)("POST", grant.token, form=form, headers=headers)


def _asking(grant: Grant, clock: Clock) -> Ask:
    async def ask(
        method: str,
        address: str,
        *,
        params: Params = (),
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> object:
        # Never the reading kind: it repeats, and a code and a refresh token open once.
        parts = urlsplit(address)
        own = {"Accept": "application/json", **grant.headers}
        http = Http(f"{parts.scheme}://{parts.netloc}", headers=own, clock=clock)
        words = [*(form or {}).items(), *params]
        secret = {value for key, value in words if key in _SECRETS and value}
        secret |= {value.split()[-1] for key, value in (headers or {}).items() if key == "Authorization"}
        secret = {one for one in secret if len(one) >= SHORTEST}
        try:
            answer = await http.write_once(
                method,
                f"{parts.path}?{parts.query}" if parts.query else parts.path,
                params=params,
                form=form,
                headers=headers,
                limit=READ_LIMIT,
                judge=lambda answer, now: _judge(replace(answer, body=_without(secret, answer.body)), now),
            )
        except Refused as error:
            raise AuthFailed(error.sentence) from error
        except Lost as error:
            raise Unreachable(f"{parts.hostname}: {error.detail}") from error
        if not answer.is_json:
            raise Malformed("the answer to our tokens", "JSON")
        if isinstance(answer.body, dict) and "access_token" not in answer.body and "error" in answer.body:
            refused = _refusal(replace(answer, body=_without(secret, answer.body)))
            raise AuthFailed(refused.sentence)  # Reddit refuses with 200
        return answer.body

    return ask


def _judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    passing = error == "temporarily_unavailable" or (isinstance(error, dict) and error.get("is_transient") is True)
    if passing:
        return Lost(f"the server answered {answer.status}")
    found = certainty(answer, now)
    return _refusal(answer) if isinstance(found, Refused) else found


def _refusal(answer: Answer) -> Refused:
    """No. What it says itself stands behind our own sentence, for people."""
    body = answer.body if isinstance(answer.body, dict) else {}
    error = body.get("error")
    sentence = _REFUSED.get(error) if isinstance(error, str) else None
    said = platform_words(error if isinstance(error, dict) else {**body, "error": None} if sentence else body)
    return Refused(Reason.AUTH, (sentence or f"The platform does not give us access. {AGAIN}") + quoted(said))


def _without(secrets: Collection[str], value: object) -> object:
    """What a platform said, without what we sent it."""
    if isinstance(value, dict):
        return {key: _without(secrets, item) for key, item in value.items()}
    if isinstance(value, str):
        for secret in sorted(secrets, key=len, reverse=True):  # the longest first: none hides a part of another
            value = value.replace(secret, "***")
    return value
