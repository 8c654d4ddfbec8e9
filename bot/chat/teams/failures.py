"""What the Bot Framework's refusals mean for us: its status and its word, as the contract's errors. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.chat.contract import ChatClosed, ChatError, ChatRefused, ChatThrottled, ChatUnreachable, MessageGone

ADD_APP = "add the app to the team (in a private or shared channel: to the channel), see docs/how-to/teams.md"
NEW_PASSWORD = "put a valid TEAMS_APP_PASSWORD in place: the app's registration, Certificates & secrets"
TOKEN_REFUSED = "token_refused"

# learn.microsoft.com/microsoftteams/platform/bots/build-notification-capability, 2026-11
NOT_INSIDE = frozenset({
    "BotNotInConversationRoster", "ConversationBlockedByUser", "ForbiddenOperationException",
    "BotDisabledByAdmin", "BotNotRegistered", "InvalidBotApiHost",
})  # fmt: skip
# bots/how-to/rate-limit, 2026-11: "retry with exponential backoff" and jitter, of these.
NOT_DONE = frozenset({412, 429})
PERHAPS_DONE = frozenset({502, 503, 504})  # a gateway gave up waiting: what stands behind it may have done it
FOR_NOW = NOT_DONE | PERHAPS_DONE
LONGEST_WAIT = timedelta(hours=1)


def failure(status: int, code: str, until: datetime | None = None) -> ChatError:
    """The error. `until` is when the same may be tried again, for a status of those FOR_NOW."""
    said = code or f"http_{status}"
    if status in NOT_DONE and until is not None:
        return ChatThrottled(f"http_{status}", until)
    if status == 401:
        return ChatClosed(said, NEW_PASSWORD)
    if code in NOT_INSIDE or status == 403:
        return ChatClosed(said, ADD_APP)
    if status == 404:
        return MessageGone(said)
    if 400 <= status < 500 or status == 501:
        return ChatRefused(said)
    return ChatUnreachable(said, until)


def asked_to_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """What `Retry-After` says, in seconds or as a date; None for nothing that can be understood. An hour at most."""
    said = headers.get("Retry-After", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - now).total_seconds()
        except (ValueError, TypeError):  # TypeError: a date without a zone
            return None
    if not math.isfinite(seconds) or seconds <= 0:
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
