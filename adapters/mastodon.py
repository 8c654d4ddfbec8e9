"""Mastodon and compatible servers: who we are there, answering, correcting and retracting.

Settings and capabilities are in `mastodon_settings`, what servers say is read in `mastodon_read`, hearing is
in `mastodon_listen`, looking for our own reply in `mastodon_find`, for words in `mastodon_search`. Where from:
docs.joinmastodon.org (2026-07), the server's source, and servers as they were seen.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar
from urllib.parse import quote, urlsplit

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Clock, Http, good_body, utc_now
from adapters.keeping import Keeper
from adapters.mastodon_find import find
from adapters.mastodon_listen import Listener, Rhythm
from adapters.mastodon_pictures import ids_of, upload
from adapters.mastodon_read import (
    AUDIENCE_WORDS,
    Instance,
    read_account,
    read_blocked_by,
    read_context,
    read_dropped,
    read_instance,
    read_source,
    read_status,
    with_root,
)
from adapters.mastodon_search import search
from adapters.mastodon_settings import CAPABILITIES, Settings
from adapters.measure import mastodon_length
from adapters.payload import JSON, read_list, read_object
from adapters.pictures import Picture, why_not
from adapters.posts import (
    Absent,
    Audience,
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
    narrower,
)
from adapters.text import Mark, Text

log = logging.getLogger(__name__)

BATCH = 20  # statuses asked for in one call: DEFAULT_STATUSES_LIMIT in the server's statuses_controller.rb


class Mastodon:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "mastodon"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its token comes from the settings and does not end
        self._settings = settings
        self._clock = clock
        self._http = Http(
            settings.server,
            headers={"Authorization": f"Bearer {settings.token}", "User-Agent": "Twoway"},
            clock=clock,
        )
        self._instance = Instance(domain=(urlsplit(settings.server).netloc or "").lower())
        self._me: Author | None = None
        self._notes: tuple[str, ...] = ()
        self._batches = True  # until the server says that it cannot

    @property
    def can(self) -> Capabilities:
        given = self._settings
        return replace(
            CAPABILITIES,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        answer = await self._http.get("/api/v1/accounts/verify_credentials")
        if answer.status in (400, 403):  # 400 with plain text: a server in the wild says so to a bad token
            raise AuthFailed(f"{self._settings.server} does not accept the token: make a new one under Development.")
        body = good_body(answer, "verify_credentials")
        self._instance = await self._ask_instance()
        self._me = read_account(body, self._instance.domain)
        notes = []
        if not self._me.bot:
            notes.append("The account is not marked as automated; many servers ask for that in their rules.")
        notes += await self._ask_policy()
        self._notes = tuple(notes)
        return self._me

    async def close(self) -> None:
        await self._http.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._instance.length, unit=Unit.GRAPHEMES, pictures=self._instance.pictures)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._settings
        while (me := self._me) is None:
            try:
                me = await self.open()
            except (Unreachable, Throttled, Malformed) as error:
                log.warning("cannot open the account yet: %s", error)
                await asyncio.sleep(given.poll.total_seconds())
        listener = Listener(
            http=self._http,
            me=me.ref,
            domain=self._instance.domain,
            rhythm=Rhythm(
                poll=given.poll,
                poll_beside_stream=given.poll_beside_stream,
                stream_idle=given.stream_idle,
                look_back=given.look_back,
            ),
            stream_url=self._stream_url() if given.streaming else None,
            clock=self._clock,
        )
        async for batch in listener.run(since):
            yield batch

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us: webhooks are for a server's own admins

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        status = await self._http.get(_path(ref))
        if status.status in (404, 410):
            return ()
        post = self._post(good_body(status, "status"))
        context = good_body(await self._http.get(_path(ref, "/context")), "context")
        before, after = read_context(context, me=self._my_id(), domain=self._instance.domain)
        root = before[0].ref if before else post.ref
        return with_root((*before, post, *after), root)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        found: dict[PostRef, PublicPost | Gone | Unavailable] = {}
        wanted = list(dict.fromkeys(refs))
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            if self._batches and len(some) > 1:
                found.update({post.ref: post for post in await self._fetch_batch(some)})
            for ref in some:
                if ref not in found:
                    found[ref] = await self._fetch_one(ref)
        return {ref: found[ref] for ref in wanted}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        return await search(self._http, words, since, me=self._my_id(), domain=self._instance.domain)

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """The author is notified only if the text mentions them, so a mention is put before it if it has none."""
        if parent.ours or self._mentions(words.plain, parent.author.handle):
            return words
        return Text.of(f"@{parent.author.handle} ") + words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        length = mastodon_length(text.plain, warning=warning or "", per_url=self._instance.per_url)
        return Fit(length, self._instance.length, Unit.GRAPHEMES, _lost(text))

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text, warning=reply.warning)
        if not fit.fits:
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} characters, this server allows {fit.limit}.")
        if not reply.text:
            return Refusal(Reason.INVALID, "The reply is empty.")
        if sentence := why_not(reply.pictures, self._instance.pictures, where=self._instance.domain):
            return Refusal(Reason.INVALID, sentence)
        try:
            now = await self._fetch_one(reply.parent)
            if not isinstance(now, PublicPost):
                return Refusal(Reason.GONE, "The post is deleted, or not visible to us any more.")
            if narrower(now.visibility, reply.visibility) is not reply.visibility:
                return Refusal(Reason.TOO_WIDE, "The post is seen by fewer people now than when we read it.")
            if not now.ours and await self._blocked_by(now.author):
                return Refusal(Reason.NOT_ALLOWED, f"@{now.author.handle} has blocked this account.")
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        notes = []
        if not now.ours and not self._mentions(reply.text.plain, now.author.handle):
            notes.append(f"The text does not mention @{now.author.handle}, who will not be notified.")
        if self._audience(reply) is Audience.DIRECT:
            notes.append("Only the accounts mentioned in the text will see it.")
        return Ready(notes=tuple(notes))

    async def upload(self, picture: Picture) -> JSON:
        return await upload(self._http, picture, limit=self._settings.call_limit)

    async def publish(self, reply: Reply, key: str) -> Receipt:
        body: dict[str, object] = {
            "status": reply.text.plain,
            "in_reply_to_id": reply.parent.id,
            "visibility": AUDIENCE_WORDS[self._audience(reply)],
        }
        if reply.warning:
            body |= {"spoiler_text": reply.warning, "sensitive": True}
        if reply.language:
            body["language"] = reply.language
        if reply.pictures:
            body["media_ids"] = ids_of(reply.pictures)
        answer = await self._http.write_once(
            "POST",
            "/api/v1/statuses",
            body=body,
            headers={"Idempotency-Key": key},
            limit=self._settings.call_limit,
        )
        return self._receipt(answer.body, under=reply.parent)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            me = self._me or await self.open()
            return await find(self._http, reply, me=me.ref, domain=self._instance.domain)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        now = await self._fetch_one(receipt.ref)
        return Visibility.VISIBLE if isinstance(now, PublicPost) else Visibility.REJECTED

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        try:
            body = await self._as_it_stands(receipt.ref)
        except (Unreachable, Malformed) as error:
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"The reply cannot be read: {error}") from error
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        answer = await self._http.write_once(
            "PUT", _path(receipt.ref), body={**body, "status": text.plain}, limit=self._settings.call_limit
        )
        return self._receipt(answer.body)

    async def retract(self, receipt: Receipt) -> None:
        try:
            await self._http.write_once("DELETE", _path(receipt.ref), limit=self._settings.call_limit)
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    # Inside

    async def _ask_instance(self) -> Instance:
        for path in ("/api/v2/instance", "/api/v1/instance"):
            answer = await self._http.get(path)
            if answer.good and answer.is_json:
                return read_instance(answer.body, self._instance.domain)
        raise Unreachable(f"{self._settings.server} does not answer as a Mastodon-compatible server")

    async def _ask_policy(self) -> list[str]:
        """Whether the account's own notification policy throws away what we should hear (4.3 and later)."""
        answer = await self._http.get("/api/v2/notifications/policy")
        if not answer.good:
            return []
        dropped = read_dropped(answer.body)
        if not dropped:
            return []
        return [
            f"The account's settings drop notifications ({', '.join(dropped)}): those people are not heard. "
            "Set them to filter or accept under Preferences, Notifications."
        ]

    def _stream_url(self) -> str:
        base = self._instance.streaming or self._settings.server
        base = re.sub(r"^ws(s?)://", r"http\1://", base).rstrip("/")
        if self._settings.server.startswith("https://") and not base.startswith("https://"):
            base = self._settings.server.rstrip("/")  # the token never goes out in the clear
        return f"{base.removesuffix('/api/v1/streaming')}/api/v1/streaming/user"

    async def _fetch_batch(self, refs: Sequence[PostRef]) -> tuple[PublicPost, ...]:
        answer = await self._http.get("/api/v1/statuses", [("id[]", ref.id) for ref in refs])
        if not answer.good:
            self._batches = False  # before 4.3, and on other servers: one by one
            return ()
        return tuple(self._post(item) for item in read_list(answer.body, "statuses"))

    async def _fetch_one(self, ref: PostRef) -> PublicPost | Gone | Unavailable:
        answer = await self._http.get(_path(ref))
        if answer.status == 410:
            return Gone(ref)
        if answer.status in (403, 404):
            return Unavailable(ref, "deleted, or not visible to us any more")
        return self._post(good_body(answer, "status"))

    async def _blocked_by(self, author: Author) -> bool:
        answer = await self._http.get("/api/v1/accounts/relationships", [("id[]", author.ref)])
        return answer.good and read_blocked_by(answer.body)

    async def _as_it_stands(self, ref: PostRef) -> dict[str, object]:
        """What an edit has to send again, because the server would take it away otherwise."""
        status = read_object(good_body(await self._http.get(_path(ref)), "status"), "status")
        answer = await self._http.get(_path(ref, "/source"))
        warning = read_source(answer.body)[1] if answer.good else str(status.get("spoiler_text") or "")
        media = status.get("media_attachments")
        body: dict[str, object] = {"spoiler_text": warning, "sensitive": status.get("sensitive") is True}
        if isinstance(language := status.get("language"), str):
            body["language"] = language
        if isinstance(media, list) and media:
            body["media_ids"] = [read_object(item, "media").get("id") for item in media]
        return body

    def _post(self, body: object) -> PublicPost:
        return read_status(body, me=self._my_id(), domain=self._instance.domain)

    def _receipt(self, body: object, *, under: PostRef | None = None) -> Receipt:
        """From the answer to a call that the server accepted; one that shows no reply of ours is `Lost`."""
        try:
            post = self._post(body)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error
        if under is not None and post.parent not in (under, None):
            raise Lost("accepted, but the answer shows another post: was this key used before?")
        return Receipt(
            ref=post.ref,
            url=post.url,
            at=post.edited_at or post.at,
            text=post.text.plain,
            pictures=len(post.media),
        )

    def _my_id(self) -> str | None:
        return None if self._me is None else self._me.ref

    def _audience(self, reply: Reply) -> Audience:
        return narrower(reply.visibility, self._settings.reply_visibility)

    def _mentions(self, words: str, handle: str) -> bool:
        """Whether words mention that account: `@ann` is not `@ann.b`, nor `@ann@elsewhere`."""
        here = "" if "@" in handle else f"(?:@{re.escape(self._instance.domain)})?"
        after = r"(?![\w]|[.-]+\w|@\w)"
        return re.search(rf"(?<![=/\w])@{re.escape(handle)}{here}{after}", words, re.I) is not None


def _path(ref: PostRef, rest: str = "") -> str:
    return f"/api/v1/statuses/{quote(ref.id, safe='')}{rest}"


# What a reply loses because a status is plain text.
_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
}


def _lost(text: Text) -> tuple[str, ...]:
    marks = text.marks()
    lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
    if any(s.mark is Mark.LINK and s.target and s.words not in ("", s.target) for s in text.spans):
        lost.append("labels of links stand beside their addresses")
    return tuple(lost)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Mastodon` against the contract."""
    return Mastodon(settings)
