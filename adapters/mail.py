"""Mail: one mailbox of ours, heard by IMAP, answered by SMTP.

Settings and capabilities are in `mail_settings`, the two lines in `mail_imap` and `mail_smtp`; mails are read in
`mail_read` (with `mail_words` and `mail_headers`), written in `mail_write`, asked for in `mail_posts`; hearing is in
`mail_listen`, our own reply is looked for in `mail_find`. Where from: RFC 5321, 5322, 3501, 2177, 3834, 3464, 3676,
and what exim and dovecot did (2026-11).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Clock, utc_now
from adapters.keeping import Keeper
from adapters.mail_find import find, look
from adapters.mail_imap import Line
from adapters.mail_listen import Listener
from adapters.mail_posts import Letters, answers_nobody
from adapters.mail_settings import CAPABILITIES, CONSENTS, Filed, Provider, Settings
from adapters.mail_smtp import Login, Sender
from adapters.mail_write import Names, Outgoing, written
from adapters.oauth import Access, Grant, Tokens
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
from adapters.settings import SettingError
from adapters.text import Text

log = logging.getLogger(__name__)

#: Of a call's time, what is kept for filing the mail after it was taken.
FILING_LIMIT = timedelta(seconds=10)


class Mail:
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "mail"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """How a mailbox is connected that takes no password."""
        if settings.oauth is Provider.NONE:
            return None
        for key in ("client_id", "client_secret"):
            if not getattr(settings, key):
                raise SettingError(key, "is missing: make an app for web there.")
        consent = CONSENTS[settings.oauth]
        return Grant(
            authorise=settings.consent_page or consent.authorise.replace("{tenant}", settings.tenant),
            token=settings.token_page or consent.token.replace("{tenant}", settings.tenant),
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=consent.scopes,
            extra={**consent.extra, "login_hint": settings.login},
        )

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        grant = self.grant(settings)
        self._access = None if grant is None else Access(grant, keeper, clock=clock)
        self._tokens: Tokens | None = None
        names = Names(secret=settings.client_secret or settings.password, domain=settings.domain)
        self._names = names
        self._ears = Line(settings.imap_server, self._login)
        self._line = Line(settings.imap_server, self._login)
        self._letters = Letters(self._line, settings, names)
        self._sender = Sender(settings.smtp_server, local=settings.domain, clock=clock)
        self._notes: tuple[str, ...] = ()

    @property
    def can(self) -> Capabilities:
        given = self._settings
        return replace(
            CAPABILITIES,
            finds=given.sent is not Filed.APPEND,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        given = self._settings
        await self._renewing(self._letters.look_around)
        await self._sender.check(await self._login())
        notes = []
        if self._letters.sent is None:
            notes.append("The mailbox has no folder of sent mail that we know: name it in sent_folder.")
        if given.sent is Filed.APPEND:
            notes.append(
                "After an accident while sending a person decides, since we file what we sent ourselves. With "
                'sent = "copy", or "server" where the server files it, the mailbox tells.'
            )
        elif given.late_bound is None or given.listing_lag is None:
            notes.append(
                "Nobody says how late a mail server may still take a mail: after an accident a person decides, unless "
                "late_bound and listing_lag are set."
            )
        self._notes = tuple(notes)
        return Author(ref=given.address.lower(), handle=given.address, name=given.called or given.address)

    async def close(self) -> None:
        await self._ears.close()
        await self._line.close()
        if self._access is not None:
            await self._access.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._settings.longest, unit=Unit.CODE_POINTS)

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        listener = Listener(line=self._ears, letters=self._letters, settings=self._settings, clock=self._clock)
        refused = False
        while True:
            try:
                async for batch in listener.run(since):
                    refused, since = False, batch.cursor
                    yield batch
            except AuthFailed:
                if self._access is None or self._tokens is None or refused:
                    raise
                refused = True
                await self._access.renew(self._tokens)  # a token that was withdrawn before its time

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        await self._opened()
        return await self._letters.thread(ref.id)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        """A mail stays as it was sent; one that lies nowhere but in the bin any more is unavailable."""
        if not refs:
            return {}
        await self._opened()
        found = await self._letters.by_name(ref.id for ref in refs)
        answers: dict[PostRef, PublicPost | Gone | Unavailable] = {}
        for ref in refs:
            one = found.get(ref.id)
            if one is None:
                answers[ref] = Unavailable(ref, "it is not in the mailbox any more")
            else:
                root = await self._letters.root(one.letter) if one.letter.parents else ref.id
                answers[ref] = self._letters.post(one, root=root, ref=ref.id)
        return answers

    async def search(self, words: str, since: Cursor | None) -> Batch:
        await self._opened()
        after = None if since is None else datetime.fromisoformat(since)
        found = await self._letters.search(words, None if after is None else after.date())
        posts = [
            self._letters.post(one, root=await self._letters.root(one.letter))
            for one in found
            if after is None or one.letter.arrived >= after
        ]
        posts.sort(key=lambda post: post.at)
        newest = max((post.at for post in posts), default=after or self._clock())
        return Batch(tuple(Posted(post) for post in posts if not post.ours), Cursor(newest.isoformat()))

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: subject, thread and address are the mail's own."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        return Fit(len(text.plain), self._settings.longest, Unit.CODE_POINTS)

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        fit = self.fit(reply.text)
        if not fit.fits:
            return Refusal(Reason.TOO_LONG, f"The reply has {fit.length} characters, {fit.limit} are allowed.")
        if not reply.text.plain.strip():
            return Refusal(Reason.INVALID, "The reply is empty.")
        try:
            mail = self._written(reply, "preflight")
            there = (await self.fetch([reply.parent]))[reply.parent]
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        except Refused as error:
            return Refusal(error.reason, error.sentence)
        if not isinstance(there, PublicPost):
            return Refusal(Reason.GONE, "The mail we answer is not in the mailbox any more.")
        notes = [f"It goes to {mail.recipient} alone."]
        if answers_nobody(mail.recipient):
            notes.append("By its name, nobody reads what is sent there.")
        if there.author.bot:
            notes.append("A program wrote that mail.")
        return Ready(notes=tuple(notes))

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One mail, handed over once. The same id again would be a second mail: whoever tries again looks first."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.call_limit.total_seconds()
        mail = self._written(reply, key)
        try:
            async with asyncio.timeout(self._settings.call_limit.total_seconds() / 2):
                login = await self._login()
                if self._settings.sent is Filed.APPEND and self._letters.sent is None:
                    await self._letters.look_around()
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            detail = f"The mailbox cannot be reached ({type(error).__name__})."
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, detail) from error
        try:
            await self._sender.send(mail, login, seconds=max(0.001, end - loop.time()))
        except AuthFailed as error:
            if self._access is not None and self._tokens is not None:
                await self._renewed_or_refused(self._tokens)
            raise Refused(Reason.AUTH, error.sentence) from error
        at = self._clock()
        await self._filed(mail.raw, at, end - loop.time())
        return Receipt(ref=PostRef(mail.id), url=self._letters.url(mail.id), at=at, text=reply.text.plain)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            await self._opened()
            return await find(self._letters, reply, id=self._names.of(key), filed=self._settings.sent)
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")

    async def look(self, receipt: Receipt) -> Visibility:
        """A mail that was taken is on its way; one that comes back as not delivered was not seen."""
        await self._opened()
        seen, says = await look(self._letters, receipt)
        if says:
            log.info("a server says of a reply: %s", seen.value)
        return seen

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        raise Refused(Reason.UNSUPPORTED, "A mail that was sent cannot be changed: write another one.")

    async def retract(self, receipt: Receipt) -> None:
        raise Refused(Reason.UNSUPPORTED, "A mail that was sent cannot be taken back.")

    # Inside

    def _written(self, reply: Reply, key: str) -> Outgoing:
        given = self._settings
        return written(
            reply,
            id=self._names.of(key),
            address=given.address,
            name=given.called,
            now=self._clock(),
            copy=given.sent is Filed.COPY,
        )

    async def _filed(self, raw: bytes, at: datetime, left: float) -> None:
        """What was taken is among the sent mails, if that is ours to do. A failure does not undo the sending."""
        if self._settings.sent is not Filed.APPEND or self._letters.sent is None:
            return
        try:
            async with asyncio.timeout(max(0.5, min(left, FILING_LIMIT.total_seconds()))):
                await self._letters.file(raw, at.astimezone(UTC))
        except (AuthFailed, Unreachable, Throttled, Malformed, TimeoutError) as error:
            log.warning("a reply was sent and could not be filed: %s", type(error).__name__)

    async def _login(self) -> Login:
        given = self._settings
        if self._access is None:
            return Login(given.login, given.password)
        self._tokens = await self._access.current()
        return Login(given.login, self._tokens.access, bearer=True)

    async def _opened(self) -> None:
        if self._letters.sent is None:
            await self._renewing(self._letters.look_around)

    async def _renewing(self, ask: Callable[[], Awaitable[object]]) -> object:
        """The answer; asked again once, where a token was withdrawn before its time."""
        try:
            return await ask()
        except AuthFailed:
            if self._access is None or self._tokens is None:
                raise
            await self._access.renew(self._tokens)
            return await ask()

    async def _renewed_or_refused(self, tokens: Tokens) -> None:
        """After our token was not taken: another one is at hand, and nothing was sent."""
        assert self._access is not None
        try:
            await self._access.renew(tokens)
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Throttled, Malformed):
            pass
        raise Throttled(self._clock() + timedelta(seconds=1), "the access was renewed")


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Mail` against the contract."""
    return Mail(settings)
