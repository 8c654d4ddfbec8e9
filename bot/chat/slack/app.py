"""The Slack surface: hears by Socket Mode or signed HTTP, shows cards and dialogs. Translates and decides nothing.

slack_bolt reads and routes what comes in; nothing is acknowledged before the inbox has stored it. Leaves payloads to
`inbound`, blocks to `render`, failures of calls to `calls`, who somebody is to `people`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.contract import (
    Abilities,
    Card,
    ChatError,
    ChatRefused,
    ChatUnreachable,
    Dialog,
    Health,
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
from bot.chat.slack.calls import SlackCalls, quiet_logger
from bot.chat.slack.connection import Connection
from bot.chat.slack.inbound import Ignored, Reading, input_blocks, read, with_dialog
from bot.chat.slack.outbound import Outbound
from bot.chat.slack.people import People
from bot.chat.slack.render import loading
from bot.chat.slack.shared import NO_SCOPE, READS_FILES, Shared
from bot.chat.slack.socket import Socket
from bot.chat.slack.submissions import NOT_SAVED, TOO_SLOW, kept_back, response_action

log = logging.getLogger(__name__)

ANSWER_WITHIN = 2.8  # Slack gives a submission 3 s: docs.slack.dev/surfaces/modals, 2026-11
OPEN_WITHIN = timedelta(seconds=2)  # of the 3 s that a trigger lives; the rest is for storing
ACCEPT_WITHIN = 10.0  # later than Slack waits: a store that hangs must not heap up work


class SlackSurface:
    """`Surface` of `bot.chat.contract`. `commands` maps each slash command to its verb, or to None where the first
    word is the verb; `dialog_verbs` are the verbs whose command opens a dialog."""

    name = "slack"
    heard_since: datetime | None = None  # reactions can be read again

    def __init__(
        self,
        *,
        bot_token: str,
        signing_secret: str,
        app_token: str,
        api_url: str,
        mode: Literal["socket", "http"],
        commands: Mapping[str, str | None],
        dialog_verbs: frozenset[str],
        post_every: timedelta = timedelta(seconds=1),
        time_limit: timedelta = timedelta(seconds=10),
        pause_first: float = 1.0,
        pause_most: float = 60.0,
    ) -> None:
        # docs.slack.dev/apis/web-api/rate-limits, 2026-11: one message a second and channel, chat.update Tier 3.
        self.can = Abilities(
            reads_signs_again=True,
            signs_only_on_own=False,
            max_blocks=50,
            shows_whole=9_000,  # of the 13,200 in `limits`: the rest is for names, buttons and what changed
            post_every=post_every.total_seconds(),
            updates_per_minute=50,
            takes_files=True,
        )
        self._commands = dict(commands)
        self._dialog_verbs = dialog_verbs
        self._mode = mode
        self._time_limit = time_limit
        self._inbox: Inbox | None = None
        self._calls = SlackCalls(
            token=bot_token,
            api_url=api_url,
            time_limit=time_limit,
            on_dead_token=lambda code: self._connection.doubt(code),
            on_scopes=self._may,
        )
        self._connection = Connection(self._calls, pause_first=pause_first, pause_most=pause_most)
        self._people = People(self._calls, self._connection.installed, self._connection.custom_emoji)
        self._outbound = Outbound(self._calls)
        self._shared = Shared(self._calls, api_url=api_url, token=bot_token)
        self._socket = (
            Socket(self._calls, app_token, self._enveloped, pause_first=pause_first, pause_most=pause_most)
            if mode == "socket"
            else None
        )
        self._verifier = SignatureVerifier(signing_secret) if mode == "http" else None
        self._bolt = AsyncApp(
            name=quiet_logger().name,  # bolt takes the logger of its app's name, and sets its level
            logger=quiet_logger(),
            client=AsyncWebClient(base_url=api_url, logger=quiet_logger(), retry_handlers=[]),
            authorize=_authorized,  # bolt's own asks auth.test, and acknowledges with an apology when that fails
            process_before_response=True,  # otherwise bolt acknowledges events before the inbox has them
            request_verification_enabled=False,  # done over the raw bytes in `http_handler`
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,  # `inbound` does, by the ids in the event
            attaching_function_token_enabled=False,
        )
        self._bolt.middleware(_Everything(self._answered))

    def _may(self, scopes: frozenset[str]) -> None:
        """A dialog asks for files only where the app may read them: one that was installed before it had the scope, or
        by a team that does not give it, drafts without pictures."""
        self.can = replace(self.can, dialog_files=READS_FILES in scopes, give_picture=NO_SCOPE)

    # -------------------------------------------------------------------------------------------- beginning, end

    async def start(self, inbox: Inbox) -> None:
        """See the contract. Returns when Slack has answered once, well or badly, or the time limit has passed."""
        prepare()
        self._inbox = inbox
        self._calls.open()
        await self._connection.start()
        if self._socket is not None:
            self._socket.start()
            await self._socket.first_try(self._time_limit)

    async def stop(self) -> None:
        if self._socket is not None:
            await self._socket.stop()
        self._inbox = None
        await self._connection.stop()
        await self._calls.close()

    async def health(self, places: Sequence[Place]) -> Health:
        if (trouble := self._connection.trouble) is not None:
            if isinstance(trouble, ChatRefused):
                return Health(ok=False, sentence=f"Slack refuses us: {trouble.code}", remedy=trouble.remedy)
            return Health(ok=False, sentence=f"Slack does not answer: {trouble.code}")
        if self._socket is not None and not self._socket.connected:
            sentence = f"Slack's socket is not connected: {self._socket.trouble}"
            return Health(ok=False, sentence=sentence, remedy=self._socket.remedy)
        return await self._connection.health(places)

    async def place(self, channel: str) -> Place:
        return Place(surface=self.name, team=self._connection.installed().team, channel=channel)

    # -------------------------------------------------------------------------------------------- what comes in

    async def http_handler(self, request: web.Request) -> web.Response:
        """POST /slack/events: events, commands and interactivity. 401 for a wrong signature, 500 when not stored."""
        if self._verifier is None:
            return web.Response(status=404)
        began = asyncio.get_running_loop().time()
        raw = await request.read()
        if not self._signed(raw, request.headers):
            log.warning("slack: wrong signature")
            return web.Response(status=401)
        try:
            bolt_request = _bolt_request(raw.decode("utf-8"), request.content_type)
        except Exception as error:  # bolt's readers stumble over odd JSON in many ways
            log.warning("slack: unreadable request", extra={"error": type(error).__name__})
            return web.Response(status=400)
        bolt_request.context["began"] = began
        response = await self._bolt.async_dispatch(bolt_request)
        is_json = response.body.startswith("{")
        return web.Response(
            status=response.status, text=response.body, content_type="application/json" if is_json else "text/plain"
        )

    def _signed(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        assert self._verifier is not None
        try:
            return self._verifier.is_valid(
                raw, headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")
            )
        except (ValueError, TypeError):  # a timestamp that is no number, a signature beyond ASCII
            return False

    async def _enveloped(self, payload: dict[str, object]) -> Mapping[str, object] | None:
        """The same over Socket Mode. Raises when there must be no acknowledgement."""
        bolt_request = AsyncBoltRequest(mode="socket_mode", body=payload, headers={})
        bolt_request.context["began"] = asyncio.get_running_loop().time()
        response = await self._bolt.async_dispatch(bolt_request)
        if response.status != 200:
            raise NotStored
        answer: object = json.loads(response.body) if response.body.startswith("{") else None
        return answer if isinstance(answer, dict) else None

    async def _answered(self, payload: object, began: float) -> Mapping[str, object] | None:
        """Hands one payload to the inbox; returns what the acknowledgement says. Raises when nothing was stored."""
        found = read(payload, self._reading())
        if isinstance(found, Ignored):
            log.log(logging.WARNING if found.odd else logging.DEBUG, "slack: ignored", extra={"reason": found.reason})
            return None
        inbox = self._inbox
        if inbox is None:
            raise NotStored
        if isinstance(found.happening, Submitted):
            return await self._submitted(inbox, found.happening, input_blocks(payload), began)
        happening = with_dialog(found.happening, await self._open_loading(found.trigger) if found.trigger else None)
        async with asyncio.timeout(ACCEPT_WITHIN):
            await inbox.accept(happening)
        return None

    def _reading(self) -> Reading:
        known = self._connection.known
        return Reading(
            now=datetime.now(UTC),
            team=known.team if known else None,
            enterprise=known.enterprise if known else None,
            own_users=frozenset({known.user}) if known else frozenset(),
            commands=self._commands,
            dialog_verbs=self._dialog_verbs,
            emoji=self._connection.emoji,
        )

    async def _open_loading(self, trigger: str) -> str | None:
        """The id of a dialog that now stands open as "loading"; None when none could be opened in time."""
        try:
            answer = await self._calls.call("views.open", time_limit=OPEN_WITHIN, trigger_id=trigger, view=loading())
        except ChatError as error:
            log.warning("slack: no dialog", extra={"code": error.code})
            return None
        opened = answer.get("view")
        found = opened.get("id") if isinstance(opened, dict) else None
        return found if isinstance(found, str) else None

    async def _submitted(
        self, inbox: Inbox, submitted: Submitted, inputs: tuple[str, ...], began: float
    ) -> Mapping[str, object]:
        """Never fails: whatever goes wrong is said beside the text, which stays."""
        left = ANSWER_WITHIN - (asyncio.get_running_loop().time() - began)
        try:
            async with asyncio.timeout(left):
                answer = await inbox.submit(submitted)
            return response_action(answer, inputs)
        except TimeoutError:
            log.error("slack: submission too slow", extra={"key": submitted.key, "kind": submitted.kind})
            return kept_back(TOO_SLOW, inputs)
        except Exception as error:  # the edge of the dialog: what was typed must not be lost with it
            log.error(
                "slack: submission failed",
                extra={"key": submitted.key, "kind": submitted.kind, "error": type(error).__name__},
            )
            return kept_back(NOT_SAVED, inputs)

    # -------------------------------------------------------------------------------------------- what goes out

    async def post(self, place: Place, card: Card, *, thread: str | None = None) -> MessageRef:
        return await self._outbound.post(place, card, thread=thread)

    async def update(self, message: MessageRef, card: Card) -> None:
        await self._outbound.update(message, card)

    async def delete(self, message: MessageRef) -> None:
        await self._calls.call("chat.delete", channel=message.place.channel, ts=message.id)

    async def link(self, message: MessageRef) -> str:
        answer = await self._calls.call("chat.getPermalink", channel=message.place.channel, message_ts=message.id)
        link = answer.get("permalink")
        if not isinstance(link, str):
            raise ChatUnreachable("no_permalink")
        return link

    async def answer(self, to: ReplyTo, card: Card) -> None:
        await self._outbound.answer(to, card)

    async def whisper(self, person: Person, place: Place, card: Card, *, thread: str | None = None) -> None:
        await self._outbound.whisper(person, place, card, thread=thread)

    async def show_dialog(self, dialog_id: str, dialog: Dialog) -> None:
        await self._outbound.show_dialog(dialog_id, dialog)

    async def show_home(self, person: Person, card: Card) -> None:
        await self._outbound.show_home(person, card)

    # -------------------------------------------------------------------------------------------- people

    async def profile(self, person: Person, place: Place | None = None, *, fresh: bool = False) -> Profile:
        return await self._people.profile(person, place, fresh=fresh)

    async def members(self, group: str) -> frozenset[str]:
        return await self._people.members(group)

    async def file(self, file: SharedFile, *, most: int) -> bytes:
        return await self._shared.get(file, most=most)

    async def thread_of(self, message: MessageRef) -> str | None:
        return await self._people.thread_of(message)

    async def signs_on(self, message: MessageRef) -> frozenset[SignSeen]:
        return await self._people.signs_on(message)


class NotStored(Exception):
    """Not acknowledged, so that Slack sends it again."""


class _Everything(AsyncMiddleware):
    """bolt's last step: every request comes here, none goes on to listeners."""

    def __init__(self, answered: Callable[[object, float], Awaitable[Mapping[str, object] | None]]) -> None:
        self._answered = answered

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        try:
            answer = await self._answered(req.body, req.context["began"])
        except Exception as error:  # the edge: whatever went wrong, it is not acknowledged
            kind = str(req.body.get("type"))[:40]
            log.error("slack: not stored", extra={"error": type(error).__name__, "kind": kind})
            return BoltResponse(status=500, body="")
        return BoltResponse(status=200, body=dict(answer) if answer else "")


async def _authorized(context: AsyncBoltContext) -> AuthorizeResult:
    """One installation, whose token `SlackCalls` holds: nothing to look up, so nothing to fail."""
    return AuthorizeResult(enterprise_id=context.enterprise_id, team_id=context.team_id, bot_token="unused")


def _bolt_request(body: str, content_type: str) -> AsyncBoltRequest:
    request = AsyncBoltRequest(body=body, headers={"content-type": content_type})
    if not request.body and content_type == "application/x-www-form-urlencoded":
        # bolt drops every command in which the word "payload" stands (request/internals.py, parse_body, 1.30.0).
        request.body = dict(parse_qsl(body, keep_blank_values=True))
    return request
