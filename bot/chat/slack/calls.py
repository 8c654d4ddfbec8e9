"""Calls to Slack's Web API: one attempt each, a time limit each, every failure as one of the contract's `ChatError`s.

Leaves to others: pacing (the board), what to say instead. Nothing here repeats a call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.contract import (
    ChatClosed,
    ChatError,
    ChatRefused,
    ChatThrottled,
    ChatUnreachable,
    DialogGone,
    MessageGone,
)

Answer = Mapping[str, object]

INVITE = "/invite @twoway in that channel"
NEW_TOKEN = "put a valid SLACK_BOT_TOKEN in place: reinstall the app at api.slack.com/apps and copy the new one"
NEW_APP_TOKEN = "put a valid SLACK_APP_TOKEN in place: api.slack.com/apps, Basic information, App-level tokens"
SCOPE = "reinstall the app with the scopes that `twoway manifest slack` prints"

# Slack's word -> what it means for us. docs.slack.dev/reference/methods, 2026-11.
DEAD_TOKEN = frozenset({
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "no_permission",
    "org_login_required", "ekm_access_denied", "team_access_not_granted",
})  # fmt: skip
GONE = frozenset({
    "message_not_found", "thread_not_found", "cant_update_message", "cant_delete_message", "edit_window_closed",
})  # fmt: skip
NO_DIALOG = frozenset({
    "expired_trigger_id", "exchanged_trigger_id", "trigger_exchanged", "trigger_expired", "invalid_trigger_id",
    "view_not_found", "not_found", "hash_conflict", "push_limit_reached",
})  # fmt: skip
NO_CHANNEL = frozenset({"not_in_channel", "channel_not_found", "is_archived", "restricted_action"})
# "fatal_error: ... it's possible some aspect of the operation succeeded before the error was raised."
UNSURE = frozenset({
    "fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org",
    "accesslimited", "upgrade_required",
})  # fmt: skip


def quiet_logger() -> logging.Logger:
    """For Slack's libraries: below ERROR they log whole payloads, customers' words among them."""
    logger = logging.getLogger("bot.chat.slack.library")
    logger.setLevel(logging.ERROR)
    return logger


class ImageFailed(ChatRefused):
    """Slack could not load a picture of this message: nothing was posted."""


class SlackCalls:
    """`call("chat.postMessage", …)`. Hears of dead tokens through `on_dead_token`."""

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        time_limit: timedelta,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_dead_token: Callable[[str], None] = lambda code: None,
        on_scopes: Callable[[frozenset[str]], None] = lambda scopes: None,
    ) -> None:
        self._time_limit = time_limit
        self.now = now
        self._on_dead_token = on_dead_token
        self._on_scopes = on_scopes
        self._session: aiohttp.ClientSession | None = None
        self.client = AsyncWebClient(
            token=token,
            base_url=api_url if api_url.endswith("/") else api_url + "/",
            timeout=max(1, int(time_limit.total_seconds())),
            logger=quiet_logger(),
            retry_handlers=[],  # the default repeats a dropped call once: two posts
        )

    @property
    def session(self) -> aiohttp.ClientSession:
        """For response addresses and the socket; open between `open` and `close`."""
        if self._session is None:
            raise ChatUnreachable("not_started")
        return self._session

    def open(self) -> None:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._time_limit.total_seconds())
            self._session = aiohttp.ClientSession(timeout=timeout)
            self.client.session = self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
            self.client.session = None

    async def call(
        self,
        method: str,
        arguments: Mapping[str, object] | None = None,
        *,
        time_limit: timedelta | None = None,
        token: str | None = None,
        **more: object,
    ) -> Answer:
        """Slack's answer when it says ok. A POST also for reading: aiohttp never repeats those by itself."""
        _ = self.session  # refuses before `open` and after `close`
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {key: value for key, value in {**(arguments or {}), **more}.items() if value is not None}
        try:
            async with asyncio.timeout((time_limit or self._time_limit).total_seconds()):
                if method in AS_FORM:
                    response = await self.client.api_call(method, headers=headers, data=_form(body))
                else:
                    response = await self.client.api_call(method, headers=headers, json=body)
        except SlackApiError as error:
            raise self._translated(error, own_token=token is None) from None
        except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
            raise ChatUnreachable(type(error).__name__) from None
        except (ValueError, AttributeError, TypeError) as error:  # an answer that the library cannot read
            raise ChatUnreachable(f"unreadable_answer:{type(error).__name__}") from None
        data: object = response.data
        if not isinstance(data, dict):
            raise ChatUnreachable("unreadable_answer")
        if method == "auth.test":
            self._on_scopes(scopes_of(response.headers))
        return data

    def _translated(self, error: SlackApiError, *, own_token: bool) -> ChatError:
        # Either the library's response or, when the body was no JSON, aiohttp's.
        response: object = error.response
        data = getattr(response, "data", None)
        status = getattr(response, "status_code", None) or getattr(response, "status", None)
        code = data.get("error") if isinstance(data, dict) else None
        if status == 429 or code in {"ratelimited", "rate_limited"}:
            return ChatThrottled("ratelimited", self.now() + retry_after(getattr(response, "headers", None)))
        if not isinstance(code, str) or not isinstance(data, dict):
            return ChatUnreachable(f"http_{status}")
        if code in DEAD_TOKEN and not own_token:
            return ChatRefused(code, NEW_APP_TOKEN)
        if code in DEAD_TOKEN:
            self._on_dead_token(code)
        return refusal(code, data)


# Methods that take no JSON body: docs.slack.dev/apis/web-api#post_bodies, 2026-11.
AS_FORM = frozenset({
    "auth.test", "users.info", "conversations.members", "conversations.info", "usergroups.users.list",
    "reactions.get", "emoji.list", "chat.getPermalink", "apps.connections.open", "files.getUploadURLExternal",
    "files.info",
})  # fmt: skip


def _form(body: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in body.items()}


def refusal(code: str, data: Answer) -> ChatError:
    """What Slack's word for a failure means."""
    if code in UNSURE:
        return ChatUnreachable(code)
    if code in GONE:
        return MessageGone(code)
    if code in NO_DIALOG:
        return DialogGone(code)
    if code in NO_CHANNEL:
        return ChatClosed(code, INVITE)
    if code in DEAD_TOKEN:
        return ChatClosed(code, NEW_TOKEN)
    if code == "missing_scope":
        return ChatClosed(code, f"{SCOPE} (missing: {data.get('needed')})")
    if _image_failed(data):
        return ImageFailed(code)
    return ChatRefused(code, problems(data))


def problems(data: Answer) -> str:
    """What Slack's servers found wrong with the blocks: places and rules, never words of ours."""
    metadata = data.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return "; ".join(str(one) for one in messages[:3]) if isinstance(messages, list) else ""


def _image_failed(data: Answer) -> bool:
    words = f"{data.get('error')} {data.get('errors')} {problems(data)}".lower()
    return "downloading image failed" in words or "image_url" in words or "slack_file" in words or "slack file" in words


def scopes_of(headers: object) -> frozenset[str]:
    """What our token may do, as each of Slack's answers says."""
    named = headers if isinstance(headers, Mapping) else {}
    found = next((value for key, value in named.items() if str(key).lower() == "x-oauth-scopes"), "")
    return frozenset(scope.strip() for scope in str(found).split(",") if scope.strip())


def retry_after(headers: object) -> timedelta:
    """What Slack asks us to wait; half a minute when it does not say."""
    found = headers.get("Retry-After") if isinstance(headers, Mapping) else None
    try:
        seconds = float(str(found))
    except ValueError:
        return timedelta(seconds=30)
    return timedelta(seconds=min(max(seconds, 0.1), 3600)) if seconds == seconds else timedelta(seconds=30)
