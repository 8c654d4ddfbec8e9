"""A Discourse forum: its topics are heard, answered in, and counted.

Settings and capabilities are in `discourse_settings`, what Discourse says is read in `discourse_read`, asked for and
written in `discourse_calls`; what all boards have in common is in `boards`. Here: the platform, and its webhook.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import ClassVar

from adapters.boards import Board, Entry
from adapters.boards_hooks import body_of
from adapters.boards_words import same_shown
from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.discourse_calls import QUEUED, DiscourseCalls
from adapters.discourse_read import read_post, read_voted
from adapters.discourse_settings import CAPABILITIES, Counted, Settings
from adapters.errors import AuthFailed
from adapters.http import Clock, utc_now
from adapters.keeping import Keeper
from adapters.payload import read_object
from adapters.posts import (
    Edited,
    Gone,
    Heard,
    Hook,
    HookAnswer,
    Posted,
    Receipt,
    Removed,
    Unavailable,
    Visibility,
    Voted,
)
from adapters.webhooks import signed

log = logging.getLogger(__name__)

SIGNATURE = "x-discourse-event-signature"
_TOLD: Mapping[str, type[Posted] | type[Edited]] = {
    "post_created": Posted,
    "post_recovered": Posted,
    "post_edited": Edited,
}


class Discourse(Board):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "discourse"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its key comes from the settings and does not end
        self._settings = settings
        self._asking = DiscourseCalls(settings, clock)
        super().__init__(self._asking, settings, clock)

    async def hook(self, request: Hook) -> HookAnswer:
        """A webhook's call. Kinds that say nothing about a conversation are let pass by name."""
        given = self._settings
        if not given.hook_secret:
            return HookAnswer(status=404, body=b"no webhook is set up for this account")
        if request.method != "POST":
            return HookAnswer(status=405, body=b"POST only")
        if not signed(given.hook_secret.encode(), request.body, request.headers.get(SIGNATURE), prefix="sha256="):
            raise AuthFailed("the call is not signed with the webhook's secret")
        body = body_of(request.body)
        kind, event = request.headers.get("x-discourse-event-type", ""), request.headers.get("x-discourse-event", "")
        if kind == "topic_voting":
            return HookAnswer(status=200, heard=self._vote(body.get("topic_voting")))
        if kind != "post" or event not in {*_TOLD, "post_destroyed"}:
            return HookAnswer(status=200, body=b"nothing to us")
        return HookAnswer(status=200, heard=await self._told(event, body.get("post")))

    async def look(self, receipt: Receipt) -> Visibility:
        """A reply that waited for a moderator got no number then: it is looked for by its words."""
        if not receipt.ref.id.startswith(QUEUED):
            return await super().look(receipt)
        entries, _ = await self._asking.under(str(receipt.extra["topic"]), since=None)
        ours = [one for one in entries if one.post.ours and same_shown(one.post.text.plain, receipt.text or "")]
        if any(one.shown for one in ours):
            return Visibility.VISIBLE
        return Visibility.PENDING if ours else Visibility.REJECTED

    # Inside

    def _vote(self, value: object) -> tuple[Heard, ...]:
        voted = read_voted(value) if self._settings.counts is Counted.VOTES else None
        return () if voted is None else (Voted(*voted),)

    async def _told(self, event: str, value: object) -> tuple[Heard, ...]:
        post = read_object(value, "post")
        entry = read_post(post, self._asking.forum)
        if entry is None or post.get("topic_archetype") == "private_message":
            return ()
        if self._settings.heard and post.get("category_id") not in self._settings.heard:
            return ()
        ref = entry.post.ref
        if event == "post_destroyed" or not entry.shown:
            # Asked, and not believed: a call that comes again after the post was brought back must take nothing away.
            now = (await self._asking.some([ref]))[ref]
            if isinstance(now, Gone) or (isinstance(now, Entry) and now.gone):
                return (Removed(ref),)
            if isinstance(now, Unavailable):
                return (now,)
            return (Unavailable(ref, now.unseen),) if not now.shown else ()
        return (_TOLD[event](entry.post),)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Discourse` against the contract."""
    return Discourse(settings)
