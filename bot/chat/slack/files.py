"""Pictures of ours to Slack, as files that belong to the message they stand in: no channel lists them, nobody outside
can open them. Leaves to others: drawing them, and what stands in their place when this fails.

Three steps: docs.slack.dev/reference/methods/files.getUploadURLExternal and files.completeUploadExternal, 2026-11.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace

import aiohttp

from bot.chat.contract import Block, Card, ChatError, ChatRefused, ChatUnreachable, Picture
from bot.chat.slack.calls import SlackCalls

log = logging.getLogger("twoway.slack")

#: docs.slack.dev/reference/methods/files.getUploadURLExternal: alt_txt_too_large above it.
ALT_MAX = 1_000

#: Slack looks at a file after it has taken it, and until then says that it knows none ("invalid slack file"):
#: github.com/slackapi/python-slack-sdk/issues/1658. So often, and so many seconds apart, the message is tried again.
AGAIN_AFTER = (0.3, 1.0, 2.0)

#: So many of the last files are remembered, for a message that is tried again.
REMEMBERED = 32


class Files:
    """Uploads each picture once."""

    def __init__(self, calls: SlackCalls) -> None:
        self._calls = calls
        self._known: OrderedDict[str, str] = OrderedDict()

    async def uploaded(self, card: Card) -> Card:
        """The card with its pictures as Slack's files. One that cannot be uploaded stays words, and the log says so."""
        if not any(isinstance(block, Picture) and block.png for block in card.blocks):
            return card
        return replace(card, blocks=tuple([await self._block(block) for block in card.blocks]))

    async def _block(self, block: Block) -> Block:
        if not isinstance(block, Picture) or not block.png:
            return block
        try:
            return replace(block, file=await self._file(block))
        except ChatError as error:
            if block.kept:
                raise  # people approve what they see: without the picture there is no message
            remedy = error.remedy if isinstance(error, ChatRefused) else ""
            log.error("slack: picture not uploaded", extra={"code": error.code, "remedy": remedy})
            return block

    async def _file(self, picture: Picture) -> str:
        known = self._known.get(picture.name)
        if known is not None:
            return known
        asked = await self._calls.call(
            "files.getUploadURLExternal",
            filename=_filename(picture),
            length=len(picture.png),
            alt_txt=picture.alt[:ALT_MAX],
        )
        url, file = asked.get("upload_url"), asked.get("file_id")
        if not isinstance(url, str) or not isinstance(file, str):
            raise ChatUnreachable("no_upload_url")
        await self._send(url, picture.png)
        # Without a channel it is shared by nothing but the message that it stands in.
        await self._calls.call(
            "files.completeUploadExternal", files=[{"id": file, "title": "Picture" if picture.kept else "Summary"}]
        )
        self._known[picture.name] = file
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return file

    async def _send(self, url: str, png: bytes) -> None:
        """The address is Slack's own answer, and carries its own right: no token goes along."""
        headers = {"Content-Type": "application/octet-stream"}
        try:
            async with self._calls.session.post(url, data=png, headers=headers, allow_redirects=False) as response:
                status = response.status
                await response.read()
        except (TimeoutError, asyncio.IncompleteReadError, aiohttp.ClientError, OSError, ValueError) as error:
            raise ChatUnreachable(type(error).__name__) from None
        if status != 200:
            raise ChatUnreachable(f"upload_{status}")


def _filename(picture: Picture) -> str:
    if not picture.kept:
        return "summary.png"
    return "picture.jpg" if picture.png.startswith(b"\xff\xd8") else "picture.png"
