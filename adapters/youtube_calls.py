"""Calls of one account to YouTube's Data API: each is paid for, carries the token, and is judged by its reason.

Where tokens come from is `oauth`, what calls cost `youtube_quota`, what an answer means `youtube_read`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.errors import AuthFailed, Lost, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, certainty
from adapters.oauth import Access, Tokens
from adapters.quoting import quoted
from adapters.waits import read_wait
from adapters.youtube_quota import For, Ledger, Method, day_of
from adapters.youtube_read import read_reason, read_said

AGENT = {"User-Agent": "Twoway"}
PATH = "/youtube/v3"

# Reasons, as the error tables of comments.insert, update, delete and list name them, and
# developers.google.com/youtube/v3/docs/errors, 2026. Others are judged by their status.
QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"})
STALE = frozenset({"authError", "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED", "authorizationRequired"})
#: "While this can be a transient error, it usually indicates that the request's input is invalid": it is not said that
#: nothing was posted. The others are the server's own failures.
UNSURE = frozenset({"processingFailure", "backendError", "internalError", "serviceUnavailable"})
#: Only a person can help, whatever we ask for.
AUTH: Mapping[str, str] = {
    "insufficientPermissions": "The connection lacks a permission: connect the account again and allow everything.",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "The connection lacks a permission: connect the account again and allow "
    "everything.",
    "accessNotConfigured": "The YouTube Data API v3 is not switched on in the Google project: enable it there.",
    "SERVICE_DISABLED": "The YouTube Data API v3 is not switched on in the Google project: enable it there.",
    "youtubeSignupRequired": "The Google account has no YouTube channel: connect with the channel's own account.",
    "accountClosed": "YouTube has closed this account.",
    "accountDelegationForbidden": "This Google account may not act for the channel: connect as its owner or manager.",
    "authenticatedUserAccountClosed": "YouTube has closed this account.",
    "authenticatedUserAccountSuspended": "YouTube has suspended this account: ask its support.",
    "authenticatedUserNotChannel": "The Google account has no YouTube channel: connect with the channel's own account.",
    "channelSuspended": "YouTube has suspended this channel: ask its support.",
    "channelClosed": "YouTube has closed this channel.",
    "ineligibleAccount": "YouTube says that this account may not comment: its channel and its Google account have to "
    "be merged.",
}
_NO: Mapping[str, tuple[Reason, str]] = {
    "commentTextRequired": (Reason.INVALID, "The reply is empty."),
    "commentTextTooLong": (Reason.TOO_LONG, "YouTube says that this is too long."),
    "invalidCommentMetadata": (Reason.INVALID, "YouTube finds this reply invalid."),
    "invalidCustomEmoji": (Reason.INVALID, "YouTube does not know an emoji of this reply."),
    "parentIdMissing": (Reason.INVALID, "YouTube was not told what this answers."),
    "commentIdMissing": (Reason.INVALID, "YouTube was not told which comment is meant."),
    "operationNotSupported": (Reason.NOT_ALLOWED, "YouTube lets nobody, or not us, answer this comment."),
    "parentCommentIsPrivate": (Reason.NOT_ALLOWED, "The comment is not public: nobody could read an answer."),
    "commentsDisabled": (Reason.NOT_ALLOWED, "Comments are switched off on this video."),
    "forbidden": (Reason.NOT_ALLOWED, "YouTube does not allow this account to do that here."),
    "parentCommentNotFound": (Reason.GONE, "The comment we answer is not there any more."),
    "commentNotFound": (Reason.GONE, "The comment is not there any more."),
    "videoNotFound": (Reason.GONE, "The video is not there any more."),
    "channelNotFound": (Reason.GONE, "The channel is not there any more."),
}


class Stale(Throttled):
    """The access token is not taken; nothing was done."""


class UsedUp(Throttled):
    """YouTube says that the day's quota is used up; nothing was done."""


class Calls:
    """Reading and writing as our channel. Errors are those of `Http`."""

    def __init__(self, server: str, access: Access, ledger: Ledger, *, clock: Clock) -> None:
        self._http = Http(server, headers=AGENT, clock=clock)
        self._access = access
        self._ledger = ledger
        self._clock = clock

    async def close(self) -> None:
        await self._access.close()
        await self._http.close()

    async def ask(self, method: Method, params: Params, use: For) -> Answer:
        """A question. Its answer may be a 4xx with a reason that concerns what was asked for.

        `Throttled` also when our own share of the quota is used up; `AuthFailed` when only a person can help.
        """
        tokens = await self._access.current()
        try:
            answer = await self._get(method, params, use, tokens)
        except AuthFailed:
            answer = await self._get(method, params, use, await self._access.renew(tokens))
        reason = "" if answer.good else read_reason(answer.body)
        if reason in QUOTA and method is Method.SEARCH:
            raise Throttled(day_of(self._clock())[1], "YouTube's searches of today are used up.")
        if reason in QUOTA:
            raise await self._ledger.used_up()
        if reason in RATE:
            raise Throttled(read_wait(answer.headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
        if reason in AUTH or reason in STALE:
            raise AuthFailed(AUTH.get(reason, "YouTube does not accept our token: connect the account again."))
        if reason in UNSURE:
            raise Unreachable(f"{method.value} answered {answer.status} {reason}")
        return answer

    async def ready(self, method: Method) -> Tokens:
        """The tokens for a write that is about to be made, which is paid for by this. Raises as reading does."""
        tokens = await self._access.current()
        await self._ledger.take(method, For.ANSWERING)
        return tokens

    async def write(
        self,
        verb: str,
        path: str,
        tokens: Tokens,
        *,
        params: Params,
        body: Mapping[str, object] | None = None,
        limit: timedelta,
    ) -> Answer:
        """One call, made once. Where the token was not taken: `Throttled`, with a new one at hand."""
        headers = {"Authorization": f"Bearer {tokens.access}"}
        try:
            return await self._http.write_once(
                verb, f"{PATH}/{path}", params=params, body=body, headers=headers, limit=limit, judge=judge
            )
        except UsedUp as error:
            raise await self._ledger.used_up() from error
        except Stale as stale:
            try:
                await self._access.renew(tokens)
            except AuthFailed as error:
                raise Refused(Reason.AUTH, error.sentence) from error
            raise Throttled(self._clock() + timedelta(seconds=1), "the access was renewed") from stale

    async def _get(self, method: Method, params: Params, use: For, tokens: Tokens) -> Answer:
        await self._ledger.allow(method, use)
        path = f"{PATH}/{method.value.partition('.')[0]}"
        try:
            answer = await self._http.get(path, params, headers={"Authorization": f"Bearer {tokens.access}"})
        except (AuthFailed, Throttled):
            await self._ledger.spend(method, use)
            raise
        await self._ledger.spend(method, use)
        return answer


def judge(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an error says about a write: by its reason where that is certain, else by its status."""
    if answer.status >= 500:
        return certainty(answer, now)
    reason = read_reason(answer.body)
    more = quoted(read_said(answer.body))
    if reason in UNSURE:
        return Lost(f"YouTube answered {answer.status} {reason}")
    if reason in QUOTA:
        return UsedUp(now)
    if reason in RATE:
        return Throttled(read_wait(answer.headers, now) or now + WAIT_WITHOUT_HEADER)
    if reason in AUTH:
        return Refused(Reason.AUTH, AUTH[reason] + more)
    if reason in STALE or answer.status == 401:
        return Stale(now + timedelta(seconds=1))
    if reason in _NO:
        why, sentence = _NO[reason]
        return Refused(why, sentence + more)
    return certainty(answer, now)
