"""Whether Slack lets us in, and as whom: asked at the start, again in growing pauses while refused, and now and then.

A dead token heals without a restart. Also keeps the workspace's own emoji, and knows channels that we are not in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from bot.chat.contract import ChatError, ChatRefused, ChatThrottled, ChatUnreachable, Health, Place
from bot.chat.kept import Kept
from bot.chat.slack.calls import INVITE, NEW_TOKEN, SlackCalls
from bot.chat.slack.people import KEPT, Installed

log = logging.getLogger(__name__)

ASK_AGAIN = 600.0  # seconds: emoji change, tokens are revoked


class Connection:
    def __init__(self, calls: SlackCalls, *, pause_first: float, pause_most: float) -> None:
        self._calls = calls
        self._pause_first = pause_first
        self._pause_most = pause_most
        self.known: Installed | None = None
        self._doubted = asyncio.Event()
        self._tried = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._inside: Kept[str, bool] = Kept(KEPT)
        self.trouble: ChatError | None = ChatUnreachable("not_started")
        self.emoji: Mapping[str, str] | None = None

    async def start(self) -> None:
        """Returns after the first answer of Slack, whatever it is."""
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name="slack-connection")
        await self._tried.wait()

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def doubt(self, code: str) -> None:
        """A call was refused because of the token: ask whether it is still good."""
        if self.trouble is None:
            self.trouble = ChatRefused(code, NEW_TOKEN)
        self._doubted.set()

    def installed(self) -> Installed:
        """Raises `ChatError` while Slack has never said who we are."""
        if self.known is None:
            raise self.trouble or ChatUnreachable("not_started")
        return self.known

    def custom_emoji(self) -> Mapping[str, str]:
        return self.emoji or {}

    async def health(self, places: Sequence[Place]) -> Health:
        """Which channels we are not in."""
        missing = [place.channel for place in places if not await self._is_inside(place.channel)]
        if not missing:
            return Health(ok=True)
        words = "a channel" if len(missing) == 1 else f"{len(missing)} channels"
        return Health(
            ok=False,
            sentence=f"The app is not in {words}: {', '.join(missing)}",
            remedy=INVITE,
            channels_missing=tuple(missing),
        )

    async def _is_inside(self, channel: str) -> bool:
        """True also when Slack does not answer: that is no news about the channel."""
        if (found := self._inside.get(channel)) is not None:
            return found
        try:
            answer = await self._calls.call("conversations.info", channel=channel)
        except ChatRefused:
            return False
        except ChatError:
            return True
        info = answer.get("channel")
        inside = isinstance(info, dict) and info.get("is_member") is True and not info.get("is_archived")
        return self._inside.put(channel, inside) if inside else False

    async def _watch(self) -> None:
        pause = self._pause_first
        while True:
            self._doubted.clear()
            try:
                self.known = await self._ask()
            except ChatError as error:
                if self.trouble is None or self.trouble.code != error.code:
                    log.error("slack: not let in", extra={"code": error.code})
                self.trouble = error
                self._tried.set()
                await asyncio.sleep(_wait(error, pause))
                pause = min(pause * 2, self._pause_most)
                continue
            if self.trouble is not None:
                log.info("slack: connected", extra={"team": self.known.team})
            self.trouble = None
            pause = self._pause_first
            await self._read_emoji()
            self._tried.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(ASK_AGAIN):
                    await self._doubted.wait()

    async def _ask(self) -> Installed:
        try:
            return _installed(await self._calls.call("auth.test"))
        except ChatError:
            raise
        except Exception as error:  # the watch must not die of an answer that nobody foresaw
            raise ChatUnreachable(type(error).__name__) from error

    async def _read_emoji(self) -> None:
        """Without them (no scope, say) every unknown name counts as custom."""
        try:
            found = (await self._calls.call("emoji.list")).get("emoji")
        except ChatError as error:
            log.warning("slack: no list of emoji", extra={"code": error.code})
            return
        if isinstance(found, dict):
            self.emoji = {name: value for name, value in found.items() if isinstance(value, str)}


def _wait(error: ChatError, pause: float) -> float:
    if isinstance(error, ChatThrottled):
        return max(pause, (error.until - datetime.now(UTC)).total_seconds())
    return pause


def _installed(answer: Mapping[str, object]) -> Installed:
    def word(key: str) -> str | None:
        value = answer.get(key)
        return value if isinstance(value, str) and value else None

    team, user = word("team_id"), word("user_id")
    if team is None or user is None:
        raise ChatUnreachable("auth_test_without_ids")
    return Installed(team=team, enterprise=word("enterprise_id"), user=user, bot=word("bot_id"))
