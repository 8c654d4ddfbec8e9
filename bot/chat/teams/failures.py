"""What the Bot Framework's refusals mean for us: its status and its word, as the contract's errors. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import timedelta

from bot.chat.contract import ChatClosed, ChatError, ChatRefused, ChatUnreachable, MessageGone

ADD_APP = "add the app to the team (in a private or shared channel: to the channel), see docs/how-to/teams.md"
NEW_PASSWORD = "put a valid TEAMS_APP_PASSWORD in place: the app's registration, Certificates & secrets"
TOKEN_REFUSED = "token_refused"

# learn.microsoft.com/microsoftteams/platform/bots/build-notification-capability, 2026-11
NOT_INSIDE = frozenset({
    "BotNotInConversationRoster", "ConversationBlockedByUser", "ForbiddenOperationException",
    "BotDisabledByAdmin", "BotNotRegistered", "InvalidBotApiHost",
})  # fmt: skip
LATER = frozenset({412, 429})  # nothing was done: "retry with exponential backoff", bots/how-to/rate-limit, 2026-11
USUAL_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)


def failure(status: int, code: str, *, headers: Mapping[str, str] | None = None) -> ChatError | timedelta:
    """The error, or how long to wait before the same may be tried again."""
    said = code or f"http_{status}"
    if status in LATER:
        return wait(headers or {})
    if status == 401:
        return ChatClosed(said, NEW_PASSWORD)
    if code in NOT_INSIDE or status == 403:
        return ChatClosed(said, ADD_APP)
    if status == 404:
        return MessageGone(said)
    if 400 <= status < 500 or status == 501:
        return ChatRefused(said)
    return ChatUnreachable(said)


def wait(headers: Mapping[str, str]) -> timedelta:
    """What we are asked to wait, two seconds when nothing is said; a little more, so that not all come at once."""
    try:
        seconds = float(headers.get("Retry-After", ""))
        asked = timedelta(seconds=max(seconds, 0.1)) if math.isfinite(seconds) else USUAL_WAIT
    except (ValueError, OverflowError):
        asked = USUAL_WAIT
    return min(asked, LONGEST_WAIT) * random.uniform(1.0, 1.25)
