"""From rows to what a platform understands: the reply, the look for it, the call. Nothing is decided here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from adapters.contract import (
    JSON,
    Absent,
    AsHeard,
    Audience,
    CannotTell,
    Capabilities,
    Gone,
    Lost,
    Picture,
    Platform,
    PlatformError,
    PostRef,
    PublicPost,
    Reason,
    Receipt,
    Refused,
    Reply,
    Text,
    Throttled,
    Unavailable,
)
from bot.publishing.protocol import Bounds, Result
from bot.trail import following
from models.attachments import Pictured, pictures_of, without_pictures
from models.conversation import Conversation, Post
from models.reply import ANSWERS, DraftKind, Revision
from models.sending import Saying

log = logging.getLogger("twoway.publishing")


def bounds_of(can: Capabilities) -> Bounds:
    """What a platform declares about time."""
    return Bounds(
        call_limit=can.call_limit,
        late_bound=can.late_bound,
        listing_lag=can.listing_lag,
        finds=can.finds,
        key_lifetime=can.key_lifetime,
    )


def text_of(revision: Revision) -> Text:
    """The exact characters that were approved. Marks are kept only if they leave those characters as they are."""
    if spans := without_pictures(revision.spans):
        text = Text.from_json(spans)
        if text.plain == revision.final:
            return text
    return Text.of(revision.final)


def reply_to(parent: Post, conversation: Conversation, revision: Revision, attempts: Sequence[datetime] = ()) -> Reply:
    """What goes out under `parent`. `attempts` are when earlier calls with it were made."""
    return Reply(
        parent=PostRef(parent.ref),
        text=text_of(revision),
        root=PostRef(conversation.key),
        visibility=Audience.DIRECT if revision.kind == DraftKind.PRIVATE else Audience(parent.visibility),
        warning=parent.warning or None,
        extra=cast(Mapping[str, JSON], parent.extra),
        attempts=tuple(attempts),
        pictures=tuple(picture_of(one) for one in pictures_of(revision.spans)),
    )


def picture_of(one: Pictured, data: bytes = b"") -> Picture:
    """As the platform is asked about it, and, with its bytes, as it is uploaded."""
    return Picture(
        digest=one.digest, kind=one.kind, width=one.width, height=one.height, size=one.size, alt=one.alt, data=data
    )


def reply_of(saying: Saying, conversation: Conversation, attempts: Sequence[datetime] = ()) -> Reply:
    """What a delivery says."""
    return reply_to(saying.parent, conversation, saying.revision, attempts)


def ours(saying: Saying) -> Receipt:
    """The reply of ours that is to be corrected or taken back, with the words that the team knows it by: what is taken
    back is what they saw; whatever changed before a correction was approved has been shown to them."""
    words = saying.revision.final if saying.revision.kind == DraftKind.RETRACTION else saying.parent.words
    return Receipt(ref=PostRef(saying.parent.ref), url=saying.parent.url, at=saying.parent.at, text=words)


async def look_for(
    platform: Platform, saying: Saying, conversation: Conversation, attempts: Sequence[datetime]
) -> Receipt | Absent | CannotTell:
    """Whether what this delivery says is public already. Never raises: a failure is `CannotTell`."""
    kind = saying.revision.kind
    if kind in ANSWERS:
        reply = reply_of(saying, conversation, attempts)
        return await platform.find_own_reply(reply, saying.delivery.key)
    receipt = ours(saying)
    try:
        now = (await platform.fetch([receipt.ref]))[receipt.ref]
    except PlatformError as error:
        return CannotTell(f"we could not look: {type(error).__name__}")
    if isinstance(now, AsHeard):
        return CannotTell("nobody can be asked whether it stands")
    if kind == DraftKind.RETRACTION:
        return receipt if isinstance(now, Gone | Unavailable) else Absent()
    if not isinstance(now, PublicPost):
        return CannotTell("the reply to correct cannot be seen")
    return receipt if now.text.plain == saying.revision.final else Absent()


async def call(
    platform: Platform, saying: Saying, reply: Reply, bounds: Bounds
) -> tuple[Result, Receipt | None, PlatformError | None]:
    """The one call, with its hard time limit, repeated by nobody. What it raises that is no known answer counts as
    lost: it may have been heard."""
    try:
        with following("call"):
            async with asyncio.timeout(bounds.call_limit.total_seconds()):
                return Result.RECEIPT, await _call(platform, saying, reply), None
    except Refused as error:
        return Result.REFUSED, None, error
    except Throttled as error:
        return Result.THROTTLED, None, error
    except Lost as error:
        return Result.LOST, None, error
    except TimeoutError:
        return Result.LOST, None, Lost("the call took too long")
    except Exception as error:  # an adapter's mistake: nobody knows how far it came
        log.exception("call failed oddly", extra={"delivery": saying.delivery.id, "error": type(error).__name__})
        return Result.LOST, None, Lost(f"the adapter failed: {type(error).__name__}")


async def _call(platform: Platform, saying: Saying, reply: Reply) -> Receipt:
    key = saying.delivery.key
    match DraftKind(saying.revision.kind):
        case DraftKind.REPLY:
            return await platform.publish(reply, key)
        case DraftKind.PRIVATE:
            if not platform.can.answers_privately:  # it could not keep it between the two
                raise Refused(Reason.UNSUPPORTED, "This platform has no private answers.")
            return await platform.publish(reply, key)
        case DraftKind.CORRECTION:
            return await platform.correct(ours(saying), reply.text, key)
        case DraftKind.RETRACTION:
            await platform.retract(ours(saying))
            return ours(saying)
