"""Files that people share with us in Slack, as bytes: asked for by id, so that nobody's payload says where from.

What they are is left to whoever asked: nothing here believes a name.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp

from bot.chat.contract import ChatRefused, ChatUnreachable, SharedFile
from bot.chat.slack.calls import SlackCalls

TOO_LARGE = "file_too_large"

#: Without this scope no dialog may ask for files (docs.slack.dev, file-input-element, 2026-11).
READS_FILES = "files:read"
NO_SCOPE = f"Pictures can be added once the app is reinstalled with the scope {READS_FILES}."

#: A file of 10 MB over a slow line.
GET_WITHIN = 30.0


class Shared:
    """Gets them with our token, which goes to Slack alone."""

    def __init__(self, calls: SlackCalls, *, api_url: str, token: str) -> None:
        self._calls = calls
        self._home = urlsplit(api_url).netloc
        self._token = token

    async def get(self, file: SharedFile, *, most: int) -> bytes:
        """Raises as `Surface.file` says."""
        info = (await self._calls.call("files.info", file=file.id)).get("file")
        if not isinstance(info, dict):
            raise ChatUnreachable("no_file")
        size, url = info.get("size"), info.get("url_private_download") or info.get("url_private")
        if isinstance(size, int) and size > most:
            raise ChatRefused(TOO_LARGE)
        if not isinstance(url, str) or not self._is_slacks(url):
            raise ChatRefused("not_slacks_file")  # a file that Slack only links to, in somebody else's house
        return await self._download(url, most)

    def _is_slacks(self, url: str) -> bool:
        parts = urlsplit(url)
        slacks = parts.scheme == "https" and (parts.hostname or "").endswith(".slack.com")
        return slacks or parts.netloc == self._home

    async def _download(self, url: str, most: int) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}"}
        got, size = list[bytes](), 0
        try:
            async with (
                asyncio.timeout(GET_WITHIN),
                self._calls.session.get(
                    url,
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=GET_WITHIN),
                ) as response,
            ):
                if response.status != 200 or response.content_type == "text/html":  # Slack's sign-in page
                    raise ChatUnreachable(f"download_{response.status}")
                async for chunk in response.content.iter_chunked(2**16):
                    size += len(chunk)
                    if size > most:
                        raise ChatRefused(TOO_LARGE)
                    got.append(chunk)
        except (TimeoutError, asyncio.IncompleteReadError, aiohttp.ClientError, OSError, ValueError) as error:
            raise ChatUnreachable(type(error).__name__) from None
        return b"".join(got)
