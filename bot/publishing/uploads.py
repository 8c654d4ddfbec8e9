"""A reply's pictures to its platform, before anything of the reply is sent: bytes that were approved, and no others.

What is uploaded and not yet named by a reply nobody sees, so this needs no intent, may be done again, and leaves
behind nothing but what the platform takes away by itself.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.contract import (
    AuthFailed,
    Malformed,
    Picture,
    Platform,
    Reason,
    Refused,
    TakesPictures,
    Throttled,
    Unreachable,
)
from bot.publishing.checks import ASK_AGAIN, Later, Unfit
from bot.publishing.saying import picture_of
from models.attachments import bytes_of, pictures_of
from models.sending import Saying
from models.store import Store

log = logging.getLogger("twoway.publishing")

#: So long an uploaded picture is counted on; the platforms keep them for an hour at least.
KEPT = timedelta(minutes=10)

GONE = "A picture of this draft is not kept any more. Give it again."


class Uploads:
    """Remembers what it uploaded a while, so that a reply that waits uploads nothing twice."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, tuple[datetime, tuple[Picture, ...]]] = {}

    async def of(self, saying: Saying, platform: Platform) -> tuple[Picture, ...] | Later | Unfit:
        """The delivery's pictures, uploaded, in order. `Unfit`: it goes back to the team; `Later`: nobody answered."""
        named = pictures_of(saying.revision.spans)
        if not named:
            return ()
        if not isinstance(platform, TakesPictures):
            return Unfit(Reason.UNSUPPORTED.value, "This platform takes no pictures from us: take them off.")
        delivery, now = saying.delivery.id, self._store.clock()
        self._known = {key: known for key, known in self._known.items() if known[0] > now - KEPT}
        if delivery in self._known:
            return self._known[delivery][1]
        async with self._store.reading() as session:
            there = await bytes_of(session, [one.of for one in named])
        done: list[Picture] = []
        for one in named:
            kept = there.get(one.of)
            if kept is None or hashlib.sha256(kept.data).hexdigest() != one.digest:
                return Unfit("picture_gone", GONE)
            picture = picture_of(one, kept.data)
            try:
                handle = await platform.upload(picture)
            except Refused as error:
                return Unfit(error.reason.value, error.sentence)
            except Throttled as error:
                return Later(ASK_AGAIN, "throttled", error.until)
            except (AuthFailed, Unreachable, Malformed) as error:
                return Later(ASK_AGAIN, type(error).__name__)
            done.append(replace(picture, data=b"", handle=handle))
        log.info("uploaded", extra={"pictures": len(done)})
        self._known[delivery] = (now, tuple(done))
        return tuple(done)
