"""A system of your own: it tells us what customers write by signed calls, and takes our replies by its webhook.

For contact forms, in-house tools, and sites without an API. Settings and capabilities are in `inbound_settings`,
signatures in `inbound_signing`, what is said in `inbound_read`, questions and replies in `inbound_calls`; the OpenAPI
description for whoever builds the other side is in `inbound_describe`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities, Once
from adapters.contract import Platform
from adapters.errors import AuthFailed, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Clock, utc_now
from adapters.inbound_calls import Calls, find
from adapters.inbound_describe import description
from adapters.inbound_read import read_body, read_event, read_message, us
from adapters.inbound_settings import CAPABILITIES, Settings
from adapters.inbound_signing import Door, Reused, keys_of
from adapters.keeping import Keeper
from adapters.posts import (
    Absent,
    AsHeard,
    Author,
    Batch,
    CannotTell,
    Cursor,
    Fit,
    Gone,
    Hook,
    HookAnswer,
    Limits,
    PostRef,
    PublicPost,
    Ready,
    Receipt,
    Refusal,
    Reply,
    Unavailable,
    Unit,
    Visibility,
)
from adapters.streams import pause_after
from adapters.text import Text

log = logging.getLogger(__name__)

#: Nothing comes by asking; a word now and then says that the account is alive.
SIGN_OF_LIFE = timedelta(minutes=5)
EVENTS, DESCRIPTION = "events", "openapi.json"
NO_WAY_BACK = "This system takes no replies from Twoway: answer there, then say where the answer stands."


class Inbound:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "inbound"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its secret comes from the settings and does not end
        self._settings = settings
        self._clock = clock
        self._door = Door(settings.secret, window=settings.window)
        self._calls = Calls(settings, clock=clock) if settings.webhook else None
        self._notes: tuple[str, ...] = ()

    @property
    def can(self) -> Capabilities:
        given = self._settings
        way_back = self._calls is not None
        return replace(
            CAPABILITIES,
            replies=way_back,
            once=Once.KEY if given.idempotent else Once.FIND if given.asks else Once.NEVER,
            finds=given.asks,
            corrects=given.changes,
            retracts=given.changes,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        """Where there is a webhook, it is asked to say that it knows the secret (`ping`)."""
        given = self._settings
        keys_of(given.secret)
        notes = []
        if self._calls is None:
            notes.append("No webhook is set: replies cannot go out, and cards say to answer in the system itself.")
        else:
            notes += await self._calls.ping()
            if not given.asks:
                notes.append(
                    "The webhook answers no questions (asks): when a call is cut off, a person has to say whether the "
                    "reply arrived."
                )
        self._notes = tuple(notes)
        return us(given)

    async def close(self) -> None:
        return None

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._settings.longest, unit=Unit.CODE_POINTS)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """News comes by `hook`; here only signs of life. The webhook being away keeps nobody from telling us."""
        failures = 0
        while True:
            try:
                await self.open()
                failures = 0
            except (Unreachable, Throttled, Malformed) as error:
                failures += 1
                log.warning("the webhook does not answer: %s", error)
            yield Batch((), since or Cursor("called"))
            await asyncio.sleep((pause_after(failures) if failures else SIGN_OF_LIFE).total_seconds())

    async def hook(self, request: Hook) -> HookAnswer:
        if request.path == DESCRIPTION:
            if request.method not in ("GET", "HEAD"):
                return HookAnswer(status=405, allow="GET, HEAD")
            body = json.dumps(description(), ensure_ascii=False, indent=2).encode()
            return HookAnswer(status=200, body=body, content_type="application/json")
        if request.path != EVENTS:
            return HookAnswer(status=404, body=b"unknown path")
        if request.method != "POST":
            return HookAnswer(status=405, body=b"POST only")
        try:
            at = self._door.enter(request.headers, request.body, now=self._clock())
        except Reused:
            log.warning("an id came again with another body")
            return HookAnswer(status=409, body=b"this webhook-id was given to another call")
        heard = read_event(read_body(request.body), at=at, settings=self._settings)
        return HookAnswer(status=204, heard=(heard,))

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        return ()  # nobody can be asked: threads are told by `parent`

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable | AsHeard]:
        if self._calls is None or not self._settings.asks:
            return {ref: AsHeard(ref) for ref in refs}
        return {ref: await self._one(self._calls, ref) for ref in dict.fromkeys(refs)}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        return Batch((), since or Cursor(""))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: their system knows whom we answer."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        lost = tuple(f"{mark.value} becomes plain words" for mark in sorted(text.marks(), key=lambda one: one.value))
        return Fit(len(text.plain), self._settings.longest, Unit.CODE_POINTS, lost)

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        if self._calls is None:
            return Refusal(Reason.UNSUPPORTED, NO_WAY_BACK)
        fit = self.fit(reply.text)
        if not fit.fits:
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} characters, {fit.limit} are allowed there.")
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        try:
            keys_of(self._settings.secret)
            now = (await self.fetch([reply.parent]))[reply.parent]
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        if isinstance(now, Gone | Unavailable):
            return Refusal(Reason.GONE, "The message is deleted there.")
        return Ready()

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One call; where a repeat is one reply there, the same call again until it is answered or time is up."""
        return await self._way_back().reply(reply, key)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        if self._calls is None or not self._settings.asks:
            return CannotTell("this system cannot be asked what became of a reply")
        try:
            return find(await self._calls.standing(reply.parent), reply, key)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        now = (await self.fetch([receipt.ref]))[receipt.ref]
        if isinstance(now, AsHeard):
            raise Unreachable("this system cannot be asked whether the reply stands")
        return Visibility.VISIBLE if isinstance(now, PublicPost) else Visibility.REJECTED

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        self._changes()
        return await self._way_back().correct(receipt, text, key)

    async def retract(self, receipt: Receipt) -> None:
        self._changes()
        await self._way_back().retract(receipt)

    # Inside

    def _way_back(self) -> Calls:
        if self._calls is None:
            raise Refused(Reason.UNSUPPORTED, NO_WAY_BACK)
        return self._calls

    def _changes(self) -> None:
        if not self._settings.changes:
            raise Refused(Reason.UNSUPPORTED, "This system takes no corrections: change the reply there.")

    async def _one(self, calls: Calls, ref: PostRef) -> PublicPost | Gone:
        found = await calls.message(ref)
        if found is None:
            return Gone(ref)
        post = read_message(found, at=self._clock(), settings=self._settings)
        if post.ref != ref:
            raise Malformed("answer message", "the message that was asked for")
        return post


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Inbound` against the contract."""
    return Inbound(settings)
