"""The Teams surface: hears verified activities, shows cards and dialogs. Translates and decides nothing.

Nothing is acknowledged before the inbox has stored it. Leaves activities to `inbound`, cards to `render`, the Bot
Framework to `connector`, who somebody is to `people`, invokes that wait for their answer to `invokes`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.chat.contract import (
    Abilities,
    Card,
    ChatClosed,
    ChatError,
    ChatRefused,
    Dialog,
    Health,
    Inbound,
    Inbox,
    MessageRef,
    Person,
    Place,
    Profile,
    ReplyTo,
    SharedFile,
    SignSeen,
    Submitted,
)
from bot.chat.emoji import prepare
from bot.chat.teams.connector import UNDECIDED, Connector, Credentials, Unverified
from bot.chat.teams.failures import ADD_APP
from bot.chat.teams.inbound import INVOKED, REACTION, Heard, Ignored, Reading, read, with_dialog
from bot.chat.teams.invokes import NOT_SAVED, TOO_SLOW, Dialogs, Waiting, nothing, said, submission_answer
from bot.chat.teams.limits import Pace
from bot.chat.teams.outbound import Outbound
from bot.chat.teams.people import KEPT, People
from bot.chat.teams.render import has_buttons, text_of
from bot.chat.teams.trust import Identity, Trust
from bot.publishing.crash import on_loopback as is_loopback

log = logging.getLogger(__name__)

# Teams waits 15 s for an activity (learn.microsoft.com, bots/how-to/rate-limit and FAQ, 2026-11), less in practice.
ACCEPT_WITHIN = 10.0
FILL_WITHIN = 5.0  # until a dialog says that it could not be filled
SUBMIT_WITHIN = 2.8
ASK_AGAIN = 600.0  # seconds between two looks at the token while all is well


class TeamsSurface:
    """`Surface` of `bot.chat.contract`. `channels` are the ids of ours; `services` may speak for Teams."""

    name = "teams"

    def __init__(
        self,
        identity: Identity,
        *,
        services: Sequence[str],
        channels: Sequence[str] = (),
        targeted: bool = True,
        post_every: timedelta = timedelta(milliseconds=250),
        time_limit: timedelta = timedelta(seconds=10),
        fill_within: float = FILL_WITHIN,
        answer_within: float = 1.5,
        kept: timedelta = KEPT,
        credentials: Credentials | None = None,
    ) -> None:
        self.can = Abilities(
            reads_signs_again=False,
            signs_only_on_own=True,
            max_blocks=200,
            shows_whole=12_000,  # of the 40,000 units in `limits`: it is shown twice where it changed, runs cost more
            post_every=post_every.total_seconds(),
            updates_per_minute=600,  # a third of what an app may ask in all
            people_by_channel=True,
            dialogs_here=True,
            give_picture="Pictures cannot be given from Teams: a bot in a channel is handed no files.",
        )
        self._identity = identity
        self._targeted = targeted
        self._fill_within = fill_within
        self._answer_within = answer_within
        self._inbox: Inbox | None = None
        self._connector = Connector(
            identity,
            Trust(services, anonymous=identity.anonymous),
            time_limit=time_limit,
            credentials=credentials,
        )
        self._pace = Pace(lambda: datetime.now(UTC))
        self._people = People(self._connector, self._pace, tenant=identity.tenant, channels=channels, kept=kept)
        self._outbound = Outbound(self._connector, self._pace, self._people, identity, targeted=targeted)
        self._dialogs = Dialogs()
        self._waiting = Waiting()
        self._trouble: ChatError | None = None
        self._asked_at: float | None = None
        self._inside: dict[str, float] = {}
        self._heard_since: datetime | None = None

    # -------------------------------------------------------------------------------------------- beginning, end

    async def start(self, inbox: Inbox) -> None:
        """See the contract. Returns when a token was had, or refused, or the time limit has passed."""
        prepare()
        self._connector.open()
        self._inbox, self._heard_since = inbox, datetime.now(UTC)
        if self._identity.anonymous:
            log.warning(
                "teams: ANONYMOUS. Whoever reaches this port can be anybody; only for a stand-in on this very machine",
                extra={"service": self._identity.service_url},
            )
        await self._ask_token()

    @property
    def heard_since(self) -> datetime | None:
        """Since this process began to hear, or a reaction came that it could not take. Whether Teams could reach us at
        all meanwhile, nobody says."""
        return self._heard_since

    async def stop(self) -> None:
        self._inbox = self._heard_since = None
        self._dialogs.drop()
        self._waiting.drop()
        await self._connector.close()

    async def health(self, places: Sequence[Place]) -> Health:
        await self._ask_token()
        if (trouble := self._trouble) is not None:
            if isinstance(trouble, ChatRefused):
                return Health(ok=False, sentence=f"Teams refuses us: {trouble.code}", remedy=trouble.remedy)
            return Health(ok=False, sentence=f"Teams does not answer: {trouble.code}")
        missing = [place.channel for place in places if not await self._is_inside(place.channel)]
        if not missing:
            return Health(ok=True)
        words = "a channel" if len(missing) == 1 else f"{len(missing)} channels"
        sentence = f"The app is not in {words}: {', '.join(missing)}"
        return Health(ok=False, sentence=sentence, remedy=ADD_APP, channels_missing=tuple(missing))

    async def _ask_token(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._trouble is None and self._asked_at is not None and now - self._asked_at < ASK_AGAIN:
            return
        try:
            await self._connector.token()
        except ChatError as error:
            if self._trouble is None or self._trouble.code != error.code:
                log.error("teams: no token", extra={"code": error.code})
            self._trouble = error
        else:
            self._trouble, self._asked_at = None, now

    async def _is_inside(self, channel: str) -> bool:
        """True also when Teams does not answer: that is no news about the channel."""
        now = asyncio.get_running_loop().time()
        if now - self._inside.get(channel, -1e9) < KEPT.total_seconds():
            return True
        try:
            await self._pace.turn()
            await self._connector.members(channel)
        except ChatRefused:
            return False
        except ChatError:
            return True
        self._inside[channel] = now
        return True

    async def place(self, channel: str) -> Place:
        return Place(surface=self.name, team=self._identity.tenant, channel=channel)

    # -------------------------------------------------------------------------------------------- what comes in

    async def http_handler(self, request: web.Request) -> web.Response:
        """POST /api/messages. 401 and 403 for what is not verified, 500 when not stored, else Teams' own answers."""
        inbox = self._inbox
        if inbox is None:
            return web.Response(status=503)
        began = asyncio.get_running_loop().time()
        if self._identity.anonymous and not is_loopback(request.remote or ""):
            log.warning("teams: refused", extra={"reason": "anonymous, from another machine"})
            return web.Response(status=403)
        try:
            activity: object = json.loads(await request.read())
        except (ValueError, RecursionError):
            log.warning("teams: unreadable request")
            return web.Response(status=400)
        if not isinstance(activity, dict):
            return web.Response(status=400)
        try:
            await self._connector.verify(request.headers.get("Authorization", ""), activity)
        except Unverified as error:
            log.warning("teams: refused", extra={"reason": error.reason, "activity": str(activity.get("id"))[:60]})
            if error.status == UNDECIDED:
                self._missed(activity)
            return web.Response(status=error.status)
        found = read(activity, Reading(datetime.now(UTC), self._identity.tenant, self._identity.app_id))
        if isinstance(found, Ignored):
            level = logging.WARNING if found.odd else logging.DEBUG
            log.log(level, "teams: ignored", extra={"reason": found.reason, "activity": str(activity.get("id"))[:60]})
            unknown = found.odd and activity.get("type") == "invoke"
            return web.Response(status=501) if unknown else _answer(nothing(activity))
        try:
            return _answer(await self._answered(inbox, activity, found, began))
        except Exception as error:  # the edge: whatever went wrong, it is not acknowledged
            kind = str(activity.get("type"))[:40]
            log.error("teams: not stored", extra={"error": type(error).__name__, "kind": kind})
            self._missed(activity)
            return web.Response(status=500)

    def _missed(self, activity: Mapping[str, object]) -> None:
        """Whether it comes again nobody promises, and what it was cannot be asked for."""
        if activity.get("type") == REACTION and self._inbox is not None:
            self._heard_since = datetime.now(UTC)

    async def _answered(
        self, inbox: Inbox, activity: Mapping[str, object], heard: Heard, began: float
    ) -> Mapping[str, object] | None:
        """Hands everything to the inbox; returns what the invoke is answered with. Raises when nothing was stored."""
        first = heard.happenings[0]
        if isinstance(first, Submitted):
            return await self._submitted(inbox, first, heard.saved or {}, began)
        if heard.opens:
            return await self._opened(inbox, first)
        with self._waiting.on(_invoke(first) if not self._targeted else None) as waiting:
            async with asyncio.timeout(ACCEPT_WITHIN):
                for happening in heard.happenings:
                    await inbox.accept(happening)
            if waiting is None:
                return nothing(activity)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._answer_within):
                    return said(await waiting)
        return nothing(activity)

    async def _opened(self, inbox: Inbox, happening: Inbound) -> Mapping[str, object]:
        """A dialog is the answer to the invoke that asked for it: wait until it is filled, a few seconds."""
        with self._dialogs.opening(happening.key) as (dialog_id, filled):
            async with asyncio.timeout(ACCEPT_WITHIN):
                await inbox.accept(with_dialog(happening, dialog_id))
            try:
                async with asyncio.timeout(self._fill_within):
                    return await filled
            except TimeoutError:
                log.warning("teams: dialog not filled", extra={"key": happening.key})
                return self._dialogs.too_slow()

    async def _submitted(
        self, inbox: Inbox, submitted: Submitted, held: Mapping[str, object], began: float
    ) -> Mapping[str, object] | None:
        """Never fails: whatever goes wrong is said beside the text, which stays."""
        dialog = self._dialogs.shown(submitted, held)
        left = SUBMIT_WITHIN - (asyncio.get_running_loop().time() - began)
        try:
            async with asyncio.timeout(left):
                answer = await inbox.submit(submitted)
            return submission_answer(answer, dialog, submitted, self._dialogs)
        except TimeoutError:
            log.error("teams: submission too slow", extra={"key": submitted.key, "kind": submitted.kind})
            return self._dialogs.kept(dialog, submitted, TOO_SLOW)
        except Exception as error:  # the edge of the dialog: what was typed must not be lost with it
            log.error(
                "teams: submission failed",
                extra={"key": submitted.key, "kind": submitted.kind, "error": type(error).__name__},
            )
            return self._dialogs.kept(dialog, submitted, NOT_SAVED)

    # -------------------------------------------------------------------------------------------- what goes out

    async def post(self, place: Place, card: Card, *, thread: str | None = None) -> MessageRef:
        return await self._outbound.post(place, card, thread=thread)

    async def update(self, message: MessageRef, card: Card) -> None:
        await self._outbound.update(message, card)

    async def delete(self, message: MessageRef) -> None:
        await self._outbound.delete(message)

    async def thread_of(self, message: MessageRef) -> str | None:
        """Teams says it with every reaction and press."""
        return message.thread

    async def link(self, message: MessageRef) -> str:
        channel, root = quote(message.place.channel, safe=""), message.thread or message.id
        query = urlencode({"tenantId": self._identity.tenant, "parentMessageId": root})
        return f"https://teams.microsoft.com/l/message/{channel}/{quote(message.id, safe='')}?{query}"

    async def answer(self, to: ReplyTo, card: Card) -> None:
        """With the press that asked, where nothing better is there and it still waits; else as a whisper."""
        if to.url is not None and not has_buttons(card) and self._waiting.tell(to.url, text_of(card)):
            return
        await self.whisper(to.person, to.place, card, thread=to.thread)

    async def whisper(self, person: Person, place: Place, card: Card, *, thread: str | None = None) -> None:
        await self._outbound.whisper(person, place, card, thread=thread)

    async def show_dialog(self, dialog_id: str, dialog: Dialog) -> None:
        self._dialogs.fill(dialog_id, dialog)

    async def show_home(self, person: Person, card: Card) -> None:
        await self._outbound.chat(person, card)

    # -------------------------------------------------------------------------------------------- people

    async def profile(self, person: Person, place: Place | None = None, *, fresh: bool = False) -> Profile:
        return await self._people.profile(person, place, fresh=fresh)

    async def members(self, group: str) -> frozenset[str]:
        """Groups of people are the directory's, which we do not ask: everybody is named."""
        return frozenset({group})

    async def file(self, file: SharedFile, *, most: int) -> bytes:
        raise ChatRefused("not_supported")

    async def signs_on(self, message: MessageRef) -> frozenset[SignSeen]:
        raise ChatClosed("not_supported")


def _invoke(happening: Inbound) -> str | None:
    """The invoke that a press came with."""
    reply = getattr(happening, "reply", None)
    url = reply.url if isinstance(reply, ReplyTo) else None
    return url if url is not None and url.startswith(INVOKED) else None


def _answer(body: Mapping[str, object] | None) -> web.Response:
    return web.Response(status=200) if body is None else web.json_response(body)
