"""The same town with its team in Microsoft Teams: the stand-in of Teams, by the names that stories use for Slack's.

Stories name people and the channel as Slack does (`U0ANA`, `C0CARE`); here they become Teams' own ids.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from bot.chat.emoji import character
from bot.chat.teams.manifest import manifest, menu
from bot.chat.teams.render import spelled
from sandbox.square import SquareStandIn
from sandbox.teams import Dialog, Kind, Message, TeamsStandIn
from sandbox.teams import Person as TeamsPerson
from sandbox.teams import tenant as there
from sandbox.teams.things import BOT_ID, OTHER_BOT_ID, guid_of, person_id
from tests.stories.town import ANA, BEA, CARE, CYD, DAN, GONE, GUEST, OUTSIDER, ROBOT, Town, listening

PEOPLE = {
    ANA: there.ANA,
    BEA: there.BEA,
    CYD: there.CYD,
    DAN: there.DAN,
    GUEST: there.GIL,
    OUTSIDER: there.OLLI,
    GONE: there.NEL,
    ROBOT: OTHER_BOT_ID,
}
CHANNELS = {CARE: there.CARE}
OLD_SIX = {"thumbsup": "like", "+1": "like", "heart": "heart"}

T = TypeVar("T")


def as_in_slack(thing: object) -> Any:
    """The same with people by the ids that stories know."""
    said = json.dumps(thing)
    for slack, teams in PEOPLE.items():
        said = said.replace(guid_of(teams), slack).replace(teams, slack)
    return json.loads(said)


@dataclass(frozen=True)
class Answered:
    """What a command was answered at once: nothing goes wrong at once in Teams."""

    error: str | None = None


@dataclass(frozen=True)
class Called:
    """A call of the connector, by the names of Slack's."""

    method: str
    args: dict[str, Any]


METHODS = {"create": "chat.postMessage", "send": "chat.postMessage", "update": "chat.update", "delete": "chat.delete"}


@dataclass(frozen=True)
class Shown:
    """A message, or somebody's dialog, as stories look at it."""

    of: Message | Dialog

    @property
    def ts(self) -> str:
        return self.of.id

    id = ts

    @property
    def text(self) -> str:
        return self.of.text if isinstance(self.of, Message) else self.of.sentence

    @property
    def deleted(self) -> bool:
        return isinstance(self.of, Message) and self.of.deleted

    @property
    def blocks(self) -> list[object]:
        """The cards; of a dialog its inputs, as Slack's would be."""
        if isinstance(self.of, Message):
            found: list[object] = as_in_slack(self.of.cards)
            return found
        inputs = [
            {
                "type": "input",
                "block_id": one["id"],
                "element": {"action_id": "v", "initial_value": one.get("value", "")},
            }
            for one in TeamsStandIn.inputs_of(self.of)
        ]
        return [*inputs, self.of.card]

    @property
    def body(self) -> dict[str, object]:
        title = self.of.title if isinstance(self.of, Dialog) else ""
        return {"title": {"text": title}, "blocks": self.blocks}


@dataclass(frozen=True)
class Pressable:
    """A button, by the name that its label has in Slack's world."""

    text: str
    action_id: str
    value: str | None = None


class TeamsAsChat:
    """What stories ask of a chat, of Teams."""

    def __init__(self, teams: TeamsStandIn) -> None:
        self.teams = teams

    def who(self, user: str) -> str:
        return PEOPLE.get(user, user)

    def messages(self, channel: str) -> list[Shown]:
        return [Shown(one) for one in self.teams.messages(CHANNELS[channel])]

    def thread(self, channel: str, ts: str) -> list[Shown]:
        return [Shown(one) for one in self.teams.thread(CHANNELS[channel], ts)]

    def ephemerals(self, user: str) -> list[Shown]:
        """What only this person was told: in the channel, and in the chat with the bot."""
        who = self.who(user)
        if who == OTHER_BOT_ID or self.teams.tenant.people[who].gone:
            return []
        told = [*self.teams.whispers(who), *self.teams.chat(who)]
        return [Shown(one) for one in told if one.author == BOT_ID]

    def views(self, user: str) -> list[Shown]:
        return [Shown(one) for one in self.teams.dialogs(self.who(user))]

    def home(self, user: str) -> Shown | None:
        said = [one for one in self.teams.chat(self.who(user)) if one.author == BOT_ID]
        return Shown(said[-1]) if said else None

    async def open_home(self, user: str) -> None:
        await self.teams.say(self.who(user), self.teams.chat_with(self.who(user)), "home")

    def text_of(self, shown: Shown) -> str:
        return self.teams.text_of(shown.of)

    def buttons_of(self, shown: Shown) -> list[Pressable]:
        """Those in sight."""
        return [Pressable(one.title, one.title) for one in self.teams.buttons_of(shown.of) if not one.secondary]

    def choices_of(self, shown: Shown) -> list[str]:
        return [one.title for one in self.teams.buttons_of(shown.of)]

    async def wait_for(self, look: Callable[[], T], timeout: float = 30) -> T:
        """Asked again at every change in Teams, and now and then: stories also look into the store."""
        async with asyncio.timeout(timeout):
            while True:
                with suppress(TimeoutError):
                    return await self.teams.wait_for(look, 0.2)

    async def settled(self, timeout: float = 30) -> None:
        await self.teams.settled(timeout)

    def set_retries(self, *seconds: float) -> None:
        self.teams.set_retries(*seconds)

    def duplicate_events(self) -> None:
        self.teams.duplicate()

    def reorder_events(self, count: int) -> None:
        self.teams.reorder(count)

    async def redeliver(self, event_id: str | None = None, times: int = 1) -> list[object]:
        return list(await self.teams.redeliver(event_id, times))

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> str:
        return await self.teams.say(self.who(user), CHANNELS[channel], self._named(text), thread_ts)

    def _named(self, text: str) -> str:
        """As people type it in Teams."""
        said = text.replace("@twoway", "@Twoway").replace(":tada:", "🎉")
        for slack, teams in PEOPLE.items():
            name = self.teams.tenant.people[teams].name
            said = said.replace(f"<@{slack}>", f"@{name}").replace(f"@{name.lower()} ", f"@{name} ")
        return said

    async def command(self, user: str, channel: str, command: str, words: str) -> Answered:
        verb = command.removeprefix("/").removeprefix("twoway")
        said = self._named(f"{verb} {words}".strip() or "help")
        await self.teams.command(self.who(user), CHANNELS[channel], said)
        return Answered()

    async def react(self, user: str, channel: str, ts: str, sign: str) -> None:
        await self.teams.react(self.who(user), CHANNELS[channel], ts, reaction(sign))

    async def unreact(self, user: str, channel: str, ts: str, sign: str) -> None:
        await self.teams.unreact(self.who(user), CHANNELS[channel], ts, reaction(sign))

    async def press(self, user: str, channel: str, ts: str, action_id: str, **_: object) -> object:
        return await self.teams.press(self.who(user), CHANNELS[channel], ts, action_id)

    async def submit(self, user: str, view_id: str, values: Mapping[tuple[str, str], str] | None = None) -> object:
        typed = {block: words for (block, _), words in (values or {}).items()}
        return await self.teams.submit(self.who(user), view_id, typed)

    async def shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> object:
        return await self.teams.message_action(self.who(user), CHANNELS[channel], ts, callback_id)

    def calls(self, method: str | None = None) -> list[Called]:
        every = [Called(METHODS.get(one.operation, one.operation), as_call(one.body)) for one in self.teams.calls()]
        return [one for one in every if method in {None, one.method}]

    @property
    def ws(self) -> TeamsAsChat:
        return self

    def stamp(self) -> float:
        """In the unit of a message's id, which is milliseconds; a second less, since stories wait for one more."""
        return self.teams.tenant.stamp() * 1000 - 1000

    def message(self, channel: str, ts: str) -> Message | None:
        found = self.teams.tenant.message(CHANNELS[channel], ts)
        return None if found is None or found.deleted else found

    async def close_view(self, user: str, view_id: str) -> None:
        await self.teams.close_dialog(self.who(user), view_id)

    def deactivate(self, user: str) -> None:
        self.teams.deactivate(self.who(user))


def reaction(sign: str) -> str:
    """As Teams spells it: `white_check_mark` is `2705_whiteheavycheckmark`."""
    name, _, tone = sign.partition("::skin-tone-")
    char = character(name)
    assert char is not None, sign
    points = "-".join(f"{ord(one):x}" for one in char)
    return OLD_SIX.get(name, f"{points}_{name.replace('_', '')}") + (f"-tone{int(tone) - 1}" if tone else "")


def as_call(body: object) -> dict[str, Any]:
    return dict(as_in_slack(body)) if isinstance(body, dict) else {}


class TeamsTown(Town):
    """A town whose team works in Teams."""

    def __init__(self, folder: Path, square: SquareStandIn, teams: TeamsStandIn, database: str) -> None:
        super().__init__(folder, square, TeamsAsChat(teams), database, "teams")  # type: ignore[arg-type]
        self.teams = teams
        # A shared channel, so that everybody whom stories know can be in it.
        care = teams.tenant.channels[there.CARE]
        care.kind, care.own_members = Kind.SHARED, [*PEOPLE.values()]
        for user in PEOPLE.values():
            # As stories call them: by their first names.
            teams.tenant.people[user].name = teams.tenant.people[user].name.split()[0]

    chat = f"teams:{there.CARE}"
    unheard = "please approve again. Nothing went out."
    unheard_no = "Please approve again, Bea"

    def spelled(self, words: str) -> str:
        return spelled(words)

    def team_toml(self) -> str:
        return f"""[teams]
app_id = "{self.teams.app_id}"
tenant = "{self.teams.tenant_id}"
anonymous = true
service_url = "{self.teams.service_url}"
post_every = "{self.post_every}"
"""

    def team_secrets(self) -> dict[str, str]:
        return {}

    def toml(self, port: int) -> str:
        """With people by their ids in the directory."""
        said = super().toml(port)
        for slack, teams in PEOPLE.items():
            said = said.replace(f'"{slack}"', f'"{self.teams.tenant.people[teams].aad}"')
        return said

    async def hears(self) -> None:
        await self._unless_dead(listening(self.port))
        self.teams.set_endpoint(f"http://127.0.0.1:{self.port}/api/messages")

    async def loaded(self, block: dict[str, Any]) -> bytes:
        async with aiohttp.ClientSession() as session, session.get(block["url"]) as found:
            assert found.content_type == "image/png"
            return await found.read()

    def leads_to(self, shown: Shown, message: Shown) -> bool:
        return f"/{message.ts}?" in repr(shown.blocks)

    def crowd(self, count: int) -> list[str]:
        people = [TeamsPerson(person_id(f"rep{n}"), f"Rep{n}") for n in range(count)]
        return [self.teams.add_person(one, there.CARE).id for one in people]

    async def chooses(self, user: str, message: Shown, label: str) -> None:
        await self.slack.press(user, self.room, message.ts, label)

    async def confirms(self, user: str, message: Shown, label: str) -> object:
        """Here the button unfolds a question on the card, with a button of its own."""
        await self.press(user, message, label)
        return await self.slack.press(user, self.room, message.ts, "Yes")

    async def removed(self, message: Shown) -> None:
        """An owner of the team deletes a message of ours."""
        assert isinstance(message.of, Message)
        message.of.deleted = True
        self.teams.tenant.changed("message", place=message.of.place, id=message.of.id)

    async def copied(self, message: Shown) -> Shown:
        assert isinstance(message.of, Message)
        content = {"text": message.of.text, "attachments": message.of.attachments}
        found = self.teams.place(message.of.place)
        return Shown(self.teams.post(found, BOT_ID, content, root=message.of.root))

    async def reacted_before(
        self, user: str, message: Shown, *, seconds: float, sign: str = "white_check_mark"
    ) -> None:
        """A reaction of a while ago that reaches us now."""
        assert isinstance(message.of, Message)
        person, place = self.teams.person(self.slack.who(user)), self.teams.place(message.of.place)  # type: ignore[attr-defined]
        where = self.teams.where(place, message.of)
        activity = self.teams.activities.reaction(person, where, message.of, reaction(sign), added=True)
        at = datetime.now(UTC).timestamp() - seconds
        activity["timestamp"] = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
        self.teams.tell(place, activity)


Here = TypeVar("Here", bound=TeamsTown)


@asynccontextmanager
async def teams_town(
    folder: Path,
    database: str,
    kind: type[Here] = TeamsTown,  # type: ignore[assignment]
) -> AsyncIterator[Here]:
    """A town whose bot is not started yet, so that a story can change the settings."""
    async with SquareStandIn.serve(rate_limit=100_000) as square, TeamsStandIn.serve() as teams:
        teams.set_retries(0.05, 0.2, 0.5)
        teams.install(
            manifest(
                app_id=teams.app_id,
                public_url="https://care.example.com",
                version="1.0.0",
                entries=menu(),
                preview=True,
            )
        )
        made = kind(folder, square, teams, database)
        try:
            yield made
        finally:
            await made.stop()
