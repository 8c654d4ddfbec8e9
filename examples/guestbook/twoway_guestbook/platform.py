"""The guest book: hearing, answering, and looking for our own. See `adapters.contract.Platform` for every promise."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Http, good_body
from adapters.keeping import Keeper
from adapters.posts import (
    Absent,
    Author,
    Batch,
    CannotTell,
    Cursor,
    Fit,
    Gone,
    Hook,
    HookAnswer,
    Limits,
    Posted,
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
from adapters.text import Text, same_words
from twoway_guestbook.read import read_entries, read_entry, read_me
from twoway_guestbook.settings import CAPABILITIES, MOST, Settings

log = logging.getLogger(__name__)

LOOK_BACK = 20  # entries, at the very first start
PAGE = 50
SKEW = timedelta(minutes=10)  # how far their clock and ours may be apart


class Guestbook:
    """One account of ours in one guest book."""

    name: ClassVar[str] = "guestbook"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None) -> None:
        del keeper  # its token comes from the settings and does not end
        self._settings = settings
        self._http = Http(settings.server, headers={"Authorization": f"Bearer {settings.token}"})
        self._me: Author | None = None

    @property
    def can(self) -> Capabilities:
        return replace(CAPABILITIES, call_limit=self._settings.call_limit)

    async def open(self) -> Author:
        self._me = read_me(good_body(await self._http.get("/api/me"), "me"))
        return self._me

    async def close(self) -> None:
        await self._http.close()

    def notes(self) -> tuple[str, ...]:
        return ()

    def limits(self) -> Limits:
        return Limits(length=MOST, unit=Unit.CODE_POINTS)

    # Hearing

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """Numbers only grow here, so the last one told is all that has to be remembered."""
        last, failures = None if since is None else int(since), 0
        while True:
            pause = self._settings.poll
            try:
                me = self._me or await self.open()
                while posts := await self._after(last, me.ref):
                    last = int(posts[-1].ref.id)
                    yield Batch(tuple(Posted(post) for post in posts), Cursor(str(last)))
                failures = 0
            except Throttled as error:
                log.warning("asked to wait: %s", error)
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = min(pause, pause_after(failures))
                log.warning("cannot ask, again in %.1f s: %s", pause.total_seconds(), error)
            await asyncio.sleep(pause.total_seconds())

    async def _after(self, last: int | None, me: str) -> Sequence[PublicPost]:
        asked = [("newest", str(LOOK_BACK))] if last is None else [("after", str(last)), ("most", str(PAGE))]
        return read_entries(good_body(await self._http.get("/api/entries", asked), "entries"), me=me)

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        return await self._list("thread", ref)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        return {ref: await self._one(ref) for ref in dict.fromkeys(refs)}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        return Batch((), since or Cursor(""))  # not declared, so never asked

    async def _one(self, ref: PostRef) -> PublicPost | Gone:
        me = self._me or await self.open()
        answer = await self._http.get(f"/api/entries/{int(ref.id)}")
        return Gone(ref) if answer.status == 404 else read_entry(good_body(answer, "entry"), me=me.ref)

    async def _list(self, by: str, ref: PostRef) -> Sequence[PublicPost]:
        me = self._me or await self.open()
        answer = await self._http.get("/api/entries", [(by, str(int(ref.id)))])
        return read_entries(good_body(answer, "entries"), me=me.ref)

    # Answering

    def compose(self, words: Text, parent: PublicPost) -> Text:
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        return Fit(len(text.plain), MOST, Unit.CODE_POINTS)

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        if not (fit := self.fit(reply.text)).fits:
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} characters, {fit.limit} are allowed.")
        try:
            now = await self._one(reply.parent)
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        return Refusal(Reason.GONE, "The entry is deleted.") if isinstance(now, Gone) else Ready()

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """`write_once` decides by the answer what is refused, what comes later, and what nobody knows."""
        answer = await self._http.write_once(
            "POST",
            "/api/entries",
            body={"under": int(reply.parent.id), "words": reply.text.plain},
            limit=self._settings.call_limit,
        )
        try:
            return _receipt(read_entry(answer.body, me=""))
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            under = await self._list("under", reply.parent)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")
        ours = [one for one in under if one.ours and one.ref not in reply.known]
        for one in ours:
            if same_words(one.text.plain, reply.text.plain):
                return _receipt(one)
        first = min(reply.attempts, default=None)
        if first is not None and any(one.at >= first - SKEW for one in ours):
            return CannotTell("somebody answered there with other words at that time")
        return Absent()

    async def look(self, receipt: Receipt) -> Visibility:
        return Visibility.REJECTED if isinstance(await self._one(receipt.ref), Gone) else Visibility.VISIBLE

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, "Entries in the guest book cannot be changed.")

    async def retract(self, receipt: Receipt) -> None:
        raise Refused(Reason.UNSUPPORTED, "Only the site's owner can take entries away.")


def _receipt(post: PublicPost) -> Receipt:
    return Receipt(ref=post.ref, url=post.url, at=post.at, text=post.text.plain)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds the class against the contract."""
    return Guestbook(settings)
