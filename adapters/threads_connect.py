"""How an account on Threads is connected: a person's consent, a token for an hour, one for sixty days, and so on.

Where from: documentation/threads/get-started, long-lived tokens, 2026-06. A token is renewed by itself, when it is a
day old and has not ended; after sixty days without that, only a person can bring another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.oauth import Ask, Grant, Step
from adapters.settings import SettingError
from adapters.threads_settings import Settings
from adapters.tokens import Tokens, read_tokens

SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_read_replies",
    "threads_manage_replies",
    "threads_manage_mentions",
    "threads_keyword_search",
    "threads_profile_discovery",
    "threads_delete",
)
LIVES = timedelta(days=60)
EARLY = timedelta(days=30)


def grant_for(settings: Settings) -> Grant:
    if not settings.app_id or not settings.app_secret:
        raise SettingError("app_id" if not settings.app_id else "app_secret", "is needed to connect the account.")
    server = settings.server.rstrip("/")
    return Grant(
        authorise=f"{settings.dialog.rstrip('/')}/oauth/authorize",
        token=f"{server}/oauth/access_token",
        client_id=settings.app_id,
        client_secret=settings.app_secret,
        scopes=SCOPES,
        between_scopes=",",
        pkce=False,  # the dialog takes none; the app's secret stands in the exchange
        early=EARLY,
        after_code=_lasting(server, settings.app_secret),
        renewal=_renewal(server),
    )


def _lasting(server: str, secret: str) -> Step:
    async def step(ask: Ask, tokens: Tokens, now: datetime) -> Tokens:
        asked = [("grant_type", "th_exchange_token"), ("client_secret", secret), ("access_token", tokens.access)]
        return _whole(await ask("GET", f"{server}/access_token", params=asked), now, tokens, tokens.more)

    return step


def _renewal(server: str) -> Step:
    async def step(ask: Ask, tokens: Tokens, now: datetime) -> Tokens:
        asked = [("grant_type", "th_refresh_token"), ("access_token", tokens.access)]
        return _whole(await ask("GET", f"{server}/refresh_access_token", params=asked), now, tokens, tokens.more)

    return step


def _whole(answer: object, now: datetime, before: Tokens, more: Mapping[str, str]) -> Tokens:
    """A token that lasts, and until when only we can renew it."""
    new = read_tokens(answer, now, before=before)
    ends = new.ends or now + LIVES
    return replace(new, ends=ends, connect_by=ends, more={**new.more, **more})
