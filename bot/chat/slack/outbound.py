"""Cards and dialogs to Slack: which method, which arguments, what to do when a picture or a way back fails.

Pictures of ours are uploaded by `files` first.
"""

from __future__ import annotations

import asyncio
import json

import aiohttp

from bot.chat.contract import (
    Card,
    ChatRefused,
    ChatThrottled,
    ChatUnreachable,
    Dialog,
    MessageRef,
    Person,
    Picture,
    Place,
    ReplyTo,
)
from bot.chat.slack.calls import Answer, ImageFailed, SlackCalls, problems, refusal, retry_after
from bot.chat.slack.files import AGAIN_AFTER, Files
from bot.chat.slack.render import home, message, view

CARD_EVENT = "twoway_card"
# A response_url that ended: 30 minutes or 5 uses. Slack answers 404 or 410, or 200 with one of these words.
ENDED = frozenset({"expired_url", "used_url", "expired_trigger_id", "channel_not_found", "no_response_url"})


class Outbound:
    """One attempt a call. A card whose picture Slack cannot load goes out once more with a link in its place: that
    is no repetition, since Slack has said that nothing was posted. Nor is trying again while Slack still looks at a
    file that it has just taken."""

    def __init__(self, calls: SlackCalls) -> None:
        self._calls = calls
        self._files = Files(calls)

    async def post(self, place: Place, card: Card, *, thread: str | None) -> MessageRef:
        fixed: dict[str, object] = {
            "channel": place.channel,
            "thread_ts": thread,
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": _metadata(card),
        }
        answer = await self._shown("chat.postMessage", card, fixed)
        ts = answer.get("ts")
        if not isinstance(ts, str):
            raise ChatUnreachable("no_ts")
        return MessageRef(place=place, id=ts, thread=thread)

    async def update(self, message: MessageRef, card: Card) -> None:
        fixed: dict[str, object] = {"channel": message.place.channel, "ts": message.id, "metadata": _metadata(card)}
        await self._shown("chat.update", card, fixed)

    async def whisper(self, person: Person, place: Place, card: Card, *, thread: str | None) -> None:
        fixed: dict[str, object] = {"channel": place.channel, "user": person.user, "thread_ts": thread}
        await self._shown("chat.postEphemeral", card, fixed)

    async def show_dialog(self, dialog_id: str, dialog: Dialog) -> None:
        try:
            await self._calls.call("views.update", view_id=dialog_id, view=view(dialog))
        except ImageFailed:
            await self._calls.call("views.update", view_id=dialog_id, view=view(dialog, pictures=False))

    async def show_home(self, person: Person, card: Card) -> None:
        try:
            await self._calls.call("views.publish", user_id=person.user, view=home(card))
        except ImageFailed:
            await self._calls.call("views.publish", user_id=person.user, view=home(card, pictures=False))

    async def _shown(self, method: str, card: Card, fixed: dict[str, object]) -> Answer:
        card = await self._files.uploaded(card)
        for pause in _pauses(card):
            try:
                return await self._calls.call(method, {**fixed, **message(card).arguments()})
            except ImageFailed:
                await asyncio.sleep(pause)
        if any(isinstance(block, Picture) and block.kept for block in card.blocks):
            raise ChatUnreachable("picture_not_shown")  # people approve what they see: later, with it
        return await self._calls.call(method, {**fixed, **message(card, pictures=False).arguments()})

    async def answer(self, to: ReplyTo, card: Card) -> None:
        """By the response address; whispered when there is none or it has ended."""
        if to.url is not None and await self._answered(to.url, to.thread, await self._files.uploaded(card)):
            return
        await self.whisper(to.person, to.place, card, thread=to.thread)

    async def _answered(self, url: str, thread: str | None, card: Card) -> bool:
        """False when the address has ended. A refusal uses it up as well: five times in all, says Slack."""
        for pause in _pauses(card):
            try:
                return await self._responded(url, thread, card, pictures=True)
            except ImageFailed:
                await asyncio.sleep(pause)
        return await self._responded(url, thread, card, pictures=False)

    async def _responded(self, url: str, thread: str | None, card: Card, *, pictures: bool) -> bool:
        """False when the address has ended."""
        body: dict[str, object] = {"response_type": "ephemeral", "replace_original": False}
        shown = message(card, pictures=pictures)
        body |= {"text": shown.text, "blocks": shown.blocks}
        if thread is not None:
            body["thread_ts"] = thread
        try:
            async with self._calls.session.post(url, json=body, allow_redirects=False) as response:
                status, headers, text = response.status, response.headers, await response.text()
        except (TimeoutError, asyncio.IncompleteReadError, aiohttp.ClientError, OSError, ValueError) as error:
            raise ChatUnreachable(type(error).__name__) from None
        if status == 429:
            raise ChatThrottled("ratelimited", self._calls.now() + retry_after(headers))
        if status >= 500:
            raise ChatUnreachable(f"http_{status}")
        data = _object(text)
        code = data.get("error") if isinstance(data.get("error"), str) else text.strip()[:60]
        if status in {404, 410} or code in ENDED:
            return False
        if status == 200 and data.get("ok", True):
            return True
        refused = refusal(str(code), data)
        raise refused if isinstance(refused, ChatRefused) else ChatRefused(str(code), problems(data))


def _pauses(card: Card) -> tuple[float, ...]:
    """After which a message with pictures is tried again before it goes without them: a file that was just uploaded
    may need a moment, an address that fails fails."""
    if any(isinstance(block, Picture) and block.file for block in card.blocks):
        return (*AGAIN_AFTER, 0.0)
    return (0.0,)


def _metadata(card: Card) -> dict[str, object] | None:
    """So that a message whose posting we did not live to store can be recognised. Other apps can read it."""
    return {"event_type": CARD_EVENT, "event_payload": {"key": card.key}} if card.key else None


def _object(text: str) -> dict[str, object]:
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
