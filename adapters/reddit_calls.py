"""Calls of one account to Reddit: each carries a token and the name of our app, and errors are told by their codes.

Getting tokens is `oauth`'s; what an answer means is `reddit_read`'s.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import metadata
from urllib.parse import quote

from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import READ_LIMIT, WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, certainty
from adapters.keeping import Forgetful, Keeper
from adapters.oauth import Access, Grant, Proof
from adapters.payload import read_object, read_str
from adapters.quoting import quoted
from adapters.reddit_said import PACE, Said, read_reason, read_said
from adapters.reddit_settings import Settings
from adapters.tokens import Tokens

# identity: who we are; read: posts and comments; history: our own; privatemessages: the inbox, and pictures of people;
# submit: answering; edit: correcting and taking back. Where from: reddit.com/dev/api/oauth, 2026-08.
SCOPES = ("identity", "read", "history", "privatemessages", "submit", "edit")

# What a code of an answer says for certain: nothing was posted. Others are `OTHER`. Where from: reddit's own
# `errors.py` (2017), and what others have met since.
_CODES: Mapping[str, tuple[Reason, str]] = {
    "DELETED_COMMENT": (Reason.GONE, "The comment we answer is deleted."),
    "DELETED_LINK": (Reason.GONE, "The post we answer is deleted."),
    "THREAD_LOCKED": (Reason.NOT_ALLOWED, "Moderators have locked this thread: nobody can answer in it any more."),
    "TOO_OLD": (Reason.CLOSED, "This thread is archived: nobody can answer in it any more."),
    "SUBREDDIT_NOTALLOWED": (Reason.NOT_ALLOWED, "This subreddit does not let our account comment."),
    "SUBREDDIT_NOEXIST": (Reason.GONE, "This subreddit is not there any more."),
    "BANNED_FROM_SUBREDDIT": (Reason.NOT_ALLOWED, "Our account is banned from this subreddit."),
    "USER_BLOCKED": (Reason.NOT_ALLOWED, "The author has blocked our account, or our account the author."),
    "USER_BLOCKED_MESSAGE": (Reason.NOT_ALLOWED, "The author has blocked our account, or our account the author."),
    "SOMEONE_BLOCKED_YOU": (Reason.NOT_ALLOWED, "The author has blocked our account."),
    "NOT_AUTHOR": (Reason.INVALID, "That is no comment of our account."),
    "TOO_MANY_COMMENTS": (Reason.NOT_ALLOWED, "Our account has written too many comments under this post."),
    "TOO_LONG": (Reason.TOO_LONG, "Reddit says that this is too long."),
    "NO_TEXT": (Reason.INVALID, "Reddit says that this is empty."),
    "BAD_CAPTCHA": (Reason.NOT_ALLOWED, "Reddit wants a person to solve a riddle first: answer there by hand once."),
    "USER_REQUIRED": (Reason.AUTH, "Reddit does not take our token: connect the account again."),
    "USER_MUTED": (Reason.NOT_ALLOWED, "Our account is muted in this subreddit."),
}
# These come where Reddit itself stumbled: nobody knows what it did before.
_STUMBLED = frozenset({"SOMETHING_IS_BROKEN", "INTERNAL_SERVER_ERROR", "SERVER_ERROR", "TIMEOUT"})
# A new account may write once in ten minutes; that is how long to wait where the sentence cannot be read.
_WITHOUT_WORDS = timedelta(minutes=10)
LONGEST_PACE = timedelta(hours=2)
_REASONS: Mapping[str, str] = {
    "private": "This subreddit is private, and our account is no member.",
    "banned": "Reddit has closed this subreddit.",
    "quarantined": "This subreddit is in quarantine: our account has to enter it by hand once.",
}


class Stale(Throttled):
    """The access token is not taken; nothing was done."""


def user_agent(settings: Settings) -> str:
    """As Reddit asks for it, on pain of being slowed down to nothing: support.reddithelp.com, Data API wiki, 2026."""
    try:
        version = metadata.version("twoway")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"server:{settings.client_id}:{version} (by /u/{settings.contact or settings.username})"


def grant_for(settings: Settings) -> Grant:
    """How somebody connects the account. Its refresh token stays as it is, and does not end."""
    login = settings.login.rstrip("/")
    return Grant(
        authorise=f"{login}/api/v1/authorize",
        token=f"{login}/api/v1/access_token",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        scopes=SCOPES,
        pkce=False,  # Reddit knows none: the app proves itself by its secret
        proof=Proof.BASIC,
        extra={"duration": "permanent"},  # without it there is no refresh token
        headers={"User-Agent": user_agent(settings)},
    )


class _Given(Forgetful):
    """A refresh token from the environment: it wins over what was kept, and opens as often as one likes."""

    def __init__(self, refresh: str, now: datetime) -> None:
        super().__init__()
        self._given = Tokens(access="none", made=now, refresh=refresh, ends=now)

    async def load(self) -> str | None:
        return await super().load() or self._given.to_json()


class Calls:
    """Reading and writing as our account. Errors are those of `Http`."""

    def __init__(self, settings: Settings, keeper: Keeper | None, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        tokens = _Given(settings.token, clock()) if settings.token else keeper
        self._access = Access(grant_for(settings), tokens, clock=clock)
        self._http = Http(settings.server, headers={"User-Agent": user_agent(settings)}, clock=clock)
        self._nobody: tuple[str, datetime] | None = None

    async def close(self) -> None:
        await self._access.close()
        await self._http.close()

    async def ask(self, path: str, params: Params = ()) -> Answer:
        """A question. Its answer may be a 4xx; a token that has ended is renewed, once."""
        tokens = await self._access.current()
        asked = [*params, ("raw_json", "1")]  # without it every < and & in words comes escaped
        try:
            return await self._http.get(path, asked, headers=_bearer(tokens.access))
        except AuthFailed:
            tokens = await self._access.renew(tokens)
            return await self._http.get(path, asked, headers=_bearer(tokens.access))

    async def ask_as_nobody(self, path: str, params: Params) -> Answer | None:
        """The same question from somebody who is not signed in; None where the app cannot ask so."""
        if not self._settings.client_secret:
            return None
        try:
            if self._nobody is None or self._nobody[1] <= self._clock():
                self._nobody = await self._token_of_nobody()
            return await self._http.get(path, [*params, ("raw_json", "1")], headers=_bearer(self._nobody[0]))
        except AuthFailed:
            self._nobody = None
            return None

    async def write(self, path: str, form: Mapping[str, str], *, me: str | None, limit: timedelta) -> Said:
        """A form, sent once. `Refused` and `Throttled` by what it answers, also with 200; then nothing was done."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit.total_seconds()
        try:
            async with asyncio.timeout(limit.total_seconds() / 2):
                tokens = await self._access.current()
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            why = f"Reddit gives us no token ({type(error).__name__})."
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, why) from error
        left = timedelta(seconds=max(0.001, end - loop.time()))
        words = {"api_type": "json", "raw_json": "1", **form}
        try:
            answer = await self._http.write_once(
                "POST", path, form=words, headers=_bearer(tokens.access), limit=left, judge=_judge
            )
        except Stale as stale:
            await self._renewed(tokens)
            raise Throttled(self._clock() + timedelta(seconds=1), "the token was renewed") from stale
        try:
            said = read_said(answer.body, me=me)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error
        if said.errors:
            raise self._meaning(said)
        return said

    def _meaning(self, said: Said) -> Refused | Throttled | Lost:
        code, words = said.errors[0]
        if stumbled := [one for one, _ in said.errors if one in _STUMBLED]:
            return Lost(f"Reddit stumbled ({stumbled[0]})")
        if any(code == PACE for code, _ in said.errors):
            wait = min(said.wait or _WITHOUT_WORDS, LONGEST_PACE)
            return Throttled(self._clock() + wait, "Reddit lets this account write only so often.")
        reason, sentence = _CODES.get(code, (Reason.OTHER, "Reddit refused this."))
        return Refused(reason, sentence + quoted(words))

    async def _renewed(self, tokens: Tokens) -> None:
        try:
            await self._access.renew(tokens)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"Reddit gives us no token: {error}") from error

    async def _token_of_nobody(self) -> tuple[str, datetime]:
        """A token of the app alone (`client_credentials`): kept by nobody, since another costs nothing."""
        given = self._settings
        pair = f"{quote(given.client_id, safe='')}:{quote(given.client_secret, safe='')}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        async with Http(given.login, headers={"User-Agent": user_agent(given)}, clock=self._clock) as http:
            try:
                answer = await http.write_once(
                    "POST",
                    "/api/v1/access_token",
                    form={"grant_type": "client_credentials"},
                    headers=headers,
                    limit=READ_LIMIT,
                )
            except Refused as error:
                raise AuthFailed(error.sentence) from error
            except Lost as error:
                raise Unreachable(error.detail) from error
        entry = read_object(answer.body, "token")
        token = read_str(entry.get("access_token"), "access_token")
        return token, self._clock() + timedelta(minutes=30)  # they last for 24 hours


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer that is not 2xx says about a write."""
    if answer.status == 401:
        return Stale(now + timedelta(seconds=1))
    if answer.status == 403 and (sentence := _REASONS.get(read_reason(answer.body))):
        return Refused(Reason.NOT_ALLOWED, sentence)
    return certainty(answer, now)
