"""The state of a tenant, and a bell that rings on every change.

Leaves to others: who may call what (connector), how the bot hears of it (delivery), what people do (people).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sandbox.teams.things import (
    BOT_ID,
    BOT_NAME,
    OTHER_BOT_ID,
    OTHER_TENANT,
    Channel,
    Chat,
    Dialog,
    Kind,
    Message,
    Person,
    Place,
    Role,
    Team,
    channel_id,
    person_id,
    token_of,
)

T = TypeVar("T")

ANA, BEA, CYD, DAN = (person_id(name) for name in ("ana", "bea", "cyd", "dan"))
GIL, OLLI, NEL, EVE = (person_id(name) for name in ("gil", "olli", "nel", "eve"))
TEAM = channel_id("acme general")
CARE = channel_id("care")
VIP = channel_id("vip")  # private
PARTNERS = channel_id("partners")  # shared with another tenant
RANDOM = channel_id("random")  # of a team in which the bot is not installed


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Change:
    """One ring of the bell: what changed (message, whisper, dialog, reaction, people, call …) and where."""

    changed: str
    place: str | None = None
    id: str | None = None
    user: str | None = None


class Tenant:
    """The state, without opinions. Everything that alters it calls `changed`."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.teams: dict[str, Team] = {}
        self.channels: dict[str, Channel] = {}
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.dialogs: dict[str, list[Dialog]] = {}
        self.listeners: list[Callable[[Change], None]] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self._last_id = 0
        self._count = 0
        self._furnish()

    def _furnish(self) -> None:
        people = [
            Person(ANA, "Ana Lindt"),
            Person(BEA, "Bea Roth"),
            Person(CYD, "Cyd Moreau"),
            Person(DAN, "Dan Okoye", timezone="America/New_York"),
            Person(GIL, "Gil Guest", role=Role.GUEST),
            Person(OLLI, "Olli Outside", tenant=OTHER_TENANT),
            Person(NEL, "Nel Gone", gone=True),
            Person(EVE, "Eve Elsewhere"),  # of our tenant, in no team of ours
            Person(OTHER_BOT_ID, "Bob", bot=True),
            Person(BOT_ID, BOT_NAME, bot=True),
        ]
        self.people = {person.id: person for person in people}
        members = [ANA, BEA, CYD, DAN]
        other = channel_id("other general")
        self.teams = {
            TEAM: Team(TEAM, "Acme Care", [*members, GIL]),
            other: Team(other, "Everybody", list(members), installed=False),
        }
        for channel in (
            Channel(TEAM, "General", TEAM),
            Channel(CARE, "care", TEAM),
            Channel(VIP, "vip", TEAM, Kind.PRIVATE, [ANA, DAN]),
            Channel(PARTNERS, "partners", TEAM, Kind.SHARED, [ANA, BEA, OLLI]),
            Channel(other, "General", other),
            Channel(RANDOM, "random", other),
        ):
            self.channels[channel.id] = channel

    # --- time and names ---

    def stamp(self) -> float:
        return self.clock().timestamp()

    def new_id(self) -> str:
        """A message's id: milliseconds since 1970, never twice."""
        self._last_id = max(int(self.stamp() * 1000), self._last_id + 1)
        return str(self._last_id)

    def counted(self, prefix: str, length: int = 22) -> str:
        self._count += 1
        return f"{prefix}{token_of(f'{prefix} {self._count}', length)}"

    def time_of(self, message_id: str) -> datetime:
        return datetime.fromtimestamp(int(message_id) / 1000, UTC)

    # --- looking ---

    def person(self, known_as: str) -> Person | None:
        """By the id towards the bot, or by the one in the directory."""
        found = self.people.get(known_as)
        return found or next((p for p in self.people.values() if not p.bot and p.aad == known_as), None)

    def place(self, place_id: str) -> Place | None:
        return self.channels.get(place_id) or self.chats.get(place_id)

    def roster(self, place: Place) -> list[str]:
        """Who is in it, without the bot. Bots are in no roster."""
        if isinstance(place, Chat):
            return [place.person]
        if place.kind is Kind.STANDARD:
            return [one for one in self.teams[place.team].members if not self.people[one].gone]
        return [one for one in place.own_members if not self.people[one].gone]

    def bot_is_in(self, place: Place) -> bool:
        if isinstance(place, Chat):
            return True
        if place.kind is Kind.STANDARD:
            return self.teams[place.team].installed
        # A private or shared channel takes an app for itself, and only one whose team has it.
        return place.installed and self.teams[place.team].installed

    def message(self, place: str, message_id: str) -> Message | None:
        return self.messages.get(place, {}).get(message_id)

    def in_place(self, place: str) -> Iterator[Message]:
        """What stands there for everyone, oldest first."""
        yield from (m for m in self.messages.get(place, {}).values() if m.only is None and not m.deleted)

    def chat_with(self, person: str) -> Chat:
        """The one-to-one chat of the bot and a person; made when first asked for."""
        found = next((c for c in self.chats.values() if c.person == person), None)
        if found is None:
            found = Chat(f"a:1{token_of(f'chat {person}', 80)}", person)
            self.chats[found.id] = found
            self.changed("chat", place=found.id, user=person)
        return found

    def add(self, message: Message) -> Message:
        self.messages.setdefault(message.place, {})[message.id] = message
        self.changed("whisper" if message.only else "message", place=message.place, id=message.id, user=message.only)
        return message

    # --- the bell ---

    def changed(self, what: str, **where: str | None) -> None:
        for listener in list(self.listeners):
            listener(Change(what, **where))
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 30) -> T:
        """The first true answer of `predicate`, asked again at every change; TimeoutError otherwise."""
        async with asyncio.timeout(timeout):
            while not (seen := predicate()):
                future = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                await future
            return seen
