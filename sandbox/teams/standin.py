"""The Teams stand-in in one object: its addresses, what to read in it, and how it misbehaves on command."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.serving import serving
from sandbox.teams import cards, control, login
from sandbox.teams.clicks import Clicks
from sandbox.teams.connector import Connector
from sandbox.teams.core import Call
from sandbox.teams.delivery import Answer
from sandbox.teams.signing import ISSUER, Key
from sandbox.teams.tenant import T
from sandbox.teams.things import CannotDo, Dialog, Json, Message


@dataclass(frozen=True)
class Button:
    title: str
    kind: str
    verb: str | None
    data: object
    secondary: bool
    enabled: bool


class TeamsStandIn(Clicks):
    """A tenant with our bot installed. See the package's docstring for what it promises."""

    # --- addresses ---

    def app(self) -> web.Application:
        """To be mounted at any prefix; the service URL is then `{prefix}/connector/{tenant}/`."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        Connector(self).add_routes(app)
        login.add_routes(app, self)
        control.add_routes(app, self)
        app.on_shutdown.append(self._stop)
        return app

    async def _stop(self, app: web.Application) -> None:
        self.closing.set()
        self.tenant.changed("closing")
        await self.delivery.close()

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0, **settings: object) -> AsyncIterator[TeamsStandIn]:
        """Runs one alone on loopback; `settings` are those of the constructor."""
        standin = cls(**settings)  # type: ignore[arg-type]
        outer = web.Application()
        outer.add_subapp("/teams", standin.app())
        async with serving(outer, port, patience=0.2) as address:
            standin.base_url = f"{address}/teams"
            yield standin

    def set_endpoint(self, url: str | None) -> None:
        """The bot's messaging endpoint, `…/api/messages`."""
        self.delivery.endpoint = url

    def install(self, manifest: Json) -> None:
        """Takes over what an app manifest declares: slash commands and commands on messages."""
        bots = manifest.get("bots", [])
        if [bot.get("botId") for bot in bots] != [self.app_id]:
            raise CannotDo(f"the manifest's bot is not {self.app_id}")
        self.slash_commands = bool(bots[0].get("supportsTargetedMessages"))
        extensions = manifest.get("composeExtensions", [])
        self.extension_commands = frozenset(c["id"] for one in extensions for c in one.get("commands", ()))

    # --- reading ---

    def messages(self, place: str) -> list[Message]:
        """What stands in a channel itself or in a chat, oldest first; replies are in `thread`."""
        return [m for m in self.tenant.in_place(place) if not m.is_reply]

    def thread(self, place: str, root: str) -> list[Message]:
        """The replies under a message, oldest first, without the message itself."""
        return [m for m in self.tenant.in_place(place) if m.root == root and m.is_reply]

    def whispers(self, user: str, place: str | None = None) -> list[Message]:
        """What only this person sees, and what they wrote to the bot alone."""
        who = self.person(user, acts=False).id
        places = [place] if place is not None else list(self.tenant.messages)
        found = [m for one in places for m in self.tenant.messages.get(one, {}).values() if m.only == who]
        return [m for m in found if not m.deleted and not self.lapsed(m)]

    def chat(self, user: str) -> list[Message]:
        """The one-to-one chat, oldest first."""
        return self.messages(self.chat_with(user))

    def dialogs(self, user: str) -> list[Dialog]:
        return list(self.tenant.dialogs.get(self.person(user, acts=False).id, []))

    def calls(self, operation: str | None = None) -> list[Call]:
        """Every call of the connector (and of the login: `token`), as it came."""
        return [c for c in self.log if operation in {None, c.operation}]

    @staticmethod
    def text_of(shown: Message | Dialog) -> str:
        """All readable words, a line each: the text, then every card."""
        if isinstance(shown, Dialog):
            return "\n".join([shown.title, shown.sentence, *(cards.words_of(shown.card) if shown.card else [])]).strip()
        return "\n".join([shown.text, *(line for card in shown.cards for line in cards.words_of(card))]).strip()

    @staticmethod
    def buttons_of(shown: Message | Dialog) -> list[Button]:
        """Every button, those in menus too."""
        held = shown.cards if isinstance(shown, Message) else [shown.card] if shown.card else []
        return [
            Button(
                str(a.get("title", "")),
                a["type"],
                a.get("verb"),
                a.get("data"),
                a.get("mode") == "secondary",
                a.get("isEnabled", True),
            )
            for card in held
            for a in cards.actions_of(card)
        ]

    @staticmethod
    def inputs_of(shown: Message | Dialog) -> list[Json]:
        held = shown.cards if isinstance(shown, Message) else [shown.card] if shown.card else []
        return [copy.deepcopy(one) for card in held for one in cards.inputs_of(card)]

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 30) -> T:
        """The first true answer of `predicate`, asked again at every change; TimeoutError otherwise."""
        return await self.tenant.wait_for(predicate, timeout)

    async def settled(self, timeout: float = 30) -> None:
        """Until every activity has been answered or given up."""
        await self.tenant.wait_for(lambda: not self.delivery.busy, timeout)

    # --- misbehaving ---

    async def send_raw(self, activity: Json, authorization: str | None = None) -> Answer:
        """Any activity, with any Authorization; "" for none, None for the service's own."""
        return await self.delivery.send(activity, authorization=authorization)

    def token(
        self,
        *,
        service_url: str | None = None,
        audience: str | None = None,
        issuer: str = ISSUER,
        lifetime: float = 3600,
        forged: bool = False,
    ) -> str:
        """An Authorization as the service would send it, with one thing wrong. `forged`: signed by somebody else."""
        key = Key() if forged else None
        at = self.tenant.stamp()
        url = service_url or self.service_url
        return "Bearer " + self.doors.for_bot(url, at, audience=audience, issuer=issuer, lifetime=lifetime, key=key)

    def set_signed(self, on: bool) -> None:
        """Signs what it sends, and asks the bot for a token; or neither."""
        self.signed = on

    def set_limits(self, limits: str) -> None:
        """`real` or `off`."""
        if limits not in {"real", "off"}:
            raise CannotDo("limits are real or off")
        self.faults.limits = limits

    def set_retries(self, *seconds: float) -> None:
        """How long after each failed delivery of a message or event the next one follows."""
        self.delivery.retries = seconds

    def set_patience(self, seconds: float) -> None:
        """How long it waits for an answer to an invoke."""
        self.delivery.invoke_limit = seconds

    async def redeliver(self, activity_id: str | None = None, times: int = 1) -> list[Answer]:
        return await self.delivery.redeliver(activity_id, times)

    def reorder(self, count: int) -> None:
        """Holds the next `count` messages and events back and sends them last first."""
        self.faults.hold = count

    def drop_answers(self, count: int = 1) -> None:
        """The bot's next answers are lost on the way: messages come again, people are told of an error."""
        self.faults.drop_answers = count

    def duplicate(self, on: bool = True) -> None:
        """Every message and event comes twice at once."""
        self.faults.duplicate = on

    def fail_next(self, operation: str, kind: str, times: int = 1, retry_after: int | None = 1) -> None:
        """What the next calls of `operation` (`*`: of any) meet: one of FAULTS."""
        self.faults.fail_next(operation, kind, times, retry_after)

    def slow(self, operation: str, seconds: float) -> None:
        self.faults.slow[operation] = seconds

    def refuse_targeted(self, on: bool = True) -> None:
        """Targeted messages are not there (they are in preview in places)."""
        self.faults.no_targeted = on

    def end_tokens(self) -> None:
        """Every token the bot has is no good any more."""
        self.doors.given.clear()
