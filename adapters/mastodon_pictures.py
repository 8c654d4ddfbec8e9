"""Pictures to a server of the Mastodon kind: uploaded, waited for, and named in the reply.

docs.joinmastodon.org/methods/media, 2026-07. What is uploaded and never named is taken away by the server within days
(vacuum/media_attachments_vacuum.rb), and nobody sees it before.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

import aiohttp

from adapters.errors import Lost, Malformed, Reason, Refused, Unreachable
from adapters.http import Http, good_body
from adapters.mastodon_read import read_media
from adapters.payload import JSON
from adapters.pictures import JPEG, PNG, Picture

#: So long the server may take to process one; a picture takes it a second or two.
PROCESSED_WITHIN = timedelta(seconds=40)
#: Between two questions: soon first, then ever more rarely, for the reply waits for the answer.
ASK_AFTER, ASK_AT_MOST = 0.1, 3.0

_ENDINGS = {JPEG: "jpg", PNG: "png"}


async def upload(http: Http, picture: Picture, *, limit: timedelta) -> str:
    """The id of the picture on the server, processed. Raises as `TakesPictures.upload` says."""
    form = aiohttp.FormData()
    name = f"picture.{_ENDINGS.get(picture.kind, 'bin')}"
    form.add_field("file", io.BytesIO(picture.data), filename=name, content_type=picture.kind)
    if picture.alt:
        form.add_field("description", picture.alt)
    try:
        answer = await http.write_once("POST", "/api/v2/media", form=form, limit=limit)
    except Lost as error:
        raise Unreachable(str(error)) from error  # nobody sees what may have arrived: it is done again
    except Refused as error:
        if error.reason is Reason.NOT_ALLOWED:
            raise Refused(Reason.NOT_ALLOWED, "The token may not upload pictures: it needs write:media.") from error
        raise
    try:
        id, ready = read_media(answer.body)
        async with asyncio.timeout(PROCESSED_WITHIN.total_seconds()):
            return id if ready else await _processed(http, id)
    except Malformed as error:
        raise Unreachable(f"the picture's id cannot be read: {error}") from error
    except TimeoutError as error:
        raise Unreachable("the server still processes the picture") from error


async def _processed(http: Http, id: str) -> str:
    """206 while it is at it; some servers say 200 and name no address yet."""
    pause = ASK_AFTER
    while True:
        await asyncio.sleep(pause)
        pause = min(pause * 2, ASK_AT_MOST)
        asked = await http.get(f"/api/v1/media/{quote(id, safe='')}")
        if asked.status in (404, 422):
            raise Refused(Reason.INVALID, "The server cannot make sense of the picture.")
        if asked.status != 206 and read_media(good_body(asked, "media"))[1]:
            return id


def ids_of(pictures: Sequence[Picture]) -> list[JSON]:
    """What names them in the reply. `Refused` where one was not uploaded: a reply without it was not approved."""
    if any(not isinstance(one.handle, str) or not one.handle for one in pictures):
        raise Refused(Reason.INVALID, "A picture was not uploaded.")
    return [one.handle for one in pictures]
