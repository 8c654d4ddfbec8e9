"""A chat workspace as the board meets it: keeps messages, remembers every call, fails as told. The world outside."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.contract import (
    Abilities,
    Card,
    ChatClosed,
    ChatError,
    ChatRefused,
    Dialog,
    Health,
    Inbox,
    Kind,
    MessageGone,
    MessageRef,
    Person,
    Place,
    Profile,
    ReplyTo,
    SharedFile,
    SignSeen,
)

TEAM = "T1"


@dataclass(frozen=True)
class Call:
    """One call that arrived, done or refused. `ts` of a post that was refused is empty."""

    method: str
    channel: str
    ts: str
    card: Card | None = None


@dataclass
class Message:
    """What stands in a channel."""

    place: Place
    ts: str
    thread: str | None
    card: Card
    deleted: bool = False


@dataclass
class RecordingSurface:
    """Slack, in short. `fails` by (method, channel): raised until taken out. `not_in`: channels without us. While
    `silent` is set, what is asked is done, but no answer ever comes."""

    name: str = "slack"
    heard_since: datetime | None = None
    can: Abilities = field(default_factory=lambda: Abilities(True, False, 50, 9_000, 1.0, 60))
    calls: list[Call] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    fails: dict[tuple[str, str], ChatError] = field(default_factory=dict)
    not_in: set[str] = field(default_factory=set)
    silent: bool = False
    whispers: list[tuple[Person, Card]] = field(default_factory=list)

    def count(self, method: str, channel: str | None = None) -> int:
        """How many such calls arrived."""
        return sum(one.method == method and channel in (None, one.channel) for one in self.calls)

    def by_channel(self, method: str) -> Counter[str]:
        return Counter(one.channel for one in self.calls if one.method == method)

    def standing(self, channel: str, thread: str | None = None) -> list[Message]:
        """What people see in a channel, or in a thread of it, oldest first."""
        seen = [one for one in self.messages if one.place.channel == channel and not one.deleted]
        return [one for one in seen if one.thread == thread]

    def somebody_deletes(self, ts: str) -> None:
        self._message(ts).deleted = True

    def _message(self, ts: str) -> Message:
        found = next((one for one in self.messages if one.ts == ts and not one.deleted), None)
        if found is None:
            raise MessageGone("message_not_found")
        return found

    def _thread_stands(self, ts: str) -> bool:
        """A deleted first message keeps its thread while replies are in it: a tombstone stands there."""
        return any(not one.deleted and ts in (one.ts, one.thread) for one in self.messages)

    async def _arrived(self, call: Call) -> None:
        self.calls.append(call)
        error = self.fails.get((call.method, call.channel))
        if error is not None:
            raise error

    async def _answered(self) -> None:
        if self.silent:
            await asyncio.Event().wait()

    # ------------------------------------------------------------------------------------------- as the board asks

    async def start(self, inbox: Inbox) -> None: ...

    async def stop(self) -> None: ...

    async def health(self, places: Sequence[Place]) -> Health:
        return Health(True)

    async def place(self, channel: str) -> Place:
        return Place(self.name, TEAM, channel)

    async def post(self, place: Place, card: Card, *, thread: str | None = None) -> MessageRef:
        await self._arrived(Call("post", place.channel, "", card))
        if place.channel in self.not_in:
            raise ChatClosed("not_in_channel", "/invite @twoway in that channel")
        if thread is not None and not self._thread_stands(thread):
            raise MessageGone("thread_not_found")
        message = Message(place, f"{1000 + len(self.messages)}.000100", thread, card)
        self.messages.append(message)
        await self._answered()
        return MessageRef(place, message.ts, thread)

    async def update(self, message: MessageRef, card: Card) -> None:
        await self._arrived(Call("update", message.place.channel, message.id, card))
        self._message(message.id).card = card
        await self._answered()

    async def delete(self, message: MessageRef) -> None:
        await self._arrived(Call("delete", message.place.channel, message.id))
        self._message(message.id).deleted = True

    async def thread_of(self, message: MessageRef) -> str | None:
        return self._message(message.id).thread

    async def link(self, message: MessageRef) -> str:
        return f"https://chat.example/{message.place.channel}/{message.id}"

    async def answer(self, to: ReplyTo, card: Card) -> None:
        self.whispers.append((to.person, card))

    async def whisper(self, person: Person, place: Place, card: Card, *, thread: str | None = None) -> None:
        self.whispers.append((person, card))

    async def show_dialog(self, dialog_id: str, dialog: Dialog) -> None: ...

    async def show_home(self, person: Person, card: Card) -> None: ...

    async def profile(self, person: Person, place: Place | None = None, *, fresh: bool = False) -> Profile:
        return Profile(person, Kind.MEMBER, person.user.removeprefix("U").lower())

    async def members(self, group: str) -> frozenset[str]:
        return frozenset({group})

    async def file(self, file: SharedFile, *, most: int) -> bytes:
        raise ChatRefused("no_file")

    async def signs_on(self, message: MessageRef) -> frozenset[SignSeen]:
        return frozenset()
